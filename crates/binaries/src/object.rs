//! Sections of executables and shared libraries: ELF, PE and Mach-O, read by position.
//!
//! What extractors want is in one named section of a few kilobytes; a program may have gigabytes. So only the headers,
//! the section table and what is asked for are read. Nothing here knows symbols, relocations or debug data.
//!
//! A file that has the first bytes of a format but not its header is none of ours, and says nothing: `MZ` starts text as
//! well, and Java classes share their first bytes with universal binaries. A header whose tables lie outside the file
//! is malformed.

mod elf;
mod macho;
mod pe;
pub(crate) mod symbols;

pub(crate) use elf::relocatable;
pub(crate) use macho::Commands;
pub(crate) use pe::Directories;
use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::{File, ReadError};

/// Most bytes of headers, section tables and section names that one file may have. The largest real ones, of objects
/// with a section for each function, are below 16 MiB, and those are not executables.
const MAX_TABLE: u64 = 16 << 20;

/// The file format of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Elf,
    Pe,
    MachO,
}

/// A section: a named part of the file.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    /// `.text`; in Mach-O the name without its segment.
    pub(crate) name: Box<str>,
    /// Where it is in memory.
    pub(crate) address: u64,
    /// Where it is in the file.
    pub(crate) offset: u64,
    /// Bytes in the file.
    pub(crate) size: u64,
    /// Whether the program may write to it.
    pub(crate) writable: bool,
}

/// A part of the file that is mapped into memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mapping {
    pub(crate) address: u64,
    pub(crate) offset: u64,
    /// Bytes in the file.
    pub(crate) size: u64,
    pub(crate) writable: bool,
}

/// One program in a file; a universal Mach-O file has several.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) format: Format,
    pub(crate) little_endian: bool,
    /// Whether addresses have 64 bits.
    pub(crate) wide: bool,
    pub(crate) sections: Vec<Section>,
    pub(crate) mappings: Vec<Mapping>,
}

/// What the first bytes of a file that [`read`] may know look like.
pub(crate) const MAGIC: [&[u8]; 8] = [
    b"\x7fELF",
    b"MZ",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf",
];

/// Reads the tables of the programs in a file; none when it is not an executable or shared library.
pub(crate) fn read(file: &File<'_>) -> Result<Vec<Object>, ExtractError> {
    let mut head = [0; 4];
    let count = file.body().read_at(0, &mut head).map_err(ReadError::from)?;
    if count < head.len() {
        return Ok(Vec::new());
    }
    match head {
        [0x7f, b'E', b'L', b'F'] => elf::read(file).map(Vec::from_iter),
        [b'M', b'Z', ..] => pe::read(file).map(Vec::from_iter),
        _ => macho::read(file),
    }
}

impl Object {
    /// The first section of this name.
    pub(crate) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| &*section.name == name)
    }

    /// At most `length` bytes at an address in memory, as far as the file holds them.
    pub(crate) fn at_address(
        &self,
        file: &File<'_>,
        address: u64,
        length: u64,
    ) -> Result<Option<Vec<u8>>, ExtractError> {
        let holds =
            |mapping: &&Mapping| address.checked_sub(mapping.address).is_some_and(|within| within < mapping.size);
        let Some(mapping) = self.mappings.iter().find(holds) else { return Ok(None) };
        let within = address.saturating_sub(mapping.address);
        let length = length.min(mapping.size.saturating_sub(within));
        Ok(Some(file.range(mapping.offset.saturating_add(within), length)?))
    }
}

impl Section {
    /// Its bytes, at most `limit` of them.
    pub(crate) fn bytes(&self, file: &File<'_>, limit: u64) -> Result<Vec<u8>, ExtractError> {
        Ok(file.range(self.offset, self.size.min(limit))?)
    }
}

/// Reads a table; one that is too large or outside the file makes the file malformed.
fn table(file: &File<'_>, offset: u64, length: u64, what: &str) -> Result<Vec<u8>, ExtractError> {
    let inside = offset.checked_add(length).is_some_and(|end| end <= file.len());
    if !inside || length > MAX_TABLE {
        return Err(ExtractError::malformed(format!("the executable has {what} outside the file")));
    }
    Ok(file.range(offset, length)?)
}

/// Numbers of a header, in its byte order.
#[derive(Clone, Copy)]
struct Fields<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl Fields<'_> {
    fn u16(self, at: usize) -> Option<u16> {
        let bytes = self.bytes.get(at..)?.first_chunk().copied()?;
        Some(if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn u32(self, at: usize) -> Option<u32> {
        let bytes = self.bytes.get(at..)?.first_chunk().copied()?;
        Some(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn u64(self, at: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..)?.first_chunk().copied()?;
        Some(if self.little { u64::from_le_bytes(bytes) } else { u64::from_be_bytes(bytes) })
    }

    /// A number of 64 bits, or of 32 at another place in the narrow form of a header.
    fn wide(self, wide: bool, at64: usize, at32: usize) -> Option<u64> {
        if wide { self.u64(at64) } else { self.u32(at32).map(u64::from) }
    }
}

/// Text up to its first NUL.
fn text(bytes: &[u8]) -> Box<str> {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into()
}

#[cfg(test)]
mod tests;
