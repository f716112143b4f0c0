//! What has to be proven. There is no default: whoever verifies says who may have signed.

use jiff::Timestamp;
use plimsoll_attest::PredicateType;

use crate::{Claim, Pattern, PublicKey};

/// What evidence has to prove about a subject.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Who has to have signed.
    pub signer: SignerExpectation,
    /// What kind of statement is wanted. `None` takes a signature over the artifact or a statement of any kind.
    pub predicate_type: Option<PredicateType>,
    /// Whether there has to be a log entry.
    pub log: LogRule,
    /// How many distinct transparency logs have to vouch for the signature.
    pub logs: usize,
    /// How many distinct timestamp authorities or logs have to vouch for its time. At least one for certificates: 0 counts only
    /// with [`LogRule::IgnoredInsecurely`], and then a certificate of which nobody says when it was used is taken as of its own
    /// beginning.
    pub times: usize,
    /// The latest time at which it may have been signed.
    pub at: Timestamp,
}

/// Who has to have signed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SignerExpectation {
    /// Somebody to whom a certificate authority gave a certificate for minutes.
    Keyless {
        /// The subject alternative name; one of these. Empty when claims alone decide.
        identity: Vec<Pattern>,
        /// The issuer of the identity; one of these.
        issuer: Vec<Pattern>,
        /// What else the certificate has to claim; all of these.
        claims: Vec<(Claim, Pattern)>,
    },
    /// The holder of one of these keys.
    Keys(Vec<PublicKey>),
}

/// Whether a signature has to be in a transparency log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogRule {
    /// It has to, where the trusted root names a log; where it names none, a timestamp authority has to vouch for it.
    Required,
    /// It does not have to: only for keys, by the decision of who verifies.
    NotUsedWithKey,
    /// It does not have to, which leaves open whether the signature was ever public.
    IgnoredInsecurely,
}

impl Expectation {
    /// What `signer` signed, with a log entry, no later than `at`.
    #[must_use]
    pub fn new(signer: SignerExpectation, at: Timestamp) -> Self {
        Self { signer, predicate_type: None, log: LogRule::Required, logs: 1, times: 1, at }
    }

    /// Whether nobody has to say when a certificate was used.
    pub(crate) fn is_timeless(&self) -> bool {
        self.log == LogRule::IgnoredInsecurely && self.times == 0
    }
}
