//! What a scan observed, before it becomes a document: the graph of components, and how it was made.

use std::fmt;

mod describe;
pub(crate) mod stream;

use crate::{Agent, Tool};
use plimsoll_model::{Component, ComponentGraph, ComponentIndex, Diagnostic, Digest, FileRecord, LayerIndex};

/// An instant in RFC 3339, in UTC and whole seconds: `2026-11-22T02:19:00Z`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(String);

/// Text that is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an RFC 3339 time in UTC")]
pub struct TimestampError(String);

impl Timestamp {
    /// The start of 1970, where a format needs a time and none is known.
    #[must_use]
    pub fn epoch() -> Self {
        Self("1970-01-01T00:00:00Z".to_owned())
    }

    /// Takes a time that is already `YYYY-MM-DDThh:mm:ssZ`.
    ///
    /// # Errors
    /// It is not.
    pub fn new(text: &str) -> Result<Self, TimestampError> {
        let shape = b"dddd-dd-ddTdd:dd:ddZ";
        let fits = text.len() == shape.len()
            && text
                .bytes()
                .zip(shape)
                .all(|(byte, want)| if *want == b'd' { byte.is_ascii_digit() } else { byte == *want });
        let number =
            |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<u16>().ok()).unwrap_or(u16::MAX);
        let fits = fits
            && is_calendar_time(
                [number(0, 4), number(5, 7), number(8, 10)],
                [number(11, 13), number(14, 16), number(17, 19)],
            );
        if fits { Ok(Self(text.to_owned())) } else { Err(TimestampError(text.to_owned())) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether there is such a day, and such a time on it. A leap second is not one: few readers take it.
fn is_calendar_time([year, month, day]: [u16; 3], [hour, minute, second]: [u16; 3]) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// When in the life of the software the document was made; the names are CycloneDX's lifecycle phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lifecycle {
    /// From sources and lockfiles.
    PreBuild,
    /// While building.
    Build,
    /// From what was built.
    PostBuild,
}

impl Lifecycle {
    /// The phase as CycloneDX spells it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::PreBuild => "pre-build",
            Self::Build => "build",
            Self::PostBuild => "post-build",
        }
    }
}

/// What the document is about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its description as a component. Not part of the graph.
    pub component: Component,
    /// What of the graph it needs or holds directly.
    pub direct: Vec<ComponentIndex>,
}

/// A layer, as far as the document names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerSummary {
    /// Digest of the uncompressed layer.
    pub diff_id: Digest,
    /// The command that made it.
    pub created_by: Option<String>,
}

/// What a scan observed.
#[derive(Debug, Clone)]
pub struct Observation {
    /// What it is about.
    pub subject: Subject,
    /// The components and how they relate.
    pub graph: ComponentGraph,
    /// Files, when they were asked for; sorted.
    pub files: Vec<FileRecord>,
    /// The layers of the image, lowest first.
    pub layers: Vec<LayerSummary>,
    /// When it was made.
    pub timestamp: Option<Timestamp>,
    /// Who answers for the document.
    pub authors: Vec<Agent>,
    /// Who supplies the subject.
    pub supplier: Option<Agent>,
    /// What made it.
    pub tools: Vec<Tool>,
    /// When in the life of the software.
    pub lifecycle: Lifecycle,
    /// Facts about how it was made, `plimsoll:…`.
    pub properties: Vec<(String, String)>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

impl Observation {
    /// Whether something could not be read.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_incomplete)
    }

    /// The digest of a layer.
    pub(crate) fn layer(&self, at: LayerIndex) -> Option<&LayerSummary> {
        self.layers.get(at.0 as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert!(Timestamp::new("2026-11-22T02:19:00Z").is_ok());
        assert!(Timestamp::new("2024-02-29T23:59:59Z").is_ok());
        for text in ["2026-11-22 02:19:00", "2026-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2023-01-01T24:00:00Z"] {
            assert!(Timestamp::new(text).is_err(), "{text}");
        }
    }
}
