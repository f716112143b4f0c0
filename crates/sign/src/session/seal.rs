//! The bundle is verified, as anybody else would verify it, before it is given out.

use jiff::{SignedDuration, Timestamp};
use plimsoll_verify::{
    AnySubject, Evidence, Expectation, LogRule, Outcome, Pattern, PublicKey, SignerExpectation, read_evidence,
    verify_about,
};

use super::Session;
use crate::SignError;
use crate::bundle::Signatory;

/// How far the clocks of services may be ahead of ours, and how long they may take to answer.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

fn refuse(code: &str, reason: String) -> SignError {
    SignError::DoesNotVerify { code: code.to_owned(), reason }
}

impl Session {
    /// Verifies a bundle against exactly what it should be.
    pub(super) fn seal(
        &self,
        json: &[u8],
        subject: &AnySubject,
        signatory: &Signatory,
        stamps: usize,
        now: Timestamp,
    ) -> Result<Outcome, SignError> {
        let evidence = read_evidence(json, "the new bundle").map_err(|error| refuse("malformed", error.to_string()))?;
        self.holds(&evidence, subject, signatory, (self.services.logs.len(), stamps), now)
    }

    /// Verifies evidence against exactly who signed, with so many logs and timestamps.
    pub(crate) fn holds(
        &self,
        evidence: &[Evidence],
        subject: &AnySubject,
        signatory: &Signatory,
        (logs, stamps): (usize, usize),
        now: Timestamp,
    ) -> Result<Outcome, SignError> {
        let signer = match signatory {
            Signatory::Certificate(certificate) => SignerExpectation::Keyless {
                identity: vec![Pattern::exact(certificate.identity())],
                issuer: vec![Pattern::exact(certificate.issuer())],
                claims: Vec::new(),
            },
            Signatory::Key(key) => {
                let key = PublicKey::from_der(key.spki_der().to_vec());
                SignerExpectation::Keys(vec![key.map_err(|error| refuse("key", error.to_string()))?])
            }
        };
        let mut expectation = Expectation::new(signer, now.saturating_add(AHEAD).unwrap_or(now));
        // Without a certificate and a log there is no entry to ask for; everywhere else there has to be.
        if logs == 0 && matches!(signatory, Signatory::Key(_)) {
            expectation.log = LogRule::NotUsedWithKey;
        }
        expectation.logs = logs.max(1);
        expectation.times = stamps.max(1);
        let outcome = verify_about(evidence, subject, &expectation, std::slice::from_ref(&self.root));
        if outcome.is_verified() {
            return Ok(outcome);
        }
        match outcome.refused().first() {
            Some(refusal) => Err(refuse(refusal.code().name(), refusal.reason().to_owned())),
            None => Err(refuse("malformed", "it holds nothing".into())),
        }
    }
}
