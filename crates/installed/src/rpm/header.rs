//! The header of an rpm package as a database holds it: an index of tags and a store of values, both big-endian.
//! <https://rpm-software-management.github.io/rpm/manual/format_header.html>
//!
//! A database leaves out the magic that precedes the header in a package file. Index entries are not trusted: each one
//! is looked up in the store when it is asked for.

use crate::bytes::{slice, u32_be};

/// A tag of the index; numbers from `rpmtag.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag(u32);

impl Tag {
    pub(crate) const SIGNATURE_MD5: Self = Self(261);
    pub(crate) const SHA1_HEADER: Self = Self(269);
    pub(crate) const SHA256_HEADER: Self = Self(273);
    pub(crate) const NAME: Self = Self(1000);
    pub(crate) const VERSION: Self = Self(1001);
    pub(crate) const RELEASE: Self = Self(1002);
    pub(crate) const EPOCH: Self = Self(1003);
    pub(crate) const SUMMARY: Self = Self(1004);
    pub(crate) const VENDOR: Self = Self(1011);
    pub(crate) const LICENSE: Self = Self(1014);
    pub(crate) const PACKAGER: Self = Self(1015);
    pub(crate) const URL: Self = Self(1020);
    pub(crate) const ARCHITECTURE: Self = Self(1022);
    /// Whole paths; before rpm 4 (and never since) instead of the three tags below.
    pub(crate) const OLD_FILE_NAMES: Self = Self(1027);
    pub(crate) const SOURCE_RPM: Self = Self(1044);
    pub(crate) const SOURCE_PACKAGE: Self = Self(1106);
    pub(crate) const PROVIDE_NAME: Self = Self(1047);
    pub(crate) const REQUIRE_FLAGS: Self = Self(1048);
    pub(crate) const REQUIRE_NAME: Self = Self(1049);
    pub(crate) const DIRECTORY_INDEXES: Self = Self(1116);
    pub(crate) const BASE_NAMES: Self = Self(1117);
    pub(crate) const DIRECTORY_NAMES: Self = Self(1118);
    pub(crate) const RECOMMEND_NAME: Self = Self(5046);
    pub(crate) const SUGGEST_NAME: Self = Self(5049);
    pub(crate) const MODULARITY_LABEL: Self = Self(5096);
}

/// Types of values, from `rpmtypes.h`.
const INT32: u32 = 4;
const STRING: u32 = 6;
const BINARY: u32 = 7;
const STRING_ARRAY: u32 = 8;
const TRANSLATED_STRING: u32 = 9;

/// Bytes before the index.
const INTRODUCTION: usize = 8;
/// Bytes of an index entry: tag, type, offset into the store, count.
const ENTRY: usize = 16;

/// A header whose index and store lie within its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header<'a> {
    index: &'a [u8],
    store: &'a [u8],
}

/// One value of the index.
struct Value<'a> {
    kind: u32,
    count: usize,
    bytes: &'a [u8],
}

impl<'a> Header<'a> {
    /// Finds index and store; `None` when they do not fit into the bytes.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let entries = usize::try_from(u32_be(bytes, 0)?).ok()?;
        let store_length = usize::try_from(u32_be(bytes, 4)?).ok()?;
        let index_length = entries.checked_mul(ENTRY)?;
        let index = slice(bytes, INTRODUCTION, index_length)?;
        let store = slice(bytes, INTRODUCTION.checked_add(index_length)?, store_length)?;
        Some(Self { index, store })
    }

    /// The string of a tag; of a translated one the first, which is the untranslated.
    pub(crate) fn string(&self, tag: Tag) -> Option<&'a [u8]> {
        let value = self.value(tag)?;
        matches!(value.kind, STRING | STRING_ARRAY | TRANSLATED_STRING).then(|| value.strings().next()).flatten()
    }

    /// The strings of a tag.
    pub(crate) fn strings(&self, tag: Tag) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let value = self.value(tag).filter(|value| matches!(value.kind, STRING | STRING_ARRAY));
        value.into_iter().flat_map(|value| value.strings())
    }

    /// The numbers of a tag.
    pub(crate) fn numbers(&self, tag: Tag) -> impl Iterator<Item = u32> + use<'a> {
        let value = self.value(tag).filter(|value| value.kind == INT32);
        let (bytes, count) = value.map(|value| (value.bytes, value.count)).unwrap_or_default();
        bytes.chunks_exact(4).take(count).filter_map(|chunk| u32_be(chunk, 0))
    }

    /// The bytes of a tag.
    pub(crate) fn binary(&self, tag: Tag) -> Option<&'a [u8]> {
        let value = self.value(tag).filter(|value| value.kind == BINARY)?;
        value.bytes.get(..value.count)
    }

    fn value(&self, tag: Tag) -> Option<Value<'a>> {
        let entry = self.index.chunks_exact(ENTRY).find(|entry| u32_be(entry, 0) == Some(tag.0))?;
        let offset = usize::try_from(u32_be(entry, 8)?).ok()?;
        let count = usize::try_from(u32_be(entry, 12)?).ok()?;
        Some(Value { kind: u32_be(entry, 4)?, count, bytes: self.store.get(offset..)? })
    }
}

impl<'a> Value<'a> {
    /// Strings end with NUL; one that the store cuts off is left out.
    fn strings(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            let end = memchr::memchr(0, rest)?;
            let (string, after) = rest.split_at_checked(end)?;
            rest = after.get(1..)?;
            Some(string)
        })
        .take(self.count)
    }
}
