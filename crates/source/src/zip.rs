//! Zip archives, read by position from any [`Body`]: PKWARE APPNOTE 6.3.10, zip64 included.
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>
//!
//! The central directory is the truth, as it is for `java.util.zip.ZipFile`. What could make another reader see
//! another archive is noticed, never passed over: names that occur twice, entries that share bytes, a local header
//! that disagrees with the directory, a second end record, bytes after the end. Each byte may be read for one entry only,
//! so that an archive cannot make more work than its length allows; the entry that is read first has them. Nothing is
//! read that is not asked for.
//!
//! Not looked at: the local headers of entries that nobody reads, and the Info-ZIP Unicode Path field (0x7075).

mod content;
mod directory;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use plimsoll_model::{Budget, BudgetExceeded, DiagnosticCode, Resource};

use crate::{Body, ReadError};
pub use content::EntryBody;
use directory::{Directory, Record};

/// Why an archive or one of its entries cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ZipError {
    /// The bytes could not be had.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no end of central directory record: no zip archive, or its end is missing.
    #[error("no end of central directory record: not a zip archive, or cut off")]
    NoEnd,
    /// The structure is broken.
    #[error("{0}")]
    Malformed(&'static str),
    /// The compressed data cannot be decompressed.
    #[error("compressed data is not valid")]
    Deflate,
    /// The entry shares bytes with one that was read before.
    #[error("entry shares its bytes with another one, and was not read")]
    Overlap,
    /// The entry is encrypted.
    #[error("entry is encrypted")]
    Encrypted,
    /// The compression method is not supported (APPNOTE 4.4.5).
    #[error("compression method {0} is not supported")]
    Method(u16),
}

impl ZipError {
    /// The code of the diagnostic that this error becomes.
    #[must_use]
    pub fn code(&self) -> DiagnosticCode {
        match self {
            Self::Read(ReadError::Io(_)) => DiagnosticCode::UNREADABLE,
            Self::Read(ReadError::Budget(limit)) => match limit.resource {
                Resource::TotalBytes => DiagnosticCode::TOTAL_BYTES,
                Resource::Ratio => DiagnosticCode::BOMB,
                _ => DiagnosticCode::TOO_LARGE,
            },
            Self::Read(ReadError::Truncated(_)) => DiagnosticCode::TRUNCATED,
            Self::NoEnd | Self::Malformed(_) | Self::Deflate => DiagnosticCode::MALFORMED,
            Self::Overlap => DiagnosticCode::MALFORMED_ENTRY,
            Self::Encrypted | Self::Method(_) => DiagnosticCode::UNSUPPORTED_COMPRESSION,
        }
    }
}

impl From<BudgetExceeded> for ZipError {
    fn from(limit: BudgetExceeded) -> Self {
        Self::Read(limit.into())
    }
}

/// Something about an archive that the user should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// What kind of thing.
    pub code: DiagnosticCode,
    /// What, in one line.
    pub message: String,
}

impl Notice {
    fn new(code: DiagnosticCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// A zip archive whose central directory was read.
pub struct Zip<'a> {
    body: &'a dyn Body,
    budget: &'a Budget,
    directory: Directory,
    /// What reading entries brought up, besides the notices of the directory.
    seen: Mutex<Vec<Notice>>,
    /// What was read: start, end, and whose bytes they are (the place of the entry's name).
    claimed: Mutex<BTreeMap<u64, (u64, usize)>>,
}

impl<'a> Zip<'a> {
    /// Reads the central directory.
    ///
    /// # Errors
    /// The body is not a zip archive, its directory is broken at the first entry, or larger than the budget allows.
    pub fn open(body: &'a dyn Body, budget: &'a Budget) -> Result<Self, ZipError> {
        let directory = Directory::read(body, budget)?;
        Ok(Self { body, budget, directory, seen: Mutex::default(), claimed: Mutex::default() })
    }

    /// The entries, in the order of the central directory. Of two with one name, both.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_, 'a>> {
        self.directory.records.iter().map(|record| Entry { zip: self, record })
    }

    /// What is odd about the archive, and about the entries read so far; sorted.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        let mut notices = self.directory.notices.clone();
        notices.extend_from_slice(&self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        notices.sort();
        notices.dedup();
        notices
    }

    /// Takes the bytes of an entry, from its local header to `end`; an entry may take its own again.
    fn claim(&self, record: &Record, end: u64) -> Result<(), ZipError> {
        let mut claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = claimed.range(..end).next_back().filter(|(_, (other_end, _))| *other_end > record.header);
        match taken {
            Some((_, (_, owner))) if *owner == record.name_at => Ok(()),
            Some(_) => Err(ZipError::Overlap),
            None => {
                claimed.insert(record.header, (end, record.name_at));
                Ok(())
            }
        }
    }

    fn notice(&self, code: DiagnosticCode, message: String) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(Notice::new(code, message));
    }
}

/// An entry of a [`Zip`].
#[derive(Clone, Copy)]
pub struct Entry<'z, 'a> {
    zip: &'z Zip<'a>,
    record: &'z Record,
}

impl<'z, 'a> Entry<'z, 'a> {
    /// The name as the directory has it: bytes, `/`-separated, not to be trusted as a path.
    #[must_use]
    pub fn name(&self) -> &'z [u8] {
        self.zip.directory.name(self.record)
    }

    /// Length of the content, as the directory states it.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.record.size
    }

    /// Length of the compressed content, as the directory states it.
    #[must_use]
    pub fn compressed_size(&self) -> u64 {
        self.record.compressed
    }

    /// The CRC-32 of the content, as the directory states it.
    #[must_use]
    pub fn crc32(&self) -> u32 {
        self.record.crc
    }

    /// Whether the content is stored as it is.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        self.record.method == content::STORED
    }

    /// Whether it stands for a directory.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.name().ends_with(b"/")
    }

    /// The mode of the file, when the archive was made on Unix (APPNOTE 4.4.2, upper half of 4.4.15).
    #[must_use]
    pub fn unix_mode(&self) -> Option<u16> {
        self.record.mode
    }

    /// Whether it is a symbolic link; its content is the target.
    #[must_use]
    pub fn is_symlink(&self) -> bool {
        const TYPE: u16 = 0o170_000;
        const LINK: u16 = 0o120_000;
        self.record.mode.is_some_and(|mode| mode & TYPE == LINK)
    }

    /// The content, at most `limit` bytes of it and within the budget; checked against its length and CRC-32.
    ///
    /// # Errors
    /// The content is longer than `limit` or the budget allows, shares bytes with another entry, is encrypted or
    /// compressed in an unknown way, or is broken. The other entries stay readable.
    pub fn read(&self, limit: u64) -> Result<Vec<u8>, ZipError> {
        content::read(self.zip, self.record, limit)
    }

    /// The content for reading by position: a stored one where it lies, unchecked and without a copy; a compressed one
    /// decompressed as by [`Entry::read`].
    ///
    /// # Errors
    /// As [`Entry::read`].
    pub fn body(&self, limit: u64) -> Result<EntryBody<'a>, ZipError> {
        content::body(self.zip, self.record, limit)
    }
}

/// A number at a place in a structure; APPNOTE 4.3.1: little-endian.
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().copied().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests;
