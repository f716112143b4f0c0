//! Joins the files of the database: edges, owned files and licences.

use std::collections::{BTreeMap, HashMap};

use plimsoll_extract::prelude::*;

use super::status::relations;
use super::{PLACE, Role};
use crate::control::{Paragraphs, relation_names, split_line};
use crate::distribution::{Distributions, root_of};
use crate::provision::{CUT, Holder, Provision};

/// The directory of copyright files below the root of the file system.
const DOCUMENTATION: &str = "usr/share/doc";

pub(super) fn run(files: &mut Resolver<'_>) {
    Distributions::gather(files).settle(files, |_| PLACE);
    let mut systems: BTreeMap<Vec<u8>, System> = BTreeMap::new();
    for file in files.files() {
        let Some(path) = files.path(file).cloned() else { continue };
        let path = path.as_bytes();
        let (place, role) = match Role::of(path) {
            Role::Other => continue,
            role @ Role::Copyright(_) => (DOCUMENTATION, role),
            role => (PLACE, role),
        };
        systems.entry(root_of(path, place).to_vec()).or_default().add(files, file, role);
    }
    for system in systems.into_values() {
        system.link(files);
        system.license(files);
        system.digest(files);
        system.own(files);
    }
}

/// A package, found by its name.
struct Package {
    handle: Handle,
    architecture: Box<[u8]>,
}

/// The files of one file system.
#[derive(Default)]
struct System {
    /// Files with packages, and what they kept.
    status: Vec<(FileHandle, Vec<u8>)>,
    packages: HashMap<Box<[u8]>, Vec<Package>>,
    lists: BTreeMap<Box<[u8]>, FileHandle>,
    digests: BTreeMap<Box<[u8]>, FileHandle>,
    distroless_digests: BTreeMap<Box<[u8]>, FileHandle>,
    copyrights: BTreeMap<Box<[u8]>, FileHandle>,
    diversions: HashMap<Box<[u8]>, Diversion>,
    available: Vec<FileHandle>,
}

/// Where a path of other packages was put.
struct Diversion {
    to: Box<[u8]>,
    /// The package that has the path instead; `:` when the administrator has.
    by: Box<[u8]>,
}

impl System {
    fn add(&mut self, files: &mut Resolver<'_>, file: FileHandle, role: Role<'_>) {
        match role {
            Role::Status => {
                let kept = files.take_kept(file);
                for (handle, component) in files.components(file) {
                    let package = Package { handle, architecture: architecture(component).into() };
                    self.packages.entry(component.name.as_bytes().into()).or_default().push(package);
                }
                self.status.push((file, kept));
            }
            Role::List(package) => _ = self.lists.insert(package.into(), file),
            Role::Digests(package) => _ = self.digests.insert(package.into(), file),
            Role::DistrolessDigests(package) => _ = self.distroless_digests.insert(package.into(), file),
            Role::Copyright(package) => _ = self.copyrights.insert(package.into(), file),
            Role::Available => self.available.push(file),
            Role::Diversions => {
                let kept = files.take_kept(file);
                let mut lines = kept.split(|&byte| byte == b'\n');
                while let (Some(from), Some(to), Some(by)) = (lines.next(), lines.next(), lines.next()) {
                    self.diversions.insert(from.into(), Diversion { to: to.into(), by: by.into() });
                }
            }
            Role::Other => {}
        }
    }

    /// Edges from `Depends` and `Pre-Depends`.
    fn link(&self, files: &mut Resolver<'_>) {
        let named = |(handle, component): (Handle, &Component)| {
            let package = Package { handle, architecture: architecture(component).into() };
            (package, component.name.clone())
        };
        let known: Vec<(Package, Box<str>)> =
            self.status.iter().flat_map(|(file, _)| files.components(*file)).map(named).collect();
        let records = self.status.iter().flat_map(|(file, kept)| {
            let count = files.components(*file).count();
            relations(kept).take(count)
        });
        let mut table = Provision::new(b"all");
        let mut needs: Vec<(Handle, Holder, &[u8])> = Vec::with_capacity(known.len());
        for ((package, name), record) in known.iter().zip(records) {
            let holder = table.add(package.handle, &package.architecture);
            table.name(holder, name.as_bytes());
            relation_names(record.provides).for_each(|need| table.provide(holder, need.name));
            needs.push((package.handle, holder, record.needs));
        }
        for (from, holder, relation) in needs {
            for to in table.satisfy(holder, relation_names(relation)) {
                files.relate(from, to, RelationshipKind::DependsOn, Scope::Runtime);
            }
        }
        let first = self.status.first().map(|(file, _)| *file).filter(|_| table.is_cut());
        if let Some(mut sink) = first.and_then(|file| files.sink(file)) {
            sink.diagnose(DiagnosticCode::MALFORMED_ENTRY, 0, CUT);
        }
    }

    fn license(&self, files: &mut Resolver<'_>) {
        for (name, file) in &self.copyrights {
            let kept = String::from_utf8(files.take_kept(*file)).unwrap_or_default();
            let licenses: Vec<License> = kept.lines().filter_map(License::declared).collect();
            for package in self.packages.get(name).into_iter().flatten() {
                if let Some(component) = files.get_mut(package.handle) {
                    component.licenses.extend(licenses.iter().cloned());
                }
            }
        }
    }

    /// The digests of package files, for packages that are there in the very same version.
    fn digest(&self, files: &mut Resolver<'_>) {
        for &file in &self.available {
            let kept = files.take_kept(file);
            for record in kept.split(|&byte| byte == b'\n') {
                let mut cells = record.split(|&byte| byte == b'\t');
                let mut cell = || cells.next().unwrap_or_default();
                let (name, version, architecture, hex) = (cell(), cell(), cell(), cell());
                let digest =
                    std::str::from_utf8(hex).ok().and_then(|hex| Digest::from_hex(DigestAlgorithm::Sha256, hex).ok());
                let packages = self.packages.get(name).map_or(&[][..], Vec::as_slice);
                let package = packages.iter().find(|package| *package.architecture == *architecture);
                let component = package.and_then(|package| files.get_mut(package.handle));
                if let Some(component) =
                    component.filter(|held| held.version.as_deref().map(str::as_bytes) == Some(version))
                {
                    component.hashes.extend(digest);
                }
            }
        }
    }

    fn own(&self, files: &mut Resolver<'_>) {
        // A list names all files; digests, which leave out configuration files, only serve where there is none.
        let spare = self.digests.iter().filter(|(package, _)| !self.lists.contains_key(*package));
        for (label, list) in self.lists.iter().chain(spare) {
            let paths = files.take_kept(*list);
            let Some(owner) = self.labelled(label) else { continue };
            let package = label.split(|&byte| byte == b':').next().unwrap_or_default();
            own_all(files, owner, &paths, |path| self.place(path, package));
        }
        for (label, digests) in &self.distroless_digests {
            let paths = files.take_kept(*digests);
            let beside = self.status.iter().map(|(file, _)| *file).find(|file| {
                files.path(*file).is_some_and(|path| path.name() == &**label && path.parent().ends_with(b"status.d"))
            });
            let owner = beside.and_then(|file| files.components(file).next()).map(|(handle, _)| handle);
            if let Some(owner) = owner.or_else(|| self.labelled(label)) {
                own_all(files, owner, &paths, |path| path);
            }
        }
    }

    /// Where a path that a package lists is.
    fn place<'p>(&'p self, path: &'p [u8], package: &[u8]) -> &'p [u8] {
        let diversion = self.diversions.get(path).filter(|diversion| *diversion.by != *package);
        diversion.map_or(path, |diversion| &diversion.to)
    }

    /// The package that `NAME` or `NAME:ARCHITECTURE`, as in the file names below `info`, stands for.
    fn labelled(&self, label: &[u8]) -> Option<Handle> {
        let mut parts = label.splitn(2, |&byte| byte == b':');
        let packages = self.packages.get(parts.next()?)?;
        let found = match parts.next() {
            Some(architecture) => packages.iter().find(|package| *package.architecture == *architecture),
            None => packages.first(),
        };
        found.map(|package| package.handle)
    }
}

fn own_all<'p>(files: &mut Resolver<'_>, owner: Handle, paths: &'p [u8], place: impl Fn(&'p [u8]) -> &'p [u8]) {
    let Some(mut sink) = files.sink(owner.file) else { return };
    sink.rooted_at(PLACE);
    for path in paths.split(|&byte| byte == 0).filter(|path| !path.is_empty()) {
        sink.owns(owner.component, place(path));
    }
}

fn architecture(component: &Component) -> &[u8] {
    let qualifiers = component.purl.iter().flat_map(Purl::qualifiers);
    qualifiers.into_iter().find(|(key, _)| *key == "arch").map(|(_, value)| value.as_bytes()).unwrap_or_default()
}

/// Name, version, architecture and SHA-256 of each package of `available` that has one, a line each.
pub(super) fn available_digests(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for paragraph in Paragraphs::new(bytes) {
        let mut cells: [&[u8]; 4] = [&[]; 4];
        for (name, value) in paragraph.fields() {
            let at = ["package", "version", "architecture", "sha256"]
                .iter()
                .position(|field| name.eq_ignore_ascii_case(field.as_bytes()));
            if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
                *cell = value;
            }
        }
        if cells.iter().all(|cell| !cell.is_empty() && !cell.iter().any(|byte| matches!(byte, b'\t' | b'\n'))) {
            out.extend_from_slice(&cells.join(&b'\t'));
            out.push(b'\n');
        }
    }
    out
}

/// The paths of a `.list` file, NUL after each, without the directories that another path of the file lies in.
pub(super) fn listed_files(list: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(list.len());
    let mut rest = list;
    while let Some((path, after)) = split_line(rest) {
        rest = after;
        let is_parent = after.strip_prefix(path).is_some_and(|rest| rest.starts_with(b"/"));
        if !is_parent && !matches!(path, b"" | b"/." | b"/") {
            out.extend_from_slice(path);
            out.push(0);
        }
    }
    out
}

/// The paths of a `.md5sums` file, NUL after each.
pub(super) fn digested_files(digests: &[u8]) -> Vec<u8> {
    const DIGEST: usize = 32;
    let mut out = Vec::with_capacity(digests.len());
    let mut rest = digests;
    while let Some((line, after)) = split_line(rest) {
        rest = after;
        let path = line.split_at_checked(DIGEST).map(|(_, path)| path.trim_ascii_start()).unwrap_or_default();
        if !path.is_empty() {
            out.extend_from_slice(path);
            out.push(0);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_leave_out_directories() {
        let list = b"/.\n/usr\n/usr/bin\n/usr/bin/a\n/usr/bin/a-b\n/usr/empty\n";
        assert_eq!(listed_files(list), b"/usr/bin/a\0/usr/bin/a-b\0/usr/empty\0");
        let digests = b"0123456789abcdef0123456789abcdef  usr/bin/a b\nshort\n0123456789abcdef0123456789abcdef  ./x";
        assert_eq!(digested_files(digests), b"usr/bin/a b\0./x\0");
    }
}
