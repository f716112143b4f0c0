//! The build information blob, as `debug/buildinfo` reads it.
//! <https://cs.opensource.google/go/go/+/master:src/debug/buildinfo/buildinfo.go>

use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::File;

use crate::object::{Format, Object};

const MAGIC: &[u8] = b"\xff Go buildinf:";
/// The blob starts at a multiple of this.
const ALIGNMENT: usize = 16;
/// The fixed part of the blob.
const HEADER: usize = 32;
/// Flag: the pointers are big-endian (Go 1.13 to 1.17).
const BIG_ENDIAN: u8 = 1;
/// Flag: the strings follow the header (Go 1.18 and later).
const INLINE: u8 = 2;
/// How far into the data of a program without a section for it the blob is looked for. Go's linker puts it first; an
/// external one may put other data before it.
const SEARCH: u64 = 1 << 20;
/// Most bytes of the blob. The largest real ones are below 100 kB.
const MAX_BLOB: u64 = 32 << 20;
/// Most bytes of the Go version.
const MAX_VERSION: u64 = 1 << 10;

/// The two strings in the blob.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BuildInfo {
    /// `go1.22.1`, `devel go1.23-…`.
    pub(super) go: String,
    /// Lines of modules and settings; empty when the program was built without modules.
    pub(super) modules: String,
}

/// Finds and reads the blob; `None` in a program that is not written in Go.
pub(super) fn read(file: &File<'_>, object: &Object) -> Result<Option<BuildInfo>, ExtractError> {
    let named = object.section(".go.buildinfo").or_else(|| object.section("__go_buildinfo"));
    let blob = match named {
        Some(section) => section.bytes(file, MAX_BLOB)?,
        None => match unnamed(file, object)? {
            Some(blob) => blob,
            None => return Ok(None),
        },
    };
    let Some(blob) = find(&blob).and_then(|at| blob.get(at..)) else {
        return match named {
            // A section of this name whose content is not.
            Some(_) => Err(ExtractError::malformed("the Go build information does not start with its magic")),
            None => Ok(None),
        };
    };
    let broken = || ExtractError::malformed("the Go build information is not valid");
    let (&pointer, &flags) = blob.get(14).zip(blob.get(15)).ok_or_else(broken)?;
    let (go, modules) = if flags & INLINE != 0 {
        let (go, rest) = inline(blob.get(HEADER..).unwrap_or_default()).ok_or_else(broken)?;
        let (modules, _) = inline(rest).ok_or_else(broken)?;
        (go.to_vec(), modules.to_vec())
    } else {
        let pointers = Pointers { file, object, wide: pointer == 8, little: flags & BIG_ENDIAN == 0 };
        if !matches!(pointer, 4 | 8) {
            return Err(broken());
        }
        let second = ALIGNMENT.saturating_add(pointer.into());
        let go = pointers.string(blob, ALIGNMENT, MAX_VERSION)?.ok_or_else(broken)?;
        (go, pointers.string(blob, second, MAX_BLOB)?.unwrap_or_default())
    };
    if go.is_empty() {
        return Err(broken());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Some(BuildInfo { go: text(&go), modules: text(unframed(&modules)) }))
}

/// The data where the blob would be: that of a program whose section names are gone or do not tell.
fn unnamed(file: &File<'_>, object: &Object) -> Result<Option<Vec<u8>>, ExtractError> {
    let place = match object.format {
        // Go's linker names the section, and `strip` keeps it.
        Format::Elf if !object.sections.is_empty() => None,
        Format::Elf => object.mappings.iter().find(|mapping| mapping.writable && mapping.size > 0),
        Format::Pe | Format::MachO => object.mappings.iter().find(|mapping| mapping.writable && mapping.size > 0),
    };
    let Some(place) = place else { return Ok(None) };
    let searched = file.range(place.offset, place.size.min(SEARCH))?;
    let Some(at) = find(&searched) else { return Ok(None) };
    if place.size <= SEARCH {
        return Ok(Some(searched));
    }
    // The strings may lie past what was searched.
    let at = at as u64;
    let length = place.size.saturating_sub(at).min(MAX_BLOB);
    Ok(Some(file.range(place.offset.saturating_add(at), length)?))
}

fn find(data: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(data, MAGIC).find(|at| at.is_multiple_of(ALIGNMENT))
}

/// A string after its length, and what follows it.
fn inline(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_u64;
    for (at, &byte) in bytes.iter().enumerate().take(10) {
        let shift = u32::try_from(at).ok()?.saturating_mul(7);
        length |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            let length = usize::try_from(length).ok()?;
            return bytes.get(at.saturating_add(1)..)?.split_at_checked(length);
        }
    }
    None
}

/// How strings are found that the blob points at.
struct Pointers<'a> {
    file: &'a File<'a>,
    object: &'a Object,
    wide: bool,
    little: bool,
}

impl Pointers<'_> {
    /// The string whose header the pointer at a place of the blob leads to.
    fn string(&self, blob: &[u8], at: usize, limit: u64) -> Result<Option<Vec<u8>>, ExtractError> {
        let size: u64 = if self.wide { 8 } else { 4 };
        let Some(header) = self.number(blob, at).filter(|&address| address != 0) else { return Ok(None) };
        let Some(header) = self.object.at_address(self.file, header, size.saturating_mul(2))? else {
            return Ok(None);
        };
        let (Some(address), Some(length)) = (self.number(&header, 0), self.number(&header, size as usize)) else {
            return Ok(None);
        };
        if length > limit {
            return Ok(None);
        }
        self.object.at_address(self.file, address, length)
    }

    fn number(&self, bytes: &[u8], at: usize) -> Option<u64> {
        let rest = bytes.get(at..)?;
        Some(match (self.wide, self.little) {
            (true, true) => u64::from_le_bytes(*rest.first_chunk()?),
            (true, false) => u64::from_be_bytes(*rest.first_chunk()?),
            (false, true) => u32::from_le_bytes(*rest.first_chunk()?).into(),
            (false, false) => u32::from_be_bytes(*rest.first_chunk()?).into(),
        })
    }
}

/// The module lines without the 16 bytes before and after them that let a debugger find them.
fn unframed(modules: &[u8]) -> &[u8] {
    const FRAME: usize = 16;
    let inner = modules.len().checked_sub(FRAME).and_then(|end| modules.get(FRAME..end)).unwrap_or_default();
    if inner.ends_with(b"\n") { inner } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_their_length_before_them() {
        assert_eq!(inline(b"\x03abcrest"), Some((b"abc".as_slice(), b"rest".as_slice())));
        assert_eq!(inline(b"\x03ab"), None);
        assert_eq!(inline(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), None);
        let long = [b"\x80\x01".as_slice(), &[b'x'; 128]].concat();
        assert_eq!(inline(&long), Some(([b'x'; 128].as_slice(), b"".as_slice())));
    }

    #[test]
    fn pointers_lead_through_the_mapping() {
        use plimsoll_extract::prelude::SourcePath;
        use plimsoll_model::Budget;

        // 32 bits, big-endian: the blob at 0x1000, string headers at 0x1020 and 0x1028, strings from 0x1030.
        let mut bytes = b"\xff Go buildinf:\x04\x01".to_vec();
        for number in [0x1020_u32, 0x1028, 0, 0, 0x1030, 6, 0x1036, 39] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(b"go1.170123456789abcdefpath\tx\n0123456789abcdef");
        let size = bytes.len() as u64;
        let mapping = crate::object::Mapping { address: 0x1000, offset: 0, size, writable: true };
        let object = Object {
            format: Format::Elf,
            little_endian: false,
            wide: false,
            sections: Vec::new(),
            mappings: vec![mapping],
        };
        let path = SourcePath::new("program").unwrap();
        let (body, budget) = (bytes.as_slice(), Budget::default());
        let info = read(&File::new(&path, None, &body, &budget), &object).unwrap().unwrap();
        assert_eq!(info, BuildInfo { go: "go1.17".into(), modules: "path\tx\n".into() });
    }

    #[test]
    fn the_frame_comes_off() {
        assert_eq!(unframed(b"0123456789abcdefpath\tx\n0123456789abcdef"), b"path\tx\n");
        assert_eq!(unframed(b"short"), b"");
    }
}
