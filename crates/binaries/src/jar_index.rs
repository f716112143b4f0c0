//! Which artifact a jar is, by the SHA-1 of its bytes: an index that users build, for jars that do not say it themselves.
//!
//! One file, version 1. Integers are little-endian.
//!
//! ```text
//!    0  magic "PLMJARIX"
//!    8  u32 version, 1        12  u32 bytes of a key, 8 or 20
//!   16  u64 entries           24  u64 names        32  u64 bytes of all names
//!   40  u64 versions          48  u64 bytes of all versions           56  u64 0
//!   64  256 × u32: how many entries have a first byte up to this one
//! 1088  the keys, sorted: the first bytes of a SHA-1
//!       for each key two u32: which name (`group:artifact` or `group:artifact:classifier`), which version
//!       names:    for each the u32 offset of its end, then the texts, sorted
//!       versions: the same
//!       SHA-256 of all before
//! ```
//!
//! The file is checked whole when it is opened, then read by position: an index of all of Maven Central takes no memory.
//! Keys of 8 bytes make it less than half as large. By chance two of ten million jars share one with a probability of
//! 1 in 370 000; who makes jars can make it happen on purpose at a great price, so they count as less sure.

mod builder;
mod layout;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use plimsoll_extract::prelude::{Body, Confidence, Digest, DigestAlgorithm};
use sha2::{Digest as _, Sha256};

pub use builder::{JarIndexBuilder, KeyLength, LineError};
pub use layout::coordinates;

const MAGIC: &[u8; 8] = b"PLMJARIX";
const VERSION: u32 = 1;
const HEADER: u64 = 64;
const FAN_OUT: u64 = 1024;
const CHECKSUM: u64 = 32;
/// Longest name or version.
const MAX_TEXT: u32 = 1024;

/// Why an index cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JarIndexError {
    /// It cannot be opened or read.
    #[error("cannot be read")]
    Read(#[from] io::Error),
    /// It is another kind of file.
    #[error("is no index of jars")]
    NotAnIndex,
    /// It was made by a newer release.
    #[error("has version {version} of the index, of which {VERSION} is known")]
    Version {
        /// The version that it states.
        version: u32,
    },
    /// Its parts do not fit together, or it is not what was written.
    #[error("is damaged: {reason}")]
    Damaged {
        /// What does not fit.
        reason: &'static str,
    },
}

/// What an index says about a jar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coordinates {
    /// groupId.
    pub group: String,
    /// artifactId.
    pub artifact: String,
    /// Which of several files of one project; empty for the main one.
    pub classifier: String,
    /// The version.
    pub version: String,
}

/// Where the parts of an index are.
#[derive(Debug, Clone, Copy)]
struct Parts {
    key: u64,
    entries: u64,
    values: u64,
    names: Texts,
    versions: Texts,
}

/// A table of texts.
#[derive(Debug, Clone, Copy)]
struct Texts {
    count: u64,
    ends: u64,
    text: u64,
    bytes: u64,
}

/// An open index.
pub struct JarIndex {
    body: Box<dyn Body + Send + Sync>,
    parts: Parts,
    fan_out: Vec<u32>,
    digest: Digest,
}

impl std::fmt::Debug for JarIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JarIndex").field("parts", &self.parts).field("digest", &self.digest).finish_non_exhaustive()
    }
}

struct Stored(File, u64);

impl Body for Stored {
    fn len(&self) -> u64 {
        self.1
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
}

impl JarIndex {
    /// Opens and checks the index in a file.
    ///
    /// # Errors
    /// It cannot be read, or is no index, or not the one that was written.
    pub fn open(path: &Path) -> Result<Self, JarIndexError> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(JarIndexError::NotAnIndex);
        }
        Self::from_body(Box::new(Stored(File::open(path)?, metadata.len())))
    }

    /// Opens and checks the index in a body.
    ///
    /// # Errors
    /// As [`JarIndex::open`].
    pub fn from_body(body: Box<dyn Body + Send + Sync>) -> Result<Self, JarIndexError> {
        let length = body.len();
        let mut header = [0; HEADER as usize];
        if length < HEADER.saturating_add(FAN_OUT).saturating_add(CHECKSUM) || !read(&*body, 0, &mut header)? {
            return Err(JarIndexError::NotAnIndex);
        }
        let parts = parts(&header, length)?;
        let mut fan_out = vec![0; FAN_OUT as usize];
        read(&*body, HEADER, &mut fan_out)?;
        let fan_out: Vec<u32> = fan_out.chunks_exact(4).map(|bytes| number32(bytes, 0)).collect();
        if !fan_out.is_sorted() || fan_out.last().copied().map(u64::from) != Some(parts.entries) {
            return Err(JarIndexError::Damaged { reason: "its table of first bytes is wrong" });
        }
        let digest = checksum(&*body, length.saturating_sub(CHECKSUM))?;
        let mut stated = [0; CHECKSUM as usize];
        read(&*body, length.saturating_sub(CHECKSUM), &mut stated)?;
        if digest.bytes() != stated {
            return Err(JarIndexError::Damaged { reason: "its checksum is wrong" });
        }
        Ok(Self { body, parts, fan_out, digest })
    }

    /// How many jars it knows.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.parts.entries
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.entries == 0
    }

    /// The digest of all before the checksum: names the index.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// How sure a hit makes.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        if self.parts.key == 20 { Confidence::STATED } else { Confidence::HIGH }
    }

    /// The artifact with this SHA-1.
    ///
    /// # Errors
    /// The index cannot be read, or changed since it was opened.
    pub fn find(&self, sha1: &[u8; 20]) -> Result<Option<Coordinates>, JarIndexError> {
        let [first, ..] = *sha1;
        let at = |position: Option<usize>| position.and_then(|at| self.fan_out.get(at)).copied().map(u64::from);
        let mut low = at(usize::from(first).checked_sub(1)).unwrap_or(0);
        let mut high = at(Some(usize::from(first))).unwrap_or(0);
        let wanted = sha1.get(..self.parts.key as usize).unwrap_or(sha1);
        let mut key = [0; 20];
        let key = key.get_mut(..self.parts.key as usize).ok_or(JarIndexError::NotAnIndex)?;
        let keys = HEADER.saturating_add(FAN_OUT);
        while low < high {
            let middle = low.midpoint(high);
            if !read(&*self.body, keys.saturating_add(middle.saturating_mul(self.parts.key)), key)? {
                return Err(JarIndexError::Damaged { reason: "it became shorter" });
            }
            match (*key).cmp(wanted) {
                std::cmp::Ordering::Less => low = middle.saturating_add(1),
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.value(middle).map(Some),
            }
        }
        Ok(None)
    }

    fn value(&self, entry: u64) -> Result<Coordinates, JarIndexError> {
        let mut value = [0; 8];
        read(&*self.body, self.parts.values.saturating_add(entry.saturating_mul(8)), &mut value)?;
        let name = self.text(self.parts.names, number32(&value, 0))?;
        let version = self.text(self.parts.versions, number32(&value, 4))?;
        let mut words = name.splitn(3, ':').map(str::to_owned);
        let (Some(group), Some(artifact)) = (words.next(), words.next()) else {
            return Err(JarIndexError::Damaged { reason: "a name has no group" });
        };
        Ok(Coordinates { group, artifact, classifier: words.next().unwrap_or_default(), version })
    }

    fn text(&self, table: Texts, position: u32) -> Result<String, JarIndexError> {
        let damaged = |reason| JarIndexError::Damaged { reason };
        if u64::from(position) >= table.count {
            return Err(damaged("an entry names what is not there"));
        }
        let mut end = [0; 4];
        let mut bound = |position: u32| -> Result<u32, JarIndexError> {
            read(&*self.body, table.ends.saturating_add(u64::from(position).saturating_mul(4)), &mut end)?;
            Ok(number32(&end, 0))
        };
        let start = position.checked_sub(1).map_or(Ok(0), &mut bound)?;
        let stop = bound(position)?;
        let length = stop.checked_sub(start).filter(|&length| length <= MAX_TEXT && u64::from(stop) <= table.bytes);
        let mut text = vec![0; length.ok_or(damaged("a text is out of bounds"))? as usize];
        read(&*self.body, table.text.saturating_add(u64::from(start)), &mut text)?;
        String::from_utf8(text).map_err(|_| damaged("a text is not UTF-8"))
    }
}

/// Reads the header, and works out where the parts are: they must fill the file.
fn parts(header: &[u8], length: u64) -> Result<Parts, JarIndexError> {
    if !header.starts_with(MAGIC) {
        return Err(JarIndexError::NotAnIndex);
    }
    let version = number32(header, 8);
    if version != VERSION {
        return Err(JarIndexError::Version { version });
    }
    let damaged = JarIndexError::Damaged { reason: "its length is not what its header says" };
    let key = u64::from(number32(header, 12));
    let entries = number64(header, 16);
    if !matches!(key, 8 | 20) || entries > u64::from(u32::MAX) {
        return Err(damaged);
    }
    let work = || {
        let values = entries.checked_mul(key)?.checked_add(HEADER.checked_add(FAN_OUT)?)?;
        let table = |start: u64, at: usize| {
            let (count, bytes) = (number64(header, at), number64(header, at.checked_add(8)?));
            let text = count.checked_mul(4)?.checked_add(start)?;
            Some((Texts { count, ends: start, text, bytes }, text.checked_add(bytes)?))
        };
        let (names, end) = table(entries.checked_mul(8)?.checked_add(values)?, 24)?;
        let (versions, end) = table(end, 40)?;
        (end.checked_add(CHECKSUM)? == length).then_some(Parts { key, entries, values, names, versions })
    };
    work().ok_or(damaged)
}

fn number32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn number64(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Fills the buffer; `false` when the body ends before.
fn read(body: &dyn Body, offset: u64, buffer: &mut [u8]) -> io::Result<bool> {
    let mut filled = 0_usize;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match body.read_at(offset.saturating_add(filled as u64), rest)? {
            0 => return Ok(false),
            count => filled = filled.saturating_add(count),
        }
    }
    Ok(true)
}

fn checksum(body: &dyn Body, length: u64) -> Result<Digest, JarIndexError> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    let mut offset = 0_u64;
    while offset < length {
        let want = length.saturating_sub(offset).min(buffer.len() as u64);
        let part = buffer.get_mut(..want as usize).unwrap_or_default();
        if !read(body, offset, part)? {
            return Err(JarIndexError::Damaged { reason: "it became shorter" });
        }
        hasher.update(part);
        offset = offset.saturating_add(want);
    }
    Digest::from_bytes(DigestAlgorithm::Sha256, hasher.finalize().to_vec())
        .map_err(|_| JarIndexError::Damaged { reason: "its checksum is wrong" })
}

#[cfg(test)]
mod tests;
