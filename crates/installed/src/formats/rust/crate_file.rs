//! Crate files (`.crate`): a gzip-compressed tar archive of one directory, `NAME-VERSION`, with the normalised `Cargo.toml`.
//! <https://doc.rust-lang.org/cargo/commands/cargo-package.html>
//!
//! The SHA-256 of the file is the checksum that a registry index and `Cargo.lock` have. Dependencies are ranges; an edge
//! leads to another crate file of that name. `.cargo_vcs_info.json` names the commit that the crate was packed from.

use std::ops::ControlFlow;

use plimsoll_extract::prelude::*;
use syntax::toml::{self, Table};

use crate::annotate::{self, text};
use crate::package_file::{MAX_METADATA, emit, link};
use crate::relations::Relations;

/// Reads crate files.
pub(crate) struct CrateFile;

/// Tables of dependencies, and when they are needed. Those to develop are no matter of who uses the crate.
const TABLES: [(&str, Scope); 3] =
    [("dependencies", Scope::Runtime), ("build-dependencies", Scope::Build), ("build_dependencies", Scope::Build)];

impl Extractor for CrateFile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("rust/crate-file")
    }

    fn about(&self) -> About {
        About {
            title: "crate files (.crate)",
            specification: "https://doc.rust-lang.org/cargo/commands/cargo-package.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".crate")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let stream = packed::decompressed(file.body(), 0..file.len(), file.budget())?;
        let (mut manifest, mut commit) = (None, None);
        packed::tar_members(stream, file.budget(), &mut |mut member| {
            let name = member.name().splitn(2, |&byte| byte == b'/').nth(1).unwrap_or_default().to_vec();
            match name.as_slice() {
                b"Cargo.toml" => manifest = Some((member.name().to_vec(), member.read(MAX_METADATA)?)),
                b".cargo_vcs_info.json" => commit = Some(member.read(MAX_METADATA)?),
                _ => {}
            }
            Ok(if manifest.is_some() && commit.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        let Some((name, bytes)) = manifest else { return Err(ExtractError::malformed("no Cargo.toml in the crate")) };
        let decoded = syntax::text::decode(&bytes);
        let (document, fault) = toml::parse_partial(&decoded.text, file.budget().limits());
        let commit = commit.as_deref().and_then(commit_of);
        if let Some((component, relations)) = package(document.root(), commit.as_deref(), out)? {
            emit(component, file, &name, relations, out);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        link(files, b"");
    }
}

/// `{"git": {"sha1": "…"}}`.
fn commit_of(bytes: &[u8]) -> Option<String> {
    let at = memchr::memmem::find(bytes, b"\"sha1\"")?;
    let rest = text(bytes.get(at.checked_add(6)?..)?)?.into_owned();
    let value = rest.split('"').nth(1)?;
    value.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| value.to_owned())
}

fn package(
    root: Table<'_>,
    commit: Option<&str>,
    out: &mut Sink<'_>,
) -> Result<Option<(Component, Relations)>, ExtractError> {
    let package = root.table("package").or_else(|| root.table("project"));
    let named = package.and_then(|held| Some((held, held.get_str("name")?, held.get_str("version")?)));
    let Some((package, name, version)) = named else {
        return Err(ExtractError::malformed("no package with a name and a version"));
    };
    let Some(purl) = out.purl(Purl::builder("cargo", name).version(version), package.line()) else { return Ok(None) };
    let mut component = Component::from_purl(purl);
    component.description = package.get_str("description").map(|words| words.trim().into());
    let authors: Vec<&str> = package.array("authors").into_iter().flat_map(|list| list.strs()).collect();
    component.author = (!authors.is_empty()).then(|| authors.join(", ").into());
    // `MIT/Apache-2.0` was how alternatives were written.
    annotate::license(&mut component, package.get_str("license").map(|license| license.replace('/', " OR ")));
    annotate::refer(&mut component, ReferenceKind::Website, package.get_str("homepage"));
    annotate::refer(&mut component, ReferenceKind::Documentation, package.get_str("documentation"));
    let repository = package.get_str("repository").map(|url| match commit {
        Some(_) => syntax::locator::git_url(url, commit),
        None => url.to_owned(),
    });
    annotate::refer(&mut component, ReferenceKind::Vcs, repository);
    let mut relations = Relations::default();
    relations.name(name.as_bytes());
    let targets = root.table("target").into_iter().flat_map(|targets| targets.iter().collect::<Vec<_>>());
    let tables = std::iter::once(root).chain(targets.filter_map(|(_, target)| target.as_table()));
    for table in tables {
        for (key, scope) in TABLES {
            for (alias, dependency) in table.table(key).into_iter().flat_map(|list| list.iter().collect::<Vec<_>>()) {
                let held = dependency.as_table();
                let name = held.and_then(|held| held.get_str("package")).unwrap_or(alias);
                let is_optional = held.and_then(|held| held.get("optional")?.as_bool()) == Some(true);
                relations.need(name.as_bytes(), if is_optional { Scope::Optional } else { scope });
            }
        }
    }
    Ok(Some((component, relations)))
}
