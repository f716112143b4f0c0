//! The lock itself.

use std::collections::{HashMap, HashSet};

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::toml::Table;

use crate::locator::without_password;
use crate::vcs::git_url;

use super::source::{Source, without_commit};

/// The newest version of the format that is known.
const NEWEST: i64 = 4;

/// What [`read`] keeps for the second phase when every entry of the lock was understood.
pub(super) const COMPLETE: &[u8] = b"complete";

/// A package of the lock.
#[derive(Clone, Copy)]
struct Package<'d> {
    table: Table<'d>,
    name: &'d str,
    version: &'d str,
    source: Option<&'d str>,
}

/// Checksums by name, version and source, as version 1 has them.
type Checksums<'d> = HashMap<(&'d str, &'d str, &'d str), &'d str>;

/// Finds packages by as much of them as a dependency gives.
#[derive(Default)]
struct Index<'d> {
    /// `None` when the name alone is ambiguous.
    by_name: HashMap<&'d str, Option<ComponentRef>>,
    by_version: HashMap<(&'d str, &'d str), ComponentRef>,
    by_source: HashMap<(&'d str, &'d str, &'d str), ComponentRef>,
}

/// Emits the packages and edges of a lock.
pub(super) fn read(root: Table<'_>, path: &SourcePath, mut complete: bool, out: &mut Sink<'_>) {
    if let Some(version) = root.get("version").and_then(|value| value.as_integer()).filter(|&version| version > NEWEST)
    {
        complete = false;
        out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 1, format!("version {version} of Cargo.lock is not known"));
    }
    let checksums = old_checksums(root);
    let mut packages: Vec<(Package<'_>, ComponentRef)> = Vec::new();
    let mut index = Index::default();
    for table in root.tables("package").chain(root.table("root")) {
        let (Some(name), Some(version)) = (table.get_str("name"), table.get_str("version")) else {
            complete = false;
            out.malformed_entry(table.line(), "package without name or version");
            continue;
        };
        let source = table.get_str("source");
        if index.by_source.contains_key(&(name, version, without_commit(source.unwrap_or_default()))) {
            // Cargo refuses such a lock; the first entry stands. One diagnostic is enough.
            if std::mem::replace(&mut complete, false) {
                out.malformed_entry(table.line(), format!("package {name} {version} is there more than once"));
            }
            continue;
        }
        let package = Package { table, name, version, source };
        let Some(component) = component(package, path, &checksums, out) else {
            complete = false;
            continue;
        };
        let at = out.component(component, table.line());
        index.add(package, at);
        packages.push((package, at));
    }
    complete &= relate(&packages, &index, out);
    if complete {
        out.keep(COMPLETE);
    }
}

/// Emits the edges. Returns whether each of them leads somewhere.
fn relate(packages: &[(Package<'_>, ComponentRef)], index: &Index<'_>, out: &mut Sink<'_>) -> bool {
    let mut complete = true;
    let mut needed: HashSet<ComponentRef> = HashSet::new();
    for &(package, from) in packages {
        for value in package.table.array("dependencies").into_iter().flat_map(|array| array.iter()) {
            if let Some(to) = value.as_str().and_then(|text| index.find(text)) {
                out.depends(from, to, Scope::Unspecified);
                if to != from {
                    needed.insert(to);
                }
            } else {
                complete = false;
                let text = value.as_str().unwrap_or("that is not text");
                out.malformed_entry(value.line(), format!("dependency {text} of {} is not in the lock", package.name));
            }
        }
    }
    // A local package that nothing needs is what is built here.
    for (_, at) in packages.iter().filter(|(_, at)| !needed.contains(at)) {
        if let Some(component) = out.get_mut(*at).filter(|component| component.purl.is_none()) {
            component.kind = ComponentKind::Application;
        }
    }
    complete
}

impl<'d> Index<'d> {
    fn add(&mut self, Package { name, version, source, .. }: Package<'d>, at: ComponentRef) {
        self.by_name.entry(name).and_modify(|known| *known = None).or_insert(Some(at));
        // Of several sources, the one without needs no `(source)`.
        if source.is_none() || !self.by_version.contains_key(&(name, version)) {
            self.by_version.insert((name, version), at);
        }
        self.by_source.insert((name, version, without_commit(source.unwrap_or_default())), at);
    }

    fn find(&self, dependency: &str) -> Option<ComponentRef> {
        let mut parts = dependency.splitn(3, ' ');
        let name = parts.next()?;
        let Some(version) = parts.next() else {
            return self.by_name.get(name).copied().flatten();
        };
        let source = parts.next().and_then(|source| source.strip_prefix('(')?.strip_suffix(')'));
        let exact = source.and_then(|source| self.by_source.get(&(name, version, without_commit(source))));
        exact.or_else(|| self.by_version.get(&(name, version))).copied()
    }
}

/// `[metadata]` of version 1: `"checksum name version (source)" = "…"`.
fn old_checksums<'d>(root: Table<'d>) -> Checksums<'d> {
    let entry = |(key, value): (&'d str, syntax::toml::Value<'d>)| {
        let mut parts = key.strip_prefix("checksum ")?.splitn(3, ' ');
        let (name, version) = (parts.next()?, parts.next()?);
        let source = parts.next()?.strip_prefix('(')?.strip_suffix(')')?;
        Some(((name, version, source), value.as_str()?))
    };
    root.table("metadata").into_iter().flat_map(|table| table.iter()).filter_map(entry).collect()
}

fn component(
    package: Package<'_>,
    path: &SourcePath,
    checksums: &Checksums<'_>,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let Package { table, name, version, source: text } = package;
    let line = table.line();
    let source = Source::read(text);
    let builder = Purl::builder("cargo", name).version(version);
    let mut component = match source {
        Source::Local => {
            let mut component = Component::new(ComponentKind::Library, name);
            component.version = Some(version.into());
            component.location = Some(path.clone());
            component
        }
        Source::CratesIo => {
            let mut component = Component::from_purl(out.purl(builder, line)?);
            let url = format!("https://static.crates.io/crates/{name}/{name}-{version}.crate");
            component.references.push(reference(ReferenceKind::Distribution, url));
            component
        }
        Source::Registry(url) => {
            let builder = builder.qualifier("repository_url", without_password(url));
            Component::from_purl(out.purl(builder, line)?)
        }
        Source::Git { url, reference: asked, commit } => {
            let url = git_url(url, commit);
            let mut component = Component::from_purl(out.purl(builder.qualifier("vcs_url", url.as_str()), line)?);
            component.references.push(reference(ReferenceKind::Vcs, url));
            if let Some(asked) = asked {
                component.properties.push(("plimsoll:cargo:git-reference".into(), asked.into()));
            }
            component
        }
        Source::Other(text) => {
            let mut component = Component::from_purl(out.purl(builder, line)?);
            component.properties.push(("plimsoll:cargo:source".into(), text.into()));
            component
        }
    };
    let old = || checksums.get(&(name, version, text.unwrap_or_default())).copied().filter(|&value| value != "<none>");
    if let Some(checksum) = table.get_str("checksum").or_else(old) {
        match Digest::from_hex(DigestAlgorithm::Sha256, checksum) {
            Ok(digest) => component.hashes.push(digest),
            Err(error) => out.malformed_entry(line, format!("checksum of {name} {version}: {error}")),
        }
    }
    Some(component)
}

fn reference(kind: ReferenceKind, url: String) -> ExternalReference {
    ExternalReference { kind, url: url.into(), hashes: Vec::new() }
}
