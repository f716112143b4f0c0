//! From header blocks to entries.

use std::io::{self, BufRead, Read};

use plimsoll_model::DiagnosticCode;

use super::header::{self, BLOCK, EntryKind, Header};
use super::pax::Records;
use crate::SourceError;
use crate::input::Input;

/// What stops the reading of a tar file.
#[derive(Debug)]
pub(crate) enum TarError {
    Read(io::Error),
    Malformed(String),
    Truncated(String),
}

impl TarError {
    /// The error of the source, for bytes that are called `what`.
    pub(crate) fn of(self, what: &str) -> SourceError {
        let what = what.to_owned();
        match self {
            Self::Malformed(reason) => SourceError::Malformed { what, reason },
            Self::Truncated(reason) => SourceError::Truncated { what, reason },
            Self::Read(error) => SourceError::reading(what, error),
        }
    }
}

impl From<io::Error> for TarError {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// Something lost or odd that does not stop the reading.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) code: DiagnosticCode,
    pub(crate) message: &'static str,
}

/// One entry.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The name as written.
    pub(crate) name: Vec<u8>,
    pub(crate) kind: EntryKind,
    /// Target of a link, as written.
    pub(crate) link: Vec<u8>,
    /// Bytes that follow the header.
    pub(crate) size: u64,
    /// Where these bytes are in the tar file.
    pub(crate) offset: u64,
    /// The bytes are a map and pieces of a file, not the file.
    pub(crate) sparse: bool,
}

/// Extension headers hold a path or attributes; more is an attack (Go's `archive/tar` has the same limit).
const EXTENSION_LIMIT: u64 = 1 << 20;
/// GNU sparse maps go on in blocks of 21 segments; 100,000 segments are enough for everyone.
const SPARSE_BLOCKS: u32 = 4762;

/// What extension headers said about the entry to come.
#[derive(Default)]
struct Pending {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax: Records,
    /// One of them could not be kept, so that the entry's name is not known.
    lost: bool,
}

/// Reads entries in order.
pub(crate) struct Reader<'a, I: ?Sized> {
    input: &'a mut I,
    /// Bytes taken from the input.
    position: u64,
    /// Bytes of the current entry that were not taken, and its padding.
    body: u64,
    padding: u64,
    ended: bool,
    /// The blocks of zeros that end an archive were there.
    pub(crate) marked: bool,
    /// What went wrong since the last entry.
    pub(crate) troubles: Vec<Trouble>,
}

impl<'a, I: Input + ?Sized> Reader<'a, I> {
    pub(crate) fn new(input: &'a mut I) -> Self {
        Self { input, position: 0, body: 0, padding: 0, ended: false, marked: false, troubles: Vec::new() }
    }

    /// Whether the last entry was read.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// The content of the current entry, or what is left of it.
    pub(crate) fn body(&mut self) -> BodyReader<'_, 'a, I> {
        BodyReader { reader: self }
    }

    /// The next entry, or `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, TarError> {
        let mut pending = Pending::default();
        loop {
            self.finish_entry()?;
            let Some(block) = self.block()? else { return Ok(None) };
            let header = Header::parse(&block).map_err(|reason| self.malformed(reason))?;
            match header.type_flag {
                b'x' => self.pax(&header, &mut pending)?,
                b'g' => self.global(&header)?,
                b'L' => {
                    pending.name = self.extension(&header)?.map(|data| header::text(&data).to_vec());
                    pending.lost |= pending.name.is_none();
                }
                b'K' => {
                    pending.link = self.extension(&header)?.map(|data| header::text(&data).to_vec());
                    pending.lost |= pending.link.is_none();
                }
                _ => {
                    if let Some(entry) = self.entry(header, &mut pending)? {
                        return Ok(Some(entry));
                    }
                    pending = Pending::default();
                }
            }
        }
    }

    fn entry(&mut self, header: Header, pending: &mut Pending) -> Result<Option<Entry>, TarError> {
        let pax = std::mem::take(&mut pending.pax);
        // GNU's long names win over pax, as in Go.
        let name = pending.name.take().or(pax.path).unwrap_or(header.name);
        let link = pending.link.take().or(pax.link).unwrap_or(header.link);
        let kind = match header.type_flag {
            // Before ustar a trailing slash was what made a directory.
            0 if name.ends_with(b"/") => EntryKind::Directory,
            0 | b'0' | b'7' | b'S' => EntryKind::File,
            b'1' => EntryKind::HardLink,
            b'2' => EntryKind::Symlink,
            b'3' | b'4' | b'6' => EntryKind::Special,
            b'5' => EntryKind::Directory,
            other => EntryKind::Unknown(other),
        };
        let size = match kind {
            // These have no content, whatever their size says.
            EntryKind::HardLink | EntryKind::Symlink | EntryKind::Special | EntryKind::Directory => 0,
            // The pax size stands for the one of the header (CVE-2025-62518 is what happens otherwise).
            EntryKind::File | EntryKind::Unknown(_) => pax.size.unwrap_or(header.size),
        };
        if header.sparse_extended {
            self.sparse_map()?;
        }
        self.open_body(size);
        if pending.lost {
            return Ok(None);
        }
        let sparse = pax.sparse || header.type_flag == b'S';
        Ok(Some(Entry { name, kind, link, size, offset: self.position, sparse }))
    }

    fn pax(&mut self, header: &Header, pending: &mut Pending) -> Result<(), TarError> {
        let Some(data) = self.extension(header)? else {
            pending.lost = true;
            return Ok(());
        };
        pending.pax = Records::parse(&data)?;
        if pending.pax.broken {
            self.trouble(DiagnosticCode::MALFORMED, "a pax header is malformed, the entry after it was passed over");
            pending.lost = true;
        }
        Ok(())
    }

    /// Container runtimes ignore global headers; GNU tar and pax do not.
    fn global(&mut self, header: &Header) -> Result<(), TarError> {
        if let Some(data) = self.extension(header)? {
            let records = Records::parse(&data)?;
            if records.path.is_some() || records.link.is_some() || records.size.is_some() {
                let message = "a global pax header sets paths or sizes; it was ignored, as container runtimes do";
                self.trouble(DiagnosticCode::AMBIGUOUS_ARCHIVE, message);
            }
        }
        Ok(())
    }

    /// The content of an extension header; `None` when it is too large.
    fn extension(&mut self, header: &Header) -> Result<Option<Vec<u8>>, TarError> {
        self.open_body(header.size);
        if header.size > EXTENSION_LIMIT {
            let message = "an extension header is over 1 MiB, the entry after it was passed over";
            self.trouble(DiagnosticCode::TOO_LARGE, message);
            return Ok(None);
        }
        let mut data = Vec::with_capacity(usize::try_from(header.size).unwrap_or_default());
        self.body().read_to_end(&mut data)?;
        if data.len() as u64 != header.size {
            return Err(self.truncated("within an extension header"));
        }
        Ok(Some(data))
    }

    fn sparse_map(&mut self) -> Result<(), TarError> {
        for _ in 0..SPARSE_BLOCKS {
            let mut block = [0; BLOCK];
            if self.read_block(&mut block)? < BLOCK {
                return Err(self.truncated("within a sparse map"));
            }
            if !header::continues(&block) {
                return Ok(());
            }
        }
        Err(self.malformed("a sparse map has more than 100,000 segments"))
    }

    fn open_body(&mut self, size: u64) {
        self.body = size;
        self.padding = size.wrapping_neg() & (BLOCK as u64).saturating_sub(1);
    }

    /// Passes over what is left of the current entry.
    fn finish_entry(&mut self) -> Result<(), TarError> {
        let skipped = self.input.skip(self.body)?;
        self.position = self.position.saturating_add(skipped);
        if skipped < self.body {
            return Err(self.truncated("within a file"));
        }
        // Writers may leave the last padding out.
        self.position = self.position.saturating_add(self.input.skip(self.padding)?);
        (self.body, self.padding) = (0, 0);
        Ok(())
    }

    /// The next header block; `None` at the end of the archive: two blocks of zeros, or no more bytes.
    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, TarError> {
        if self.ended {
            return Ok(None);
        }
        let mut block = [0; BLOCK];
        match self.read_block(&mut block)? {
            0 => self.ended = true,
            BLOCK if block.iter().any(|&byte| byte != 0) => return Ok(Some(block)),
            BLOCK => self.end()?,
            _ => return Err(self.truncated("within a header")),
        }
        Ok(None)
    }

    /// After a block of zeros.
    fn end(&mut self) -> Result<(), TarError> {
        (self.ended, self.marked) = (true, true);
        let mut block = [0; BLOCK];
        let count = self.read_block(&mut block)?;
        if block.iter().any(|&byte| byte != 0) {
            return Err(self.malformed(if count < BLOCK { "bytes follow its end" } else { "a lone block of zeros" }));
        }
        Ok(())
    }

    /// Reads to the end of the input. More than zeros there means that some readers see more entries.
    pub(crate) fn drain(&mut self) -> Result<(), TarError> {
        let mut zeros = true;
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if buffer.is_empty() {
                break;
            }
            zeros = zeros && buffer.iter().all(|&byte| byte == 0);
            let count = buffer.len();
            self.input.consume(count);
        }
        if !zeros && self.ended {
            let message = "bytes follow the end of the archive; they were not read, as container runtimes do";
            self.trouble(DiagnosticCode::AMBIGUOUS_ARCHIVE, message);
        }
        Ok(())
    }

    fn read_block(&mut self, block: &mut [u8; BLOCK]) -> Result<usize, TarError> {
        let mut filled = 0_usize;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.input.read(rest) {
                Ok(0) => break,
                Ok(count) => filled = filled.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.position = self.position.saturating_add(filled as u64);
        Ok(filled)
    }

    fn trouble(&mut self, code: DiagnosticCode, message: &'static str) {
        self.troubles.push(Trouble { code, message });
    }

    fn malformed(&self, reason: &str) -> TarError {
        TarError::Malformed(format!("{reason}, at byte {}", self.position))
    }

    fn truncated(&self, place: &str) -> TarError {
        TarError::Truncated(format!("it ends {place}, at byte {}", self.position))
    }
}

/// The content of an entry.
pub(crate) struct BodyReader<'r, 'a, I: ?Sized> {
    reader: &'r mut Reader<'a, I>,
}

impl<I: Input + ?Sized> Read for BodyReader<'_, '_, I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<I: Input + ?Sized> BufRead for BodyReader<'_, '_, I> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.reader.body == 0 {
            return Ok(&[]);
        }
        let buffer = self.reader.input.fill_buf()?;
        let count = buffer.len().min(usize::try_from(self.reader.body).unwrap_or(usize::MAX));
        Ok(buffer.get(..count).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.reader.input.consume(count);
        self.reader.body = self.reader.body.saturating_sub(count as u64);
        self.reader.position = self.reader.position.saturating_add(count as u64);
    }
}

impl<I: Input + ?Sized> Input for BodyReader<'_, '_, I> {}
