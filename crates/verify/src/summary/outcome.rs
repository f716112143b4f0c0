//! What came of verifying summaries.

use plimsoll_attest::SlsaResult;

use super::SummaryView;
use crate::{AnySubject, BuildCheck, Claims, Code, EvidenceKind, Verified};

/// What all summaries together prove about an artifact.
#[derive(Debug)]
pub struct SummaryOutcome {
    pub(super) subject: AnySubject,
    pub(super) proven: Vec<ProvenSummary>,
    pub(super) refused: Vec<SummaryRefusal>,
}

impl SummaryOutcome {
    /// What it was about.
    #[must_use]
    pub fn subject(&self) -> &AnySubject {
        &self.subject
    }

    /// Whether at least one summary proves all that was expected.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        !self.proven.is_empty()
    }

    /// The summaries that prove what was expected.
    #[must_use]
    pub fn proven(&self) -> &[ProvenSummary] {
        &self.proven
    }

    /// The evidence that proves nothing, or not what was expected. When there was no evidence at all, one says so.
    #[must_use]
    pub fn refused(&self) -> &[SummaryRefusal] {
        &self.refused
    }

    /// The evidence that proves nothing, or not what was expected.
    #[must_use]
    pub fn into_refused(self) -> Vec<SummaryRefusal> {
        self.refused
    }
}

/// A summary that is proven and says what was expected. Only [`super::verify_summary`] makes one.
#[derive(Debug)]
pub struct ProvenSummary {
    pub(super) verified: Verified,
    pub(super) view: SummaryView,
    pub(super) levels: Vec<SlsaResult>,
    pub(super) checks: Vec<BuildCheck>,
}

impl ProvenSummary {
    /// The evidence.
    #[must_use]
    pub fn verified(&self) -> &Verified {
        &self.verified
    }

    /// What it says.
    #[must_use]
    pub fn view(&self) -> &SummaryView {
        &self.view
    }

    /// The levels, as far as the verifier is believed.
    #[must_use]
    pub fn levels(&self) -> &[SlsaResult] {
        &self.levels
    }

    /// The level of a track, as far as the verifier is believed.
    #[must_use]
    pub fn level(&self, wanted: &str) -> Option<u8> {
        self.levels.iter().find_map(|level| match level {
            SlsaResult::Level { track, level } if track == wanted => Some(*level),
            _ => None,
        })
    }

    /// What was checked of it and what was not.
    #[must_use]
    pub fn checks(&self) -> &[BuildCheck] {
        &self.checks
    }
}

/// Evidence that does not prove what was expected.
#[derive(Debug)]
pub struct SummaryRefusal {
    pub(super) place: String,
    pub(super) kind: Option<EvidenceKind>,
    pub(super) code: Code,
    pub(super) reason: String,
    pub(super) expected: Option<String>,
    pub(super) actual: Option<String>,
    pub(super) untrusted: Claims,
    pub(super) view: Option<SummaryView>,
    pub(super) checks: Vec<BuildCheck>,
}

impl SummaryRefusal {
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

    /// What it says, when the signer was recognised and it could be read.
    #[must_use]
    pub fn view(&self) -> Option<&SummaryView> {
        self.view.as_ref()
    }

    /// What was checked of it and what was not.
    #[must_use]
    pub fn checks(&self) -> &[BuildCheck] {
        &self.checks
    }
}
