//! `Packages`, a Berkeley DB hash file (rpm before 4.16).
//! Layout: `dbinc/db_page.h` of Berkeley DB 4 and 5; hash versions 8 to 10.
//!
//! Hash pages hold keys and values in turn. Keys are package numbers, and that of number 0 holds the next free one. A
//! value lies in the page or, as nearly all headers do, in a chain of overflow pages. Which bucket a page belongs to
//! does not matter here: every page is looked at once. The byte order is that of the machine that wrote the file.

use std::borrow::Cow;

use plimsoll_extract::ExtractError;

use super::{Each, Item, span};
use crate::bytes::{Used, slice};

const MAGIC: u32 = 0x0006_1561;
const MAGIC_AT: usize = 12;
/// Bytes before the index of a page.
const PAGE_HEADER: usize = 26;
const PAGE_SIZES: std::ops::RangeInclusive<usize> = 512..=65536;

/// Types of pages.
const OLD_HASH_PAGE: u8 = 2;
const OVERFLOW_PAGE: u8 = 7;
const HASH_PAGE: u8 = 13;

/// Types of items on a hash page.
const KEY_OR_DATA: u8 = 1;
const OFF_PAGE: u8 = 3;

/// The order of the bytes of a number.
#[derive(Debug, Clone, Copy)]
enum Order {
    Little,
    Big,
}

/// Whether the file starts as this format does.
pub(super) fn is(file: &[u8]) -> bool {
    order(file).is_some()
}

fn order(file: &[u8]) -> Option<Order> {
    [Order::Little, Order::Big].into_iter().find(|order| order.u32(file, MAGIC_AT) == Some(MAGIC))
}

impl Order {
    fn u16(self, bytes: &[u8], at: usize) -> Option<usize> {
        let bytes = slice(bytes, at, 2)?.try_into().ok()?;
        Some(usize::from(match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }))
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = slice(bytes, at, 4)?.try_into().ok()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        })
    }

    fn size(self, bytes: &[u8], at: usize) -> Option<usize> {
        usize::try_from(self.u32(bytes, at)?).ok()
    }
}

/// Hands out the blobs, in order of the pages.
pub(super) fn read<'a>(file: &'a [u8], each: Each<'_, 'a>) -> Result<(), ExtractError> {
    let unusable = || ExtractError::malformed("the first page of the Berkeley DB file is not valid");
    let order = order(file).ok_or_else(unusable)?;
    let page_size = order.size(file, 20).filter(|size| PAGE_SIZES.contains(size)).ok_or_else(unusable)?;
    let (encryption, flags) = (file.get(24), file.get(26));
    if encryption != Some(&0) || flags.is_none_or(|flags| flags & 1 != 0) {
        return Err(ExtractError::malformed("Berkeley DB files with encryption or checksums are not supported"));
    }
    let count = file.len().checked_div(page_size).unwrap_or_default();
    // The page count includes the first page, which is number 0.
    if order.size(file, 32).is_none_or(|last| last >= count) {
        each(Item::Fault { span: span(32, 4), message: "the file has fewer pages than it says" });
    }
    let mut database = Database { file, order, page_size, used: Used::new(count) };
    for number in 1..count {
        database.page(number, each);
    }
    Ok(())
}

struct Database<'a> {
    file: &'a [u8],
    order: Order,
    page_size: usize,
    /// Overflow pages that are part of a value already.
    used: Used,
}

impl<'a> Database<'a> {
    fn bytes_of(&self, number: usize) -> Option<&'a [u8]> {
        slice(self.file, number.checked_mul(self.page_size)?, self.page_size)
    }

    /// Reads a page when it is one of a hash.
    fn page(&mut self, number: usize, each: Each<'_, 'a>) {
        let Some(page) = self.bytes_of(number) else { return };
        if !matches!(page.get(25), Some(&(OLD_HASH_PAGE | HASH_PAGE))) {
            return;
        }
        let offset = number.saturating_mul(self.page_size);
        let entries = self.order.u16(page, 20).unwrap_or_default();
        let mut end = self.page_size;
        let mut key: Option<&[u8]> = None;
        for position in 0..entries {
            let at = position.saturating_mul(2).saturating_add(PAGE_HEADER);
            // Items fill the page from its end; each one reaches to the one before it.
            let start = self.order.u16(page, at).filter(|&start| start >= at && start < end);
            let Some(item) = start.and_then(|start| page.get(start..end)) else {
                return each(Item::Fault {
                    span: span(offset, self.page_size),
                    message: "a page has an item that does not lie within it",
                });
            };
            end = start.unwrap_or(end);
            let place = span(offset.saturating_add(end), item.len());
            match key.take() {
                None => key = Some(item),
                // Number 0 is not a package.
                Some(key) if key.iter().skip(1).all(|&byte| byte == 0) => {}
                Some(_) => match self.value(item) {
                    Some(bytes) => each(Item::Blob { span: place, bytes }),
                    None => each(Item::Fault { span: place, message: "a value does not lie in pages of its own" }),
                },
            }
        }
    }

    fn value(&mut self, item: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        match *item.first()? {
            KEY_OR_DATA => item.get(1..).map(Cow::Borrowed),
            OFF_PAGE => self.chain(self.order.size(item, 4)?, self.order.size(item, 8)?).map(Cow::Owned),
            _ => None,
        }
    }

    /// Joins a chain of overflow pages.
    fn chain(&mut self, mut number: usize, length: usize) -> Option<Vec<u8>> {
        // The length is not trusted with an allocation.
        let mut out = Vec::new();
        while out.len() < length {
            let page = self.bytes_of(number).filter(|page| page.get(25) == Some(&OVERFLOW_PAGE))?;
            if !self.used.take(number) {
                return None;
            }
            let part = slice(page, PAGE_HEADER, self.order.u16(page, 22)?)?;
            out.extend_from_slice(part.get(..length.saturating_sub(out.len())).unwrap_or(part));
            number = self.order.size(page, 16)?;
        }
        Some(out)
    }
}
