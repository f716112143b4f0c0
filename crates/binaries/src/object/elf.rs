//! ELF: System V ABI, chapter 4 and 5. <https://gabi.xinuos.com/>
//!
//! Executables and shared objects; relocatable files only where they are asked for, as kernel modules are.

use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::{File, ReadError};

use super::{Fields, Format, Mapping, Object, Section, table, text};

const RELOCATABLE: u16 = 1;
const EXECUTABLE: u16 = 2;
const SHARED: u16 = 3;
/// `sh_type` of a section without bytes in the file.
const NOBITS: u32 = 8;
/// `sh_flags`: writable at run time.
const WRITE: u64 = 1;
/// `p_type` of what is loaded.
const LOAD: u32 = 1;
/// `p_flags`: writable.
const SEGMENT_WRITE: u32 = 2;
/// Longest section name that is looked at.
const MAX_NAME: usize = 64;

/// Reads the tables of an executable or shared object; `None` for another kind of file.
pub(super) fn read(file: &File<'_>) -> Result<Option<Object>, ExtractError> {
    read_kinds(file, &[EXECUTABLE, SHARED])
}

/// Reads the tables of a relocatable file; `None` for another kind of file.
pub(crate) fn relocatable(file: &File<'_>) -> Result<Option<Object>, ExtractError> {
    let mut magic = [0; 4];
    let count = file.body().read_at(0, &mut magic).map_err(ReadError::from)?;
    if count < magic.len() || magic != *b"\x7fELF" {
        return Ok(None);
    }
    read_kinds(file, &[RELOCATABLE])
}

fn read_kinds(file: &File<'_>, kinds: &[u16]) -> Result<Option<Object>, ExtractError> {
    let broken = || ExtractError::malformed("the ELF header is not valid");
    let mut header = [0; 64];
    let count = file.body().read_at(0, &mut header).map_err(ReadError::from)?;
    let bytes = header.get(..count).unwrap_or_default();
    let (wide, little) = match (bytes.get(4), bytes.get(5)) {
        (Some(1), Some(1)) => (false, true),
        (Some(1), Some(2)) => (false, false),
        (Some(2), Some(1)) => (true, true),
        (Some(2), Some(2)) => (true, false),
        _ => return Err(broken()),
    };
    let fields = Fields { bytes, little };
    if !kinds.contains(&fields.u16(16).ok_or_else(broken)?) {
        return Ok(None);
    }
    let header = Header::read(fields, wide).ok_or_else(broken)?;
    let mut object =
        Object { format: Format::Elf, little_endian: little, wide, sections: Vec::new(), mappings: Vec::new() };
    object.sections = header.sections(file)?;
    object.mappings = header.segments(file)?;
    Ok(Some(object))
}

struct Header {
    wide: bool,
    little: bool,
    section_offset: u64,
    section_size: u16,
    section_count: u16,
    names: u16,
    segment_offset: u64,
    segment_size: u16,
    segment_count: u16,
}

impl Header {
    fn read(fields: Fields<'_>, wide: bool) -> Option<Self> {
        let at = |in64, in32| fields.u16(if wide { in64 } else { in32 });
        Some(Self {
            wide,
            little: fields.little,
            segment_offset: fields.wide(wide, 32, 28)?,
            section_offset: fields.wide(wide, 40, 32)?,
            segment_size: at(54, 42)?,
            segment_count: at(56, 44)?,
            section_size: at(58, 46)?,
            section_count: at(60, 48)?,
            names: at(62, 50)?,
        })
    }

    fn sections(&self, file: &File<'_>) -> Result<Vec<Section>, ExtractError> {
        const WHAT: &str = "its section table";
        if self.section_offset == 0 {
            return Ok(Vec::new());
        }
        let size = if self.wide { 64 } else { 40 };
        if self.section_size != size {
            return Err(ExtractError::malformed("the section table of the executable has entries of a wrong size"));
        }
        let (mut count, mut names) = (u64::from(self.section_count), u32::from(self.names));
        // More than 0xff00 sections: the first one's header has the numbers.
        if count == 0 || names == 0xffff {
            let first = table(file, self.section_offset, size.into(), WHAT)?;
            let first = Fields { bytes: &first, little: self.little };
            if count == 0 {
                count = first.wide(self.wide, 32, 20).unwrap_or_default();
            }
            if names == 0xffff {
                names = first.u32(if self.wide { 40 } else { 24 }).unwrap_or_default();
            }
        }
        let headers = table(file, self.section_offset, count.saturating_mul(size.into()), WHAT)?;
        let headers: Vec<Fields<'_>> =
            headers.chunks_exact(size.into()).map(|bytes| Fields { bytes, little: self.little }).collect();
        let place = |header: &Fields<'_>| Some((header.wide(self.wide, 24, 16)?, header.wide(self.wide, 32, 20)?));
        let Some((offset, length)) = usize::try_from(names).ok().and_then(|at| headers.get(at)).and_then(place) else {
            return Err(ExtractError::malformed("the executable has no section names where its header says"));
        };
        let names = table(file, offset, length, "its section names")?;
        Ok(headers.iter().filter_map(|header| self.section(*header, &names)).collect())
    }

    fn section(&self, header: Fields<'_>, names: &[u8]) -> Option<Section> {
        let name = names.get(usize::try_from(header.u32(0)?).ok()?..)?;
        let size = header.wide(self.wide, 32, 20)?;
        Some(Section {
            name: text(name.get(..MAX_NAME).unwrap_or(name)),
            address: header.wide(self.wide, 16, 12)?,
            offset: header.wide(self.wide, 24, 16)?,
            size: if header.u32(4)? == NOBITS { 0 } else { size },
            writable: header.wide(self.wide, 8, 8)? & WRITE != 0,
        })
    }

    fn segments(&self, file: &File<'_>) -> Result<Vec<Mapping>, ExtractError> {
        let size: u16 = if self.wide { 56 } else { 32 };
        if self.segment_offset == 0 || self.segment_count == 0 || self.segment_size != size {
            return Ok(Vec::new());
        }
        let length = u64::from(self.segment_count).saturating_mul(size.into());
        let headers = table(file, self.segment_offset, length, "its segment table")?;
        let headers = headers.chunks_exact(size.into()).map(|bytes| Fields { bytes, little: self.little });
        Ok(headers.filter_map(|header| self.segment(header)).collect())
    }

    fn segment(&self, header: Fields<'_>) -> Option<Mapping> {
        if header.u32(0)? != LOAD {
            return None;
        }
        Some(Mapping {
            address: header.wide(self.wide, 16, 8)?,
            offset: header.wide(self.wide, 8, 4)?,
            size: header.wide(self.wide, 32, 16)?,
            writable: header.u32(if self.wide { 4 } else { 24 })? & SEGMENT_WRITE != 0,
        })
    }
}
