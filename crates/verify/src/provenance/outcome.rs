//! What came of verifying provenance.

use super::{BuildCheck, BuildView};
use crate::{Claims, Code, EvidenceKind, Subject, Verified};

/// What all provenance together proves about an artifact.
#[derive(Debug)]
pub struct ProvenanceOutcome {
    pub(super) subject: Subject,
    pub(super) proven: Vec<ProvenBuild>,
    pub(super) refused: Vec<ProvenanceRefusal>,
}

impl ProvenanceOutcome {
    /// What it was about.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Whether at least one piece of provenance proves all that was expected.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        !self.proven.is_empty()
    }

    /// The builds that are proven and are what was expected.
    #[must_use]
    pub fn proven(&self) -> &[ProvenBuild] {
        &self.proven
    }

    /// The builds that are proven, and the evidence that proves nothing or not what was expected.
    #[must_use]
    pub fn into_parts(self) -> (Vec<ProvenBuild>, Vec<ProvenanceRefusal>) {
        (self.proven, self.refused)
    }

    /// The evidence that proves nothing, or not what was expected. When there was no evidence at all, one says so.
    #[must_use]
    pub fn refused(&self) -> &[ProvenanceRefusal] {
        &self.refused
    }
}

/// A build that is proven and is what was expected. Only [`super::verify_provenance`] makes one.
#[derive(Debug)]
pub struct ProvenBuild {
    pub(super) verified: Verified,
    pub(super) view: BuildView,
    pub(super) level: u8,
    pub(super) builder: String,
    pub(super) checks: Vec<BuildCheck>,
    pub(super) payload: Vec<u8>,
}

impl ProvenBuild {
    /// The statement, byte for byte as it was signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The evidence.
    #[must_use]
    pub fn verified(&self) -> &Verified {
        &self.verified
    }

    /// The build.
    #[must_use]
    pub fn view(&self) -> &BuildView {
        &self.view
    }

    /// The level, by signer and builder: 0 to 3.
    #[must_use]
    pub fn level(&self) -> u8 {
        self.level
    }

    /// The name of the rule that recognises signer and builder.
    #[must_use]
    pub fn builder(&self) -> &str {
        &self.builder
    }

    /// What was checked of the build and what was not.
    #[must_use]
    pub fn checks(&self) -> &[BuildCheck] {
        &self.checks
    }
}

/// Evidence that does not prove what was expected.
#[derive(Debug)]
pub struct ProvenanceRefusal {
    pub(super) place: String,
    pub(super) kind: Option<EvidenceKind>,
    pub(super) code: Code,
    pub(super) reason: String,
    pub(super) expected: Option<String>,
    pub(super) actual: Option<String>,
    pub(super) untrusted: Claims,
    pub(super) view: Option<BuildView>,
    pub(super) checks: Vec<BuildCheck>,
}

impl ProvenanceRefusal {
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

    /// Who signed it, when the cryptography held: nobody said that it may be trusted.
    #[must_use]
    pub fn untrusted(&self) -> &Claims {
        &self.untrusted
    }

    /// The build, when the signer was recognised.
    #[must_use]
    pub fn view(&self) -> Option<&BuildView> {
        self.view.as_ref()
    }

    /// What was checked of the build and what was not.
    #[must_use]
    pub fn checks(&self) -> &[BuildCheck] {
        &self.checks
    }
}
