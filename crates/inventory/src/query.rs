//! Questions: which artifacts have something.

mod affected;
mod component;
mod evaluate;
mod groups;
mod language;
mod lexer;
mod names;
mod verify;

use jiff::Timestamp;
use plimsoll_model::Digest;

use crate::artifact::DocumentId;

pub use affected::{Affected, Resolve};
pub use component::{ComponentQuery, NamePattern, VersionQuery};
pub(crate) use component::{qualifier, version};
pub(crate) use evaluate::{Hits, Searcher};
pub(crate) use groups::Groups;
pub use language::QueryError;
pub(crate) use names::{glob, meant};

/// A question about artifacts.
///
/// What is asked of an artifact is asked of all its documents together: it contains what any of them lists.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Query {
    /// All artifacts.
    Everything,
    /// They contain a component.
    Component(ComponentQuery),
    /// A component of theirs is affected by advisories.
    Affected(Affected),
    /// A component of theirs is under a licence whose text matches this pattern.
    License(String),
    /// A component or a file of theirs has this digest.
    Digest(Digest),
    /// A file of theirs matches this pattern: on its whole path, or on its last part when the pattern has no slash.
    Path(String),
    /// This layer brought a component in; beside components that are asked for, one of those.
    Layer(Digest),
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
    /// The artifact runs somewhere: in an environment whose name matches this pattern, or anywhere.
    Deployed(Option<String>),
    /// The artifact is from a span of time.
    When {
        /// Which of its times.
        time: ArtifactTime,
        /// The first moment; `None` for from the beginning.
        from: Option<Timestamp>,
        /// The first moment after; `None` for to the end.
        until: Option<Timestamp>,
    },
    /// All of these hold.
    All(Vec<Query>),
    /// One of these holds.
    Any(Vec<Query>),
    /// This does not hold.
    Not(Box<Query>),
}

/// A time of an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ArtifactTime {
    /// When it was first added.
    Added,
    /// When it was built, or its first document made.
    Built,
}

impl Query {
    /// Both this and another hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everything, one) | (one, Self::Everything) => one,
            (Self::All(mut parts), one) => {
                parts.push(one);
                Self::All(parts)
            }
            (first, second) => Self::All(vec![first, second]),
        }
    }
}
