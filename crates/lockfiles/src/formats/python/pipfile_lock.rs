//! `Pipfile.lock`, specification 6. <https://github.com/pypa/pipfile>
//!
//! Packages by category, without saying which needs which. `Pipfile` beside it says what was asked for.

use std::collections::HashMap;
use std::fmt;

use plimsoll_extract::prelude::*;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use syntax::json::{Lenient, Map, Text};
use syntax::text::LineIndex;
use syntax::toml::Table;

use crate::pypi::{self, Artifact, Origin, Vcs, normalise};

/// The specification that this follows.
const SPECIFICATION: u64 = 6;

/// Reads the lockfile written by Pipenv.
pub(crate) struct PipfileLock;

impl Extractor for PipfileLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("python/pipfile-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Pipfile.lock, specification 6, with Pipfile",
            specification: "https://github.com/pypa/pipfile",
            facts: &[Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("Pipfile.lock"), Interest::Name("Pipfile")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        if file.path().name() == b"Pipfile" {
            out.keep(bytes.into_owned());
            return Ok(());
        }
        let lock: Lock<'_> = syntax::json::from_slice(&bytes, file.budget().limits())?;
        let lines = LineIndex::new(&*bytes);
        if let Some(specification) = lock.specification.filter(|found| *found != SPECIFICATION) {
            let message = format!("Pipfile.lock specification {specification}");
            out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 0, message);
        }
        let sources: HashMap<&str, &str> =
            lock.sources.iter().map(|source| (source.name.as_str(), source.url.as_str())).collect();
        for (category, packages) in &lock.categories {
            let scope = match category.as_str() {
                "default" => Scope::Runtime,
                "develop" => Scope::Dev,
                _ => Scope::Unspecified,
            };
            for (name, entry) in packages {
                let line = lines.line_of(name).unwrap_or_default();
                match entry.get() {
                    Some(entry) => package((name, entry), scope, &sources, (file.path(), line), out),
                    None => out.malformed_entry(line, format!("{name} left out: it is no package")),
                }
            }
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        for lock in files.named("Pipfile.lock") {
            if let Some(pipfile) = files.find_beside(lock, "Pipfile") {
                join(files, lock, pipfile);
            }
        }
    }
}

/// The file; its categories are all members but `_meta`.
#[derive(Default)]
struct Lock<'a> {
    specification: Option<u64>,
    sources: Vec<Source<'a>>,
    categories: Vec<(Text<'a>, Map<'a, Lenient<Entry<'a>>>)>,
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(rename = "pipfile-spec", default)]
    specification: Lenient<u64>,
    #[serde(borrow, default)]
    sources: Lenient<Vec<Source<'a>>>,
}

#[derive(Deserialize)]
struct Source<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    url: Text<'a>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow, default)]
    hashes: Vec<Text<'a>>,
    #[serde(borrow)]
    markers: Option<Text<'a>>,
    #[serde(borrow)]
    index: Option<Text<'a>>,
    #[serde(borrow)]
    git: Option<Text<'a>>,
    #[serde(borrow, rename = "ref")]
    revision: Option<Text<'a>>,
    #[serde(borrow)]
    subdirectory: Option<Text<'a>>,
    #[serde(borrow)]
    file: Option<Text<'a>>,
    #[serde(borrow)]
    path: Option<Text<'a>>,
    editable: Option<bool>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Lock<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LockVisitor;

        impl<'de> Visitor<'de> for LockVisitor {
            type Value = Lock<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of categories")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut lock = Lock::default();
                while let Some(key) = access.next_key::<Text<'de>>()? {
                    if key == "_meta" {
                        let meta: Lenient<Meta<'de>> = access.next_value()?;
                        if let Some(meta) = meta.into_option() {
                            lock.specification = meta.specification.into_option();
                            lock.sources = meta.sources.into_option().unwrap_or_default();
                        }
                    } else if key.starts_with('_') {
                        access.next_value::<IgnoredAny>()?;
                    } else {
                        lock.categories.push((key, access.next_value()?));
                    }
                }
                Ok(lock)
            }
        }

        deserializer.deserialize_map(LockVisitor)
    }
}

fn package(
    (name, entry): (&str, &Entry<'_>),
    scope: Scope,
    sources: &HashMap<&str, &str>,
    (path, line): (&SourcePath, u32),
    out: &mut Sink<'_>,
) {
    let stated = entry.version.as_deref().unwrap_or_default();
    let version = syntax::pep508::exact_version(stated);
    let origin = origin(entry, sources);
    let Some(mut component) = pypi::component(out, path, (name, version), origin, line) else { return };
    if version.is_none() && !matches!(stated, "" | "*") {
        component.version_range = Some(stated.into());
    }
    if version.is_none() && matches!(origin, Origin::Index(_)) {
        out.diagnose(DiagnosticCode::UNPINNED, line, format!("{name} is not pinned"));
    }
    component.scope = scope;
    if let Some(marker) = &entry.markers {
        component.properties.push((pypi::MARKER.into(), marker.as_str().into()));
        if pypi::is_conditional(marker, &[]) {
            component.scope = scope.min(Scope::Optional);
        }
    }
    if entry.editable == Some(true) {
        component.properties.push(("plimsoll:python:editable".into(), "true".into()));
    }
    let mut artifacts = Vec::new();
    for hash in &entry.hashes {
        let digests: Vec<Digest> = pypi::digest(out, hash, line).into_iter().collect();
        artifacts.push(Artifact { url: "", digests });
    }
    pypi::add_artifacts(&mut component, artifacts);
    out.component(component, line);
}

fn origin<'e>(entry: &'e Entry<'_>, sources: &HashMap<&str, &'e str>) -> Origin<'e> {
    if let Some(git) = &entry.git {
        // `https://host/repository.git@tag` is what Pipenv makes of a requirement with a tag.
        return Origin::Vcs(Vcs {
            tool: "git",
            url: git,
            revision: entry.revision.as_deref(),
            subdirectory: entry.subdirectory.as_deref(),
        });
    }
    if let Some(place) = entry.path.as_deref().or(entry.file.as_deref()) {
        return if place.starts_with("http") { Origin::Url(place) } else { Origin::Local(place) };
    }
    let index = entry.index.as_deref().and_then(|name| sources.get(name));
    index.map_or(Origin::Index(None), |url| pypi::index(url))
}

/// Says which packages `Pipfile` asks for.
fn join(files: &mut Resolver<'_>, lock: FileHandle, pipfile: FileHandle) {
    let kept = files.kept(pipfile).to_vec();
    let text = syntax::text::decode(&kept).text;
    let (document, fault) = syntax::toml::parse_partial(&text, &plimsoll_model::Limits::DEFAULT);
    if let (Some(fault), Some(mut sink)) = (fault, files.sink(pipfile)) {
        sink.diagnose(fault.code(), fault.line().unwrap_or_default(), fault.to_string());
    }
    let mut asked = HashMap::new();
    for (table, scope) in [("dev-packages", Scope::Dev), ("packages", Scope::Runtime)] {
        for (name, _) in document.root().table(table).into_iter().flat_map(Table::iter) {
            asked.insert(normalise(name), scope);
        }
    }
    let direct: Vec<(Handle, Scope)> = files
        .components(lock)
        .filter_map(|(at, component)| Some((at, *asked.get(&normalise(&component.name))?)))
        .collect();
    if let Some(mut sink) = files.sink(lock) {
        direct.iter().for_each(|(at, scope)| sink.direct(at.component, *scope));
    }
}
