//! Why something given to this crate cannot be used at all.

use std::io;

/// Why an input is not what it should be. What evidence fails to prove is no error but a [`crate::Refusal`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A pattern cannot be used.
    #[error("{text:?} is no {kind}: {reason}")]
    Pattern {
        /// What was given.
        text: String,
        /// `glob` or `regular expression`.
        kind: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A public key cannot be used.
    #[error("not a public key: {reason}")]
    Key {
        /// What is wrong with it.
        reason: String,
    },
    /// A trusted root cannot be used.
    #[error("not a trusted root: {reason}")]
    TrustedRoot {
        /// What is wrong with it.
        reason: String,
    },
    /// A file holds no evidence that is known here.
    #[error("not evidence: {reason}")]
    Evidence {
        /// What is wrong with it.
        reason: String,
    },
    /// A digest cannot be used as a subject.
    #[error("{text:?} is not sha256: or sha512: and a digest in lower-case hex")]
    Digest {
        /// What was given.
        text: String,
    },
    /// A digest that is only compared cannot be used.
    #[error(
        "{text:?} is no digest that names one thing: NAME:VALUE of an algorithm that is not broken, and a commit as a whole"
    )]
    NamedDigest {
        /// What was given.
        text: String,
    },
    /// There is no such level.
    #[error("{text:?} is no level")]
    Level {
        /// What was given.
        text: String,
    },
    /// A folder cannot be packed, or a file of it not be used.
    #[error("{path}: {reason}")]
    Airgap {
        /// The file, below the folder.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A folder cannot be read.
    #[error("cannot read it")]
    Folder(#[source] io::Error),
    /// The artifact cannot be read.
    #[error("cannot read the artifact")]
    Read(#[source] io::Error),
}
