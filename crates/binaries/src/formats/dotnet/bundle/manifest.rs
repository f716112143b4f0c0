//! The manifest of a bundle: version, count, id, places of two files (version 2 and later), and the files.

use plimsoll_extract::prelude::*;

use crate::cursor::Cursor;

/// Most bytes of a manifest; a file's entry has some forty bytes.
const MAX_BYTES: u64 = 16 << 20;
/// Most files.
const MAX_FILES: u32 = 200_000;
/// Offset and size of `deps.json` and `runtimeconfig.json`, and flags, since version 2.
const PLACES: u64 = 40;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Assembly,
    DepsJson,
    Other,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) offset: u64,
    pub(super) size: u64,
    /// Bytes when compressed; 0 when it is not.
    pub(super) compressed: u64,
}

/// The manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) major: u32,
    pub(super) minor: u32,
    pub(super) members: Vec<Member>,
}

impl Manifest {
    /// Reads the manifest; with what was read before it, the fault that ended it.
    pub(super) fn read(file: &File<'_>, offset: u64) -> Result<(Self, Option<ExtractError>), ExtractError> {
        let left = file.len().checked_sub(offset);
        let left = left.ok_or_else(|| ExtractError::malformed("the manifest of the bundle lies outside the file"))?;
        let bytes = file.range(offset, left.min(MAX_BYTES))?;
        let mut cursor = Cursor::new(&bytes);
        let cut = || ExtractError::Truncated { message: "the manifest of the bundle is cut off".into() };
        let (major, minor) = cursor.u32().zip(cursor.u32()).ok_or_else(cut)?;
        if !matches!(major, 1 | 2 | 6) {
            return Err(ExtractError::UnsupportedVersion { version: format!("{major}.{minor}") });
        }
        let count = cursor.u32().ok_or_else(cut)?;
        cursor.sized().ok_or_else(cut)?;
        if major >= 2 {
            cursor.take(PLACES).ok_or_else(cut)?;
        }
        let mut manifest = Self { major, minor, members: Vec::new() };
        for _ in 0..count.min(MAX_FILES) {
            let Some(member) = Member::read(&mut cursor, major) else { return Ok((manifest, Some(cut()))) };
            manifest.members.push(member);
        }
        let fault = (count > MAX_FILES).then(|| ExtractError::malformed("the bundle has too many files"));
        Ok((manifest, fault))
    }
}

impl Member {
    fn read(cursor: &mut Cursor<'_>, major: u32) -> Option<Self> {
        let (offset, size) = cursor.u64().zip(cursor.u64())?;
        let compressed = if major >= 6 { cursor.u64()? } else { 0 };
        let kind = match cursor.u8()? {
            1 => Kind::Assembly,
            3 => Kind::DepsJson,
            _ => Kind::Other,
        };
        let path = String::from_utf8_lossy(cursor.sized()?).into_owned();
        Some(Self { path, kind, offset, size, compressed })
    }
}
