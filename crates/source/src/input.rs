//! Bytes as the tar reader takes them: from memory, from a part of a file, or from a stream.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::OFlags;

use crate::Body;

/// Bytes read in order, some of which may be passed over without reading them.
pub(crate) trait Input: BufRead {
    /// Passes over `bytes`; returns how many there were, fewer only at the end.
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let mut left = bytes;
        while left > 0 {
            let there = match self.fill_buf() {
                Ok(buffer) => buffer.len(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if there == 0 {
                break;
            }
            let take = there.min(usize::try_from(left).unwrap_or(usize::MAX));
            self.consume(take);
            left = left.saturating_sub(take as u64);
        }
        Ok(bytes.saturating_sub(left))
    }
}

impl Input for &[u8] {}
impl<R: Read> Input for BufReader<R> {}

/// A part of an open file, or all of it.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    file: Arc<File>,
    offset: u64,
    length: u64,
}

impl Section {
    /// Opens a regular file, not through a link, and without waiting for anyone.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY).bits();
        let file = OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Self { file: Arc::new(file), offset: 0, length: metadata.len() })
    }

    /// The file that this is a part of.
    pub(crate) fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// A part of this part; `None` when it does not lie within.
    pub(crate) fn part(&self, offset: u64, length: u64) -> Option<Self> {
        offset.checked_add(length).filter(|&end| end <= self.length)?;
        Some(Self { file: Arc::clone(&self.file), offset: self.offset.checked_add(offset)?, length })
    }

    /// Reads until `buffer` is full or the section ends.
    pub(crate) fn fill_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0_usize;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read_at(offset.saturating_add(filled as u64), rest) {
                Ok(0) => break,
                Ok(count) => filled = filled.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// The first bytes, up to `count`.
    pub(crate) fn head(&self, count: usize) -> io::Result<Vec<u8>> {
        let mut head = vec![0; count];
        let filled = self.fill_at(0, &mut head)?;
        head.truncate(filled);
        Ok(head)
    }

    /// Reads from the start to the end.
    pub(crate) fn reader(&self) -> SectionReader {
        SectionReader { section: self.clone(), at: 0 }
    }
}

impl Body for Section {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        match buffer.get_mut(..count) {
            Some(buffer) if count > 0 => self.file.read_at(buffer, self.offset.saturating_add(offset)),
            _ => Ok(0),
        }
    }
}

/// A [`Section`] from its start to its end.
pub(crate) struct SectionReader {
    section: Section,
    at: u64,
}

impl Read for SectionReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.section.read_at(self.at, buffer)?;
        self.at = self.at.saturating_add(count as u64);
        Ok(count)
    }
}

/// A [`Section`] of which parts are passed over without reading them.
pub(crate) struct SectionInput {
    section: Section,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    /// Where the byte after the buffer is in the section.
    next: u64,
}

/// Most files of an image are smaller: their headers come with one read, and a longer one would copy in vain.
const WALK_BUFFER: usize = 16 << 10;

impl SectionInput {
    pub(crate) fn new(section: Section) -> Self {
        Self { section, buffer: vec![0; WALK_BUFFER].into(), start: 0, end: 0, next: 0 }
    }
}

impl Read for SectionInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for SectionInput {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start >= self.end {
            let count = self.section.read_at(self.next, &mut self.buffer)?;
            self.next = self.next.saturating_add(count as u64);
            (self.start, self.end) = (0, count);
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }
}

impl Input for SectionInput {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let buffered = self.end.saturating_sub(self.start) as u64;
        if bytes <= buffered {
            self.consume(usize::try_from(bytes).unwrap_or(usize::MAX));
            return Ok(bytes);
        }
        let there = self.section.length.saturating_sub(self.next).saturating_add(buffered);
        let skipped = bytes.min(there);
        self.next = self.next.saturating_add(skipped.saturating_sub(buffered));
        (self.start, self.end) = (0, 0);
        Ok(skipped)
    }
}
