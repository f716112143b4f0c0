//! Sections of WebAssembly modules and components, by position.
//!
//! Both start with `\0asm`, a version and a layer (0 module, 1 component); then come sections of an id, a LEB128 length
//! and content (core specification 5.5.2; component model, `Binary.md`).

use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::{File, ReadError};

use crate::cursor::Cursor;

/// The first bytes.
pub(crate) const MAGIC: &[u8] = b"\0asm";
const HEADER_BYTES: u64 = 8;
/// Id and longest length of a section.
const SECTION_HEAD: usize = 6;
/// Longest name of a custom section that is of interest, with its length.
const MAX_NAME: u64 = 128;

/// Whether the bytes are a module or a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header {
    Module,
    Component,
}

/// What a section is, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Custom,
    Import,
    /// A module or component within a component.
    Program,
    Other,
}

/// A section: its id and where its content is in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section {
    pub(crate) id: u8,
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

impl Header {
    /// Reads the header; `None` when it is not one.
    pub(crate) fn read(file: &File<'_>, at: u64) -> Result<Option<Self>, ExtractError> {
        let mut head = [0; HEADER_BYTES as usize];
        let count = file.body().read_at(at, &mut head).map_err(ReadError::from)?;
        Ok(match head {
            [0, b'a', b's', b'm', _, _, 0, 0] if count == head.len() => Some(Self::Module),
            [0, b'a', b's', b'm', _, _, 1, 0] if count == head.len() => Some(Self::Component),
            _ => None,
        })
    }

    /// What a section of this id is.
    pub(crate) fn role(self, id: u8) -> Kind {
        match (self, id) {
            (_, 0) => Kind::Custom,
            (Self::Module, 2) | (Self::Component, 10) => Kind::Import,
            (Self::Component, 1 | 4) => Kind::Program,
            _ => Kind::Other,
        }
    }
}

/// Goes through the sections.
pub(crate) struct Sections<'f, 'a> {
    file: &'f File<'a>,
    at: u64,
    end: u64,
}

impl<'f, 'a> Sections<'f, 'a> {
    /// The sections of the program between these offsets, its header included.
    pub(crate) fn new(file: &'f File<'a>, start: u64, end: u64) -> Self {
        Self { file, at: start.saturating_add(HEADER_BYTES), end: end.min(file.len()) }
    }

    /// The next section; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Section>, ExtractError> {
        let left = self.end.saturating_sub(self.at);
        if left == 0 {
            return Ok(None);
        }
        let mut head = [0; SECTION_HEAD];
        let count = self.file.body().read_at(self.at, &mut head).map_err(ReadError::from)?;
        let mut cursor = Cursor::new(head.get(..count).unwrap_or_default());
        let truncated = || ExtractError::Truncated { message: "a section of the module is cut off".into() };
        let (id, size) = cursor.u8().zip(cursor.leb128()).ok_or_else(truncated)?;
        let used = count.saturating_sub(cursor.rest().len()) as u64;
        let offset = self.at.saturating_add(used);
        let end = offset.checked_add(size).filter(|&end| end <= self.end).ok_or_else(truncated)?;
        self.at = end;
        Ok(Some(Section { id, offset, size }))
    }
}

/// Name and content of a custom section.
type Named = (Box<str>, Vec<u8>);

impl Section {
    /// Name and content of a custom section; `None` for one that is too large or has a long name: debug data.
    pub(crate) fn custom(&self, file: &File<'_>, limit: u64) -> Result<Option<Named>, ExtractError> {
        let head = file.range(self.offset, self.size.min(MAX_NAME))?;
        let mut cursor = Cursor::new(&head);
        let Some(name) = cursor.sized() else { return Ok(None) };
        let used = head.len().saturating_sub(cursor.rest().len()) as u64;
        let name: Box<str> = String::from_utf8_lossy(name).into();
        let size = self.size.saturating_sub(used);
        if size > limit || name.starts_with(".debug_") {
            return Ok(None);
        }
        Ok(Some((name, file.range(self.offset.saturating_add(used), size)?)))
    }
}
