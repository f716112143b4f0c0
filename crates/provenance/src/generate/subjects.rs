//! What was built: files by name or pattern, and digests that somebody else took.
//!
//! A file is read once for SHA-256 and SHA-512. Its name in the statement is that of the file without its folder, as GitHub's
//! action has it; files of one name in several folders keep their folders, as they could not be told apart.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use plimsoll_attest::{DigestSet, MAX_SUBJECTS, Subject};
use plimsoll_model::DigestAlgorithm;
use plimsoll_verify::{Subject as Known, VerifyError};

use super::GenerateError;

/// Folders within each other that a pattern looks through.
const DEEPEST: usize = 64;
/// Files and folders that a pattern looks at.
const MOST_ENTRIES: usize = 1_000_000;

/// Something that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Artifact {
    /// A file.
    File(PathBuf),
    /// Something of which the digest is known, and a name, which may be empty.
    Digest {
        /// What it is called.
        name: String,
        /// Its digests.
        digest: DigestSet,
    },
}

/// What a statement is about: sorted by name, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects(Vec<Subject>);

impl Artifact {
    /// The files that a pattern names. What is there under exactly this name is meant, even if it looks like a pattern. `*`
    /// and `?` match no slash, `**` any number of folders; folders that are symbolic links are not entered.
    ///
    /// # Errors
    /// None does, or they cannot be listed.
    pub fn files(pattern: &str) -> Result<Vec<Self>, GenerateError> {
        let path = Path::new(pattern);
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => return Ok(vec![Self::File(path.to_owned())]),
            Ok(_) => {
                return Err(GenerateError::pattern(pattern, "it is a folder: name the files in it, with /* or /**"));
            }
            Err(_) => {}
        }
        if !pattern.contains(['*', '?', '[', '{']) {
            let missing = fs::metadata(path).err().unwrap_or_else(|| std::io::ErrorKind::NotFound.into());
            return Err(GenerateError::Read { path: path.to_owned(), source: missing });
        }
        let mut search = Search::new(pattern)?;
        search.look_in(&search.start.clone(), 0)?;
        if search.found.is_empty() {
            return Err(GenerateError::NoMatch { pattern: pattern.to_owned() });
        }
        Ok(search.found.into_iter().map(Self::File).collect())
    }

    /// Something by its digest: `NAME@sha256:HEX`, or without a name.
    ///
    /// # Errors
    /// It is no digest by SHA-2.
    pub fn digest(text: &str) -> Result<Self, GenerateError> {
        let (name, digest) = text.rsplit_once('@').unwrap_or(("", text));
        let known =
            Known::digest(digest).map_err(|_| GenerateError::malformed("--subject-digest", "is no NAME@sha256:HEX"))?;
        Ok(Self::Digest { name: name.to_owned(), digest: digests(&known) })
    }
}

impl Subjects {
    /// Reads the files, and puts everything in order.
    ///
    /// # Errors
    /// There is nothing, too much, a file that cannot be read, or one name for things that differ.
    pub fn read(artifacts: &[Artifact]) -> Result<Self, GenerateError> {
        if artifacts.is_empty() {
            return Err(GenerateError::NoSubject);
        }
        // Counted before anything is read: a pattern may match a lot.
        let different: BTreeSet<String> = artifacts.iter().map(Artifact::key).collect();
        if different.len() > MAX_SUBJECTS {
            return Err(GenerateError::TooMany { count: different.len(), most: MAX_SUBJECTS });
        }
        let mut taken: BTreeMap<String, Vec<(String, DigestSet)>> = BTreeMap::new();
        for artifact in artifacts {
            let (short, long, digest) = artifact.read()?;
            taken.entry(short).or_default().push((long, digest));
        }
        let mut subjects: BTreeMap<String, DigestSet> = BTreeMap::new();
        for (short, mut named) in taken {
            named.sort();
            named.dedup();
            let one = named.iter().map(|(_, digest)| digest).collect::<BTreeSet<_>>().len() == 1;
            for (long, digest) in named {
                let name = if one { short.clone() } else { long };
                if subjects.insert(name.clone(), digest.clone()).is_some_and(|other| other != digest) {
                    return Err(GenerateError::Twice { name });
                }
            }
        }
        Ok(Self(
            subjects
                .into_iter()
                .map(|(name, digest)| Subject { name, uri: String::new(), digest, annotations: serde_json::Map::new() })
                .collect(),
        ))
    }

    /// What it is about.
    #[must_use]
    pub fn as_slice(&self) -> &[Subject] {
        &self.0
    }
}

impl IntoIterator for Subjects {
    type Item = Subject;
    type IntoIter = std::vec::IntoIter<Subject>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Artifact {
    fn key(&self) -> String {
        match self {
            Self::File(path) => format!("f{}", path.display()),
            Self::Digest { name, digest } => format!("d{name} {}", digest.values().next().map_or("", String::as_str)),
        }
    }

    /// The name without folders, the name with them, and the digests.
    fn read(&self) -> Result<(String, String, DigestSet), GenerateError> {
        match self {
            Self::Digest { name, digest } => Ok((name.clone(), name.clone(), digest.clone())),
            Self::File(path) => {
                let unread = |source| GenerateError::Read { path: path.clone(), source };
                let known = Known::file(path, &[DigestAlgorithm::Sha512]).map_err(|error| match error {
                    VerifyError::Read(source) => unread(source),
                    other => unread(std::io::Error::other(other)),
                })?;
                let short = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                Ok((short, stated_path(path), digests(&known)))
            }
        }
    }
}

/// A path as a statement has it: from here, with slashes, without where here is.
fn stated_path(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

fn digests(known: &Known) -> DigestSet {
    known.digests().map(|(algorithm, hex)| (algorithm.token().to_owned(), hex.to_owned())).collect()
}

/// Looks for the files that a pattern matches.
struct Search {
    /// Below the part of the pattern that is no pattern.
    start: PathBuf,
    matcher: GlobMatcher,
    found: BTreeSet<PathBuf>,
    seen: usize,
    pattern: String,
}

impl Search {
    fn new(pattern: &str) -> Result<Self, GenerateError> {
        let plain = pattern.strip_prefix("./").unwrap_or(pattern);
        let glob = GlobBuilder::new(plain)
            .literal_separator(true)
            .build()
            .map_err(|error| GenerateError::pattern(pattern, error.kind().to_string()))?;
        let parts: Vec<&str> = plain.split('/').collect();
        let fixed = parts.iter().take_while(|part| !part.contains(['*', '?', '[', '{', '\\'])).count();
        let start = parts.get(..fixed).unwrap_or_default().join("/");
        let start = if start.is_empty() && plain.starts_with('/') { "/".to_owned() } else { start };
        Ok(Self {
            start: PathBuf::from(start),
            matcher: glob.compile_matcher(),
            found: BTreeSet::new(),
            seen: 0,
            pattern: pattern.to_owned(),
        })
    }

    fn look_in(&mut self, folder: &Path, depth: usize) -> Result<(), GenerateError> {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let unread = |source| GenerateError::Read { path: here.to_owned(), source };
        let entries = match fs::read_dir(here) {
            Ok(entries) => entries,
            Err(error) if depth == 0 && error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(unread(error)),
        };
        for entry in entries {
            let entry = entry.map_err(unread)?;
            self.seen = self.seen.saturating_add(1);
            if self.seen > MOST_ENTRIES || depth > DEEPEST {
                return Err(GenerateError::pattern(&self.pattern, "it looks through too many files: name a folder"));
            }
            let path = folder.join(entry.file_name());
            let kind = entry.file_type().map_err(unread)?;
            if kind.is_dir() {
                self.look_in(&path, depth.saturating_add(1))?;
            } else if self.matcher.is_match(&path) && (kind.is_file() || path.is_file()) {
                if self.found.len() >= MAX_SUBJECTS {
                    let count = self.found.len().saturating_add(1);
                    return Err(GenerateError::TooMany { count, most: MAX_SUBJECTS });
                }
                self.found.insert(path);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
