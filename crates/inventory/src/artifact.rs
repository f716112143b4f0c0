//! Artifacts, the documents about them, and the words for both.

mod detail;
mod list;
mod reference;

use jiff::Timestamp;

pub use detail::{Alias, ArtifactDetail, DocumentDetail};
pub(crate) use detail::{builds, live_documents};
pub use list::{ArtifactFilter, Lineage};
pub use reference::ArtifactRef;

/// The number of an artifact in its inventory: shard and number within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactId {
    pub(crate) shard: u32,
    pub(crate) number: u32,
}

impl ArtifactId {
    /// As one number, for addresses of pages.
    #[must_use]
    pub fn to_number(self) -> u64 {
        u64::from(self.shard) << 32 | u64::from(self.number)
    }

    /// From [`ArtifactId::to_number`].
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    pub fn from_number(number: u64) -> Self {
        Self { shard: (number >> 32) as u32, number: number as u32 }
    }
}

/// The number of a document in its inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId {
    pub(crate) shard: u32,
    pub(crate) number: u32,
}

impl DocumentId {
    /// As one number, for addresses of pages.
    #[must_use]
    pub fn to_number(self) -> u64 {
        u64::from(self.shard) << 32 | u64::from(self.number)
    }

    /// From [`DocumentId::to_number`].
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    pub fn from_number(number: u64) -> Self {
        Self { shard: (number >> 32) as u32, number: number as u32 }
    }
}

/// The number of a component in its inventory: the same for every artifact that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentId {
    pub(crate) shard: u32,
    pub(crate) number: u32,
}

impl ComponentId {
    /// As one number, for addresses of pages.
    #[must_use]
    pub fn to_number(self) -> u64 {
        u64::from(self.shard) << 32 | u64::from(self.number)
    }

    /// From [`ComponentId::to_number`].
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    pub fn from_number(number: u64) -> Self {
        Self { shard: (number >> 32) as u32, number: number as u32 }
    }
}

/// Who says what a document says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Claim {
    /// We scanned the artifact.
    Observed,
    /// An attestation whose signature was verified says it.
    Signed,
    /// Somebody says it.
    #[default]
    Unsigned,
}

impl Claim {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Observed => 0,
            Self::Signed => 1,
            Self::Unsigned => 2,
        }
    }

    pub(crate) fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Observed,
            1 => Self::Signed,
            _ => Self::Unsigned,
        }
    }

    /// As reports say it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Signed => "signed claim",
            Self::Unsigned => "unsigned claim",
        }
    }
}

/// How much of an artifact its document covers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Coverage {
    /// It does not say that anything is missing.
    #[default]
    Complete,
    /// It says that something is missing.
    Partial,
}

impl Coverage {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Complete => 0,
            Self::Partial => 1,
        }
    }

    pub(crate) fn from_number(number: i64) -> Self {
        if number == 0 { Self::Complete } else { Self::Partial }
    }

    /// As reports say it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
        }
    }
}

/// A name and a value that people give an artifact: `owner`, `team`, `environment`, `service`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What a list shows of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArtifactSummary {
    /// Its number here.
    pub id: ArtifactId,
    /// The name of the line of builds that it belongs to.
    pub name: String,
    /// The version or tag of this build; empty for none.
    pub version: String,
    /// Its digest, `sha256:…`; empty when no document says one.
    pub digest: String,
    /// When it was built, or its first document made.
    pub built: Option<Timestamp>,
    /// When it was first added.
    pub added: Option<Timestamp>,
    /// Its labels by name.
    pub labels: Vec<Label>,
}
