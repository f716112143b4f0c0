//! Why we say that a component is there.

use crate::SourcePath;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Names the extractor that found something: `ecosystem/format`, as in `python/uv-lock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ExtractorId(&'static str);

impl ExtractorId {
    /// Wraps a literal `ecosystem/format`.
    #[must_use]
    pub const fn new(id: &'static str) -> Self {
        Self(id)
    }

    /// The text of the id.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for ExtractorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Position of a layer in its image, 0 for the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LayerIndex(pub u32);

/// Where in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Span {
    /// A line, counted from 1.
    Line(u32),
    /// Bytes: offset from the start of the file, and how many.
    Bytes {
        /// First byte.
        offset: u64,
        /// Number of bytes.
        length: u64,
    },
}

/// How something was found; the names are CycloneDX's `evidence.identity.methods.technique` (1.5 and later).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Technique {
    /// Read from a file that lists packages: a lockfile, a package database, install metadata.
    ManifestAnalysis,
    /// Read from data recorded in an executable or archive.
    BinaryAnalysis,
    /// The digest of a file is that of a known package.
    HashComparison,
    /// Guessed from the name of a file.
    Filename,
    /// A document in the source says so.
    Attestation,
    /// Something else, said by the extractor.
    Other,
}

impl Technique {
    /// The technique as CycloneDX spells it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ManifestAnalysis => "manifest-analysis",
            Self::BinaryAnalysis => "binary-analysis",
            Self::HashComparison => "hash-comparison",
            Self::Filename => "filename",
            Self::Attestation => "attestation",
            Self::Other => "other",
        }
    }
}

/// How sure the evidence makes us, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Confidence(u8);

impl Confidence {
    /// The file states it.
    pub const STATED: Self = Self(100);
    /// Several weaker facts agree.
    pub const HIGH: Self = Self(80);
    /// One indirect fact.
    pub const MEDIUM: Self = Self(50);
    /// A guess, such as a file name.
    pub const LOW: Self = Self(30);

    /// Percent, 0 to 100.
    #[must_use]
    pub const fn percent(self) -> u8 {
        self.0
    }
}

/// One reason to believe that a component is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Evidence {
    /// The file that shows it.
    pub file: SourcePath,
    /// The layer that the file was read from; `None` outside images.
    pub layer: Option<LayerIndex>,
    /// Where in the file.
    pub span: Option<Span>,
    /// How it was found.
    pub technique: Technique,
    /// How sure that makes us.
    pub confidence: Confidence,
    /// The extractor that found it.
    #[serde(skip)]
    pub extractor: ExtractorId,
}
