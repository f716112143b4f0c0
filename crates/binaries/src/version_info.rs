//! The version resource of Windows programs, `VS_VERSIONINFO`.
//! <https://learn.microsoft.com/windows/win32/menurc/vs-versioninfo>
//!
//! Resources are a tree of three levels, type, name and language; the first version resource counts. In it, blocks hold
//! blocks, each with its length, the length of its value, and a name in UTF-16: `StringFileInfo` holds tables of
//! strings, one a language, of which the first that states something counts. What surprises: the length of a string's
//! value is in UTF-16 units by the documentation and in bytes in many files, so what counts is the end of the block.

use std::collections::BTreeMap;

use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::File;

use crate::cursor::Cursor;
use crate::object::{Directories, Object};

/// `RT_VERSION`
const VERSION: u32 = 16;
/// Most bytes of the resource.
const MAX_RESOURCE: u64 = 64 << 10;
/// Most entries of a level of the tree.
const MAX_ENTRIES: u64 = 4096;
/// Most strings in all tables.
const MAX_STRINGS: usize = 256;
/// `VS_FIXEDFILEINFO.dwSignature`
const FIXED: u32 = 0xfeef_04bd;
/// The bit of an offset that leads to another level.
const DEEPER: u32 = 0x8000_0000;

/// What the resource says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct VersionInfo {
    /// The file's version in numbers; zeros are left out.
    pub(crate) file: Option<[u16; 4]>,
    strings: BTreeMap<String, String>,
}

impl VersionInfo {
    /// Finds and reads the resource; `None` when there is none.
    pub(crate) fn read(
        file: &File<'_>,
        object: &Object,
        directories: &Directories,
    ) -> Result<Option<Self>, ExtractError> {
        let Some((root, _)) = directories.get(Directories::RESOURCES) else { return Ok(None) };
        let tree = Tree { file, object, directories, root };
        let Some(level) = tree.child(0, Some(VERSION))? else { return Ok(None) };
        let mut at = level;
        for _ in 0..2 {
            let Some(next) = at.checked_sub(DEEPER) else { break };
            let Some(next) = tree.child(next, None)? else { return Ok(None) };
            at = next;
        }
        if at & DEEPER != 0 {
            return Err(ExtractError::malformed("the tree of resources is deeper than three levels"));
        }
        let leaf = tree.bytes(at, 16)?;
        let mut leaf = Cursor::new(&leaf);
        let Some((address, size)) = leaf.u32().zip(leaf.u32()) else { return Ok(None) };
        let bytes = directories.bytes(file, object, address, u64::from(size).min(MAX_RESOURCE))?;
        Ok(Some(Self::parse(&bytes)))
    }

    /// Reads the resource itself, as far as it is sound.
    fn parse(bytes: &[u8]) -> Self {
        let mut info = Self::default();
        let Some((root, _)) = Block::read(bytes) else { return info };
        info.file = fixed(root.value);
        for table in Blocks(root.children).filter(|block| block.name == "StringFileInfo") {
            for strings in Blocks(table.children) {
                for string in Blocks(strings.children) {
                    let text = utf16(string.tail);
                    let text = text.trim();
                    if !text.is_empty() && info.strings.len() < MAX_STRINGS {
                        info.strings.entry(string.name).or_insert_with(|| text.to_owned());
                    }
                }
            }
        }
        info
    }

    /// A string: `ProductName`, `FileVersion`, …
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.strings.get(name).map(String::as_str)
    }
}

/// The tree of resources. Offsets count from its root.
struct Tree<'t, 'f> {
    file: &'t File<'f>,
    object: &'t Object,
    directories: &'t Directories,
    root: u32,
}

impl Tree<'_, '_> {
    fn bytes(&self, offset: u32, length: u64) -> Result<Vec<u8>, ExtractError> {
        match self.root.checked_add(offset) {
            Some(address) => self.directories.bytes(self.file, self.object, address, length),
            None => Ok(Vec::new()),
        }
    }

    /// The offset of the entry with this id, or of the first one.
    fn child(&self, level: u32, id: Option<u32>) -> Result<Option<u32>, ExtractError> {
        let head = self.bytes(level, 16)?;
        let mut head = Cursor::new(&head);
        let counts = head.take(12).and_then(|_| head.u16().zip(head.u16()));
        let Some((named, numbered)) = counts else { return Ok(None) };
        let count = u64::from(named).saturating_add(numbered.into()).min(MAX_ENTRIES);
        let Some(first) = level.checked_add(16) else { return Ok(None) };
        let entries = self.bytes(first, count.saturating_mul(8))?;
        let mut entries = Cursor::new(&entries);
        while let Some((entry, offset)) = entries.u32().zip(entries.u32()) {
            if id.is_none_or(|id| id == entry) {
                return Ok(Some(offset));
            }
        }
        Ok(None)
    }
}

/// A block of the resource.
struct Block<'a> {
    name: String,
    value: &'a [u8],
    /// What follows the value.
    children: &'a [u8],
    /// What follows the name: the value, whatever its length is said to be.
    tail: &'a [u8],
}

impl<'a> Block<'a> {
    /// The block at the start of the bytes, and what follows it.
    fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut cursor = Cursor::new(bytes);
        let length = usize::from(cursor.u16()?);
        let value_length = usize::from(cursor.u16()?);
        let is_text = cursor.u16()? == 1;
        let block = bytes.get(..length.min(bytes.len()))?;
        let name_bytes = block.get(6..)?;
        let end = name_bytes.chunks_exact(2).position(|unit| unit == b"\0\0")?.checked_mul(2)?;
        let name = utf16(name_bytes.get(..end)?);
        let start = aligned(end.checked_add(8)?)?;
        let tail = block.get(start..).unwrap_or_default();
        let value_bytes = if is_text { value_length.saturating_mul(2) } else { value_length };
        let value = tail.get(..value_bytes.min(tail.len()))?;
        let children = tail.get(aligned(value.len())?..).unwrap_or_default();
        let rest = bytes.get(aligned(length)?..).unwrap_or_default();
        // A block that is shorter than its own head would be read for ever.
        (length > 6).then_some((Self { name, value, children, tail }, rest))
    }
}

/// Goes through blocks that follow each other.
struct Blocks<'a>(&'a [u8]);

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (block, rest) = Block::read(self.0)?;
        self.0 = rest;
        Some(block)
    }
}

/// The next multiple of four.
fn aligned(at: usize) -> Option<usize> {
    at.checked_next_multiple_of(4)
}

/// `VS_FIXEDFILEINFO`: signature, version of the structure, version of the file.
fn fixed(value: &[u8]) -> Option<[u16; 4]> {
    let mut cursor = Cursor::new(value);
    if cursor.u32()? != FIXED {
        return None;
    }
    cursor.u32()?;
    let (minor, major, revision, build) = (cursor.u16()?, cursor.u16()?, cursor.u16()?, cursor.u16()?);
    Some([major, minor, build, revision]).filter(|version| *version != [0; 4])
}

/// Text up to its first NUL.
fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).filter_map(|unit| unit.first_chunk().copied().map(u16::from_le_bytes));
    char::decode_utf16(units.take_while(|&unit| unit != 0)).map(|unit| unit.unwrap_or('\u{fffd}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(name: &str, kind: u16, value: &[u8], value_length: u16, children: &[u8]) -> Vec<u8> {
        let mut out = vec![0; 6];
        out.extend(name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend(value);
        if !children.is_empty() {
            out.resize(out.len().next_multiple_of(4), 0);
        }
        out.extend(children);
        let length = u16::try_from(out.len()).unwrap();
        out[..2].copy_from_slice(&length.to_le_bytes());
        out[2..4].copy_from_slice(&value_length.to_le_bytes());
        out[4..6].copy_from_slice(&kind.to_le_bytes());
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }

    fn string(name: &str, value: &str, in_bytes: bool) -> Vec<u8> {
        let text: Vec<u8> = value.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let length = if in_bytes { text.len() } else { text.len() / 2 };
        block(name, 1, &text, u16::try_from(length).unwrap(), b"")
    }

    fn resource() -> Vec<u8> {
        let strings = [string("ProductName", "Example", false), string("FileVersion", "1, 2, 3, 4", true)].concat();
        let tables = block("StringFileInfo", 1, b"", 0, &block("040904B0", 1, b"", 0, &strings));
        let mut fixed = [FIXED, 0x1_0000, 0x0001_0002, 0x0003_0004].map(u32::to_le_bytes).concat();
        fixed.resize(52, 0);
        block("VS_VERSION_INFO", 0, &fixed, 52, &tables)
    }

    #[test]
    fn numbers_and_strings() {
        let info = VersionInfo::parse(&resource());
        assert_eq!(info.file, Some([1, 2, 3, 4]));
        assert_eq!((info.get("ProductName"), info.get("FileVersion")), (Some("Example"), Some("1, 2, 3, 4")));
    }

    #[test]
    fn every_truncation_and_every_flipped_byte_ends() {
        let whole = resource();
        for length in 0..whole.len() {
            VersionInfo::parse(&whole[..length]);
        }
        for at in 0..whole.len() {
            for value in [0, 1, 7, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                VersionInfo::parse(&bytes);
            }
        }
    }
}
