//! `cosign verify` and `verify-attestation`.

use plimsoll_model::{DigestAlgorithm, printable};
use plimsoll_registry::{CopyPlace, RegistryError};
use plimsoll_verify::{Claim, Evidence, Outcome, Verified};
use serde_json::{Map, Value, json};

use super::{NO_MATCH, NO_TAG, WITHOUT_SIGNATURE, expected, network, predicate_type};
use crate::args::{CosignOutput, CosignVerify, CosignVerifyAttestation};
use crate::commands::compat::policy::refused;
use crate::commands::evidence::{Attached, attached};
use crate::commands::referrers::refuse_offline;
use crate::commands::signing::SIGNED;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

/// What cosign before 3 wrote into the claim that they signed.
const CLAIM: &str = "cosign container image signature";

pub(super) fn verify_signatures(arguments: &CosignVerify, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let is_signature =
        |piece: &Evidence| piece.unverified_statement().is_none_or(|statement| statement.predicate_type() == SIGNED);
    each(arguments, None, offline, &is_signature, &signatures, ui)
}

pub(super) fn verify_attestations(
    arguments: &CosignVerifyAttestation,
    offline: bool,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let uri = predicate_type(&arguments.predicate_type)?;
    let is_statement = |piece: &Evidence| piece.unverified_statement().is_some();
    each(&arguments.common, Some(uri), offline, &is_statement, &attestations, ui)
}

/// What was verified of an image.
struct Image<'a> {
    name: &'a str,
    attached: &'a Attached,
    outcome: &'a Outcome,
}

fn each(
    arguments: &CosignVerify,
    uri: Option<&str>,
    offline: bool,
    wanted: &dyn Fn(&Evidence) -> bool,
    written: &dyn Fn(&Image<'_>, CosignOutput) -> String,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    if !arguments.check_claims {
        return Err(Failure::usage("--check-claims=false: a signature of something else proves nothing"));
    }
    let expected = expected(&arguments.policy, uri, ui)?;
    for name in &arguments.images {
        let place = CopyPlace::Registry(name.parse()?);
        refuse_offline(&[&place], offline)?;
        let mut found = match attached(&place, &network(name, &arguments.registry)?.options()) {
            Ok(found) => found,
            Err(failure) if is_missing(&failure) => {
                ui.failure(&failure);
                return Ok(NO_TAG);
            }
            Err(failure) => return Err(failure),
        };
        for notice in &found.notices {
            ui.status(notice);
        }
        found.evidence.retain(|piece| !piece.is_readable() || wanted(piece));
        if found.evidence.is_empty() {
            ui.error(&format!("no {} found for {name}", if uri.is_some() { "attestations" } else { "signatures" }));
            return Ok(if uri.is_some() { exit::NO } else { WITHOUT_SIGNATURE });
        }
        let outcome = super::judge(&found.evidence, &found.subject, &expected);
        if !outcome.is_verified() || !super::is_stamped(&arguments.policy, outcome.verified()) {
            refused(ui, name, &outcome);
            return Ok(if uri.is_some() { exit::NO } else { NO_MATCH });
        }
        ui.status(&format!("Verification for {name} --"));
        for check in outcome.verified().first().map(Verified::checks).unwrap_or_default() {
            ui.status(&format!("  - {}: {}", check.name, check.detail));
        }
        let text = written(&Image { name, attached: &found, outcome: &outcome }, arguments.output);
        Target::Stdout.write(|out| out.write_all(text.as_bytes()))?;
    }
    Ok(exit::DONE)
}

fn is_missing(failure: &Failure) -> bool {
    matches!(failure.error.downcast_ref::<RegistryError>(), Some(RegistryError::NotFound { .. }))
}

/// The claims that were signed, as one line of JSON.
fn signatures(image: &Image<'_>, output: CosignOutput) -> String {
    let reference = image.name.split('@').next().unwrap_or_default();
    let digest = image.outcome.subject().hex(DigestAlgorithm::Sha256).unwrap_or_default();
    let claims: Vec<Value> = image
        .outcome
        .verified()
        .iter()
        .map(|verified| {
            let mut optional = Map::new();
            if let Some(issuer) = verified.claims().get(Claim::Issuer) {
                optional.insert("Issuer".to_owned(), issuer.into());
            }
            if let Some(identity) = verified.claims().identity() {
                optional.insert("Subject".to_owned(), identity.into());
            }
            let kind = if verified.statement().is_some() { SIGNED } else { CLAIM };
            json!({
                "critical": {
                    "identity": { "docker-reference": reference },
                    "image": { "docker-manifest-digest": format!("sha256:{digest}") },
                    "type": kind,
                },
                "optional": optional,
            })
        })
        .collect();
    match output {
        CosignOutput::Json => format!("{}\n", Value::Array(claims)),
        CosignOutput::Text => image
            .outcome
            .verified()
            .iter()
            .map(|verified| match (verified.claims().identity(), verified.key()) {
                (Some(identity), _) => format!("Certificate subject: {}\n", printable(identity)),
                (None, key) => format!("Key: sha256:{}\n", key.unwrap_or_default()),
            })
            .collect(),
    }
}

/// The envelopes that were verified, one a line.
fn attestations(image: &Image<'_>, _: CosignOutput) -> String {
    let mut text = String::new();
    for verified in image.outcome.verified() {
        let raw = image.attached.raw.get(verified.place()).map(Vec::as_slice).unwrap_or_default();
        let Ok(document) = serde_json::from_slice::<Value>(raw) else { continue };
        let envelope = document.get("dsseEnvelope").unwrap_or(&document);
        text.push_str(&envelope.to_string());
        text.push('\n');
    }
    text
}
