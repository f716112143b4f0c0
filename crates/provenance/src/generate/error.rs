//! Why no provenance can be made.

use std::io;
use std::path::PathBuf;

use plimsoll_attest::AttestError;

/// Why no provenance can be made. No error holds the value of a variable: it could be a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// No platform has this name.
    #[error("no platform is called {name:?}; there are {known}")]
    Platform {
        /// As it was given.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// The environment is that of several platforms.
    #[error("the environment looks like {platforms} at once: name the platform")]
    Ambiguous {
        /// Their names.
        platforms: String,
    },
    /// Something that the provenance has to say is said nowhere.
    #[error("{platform}: nothing says the {what}: {wanted}")]
    Missing {
        /// The platform.
        platform: &'static str,
        /// The field, in words.
        what: &'static str,
        /// The claims and variables that would.
        wanted: String,
    },
    /// A claim, a variable or a flag says something that it cannot mean.
    #[error("{origin} {reason}")]
    Malformed {
        /// `the variable GITHUB_SHA`
        origin: String,
        /// `is no commit`
        reason: &'static str,
    },
    /// Two of them say different things.
    #[error("{one} and {other} say different things about the {what}")]
    Contradiction {
        /// The field, in words.
        what: &'static str,
        /// `the claim "sha"`
        one: String,
        /// `the variable GITHUB_SHA`
        other: String,
    },
    /// The claims are no JSON object, or have a key twice.
    #[error("the claims are no JSON object with each key once")]
    Claims(#[source] serde_json::Error),
    /// The token is that of another platform.
    #[error("this is {platform}, and the token is from {issuer:?}, which is that of {other}")]
    Issuer {
        /// The platform.
        platform: &'static str,
        /// The `iss` of the token.
        issuer: String,
        /// Whose it is.
        other: &'static str,
    },
    /// A pattern matches no file.
    #[error("no file matches {pattern:?}")]
    NoMatch {
        /// As it was given.
        pattern: String,
    },
    /// Text is no pattern of files.
    #[error("{pattern:?} is no pattern of files: {reason}")]
    Pattern {
        /// As it was given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// There is nothing that the provenance would be about.
    #[error("nothing is named that was built")]
    NoSubject,
    /// A statement cannot be about so many artifacts.
    #[error("{count} artifacts are more than the {most} that one statement is about")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many may be.
        most: usize,
    },
    /// Two artifacts have one name and different digests.
    #[error("two artifacts are called {name:?}, and differ")]
    Twice {
        /// The name.
        name: String,
    },
    /// The certificate says something else than the provenance.
    #[error("the certificate says {certified:?} as {claim}, and the provenance {stated:?}")]
    Certificate {
        /// The claim of the certificate.
        claim: &'static str,
        /// What it says.
        certified: String,
        /// What the provenance says.
        stated: String,
    },
    /// What came together is no statement.
    #[error("cannot state it")]
    Statement(#[from] AttestError),
}

impl GenerateError {
    pub(crate) fn malformed(origin: impl Into<String>, reason: &'static str) -> Self {
        Self::Malformed { origin: origin.into(), reason }
    }

    pub(crate) fn pattern(pattern: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Pattern { pattern: pattern.into(), reason: reason.into() }
    }

    /// Whether sources disagree, rather than one being absent or wrong.
    #[must_use]
    pub fn is_contradiction(&self) -> bool {
        matches!(self, Self::Contradiction { .. } | Self::Certificate { .. } | Self::Issuer { .. })
    }
}
