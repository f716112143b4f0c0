//! Why a source could not be read as a whole.

use std::io;
use std::path::PathBuf;

use plimsoll_model::BudgetExceeded;

/// Why a source could not be opened or walked. Every variant means exit status 3 (or 2 for [`SourceError::Reference`]).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The text that names the source cannot be understood.
    #[error("{text:?} does not name a source: {reason}")]
    Reference {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The file or directory cannot be opened.
    #[error("cannot open {}", path.display())]
    Open {
        /// What was to be opened.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Reading failed in the middle.
    #[error("cannot read {what}")]
    Read {
        /// What was being read.
        what: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A part of an image could not be fetched from where it is kept.
    #[error("cannot fetch {what}")]
    Fetch {
        /// What was being fetched.
        what: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The content is none of the formats that were tried.
    #[error("{} is not a source that Plimsoll can read; looked for {looked_for}", path.display())]
    Unrecognised {
        /// The file.
        path: PathBuf,
        /// The formats that were tried.
        looked_for: &'static str,
    },
    /// The bytes are not the ones that their digest names.
    #[error("{what} does not have its digest: expected {expected}, found {actual}")]
    DigestMismatch {
        /// Which bytes: `layer 2`, `manifest`, …
        what: String,
        /// The digest that was promised.
        expected: String,
        /// The digest of the bytes.
        actual: String,
    },
    /// The bytes break the rules of their format.
    #[error("{what} is malformed: {reason}")]
    Malformed {
        /// Which bytes.
        what: String,
        /// Which rule.
        reason: String,
    },
    /// The bytes end too early.
    #[error("{what} is cut off: {reason}")]
    Truncated {
        /// Which bytes.
        what: String,
        /// Where.
        reason: String,
    },
    /// The format is known but not supported.
    #[error("{what} is not supported: {reason}")]
    Unsupported {
        /// What it is.
        what: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// The image has no such platform.
    #[error("the image has no platform {wanted}; it has {available}")]
    Platform {
        /// The platform asked for.
        wanted: String,
        /// Those that there are.
        available: String,
    },
    /// A limit was reached where nothing can be kept.
    #[error("{what}: {source}")]
    Budget {
        /// What was being read.
        what: String,
        /// The limit.
        #[source]
        source: BudgetExceeded,
    },
}

impl SourceError {
    /// The error for bytes called `what` that could not be read, by what the reader says about it.
    pub(crate) fn reading(what: impl Into<String>, error: io::Error) -> Self {
        let what = what.into();
        if let Some(&source) = budget_exceeded(&error) {
            return Self::Budget { what, source };
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated { what, reason: error.to_string() },
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                Self::Malformed { what, reason: error.to_string() }
            }
            _ => Self::Read { what, source: error },
        }
    }

    /// A rule of the format is broken.
    pub(crate) fn malformed(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Malformed { what: what.into(), reason: reason.into() }
    }
}

/// The limit that a reader ran into, when that is why it stopped.
pub(crate) fn budget_exceeded(error: &io::Error) -> Option<&BudgetExceeded> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}
