//! `[signed_by]`: who has to have signed the artifact itself.
//!
//! ```toml
//! [signed_by]
//! signer = [{ issuer = "https://token.actions.githubusercontent.com", san = "https://github.com/acme/*" }, { key = "release" }]
//! threshold = 1
//! ```
//!
//! A signature over the artifact counts, however it is kept; a statement about it counts only where it says nothing else than that it
//! was signed (`https://sigstore.dev/cosign/sign/v1`, which is how cosign 3 signs images).

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_verify::{Claim, Code, SignerExpectation, Verified};

use super::{Keys, Rule, RuleKind, signers, told, weak};
use crate::PolicyError;
use crate::file::Fields;
use crate::gate::context::Context;
use crate::gate::signed;
use crate::gate::{GateCheck, GateCode};

const KEYS: &[&str] = &["signer", "threshold"];
pub(super) const KIND: RuleKind =
    RuleKind { name: "signed_by", keys: KEYS, within: &[("signer", crate::builders::SIGNER)], read };

/// A statement that says that an artifact was signed, and nothing else.
pub(crate) const SIGNED: &str = "https://sigstore.dev/cosign/sign/v1";

#[derive(Debug)]
struct SignedBy {
    signers: Vec<SignerExpectation>,
    threshold: usize,
}

fn read(fields: &Fields<'_>, keys: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    let signers = signers(fields, "signer", keys)?;
    if signers.is_empty() {
        return Err(fields.missing("signer"));
    }
    let threshold = usize::from(fields.within("threshold", 1, 16)?.unwrap_or(1));
    if threshold > signers.len() {
        return Err(fields.fault("threshold", "threshold is more than there are signers"));
    }
    Ok(Box::new(SignedBy { signers, threshold }))
}

impl Rule for SignedBy {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let mut checks = Vec::new();
        let mut refused = BTreeSet::new();
        let mut by = Vec::new();
        for signer in &self.signers {
            let signed = context.signed(signer);
            let of: Vec<&Verified> =
                signed.verified().map(|(_, verified)| verified).filter(|verified| is_signature(verified)).collect();
            by.push(of.iter().map(|verified| who(verified)).collect());
            let Some(verified) = of.iter().min_by_key(|verified| verified.place()) else {
                refused.extend(signed.refused().map(|(_, refusal)| (refusal.place().to_owned(), refusal.code())));
                continue;
            };
            let told = crate::explain::who(signer);
            checks.push(GateCheck::passed("signer", format!("{told} signed it")).at(verified.place()));
        }
        let good = distinct(&by);
        if good < self.threshold {
            checks.push(self.missing(good, &refused));
        }
        checks
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let told = told(&self.signers);
        let sentence = match self.threshold {
            1 => format!("The artifact has to be signed: {told}."),
            count => format!("The artifact has to be signed by {count} of these: {told}."),
        };
        (vec![sentence], weak(&self.signers))
    }

    fn signers(&self) -> &[SignerExpectation] {
        &self.signers
    }
}

impl SignedBy {
    fn missing(&self, good: usize, refused: &BTreeSet<(String, Code)>) -> GateCheck {
        let code = match (good, refused.iter().all(|(_, code)| *code == Code::NoEvidence)) {
            (0, true) => GateCode::Unsigned,
            (0, false) => GateCode::WrongSigner,
            _ => GateCode::TooFewSigners,
        };
        let expected = match self.threshold {
            1 => told(&self.signers),
            count => format!("{count} of: {}", told(&self.signers)),
        };
        let mut check =
            GateCheck::failed("signer", code, code.means()).between(expected, format!("{good} who are named"));
        let codes: BTreeSet<String> = refused.iter().map(|(_, code)| code.to_string()).collect();
        check.because = codes.into_iter().collect();
        check
    }
}

/// Who signed: a key, or an identity by its issuer.
fn who(verified: &Verified) -> String {
    let issuer = verified.claims().get(Claim::Issuer).unwrap_or_default();
    format!("{} {issuer}", signed::signer(verified))
}

/// How many of those who are named are somebody of their own: whoever fits two of them is one signer.
fn distinct(by: &[BTreeSet<String>]) -> usize {
    let mut taken = BTreeMap::new();
    (0..by.len()).filter(|at| is_placed(*at, by, &mut taken, &mut BTreeSet::new())).count()
}

/// Finds somebody for the one at a place, for which others may have to be somebody else.
fn is_placed<'b>(
    at: usize,
    by: &'b [BTreeSet<String>],
    taken: &mut BTreeMap<&'b str, usize>,
    seen: &mut BTreeSet<&'b str>,
) -> bool {
    for who in by.get(at).into_iter().flatten() {
        if seen.insert(who) && taken.get(who.as_str()).copied().is_none_or(|other| is_placed(other, by, taken, seen)) {
            taken.insert(who, at);
            return true;
        }
    }
    false
}

/// Whether it is a signature over the artifact, and not a statement about it.
fn is_signature(verified: &Verified) -> bool {
    verified.statement().is_none_or(|statement| statement.predicate_type() == SIGNED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_fits_two_is_one() {
        let by = |of: &[&[&str]]| -> Vec<BTreeSet<String>> {
            of.iter().map(|who| who.iter().map(|one| (*one).to_owned()).collect()).collect()
        };
        for (of, expected) in [
            (&[][..], 0),
            (&[&["a"][..], &["a"]], 1),
            (&[&["a"], &["b"]], 2),
            (&[&["a", "b"], &["a"]], 2),
            (&[&["a", "b"], &["a", "b"], &["a", "b"]], 2),
            (&[&["a"], &["a"], &["b", "c"]], 2),
            (&[&["a", "b"], &["b", "c"], &["a"]], 3),
            (&[&[], &["a"]], 1),
        ] {
            assert_eq!(distinct(&by(of)), expected, "{of:?}");
        }
    }
}
