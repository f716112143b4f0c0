//! The contract of an extractor.

use plimsoll_model::{Digest, ExtractorId};
use plimsoll_source::File;

use crate::{ExtractError, Interest, Resolver, Sink};

/// A fact that a format can hold and its extractor keeps; the columns of `plimsoll formats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Which component needs which.
    Edges,
    /// Runtime, development, build or optional.
    Scope,
    /// Digests of the components.
    Hashes,
    /// Licences.
    License,
    /// Where a component comes from.
    SourceUrl,
    /// The line or bytes in the file.
    Position,
    /// Which files belong to a component.
    OwnedFiles,
}

impl Fact {
    /// The fact as a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Edges => "edges",
            Self::Scope => "scope",
            Self::Hashes => "hashes",
            Self::License => "license",
            Self::SourceUrl => "source-url",
            Self::Position => "position",
            Self::OwnedFiles => "owned-files",
        }
    }
}

/// How an extractor knows what it says. Of two that say what one file is, the first kind is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Rank {
    /// Something recorded it: a package manager, a build.
    #[default]
    Recorded,
    /// Strings in the file suggest it.
    Signature,
}

/// What the documentation says about a format.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The format's name and versions, in a few words.
    pub title: &'static str,
    /// The URL of its specification, or of the best description there is.
    pub specification: &'static str,
    /// What is kept besides name and version.
    pub facts: &'static [Fact],
}

/// Reads one format.
pub trait Extractor: Send + Sync {
    /// `ecosystem/format`.
    fn id(&self) -> ExtractorId;

    /// What the documentation says.
    fn about(&self) -> About;

    /// The files that it reads, companions of [`Extractor::resolve`] included.
    fn interest(&self) -> &'static [Interest];

    /// How it knows what it says.
    fn rank(&self) -> Rank {
        Rank::Recorded
    }

    /// Whether what it finds is somebody's word about the source, such as an SBOM that lies in it. A claim adds to what is
    /// found otherwise and changes nothing of it.
    fn claims(&self) -> bool {
        false
    }

    /// Names what its facts depend on besides the file and the program, such as rules that a user gave: facts that were kept
    /// under one basis are not used under another.
    fn basis(&self) -> Option<Digest> {
        None
    }

    /// Turns one file into facts. Knows no other file, so that the facts of a layer can be kept.
    ///
    /// # Errors
    /// The file cannot be read to its end. What was emitted before stays.
    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError>;

    /// Joins the files of this format, once it is known which are there.
    fn resolve(&self, files: &mut Resolver<'_>) {
        let _ = files;
    }
}
