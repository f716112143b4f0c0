//! How to merge, and what comes of it.

use super::names::sha256_hex;
use crate::Tool;
use crate::convert::Losses;
use crate::encoding::{Encoding, Parsed};
use crate::standard::VersionIndex;
use crate::tree::Value;

/// How the things of several documents are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Strategy {
    /// One list, each thing once.
    #[default]
    Flat,
    /// What each document is about lies within a new root, and its components within that.
    Hierarchical,
    /// What each document is about is part of a new root; the components are one list.
    Assembly,
    /// The first document, with what the others know of it.
    Overlay,
}

/// Which of several values is taken where there can be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnConflict {
    /// The one that says most; the others are kept as marks.
    #[default]
    Union,
    /// That of the first document which has one.
    First,
    /// That of the last.
    Last,
    /// That of the document that was made last.
    Newest,
    /// None: merging fails and says what differs.
    Fail,
}

/// What a merged document is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Root {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Its group.
    pub group: Option<String>,
}

/// How to merge.
#[derive(Debug, Clone)]
pub struct Options {
    /// How things are put together.
    pub strategy: Strategy,
    /// What to do with values that differ.
    pub on_conflict: OnConflict,
    /// What the result is about; [`Strategy::Hierarchical`] and [`Strategy::Assembly`] need one.
    pub root: Option<Root>,
    /// The program to name among those that made the result.
    pub tool: Option<Tool>,
    /// The encoding of the result, which says its standard.
    pub encoding: Encoding,
    /// The version of the result.
    pub version: VersionIndex,
}

impl Options {
    /// The defaults, for a format.
    #[must_use]
    pub fn new(encoding: Encoding, version: VersionIndex) -> Self {
        Self {
            strategy: Strategy::default(),
            on_conflict: OnConflict::default(),
            root: None,
            tool: None,
            encoding,
            version,
        }
    }
}

/// A document to merge.
#[derive(Debug, Clone)]
pub struct Input {
    /// As it was read.
    pub parsed: Parsed,
    /// What to call it; it stands for a root that the document does not name.
    pub label: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: Option<String>,
}

impl Input {
    /// A document and the bytes that it was read from.
    #[must_use]
    pub fn new(parsed: Parsed, label: impl Into<String>, bytes: &[u8]) -> Self {
        Self { parsed, label: label.into(), sha256: Some(sha256_hex(bytes)) }
    }
}

/// Values that differ where there can be one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The component, or what else it is about.
    pub element: String,
    /// The field, its members parted by dots.
    pub field: String,
    /// The input whose value was taken, and the value.
    pub kept: (usize, String),
    /// The inputs and values that were not.
    pub others: Vec<(usize, String)>,
}

/// A merged document.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Merged {
    /// The tree, for the writer of the encoding.
    pub tree: Value,
    /// What bringing each input to the standard lost.
    pub losses: Vec<Losses>,
    /// Values that differed.
    pub conflicts: Vec<Conflict>,
    /// Inputs, and names that they had and have now.
    pub renamed: Vec<(usize, String, String)>,
    /// For each input the one that it is the same as, which may be itself.
    pub same_as: Vec<usize>,
    /// Components, packages and files in all inputs.
    pub things_before: usize,
    /// The same, in the result.
    pub things: usize,
    /// What else to know.
    pub notes: Vec<String>,
}

/// Why documents cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// There is nothing to merge.
    #[error("no documents to merge")]
    NoInput,
    /// A new root is needed and was not named.
    #[error("this strategy needs a name for the new root")]
    NoRoot,
    /// Values differ, and the policy forbids it.
    #[error("{} values differ", .0.len())]
    Conflicts(Vec<Conflict>),
}
