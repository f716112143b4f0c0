//! The format of apk-tools 3: values in a block of bytes that refer to each other by offset, little-endian.
//! <https://gitlab.alpinelinux.org/alpine/apk-tools/-/blob/master/doc/apk-v3.5.scd>, `adb.h`, `apk_adb.h`
//!
//! A file starts with `ADB.`, or with `ADBd` (deflate) or `ADBc` (an algorithm and a level) before a compressed `ADB.`;
//! the schema follows (`pckg` for a package), then blocks. The first is the one with values. A value is 32 bits: a type
//! in the upper four, and an offset into the block or a number. Objects and arrays start with their number of slots,
//! itself included.

use std::ops::Range;

use plimsoll_extract::prelude::*;

use crate::bytes::{slice, u32_le};

/// The first bytes of each sort of file.
pub(crate) const MAGIC: &[u8; 3] = b"ADB";

const PACKAGE: u32 = 0x676b_6370;
/// `ADB_BLOCK_EXT`: the size is in 64 bits that follow.
const EXTENDED: u32 = 3;
/// Bytes of the header of the file, and of a block.
const FILE_HEADER: usize = 8;
const BLOCK_HEADER: usize = 4;
const EXTENDED_HEADER: usize = 16;

/// Values of a package fit into far less; its files are in blocks that follow.
const MAX_VALUES: u64 = 64 << 20;

/// Lists of a package hold no more.
const MAX_ITEMS: usize = 65_536;

const TYPES: u32 = 0xf000_0000;
const INT: u32 = 0x1000_0000;
const BLOB_8: u32 = 0x8000_0000;
const BLOB_16: u32 = 0x9000_0000;
const BLOB_32: u32 = 0xa000_0000;
const ARRAY: u32 = 0xd000_0000;
const OBJECT: u32 = 0xe000_0000;

/// The block of values of a package file.
#[derive(Debug)]
pub(crate) struct Values {
    bytes: Vec<u8>,
    block: Range<usize>,
}

/// One value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    block: &'a [u8],
    value: u32,
}

impl Values {
    /// Reads the block of a package file.
    pub(crate) fn read(file: &File<'_>) -> Result<Self, ExtractError> {
        let head: [u8; 6] = crate::package_file::head(file)?;
        let limit = MAX_VALUES.min(file.budget().limits().member_bytes);
        let (body, budget, length) = (file.body(), file.budget(), file.len());
        let bytes = match head {
            [b'A', b'D', b'B', b'.', ..] => first(&mut packed::decompressed(body, 0..length, budget)?, limit)?,
            [b'A', b'D', b'B', b'd', ..] => first(&mut packed::inflated(body, 4..length, budget)?, limit)?,
            [b'A', b'D', b'B', b'c', 1, _] => first(&mut packed::inflated(body, 6..length, budget)?, limit)?,
            [b'A', b'D', b'B', b'c', ..] => first(&mut packed::decompressed(body, 6..length, budget)?, limit)?,
            _ => return Err(ExtractError::malformed("not a file of apk-tools 3")),
        };
        if u32_le(&bytes, 4) != Some(PACKAGE) {
            return Err(ExtractError::malformed("not a package"));
        }
        let block = block(&bytes).ok_or_else(|| ExtractError::malformed("the block of values is cut off"))?;
        Ok(Self { bytes, block })
    }

    /// The object that the block is about.
    pub(crate) fn root(&self) -> Option<Value<'_>> {
        let block = self.bytes.get(self.block.clone())?;
        // Versions of the format in two bytes, two reserved ones, and the value.
        Some(Value { block, value: u32_le(block, 4)? })
    }
}

/// The start of a stream up to the end of the first block, as far as that is known from its header.
fn first(stream: &mut dyn std::io::Read, limit: u64) -> Result<Vec<u8>, ExtractError> {
    let mut bytes = Vec::new();
    let mut read = |bytes: &mut Vec<u8>, count: u64| {
        let mut part = std::io::Read::take(&mut *stream, count);
        std::io::Read::read_to_end(&mut part, bytes).map_err(|error| ExtractError::malformed(error.to_string()))
    };
    read(&mut bytes, (FILE_HEADER as u64).saturating_add(EXTENDED_HEADER as u64))?;
    if !bytes.starts_with(b"ADB.") {
        return Err(ExtractError::malformed("the content is not a file of apk-tools 3"));
    }
    let (_, length) = size(&bytes).ok_or_else(|| ExtractError::Truncated { message: "no block of values".into() })?;
    if length > limit {
        return Err(ExtractError::malformed("the block of values is too large"));
    }
    read(&mut bytes, length)?;
    Ok(bytes)
}

/// The length of the header of the first block, and of all of it.
fn size(bytes: &[u8]) -> Option<(usize, u64)> {
    let word = u32_le(bytes, FILE_HEADER)?;
    if word >> 30 != EXTENDED {
        return Some((BLOCK_HEADER, u64::from(word & 0x3fff_ffff)));
    }
    let at = FILE_HEADER.checked_add(8)?;
    let size = bytes.get(at..)?.first_chunk().copied().map(u64::from_le_bytes)?;
    Some((EXTENDED_HEADER, size))
}

fn block(bytes: &[u8]) -> Option<Range<usize>> {
    let (header, length) = size(bytes)?;
    let start = FILE_HEADER.checked_add(header)?;
    let end = FILE_HEADER.checked_add(usize::try_from(length).ok()?)?;
    bytes.get(start..end).map(|_| start..end)
}

impl<'a> Value<'a> {
    fn offset(self) -> usize {
        (self.value & !TYPES) as usize
    }

    /// The slot of an object.
    pub(crate) fn field(self, index: usize) -> Option<Self> {
        let is_list = matches!(self.value & TYPES, OBJECT | ARRAY);
        let slots = is_list.then(|| u32_le(self.block, self.offset())).flatten()? as usize;
        if index == 0 || index >= slots {
            return None;
        }
        let value = u32_le(self.block, self.offset().checked_add(index.checked_mul(4)?)?)?;
        Some(Self { block: self.block, value })
    }

    /// The items of an array.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> + use<'a> {
        (1..MAX_ITEMS).map_while(move |index| self.field(index))
    }

    /// Text or bytes.
    pub(crate) fn blob(self) -> Option<&'a [u8]> {
        let at = self.offset();
        let (length, prefix) = match self.value & TYPES {
            BLOB_8 => (usize::from(*self.block.get(at)?), 1),
            BLOB_16 => (slice(self.block, at, 2)?.first_chunk().copied().map(u16::from_le_bytes)?.into(), 2),
            BLOB_32 => (u32_le(self.block, at)? as usize, 4),
            _ => return None,
        };
        slice(self.block, at.checked_add(prefix)?, length)
    }

    /// Whether a small number has this bit.
    pub(crate) fn has_bit(self, bit: u32) -> bool {
        self.value & TYPES == INT && self.value.checked_shr(bit).unwrap_or_default() & 1 == 1
    }
}
