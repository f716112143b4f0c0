//! PE: <https://learn.microsoft.com/windows/win32/debug/pe-format>
//!
//! Names longer than eight bytes, which only object files have, are left as they are written (`/123`).

use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::{File, ReadError};

use super::{Fields, Format, Mapping, Object, Section, table, text};

/// Where the DOS header says where the PE header is.
const NEW_HEADER: usize = 0x3c;
/// Signature and COFF header.
const COFF_BYTES: u64 = 24;
/// A section header.
const SECTION_BYTES: u64 = 40;
/// The magic of the optional header with 64-bit fields.
const WIDE: u16 = 0x20b;
/// COFF characteristics: a library.
const DLL: u16 = 0x2000;
/// Section characteristics: writable.
const WRITE: u32 = 0x8000_0000;

/// Reads the section table; `None` when only the first two bytes are those of a program.
pub(super) fn read(file: &File<'_>) -> Result<Option<Object>, ExtractError> {
    let mut dos = [0; 64];
    let count = file.body().read_at(0, &mut dos).map_err(ReadError::from)?;
    let dos = Fields { bytes: dos.get(..count).unwrap_or_default(), little: true };
    let Some(start) = dos.u32(NEW_HEADER).map(u64::from) else { return Ok(None) };
    if start.saturating_add(COFF_BYTES) > file.len() {
        return Ok(None);
    }
    let header = file.range(start, COFF_BYTES)?;
    if !header.starts_with(b"PE\0\0") {
        return Ok(None);
    }
    let fields = Fields { bytes: &header, little: true };
    let (Some(count), Some(optional_size)) = (fields.u16(6), fields.u16(20)) else { return Ok(None) };
    let optional_at = start.saturating_add(COFF_BYTES);
    let optional = table(file, optional_at, optional_size.into(), "its optional header")?;
    let optional = Fields { bytes: &optional, little: true };
    let wide = optional.u16(0) == Some(WIDE);
    let base = optional.wide(wide, 24, 28).unwrap_or_default();
    let sections_at = optional_at.saturating_add(optional_size.into());
    let headers = table(file, sections_at, u64::from(count).saturating_mul(SECTION_BYTES), "its section table")?;
    let headers = headers.chunks_exact(SECTION_BYTES as usize);
    let sections: Vec<Section> = headers.filter_map(|header| section(header, base)).collect();
    let mapping = |section: &Section| Mapping {
        address: section.address,
        offset: section.offset,
        size: section.size,
        writable: section.writable,
    };
    let mappings = sections.iter().map(mapping).collect();
    Ok(Some(Object { format: Format::Pe, little_endian: true, wide, sections, mappings }))
}

/// Where the image keeps its tables: the data directories of the optional header.
pub(crate) struct Directories {
    /// The address that the image is made for; addresses in tables count from there.
    base: u64,
    entries: Vec<(u32, u32)>,
    /// Whether the image is a library.
    pub(crate) is_library: bool,
}

impl Directories {
    /// Data directory: exported names.
    pub(crate) const EXPORTS: usize = 0;
    /// Data directory: resources.
    pub(crate) const RESOURCES: usize = 2;
    /// Data directory: header of the common language runtime.
    pub(crate) const RUNTIME: usize = 14;

    /// Reads them; `None` when the file is no image.
    pub(crate) fn read(file: &File<'_>) -> Result<Option<Self>, ExtractError> {
        let mut dos = [0; 64];
        let count = file.body().read_at(0, &mut dos).map_err(ReadError::from)?;
        let dos = Fields { bytes: dos.get(..count).unwrap_or_default(), little: true };
        let start = dos.u32(NEW_HEADER).map(u64::from).filter(|start| start.saturating_add(COFF_BYTES) <= file.len());
        let Some(start) = start else { return Ok(None) };
        let coff = file.range(start, COFF_BYTES)?;
        let coff = Fields { bytes: &coff, little: true };
        let (Some(size), Some(flags)) = (coff.u16(20), coff.u16(22)) else { return Ok(None) };
        let optional = table(file, start.saturating_add(COFF_BYTES), size.into(), "its optional header")?;
        let optional = Fields { bytes: &optional, little: true };
        let wide = optional.u16(0) == Some(WIDE);
        let first: usize = if wide { 112 } else { 96 };
        let rows = optional.bytes.get(first..).unwrap_or_default().chunks_exact(8);
        let entry = |row| {
            let row = Fields { bytes: row, little: true };
            row.u32(0).zip(row.u32(4))
        };
        let base = optional.wide(wide, 24, 28).unwrap_or_default();
        Ok(Some(Self { base, entries: rows.map_while(entry).collect(), is_library: flags & DLL != 0 }))
    }

    /// Address within the image and size of a directory; `None` when there is none.
    pub(crate) fn get(&self, index: usize) -> Option<(u32, u32)> {
        self.entries.get(index).copied().filter(|(address, size)| *address > 0 && *size > 0)
    }

    /// The address in memory of one within the image.
    pub(crate) fn address(&self, address: u32) -> u64 {
        self.base.saturating_add(address.into())
    }

    /// At most `length` bytes at an address within the image; empty when the file does not hold it.
    pub(crate) fn bytes(
        &self,
        file: &File<'_>,
        object: &Object,
        address: u32,
        length: u64,
    ) -> Result<Vec<u8>, ExtractError> {
        Ok(object.at_address(file, self.address(address), length)?.unwrap_or_default())
    }
}

fn section(header: &[u8], base: u64) -> Option<Section> {
    let fields = Fields { bytes: header, little: true };
    let virtual_size = u64::from(fields.u32(8)?);
    let raw_size = u64::from(fields.u32(16)?);
    Some(Section {
        name: text(header.get(..8)?),
        address: base.checked_add(fields.u32(12)?.into())?,
        offset: fields.u32(20)?.into(),
        // The raw size is rounded up to the file alignment.
        size: if virtual_size == 0 { raw_size } else { raw_size.min(virtual_size) },
        writable: fields.u32(36)? & WRITE != 0,
    })
}
