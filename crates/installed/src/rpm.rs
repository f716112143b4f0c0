//! The package databases of rpm, in its three formats, read from byte slices.
//!
//! All three hold the same thing, one [`header::Header`] for each package, so each reader hands out the blobs and
//! leaves what is in them to others. A database that is broken in one place is read everywhere else: readers report a
//! [`Item::Fault`] and go on. Pages and blocks are used at most once, so that neither cycles nor entries that share
//! data cost more than the size of the file.

pub(crate) mod bdb;
pub(crate) mod header;
pub(crate) mod ndb;
pub(crate) mod sqlite;

use std::borrow::Cow;

use plimsoll_extract::ExtractError;
use plimsoll_model::Span;

/// What a reader finds.
#[derive(Debug)]
pub(crate) enum Item<'a> {
    /// The header of a package.
    Blob {
        /// Where its entry starts. The bytes may go on elsewhere in the file.
        span: Span,
        /// The bytes.
        bytes: Cow<'a, [u8]>,
    },
    /// A part of the database that cannot be read.
    Fault {
        /// Where.
        span: Span,
        /// What is wrong.
        message: &'static str,
    },
}

/// The span of `length` bytes at `offset`.
fn span(offset: usize, length: usize) -> Span {
    Span::Bytes { offset: offset as u64, length: length as u64 }
}

/// Takes what a reader finds.
pub(crate) type Each<'e, 'a> = &'e mut dyn FnMut(Item<'a>);

/// Reads a database of any of the three formats, told apart by their first bytes.
///
/// # Errors
/// The file is in none of the formats, or its first page cannot be read.
pub(crate) fn read<'a>(file: &'a [u8], each: Each<'_, 'a>) -> Result<(), ExtractError> {
    if sqlite::is(file) {
        sqlite::read(file, each)
    } else if ndb::is(file) {
        ndb::read(file, each)
    } else if bdb::is(file) {
        bdb::read(file, each)
    } else {
        Err(ExtractError::malformed("not a database of rpm: neither SQLite, nor NDB, nor a Berkeley DB hash"))
    }
}

#[cfg(test)]
mod tests;
