use serde_json::{Value, json};

use super::*;
use crate::{DigestSet, StatementBuilder, Subject};

fn statement(predicate_type: &str, predicate: Value) -> Statement {
    let digest = DigestSet::from([("sha256".to_owned(), "0".repeat(64))]);
    StatementBuilder::new(predicate_type, predicate).subject("a", digest).build().unwrap().0
}

fn least() -> Value {
    json!({
        "verifier": { "id": "https://verifier.example/v1" },
        "resourceUri": "https://example.com/a.tar.gz",
        "policy": { "uri": "https://example.com/policy" },
        "verificationResult": "PASSED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_3"],
    })
}

#[test]
fn the_least_is_written_as_it_is_read() {
    let read = VerificationSummary::of(&statement(VSA_V1, least())).unwrap();
    assert_eq!(read.levels().unwrap(), [SlsaResult::Level { track: "BUILD".into(), level: 3 }]);
    assert_eq!(read.to_predicate().unwrap(), least());
}

#[test]
fn all_fields_are_written_as_they_are_read() {
    let mut all = least();
    all["verifier"]["version"] = json!({ "plimsoll": "1.0.0" });
    all["timeVerified"] = json!("1985-04-12T23:20:50.52Z");
    all["policy"]["digest"] = json!({ "sha256": "1".repeat(64) });
    all["inputAttestations"] =
        json!([{ "uri": "https://example.com/a.intoto.jsonl", "digest": { "sha256": "2".repeat(64) } }]);
    all["dependencyLevels"] = json!({ "SLSA_BUILD_LEVEL_3": 5, "SLSA_BUILD_LEVEL_1": 1 });
    all["slsaVersion"] = json!("1.2");
    let read = VerificationSummary::of(&statement(VSA_V1, all.clone())).unwrap();
    assert_eq!(read.to_predicate().unwrap(), all);
}

#[test]
fn null_is_nothing_but_no_dependencies_are_not_unknown_ones() {
    let mut some = least();
    for field in ["timeVerified", "inputAttestations", "dependencyLevels", "slsaVersion", "verifiedLevels", "later"] {
        some[field] = Value::Null;
    }
    let read = VerificationSummary::of(&statement(VSA_V1, some.clone())).unwrap();
    assert!(read.dependency_levels.is_none() && read.verified_levels.is_empty());
    some["dependencyLevels"] = json!({});
    let read = VerificationSummary::of(&statement(VSA_V1, some)).unwrap();
    assert_eq!(read.dependency_levels, Some(BTreeMap::new()));
    assert_eq!(read.to_predicate().unwrap()["dependencyLevels"], json!({}));
}

#[test]
fn what_every_summary_has_to_have_is_asked_for() {
    for (pointer, value) in [
        ("verifier", Value::Null),
        ("verifier", json!({ "id": 1 })),
        ("resourceUri", Value::Null),
        ("policy", json!({ "digest": { "sha256": "0".repeat(64) } })),
        ("verificationResult", Value::Null),
        ("verificationResult", json!("passed")),
        ("verificationResult", json!("")),
        ("verifiedLevels", json!("SLSA_BUILD_LEVEL_3")),
        ("inputAttestations", json!([{ "uri": "https://example.com" }])),
        ("dependencyLevels", json!({ "SLSA_BUILD_LEVEL_3": -1 })),
        ("verifiedLevels", json!(vec!["A"; MAX_LEVELS + 1])),
    ] {
        let mut bad = least();
        bad[pointer] = value;
        assert!(VerificationSummary::of(&statement(VSA_V1, bad.clone())).is_err(), "{bad}");
    }
    assert!(VerificationSummary::of(&statement("https://slsa.dev/verification_summary/v1-rc2", least())).is_err());
}

#[test]
fn what_no_summary_may_say_is_not_written() {
    let base = VerificationSummary::of(&statement(VSA_V1, least())).unwrap();
    for levels in [
        vec!["SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_2"],
        vec!["SLSA_BUILD_LEVEL_UNEVALUATED", "SLSA_BUILD_LEVEL_2"],
        vec!["SLSA_MADE_UP"],
        vec!["FAILED"],
    ] {
        let verified_levels = levels.iter().map(|level| (*level).to_owned()).collect();
        assert!(VerificationSummary { verified_levels, ..base.clone() }.to_predicate().is_err(), "{levels:?}");
    }
    let failed = VerificationSummary { verification_result: VerificationResult::Failed, ..base };
    assert!(failed.to_predicate().is_err());
    let verified_levels = vec!["FAILED".to_owned()];
    assert!(VerificationSummary { verified_levels, ..failed }.to_predicate().is_ok());
}

#[test]
fn the_old_shape_is_read() {
    let old = json!({
        "verifier": { "id": "https://verifier.example/v0" },
        "time_verified": "1985-04-12T23:20:50.52Z",
        "resource_uri": "https://example.com/a.tar.gz",
        "policy": { "uri": "https://example.com/policy", "digest": { "sha256": "1".repeat(64) } },
        "input_attestations": [{ "digest": { "sha256": "2".repeat(64) } }],
        "verification_result": "PASSED",
        "policy_level": "SLSA_LEVEL_3",
        "dependency_levels": { "SLSA_LEVEL_4": 1 },
    });
    let read = VerificationSummary::of(&statement(VSA_V0_2, old)).unwrap();
    assert_eq!(
        (read.verified_levels, read.resource_uri.as_str()),
        (vec!["SLSA_LEVEL_3".into()], "https://example.com/a.tar.gz")
    );
    // The fields of one are unknown to the other.
    assert!(VerificationSummary::of(&statement(VSA_V0_2, least())).is_err());
}

#[test]
fn annotations_of_a_subject_are_kept() {
    let subject = Subject {
        uri: "https://github.com/foo/hello-world/commit/9a04d1ee393b5be2773b1ce204f61fe0fd02366a".into(),
        digest: DigestSet::from([("gitCommit".into(), "9a04d1ee393b5be2773b1ce204f61fe0fd02366a".into())]),
        annotations: [("sourceRefs".to_owned(), json!(["refs/heads/main"]))].into_iter().collect(),
        ..Subject::default()
    };
    let (_, bytes) = StatementBuilder::new(VSA_V1, least()).about(subject.clone()).build().unwrap();
    assert_eq!(Statement::parse(&bytes).unwrap().subjects(), [subject]);
}
