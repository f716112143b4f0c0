//! Attestations: whose they are, and what they say.

use plimsoll_attest::{PredicateType, Provenance, Statement};
use plimsoll_inventory::{NewAttestation, Verification};
use plimsoll_model::Digest;
use plimsoll_verify::{
    BuildExpectation, BuilderRule, BuilderSigner, Claim, Evidence, Pattern, ProvenBuild, ProvenanceExpectation,
    RunnerRule, SignerExpectation, Subject, builders_known, read_evidence, verify, verify_provenance,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::args::VerificationArguments;
use crate::commands::expected::{self, Expected};
use crate::failure::Failure;
use crate::output::Ui;

/// Texts of which one is in every attestation.
const MARKS: [&str; 6] =
    ["\"payload\"", "dsseEnvelope", "predicateType", "base64Signature", "attestation", "verification_material"];

/// An attestation that was read.
pub(super) struct Attested {
    pub(super) attestation: NewAttestation,
    /// The SBOM that it says, and the one artifact that it says it of.
    pub(super) sbom: Option<(Vec<u8>, Option<Digest>)>,
}

/// Who has to have signed; `None` when that was not said, so that nothing can be verified.
pub(super) fn expectation(arguments: &VerificationArguments, ui: &mut Ui) -> Result<Option<Expected>, Failure> {
    let lists = [&arguments.identity, &arguments.identity_glob, &arguments.identity_regex];
    let claims = [&arguments.issuer, &arguments.issuer_regex, &arguments.claim, &arguments.claim_regex];
    let single = [&arguments.source_repo, &arguments.source_ref, &arguments.source_digest, &arguments.builder];
    let said = lists.iter().chain(&claims).any(|list| !list.is_empty())
        || single.iter().any(|one| one.is_some())
        || !arguments.key.is_empty();
    if !said {
        return Ok(None);
    }
    let expected = expected::read(arguments, ui)?;
    if expected.names_nobody {
        return Err(Failure::usage("name who has to have signed, with --identity and --issuer, or with --key"));
    }
    Ok(Some(expected))
}

/// The attestations of a file; `None` when it holds none.
pub(super) fn read(place: &str, bytes: &[u8], expected: Option<&Expected>) -> Option<Result<Vec<Attested>, String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return None;
    }
    if let Ok(statement) = Statement::parse(bytes.trim_ascii()) {
        let verification = Verification::Unverified { reason: "it is not signed".to_owned() };
        return Some(Ok(vec![attested(&statement, bytes.trim_ascii(), verification, bytes.to_vec())]));
    }
    let pieces = read_evidence(bytes, place).ok()?;
    let several = pieces.len() > 1;
    let mut found = Vec::new();
    let mut unreadable = None;
    for piece in &pieces {
        let (Some(statement), Some(payload)) = (piece.unverified_statement(), piece.unverified_payload()) else {
            unreadable = Some("it holds an attestation that cannot be read".to_owned());
            continue;
        };
        let own = if several { line(piece, place, text).unwrap_or(payload) } else { bytes };
        let mut one = attested(&statement, payload, judge(piece, &statement, expected), own.to_vec());
        one.attestation.level = level(piece, &statement, expected);
        found.push(one);
    }
    match (found.is_empty(), unreadable) {
        (false, _) => Some(Ok(found)),
        (true, Some(reason)) => Some(Err(reason)),
        (true, None) => None,
    }
}

/// The line that a piece is, where each is one.
fn line<'t>(piece: &Evidence, place: &str, text: &'t str) -> Option<&'t [u8]> {
    let number: usize = piece.place().strip_prefix(place)?.strip_prefix(':')?.parse().ok()?;
    text.lines().nth(number.checked_sub(1)?).map(str::as_bytes)
}

/// Whether the signature holds, about what the statement itself names.
fn judge(piece: &Evidence, statement: &Statement, expected: Option<&Expected>) -> Verification {
    let unverified = |reason: &str| Verification::Unverified { reason: reason.to_owned() };
    let Some(expected) = expected else { return unverified("it was not said who has to have signed") };
    let digests = statement.subjects().iter().flat_map(digests);
    let Some(subject) = digests.filter_map(|digest| Subject::digest(&digest).ok()).next() else {
        return unverified("it is about nothing that has a SHA-2 digest");
    };
    let outcome = verify(std::slice::from_ref(piece), &subject, &expected.expectation, &expected.roots);
    match (outcome.verified().first(), outcome.refused().first()) {
        (Some(verified), _) => Verification::Verified {
            signer: verified.claims().identity().or(verified.key()).unwrap_or_default().to_owned(),
            issuer: verified.claims().get(Claim::Issuer).unwrap_or_default().to_owned(),
        },
        (None, Some(refusal)) => unverified(refusal.reason()),
        (None, None) => unverified("there is no evidence"),
    }
}

/// The level that provenance proves. It is of the signer and the builder, and never read from the document.
fn level(piece: &Evidence, statement: &Statement, expected: Option<&Expected>) -> u8 {
    let Some(expected) = expected.filter(|_| Provenance::is_type(statement.predicate_type())) else { return 0 };
    let mut digests = statement.subjects().iter().flat_map(digests);
    let Some(subject) = digests.find_map(|digest| Subject::digest(&digest).ok()) else { return 0 };
    let wanted = &expected.expectation;
    let mut builders = builders_known();
    if let (SignerExpectation::Keys(keys), Ok(id)) = (&wanted.signer, Pattern::regex("(?s).*")) {
        // Whoever has the key says that they built it, and nobody says how.
        let signer = BuilderSigner::Keys(keys.clone());
        let (name, build_types) = ("command line".to_owned(), Vec::new());
        builders.push(BuilderRule { name, id, signer, build_types, level: 1, runner: RunnerRule::Any });
    }
    let expectation = ProvenanceExpectation {
        builders,
        build: BuildExpectation::default(),
        log: wanted.log,
        logs: wanted.logs,
        times: wanted.times,
        at: wanted.at,
    };
    let outcome = verify_provenance(std::slice::from_ref(piece), &subject, &expectation, &expected.roots);
    outcome.proven().first().map_or(0, ProvenBuild::level)
}

fn attested(statement: &Statement, payload: &[u8], verification: Verification, bytes: Vec<u8>) -> Attested {
    let predicate = statement.predicate_type();
    let is = |name: &str| PredicateType::parse(name).is_some_and(|known| known.accepts(predicate));
    let subjects: Vec<String> = statement.subjects().iter().flat_map(digests).collect();
    let builder = match Provenance::is_type(predicate) {
        true => Provenance::incomplete(statement).map(|said| said.builder_id().to_owned()).unwrap_or_default(),
        false => String::new(),
    };
    let only = match statement.subjects() {
        [one] => digests(one).find_map(|digest| Digest::from_prefixed(&digest).ok()),
        _ => None,
    };
    let sbom = (is("cyclonedx") || is("spdx")).then(|| sbom(payload)).flatten().map(|sbom| (sbom, only));
    let predicate = predicate.to_owned();
    let attestation = NewAttestation { predicate, subjects, verification, builder, level: 0, document: None, bytes };
    Attested { attestation, sbom }
}

/// `sha256:…` for each digest that artifacts are known by.
fn digests(subject: &plimsoll_attest::Subject) -> impl Iterator<Item = String> {
    let known = subject.digest.iter().filter(|(name, _)| matches!(name.as_str(), "sha256" | "sha384" | "sha512"));
    known.map(|(name, hex)| format!("{name}:{hex}"))
}

/// The predicate, byte for byte. Old versions of cosign wrap it: as a text, or as a member `Data`.
fn sbom(payload: &[u8]) -> Option<Vec<u8>> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(borrow)]
        predicate: &'a RawValue,
    }
    #[derive(Deserialize)]
    struct Wrapped {
        #[serde(rename = "Data")]
        data: Option<String>,
    }
    let wire: Wire<'_> = serde_json::from_slice(payload).ok()?;
    let raw = wire.predicate.get();
    if raw.starts_with('"') {
        return serde_json::from_str::<String>(raw).ok().map(String::into_bytes);
    }
    match serde_json::from_str::<Wrapped>(raw) {
        Ok(Wrapped { data: Some(text) }) => Some(text.into_bytes()),
        _ => Some(raw.as_bytes().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_without_a_signature_say_so() {
        let digest = "a".repeat(64);
        let statement = format!(
            r#"{{"_type": "https://in-toto.io/Statement/v1", "subject": [{{"name": "x", "digest": {{"sha256": "{digest}"}}}}],
            "predicateType": "https://cyclonedx.org/bom", "predicate": {{"bomFormat": "CycloneDX", "specVersion": "1.6"}}}}"#
        );
        let found = read("x", statement.as_bytes(), None).unwrap().unwrap();
        let [one] = found.as_slice() else { panic!("{}", found.len()) };
        assert_eq!(one.attestation.subjects, [format!("sha256:{digest}")]);
        assert!(
            matches!(&one.attestation.verification, Verification::Unverified { reason } if reason.contains("not signed"))
        );
        let (sbom, about) = one.sbom.as_ref().unwrap();
        assert_eq!(sbom, br#"{"bomFormat": "CycloneDX", "specVersion": "1.6"}"#);
        assert_eq!(about.as_ref().unwrap().hex(), digest);
        assert!(read("x", b"{\"name\": 1}", None).is_none());
        assert!(read("x", b"{\"payload\": 1}", None).is_none_or(|read| read.is_err()));
    }

    #[test]
    fn wrapped_predicates_are_unwrapped() {
        assert_eq!(sbom(br#"{"predicate": "SPDXVersion: x"}"#).unwrap(), b"SPDXVersion: x");
        assert_eq!(sbom(br#"{"predicate": {"Data": "{}", "Timestamp": "now"}}"#).unwrap(), b"{}");
        assert_eq!(sbom(br#"{"predicate": {"a": 1}}"#).unwrap(), br#"{"a": 1}"#);
    }
}
