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

use std::collections::BTreeSet;

use plimsoll_verify::{Code, SignerExpectation, Verified};

use super::{Keys, Rule, RuleKind, signers, told, weak};
use crate::PolicyError;
use crate::file::Fields;
use crate::gate::context::Context;
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
        let mut good = 0_usize;
        for signer in &self.signers {
            let signed = context.signed(signer);
            let of = signed.verified().map(|(_, verified)| verified).filter(|verified| is_signature(verified));
            let Some(verified) = of.min_by_key(|verified| verified.place().to_owned()) else {
                refused.extend(signed.refused().map(|(_, refusal)| (refusal.place().to_owned(), refusal.code())));
                continue;
            };
            good = good.saturating_add(1);
            let by = crate::explain::who(signer);
            checks.push(GateCheck::passed("signer", format!("{by} signed it")).at(verified.place()));
        }
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

/// Whether it is a signature over the artifact, and not a statement about it.
fn is_signature(verified: &Verified) -> bool {
    verified.statement().is_none_or(|statement| statement.predicate_type() == SIGNED)
}
