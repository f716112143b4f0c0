//! Questions: which documents have something.

mod component;
mod evaluate;

use plimsoll_model::Digest;

use crate::artifact::DocumentId;

pub use component::{ComponentQuery, NamePattern, VersionQuery};
pub(crate) use component::{qualifier, version};
pub(crate) use evaluate::{Hits, Searcher, glob, meant};

/// A question about artifacts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Query {
    /// All artifacts.
    Everything,
    /// They contain a component.
    Component(ComponentQuery),
    /// A component of theirs is under a licence whose text matches this pattern.
    License(String),
    /// A component or a file of theirs has this digest.
    Digest(Digest),
    /// A file of theirs matches this pattern: on its whole path, or on its last part when the pattern has no slash.
    Path(String),
    /// The artifact's name matches this pattern.
    Artifact(String),
    /// The artifact has a label of this name whose value matches this pattern.
    Label {
        /// The name.
        name: String,
        /// The pattern.
        value: String,
    },
    /// It is told of by one of these documents.
    Documents(Vec<DocumentId>),
    /// All of these hold.
    All(Vec<Query>),
    /// One of these holds.
    Any(Vec<Query>),
    /// This does not hold.
    Not(Box<Query>),
}
