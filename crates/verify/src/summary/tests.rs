use data_encoding::BASE64;
use jiff::{SignedDuration, Timestamp};
use plimsoll_attest::{
    DigestSet, IN_TOTO_PAYLOAD_TYPE, SVR_V0_2, SlsaResult, StatementBuilder, Subject as StatementSubject, VSA_V0_2,
    VSA_V1, pae,
};
use serde_json::{Value, json};
use sigstore_crypto::KeyPair;

use super::*;
use crate::{
    AnySubject, BuildCheckState, BuiltIn, Code, Evidence, LogRule, PublicKey, Repository, SignerExpectation, Subject,
    TrustedRoot, read_evidence,
};

const VERIFIER: &str = "https://verifier.example/v1";
const RESOURCE: &str = "https://example.com/app-1.2.3.tar.gz";
const COMMIT: &str = "9a04d1ee393b5be2773b1ce204f61fe0fd02366a";
const NOW: &str = "2026-11-22T12:00:00Z";

/// Who signs, and what is believed.
struct Signer {
    pair: KeyPair,
}

impl Signer {
    fn new() -> Self {
        Self { pair: KeyPair::generate_ecdsa_p256().unwrap() }
    }

    fn expectation(&self) -> SignerExpectation {
        let key = self.pair.public_key_der().unwrap();
        SignerExpectation::Keys(vec![PublicKey::from_der(key.as_bytes().to_vec()).unwrap()])
    }

    fn sign(&self, subjects: &[StatementSubject], predicate_type: &str, predicate: Value) -> Vec<Evidence> {
        let builder = StatementBuilder::new(predicate_type, predicate);
        let (_, payload) = subjects.iter().cloned().fold(builder, StatementBuilder::about).build().unwrap();
        let signature = self.pair.sign(&pae(IN_TOTO_PAYLOAD_TYPE, &payload)).unwrap();
        let envelope = json!({
            "payloadType": IN_TOTO_PAYLOAD_TYPE,
            "payload": BASE64.encode(&payload),
            "signatures": [{ "sig": BASE64.encode(signature.as_bytes()) }],
        });
        read_evidence(envelope.to_string().as_bytes(), "vsa.json").unwrap()
    }
}

fn roots() -> Vec<TrustedRoot> {
    vec![BuiltIn::PublicGood.trusted_root().unwrap()]
}

fn level(text: &str) -> SlsaResult {
    SlsaResult::parse(text).unwrap()
}

fn artifact() -> Subject {
    Subject::bytes(b"app".to_vec())
}

fn subject_of(artifact: &Subject) -> StatementSubject {
    let digest: DigestSet = artifact.digests().map(|(name, hex)| (name.token().to_owned(), hex.to_owned())).collect();
    StatementSubject { name: "app-1.2.3.tar.gz".into(), digest, ..StatementSubject::default() }
}

fn commit(references: &[&str]) -> StatementSubject {
    StatementSubject {
        digest: DigestSet::from([("gitCommit".into(), COMMIT.into())]),
        annotations: [("sourceRefs".to_owned(), json!(references))].into_iter().collect(),
        ..StatementSubject::default()
    }
}

fn summary() -> Value {
    json!({
        "verifier": { "id": VERIFIER },
        "timeVerified": "2026-11-22T11:00:00Z",
        "resourceUri": RESOURCE,
        "policy": { "uri": "https://example.com/policy", "digest": { "sha256": "1".repeat(64) } },
        "inputAttestations": [{ "digest": { "sha256": "2".repeat(64) } }],
        "verificationResult": "PASSED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_3", "BCID_L1"],
        "dependencyLevels": { "SLSA_BUILD_LEVEL_2": 4 },
    })
}

fn expectation(signer: &Signer) -> SummaryExpectation {
    let kind = SummaryKind::Slsa { resource: ResourceRule::Exact(RESOURCE.into()) };
    let rule = VerifierRule::new(VERIFIER, signer.expectation());
    let mut wanted = SummaryExpectation::new(kind, vec![rule], NOW.parse::<Timestamp>().unwrap());
    wanted.log = LogRule::NotUsedWithKey;
    wanted.levels = vec![level("SLSA_BUILD_LEVEL_2"), level("BCID_L1")];
    wanted
}

fn judge(evidence: &[Evidence], wanted: &SummaryExpectation) -> Result<ProvenSummary, Code> {
    let about = AnySubject::Artifact(artifact());
    first(verify_summary(evidence, &about, wanted, &roots()))
}

fn first(mut outcome: SummaryOutcome) -> Result<ProvenSummary, Code> {
    match outcome.proven.pop() {
        Some(proven) => Ok(proven),
        None => Err(outcome.refused.first().unwrap().code()),
    }
}

#[test]
fn a_summary_proves_what_was_expected() {
    let signer = Signer::new();
    let evidence = signer.sign(&[subject_of(&artifact())], VSA_V1, summary());
    let mut wanted = expectation(&signer);
    wanted.max_age = Some(SignedDuration::from_hours(2));
    wanted.policy.uri = Some("https://example.com/policy".into());
    wanted.policy.digest = Some(("sha256".into(), "1".repeat(64)));
    wanted.inputs = vec![("sha256".into(), "2".repeat(64))];
    wanted.dependencies = Some(level("SLSA_BUILD_LEVEL_2"));
    let proven = judge(&evidence, &wanted).unwrap();
    assert_eq!((proven.level("BUILD"), proven.level("SOURCE")), (Some(3), None));
    assert!(proven.checks().iter().all(|check| check.state == BuildCheckState::Passed), "{:?}", proven.checks());
    let names: Vec<&str> = proven.checks().iter().map(|check| check.name).collect();
    assert_eq!(
        names,
        ["type", "verifier", "resource", "result", "level", "level", "age", "policy", "input", "dependencies"]
    );
}

#[test]
fn each_step_fails_with_a_code_of_its_own() {
    let (signer, other) = (Signer::new(), Signer::new());
    let about = [subject_of(&artifact())];
    let wanted = expectation(&signer);
    let with = |field: &str, value: Value| {
        let mut changed = summary();
        changed[field] = value;
        signer.sign(&about, VSA_V1, changed)
    };
    let stranger = [subject_of(&Subject::bytes(b"other".to_vec()))];
    for (evidence, code) in [
        (Vec::new(), Code::NoEvidence),
        (other.sign(&about, VSA_V1, summary()), Code::Signature),
        (signer.sign(&stranger, VSA_V1, summary()), Code::Subject),
        (signer.sign(&about, "https://slsa.dev/verification_summary/v1.0", summary()), Code::SummaryType),
        (signer.sign(&about, VSA_V0_2, summary()), Code::SummaryType),
        (with("policy", Value::Null), Code::Summary),
        (with("verifier", json!({ "id": "https://verifier.example/v2" })), Code::Verifier),
        (with("resourceUri", json!("https://example.com/other.tar.gz")), Code::Resource),
        (with("resourceUri", json!(format!("{RESOURCE}/"))), Code::Resource),
        (with("verificationResult", json!("FAILED")), Code::SummaryResult),
        (with("verifiedLevels", json!(["FAILED"])), Code::SummaryResult),
        (with("verifiedLevels", json!(["SLSA_BUILD_LEVEL_1", "BCID_L1"])), Code::VerifiedLevel),
        (with("verifiedLevels", json!(["SLSA_BUILD_LEVEL_3"])), Code::VerifiedLevel),
        (with("verifiedLevels", json!(["SLSA_SOURCE_LEVEL_3", "BCID_L1"])), Code::VerifiedLevel),
        (with("verifiedLevels", Value::Null), Code::VerifiedLevel),
        (with("verifiedLevels", json!(["SLSA_BUILD_LEVEL_3", "BCID_L1", "SLSA_BLESSED"])), Code::LevelName),
        (with("verifiedLevels", json!(["SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_2", "BCID_L1"])), Code::LevelName),
        (with("verifiedLevels", json!(vec!["BCID_L1"; 1_000_000])), Code::Summary),
    ] {
        assert_eq!(judge(&evidence, &wanted).map(|_| ()), Err(code));
    }
}

#[test]
fn what_else_is_asked_for_fails_with_a_code_of_its_own() {
    let signer = Signer::new();
    let evidence = signer.sign(&[subject_of(&artifact())], VSA_V1, summary());
    type Change = fn(&mut SummaryExpectation);
    let changes: &[(Change, Code)] = &[
        (|wanted| wanted.max_age = Some(SignedDuration::from_mins(59)), Code::SummaryAge),
        (|wanted| wanted.policy.uri = Some("https://example.com/other".into()), Code::SummaryPolicy),
        (|wanted| wanted.policy.digest = Some(("sha256".into(), "3".repeat(64))), Code::SummaryPolicy),
        (|wanted| wanted.inputs.push(("sha256".into(), "3".repeat(64))), Code::SummaryInput),
        (|wanted| wanted.dependencies = Some(level("SLSA_BUILD_LEVEL_3")), Code::DependencyLevel),
        (|wanted| wanted.source_refs.push("refs/heads/main".into()), Code::SourceRef),
        (|wanted| wanted.verifiers.clear(), Code::Verifier),
        (|wanted| wanted.log = LogRule::Required, Code::NoLogEntry),
        (
            |wanted| {
                let trusted = SlsaResult::parse("SLSA_BUILD_LEVEL_1").unwrap();
                wanted.verifiers.iter_mut().for_each(|rule| rule.at_most.push(trusted.clone()));
            },
            Code::VerifiedLevel,
        ),
    ];
    for (change, code) in changes {
        let mut wanted = expectation(&signer);
        change(&mut wanted);
        assert_eq!(judge(&evidence, &wanted).map(|_| ()), Err(*code));
    }
    for time in [Value::Null, json!("yesterday"), json!("2026-11-22T12:00:01Z")] {
        let mut changed = summary();
        changed["timeVerified"] = time;
        let evidence = signer.sign(&[subject_of(&artifact())], VSA_V1, changed);
        let mut wanted = expectation(&signer);
        assert!(judge(&evidence, &wanted).is_ok());
        wanted.max_age = Some(SignedDuration::from_hours(2));
        assert_eq!(judge(&evidence, &wanted).map(|_| ()), Err(Code::SummaryAge));
    }
}

#[test]
fn who_signs_for_one_verifier_does_not_speak_for_another() {
    let (one, two) = (Signer::new(), Signer::new());
    let mut wanted = expectation(&one);
    wanted.verifiers.push(VerifierRule::new("https://other.example/v1", two.expectation()));
    let about = [subject_of(&artifact())];
    assert!(judge(&one.sign(&about, VSA_V1, summary()), &wanted).is_ok());
    assert_eq!(judge(&two.sign(&about, VSA_V1, summary()), &wanted).map(|_| ()), Err(Code::Verifier));
    let mut of_two = summary();
    of_two["verifier"]["id"] = json!("https://other.example/v1");
    assert!(judge(&two.sign(&about, VSA_V1, of_two), &wanted).is_ok());
}

#[test]
fn what_proves_nothing_hides_nothing() {
    let signer = Signer::new();
    let about = [subject_of(&artifact())];
    let mut evidence = signer.sign(&about, "https://slsa.dev/provenance/v1", json!({}));
    evidence.extend(Signer::new().sign(&about, VSA_V1, summary()));
    evidence.push(Evidence::damaged("junk", "it is none"));
    let wanted = expectation(&signer);
    assert_eq!(judge(&evidence, &wanted).map(|_| ()), Err(Code::SummaryType));
    evidence.extend(signer.sign(&about, VSA_V1, summary()));
    assert!(judge(&evidence, &wanted).is_ok());
}

fn source_summary(level: &str) -> Value {
    json!({
        "verifier": { "id": VERIFIER },
        "resourceUri": "git+https://github.com/foo/hello-world",
        "policy": { "uri": "https://example.com/slsa_source.policy" },
        "verificationResult": "PASSED",
        "verifiedLevels": [level, "ORG_SOURCE_STATIC_ANALYSIS", "SLSA_SOURCE_TWO_PARTY_REVIEWED"],
    })
}

#[test]
fn a_commit_is_at_a_level_of_the_source_track_on_a_ref() {
    let signer = Signer::new();
    let about = commit(&["refs/heads/main", "refs/heads/release_1.0"]);
    let evidence = signer.sign(&[about], VSA_V1, source_summary("SLSA_SOURCE_LEVEL_3"));
    let trust = |at_most: &[&str]| SourceTrust {
        verifiers: vec![VerifierRule {
            at_most: at_most.iter().map(|text| level(text)).collect(),
            ..VerifierRule::new(VERIFIER, signer.expectation())
        }],
        log: LogRule::NotUsedWithKey,
        at: NOW.parse().unwrap(),
    };
    let judge = |repository: &str, commit: &str, reference: &str, minimum: u8, trust: &SourceTrust| {
        let repository = Repository::parse(repository).unwrap();
        let references = [reference.to_owned()];
        let outcome = verify_source_level(&evidence, &repository, commit, &references, minimum, trust, &roots());
        first(outcome.unwrap()).map(|proven| proven.level("SOURCE"))
    };
    let (repository, main, all) = ("https://github.com/foo/hello-world.git", "refs/heads/main", trust(&[]));
    assert_eq!(judge(repository, COMMIT, main, 3, &all), Ok(Some(3)));
    assert_eq!(judge(repository, COMMIT, main, 1, &trust(&["SLSA_SOURCE_LEVEL_2"])), Ok(Some(2)));
    for (repository, commit, reference, minimum, trust, code) in [
        (repository, COMMIT, main, 4, &all, Code::VerifiedLevel),
        (repository, COMMIT, main, 3, &trust(&["SLSA_SOURCE_LEVEL_2"]), Code::VerifiedLevel),
        (repository, COMMIT, "refs/heads/evil", 3, &all, Code::SourceRef),
        ("github.com/adversary/hello-world", COMMIT, main, 3, &all, Code::Resource),
        (repository, "1a04d1ee393b5be2773b1ce204f61fe0fd02366a", main, 3, &all, Code::Subject),
    ] {
        assert_eq!(judge(repository, commit, reference, minimum, trust), Err(code));
    }
    let repository = Repository::parse(repository).unwrap();
    for (commit, minimum) in [(&COMMIT[..12], 3), (COMMIT, 5)] {
        assert!(verify_source_level(&evidence, &repository, commit, &[], minimum, &all, &roots()).is_err());
    }
}

#[test]
fn refs_of_another_commit_in_the_same_statement_do_not_count() {
    let signer = Signer::new();
    let mut other = commit(&["refs/heads/main"]);
    other.digest = DigestSet::from([("gitCommit".into(), "1".repeat(40))]);
    let subjects = [commit(&["refs/heads/experiment"]), other];
    let evidence = signer.sign(&subjects, VSA_V1, source_summary("SLSA_SOURCE_LEVEL_3"));
    let kind = SummaryKind::Slsa { resource: ResourceRule::Exact("git+https://github.com/foo/hello-world".into()) };
    let mut wanted = SummaryExpectation { kind, levels: Vec::new(), ..expectation(&signer) };
    let about = AnySubject::commit(COMMIT).unwrap();
    for (reference, result) in [("refs/heads/experiment", Ok(())), ("refs/heads/main", Err(Code::SourceRef))] {
        wanted.source_refs = vec![reference.to_owned()];
        assert_eq!(first(verify_summary(&evidence, &about, &wanted, &roots())).map(|_| ()), result);
    }
}

#[test]
fn a_simple_result_has_neither_resource_nor_result() {
    let signer = Signer::new();
    let result = json!({
        "verifier": { "id": VERIFIER, "policies": [{ "uri": "https://example.com/policy" }] },
        "timeCreated": "2026-11-22T11:00:00Z",
        "properties": ["SLSA_BUILD_LEVEL_3", "COMPANY_RELEASE_APPROVED"],
    });
    let about = [subject_of(&artifact())];
    let mut wanted = SummaryExpectation { kind: SummaryKind::Simple, ..expectation(&signer) };
    wanted.levels = vec![level("COMPANY_RELEASE_APPROVED"), level("SLSA_BUILD_LEVEL_1")];
    wanted.policy.uri = Some("https://example.com/policy".into());
    wanted.max_age = Some(SignedDuration::from_hours(1));
    assert!(judge(&signer.sign(&about, SVR_V0_2, result.clone()), &wanted).is_ok());
    // One is not taken for the other.
    assert_eq!(judge(&signer.sign(&about, VSA_V1, summary()), &wanted).map(|_| ()), Err(Code::SummaryType));
    let mut without = result;
    without["verifier"] = json!({ "id": VERIFIER });
    assert_eq!(judge(&signer.sign(&about, SVR_V0_2, without), &wanted).map(|_| ()), Err(Code::Summary));
}
