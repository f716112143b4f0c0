//! The end of central directory record and the central directory (APPNOTE 4.3.12 to 4.3.16).

use std::borrow::Cow;

use memchr::memmem;
use plimsoll_model::{Budget, DiagnosticCode};

use super::{Notice, ZipError, u16_at, u32_at, u64_at};
use crate::Body;

const END: &[u8] = b"PK\x05\x06";
const END_BYTES: u64 = 22;
const END64: &[u8] = b"PK\x06\x06";
const END64_BYTES: u64 = 56;
const LOCATOR64: &[u8] = b"PK\x06\x07";
const LOCATOR64_BYTES: u64 = 20;
const ENTRY: &[u8] = b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;
/// Bytes of a local header without its names (APPNOTE 4.3.7).
pub(super) const LOCAL_BYTES: u64 = 30;
/// How many places that look like an end record are weighed; a real archive has one, and perhaps a nested one's.
const MAX_ENDS: usize = 4096;
/// How many notices of one kind are made for one archive.
const MAX_NAMED: usize = 8;

/// An entry of the directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) name_at: usize,
    name_length: u16,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    /// Where the local header is, from the start of the body.
    pub(super) header: u64,
    pub(super) mode: Option<u16>,
}

/// The central directory.
pub(super) struct Directory {
    bytes: Vec<u8>,
    pub(super) records: Vec<Record>,
    pub(super) notices: Vec<Notice>,
}

/// Where the directory is, from the start of the body.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: u64,
    length: u64,
    /// What is added to every offset in the archive: the length of what precedes it.
    base: u64,
    entries: u64,
    /// The record says 16 bits of the count only.
    wraps: bool,
    /// Another directory lies where the record literally says.
    doubled: bool,
}

impl Directory {
    pub(super) fn read(body: &dyn Body, budget: &Budget) -> Result<Self, ZipError> {
        let mut notices = Vec::new();
        let place = find(body, budget, &mut notices)?;
        budget.check_member(place.length)?;
        let bytes = body.range(place.start, place.length, budget)?;
        let mut directory = Self { bytes, records: Vec::new(), notices };
        directory.parse(&place, budget)?;
        directory.find_doubles();
        directory.find_overlaps(place.start);
        Ok(directory)
    }

    pub(super) fn name(&self, record: &Record) -> &[u8] {
        let end = record.name_at.saturating_add(usize::from(record.name_length));
        self.bytes.get(record.name_at..end).unwrap_or_default()
    }

    fn parse(&mut self, place: &Place, budget: &Budget) -> Result<(), ZipError> {
        let mut at = 0_usize;
        let mut seen = 0_u64;
        let mut long = 0_u64;
        let most = budget.limits().path_bytes;
        while at < self.bytes.len() {
            let Some((record, next)) = self.bytes.get(at..).and_then(|rest| entry(rest, at, place.base)) else {
                if seen == 0 {
                    return Err(ZipError::Malformed("the first entry of the central directory is not valid"));
                }
                let message = format!("the central directory breaks off after {seen} entries");
                self.notices.push(Notice::new(DiagnosticCode::MALFORMED, message));
                break;
            };
            at = next;
            seen = seen.saturating_add(1);
            if let Err(limit) = budget.check_entries(seen) {
                self.notices.push(Notice::new(DiagnosticCode::TOO_MANY_ENTRIES, limit.to_string()));
                break;
            }
            if usize::from(record.name_length) > most {
                long = long.saturating_add(1);
            } else {
                self.records.push(record);
            }
        }
        if long > 0 {
            let message = format!("{long} entries have names longer than {most} bytes and are left out");
            self.notices.push(Notice::new(DiagnosticCode::PATH_TOO_LONG, message));
        }
        let agrees = if place.wraps { seen & 0xffff == place.entries } else { seen == place.entries };
        if at >= self.bytes.len() && !agrees {
            let message = format!("the end record counts {} entries, the central directory has {seen}", place.entries);
            self.notices.push(Notice::new(DiagnosticCode::AMBIGUOUS_ARCHIVE, message));
        }
        Ok(())
    }

    /// Notices names that occur twice. Sorting hashes keeps this in n log n whatever the names.
    fn find_doubles(&mut self) {
        let mut hashes: Vec<(u64, usize)> =
            self.records.iter().enumerate().map(|(at, record)| (hash(self.name(record)), at)).collect();
        hashes.sort_unstable();
        if !hashes.windows(2).any(|pair| matches!(pair, [one, other] if one.0 == other.0)) {
            return;
        }
        let mut names: Vec<&[u8]> = hashes
            .chunk_by(|one, other| one.0 == other.0)
            .filter(|group| group.len() > 1)
            .flatten()
            .filter_map(|(_, at)| self.records.get(*at).map(|record| self.name(record)))
            .collect();
        names.sort_unstable();
        let doubles: Vec<String> = names
            .chunk_by(|one, other| one == other)
            // Directories carry nothing, and tools do write them twice.
            .filter(|group| group.len() > 1 && group.first().is_some_and(|name| !name.ends_with(b"/")))
            .filter_map(|group| group.first())
            .take(MAX_NAMED)
            .map(|name| format!("entry {:?} occurs more than once", String::from_utf8_lossy(name)))
            .collect();
        let notice = |message| Notice::new(DiagnosticCode::AMBIGUOUS_ARCHIVE, message);
        self.notices.extend(doubles.into_iter().map(notice));
    }

    /// Notices entries that share bytes. An entry's extent is reckoned without the extra field of its local header,
    /// which only that header tells, and so is never too long.
    fn find_overlaps(&mut self, directory: u64) {
        let extent = |record: &Record| {
            let own = LOCAL_BYTES.saturating_add(record.name_length.into()).saturating_add(record.compressed);
            (record.header, record.header.saturating_add(own))
        };
        let mut extents: Vec<(u64, u64)> = self.records.iter().map(extent).collect();
        extents.sort_unstable();
        let mut end = 0_u64;
        let mut overlaps = 0_u64;
        for (start, own_end) in extents {
            if start < end || own_end > directory {
                overlaps = overlaps.saturating_add(1);
            }
            end = end.max(own_end);
        }
        if overlaps > 0 {
            let message = format!("{overlaps} entries share bytes with others");
            self.notices.push(Notice::new(DiagnosticCode::AMBIGUOUS_ARCHIVE, message));
        }
    }
}

/// FNV-1a. Not keyed: equal hashes cost a comparison, not correctness.
fn hash(name: &[u8]) -> u64 {
    let fold = |state: u64, byte: &u8| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    name.iter().fold(0xcbf2_9ce4_8422_2325, fold)
}

/// Reads one entry of the directory; `rest` starts at `at`. Also where the next one starts.
fn entry(rest: &[u8], at: usize, base: u64) -> Option<(Record, usize)> {
    if !rest.starts_with(ENTRY) {
        return None;
    }
    let name_length = u16_at(rest, 28)?;
    let name_end = ENTRY_BYTES.saturating_add(name_length.into());
    let extra_end = name_end.saturating_add(u16_at(rest, 30)?.into());
    let end = extra_end.saturating_add(u16_at(rest, 32)?.into());
    rest.get(..end)?;
    let mut record = Record {
        name_at: at.saturating_add(ENTRY_BYTES),
        name_length,
        flags: u16_at(rest, 8)?,
        method: u16_at(rest, 10)?,
        crc: u32_at(rest, 16)?,
        compressed: u32_at(rest, 20)?.into(),
        size: u32_at(rest, 24)?.into(),
        header: u32_at(rest, 42)?.into(),
        mode: mode(rest),
    };
    zip64(&mut record, rest.get(name_end..extra_end)?);
    record.header = record.header.checked_add(base)?;
    Some((record, at.saturating_add(end)))
}

/// The upper half of the external attributes, when the archive was made on Unix (3) or macOS (19).
fn mode(rest: &[u8]) -> Option<u16> {
    let host = *rest.get(5)?;
    matches!(host, 3 | 19).then(|| u16_at(rest, 40)).flatten()
}

/// Takes over the 64-bit fields (APPNOTE 4.5.3): those that are all ones in the entry, in this order.
fn zip64(record: &mut Record, mut extra: &[u8]) {
    const ZIP64: u16 = 1;
    const ABSENT: u64 = 0xffff_ffff;
    while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let end = usize::from(length).saturating_add(4);
        let Some(field) = extra.get(4..end) else { return };
        if id == ZIP64 {
            let mut numbers = field.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
            for value in [&mut record.size, &mut record.compressed, &mut record.header] {
                if *value == ABSENT {
                    *value = numbers.next().unwrap_or(ABSENT);
                }
            }
            return;
        }
        extra = extra.get(end..).unwrap_or_default();
    }
}

/// The end of a body, and where it starts.
struct Tail<'a> {
    bytes: Cow<'a, [u8]>,
    start: u64,
}

impl<'a> Tail<'a> {
    /// As many bytes as the end record, the longest comment and the zip64 records can take.
    fn read(body: &'a dyn Body, budget: &Budget) -> Result<Self, ZipError> {
        const MOST: u64 = 0xffff + END_BYTES + LOCATOR64_BYTES + END64_BYTES;
        let start = body.len().saturating_sub(MOST);
        if let Some(all) = body.in_memory() {
            let from = usize::try_from(start).unwrap_or(usize::MAX);
            return Ok(Self { bytes: Cow::Borrowed(all.get(from..).unwrap_or_default()), start });
        }
        let bytes = body.range(start, body.len().saturating_sub(start), budget)?;
        Ok(Self { bytes: Cow::Owned(bytes), start })
    }
}

/// Finds the directory. Readers differ in which end record they take when there are several; the last one whose
/// directory is there is taken, and the others are noticed.
fn find(body: &dyn Body, budget: &Budget, notices: &mut Vec<Notice>) -> Result<Place, ZipError> {
    let tail = Tail::read(body, budget)?;
    // With a comment that ends where the body ends; and any other.
    let mut exact: Option<Place> = None;
    let mut loose: Option<Place> = None;
    let mut ambiguous = |message: &str| notices.push(Notice::new(DiagnosticCode::AMBIGUOUS_ARCHIVE, message));
    let mut found = Err(ZipError::NoEnd);
    for at in memmem::rfind_iter(&tail.bytes, END).take(MAX_ENDS) {
        let Some(end) = tail.bytes.get(at..) else { continue };
        let Some(comment) = u16_at(end, 20).map(u64::from) else { continue };
        let reaches = END_BYTES.saturating_add(comment) == end.len() as u64;
        match locate(body, &tail, at) {
            Ok(_) if reaches && exact.is_some() => {
                ambiguous("another end record lies in the comment");
            }
            Ok(place) if reaches => exact = Some(place),
            Ok(place) if exact.is_none() && loose.is_none() => loose = Some(place),
            Ok(_) => {}
            Err(error) => found = Err(error),
        }
    }
    if exact.is_none() && loose.is_some() {
        ambiguous("bytes follow the end of the archive");
    }
    let Some(place) = exact.or(loose) else { return found };
    if place.doubled {
        ambiguous("a second central directory lies where the end record says, not before it");
    }
    Ok(place)
}

/// Where the end record at this place of the tail says that the directory is.
fn locate(body: &dyn Body, tail: &Tail<'_>, at: usize) -> Result<Place, ZipError> {
    let broken = || ZipError::Malformed("the end of central directory record is not valid");
    let end = tail.bytes.get(at..).ok_or_else(broken)?;
    let entries = u16_at(end, 10).ok_or_else(broken)?;
    let length = u32_at(end, 12).ok_or_else(broken)?;
    let offset = u32_at(end, 16).ok_or_else(broken)?;
    let position = tail.start.saturating_add(at as u64);
    let large = entries == u16::MAX || length == u32::MAX || offset == u32::MAX;
    match end64(body, position) {
        Some((end_at, numbers)) if large => place(body, end_at, numbers, false),
        _ => place(body, position, [entries.into(), length.into(), offset.into()], true),
    }
}

/// The zip64 end record (APPNOTE 4.3.14): where it is, and its count of entries, length and offset of the directory.
fn end64(body: &dyn Body, end: u64) -> Option<(u64, [u64; 3])> {
    let locator_at = end.checked_sub(LOCATOR64_BYTES)?;
    let locator: [u8; LOCATOR64_BYTES as usize] = bytes_at(body, locator_at)?;
    let stated = u64_at(&locator, 8).filter(|_| locator.starts_with(LOCATOR64))?;
    // In an archive with something before it, the stated place is off; the record has its place by the locator.
    let places = [Some(stated), locator_at.checked_sub(END64_BYTES)];
    places.into_iter().flatten().find_map(|at| {
        let record: [u8; END64_BYTES as usize] = bytes_at(body, at)?;
        let numbers = [u64_at(&record, 32)?, u64_at(&record, 40)?, u64_at(&record, 48)?];
        record.starts_with(END64).then_some((at, numbers))
    })
}

/// The directory ends where the end record starts. Its stated offset tells what comes before the archive: a program
/// that unpacks it, a script, `JM\x01\x00` in a jmod. Some writers count from the start of the file all the same.
fn place(body: &dyn Body, end: u64, [entries, length, offset]: [u64; 3], wraps: bool) -> Result<Place, ZipError> {
    let outside = ZipError::Malformed("the central directory does not lie within the archive");
    let Some(start) = end.checked_sub(length) else { return Err(outside) };
    let adjacent = start.checked_sub(offset).map(|base| Place { start, length, base, entries, wraps, doubled: false });
    let literal = Place { start: offset, length, base: 0, entries, wraps, doubled: false };
    if length == 0 {
        return adjacent.ok_or(outside);
    }
    let is_directory = |place: &Place| bytes_at::<4>(body, place.start).is_some_and(|bytes| bytes == *ENTRY);
    let literal = Some(literal).filter(|place| place.start < start && is_directory(place));
    match (adjacent.filter(is_directory), literal) {
        (Some(place), None) | (None, Some(place)) => Ok(place),
        (Some(place), Some(_)) => Ok(Place { doubled: true, ..place }),
        (None, None) => Err(outside),
    }
}

/// A few bytes at a place; `None` past the end or when reading fails.
fn bytes_at<const N: usize>(body: &dyn Body, at: u64) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let mut filled = 0_usize;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match body.read_at(at.saturating_add(filled as u64), rest) {
            Ok(0) | Err(_) => return None,
            Ok(count) => filled = filled.saturating_add(count),
        }
    }
    Some(bytes)
}
