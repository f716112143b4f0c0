//! Answers of registries, recorded: a directory or a tar, addressed by content.
//!
//! ```text
//! index.json            which request was answered with what, sorted
//! blobs/sha256/HEX      the answers, and the trusted roots that were in use
//! ```
//!
//! The index says of each request what came of it: an answer, that there is nothing, or that it could not be had. Nobody signed
//! a record, and nobody has to: what is in it proves itself, or proves nothing. Only that something is *absent* is the word of
//! whoever made the record. Trusted roots are carried along for whoever packs; they are never used because they are there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use data_encoding::HEXLOWER;
use plimsoll_model::{Budget, Limits};
use plimsoll_source::{File, FileId, OpenOptions, Scheme, SourceError, SourceReference, Visitor, Wanted};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::fetch::{Answer, Fetch, FetchError, Request};
use super::tar;

const SCHEMA: &str = "plimsoll.provenance.evidence/1";
const INDEX: &str = "index.json";
const BLOBS: &str = "blobs/sha256/";
/// Bytes of an index: some hundred for each request.
const INDEX_LIMIT: u64 = 256 << 20;
/// Bytes of all of an archive.
const TOTAL_LIMIT: u64 = 4 << 30;
/// Bytes of an answer.
const BLOB_LIMIT: u64 = 256 << 20;

/// Why a record cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The archive cannot be read.
    #[error("cannot read the archive")]
    Archive(#[source] SourceError),
    /// It is no record.
    #[error("it is no record of evidence: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
}

impl StoreError {
    fn malformed(reason: impl Into<String>) -> Self {
        Self::Malformed { reason: reason.into() }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fetched: Option<String>,
    #[serde(default)]
    trusted_roots: Vec<Root>,
    requests: Vec<Line>,
}

#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Root {
    name: String,
    digest: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    request: String,
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What came of a request: the digest of the answer in hex, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Found(String),
    Absent,
    Failed(String),
}

/// Answers that were recorded. Nothing else is asked.
#[derive(Debug)]
pub struct Store {
    outcomes: BTreeMap<String, Outcome>,
    fetched: Option<String>,
    blobs: Blobs,
}

#[derive(Debug)]
enum Blobs {
    Directory(PathBuf),
    Memory(BTreeMap<String, Vec<u8>>),
}

impl Store {
    /// Opens a directory, or a tar (also compressed).
    ///
    /// # Errors
    /// It cannot be read, or is no record.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let (index, blobs) = if path.is_dir() {
            let index = read(&path.join(INDEX), INDEX_LIMIT)?;
            (index, Blobs::Directory(path.to_owned()))
        } else {
            let mut files = unpack(path)?;
            let index = files.remove(INDEX).ok_or_else(|| StoreError::malformed("it has no index.json"))?;
            (index, Blobs::Memory(files))
        };
        let index: Index = serde_json::from_slice(&index).map_err(|error| StoreError::malformed(error.to_string()))?;
        if index.schema != SCHEMA {
            return Err(StoreError::malformed(format!("it is of the schema {:?}, not {SCHEMA:?}", index.schema)));
        }
        let mut outcomes = BTreeMap::new();
        for line in index.requests {
            let outcome = match (line.status.as_str(), line.digest.as_deref().and_then(hex_of)) {
                ("found", Some(hex)) => Outcome::Found(hex.to_owned()),
                ("absent", None) => Outcome::Absent,
                ("failed", None) => Outcome::Failed(line.reason.unwrap_or_default()),
                _ => return Err(StoreError::malformed(format!("it says nothing usable about {:?}", line.request))),
            };
            if outcomes.insert(line.request.clone(), outcome).is_some() {
                return Err(StoreError::malformed(format!("it lists {:?} twice", line.request)));
            }
        }
        Ok(Self { outcomes, fetched: index.fetched, blobs })
    }

    /// How many requests it has an outcome of.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    /// When it was made, as it says itself.
    #[must_use]
    pub fn fetched(&self) -> Option<&str> {
        self.fetched.as_deref()
    }

    fn blob(&self, hex: &str) -> Result<Vec<u8>, String> {
        let bytes = match &self.blobs {
            Blobs::Directory(path) => {
                read(&path.join(BLOBS).join(hex), BLOB_LIMIT).map_err(|_| "its file cannot be read".to_owned())?
            }
            Blobs::Memory(files) => {
                files.get(&format!("{BLOBS}{hex}")).cloned().ok_or_else(|| "its file is missing".to_owned())?
            }
        };
        if digest(&bytes) == hex { Ok(bytes) } else { Err("its file is not what its digest names".into()) }
    }
}

impl Fetch for Store {
    fn fetch(&self, request: &Request) -> Result<Answer, FetchError> {
        match self.outcomes.get(&request.key()) {
            Some(Outcome::Found(hex)) => {
                self.blob(hex).map(Answer::Found).map_err(|reason| FetchError::Recorded { reason })
            }
            Some(Outcome::Absent) => Ok(Answer::Absent),
            Some(Outcome::Failed(reason)) => Err(FetchError::Recorded { reason: reason.clone() }),
            None => Err(FetchError::NotRecorded),
        }
    }
}

/// Asks another, and keeps what it answers.
pub struct Recorder<'a> {
    inner: &'a dyn Fetch,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    outcomes: BTreeMap<String, Outcome>,
    blobs: BTreeMap<String, Vec<u8>>,
    roots: Vec<Root>,
}

impl<'a> Recorder<'a> {
    /// Nothing is kept yet.
    #[must_use]
    pub fn new(inner: &'a dyn Fetch) -> Self {
        Self { inner, kept: Mutex::default() }
    }

    /// Keeps a trusted root too.
    pub fn keep_root(&self, name: &str, json: &str) {
        let hex = digest(json.as_bytes());
        let mut kept = self.kept();
        kept.roots.push(Root { name: name.to_owned(), digest: format!("sha256:{hex}") });
        kept.roots.sort();
        kept.roots.dedup();
        kept.blobs.insert(hex, json.as_bytes().to_vec());
    }

    /// How many requests were answered, how many with nothing, and how many not.
    #[must_use]
    pub fn counts(&self) -> [usize; 3] {
        let kept = self.kept();
        let count = |wanted: fn(&Outcome) -> bool| kept.outcomes.values().filter(|outcome| wanted(outcome)).count();
        [
            count(|outcome| matches!(outcome, Outcome::Found(_))),
            count(|outcome| matches!(outcome, Outcome::Absent)),
            count(|outcome| matches!(outcome, Outcome::Failed(_))),
        ]
    }

    /// Writes all of it as a tar.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_tar(&self, out: &mut dyn Write, fetched: Option<&str>) -> io::Result<()> {
        let kept = self.kept();
        tar::file(out, INDEX, &kept.index(fetched, &BTreeMap::new()))?;
        for (hex, bytes) in &kept.blobs {
            tar::file(out, &format!("{BLOBS}{hex}"), bytes)?;
        }
        tar::end(out)
    }

    /// Writes it into a directory, which may hold a record already: what was not asked this time stays.
    ///
    /// # Errors
    /// It cannot be written, or holds something else.
    pub fn write_directory(&self, path: &Path, fetched: Option<&str>) -> Result<(), StoreError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::File { path, source }
        };
        let before = match path.join(INDEX).exists() {
            true => Store::open(path)?.outcomes,
            false => BTreeMap::new(),
        };
        let blobs = path.join(BLOBS);
        fs::create_dir_all(&blobs).map_err(failed(&blobs))?;
        let kept = self.kept();
        for (hex, bytes) in &kept.blobs {
            let file = blobs.join(hex);
            fs::write(&file, bytes).map_err(failed(&file))?;
        }
        // Last, so that what it lists is there.
        let (index, partial) = (path.join(INDEX), path.join(".index.json.partial"));
        fs::write(&partial, kept.index(fetched, &before)).map_err(failed(&partial))?;
        fs::rename(&partial, &index).map_err(failed(&index))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn index(&self, fetched: Option<&str>, before: &BTreeMap<String, Outcome>) -> Vec<u8> {
        let mut all = before.clone();
        // Better what was had before than that it cannot be had now.
        for (request, outcome) in &self.outcomes {
            let worse = matches!(outcome, Outcome::Failed(_)) && all.contains_key(request);
            if !worse {
                all.insert(request.clone(), outcome.clone());
            }
        }
        let line = |(request, outcome): (String, Outcome)| {
            let (status, hex, reason) = match outcome {
                Outcome::Found(hex) => ("found", Some(hex), None),
                Outcome::Absent => ("absent", None, None),
                Outcome::Failed(reason) => ("failed", None, Some(reason)),
            };
            let size = hex.as_ref().and_then(|hex| self.blobs.get(hex)).map(|bytes| bytes.len() as u64);
            Line { request, status: status.into(), digest: hex.map(|hex| format!("sha256:{hex}")), size, reason }
        };
        let index = Index {
            schema: SCHEMA.into(),
            fetched: fetched.map(str::to_owned),
            trusted_roots: self.roots.clone(),
            requests: all.into_iter().map(line).collect(),
        };
        let mut bytes = serde_json::to_vec_pretty(&index).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

impl Fetch for Recorder<'_> {
    fn fetch(&self, request: &Request) -> Result<Answer, FetchError> {
        let answer = self.inner.fetch(request);
        let mut kept = self.kept();
        let outcome = match &answer {
            Ok(Answer::Found(bytes)) => {
                let hex = digest(bytes);
                kept.blobs.insert(hex.clone(), bytes.clone());
                Outcome::Found(hex)
            }
            Ok(Answer::Absent) => Outcome::Absent,
            Err(error) => Outcome::Failed(error.chain()),
        };
        kept.outcomes.insert(request.key(), outcome);
        answer
    }
}

fn digest(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn hex_of(digest: &str) -> Option<&str> {
    let hex = digest.strip_prefix("sha256:")?;
    let small = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (hex.len() == 64 && hex.bytes().all(small)).then_some(hex)
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, StoreError> {
    let failed = |source| StoreError::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large")));
    }
    Ok(bytes)
}

/// Takes the files of a record out of an archive.
struct Unpack(Mutex<BTreeMap<String, Vec<u8>>>);

impl Visitor for Unpack {
    fn by_path(&self, path: &[u8]) -> Wanted {
        let wanted = path == INDEX.as_bytes() || path.starts_with(BLOBS.as_bytes());
        if wanted { Wanted::Yes } else { Wanted::No }
    }

    fn by_head(&self, _path: &[u8], _head: &[u8]) -> bool {
        false
    }

    fn file(&self, _id: FileId, file: &File<'_>) {
        // What cannot be read is missing, which is said when it is asked for.
        if let Ok(bytes) = file.bytes() {
            let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            files.insert(file.path().to_string(), bytes.into_owned());
        }
    }
}

fn unpack(path: &Path) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
    let reference = SourceReference { scheme: Scheme::Archive, path: path.to_owned() };
    let sources = plimsoll_source::open(&reference, &OpenOptions::default()).map_err(StoreError::Archive)?;
    let unpacked = Unpack(Mutex::default());
    let mut limits = Limits::DEFAULT;
    limits.total_bytes = TOTAL_LIMIT;
    let budget = Budget::new(limits);
    for source in sources {
        source.visit(&unpacked, &budget).map_err(StoreError::Archive)?;
    }
    Ok(unpacked.0.into_inner().unwrap_or_else(PoisonError::into_inner))
}
