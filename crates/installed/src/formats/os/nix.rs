//! The stores of Nix and Guix: the names below `/nix/store` and `/gnu/store`, and the database of what is valid there.
//! <https://nix.dev/manual/nix/latest/store/store-path>
//!
//! - A store path is `DIGEST-NAME`, where the digest is 32 characters in Nix's own base 32 and the name usually
//!   `NAME-VERSION[-OUTPUT]`: the version starts after the first hyphen that a digit follows. What has no version there is
//!   a wrapper, a script or a configuration file and no package.
//! - The same name and version may be there several times, built with different inputs: the digest is a qualifier.
//! - The table `Refs` of the database has an edge for each path that another one names: what it needs at run time.
//! - A file with the name of a derivation (`.drv`) says how something is built, which need not be there: it stands for a
//!   package only when no output of that name and version does.
//! - Of the many files below a store path, a few usual ones are looked at, by their paths alone.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_extract::prelude::*;

use crate::annotate;
use crate::faults::Faults;
use crate::sqlite::{Database, report_log};

/// Reads the stores of Nix and Guix.
pub(in crate::formats) struct Nix;

/// The stores, with the type of package URL and the place of the database.
const STORES: [(&str, &str, &str); 2] =
    [("nix/store/", "nix", "nix/var/nix/db"), ("gnu/store/", "guix", "var/guix/db")];

/// Characters of the digest in a store path.
const DIGEST: usize = 32;

/// Nix's base 32 leaves out e, o, t and u.
const ALPHABET: &[u8] = b"0123456789abcdfghijklmnpqrsvwxyz";

/// Names of outputs (`nixpkgs`, multiple-output packages); what follows the version otherwise belongs to it.
const OUTPUTS: [&str; 14] =
    ["bin", "dev", "lib", "out", "man", "doc", "devdoc", "info", "debug", "static", "dist", "data", "terminfo", "py"];

/// Endings of names that are sources and patches.
const NO_PACKAGES: [&str; 12] = [
    ".patch", ".diff", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst", ".tgz", ".zip", ".lock", ".sh", ".json", ".chroot",
];

impl Extractor for Nix {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/nix")
    }

    fn about(&self) -> About {
        About {
            title: "Nix and Guix stores and their databases",
            specification: "https://nix.dev/manual/nix/latest/store/store-path",
            facts: &[Fact::Edges, Fact::Scope, Fact::Position, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("nix/var/nix/db/db.sqlite"),
            Interest::Path("nix/var/nix/db/db.sqlite-wal"),
            Interest::Path("var/guix/db/db.sqlite"),
            Interest::Path("var/guix/db/db.sqlite-wal"),
            Interest::Path("nix/store/*.drv"),
            Interest::Path("nix/store/*/bin/*"),
            Interest::Path("nix/store/*/sbin/*"),
            Interest::Path("nix/store/*/libexec/*"),
            Interest::Path("nix/store/*/lib/*"),
            Interest::Path("nix/store/*/etc/*"),
            Interest::Path("nix/store/*/include/*"),
            Interest::Path("nix/store/*/share/man/man1/*"),
            Interest::Path("nix/store/*/share/applications/*"),
            Interest::Path("nix/store/*/share/pkgconfig/*"),
            Interest::Path("nix/store/*/share/info/*"),
            Interest::Path("nix/store/*/share/man/*"),
            Interest::Path("gnu/store/*/bin/*"),
            Interest::Path("gnu/store/*/sbin/*"),
            Interest::Path("gnu/store/*/libexec/*"),
            Interest::Path("gnu/store/*/lib/*"),
            Interest::Path("gnu/store/*/etc/*"),
            Interest::Path("gnu/store/*/include/*"),
            Interest::Path("gnu/store/*/share/man/man1/*"),
            Interest::Path("gnu/store/*/share/info/*"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let path = file.path();
        if path.name() == b"db.sqlite" {
            return if file.is_empty() { Ok(()) } else { database(file, out) };
        }
        if path.name() == b"db.sqlite-wal" {
            report_log(file.len(), out);
            return Ok(());
        }
        let Some(found) = StorePath::within(path.as_bytes()) else { return Ok(()) };
        let Some(component) = found.component() else { return Ok(()) };
        let how =
            Observation { technique: Technique::Filename, confidence: Confidence::HIGH, ..Observation::default() };
        let package = out.observed(component, how);
        if !found.is_derivation {
            out.rooted_at(found.store);
            out.owns(package, path.as_bytes().get(found.at..).unwrap_or_default());
        }
        Ok(())
    }

    /// A derivation whose outputs are there is no package of its own.
    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut outputs: BTreeSet<(Box<str>, Option<Box<str>>)> = BTreeSet::new();
        let mut derivations: Vec<FileHandle> = Vec::new();
        for file in files.files() {
            if files.path(file).is_some_and(|path| path.name().ends_with(b".drv")) {
                derivations.push(file);
            } else {
                outputs.extend(files.components(file).map(|(_, found)| (found.name.clone(), found.version.clone())));
            }
        }
        for file in derivations {
            let is_there = files
                .components(file)
                .next()
                .is_some_and(|(_, found)| outputs.contains(&(found.name.clone(), found.version.clone())));
            if is_there {
                files.retain(file, |_| false);
            }
        }
    }
}

/// What a path in a store says.
struct StorePath<'p> {
    store: &'static str,
    kind: &'static str,
    /// Where the store starts in the path.
    at: usize,
    digest: &'p str,
    name: &'p str,
    version: Option<&'p str>,
    output: Option<&'p str>,
    is_derivation: bool,
}

impl<'p> StorePath<'p> {
    /// Finds the store path that a path starts with, or is.
    fn within(path: &'p [u8]) -> Option<Self> {
        let find = |(store, kind, _): (&'static str, &'static str, &'static str)| {
            let at = memchr::memmem::find(path, store.as_bytes())?;
            let is_start = at == 0 || path.get(at.checked_sub(1)?) == Some(&b'/');
            is_start.then_some((store, kind, at))
        };
        let (store, kind, at) = STORES.into_iter().find_map(find)?;
        let rest = path.get(at.checked_add(store.len())?..)?;
        let base = std::str::from_utf8(rest.split(|&byte| byte == b'/').next()?).ok()?;
        let (digest, full) = base.split_at_checked(DIGEST)?;
        let full = full.strip_prefix('-')?;
        let bare = full.strip_suffix(".drv");
        let is_source = NO_PACKAGES.iter().any(|end| bare.unwrap_or(full).ends_with(end));
        if is_source || !digest.bytes().all(|byte| ALPHABET.contains(&byte)) {
            return None;
        }
        let (name, version, output) = split(bare.unwrap_or(full));
        Some(Self { store, kind, at, digest, name, version, output, is_derivation: bare.is_some() })
    }

    fn component(&self) -> Option<Component> {
        let version = self.version?;
        // A derivation has a digest of its own, and outputs of others.
        let digest = if self.is_derivation { "" } else { self.digest };
        let purl = Purl::builder(self.kind, self.name)
            .version(version)
            .qualifier("output", self.output.unwrap_or_default())
            .qualifier("outputhash", digest)
            .build()
            .ok()?;
        Some(Component::from_purl(purl))
    }
}

/// `NAME-VERSION[-OUTPUT]`.
fn split(full: &str) -> (&str, Option<&str>, Option<&str>) {
    let starts = full.match_indices('-').map(|(at, _)| at);
    let digit = |at: &usize| {
        full.get(at.saturating_add(1)..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let Some((name, rest)) = starts.into_iter().find(digit).and_then(|at| full.split_at_checked(at)) else {
        return (full, None, None);
    };
    let rest = rest.get(1..).unwrap_or_default();
    match rest.rsplit_once('-').filter(|(_, output)| OUTPUTS.contains(output)) {
        Some((version, output)) => (name, Some(version), Some(output)),
        None => (name, Some(rest), None),
    }
}

/// The tables `ValidPaths (id, path, hash, deriver, narSize, …)` and `Refs (referrer, reference)`.
fn database(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let place = STORES.into_iter().map(|(_, _, place)| place);
    let held = |place: &&str| memchr::memmem::find(file.path().as_bytes(), place.as_bytes()).is_some();
    out.rooted_at(place.into_iter().find(held).unwrap_or_default());
    let bytes = file.bytes()?;
    let mut database = Database::open(&bytes)?;
    let mut faults = Faults::default();
    let mut rows: Vec<(Span, i64, String, Option<String>)> = Vec::new();
    let columns = ["id", "path", "deriver"];
    let found = database.rows("ValidPaths", columns, &mut faults, out, &mut |span, [id, path, deriver]| {
        if let (Some(id), Some(path)) = (id.integer(), path.text()) {
            rows.push((span, id, path.into_owned(), deriver.text().map(std::borrow::Cow::into_owned)));
        }
    });
    if !found {
        return Err(ExtractError::malformed("the SQLite file has no table 'ValidPaths'"));
    }
    let mut packages: BTreeMap<i64, ComponentRef> = BTreeMap::new();
    for (span, id, path, deriver) in &rows {
        let stored = StorePath::within(path.as_bytes()).filter(|stored| !stored.is_derivation);
        let Some(mut component) = stored.as_ref().and_then(StorePath::component) else { continue };
        annotate::property(&mut component, "plimsoll:nix:deriver", deriver.as_deref());
        let at = out.observed(component, Observation { span: Some(*span), ..Observation::default() });
        packages.insert(*id, at);
    }
    let mut edges: Vec<(i64, i64)> = Vec::new();
    database.rows("Refs", ["referrer", "reference"], &mut faults, out, &mut |_, [from, to]| {
        edges.extend(from.integer().zip(to.integer()).filter(|(from, to)| from != to));
    });
    link(&edges, &packages, out);
    Ok(())
}

/// How many edges may lead through paths without a package (wrappers, environments).
const MAX_INDIRECT: usize = 2_000_000;

/// Edges between packages; what a path without a package refers to counts for those who refer to it.
fn link(edges: &[(i64, i64)], packages: &BTreeMap<i64, ComponentRef>, out: &mut Sink<'_>) {
    let mut references: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (from, to) in edges.iter().filter(|(from, _)| !packages.contains_key(from)) {
        references.entry(*from).or_default().push(*to);
    }
    let mut spare = MAX_INDIRECT;
    let mut through: BTreeMap<i64, BTreeSet<ComponentRef>> = BTreeMap::new();
    for (from, to) in edges {
        let Some(&from) = packages.get(from) else { continue };
        match packages.get(to) {
            Some(&to) => out.depends(from, to, Scope::Runtime),
            None => {
                reach(*to, &references, packages, &mut through, &mut spare);
                let targets = through.get(to).into_iter().flatten().filter(|to| **to != from);
                for &to in targets.take(spare) {
                    spare = spare.saturating_sub(1);
                    out.depends(from, to, Scope::Runtime);
                }
            }
        }
    }
    if spare == 0 {
        out.diagnose(DiagnosticCode::MALFORMED_ENTRY, 0, "too many paths refer to others; some edges are missing");
    }
}

/// Works out the packages that a path without one leads to, each path once, those that it refers to first.
fn reach(
    start: i64,
    references: &BTreeMap<i64, Vec<i64>>,
    packages: &BTreeMap<i64, ComponentRef>,
    through: &mut BTreeMap<i64, BTreeSet<ComponentRef>>,
    spare: &mut usize,
) {
    let mut pending = vec![(start, false)];
    while let Some((at, is_open)) = pending.pop() {
        let targets = references.get(&at).map_or(&[][..], Vec::as_slice);
        if !is_open {
            if through.contains_key(&at) {
                continue;
            }
            // An empty answer stands for one that is being worked out: references do not go in circles.
            through.insert(at, BTreeSet::new());
            pending.push((at, true));
            pending
                .extend(targets.iter().filter(|target| !packages.contains_key(target)).map(|target| (*target, false)));
            continue;
        }
        let mut found: BTreeSet<ComponentRef> = BTreeSet::new();
        for target in targets {
            match packages.get(target) {
                Some(&package) => _ = found.insert(package),
                None => found.extend(through.get(target).into_iter().flatten().take(*spare)),
            }
            *spare = spare.saturating_sub(through.get(target).map_or(1, BTreeSet::len));
        }
        through.insert(at, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_versions_and_outputs() {
        assert_eq!(split("glibc-2.34-210-bin"), ("glibc", Some("2.34-210"), Some("bin")));
        assert_eq!(split("python3.11-requests-2.31.0"), ("python3.11-requests", Some("2.31.0"), None));
        assert_eq!(split("source"), ("source", None, None));
        assert_eq!(split("gtk+3-3.24.41"), ("gtk+3", Some("3.24.41"), None));
    }

    #[test]
    fn digests_are_in_the_alphabet_of_nix() {
        let path = b"rootfs/nix/store/h0cnbmfcn93xm5dg2x27ixhag1cwndga-glibc-2.34-210-bin/lib/glibc.so";
        let found = StorePath::within(path).unwrap();
        assert_eq!((found.name, found.at, found.kind), ("glibc", 7, "nix"));
        assert!(StorePath::within(b"nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-a-1/x").is_none());
        assert!(StorePath::within(b"nix/store/short").is_none());
    }
}
