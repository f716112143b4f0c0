//! The content of entries (APPNOTE 4.3.7, 4.3.8).

use std::borrow::Cow;
use std::io;

use flate2::{Crc, Decompress, FlushDecompress, Status};
use plimsoll_model::{Budget, BudgetExceeded, DiagnosticCode, Resource};

use super::directory::{LOCAL_BYTES, Record};
use super::{Zip, ZipError, u16_at, u32_at};
use crate::{Body, ReadError};

/// Compression method: none.
pub(super) const STORED: u16 = 0;
/// Compression method: RFC 1951.
const DEFLATED: u16 = 8;
/// General purpose flags (APPNOTE 4.4.4): encrypted, strongly encrypted, local header masked.
const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
/// General purpose flag: lengths and CRC follow the content.
const DESCRIPTOR: u16 = 1 << 3;
/// Compressed bytes read at a time.
const CHUNK: u64 = 64 << 10;
/// Deflate makes at most 1032 bytes of one (zlib, "Maximum Expansion Factor").
const MOST_EXPANSION: u64 = 1032;

/// The content of an entry, read by position.
pub enum EntryBody<'a> {
    /// Stored: a part of the archive.
    Stored(Part<'a>),
    /// Was compressed.
    Inflated(Vec<u8>),
}

/// A part of another body.
pub struct Part<'a> {
    whole: &'a dyn Body,
    offset: u64,
    length: u64,
}

impl Body for EntryBody<'_> {
    fn len(&self) -> u64 {
        match self {
            Self::Stored(part) => part.length,
            Self::Inflated(bytes) => bytes.len() as u64,
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(part) => {
                let left = part.length.saturating_sub(offset);
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
                let buffer = buffer.get_mut(..count).unwrap_or_default();
                part.whole.read_at(part.offset.saturating_add(offset), buffer)
            }
            Self::Inflated(bytes) => bytes.as_slice().read_at(offset, buffer),
        }
    }

    fn in_memory(&self) -> Option<&[u8]> {
        match self {
            Self::Stored(part) => slice(part.whole, part.offset, part.length),
            Self::Inflated(bytes) => Some(bytes),
        }
    }
}

/// Bytes of a body that is in memory.
fn slice(body: &dyn Body, offset: u64, length: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    body.in_memory()?.get(start..end)
}

pub(super) fn read(zip: &Zip<'_>, record: &Record, limit: u64) -> Result<Vec<u8>, ZipError> {
    let start = admit(zip, record, Some(limit))?;
    let bytes = if record.method == STORED {
        zip.budget.spend_bytes(record.compressed)?;
        zip.body.range(start, record.compressed, zip.budget)?
    } else {
        inflate(zip.body, start, record, limit, zip.budget)?
    };
    let mut crc = Crc::new();
    crc.update(&bytes);
    let trouble = if bytes.len() as u64 != record.size {
        "content has not the length that the directory states"
    } else if crc.sum() != record.crc {
        "content does not match its checksum"
    } else {
        return Ok(bytes);
    };
    // Readers that do not check take the content as it is, so that it counts for us too.
    let name = String::from_utf8_lossy(zip.directory.name(record));
    zip.notice(DiagnosticCode::AMBIGUOUS_ARCHIVE, format!("{name:?}: {trouble}"));
    Ok(bytes)
}

pub(super) fn body<'a>(zip: &Zip<'a>, record: &Record, limit: u64) -> Result<EntryBody<'a>, ZipError> {
    if record.method != STORED {
        return read(zip, record, limit).map(EntryBody::Inflated);
    }
    let offset = admit(zip, record, None)?;
    Ok(EntryBody::Stored(Part { whole: zip.body, offset, length: record.compressed }))
}

/// Whether the entry may be read at all; then where its content starts. No limit: it is not held in memory.
fn admit(zip: &Zip<'_>, record: &Record, limit: Option<u64>) -> Result<u64, ZipError> {
    if record.flags & ENCRYPTED != 0 {
        return Err(ZipError::Encrypted);
    }
    let size = match record.method {
        STORED => record.compressed,
        DEFLATED => record.size,
        method => return Err(ZipError::Method(method)),
    };
    zip.budget.check_ratio(record.compressed, size)?;
    if let Some(limit) = limit {
        zip.budget.check_member(size)?;
        if size > limit {
            return Err(BudgetExceeded { resource: Resource::MemberBytes, limit }.into());
        }
    }
    let start = start(zip, record)?;
    match start.checked_add(record.compressed) {
        Some(end) if end <= zip.body.len() => zip.claim(record, end).map(|()| start),
        _ => Err(ReadError::Truncated(zip.body.len()).into()),
    }
}

/// Reads the local header for the place of the content, and compares it with the directory.
fn start(zip: &Zip<'_>, record: &Record) -> Result<u64, ZipError> {
    let name = zip.directory.name(record);
    let header = zip.body.range(record.header, LOCAL_BYTES.saturating_add(name.len() as u64), zip.budget)?;
    let field = |at| u16_at(&header, at).ok_or(ZipError::Malformed("a local header is cut off"));
    if !header.starts_with(b"PK\x03\x04") {
        return Err(ZipError::Malformed("an entry has no local header where the directory says"));
    }
    let name_length = field(26)?;
    let local_name = header.get(LOCAL_BYTES as usize..).unwrap_or_default();
    let shown = || String::from_utf8_lossy(name);
    if usize::from(name_length) != name.len() || local_name != name {
        let local = zip.body.range(record.header.saturating_add(LOCAL_BYTES), name_length.into(), zip.budget);
        let local = local.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let message = format!("the local header of {:?} names {local:?}", shown());
        zip.notice(DiagnosticCode::AMBIGUOUS_ARCHIVE, message);
    }
    let lengths = (u32_at(&header, 18).map(u64::from), u32_at(&header, 22).map(u64::from));
    let stated = |value: Option<u64>, real: u64| value == Some(real) || value == Some(u32::MAX.into());
    let deferred = field(6)? & DESCRIPTOR != 0;
    let same_lengths = deferred || stated(lengths.0, record.compressed) && stated(lengths.1, record.size);
    let differs = field(8)? != record.method || !same_lengths;
    if differs {
        let message = format!("the local header of {:?} disagrees with the directory", shown());
        zip.notice(DiagnosticCode::AMBIGUOUS_ARCHIVE, message);
    }
    let names = LOCAL_BYTES.saturating_add(name_length.into()).saturating_add(field(28)?.into());
    Ok(record.header.saturating_add(names))
}

/// Decompresses; stops one byte over the limit, to tell "at" from "over".
fn inflate(body: &dyn Body, start: u64, record: &Record, limit: u64, budget: &Budget) -> Result<Vec<u8>, ZipError> {
    let most = limit.min(budget.limits().member_bytes);
    let expected = record.size.min(record.compressed.saturating_mul(MOST_EXPANSION)).min(most);
    let mut out = Vec::with_capacity(usize::try_from(expected).unwrap_or(0).saturating_add(1));
    let mut inflater = Decompress::new(false);
    let mut offset = 0_u64;
    while offset < record.compressed {
        let count = record.compressed.saturating_sub(offset).min(CHUNK);
        let at = start.saturating_add(offset);
        let chunk = match slice(body, at, count) {
            Some(chunk) => Cow::Borrowed(chunk),
            None => Cow::Owned(body.range(at, count, budget)?),
        };
        let mut input: &[u8] = &chunk;
        loop {
            if out.len() == out.capacity() {
                let room = usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(out.len());
                out.reserve_exact(out.len().max(256).min(room.saturating_add(1)));
            }
            let (read_before, made_before) = (inflater.total_in(), out.len());
            let status =
                inflater.decompress_vec(input, &mut out, FlushDecompress::None).map_err(|_| ZipError::Deflate)?;
            let consumed = usize::try_from(inflater.total_in().saturating_sub(read_before)).unwrap_or(usize::MAX);
            let made = out.len().saturating_sub(made_before);
            budget.spend_bytes(made as u64)?;
            budget.check_ratio(inflater.total_in(), out.len() as u64)?;
            if out.len() as u64 > most {
                return Err(BudgetExceeded { resource: Resource::MemberBytes, limit: most }.into());
            }
            if status == Status::StreamEnd {
                return Ok(out);
            }
            input = input.get(consumed..).unwrap_or_default();
            if input.is_empty() && out.len() < out.capacity() {
                break;
            }
            if consumed == 0 && made == 0 && !input.is_empty() {
                return Err(ZipError::Deflate);
            }
        }
        offset = offset.saturating_add(count);
    }
    // The stream has no end: the content is cut off.
    Err(ReadError::Truncated(record.compressed).into())
}
