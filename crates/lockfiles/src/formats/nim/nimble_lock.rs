//! `nimble.lock`, versions 1 and 2, and `NAME.nimble`. <https://nim-lang.github.io/nimble/nimble-lockfile.html>,
//! <https://nim-lang.github.io/nimble/create-packages.html>
//!
//! The lockfile has packages by name, with what each needs; those of single tasks stand apart and are for development.
//! Its SHA-1 is of names and contents of all files together, so it is a property and no digest. A `.nimble` file is a
//! program: assignments and `requires` of literals are read. What surprises: below `pkgs` or `pkgs2` it is that of an
//! installed package, whose version is in the name of the directory; Nim itself is a requirement but no package.

mod manifest;

use std::collections::HashMap;

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Map, Text, fill};
use plimsoll_extract::syntax::text::LineIndex;

use crate::project_manifest::{self, Layout};
use crate::vcs::{git_url, reference};

/// Reads the lockfile of Nimble.
pub(crate) struct NimbleLock;

const LOCK: &str = "nimble.lock";

/// The newest version that is known.
const NEWEST: u64 = 2;

type Packages<'a> = Map<'a, Loose<Package<'a>>>;

loose_object! {
    struct Lock<'a> {
        "version" => version: u64,
        "packages" => packages: Packages<'a>,
        "tasks" => tasks: Map<'a, Loose<Packages<'a>>>,
    }
}

loose_object! {
    struct Package<'a> {
        "version" => version: Text<'a>,
        "vcsRevision" => revision: Text<'a>,
        "url" => url: Text<'a>,
        "dependencies" => dependencies: Vec<Loose<Text<'a>>>,
        "checksums" => checksums: Checksums<'a>,
    }
}

loose_object! {
    struct Checksums<'a> {
        "sha1" => sha1: Text<'a>,
    }
}

impl Extractor for NimbleLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("nim/nimble-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Nimble nimble.lock 1 and 2, .nimble",
            specification: "https://nim-lang.github.io/nimble/nimble-lockfile.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name(LOCK), Interest::Suffix(".nimble")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        if file.path().name() != LOCK.as_bytes() {
            manifest::read(&bytes, file.budget().limits(), file.path(), out);
            return Ok(());
        }
        let mut root = Loose::<Lock<'_>>::Absent;
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let Some(lock) = root.into_option() else {
            outcome?;
            return Err(ExtractError::malformed("not an object"));
        };
        if let Some(version) = lock.version.get().filter(|&&version| version > NEWEST) {
            let message = format!("version {version} is read as version {NEWEST}");
            out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 0, message);
        }
        let lines = LineIndex::new(&bytes);
        let mut by_name = HashMap::new();
        let mut needs = Vec::new();
        emit(lock.packages.entries(), Scope::Unspecified, &lines, &mut by_name, &mut needs, out);
        for (_, packages) in lock.tasks.entries() {
            emit(packages.entries(), Scope::Dev, &lines, &mut by_name, &mut needs, out);
        }
        for (from, name) in needs {
            if let Some(&to) = by_name.get(name) {
                out.depends(from, to, Scope::Runtime);
            }
        }
        Ok(outcome?)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let layout = Layout {
            is_lock: |name| name == LOCK.as_bytes(),
            manifests: &[],
            fetched: &["pkgs", "pkgs2", "nimbledeps", "vendor"],
        };
        let is_manifest = |path: &SourcePath| path.name() != LOCK.as_bytes();
        let manifests = files.files().filter(|&file| files.path(file).is_some_and(is_manifest)).collect();
        project_manifest::join_files(files, &layout, manifests, |need| Purl::builder("nim", need.name.as_str()));
    }
}

fn emit<'t>(
    packages: &'t [(Text<'_>, Loose<Package<'_>>)],
    scope: Scope,
    lines: &LineIndex<'_>,
    by_name: &mut HashMap<&'t str, ComponentRef>,
    needs: &mut Vec<(ComponentRef, &'t str)>,
    out: &mut Sink<'_>,
) {
    for (name, package) in packages {
        let line = lines.line_of(name).unwrap_or(0);
        let Some(package) = package.get() else {
            out.malformed_entry(line, format!("{name} is no object"));
            continue;
        };
        // A branch is `#head`; the commit is then what it is known by.
        let version = package.version.as_str().filter(|version| !version.starts_with('#'));
        let Some(version) = version.or_else(|| package.revision.as_str()) else {
            out.malformed_entry(line, format!("{name} has no version"));
            continue;
        };
        let Some(purl) = out.purl(Purl::builder("nim", name.as_str()).version(version), line) else { continue };
        let mut component = Component { scope, ..Component::from_purl(purl) };
        if let Some(url) = package.url.as_str() {
            component.references.push(reference(ReferenceKind::Vcs, git_url(url, package.revision.as_str())));
        }
        if let Some(sha1) = package.checksums.get().and_then(|sums| sums.sha1.as_str()) {
            component.properties.push(("plimsoll:nim:content-sha1".into(), sha1.into()));
        }
        let at = out.component(component, line);
        by_name.entry(name).or_insert(at);
        needs.extend(package.dependencies.items().iter().filter_map(|text| Some((at, text.as_str()?))));
    }
}
