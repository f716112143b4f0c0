//! Tables of SQLite 3 files, read without an SQL engine. <https://www.sqlite.org/fileformat2.html>
//!
//! Package databases are read table by table from the first row to the last, which asks for b-tree table pages, records
//! and overflow pages, and nothing else of SQLite (`docs/decisions/0004-own-sqlite-table-reader.md`): no query, view or
//! trigger of the file is ever looked at. The names of columns come from the `CREATE TABLE` text of the schema, of which
//! only the first word of each column matters. Each page is used once, so each table can be read once. Tables
//! `WITHOUT ROWID` are not read, and changes in a write-ahead log beside the file are not seen.

use std::borrow::Cow;
use std::ops::Range;

use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::{DiagnosticCode, Sink};
use plimsoll_model::Span;

use crate::bytes::{Used, slice, u16_be, u32_be};
use crate::faults::Faults;

const MAGIC: &[u8] = b"SQLite format 3\0";
/// Bytes of the file header, before the b-tree header of page 1.
const FILE_HEADER: usize = 100;
/// The table of tables is at page 1.
const SCHEMA: usize = 1;

/// A log of no more bytes has no frames (file format §4.1).
const LOG_HEADER: u64 = 32;

/// More columns than any table may have (`SQLITE_MAX_COLUMN`).
const MAX_COLUMNS: usize = 2000;

const INTERIOR_PAGE: u8 = 0x05;
const LEAF_PAGE: u8 = 0x0d;

/// Whether the file starts as this format does.
pub(crate) fn is(file: &[u8]) -> bool {
    file.starts_with(MAGIC)
}

/// Says that a write-ahead log beside a database holds changes, when it does.
pub(crate) fn report_log(length: u64, out: &mut Sink<'_>) {
    if length > LOG_HEADER {
        out.diagnose(DiagnosticCode::MALFORMED, 0, "changes that are only in this write-ahead log were not read");
    }
}

/// A table of the schema.
#[derive(Debug)]
struct Table {
    name: Box<[u8]>,
    root: usize,
    sql: Box<[u8]>,
}

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'r> {
    Null,
    Integer(i64),
    /// Text or bytes.
    Bytes(&'r [u8]),
}

impl<'r> Value<'r> {
    /// A number.
    pub(crate) fn integer(self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// Text that is not empty.
    pub(crate) fn text(self) -> Option<Cow<'r, str>> {
        match self {
            Self::Bytes(bytes) if !bytes.is_empty() => Some(String::from_utf8_lossy(bytes)),
            _ => None,
        }
    }
}

/// The table in a row of the schema, `(type, name, tbl_name, rootpage, sql)`.
fn table(record: &[u8]) -> Option<Table> {
    let mut found = columns(record).map(|(_, range)| record.get(range).unwrap_or_default());
    let kind = found.next()?;
    let name = found.next()?;
    let root = found.nth(1)?;
    let sql = found.next().unwrap_or_default();
    let root = root.iter().try_fold(0_usize, |number, &byte| Some(number.checked_mul(256)? | usize::from(byte)))?;
    (kind == b"table" && root > 0).then(|| Table { name: name.into(), root, sql: sql.into() })
}

/// The names of the columns in a `CREATE TABLE`, and whether one is the row's number (`INTEGER PRIMARY KEY`).
fn column_names(sql: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let mut names = Vec::new();
    let Some(open) = memchr::memchr(b'(', sql) else { return names };
    let (mut depth, mut quote, mut start) = (0_u32, None, open.saturating_add(1));
    for (at, &byte) in sql.iter().enumerate().skip(open) {
        match (quote, byte) {
            (Some(end), _) if byte == end => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"' | b'`') => quote = Some(byte),
            (None, b'[') => quote = Some(b']'),
            (None, b'(') => depth = depth.saturating_add(1),
            (None, b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if quote.is_none() && (depth == 0 || (depth == 1 && byte == b',')) {
            names.extend(column(sql.get(start..at).unwrap_or_default()));
            start = at.saturating_add(1);
        }
        if quote.is_none() && depth == 0 || names.len() >= MAX_COLUMNS {
            break;
        }
    }
    names
}

/// The name in a column definition; `None` in a constraint of the table.
fn column(definition: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut words = definition.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let first = words.next()?;
    let word = |word: &[u8], wanted: &str| word.eq_ignore_ascii_case(wanted.as_bytes());
    let end = first.iter().position(|&byte| byte == b'(').unwrap_or(first.len());
    let bare = first.get(..end).unwrap_or_default();
    if ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].iter().any(|constraint| word(bare, constraint)) {
        return None;
    }
    let is_integer = words.next().is_some_and(|kind| word(kind, "INTEGER"));
    let is_key = is_integer && words.next().is_some_and(|next| word(next, "PRIMARY"));
    let name = first.strip_prefix(b"\"").or_else(|| first.strip_prefix(b"`")).or_else(|| first.strip_prefix(b"["));
    let name = name.map_or(first, |name| name.get(..name.len().saturating_sub(1)).unwrap_or_default());
    Some((name.to_vec(), is_key))
}

/// The columns of a record (§2.1): their types, and where they lie in it.
pub(crate) fn columns(record: &[u8]) -> impl Iterator<Item = (u64, Range<usize>)> {
    let (header, mut at) = varint(record, 0).unwrap_or_default();
    let end_of_header = usize::try_from(header).unwrap_or_default();
    let mut start = end_of_header;
    std::iter::from_fn(move || {
        if at >= end_of_header {
            return None;
        }
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
        let range = start..end;
        start = end;
        Some((kind, range))
    })
}

fn value_of(kind: u64, bytes: &[u8]) -> Value<'_> {
    match kind {
        0 | 7 => Value::Null,
        8 => Value::Integer(0),
        9 => Value::Integer(1),
        1..=6 => {
            let negative = bytes.first().is_some_and(|&byte| byte & 0x80 != 0);
            let start = if negative { -1_i64 } else { 0 };
            Value::Integer(bytes.iter().fold(start, |number, &byte| number << 8 | i64::from(byte)))
        }
        _ => Value::Bytes(bytes),
    }
}

/// The span of `length` bytes at `offset`.
fn span(offset: usize, length: usize) -> Span {
    Span::Bytes { offset: offset as u64, length: length as u64 }
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

/// A row, or what stands in its place.
pub(crate) enum Row<'a> {
    Record { span: Span, rowid: u64, record: Cow<'a, [u8]> },
    Fault { span: Span, message: &'static str },
}

/// An SQLite file.
pub(crate) struct Database<'a> {
    file: &'a [u8],
    page_size: usize,
    usable: usize,
    used: Used,
    tables: Vec<Table>,
    faults: Vec<(Span, &'static str)>,
}

impl<'a> Database<'a> {
    /// Reads the file header and the schema.
    ///
    /// # Errors
    /// The file is not SQLite 3, or its header is not valid.
    pub(crate) fn open(file: &'a [u8]) -> Result<Self, ExtractError> {
        let unusable = || ExtractError::malformed("the header of the SQLite file is not valid");
        if !is(file) {
            return Err(ExtractError::malformed("not an SQLite file"));
        }
        let page_size = match u16_be(file, 16).map(usize::from) {
            Some(1) => 65536,
            Some(size @ 512..=32768) if size.is_power_of_two() => size,
            _ => return Err(unusable()),
        };
        let reserved = file.get(20).copied().map(usize::from).unwrap_or_default();
        // §1.3.4: the usable size is at least 480 bytes.
        let usable = page_size.checked_sub(reserved).filter(|&usable| usable >= 480).ok_or_else(unusable)?;
        let pages = file.len().checked_div(page_size).unwrap_or_default();
        let (tables, faults) = (Vec::new(), Vec::new());
        let mut database = Database { file, page_size, usable, used: Used::new(pages), tables, faults };
        let (mut tables, mut faults) = (Vec::new(), Vec::new());
        database.records(SCHEMA, &mut |item| match item {
            Row::Record { record, .. } => tables.extend(table(&record)),
            Row::Fault { span, message } => faults.push((span, message)),
        });
        (database.tables, database.faults) = (tables, faults);
        Ok(database)
    }

    /// What is wrong with the schema.
    pub(crate) fn take_faults(&mut self) -> Vec<(Span, &'static str)> {
        std::mem::take(&mut self.faults)
    }

    /// The root page of a table.
    pub(crate) fn root_of(&self, name: &str) -> Option<usize> {
        self.table(name).map(|table| table.root)
    }

    fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Hands out the values of these columns for each row of a table, in order; `false` when there is no such table. A
    /// column that the table does not have is null in every row. Faults of its pages become diagnostics.
    pub(crate) fn rows<const N: usize>(
        &mut self,
        name: &str,
        wanted: [&str; N],
        faults: &mut Faults,
        out: &mut Sink<'_>,
        each: &mut dyn FnMut(Span, [Value<'_>; N]),
    ) -> bool {
        for (span, message) in self.take_faults() {
            faults.entry(out, span, message);
        }
        let Some(table) = self.table(name) else { return false };
        let root = table.root;
        let names = column_names(&table.sql);
        let places =
            wanted.map(|wanted| names.iter().position(|(name, _)| name.eq_ignore_ascii_case(wanted.as_bytes())));
        // `rowid` is a column that every table has.
        let is_key: [bool; N] = std::array::from_fn(|at| match places.get(at).copied().flatten() {
            Some(place) => names.get(place).is_some_and(|(_, is_key)| *is_key),
            None => wanted.get(at) == Some(&"rowid"),
        });
        self.records(root, &mut |row| match row {
            Row::Fault { span, message } => faults.entry(out, span, message),
            Row::Record { span, rowid, record } => {
                let mut values = [Value::Null; N];
                for (at, (kind, range)) in columns(&record).enumerate() {
                    for (value, place) in values.iter_mut().zip(&places) {
                        if *place == Some(at) {
                            *value = value_of(kind, record.get(range.clone()).unwrap_or_default());
                        }
                    }
                }
                for (value, is_key) in values.iter_mut().zip(is_key) {
                    // §2.3: a column that is the row's number is null in the record.
                    if is_key && *value == Value::Null {
                        *value = Value::Integer(rowid.cast_signed());
                    }
                }
                each(span, values);
            }
        });
        true
    }

    fn offset_of(&self, number: usize) -> Option<usize> {
        number.checked_sub(1)?.checked_mul(self.page_size)
    }

    /// A page that was not used before. Pages are counted from 1.
    fn take(&mut self, number: usize) -> Option<&'a [u8]> {
        let page = slice(self.file, self.offset_of(number)?, self.page_size)?;
        self.used.take(number.checked_sub(1)?).then_some(page)
    }

    /// Hands out the rows of the table whose root is this page, in order.
    pub(crate) fn records(&mut self, root: usize, each: &mut dyn FnMut(Row<'a>)) {
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
                Some((rowid, record)) => each(Row::Record { span: span(start, record.len()), rowid, record }),
                None => each(Row::Fault { span: span(start, 0), message: "a row does not lie in pages of its own" }),
            }
        }
    }

    /// The payload of a cell of a leaf page (§1.5): its start on the page, the rest on overflow pages.
    fn record(&mut self, page: &'a [u8], cell: usize) -> Option<(u64, Cow<'a, [u8]>)> {
        let (length, at) = varint(page, cell)?;
        let (rowid, start) = varint(page, at)?;
        let length = usize::try_from(length).ok().filter(|&length| length <= self.file.len())?;
        let local = self.local(length)?;
        let head = slice(page, start, local)?;
        if local == length {
            return Some((rowid, Cow::Borrowed(head)));
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
        Some((rowid, Cow::Owned(out)))
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
