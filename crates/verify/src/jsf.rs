//! Signatures that a document holds itself: JSON Signature Format 0.82, as CycloneDX embeds it
//! ([`plimsoll_attest::JsfDocument`]).
//!
//! Whoever verifies names the keys. A key that the document brings along shows only that nothing was changed since somebody
//! signed it, and nobody knows who; it is compared with the keys that were named and never used. There is no log and no
//! time in JSF, which the result says.

mod signature;

use plimsoll_attest::{JsfCore, JsfDocument, JsfForm, JsfSignature};

use crate::{Check, CheckState, Code, PublicKey};

/// What has to be proven about a document.
#[derive(Debug, Clone)]
pub struct JsfExpectation {
    /// Who has to have signed: the holder of one of these keys.
    pub keys: Vec<PublicKey>,
    /// Of several signatures, which.
    pub signatures: JsfRule,
    /// What of parts that are not signed.
    pub excludes: ExcludesRule,
}

/// Which of several signatures have to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsfRule {
    /// One; the others are told.
    One,
    /// All of them.
    All,
}

/// Whether a signature may leave out members of the document (`excludes`). Anybody can change the list of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExcludesRule {
    /// It may not.
    Refused,
    /// It may: whoever uses the document takes care of what is not signed.
    Accepted,
}

/// What came of it.
#[derive(Debug)]
pub struct JsfOutcome {
    verified: Vec<JsfVerified>,
    refused: Vec<JsfRefusal>,
    accepted: bool,
    checks: Vec<Check>,
    excludes: Vec<String>,
    nested: Vec<String>,
}

/// A signature that holds. Only [`verify_jsf`] makes one.
#[derive(Debug)]
pub struct JsfVerified {
    index: usize,
    algorithm: String,
    key: String,
}

/// A signature that does not, or that no named key made.
#[derive(Debug)]
pub struct JsfRefusal {
    index: Option<usize>,
    code: Code,
    reason: String,
}

impl JsfOutcome {
    /// Whether all that was expected holds.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.accepted
    }

    /// The signatures that hold.
    #[must_use]
    pub fn verified(&self) -> &[JsfVerified] {
        &self.verified
    }

    /// The signatures that do not, and why nothing is verified.
    #[must_use]
    pub fn refused(&self) -> &[JsfRefusal] {
        &self.refused
    }

    /// What was checked and what was not.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Members of the document that are not signed.
    #[must_use]
    pub fn excludes(&self) -> &[String] {
        &self.excludes
    }

    /// Signatures within the document, which were not checked; JSON pointers.
    #[must_use]
    pub fn nested(&self) -> &[String] {
        &self.nested
    }
}

impl JsfVerified {
    /// Which one, in the order of the document, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// How it was made, such as `ES256`.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// The fingerprint of the key that made it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl JsfRefusal {
    /// Which one, in the order of the document, from 0; none where it is about the whole.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        self.index
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
}

/// Verifies the signature of a document as a whole against keys that were named.
#[must_use]
pub fn verify_jsf(document: &JsfDocument, expectation: &JsfExpectation) -> JsfOutcome {
    let mut outcome = JsfOutcome {
        verified: Vec::new(),
        refused: Vec::new(),
        accepted: false,
        checks: Vec::new(),
        excludes: Vec::new(),
        nested: document.nested(),
    };
    let Some(signature) = document.signature() else {
        outcome.refuse(None, Code::NoEvidence, "the document holds no signature of the whole");
        return outcome;
    };
    outcome.excludes = signature.excludes().to_vec();
    for (index, core) in signature.cores().iter().enumerate() {
        match judge(document, index, core, &expectation.keys) {
            Ok(verified) => outcome.verified.push(verified),
            Err((code, reason)) => outcome.refuse(Some(index), code, reason),
        }
    }
    outcome.accepted = match expectation.signatures {
        JsfRule::One => !outcome.verified.is_empty(),
        JsfRule::All => outcome.verified.len() == signature.cores().len(),
    };
    if !outcome.excludes.is_empty() && expectation.excludes == ExcludesRule::Refused {
        let reason = format!("it does not cover {}", outcome.excludes.join(", "));
        outcome.refuse(None, Code::NotCovered, reason);
        outcome.accepted = false;
    }
    outcome.checks = checks(&outcome, signature);
    outcome
}

impl JsfOutcome {
    fn refuse(&mut self, index: Option<usize>, code: Code, reason: impl Into<String>) {
        self.refused.push(JsfRefusal { index, code, reason: reason.into() });
    }
}

fn judge(
    document: &JsfDocument,
    index: usize,
    core: &JsfCore,
    keys: &[PublicKey],
) -> Result<JsfVerified, (Code, String)> {
    let scheme = signature::scheme(&core.algorithm)
        .ok_or_else(|| (Code::Unsupported, format!("{} is not verified", core.algorithm.name())))?;
    let mut candidates: Vec<&PublicKey> = keys.iter().filter(|key| signature::fits(key, scheme)).collect();
    if let Some(brought) = &core.public_key {
        candidates.retain(|key| key.to_jwk().as_ref() == Some(brought));
    }
    if candidates.is_empty() {
        return Err((Code::Key, "no key that was named can have made it".to_owned()));
    }
    let bytes = document.signed_bytes(index).map_err(|error| (Code::Malformed, error.to_string()))?;
    let holds = |key: &&&PublicKey| signature::holds(key, scheme, &bytes, &core.value);
    let key = candidates.iter().find(holds).ok_or_else(|| {
        (Code::Signature, "the document was changed since, or another key than the named ones made it".to_owned())
    })?;
    Ok(JsfVerified { index, algorithm: core.algorithm.name().to_owned(), key: key.fingerprint() })
}

fn checks(outcome: &JsfOutcome, signature: &JsfSignature) -> Vec<Check> {
    let check = |name, state, detail| Check { name, state, detail };
    let mut checks = Vec::new();
    let total = signature.cores().len();
    if !outcome.verified.is_empty() {
        let detail = match signature.form() {
            JsfForm::Single => "by a key that was named".to_owned(),
            form => format!("{} of {total} ({})", outcome.verified.len(), form.words()),
        };
        checks.push(check("signature", CheckState::Passed, detail));
    }
    if outcome.excludes.is_empty() {
        checks.push(check("coverage", CheckState::Passed, "all of the document".to_owned()));
    } else {
        checks.push(check("coverage", CheckState::NotChecked, format!("not signed: {}", outcome.excludes.join(", "))));
    }
    if !outcome.nested.is_empty() {
        let detail = format!("{} within the document, covered as text and not verified", outcome.nested.len());
        checks.push(check("nested-signatures", CheckState::NotChecked, detail));
    }
    if signature.cores().iter().any(|core| core.has_certificates) {
        let detail = "the document brings certificates, which prove nothing here".to_owned();
        checks.push(check("certificate", CheckState::NotChecked, detail));
    }
    checks.push(check("time", CheckState::NotChecked, "nothing says when it was signed".to_owned()));
    checks
}

#[cfg(test)]
mod tests;
