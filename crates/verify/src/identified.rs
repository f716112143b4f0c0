//! Evidence whose cryptography holds, before anybody said who may have signed.
//!
//! For questions where the answer to "who" is what is wanted: who published this dependency, and is it the one who published
//! the last version? What comes of it proves nothing yet, and is of a type that no gate takes; [`Identified::accept`] makes a
//! [`Verified`] of it once somebody is named.

use jiff::Timestamp;
use plimsoll_attest::Statement;
use rayon::prelude::*;

use crate::verification::{About, accept, identify_piece};
use crate::{
    Claims, Evidence, EvidenceKind, Expectation, Refusal, SignerExpectation, Subject, TrustedRoot, Verified,
    VerifiedTime,
};

/// A piece of evidence that is cryptographically right and about the subject; nobody said yet that who signed may be trusted.
#[derive(Debug)]
pub struct Identified(Verified);

/// Checks all of each piece but who signed it and what it states, in the order of the pieces. As with [`crate::verify`], a
/// certificate of one of the roots is needed, a log entry where the root names logs, and a time no later than `at`.
#[must_use]
pub fn identify(
    evidence: &[Evidence],
    subject: &Subject,
    at: Timestamp,
    roots: &[TrustedRoot],
) -> Vec<Result<Identified, Box<Refusal>>> {
    let nobody = SignerExpectation::Keyless { identity: Vec::new(), issuer: Vec::new(), claims: Vec::new() };
    let expectation = Expectation::new(nobody, at);
    evidence
        .par_iter()
        .map(|piece| identify_piece(piece, About::Artifact(subject), &expectation, roots).map(Identified))
        .collect()
}

impl Identified {
    /// Holds it to who may have signed.
    ///
    /// # Errors
    /// It was somebody else, or the expectation names nobody, or a key.
    pub fn accept(&self, signer: &SignerExpectation) -> Result<Verified, Box<Refusal>> {
        accept(&self.0, signer)
    }

    /// Where the evidence was.
    #[must_use]
    pub fn place(&self) -> &str {
        self.0.place()
    }

    /// What kind of evidence it is.
    #[must_use]
    pub fn kind(&self) -> EvidenceKind {
        self.0.kind()
    }

    /// Who signed, by certificate. UNTRUSTED until somebody accepts it.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        self.0.claims()
    }

    /// What is stated, when it is a statement. As trustworthy as who signed it.
    #[must_use]
    pub fn statement(&self) -> Option<&Statement> {
        self.0.statement()
    }

    /// When it was signed, by all who vouch for it.
    #[must_use]
    pub fn times(&self) -> &[VerifiedTime] {
        self.0.times()
    }
}
