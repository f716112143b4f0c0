//! Trees to documents and back, one module for each standard.
//!
//! `read` takes every fact that [`Document`] has a field for; `write` is its inverse. Neither fails: what a tree says
//! wrongly is left out here and found by validation.

pub mod spdx2;

use crate::Document;
use crate::encoding::Parsed;
use crate::standard::VersionIndex;
use crate::tree::Value;

/// The standards that documents follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StandardKind {
    /// CycloneDX.
    CycloneDx,
    /// SPDX 2.
    Spdx2,
    /// SPDX 3.
    Spdx3,
}

/// What a parsed document says.
#[must_use]
pub fn document(parsed: &Parsed) -> Document {
    match parsed.encoding.standard().name() {
        "spdx-2" => spdx2::read(&parsed.tree),
        _ => Document::default(),
    }
}

/// A document as a tree of a version of a standard.
#[must_use]
pub fn tree(document: &Document, standard: StandardKind, version: VersionIndex) -> Value {
    match standard {
        StandardKind::Spdx2 => spdx2::write(document, version),
        StandardKind::CycloneDx | StandardKind::Spdx3 => Value::Null,
    }
}
