//! Whether exceptions are what somebody signed whom the policy names.
//!
//! Where a policy names a signer, a file that nobody of them signed excuses nothing: whoever can write a file beside the policy could let
//! anything pass.

use jiff::Timestamp;
use plimsoll_verify::{Evidence, Expectation, LogRule, SignerExpectation, Subject, TrustedRoot, verify};

use super::Exceptions;
use crate::PolicyBuilder;

/// What a file of exceptions is verified by.
#[derive(Clone, Copy)]
pub struct ExceptionProof<'a> {
    /// The bytes of the file.
    pub text: &'a [u8],
    /// The evidence about it: what `FILE.sigstore.json` holds.
    pub evidence: &'a [Evidence],
    /// Whom to believe.
    pub roots: &'a [TrustedRoot],
    /// Who may build: a key that one of them may use without a log may be used so here.
    pub builders: &'a [PolicyBuilder],
    /// Whether there has to be a log entry, where nothing else says so.
    pub log: LogRule,
    /// The time.
    pub at: Timestamp,
}

impl Exceptions {
    /// Verifies who signed them, where the policy asks for it; [`Exceptions::under`] says whether it does.
    #[must_use]
    pub fn proven_by(mut self, proof: &ExceptionProof<'_>) -> Self {
        if self.rules.signers.is_empty() {
            return self;
        }
        let subject = Subject::bytes(proof.text.to_vec());
        let outcomes = self.rules.signers.iter().map(|signer| signed(&subject, signer, proof));
        let mut reason = None;
        for outcome in outcomes {
            match outcome {
                Ok(()) => {
                    self.unproven = None;
                    return self;
                }
                Err(why) => reason = reason.or(Some(why)),
            }
        }
        self.unproven = reason.or(self.unproven);
        self
    }

    /// Why none of them excuses anything: nobody whom the policy names signed them.
    #[must_use]
    pub fn unproven(&self) -> Option<&str> {
        self.unproven.as_deref()
    }
}

fn signed(subject: &Subject, signer: &SignerExpectation, proof: &ExceptionProof<'_>) -> Result<(), String> {
    let mut expectation = Expectation::new(signer.clone(), proof.at);
    expectation.log = crate::judgement::log_for(signer, proof.builders, proof.log);
    let outcome = verify(proof.evidence, subject, &expectation, proof.roots);
    // A statement about the file is no signature of it.
    let is_signature = |one: &plimsoll_verify::Verified| {
        one.statement().is_none_or(|statement| statement.predicate_type() == crate::gate::SIGNED)
    };
    if outcome.verified().iter().any(is_signature) {
        return Ok(());
    }
    let refused = outcome.refused().first();
    let reason = refused.map(|refusal| format!("{}: {}", refusal.code(), refusal.reason()));
    Err(reason.unwrap_or_else(|| "it is not signed".to_owned()))
}
