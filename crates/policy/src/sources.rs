//! `[[source_verifier]]`: who is believed about the level of source.

use std::collections::BTreeMap;

use plimsoll_attest::SlsaResult;
use plimsoll_verify::{BuilderSigner, Pattern, PublicKey, SignerExpectation, VerifierRule};

use crate::PolicyError;
use crate::builders::signer;
use crate::file::Fields;

pub(crate) const VERIFIER: &[&str] = &["id", "signer", "max_level"];

pub(crate) fn read(policy: &Fields<'_>, keys: &BTreeMap<String, PublicKey>) -> Result<Vec<VerifierRule>, PolicyError> {
    let mut rules = Vec::new();
    for fields in policy.tables("source_verifier", VERIFIER)? {
        let signer = match signer(&fields, "signer", keys)? {
            Some(BuilderSigner::Keys(keys)) => SignerExpectation::Keys(keys),
            Some(BuilderSigner::Other { identity, issuer }) => keyless(identity, issuer),
            Some(_) => return Err(fields.fault("signer", "a verifier of source is named by its own identity or key")),
            None => return Err(fields.missing("signer")),
        };
        let mut rule = VerifierRule::new(fields.need_text("id")?, signer);
        if let Some(level) = fields.within("max_level", 1, 4)? {
            let level = SlsaResult::parse(&format!("SLSA_SOURCE_LEVEL_{level}"));
            rule.at_most.push(level.map_err(|error| fields.fault("max_level", error.to_string()))?);
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// Whoever has this identity by this issuer.
pub(crate) fn keyless(identity: Pattern, issuer: Pattern) -> SignerExpectation {
    SignerExpectation::Keyless { identity: vec![identity], issuer: vec![issuer], claims: Vec::new() }
}
