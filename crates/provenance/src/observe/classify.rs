//! What each file of a trace is: part of the source, of a dependency, of the toolchain, of the system, or none of these.
//!
//! By where it lies, and by what the lockfiles, package databases and version control that lie there say. Rules go from the
//! narrow to the wide, and the first that fits counts. A file that no rule knows is [`Class::Other`], and then the list of
//! dependencies is not said to be complete.

mod checksums;
mod owners;
mod packages;
mod python;
mod toolchains;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_attest::DigestSet;
use plimsoll_model::Purl;
use sha2::{Digest as _, Sha256};

use super::{FileKind, FileRecord, Places, Source, Trace, secret};

/// What a file is to a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Part of the source tree.
    Source,
    /// Part of a package that a package manager of a language brought.
    Dependency,
    /// Part of a compiler or interpreter that is installed by itself.
    Toolchain,
    /// Part of a package of the operating system.
    System,
    /// What the user or a package manager configured.
    Configuration,
    /// What the system keeps of itself, and no package owns: caches, users, certificates, names.
    Host,
    /// None of the others.
    Other,
    /// Made by the build, and there at its end.
    Output,
    /// Made by the build, and gone.
    Temporary,
    /// A directory whose names were read.
    Directory,
    /// A device, a pipe, or what the kernel makes up.
    Pseudo,
}

impl Class {
    /// Every class, in the order in which they are listed.
    pub const ALL: [Self; 11] = [
        Self::Source,
        Self::Dependency,
        Self::Toolchain,
        Self::System,
        Self::Configuration,
        Self::Host,
        Self::Other,
        Self::Output,
        Self::Temporary,
        Self::Directory,
        Self::Pseudo,
    ];

    /// Its word in documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Dependency => "dependency",
            Self::Toolchain => "toolchain",
            Self::System => "system",
            Self::Configuration => "configuration",
            Self::Host => "host",
            Self::Other => "other",
            Self::Output => "output",
            Self::Temporary => "temporary",
            Self::Directory => "directory",
            Self::Pseudo => "pseudo",
        }
    }
}

/// A package of which files were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What its files are.
    pub class: Class,
    /// What it is.
    pub purl: Purl,
    /// What the lockfile, or what keeps the package, says of its content as it was delivered.
    pub digest: DigestSet,
    /// Other facts.
    pub facts: BTreeMap<String, String>,
    /// The files that were read: their names within the package, and their digests.
    pub files: BTreeMap<String, Option<[u8; 32]>>,
}

impl Group {
    /// One digest for the files that were read, as of the output of `sha256sum`, sorted by name.
    #[must_use]
    pub fn files_digest(&self) -> String {
        manifest(self.files.iter().map(|(name, digest)| (name.as_str(), *digest)))
    }
}

/// One digest for files: the SHA-256 of lines `DIGEST  NAME`, which have to come sorted.
pub(super) fn manifest<'a>(files: impl Iterator<Item = (&'a str, Option<[u8; 32]>)>) -> String {
    let mut hasher = Sha256::new();
    for (name, digest) in files {
        let digest = digest.map(|digest| hex(&digest)).unwrap_or_default();
        hasher.update(format!("{digest}  {name}\n"));
    }
    hex(&hasher.finalize())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// A file and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    /// What it is.
    pub class: Class,
    /// The package that it is of.
    pub package: Option<String>,
}

/// What the files of a trace are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Each file.
    pub files: BTreeMap<PathBuf, Classified>,
    /// The packages, by their purl.
    pub groups: BTreeMap<String, Group>,
}

/// Where a rule says that a file belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Belongs {
    class: Class,
    purl: Purl,
    /// Its name within the package.
    name: String,
    facts: BTreeMap<String, String>,
}

impl Inventory {
    /// Says of each file of a trace what it is.
    #[must_use]
    pub fn of(trace: &Trace, places: &Places, source: &Source) -> Self {
        let mut packages = packages::Packages::default();
        let mut inventory = Self::default();
        let mut unowned = Vec::new();
        for (path, record) in &trace.files {
            if let Some(class) = by_kind(path, record) {
                inventory.add(path, class);
            } else if let Some(belongs) =
                packages.of(path, places).or_else(|| toolchains::toolchain(path, places, &mut packages.versions))
            {
                inventory.put(path, record, belongs);
            } else if path.starts_with(&places.source) {
                inventory.add(path, if source.has(path) { Class::Source } else { Class::Other });
            } else {
                unowned.push((path, record));
            }
        }
        let wanted: Vec<&Path> = unowned.iter().map(|(path, _)| path.as_path()).collect();
        let mut owners = owners::owners(&places.root, &wanted);
        for (path, record) in unowned {
            match owners.remove(path) {
                Some(belongs) => inventory.put(path, record, belongs),
                None => inventory.add(path, by_place(path, places)),
            }
        }
        checksums::add(&mut inventory, trace, places);
        inventory
    }

    fn add(&mut self, path: &Path, class: Class) {
        self.files.insert(path.to_owned(), Classified { class, package: None });
    }

    fn put(&mut self, path: &Path, record: &FileRecord, belongs: Belongs) {
        let key = belongs.purl.to_string();
        let group = self.groups.entry(key.clone()).or_insert_with(|| Group {
            class: belongs.class,
            purl: belongs.purl,
            digest: DigestSet::new(),
            facts: belongs.facts,
            files: BTreeMap::new(),
        });
        group.files.insert(belongs.name, record.digest);
        self.files.insert(path.to_owned(), Classified { class: belongs.class, package: Some(key) });
    }

    /// The files of a class, with what was seen of them.
    pub fn in_class<'a>(&'a self, trace: &'a Trace, class: Class) -> impl Iterator<Item = (&'a Path, &'a FileRecord)> {
        let files = self.files.iter().filter(move |(_, file)| file.class == class);
        files.filter_map(|(path, _)| Some((path.as_path(), trace.files.get(path)?)))
    }

    /// How many files there are of each class.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Class, u64> {
        let mut counts = BTreeMap::new();
        for file in self.files.values() {
            let count: &mut u64 = counts.entry(file.class).or_default();
            *count = count.saturating_add(1);
        }
        counts
    }
}

/// What the record alone tells.
fn by_kind(path: &Path, record: &FileRecord) -> Option<Class> {
    if record.kind == FileKind::Special || is_pseudo(path) {
        Some(Class::Pseudo)
    } else if record.kind == FileKind::Directory {
        Some(Class::Directory)
    } else if record.made && !record.input {
        Some(if path.symlink_metadata().is_ok() { Class::Output } else { Class::Temporary })
    } else {
        None
    }
}

/// Whether the kernel makes up what is in a file.
pub(super) fn is_pseudo(path: &Path) -> bool {
    ["/proc", "/sys", "/dev"].iter().any(|root| path.starts_with(root)) && !path.starts_with("/dev/shm")
        || !path.is_absolute()
        || path.as_os_str().as_encoded_bytes().starts_with(b"/memfd:")
}

/// What is left when nobody owns a file.
fn by_place(path: &Path, places: &Places) -> Class {
    let below = |base: &Option<PathBuf>| {
        base.as_ref().and_then(|base| path.strip_prefix(base).ok()).and_then(|rest| rest.components().next())
    };
    let hidden = below(&places.home).is_some_and(|first| first.as_os_str().as_encoded_bytes().starts_with(b"."));
    if hidden || below(&places.cargo).is_some() || below(&places.rustup).is_some() || secret::is_secret_file(path) {
        return Class::Configuration;
    }
    let Ok(inside) = path.strip_prefix(&places.root) else { return Class::Other };
    let kept = ["etc", "run", "usr/lib/locale", "var/cache", "var/lib", "var/run"];
    let cached = inside.starts_with("usr") && !inside.starts_with("usr/local");
    let cached = cached && inside.extension().is_some_and(|extension| extension == "cache");
    if cached || kept.iter().any(|kept| inside.starts_with(kept)) { Class::Host } else { Class::Other }
}

#[cfg(test)]
mod tests;
