//! `[[attestation]]`: a statement that has to be there, signed by somebody who is named.
//!
//! ```toml
//! [[attestation]]
//! match = "oci:ghcr.io/acme/*"
//! type = "https://cosign.sigstore.dev/attestation/vuln/v1"
//! signer = { issuer = "https://token.actions.githubusercontent.com", san = "https://github.com/acme/*" }
//! max_age_days = 7
//! ```
//!
//! Only that there is one, about this artifact, and how old it is: what it says is for the rules that read it.

use std::slice::from_ref;

use plimsoll_attest::PredicateType;
use plimsoll_verify::SignerExpectation;

use super::{Keys, Rule, RuleKind, days, signers, told, weak};
use crate::PolicyError;
use crate::file::Fields;
use crate::gate::context::Context;
use crate::gate::signed::{Statements, is_fresh};
use crate::gate::{GateCheck, GateCode};
use crate::words::quote;

const KEYS: &[&str] = &["type", "signer", "threshold", "max_age_days"];
pub(super) const KIND: RuleKind =
    RuleKind { name: "attestation", keys: KEYS, within: &[("signer", crate::builders::SIGNER)], read };

#[derive(Debug)]
struct Attestation {
    /// The types, as they are written; one of these.
    types: Vec<String>,
    signers: Vec<SignerExpectation>,
    threshold: usize,
    max_age_days: Option<u32>,
}

fn read(fields: &Fields<'_>, keys: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    let mut types = Vec::new();
    for text in fields.texts("type")? {
        if PredicateType::parse(text).is_none() {
            let problem = format!("{} is no type of statement: neither a known name nor a URI", quote(text));
            return Err(fields.fault("type", problem));
        }
        types.push(text.to_owned());
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
    let max_age_days = days(fields, "max_age_days")?;
    Ok(Box::new(Attestation { types, signers, threshold, max_age_days }))
}

impl Rule for Attestation {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let kinds: Vec<&str> = self.types.iter().map(String::as_str).collect();
        let mut checks = Vec::new();
        let (mut good, mut old) = (0_usize, None);
        for signer in &self.signers {
            match self.newest(&context.statements(from_ref(signer), &kinds), context) {
                Some(Ok(place)) => {
                    good = good.saturating_add(1);
                    let by = crate::explain::who(signer);
                    checks.push(GateCheck::passed("attestation", format!("{by} signed it")).at(place));
                }
                Some(Err(found)) => old = Some(found),
                None => {}
            }
        }
        if good < self.threshold {
            checks.push(self.missing(good, old, &context.statements(&self.signers, &kinds)));
        }
        checks
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let (kinds, told) = (self.types.join(" or "), told(&self.signers));
        let mut sentences = vec![match self.threshold {
            1 => format!("There has to be a statement {kinds} about it, signed: {told}."),
            count => format!("There have to be statements {kinds} about it, signed by {count} of these: {told}."),
        }];
        if let Some(days) = self.max_age_days {
            sentences.push(format!("It may be {days} days old."));
        }
        (sentences, weak(&self.signers))
    }
}

impl Attestation {
    /// Where one is that is new enough; else where one is that is not, and what is known of its age.
    fn newest(&self, found: &Statements, context: &Context<'_>) -> Option<Result<String, (String, String)>> {
        let mut old = None;
        for verified in found.proven.iter().filter_map(|stated| stated.verified()) {
            let place = verified.place().to_owned();
            let Some(days) = self.max_age_days else { return Some(Ok(place)) };
            match is_fresh(verified.times(), days, context.input.at) {
                Ok(_) => return Some(Ok(place)),
                Err(told) => old = Some(Err((place, told))),
            }
        }
        old
    }

    fn missing(&self, good: usize, old: Option<(String, String)>, found: &Statements) -> GateCheck {
        let code = match (&old, good, found.has_unproven() || !found.proven.is_empty()) {
            (Some(_), ..) => GateCode::AttestationAge,
            (None, 0, false) => GateCode::NoAttestation,
            _ => GateCode::AttestationSigner,
        };
        let (kinds, told) = (self.types.join(" or "), told(&self.signers));
        let expected = match self.threshold {
            1 => format!("{kinds}: {told}"),
            count => format!("{kinds} by {count} of: {told}"),
        };
        let (place, actual) = old.unwrap_or_else(|| (String::new(), format!("{good} who are named")));
        let mut check = GateCheck::failed("attestation", code, code.means()).between(expected, actual).at(place);
        check.because = found.codes();
        check
    }
}
