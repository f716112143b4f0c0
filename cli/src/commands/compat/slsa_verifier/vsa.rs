//! `slsa-verifier verify-vsa`.
//!
//! A summary is signed with a key that whoever verifies has; there is no log. Of several signatures those count that name the
//! key, or name none. All digests that are asked for have to be named.

use jiff::Timestamp;
use plimsoll_attest::{Envelope, SlsaResult};
use plimsoll_verify::{
    AnySubject, Code, LogRule, PublicKey, ResourceRule, SignerExpectation, SummaryExpectation, SummaryKind,
    SummaryOutcome, SummaryRefusal, VerifierRule, read_evidence, verify_summary,
};

use super::{Class, Refused, roots, written};
use crate::args::SlsaVerifyVsa;
use crate::commands::evidence;
use crate::output::Ui;

pub(super) fn verify(arguments: &SlsaVerifyVsa, ui: &mut Ui) -> Result<(), Refused> {
    let outcome = verified(arguments, ui);
    match &outcome {
        Ok(()) => ui.status("Verifying VSA: PASSED"),
        Err(refused) => ui.status(&format!("Verifying VSA: FAILED: {}", refused.text())),
    }
    outcome
}

fn verified(arguments: &SlsaVerifyVsa, ui: &mut Ui) -> Result<(), Refused> {
    let pem = evidence::bytes(&arguments.public_key_path)?;
    let key = String::from_utf8(pem).map_err(|_| "it is no PEM".to_owned());
    let key = key.and_then(|pem| PublicKey::from_pem(&pem).map_err(|error| error.to_string()));
    let key = key.map_err(|reason| Refused::class(Class::InvalidPublicKey, reason))?;
    let fingerprint = key.fingerprint();
    let expectation = expectation(arguments, key)?;
    let document = evidence::bytes(&arguments.attestation_path)?;
    let no_envelope = |reason: String| Refused::class(Class::InvalidDssePayload, reason);
    let mut envelope = Envelope::parse(document.trim_ascii())
        .map_err(|error| no_envelope(format!("{:#}", anyhow::Error::new(error))))?;
    let named = arguments.public_key_id.as_deref().filter(|id| !id.is_empty());
    // Without a name that of the key is its fingerprint, as slsa-verifier has it.
    let own = [fingerprint.clone(), format!("SHA256:{fingerprint}")];
    envelope.signatures.retain(|signature| match named {
        _ if signature.keyid.is_empty() => true,
        Some(id) => signature.keyid == id,
        None => own.contains(&signature.keyid),
    });
    if envelope.signatures.is_empty() {
        let id = named.unwrap_or(&fingerprint);
        return Err(Refused::class(
            Class::NoValidSignature,
            format!("no signature names the key {id:?} (--public-key-id)"),
        ));
    }
    let place = arguments.attestation_path.display().to_string();
    let found = read_evidence(envelope.to_json().to_string().as_bytes(), &place)
        .map_err(|error| no_envelope(error.to_string()))?;
    if arguments.subject_digest.is_empty() {
        return Err(Refused::class(Class::EmptyRequiredField, "no subject digests provided"));
    }
    let roots = roots()?;
    for digest in &arguments.subject_digest {
        let subject = AnySubject::parse(digest)
            .map_err(|error| Refused::class(Class::InvalidDssePayload, format!("expected digest {digest}: {error}")))?;
        let outcome = verify_summary(&found, &subject, &expectation, &roots);
        if !outcome.is_proven() {
            return Err(refused(&outcome));
        }
    }
    if arguments.print_attestation {
        written(&envelope.payload)?;
    }
    ui.detail(&format!("verified by {}", arguments.verifier_id));
    Ok(())
}

fn expectation(arguments: &SlsaVerifyVsa, key: PublicKey) -> Result<SummaryExpectation, Refused> {
    if arguments.verifier_id.is_empty() || arguments.resource_uri.is_empty() {
        return Err(Refused::class(Class::EmptyRequiredField, "--verifier-id and --resource-uri"));
    }
    let kind = SummaryKind::Slsa { resource: ResourceRule::Exact(arguments.resource_uri.clone()) };
    let rule = VerifierRule::new(arguments.verifier_id.as_str(), SignerExpectation::Keys(vec![key]));
    let mut expectation = SummaryExpectation::new(kind, vec![rule], Timestamp::now());
    // slsa-verifier has no log for summaries: the key is all there is.
    expectation.log = LogRule::NotUsedWithKey;
    for level in &arguments.verified_level {
        let level = SlsaResult::parse(level)
            .map_err(|error| Refused::class(Class::InvalidSLSALevel, format!("{level}: {error}")))?;
        expectation.levels.push(level);
    }
    Ok(expectation)
}

fn refused(outcome: &SummaryOutcome) -> Refused {
    let Some(refusal) = outcome.refused().first() else {
        return Refused::class(Class::NoValidSignature, "there is no summary");
    };
    let mut detail = refusal.reason().to_owned();
    if let Some(expected) = refusal.expected() {
        detail.push_str(&format!(": expected {expected:?}, got {:?}", refusal.actual().unwrap_or_default()));
    }
    Refused::class(class(refusal), format!("{detail} ({})", refusal.code()))
}

fn class(refusal: &SummaryRefusal) -> Class {
    match refusal.code() {
        Code::Subject => Class::MissingSubjectDigest,
        Code::Verifier => Class::MismatchVerifierID,
        Code::Resource => Class::MismatchResourceURI,
        Code::SummaryResult => Class::InvalidVerificationResult,
        Code::VerifiedLevel => Class::MismatchVerifiedLevels,
        Code::Signature | Code::Key | Code::KindOfSigner | Code::NoEvidence => Class::NoValidSignature,
        _ => Class::InvalidDssePayload,
    }
}
