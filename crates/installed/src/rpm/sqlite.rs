//! `rpmdb.sqlite` (rpm since 4.16): the table `Packages` of an SQLite 3 file, read without an SQL engine.
//! <https://www.sqlite.org/fileformat2.html>
//!
//! One table is to be read from its first row to its last, which asks for b-tree table pages, records and overflow
//! pages, and nothing else of SQLite (`docs/decisions/0004-own-sqlite-table-reader.md`). Changes in a write-ahead log
//! beside the file are not seen here.

use std::borrow::Cow;

use plimsoll_extract::ExtractError;
use plimsoll_model::Span;

use super::bytes::{Used, slice, u16_be, u32_be};
use super::{Each, Item, span};

const MAGIC: &[u8] = b"SQLite format 3\0";
/// Bytes of the file header, before the b-tree header of page 1.
const FILE_HEADER: usize = 100;
/// The table of tables is at page 1.
const SCHEMA: usize = 1;
const TABLE: &[u8] = b"Packages";

const INTERIOR_PAGE: u8 = 0x05;
const LEAF_PAGE: u8 = 0x0d;

/// Whether the file starts as this format does.
pub(super) fn is(file: &[u8]) -> bool {
    file.starts_with(MAGIC)
}

/// Hands out the blobs, in order of the rows.
pub(super) fn read<'a>(file: &'a [u8], each: Each<'_, 'a>) -> Result<(), ExtractError> {
    let unusable = || ExtractError::malformed("the header of the SQLite file is not valid");
    let page_size = match u16_be(file, 16).map(usize::from) {
        Some(1) => 65536,
        Some(size @ 512..=32768) if size.is_power_of_two() => size,
        _ => return Err(unusable()),
    };
    let reserved = file.get(20).copied().map(usize::from).unwrap_or_default();
    // §1.3.4: the usable size is at least 480 bytes.
    let usable = page_size.checked_sub(reserved).filter(|&usable| usable >= 480).ok_or_else(unusable)?;
    let pages = file.len().checked_div(page_size).unwrap_or_default();
    let mut database = Database { file, page_size, usable, used: Used::new(pages) };
    let mut root = None;
    database.table(SCHEMA, &mut |item| match item {
        Row::Record { record, .. } => root = root.or_else(|| root_page(&record)),
        Row::Fault { span, message } => each(Item::Fault { span, message }),
    });
    let root = root.ok_or_else(|| ExtractError::malformed("the SQLite file has no table 'Packages'"))?;
    database.table(root, &mut |row| match row {
        Row::Record { span, record } => match blob_column(record) {
            Some(bytes) => each(Item::Blob { span, bytes }),
            None => each(Item::Fault { span, message: "a row of 'Packages' has no blob" }),
        },
        Row::Fault { span, message } => each(Item::Fault { span, message }),
    });
    Ok(())
}

/// The root page in a row of the schema, `(type, name, tbl_name, rootpage, sql)`, when it is that of our table.
fn root_page(record: &[u8]) -> Option<usize> {
    let [kind, name, _, root] = columns(record)?;
    if record.get(kind) != Some(b"table") || record.get(name) != Some(TABLE) {
        return None;
    }
    let bytes = record.get(root)?;
    let number = bytes.iter().try_fold(0_usize, |number, &byte| Some(number.checked_mul(256)? | usize::from(byte)));
    number.filter(|&page| page > 0)
}

/// The blob in a row of the table, `(hnum, blob)`.
fn blob_column(record: Cow<'_, [u8]>) -> Option<Cow<'_, [u8]>> {
    let [_, blob] = columns(&record)?;
    match record {
        Cow::Borrowed(record) => record.get(blob).map(Cow::Borrowed),
        Cow::Owned(mut record) => {
            record.truncate(blob.end);
            (blob.start <= record.len()).then(|| Cow::Owned(record.split_off(blob.start)))
        }
    }
}

/// Where the first columns of a record lie in it (§2.1).
fn columns<const N: usize>(record: &[u8]) -> Option<[std::ops::Range<usize>; N]> {
    let (header, mut at) = varint(record, 0)?;
    let mut start = usize::try_from(header).ok()?;
    let mut out = [const { 0..0 }; N];
    for column in &mut out {
        let (kind, next) = varint(record, at)?;
        at = next;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => (kind.checked_sub(12)?) / 2,
        };
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        *column = start..end;
        start = end;
    }
    Some(out)
}

/// A number of 1 to 9 bytes (§1.6), and where it ends.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (count, &byte) in bytes.get(at..)?.iter().take(9).enumerate() {
        let end = at.checked_add(count)?.checked_add(1)?;
        if count == 8 {
            return Some((value << 8 | u64::from(byte), end));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, end));
        }
    }
    None
}

enum Row<'a> {
    Record { span: Span, record: Cow<'a, [u8]> },
    Fault { span: Span, message: &'static str },
}

struct Database<'a> {
    file: &'a [u8],
    page_size: usize,
    usable: usize,
    used: Used,
}

impl<'a> Database<'a> {
    fn offset_of(&self, number: usize) -> Option<usize> {
        number.checked_sub(1)?.checked_mul(self.page_size)
    }

    /// A page that was not used before. Pages are counted from 1.
    fn take(&mut self, number: usize) -> Option<&'a [u8]> {
        let page = slice(self.file, self.offset_of(number)?, self.page_size)?;
        self.used.take(number.checked_sub(1)?).then_some(page)
    }

    /// Hands out the rows of the table whose root is this page, in order.
    fn table(&mut self, root: usize, each: &mut dyn FnMut(Row<'a>)) {
        let mut pending = vec![root];
        while let Some(number) = pending.pop() {
            let offset = self.offset_of(number).unwrap_or_default();
            let fault = Row::Fault {
                span: span(offset, self.page_size),
                message: "a page of a table is missing or used twice",
            };
            let Some(page) = self.take(number) else {
                each(fault);
                continue;
            };
            let header = if number == SCHEMA { FILE_HEADER } else { 0 };
            match page.get(header) {
                Some(&INTERIOR_PAGE) => children(page, header, &mut pending),
                Some(&LEAF_PAGE) => self.leaf(page, header, offset, each),
                _ => each(Row::Fault { span: span(offset, self.page_size), message: "a page is not one of a table" }),
            }
        }
    }

    fn leaf(&mut self, page: &'a [u8], header: usize, offset: usize, each: &mut dyn FnMut(Row<'a>)) {
        for cell in cells(page, header, 8) {
            let start = offset.saturating_add(cell.unwrap_or_default());
            match cell.and_then(|cell| self.record(page, cell)) {
                Some(record) => each(Row::Record { span: span(start, record.len()), record }),
                None => each(Row::Fault { span: span(start, 0), message: "a row does not lie in pages of its own" }),
            }
        }
    }

    /// The payload of a cell of a leaf page (§1.5): its start on the page, the rest on overflow pages.
    fn record(&mut self, page: &'a [u8], cell: usize) -> Option<Cow<'a, [u8]>> {
        let (length, at) = varint(page, cell)?;
        let (_, start) = varint(page, at)?;
        let length = usize::try_from(length).ok().filter(|&length| length <= self.file.len())?;
        let local = self.local(length)?;
        let head = slice(page, start, local)?;
        if local == length {
            return Some(Cow::Borrowed(head));
        }
        // The length is not trusted with an allocation.
        let mut out = head.to_vec();
        let mut next = usize::try_from(u32_be(page, start.checked_add(local)?)?).ok()?;
        while out.len() < length {
            let page = self.take(next)?;
            let part = page.get(4..self.usable)?;
            out.extend_from_slice(part.get(..length.saturating_sub(out.len())).unwrap_or(part));
            next = usize::try_from(u32_be(page, 0)?).ok()?;
        }
        Some(Cow::Owned(out))
    }

    /// How much of a payload lies on the page itself (§1.5, "the amount of payload that spills").
    fn local(&self, length: usize) -> Option<usize> {
        let most = self.usable.checked_sub(35)?;
        if length <= most {
            return Some(length);
        }
        let least = (self.usable.checked_sub(12)?.checked_mul(32)? / 255).checked_sub(23)?;
        let spill = length.checked_sub(least)?.checked_rem(self.usable.checked_sub(4)?)?;
        let wanted = least.checked_add(spill)?;
        Some(if wanted <= most { wanted } else { least })
    }
}

/// Where the cells of a page start; `None` for one outside it.
fn cells(page: &[u8], header: usize, header_length: usize) -> impl Iterator<Item = Option<usize>> {
    let count = u16_be(page, header.saturating_add(3)).unwrap_or_default();
    let start = header.saturating_add(header_length);
    (0..usize::from(count)).map(move |position| {
        let at = position.checked_mul(2)?.checked_add(start)?;
        u16_be(page, at).map(usize::from)
    })
}

/// Adds the children of an interior page so that the first is popped first.
fn children(page: &[u8], header: usize, pending: &mut Vec<usize>) {
    let before = pending.len();
    let child = |at: usize| u32_be(page, at).and_then(|child| usize::try_from(child).ok());
    // What is not there becomes page 0, which does not exist, and is reported as such.
    pending.extend(cells(page, header, 12).map(|cell| cell.and_then(child).unwrap_or_default()));
    pending.push(child(header.saturating_add(8)).unwrap_or_default());
    if let Some(added) = pending.get_mut(before..) {
        added.reverse();
    }
}
