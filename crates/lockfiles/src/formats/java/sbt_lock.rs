//! `build.sbt.lock` of the sbt-dependency-lock plugin, versions 1 and 2.
//! <https://stringbean.github.io/sbt-dependency-lock/file-formats/>
//!
//! Names carry the Scala version as Maven Central has them (`cats-core_2.12`). The file has no edges, and does not tell
//! what the project asks for itself. In version 1 a digest is text with the algorithm before it, `sha1:…`; in version 2
//! an object by algorithm.

use std::borrow::Cow;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Fill, Loose, Map, MapAccess, Text, fill};
use plimsoll_extract::syntax::text::LineIndex;

use crate::maven::{self, Artifact, Version};

/// Reads the lockfile of sbt-dependency-lock.
pub(crate) struct SbtLock;

loose_object! {
    struct Lock<'a> {
        "lockVersion" => version: u64,
        "dependencies" => dependencies: Vec<Loose<Entry<'a>>>,
    }
}

loose_object! {
    struct Entry<'a> {
        "org" => group: Text<'a>,
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "license" => license: Text<'a>,
        "artifacts" => artifacts: Vec<Loose<LockedFile<'a>>>,
        "configurations" => configurations: Vec<Loose<Text<'a>>>,
    }
}

loose_object! {
    struct LockedFile<'a> {
        "name" => name: Text<'a>,
        "hash" => hash: Hash<'a>,
    }
}

/// The digests of a file, as text: algorithm and value.
#[derive(Debug, Default)]
struct Hash<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'de> Fill<'de> for Hash<'de> {
    fn string(&mut self, text: Cow<'de, str>) -> bool {
        let pair = match text {
            Cow::Borrowed(text) => text.split_once(':').map(|(name, value)| (name.into(), value.into())),
            Cow::Owned(text) => text.split_once(':').map(|(a, b)| (a.to_owned().into(), b.to_owned().into())),
        };
        self.0.extend(pair);
        !self.0.is_empty()
    }

    fn object<A: MapAccess<'de>>(&mut self, map: A) -> Result<bool, A::Error> {
        let mut entries = Map::<'de, Loose<Text<'de>>>::default();
        entries.object(map)?;
        let stated =
            |(name, value): (Text<'de>, Loose<Text<'de>>)| Some((name.into_cow(), value.into_option()?.into_cow()));
        self.0.extend(entries.into_entries().into_iter().filter_map(stated));
        Ok(true)
    }
}

impl Extractor for SbtLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("java/sbt-lock")
    }

    fn about(&self) -> About {
        About {
            title: "sbt-dependency-lock build.sbt.lock 1 and 2",
            specification: "https://stringbean.github.io/sbt-dependency-lock/file-formats/",
            facts: &[Fact::Scope, Fact::Hashes, Fact::License, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".sbt.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let lines = LineIndex::new(&*bytes);
        let mut lock = Loose::<Lock<'_>>::default();
        let outcome = fill(&bytes, file.budget().limits(), &mut lock);
        match (lock.get(), &outcome) {
            (Some(lock), _) => emit(lock, &lines, out),
            (None, Ok(())) => return Err(ExtractError::malformed("not an object")),
            (None, Err(_)) => {}
        }
        Ok(outcome?)
    }
}

fn emit(lock: &Lock<'_>, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    match lock.version.get() {
        Some(1 | 2) => {}
        Some(version) => out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 1, format!("lockfile version {version}")),
        None => out.malformed_entry(1, "no lockfile version"),
    }
    if lock.dependencies.is_wrong() {
        out.malformed_entry(1, "the dependencies are not a list");
    }
    for entry in lock.dependencies.items() {
        match entry.get() {
            Some(entry) => emit_entry(entry, lines, out),
            None => out.malformed_entry(0, "a dependency is not an object"),
        }
    }
}

fn emit_entry(entry: &Entry<'_>, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    let line = [&entry.name, &entry.group].into_iter().find_map(|text| lines.line_of(text.as_str()?)).unwrap_or(0);
    let (Some(group), Some(name), Some(version)) = (entry.group.as_str(), entry.name.as_str(), entry.version.as_str())
    else {
        return out.malformed_entry(line, "a dependency without organisation, name or version");
    };
    let Some(mut component) = maven::library(Artifact::jar(group, name), Version::Exact(version), line, out) else {
        return;
    };
    component.licenses.extend(entry.license.as_str().and_then(License::declared));
    let configurations = entry.configurations.items().iter().filter_map(Loose::as_str);
    component.scope = configurations.map(configuration_scope).max().unwrap_or_default();
    let files: Vec<&LockedFile<'_>> = entry.artifacts.items().iter().filter_map(Loose::get).collect();
    for file in &files {
        let mut hashes = Vec::new();
        for (name, value) in file.hash.get().into_iter().flat_map(|hash| &hash.0) {
            match DigestAlgorithm::from_name(name).map(|algorithm| Digest::from_hex(algorithm, value)) {
                Some(Ok(digest)) => hashes.push(digest),
                Some(Err(error)) => out.malformed_entry(line, format!("{name} of {}: {error}", component.name)),
                None => {}
            }
        }
        if files.len() == 1 {
            component.hashes.clone_from(&hashes);
        }
        let url = file.name.as_str().unwrap_or_default().into();
        component.references.push(ExternalReference { kind: ReferenceKind::Distribution, url, hashes });
    }
    out.component(component, line);
}

/// <https://www.scala-sbt.org/1.x/docs/Scopes.html>: the configurations are those of Ivy's `default` mapping. The
/// compile class path is part of the runtime one.
fn configuration_scope(name: &str) -> Scope {
    match name {
        "compile" | "runtime" | "default" => Scope::Runtime,
        "test" | "it" => Scope::Dev,
        "provided" | "plugin" | "scala-tool" | "scala-doc-tool" => Scope::Build,
        "optional" => Scope::Optional,
        _ => Scope::Unspecified,
    }
}
