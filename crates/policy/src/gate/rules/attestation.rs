//! `[[attestation]]`: a statement that has to be there, signed by somebody who is named.
//!
//! ```toml
//! [[attestation]]
//! match = "oci:ghcr.io/acme/*"
//! type = "https://cosign.sigstore.dev/attestation/vuln/v1"
//! signer = { issuer = "https://token.actions.githubusercontent.com", san = "https://github.com/acme/*" }
//! max_age = "7d"
//! ```
//!
//! Only that there is one, about this artifact, and how old it is: what it says is for the rules that read it.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use plimsoll_attest::PredicateType;
use plimsoll_verify::{Code, SignerExpectation, Verified};

use super::{Keys, Rule, RuleKind, signers, told, weak};
use crate::PolicyError;
use crate::file::Fields;
use crate::gate::context::Context;
use crate::gate::{GateCheck, GateCode};
use crate::words::quote;

const KEYS: &[&str] = &["type", "signer", "threshold", "max_age"];
pub(super) const KIND: RuleKind =
    RuleKind { name: "attestation", keys: KEYS, within: &[("signer", crate::builders::SIGNER)], read };

#[derive(Debug)]
struct Attestation {
    /// The types, as they are written; one of these.
    names: Vec<String>,
    types: Vec<PredicateType>,
    signers: Vec<SignerExpectation>,
    threshold: usize,
    max_age: Option<SignedDuration>,
}

fn read(fields: &Fields<'_>, keys: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    let (mut names, mut types) = (Vec::new(), Vec::new());
    for text in fields.texts("type")? {
        let unknown =
            || fields.fault("type", format!("{} is no type of statement: neither a known name nor a URI", quote(text)));
        types.push(PredicateType::parse(text).ok_or_else(unknown)?);
        names.push(text.to_owned());
    }
    if types.is_empty() {
        return Err(fields.missing("type"));
    }
    let signers = signers(fields, "signer", keys)?;
    if signers.is_empty() {
        return Err(fields.missing("signer"));
    }
    let threshold = usize::from(fields.within("threshold", 1, 16)?.unwrap_or(1));
    if threshold > signers.len() {
        return Err(fields.fault("threshold", "threshold is more than there are signers"));
    }
    let max_age = match fields.text("max_age")? {
        Some(text) => Some(crate::expect::duration(text).ok_or_else(|| {
            fields.fault("max_age", format!("{} is no time: it is written as 7d, 12h or 2w", quote(text)))
        })?),
        None => None,
    };
    Ok(Box::new(Attestation { names, types, signers, threshold, max_age }))
}

/// What was found of one signer.
enum Found {
    Good(String),
    /// Statements that nobody says the age of, or that are too old: where.
    Old(String),
    None,
}

impl Rule for Attestation {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let mut checks = Vec::new();
        let mut refused = BTreeSet::new();
        let (mut good, mut old) = (0_usize, None);
        for signer in &self.signers {
            match self.find(signer, context, &mut refused) {
                Found::Good(place) => {
                    good = good.saturating_add(1);
                    let by = crate::explain::who(signer);
                    checks.push(GateCheck::passed("attestation", format!("{by} signed it")).at(place));
                }
                Found::Old(place) => old = Some(place),
                Found::None => {}
            }
        }
        if good < self.threshold {
            checks.push(self.missing(good, old, &refused));
        }
        checks
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let (kinds, told) = (self.names.join(" or "), told(&self.signers));
        let mut sentences = vec![match self.threshold {
            1 => format!("There has to be a statement {kinds} about it, signed: {told}."),
            count => format!("There have to be statements {kinds} about it, signed by {count} of these: {told}."),
        }];
        if let Some(age) = self.max_age {
            sentences.push(format!("It may be {} hours old.", age.as_hours()));
        }
        (sentences, weak(&self.signers))
    }
}

impl Attestation {
    fn find(&self, signer: &SignerExpectation, context: &Context<'_>, refused: &mut BTreeSet<(String, Code)>) -> Found {
        let mut found = Found::None;
        for kind in &self.types {
            let outcome = context.verify(signer.clone(), Some(kind.clone()));
            let mut verified: Vec<&Verified> = outcome.verified().iter().collect();
            verified.sort_by_key(|verified| verified.place());
            // The verification asked for the type; a signature without a statement is none.
            for one in verified.into_iter().filter(|one| one.statement().is_some()) {
                let place = one.place().to_owned();
                if self.is_new(one, context) {
                    return Found::Good(place);
                }
                found = Found::Old(place);
            }
            refused.extend(outcome.refused().iter().map(|refusal| (refusal.place().to_owned(), refusal.code())));
        }
        found
    }

    fn is_new(&self, verified: &Verified, context: &Context<'_>) -> bool {
        let Some(age) = self.max_age else { return true };
        let since = context.input.at.checked_sub(age).ok();
        // The oldest proof of its time is when it was surely there.
        let signed = verified.times().iter().map(|time| time.time).min();
        matches!((signed, since), (Some(signed), Some(since)) if signed >= since)
    }

    fn missing(&self, good: usize, old: Option<String>, refused: &BTreeSet<(String, Code)>) -> GateCheck {
        let none = refused.iter().all(|(_, code)| matches!(code, Code::NoEvidence));
        let code = match (old.is_some(), none && good == 0) {
            (true, _) => GateCode::AttestationAge,
            (false, true) => GateCode::NoAttestation,
            _ => GateCode::AttestationSigner,
        };
        let (kinds, told) = (self.names.join(" or "), told(&self.signers));
        let expected = match self.threshold {
            1 => format!("{kinds}: {told}"),
            count => format!("{kinds} by {count} of: {told}"),
        };
        let mut check =
            GateCheck::failed("attestation", code, code.means()).between(expected, format!("{good} who are named"));
        check.place = old.unwrap_or_default();
        let codes: BTreeSet<String> = refused.iter().map(|(_, code)| code.to_string()).collect();
        check.because = codes.into_iter().collect();
        check
    }
}
