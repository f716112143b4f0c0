//! Compressed bytes and tar archives within a file, for readers of package files.
//!
//! Nothing is kept that is not asked for: a stream is decompressed as it is read, off the budget, and the members of a
//! tar archive are handed out one after the other until the reader has what it wants.

use std::io::{self, BufReader, Read};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use plimsoll_model::{Budget, BudgetExceeded};

use crate::compression::{Compression, Metered};
use crate::tar::{EntryKind, Reader, TarError};
use crate::{Body, ReadError};

/// Why packed bytes cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackedError {
    /// The bytes could not be had, or a limit was reached.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The bytes are not what they claim to be.
    #[error("{0}")]
    Malformed(String),
    /// The bytes end too early.
    #[error("{0}")]
    Truncated(String),
}

impl PackedError {
    /// The error of reading a decompressed stream.
    fn of(error: io::Error) -> Self {
        if let Some(limit) = error.get_ref().and_then(|inner| inner.downcast_ref::<BudgetExceeded>()) {
            return Self::Read(ReadError::Budget(*limit));
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated("the compressed data ends too early".to_owned()),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                Self::Malformed(format!("the compressed data is not valid: {error}"))
            }
            _ => Self::Read(ReadError::Io(error)),
        }
    }
}

/// A part of a body, in order.
struct Part<'a> {
    body: &'a dyn Body,
    range: Range<u64>,
    /// How much was read.
    read: Arc<AtomicU64>,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.range.end.saturating_sub(self.range.start)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let count = match buffer.get_mut(..length) {
            Some(buffer) if length > 0 => self.body.read_at(self.range.start, buffer)?,
            _ => 0,
        };
        self.range.start = self.range.start.saturating_add(count as u64);
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Stops at an implausible ratio.
struct Plausible<'a, R>(Metered<'a, R>);

impl<R: Read> Read for Plausible<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.0.implausible.map_or(Ok(count), |limit| Err(io::Error::other(limit)))
    }
}

/// The decompressed content of a part of a body (gzip, zstd, xz, bzip2, or none of them), as a stream.
///
/// # Errors
/// The first bytes cannot be read.
pub fn decompressed<'a>(
    body: &'a dyn Body,
    range: Range<u64>,
    budget: &'a Budget,
) -> Result<impl Read + use<'a>, PackedError> {
    let range = range.start..range.end.min(body.len());
    let mut head = [0; Compression::HEAD_BYTES];
    let mut start = Part { body, range: range.clone(), read: Arc::default() };
    let mut filled = 0_usize;
    while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match start.read(rest).map_err(ReadError::from)? {
            0 => break,
            count => filled = filled.saturating_add(count),
        }
    }
    let compression = Compression::detect(head.get(..filled).unwrap_or_default());
    open(body, range, compression, budget)
}

/// The decompressed content of a part of a body that is deflated without a wrapper (RFC 1951), as a stream.
///
/// # Errors
/// None that is known.
pub fn inflated<'a>(
    body: &'a dyn Body,
    range: Range<u64>,
    budget: &'a Budget,
) -> Result<impl Read + use<'a>, PackedError> {
    open(body, range.start..range.end.min(body.len()), Compression::Deflate, budget)
}

fn open<'a>(
    body: &'a dyn Body,
    range: Range<u64>,
    compression: Compression,
    budget: &'a Budget,
) -> Result<impl Read + use<'a>, PackedError> {
    let read = Arc::new(AtomicU64::new(0));
    let part = Part { body, range, read: Arc::clone(&read) };
    let decoder = compression.open(BufReader::new(part)).map_err(PackedError::of)?;
    Ok(Plausible(Metered::new(decoder, budget, read)))
}

/// Reads a stream to its end, at most `limit` bytes of it.
///
/// # Errors
/// Reading fails, or there is more.
pub fn read_to_end(input: &mut dyn Read, limit: u64) -> Result<Vec<u8>, PackedError> {
    let mut out = Vec::new();
    input.take(limit.saturating_add(1)).read_to_end(&mut out).map_err(PackedError::of)?;
    if out.len() as u64 > limit {
        return Err(PackedError::Malformed(format!("more than {limit} bytes")));
    }
    Ok(out)
}

/// A regular file in a tar archive.
pub struct TarMember<'m> {
    name: Vec<u8>,
    size: u64,
    content: &'m mut dyn Read,
}

impl TarMember<'_> {
    /// The name as written, without a leading `./`.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        self.name.strip_prefix(b"./").unwrap_or(&self.name)
    }

    /// Length of the content.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The content.
    ///
    /// # Errors
    /// Reading fails, or the content is longer than `limit`.
    pub fn read(&mut self, limit: u64) -> Result<Vec<u8>, PackedError> {
        read_to_end(self.content, limit)
    }

    /// The content as a stream, for readers that decide by its beginning. What is left of it is passed over.
    pub fn stream(&mut self) -> &mut dyn Read {
        self.content
    }
}

/// Hands out the regular files of a tar stream, in order, until `each` breaks off.
///
/// # Errors
/// The stream is no tar archive, is cut off, or cannot be read; and what `each` returns.
pub fn tar_members(
    input: impl Read,
    budget: &Budget,
    each: &mut dyn FnMut(TarMember<'_>) -> Result<ControlFlow<()>, PackedError>,
) -> Result<(), PackedError> {
    let mut input = BufReader::new(input);
    let mut reader = Reader::new(&mut input);
    let mut count = 0_u64;
    loop {
        let entry = match reader.next() {
            Ok(Some(entry)) => entry,
            Ok(None) => return Ok(()),
            Err(TarError::Malformed(message)) => return Err(PackedError::Malformed(message)),
            Err(TarError::Truncated(message)) => return Err(PackedError::Truncated(message)),
            Err(TarError::Read(error)) => return Err(PackedError::of(error)),
        };
        count = count.saturating_add(1);
        budget.check_entries(count).map_err(ReadError::from)?;
        if entry.kind == EntryKind::File && !entry.sparse {
            let member = TarMember { name: entry.name, size: entry.size, content: &mut reader.body() };
            if each(member)?.is_break() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Tar, gzip};

    fn names(bytes: &[u8]) -> Result<Vec<String>, PackedError> {
        let budget = Budget::default();
        let mut names = Vec::new();
        let stream = decompressed(&bytes, 0..u64::MAX, &budget)?;
        tar_members(stream, &budget, &mut |mut member| {
            let content = member.read(10)?;
            names.push(format!("{}={}", String::from_utf8_lossy(member.name()), content.len()));
            Ok(if member.name() == b"stop" { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(names)
    }

    #[test]
    fn members_come_in_order_until_one_is_enough() {
        let tar = Tar(Vec::new()).file("./a", "1").directory("d").file("stop", "23").file("never", "4").end();
        assert_eq!(names(&tar).unwrap(), ["a=1", "stop=2"]);
        assert_eq!(names(&gzip(&tar)).unwrap(), ["a=1", "stop=2"]);
    }

    #[test]
    fn what_is_broken_or_too_much_is_an_error() {
        let tar = gzip(&Tar(Vec::new()).file("a", "12345678901").end());
        assert!(matches!(names(&tar), Err(PackedError::Malformed(_))));
        let cut = &tar[..tar.len() / 2];
        assert!(matches!(names(cut), Err(PackedError::Truncated(_))), "{:?}", names(cut));
        assert!(names(b"not a tar archive").is_err());
    }
}
