//! `Packages.db`, rpm's own format (SUSE since 2018). Everything is little-endian.
//! <https://github.com/rpm-software-management/rpm/blob/master/lib/backend/ndb/rpmpkg.c>
//!
//! The file starts with pages of slots, 16 bytes each, whose first two are the header of the file. A slot names a run
//! of 16-byte blocks, which hold a head, the blob and a tail.

use std::borrow::Cow;

use plimsoll_extract::ExtractError;

use super::{Each, Item, span};
use crate::bytes::{Used, slice, u32_le};

const MAGIC: &[u8] = b"RpmP";
const SLOT_MAGIC: &[u8] = b"Slot";
const BLOB_MAGIC: &[u8] = b"BlbS";
/// The only version there is.
const VERSION: u32 = 0;
const PAGE: usize = 4096;
const BLOCK: usize = 16;
const SLOT: usize = 16;
const HEADER: usize = 32;
const BLOB_HEAD: usize = 16;

/// Whether the file starts as this format does.
pub(super) fn is(file: &[u8]) -> bool {
    file.starts_with(MAGIC)
}

/// Hands out the blobs, in order of the slots.
pub(super) fn read<'a>(file: &'a [u8], each: Each<'_, 'a>) -> Result<(), ExtractError> {
    if file.len() < HEADER {
        return Err(ExtractError::Truncated { message: "the file ends within its header".to_owned() });
    }
    let version = u32_le(file, 4).unwrap_or_default();
    if version != VERSION {
        return Err(ExtractError::UnsupportedVersion { version: version.to_string() });
    }
    let pages = u32_le(file, 12).and_then(|pages| usize::try_from(pages).ok()).unwrap_or_default();
    let claimed = pages.checked_mul(PAGE).filter(|&end| end > 0 && end <= file.len());
    if claimed.is_none() {
        each(Item::Fault { span: span(12, 4), message: "the number of pages of slots is not right" });
    }
    let slots = file.get(HEADER..claimed.unwrap_or(file.len())).unwrap_or_default();
    let mut used = Used::new(file.len().div_ceil(BLOCK));
    for (number, slot) in slots.chunks_exact(SLOT).enumerate() {
        let place = span(number.saturating_mul(SLOT).saturating_add(HEADER), SLOT);
        if !slot.starts_with(SLOT_MAGIC) {
            each(Item::Fault {
                span: place,
                message: "a slot does not start with its magic; those after it were not read",
            });
            break;
        }
        // A slot without blocks is free.
        let Some(block) = u32_le(slot, 8).and_then(|block| usize::try_from(block).ok()).filter(|&block| block != 0)
        else {
            continue;
        };
        match blob(file, block).filter(|_| used.take(block)) {
            Some((start, bytes)) => each(Item::Blob { span: span(start, bytes.len()), bytes: Cow::Borrowed(bytes) }),
            None => each(Item::Fault { span: place, message: "a slot does not lead to a blob of its own" }),
        }
    }
    Ok(())
}

/// The blob that starts at a block, and where its bytes do.
fn blob(file: &[u8], block: usize) -> Option<(usize, &[u8])> {
    let head = block.checked_mul(BLOCK)?;
    let start = head.checked_add(BLOB_HEAD)?;
    let head = slice(file, head, BLOB_HEAD).filter(|head| head.starts_with(BLOB_MAGIC))?;
    Some((start, slice(file, start, usize::try_from(u32_le(head, 12)?).ok()?)?))
}
