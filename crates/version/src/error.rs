//! Why a version or a range was refused.

use crate::scheme::Scheme;

/// What could not be read as a version or as a range of versions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    /// The text does not follow the grammar of its scheme.
    #[error("{text:?} is no version of the scheme {scheme}")]
    Version {
        /// The scheme asked.
        scheme: Scheme,
        /// The beginning of the text.
        text: String,
    },
    /// A `vers:` URI names a scheme that is not known.
    #[error("unknown versioning scheme {name:?}")]
    Scheme {
        /// The beginning of the name.
        name: String,
    },
    /// A `vers:` URI does not have its shape.
    #[error("not a VERS range: {reason}")]
    Vers {
        /// What is wrong.
        reason: &'static str,
    },
    /// The constraints of a `vers:` URI do not make a range.
    #[error("not a VERS range at version {version:?}: {reason}")]
    Constraint {
        /// The beginning of the version at which the rule is broken.
        version: String,
        /// The rule.
        reason: &'static str,
    },
    /// The text is no range in the syntax of the ecosystem.
    #[error("{text:?} is no version range of the scheme {scheme}: {reason}")]
    Native {
        /// The scheme asked.
        scheme: Scheme,
        /// The beginning of the text.
        text: String,
        /// What is wrong.
        reason: &'static str,
    },
}

/// Enough of a hostile text to recognise it.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 80;
    text.chars().take(LONGEST).collect()
}
