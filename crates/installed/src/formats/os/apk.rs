//! The package database of apk: `lib/apk/db/installed`, in newer Alpine and Wolfi below `usr/`.
//! <https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2>
//!
//! What surprises:
//! - One letter, a colon and the value a line; the letters are case-sensitive (`c:` is a commit, `C:` a checksum), and
//!   `F:` starts a directory whose files follow as `R:`.
//! - `C:` is the digest of the control segment of the package, not of its file; it is a property, not a hash.
//! - Needs name packages, or what others provide: `so:libc.musl-x86_64.so.1`, `cmd:sh`, `pc:zlib`. A need that starts
//!   with `!` is a conflict.
//! - `etc/apk/world` lists what was asked for by name: the direct dependencies.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use memchr::memchr;
use plimsoll_extract::prelude::*;

use crate::control::split_line;
use crate::distribution::{Distributions, keep_release, root_of};
use crate::faults::Faults;
use crate::provision::{CUT, Holder, Need, Provision};

/// Reads the apk database.
pub(in crate::formats) struct Apk;

/// Where the database lies below the root of its file system; the first that ends the path holds.
const PLACES: [&str; 2] = ["usr/lib/apk/db", "lib/apk/db"];

/// The file of what was asked for.
const WORLD: &str = "etc/apk/world";

/// Longer text is left out.
const MAX_TEXT: usize = 4 << 10;

/// A directory name is written once and used by many files. Paths of one package together longer than this many times
/// its entry are made to fill memory.
const MAX_EXPANSION: usize = 32;

/// One package of the database.
#[derive(Debug, Default)]
struct Entry<'a> {
    line: u32,
    name: &'a [u8],
    version: &'a [u8],
    architecture: &'a [u8],
    checksum: &'a [u8],
    license: &'a [u8],
    origin: &'a [u8],
    maintainer: &'a [u8],
    description: &'a [u8],
    url: &'a [u8],
    commit: &'a [u8],
    needs: &'a [u8],
    provides: &'a [u8],
    /// The lines, for the owned files.
    body: &'a [u8],
}

impl Extractor for Apk {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/apk")
    }

    fn about(&self) -> About {
        About {
            title: "apk database v2 (Alpine, Wolfi)",
            specification: "https://wiki.alpinelinux.org/wiki/Apk_spec",
            facts: &[Fact::Edges, Fact::Scope, Fact::License, Fact::SourceUrl, Fact::Position, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("lib/apk/db/installed"),
            Interest::Path("etc/apk/world"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        let bytes = file.bytes()?;
        if file.path().name() == b"world" {
            if bytes.len() > MAX_WORLD {
                out.diagnose(DiagnosticCode::TOO_LARGE, 0, "only the first MiB of the list of chosen packages is read");
            }
            out.keep(bytes.get(..MAX_WORLD).unwrap_or(&bytes));
            return Ok(());
        }
        out.rooted_at(place_of(file.path().as_bytes()));
        let mut packages = Vec::new();
        let mut faults = Faults::default();
        for entry in entries(&bytes) {
            if let Some(component) = component(&entry, &mut faults, out) {
                let at = out.component(component, entry.line);
                let mut spare = entry.body.len().saturating_mul(MAX_EXPANSION);
                owned(&entry, |path| {
                    spare = spare.saturating_sub(path.len());
                    if spare > 0 {
                        out.owns(at, path);
                    }
                });
                if spare == 0 && !entry.body.is_empty() {
                    faults.entry(out, Span::Line(entry.line), "paths of a package are too long; not all are known");
                }
                packages.push((at, entry));
            }
        }
        link(&packages, out);
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let worlds: BTreeMap<Vec<u8>, FileHandle> = files
            .files()
            .filter_map(|file| Some((files.path(file)?.as_bytes().strip_suffix(WORLD.as_bytes())?.to_vec(), file)))
            .collect();
        let distributions = Distributions::gather(files);
        for file in files.files() {
            let Some(path) = files.path(file).cloned() else { continue };
            let place = place_of(path.as_bytes());
            if let Some(world) = worlds.get(root_of(path.as_bytes(), place)) {
                direct(files, file, *world);
            }
        }
        distributions.settle(files, place_of);
    }
}

/// Longer lists of what was asked for are cut.
const MAX_WORLD: usize = 1 << 20;

fn place_of(path: &[u8]) -> &'static str {
    let directory = path.strip_suffix(b"/installed").unwrap_or(path);
    let holds = |place: &&str| {
        directory.strip_suffix(place.as_bytes()).is_some_and(|root| root.is_empty() || root.ends_with(b"/"))
    };
    PLACES.into_iter().find(holds).unwrap_or("lib/apk/db")
}

/// Marks what `world` asks for: package names, or what a package provides; `!name` is a ban, `@tag` a repository.
fn direct(files: &mut Resolver<'_>, database: FileHandle, world: FileHandle) {
    let text = files.kept(world).to_vec();
    let asked: HashSet<&[u8]> = names(&text).collect();
    let wanted: Vec<ComponentRef> = files
        .components(database)
        .filter(|(_, component)| asked.contains(component.name.as_bytes()))
        .map(|(handle, _)| handle.component)
        .collect();
    if let Some(mut sink) = files.sink(database) {
        wanted.into_iter().for_each(|component| sink.direct(component, Scope::Runtime));
    }
}

/// Reads the entries; an empty line ends one.
fn entries(text: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    let mut rest = text;
    let mut number = 0_u32;
    std::iter::from_fn(move || {
        let mut entry: Option<Entry<'_>> = None;
        let mut start = rest;
        while let Some((line, after)) = split_line(rest) {
            number = number.saturating_add(1);
            let before = rest;
            rest = after;
            let Some((&letter, value)) = line.split_first() else {
                if entry.is_some() {
                    break;
                }
                continue;
            };
            let entry = entry.get_or_insert_with(|| {
                start = before;
                Entry { line: number, ..Entry::default() }
            });
            if let Some(value) = value.strip_prefix(b":") {
                entry.set(letter, value.trim_ascii());
            }
        }
        let body = start.get(..start.len().saturating_sub(rest.len())).unwrap_or_default();
        entry.map(|entry| Entry { body, ..entry })
    })
}

impl<'a> Entry<'a> {
    fn set(&mut self, letter: u8, value: &'a [u8]) {
        match letter {
            b'P' => self.name = value,
            b'V' => self.version = value,
            b'A' => self.architecture = value,
            b'C' => self.checksum = value,
            b'L' => self.license = value,
            b'o' => self.origin = value,
            b'm' => self.maintainer = value,
            b'T' => self.description = value,
            b'U' => self.url = value,
            b'c' => self.commit = value,
            b'D' => self.needs = value,
            b'p' => self.provides = value,
            _ => {}
        }
    }
}

fn component(entry: &Entry<'_>, faults: &mut Faults, out: &mut Sink<'_>) -> Option<Component> {
    let line = entry.line;
    let (Some(name), Some(version)) = (text(entry.name), text(entry.version)) else {
        let name = text(entry.name).unwrap_or_default();
        faults.entry(out, Span::Line(line), format!("package {name:?} lacks its name or version; left out"));
        return None;
    };
    let origin = text(entry.origin);
    // As rivals and purl-spec's examples do: the source package only when it is called otherwise.
    let upstream = origin.as_deref().filter(|origin| *origin != name).unwrap_or_default();
    let purl = Purl::builder("apk", name)
        .namespace("alpine")
        .version(version.clone())
        .qualifier("arch", text(entry.architecture).unwrap_or_default())
        .qualifier("upstream", upstream);
    let mut component = Component::from_purl(out.purl(purl, line)?);
    component.version = Some(version.into());
    component.licenses.extend(text(entry.license).as_deref().and_then(License::declared));
    component.supplier = text(entry.maintainer).map(Into::into);
    component.description = text(entry.description).map(Into::into);
    if let Some(url) = text(entry.url) {
        let url = url.into();
        component.references.push(ExternalReference { kind: ReferenceKind::Website, url, hashes: Vec::new() });
    }
    let mut property = |name: &'static str, value: Option<String>| {
        component.properties.extend(value.map(|value| (Cow::Borrowed(name), value.into())));
    };
    property("plimsoll:os:source-package", origin.map(Cow::into_owned));
    property("plimsoll:os:source-commit", text(entry.commit).map(Cow::into_owned));
    property("plimsoll:os:control-digest", checksum(entry.checksum).map(|digest| digest.to_string()));
    Some(component)
}

/// `Q1` and the SHA-1 in base64, or `Q2` and the SHA-256.
fn checksum(text: &[u8]) -> Option<Digest> {
    let text = std::str::from_utf8(text).ok()?;
    let (algorithm, value) = match text.split_at_checked(2)? {
        ("Q1", value) => (DigestAlgorithm::Sha1, value),
        ("Q2", value) => (DigestAlgorithm::Sha256, value),
        _ => return None,
    };
    Digest::from_base64(algorithm, value).ok()
}

/// Edges from `D:`.
fn link(packages: &[(ComponentRef, Entry<'_>)], out: &mut Sink<'_>) {
    let mut table = Provision::new(b"noarch");
    let mut needs: Vec<(ComponentRef, Holder, &[u8])> = Vec::with_capacity(packages.len());
    for (at, entry) in packages {
        let holder = table.add(*at, entry.architecture);
        table.name(holder, entry.name);
        names(entry.provides).for_each(|name| table.provide(holder, name));
        needs.push((*at, holder, entry.needs));
    }
    for (from, holder, relation) in needs {
        for to in table.satisfy(holder, names(relation).map(Need::of)) {
            out.depends(from, to, Scope::Runtime);
        }
    }
    if table.is_cut() {
        out.diagnose(DiagnosticCode::MALFORMED_ENTRY, 0, CUT);
    }
}

/// The names in a list like `so:libz.so.1=1.3 busybox>=1.36 !conflict pkg@edge`, without versions and conflicts.
fn names(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(u8::is_ascii_whitespace).filter(|word| !word.starts_with(b"!")).filter_map(|word| {
        let end = word.iter().position(|byte| matches!(byte, b'=' | b'<' | b'>' | b'~' | b'@'));
        word.get(..end.unwrap_or(word.len())).filter(|name| !name.is_empty())
    })
}

/// The files of an entry: `R:` below the last `F:`.
fn owned(entry: &Entry<'_>, mut own: impl FnMut(&[u8])) {
    let mut directory: &[u8] = &[];
    let mut path = Vec::new();
    let mut rest = entry.body;
    while let Some((line, after)) = split_line(rest) {
        rest = after;
        let Some(colon) = memchr(b':', line).filter(|&at| at == 1) else { continue };
        let value = line.get(colon.saturating_add(1)..).unwrap_or_default();
        match line.first() {
            Some(b'F') => directory = value,
            // The path is written out for each file: a hostile directory name is not to be multiplied.
            Some(b'R') if directory.len() <= MAX_TEXT && value.len() <= MAX_TEXT => {
                path.clear();
                path.extend_from_slice(directory);
                if !directory.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(value);
                own(&path);
            }
            _ => {}
        }
    }
}

fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    Some(value).filter(|&value| !value.is_empty() && value.len() <= MAX_TEXT).map(String::from_utf8_lossy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        assert_eq!(place_of(b"usr/lib/apk/db/installed"), "usr/lib/apk/db");
        assert_eq!(place_of(b"root/usr/lib/apk/db/installed"), "usr/lib/apk/db");
        assert_eq!(place_of(b"myusr/lib/apk/db/installed"), "lib/apk/db");
        assert_eq!(place_of(b"lib/apk/db/installed"), "lib/apk/db");
    }

    #[test]
    fn names_lose_versions_tags_and_conflicts() {
        let list = b"so:libz.so.1=1.3 busybox>=1.36 !gone musl~1.2 curl@edge  cmd:sh <odd\n/bin/sh";
        let found: Vec<_> = names(list).map(String::from_utf8_lossy).collect();
        assert_eq!(found, ["so:libz.so.1", "busybox", "musl", "curl", "cmd:sh", "/bin/sh"]);
    }

    #[test]
    fn checksums_say_their_algorithm() {
        let digest = checksum(b"Q1sJxbvyN5LBnBlnSF+OO/9lgQDXI=").map(|digest| digest.to_string());
        assert_eq!(digest.as_deref(), Some("sha1:b09c5bbf23792c19c1967485f8e3bff658100d72"));
        assert_eq!(checksum(b"Q3sJxb"), None);
        assert_eq!(checksum(b"Q1"), None);
        assert_eq!(checksum(b"\xc3"), None);
    }
}
