//! What came of a verification: what was checked, what was not, and why.

use std::sync::Arc;

use jiff::Timestamp;
use plimsoll_attest::Statement;

use crate::{Claims, Code, EvidenceKind, Subject};

/// What all evidence together proves about a subject.
#[derive(Debug)]
pub struct Outcome {
    pub(crate) subject: Subject,
    pub(crate) verified: Vec<Verified>,
    pub(crate) refused: Vec<Refusal>,
}

impl Outcome {
    /// What it was about.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Whether at least one piece of evidence proves all that was expected.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        !self.verified.is_empty()
    }

    /// The evidence that proves what was expected.
    #[must_use]
    pub fn verified(&self) -> &[Verified] {
        &self.verified
    }

    /// The evidence that does not. When there was no evidence at all, one refusal says so.
    #[must_use]
    pub fn refused(&self) -> &[Refusal] {
        &self.refused
    }
}

/// A piece of evidence that proves what was expected. Only [`crate::verify`] makes one.
#[derive(Debug)]
pub struct Verified {
    pub(crate) place: String,
    pub(crate) kind: EvidenceKind,
    pub(crate) trusted_root: String,
    pub(crate) statement: Option<Arc<Statement>>,
    pub(crate) claims: Claims,
    pub(crate) key: Option<String>,
    pub(crate) times: Vec<VerifiedTime>,
    pub(crate) checks: Vec<Check>,
}

impl Verified {
    /// Where the evidence was: the file, and the line or number within it.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What kind of evidence it is.
    #[must_use]
    pub fn kind(&self) -> EvidenceKind {
        self.kind
    }

    /// The trusted root that it was verified against.
    #[must_use]
    pub fn trusted_root(&self) -> &str {
        &self.trusted_root
    }

    /// What was stated, when it is a statement and not a signature over the artifact itself. It was read from the payload that
    /// was signed: [`Statement::predicate_text`] is a part of those bytes.
    #[must_use]
    pub fn statement(&self) -> Option<&Statement> {
        self.statement.as_deref()
    }

    /// Who signed, by certificate. Empty when a key signed.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The fingerprint of the key, when a key signed.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// When it was signed, by all who vouch for it.
    #[must_use]
    pub fn times(&self) -> &[VerifiedTime] {
        &self.times
    }

    /// What was checked and what was not.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }
}

/// A time that somebody trusted vouches for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifiedTime {
    /// The time.
    pub time: Timestamp,
    /// Who vouches for it: `log` or `timestamp authority`, and its name.
    pub by: String,
}

/// A piece of evidence that does not prove what was expected.
#[derive(Debug)]
pub struct Refusal {
    pub(crate) place: String,
    pub(crate) kind: Option<EvidenceKind>,
    pub(crate) code: Code,
    pub(crate) reason: String,
    pub(crate) expected: Option<String>,
    pub(crate) actual: Option<String>,
    pub(crate) untrusted: Claims,
}

impl Refusal {
    /// Where the evidence was.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What kind of evidence it is, when it is known.
    #[must_use]
    pub fn kind(&self) -> Option<EvidenceKind> {
        self.kind
    }

    /// The reason, for programs.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The reason, for people: a fragment without a full stop.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What was expected, where two values differ.
    #[must_use]
    pub fn expected(&self) -> Option<&str> {
        self.expected.as_deref()
    }

    /// What there was instead.
    #[must_use]
    pub fn actual(&self) -> Option<&str> {
        self.actual.as_deref()
    }

    /// Who signed it, when all but the expectation held: cryptographically right, but nobody said that it may be trusted.
    #[must_use]
    pub fn untrusted(&self) -> &Claims {
        &self.untrusted
    }
}

/// One thing that was, or was not, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What: a stable word, such as `log-entry`.
    pub name: &'static str,
    /// Whether.
    pub state: CheckState,
    /// What was found, or why it was not checked.
    pub detail: String,
}

/// Whether something was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckState {
    /// It was, and holds.
    Passed,
    /// It was not.
    NotChecked,
}
