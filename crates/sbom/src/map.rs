//! Trees to documents and back, one module for each standard.
//!
//! `read` takes every fact that [`Document`] has a field for; `write` is its inverse. Neither fails: what a tree says
//! wrongly is left out here and found by validation.

mod cyclonedx;
pub mod spdx2;
mod spdx3;

pub(crate) use cyclonedx::{bom_link, component as cyclonedx_component, schema as cyclonedx_schema};

use crate::Document;
use crate::encoding::Parsed;
use crate::standard::{Standard, VersionIndex};
use crate::tree::{Pointer, Value};

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

impl StandardKind {
    /// Its tables.
    #[must_use]
    pub fn table(self) -> &'static Standard {
        match self {
            Self::CycloneDx => Standard::cyclonedx(),
            Self::Spdx2 => Standard::spdx2(),
            Self::Spdx3 => Standard::spdx3(),
        }
    }
}

/// What a parsed document says.
#[must_use]
pub fn document(parsed: &Parsed) -> Document {
    tree_document(&parsed.tree, parsed.encoding.standard_kind())
}

/// What a tree of a standard says.
pub(crate) fn tree_document(tree: &Value, standard: StandardKind) -> Document {
    match standard {
        StandardKind::CycloneDx => cyclonedx::read(tree),
        StandardKind::Spdx2 => spdx2::read(tree),
        StandardKind::Spdx3 => spdx3::read(tree),
    }
}

/// A document as a tree of a version of a standard.
#[must_use]
pub fn tree(document: &Document, standard: StandardKind, version: VersionIndex) -> Value {
    match standard {
        StandardKind::CycloneDx => cyclonedx::write(document, version),
        StandardKind::Spdx2 => spdx2::write(document, version),
        StandardKind::Spdx3 => spdx3::write(document),
    }
}

/// The names that the elements of a document have in its tree, in their order.
#[must_use]
pub fn ids(document: &Document, standard: StandardKind) -> Vec<String> {
    match standard {
        StandardKind::CycloneDx => document.elements.iter().map(|element| element.id.clone()).collect(),
        StandardKind::Spdx2 => spdx2::ids(document),
        StandardKind::Spdx3 => spdx3::ids(document),
    }
}

/// Where the elements of the document that [`document`] reads stand in its tree, in their order.
#[must_use]
pub fn pointers(tree: &Value, standard: StandardKind) -> Vec<Pointer> {
    places(tree, standard).into_iter().map(|(_, at)| at).collect()
}

/// What the tree has of each element, and where.
pub(crate) fn places(tree: &Value, standard: StandardKind) -> Vec<(&Value, Pointer)> {
    match standard {
        StandardKind::CycloneDx => cyclonedx::places(tree),
        StandardKind::Spdx2 => spdx2::places(tree),
        StandardKind::Spdx3 => spdx3::places(tree),
    }
}

/// The places of the items of a member that is an array.
fn items_at<'a>(tree: &'a Value, name: &str, at: &Pointer) -> impl Iterator<Item = (&'a Value, Pointer)> {
    let list = at.member(name);
    tree.items_of(name).iter().enumerate().map(move |(number, item)| (item, list.item(number)))
}
