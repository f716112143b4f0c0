//! A directory: each file in it is decided about, and every format has all of them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::place::{Place, RELEASE};

const POLICY: &str = r#"version = 1
[roots.keys.release]
file = "release.pub"

[signed_by]
match = ["file:a.tgz", "file:b.tgz"]
signer = [{ key = "release" }]

[[attestation]]
match = "file:c.txt"
type = "https://example.org/review/v1"
signer = [{ key = "release" }]
action = "warn"
"#;

const ALL: [&str; 4] = ["dist/a.tgz", "dist/b.tgz", "dist/sub/c.txt", "dist/sub/d.txt"];

/// One that passes, one that is denied, one that warns, and one that no rule is about.
fn mixed() -> Place {
    let place = Place::bare();
    place.directory.write("policy.toml", POLICY);
    for name in ALL {
        place.directory.write(name, name);
    }
    place.must(&[&["sign", "dist/a.tgz"], &RELEASE[..]].concat());
    place
}

fn format(place: &Place, name: &str) -> String {
    let words = ["gate", "dist", "--policy", "policy.toml", "--no-tlog", "--format", name];
    let outcome = place.run(&words);
    assert_eq!(outcome.status, Some(1), "{name}: {}", outcome.stderr);
    outcome.stdout
}

#[test]
fn the_worst_answer_is_the_status_and_every_format_has_each_file() {
    let place = mixed();
    let json: Value = serde_json::from_str(&format(&place, "json")).unwrap();
    let subjects: Vec<(&str, &str)> = json["subjects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["verdict"].as_str().unwrap()))
        .collect();
    let verdicts: Vec<(&str, &str)> = ALL.into_iter().zip(["pass", "deny", "warn", "deny"]).collect();
    assert_eq!((subjects, &json["verdict"]), (verdicts, &"deny".into()), "{json:#}");

    let junit = format(&place, "junit");
    for name in ALL {
        assert!(junit.contains(&format!("<testsuite name=\"{name}\"")), "{name}: {junit}");
    }
    assert!(junit.contains("failures=\"2\""), "{junit}");
    assert!(junit.contains("<skipped message=\"warns: PLM-G1301"), "{junit}");
    for name in ["text", "markdown", "github"] {
        let told = format(&place, name);
        assert!(ALL.iter().all(|file| told.contains(file)), "{name}: {told}");
    }
    let events: Vec<Value> = format(&place, "ocsf").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let resources: BTreeSet<&str> =
        events.iter().map(|event| event["resources"][0]["name"].as_str().unwrap()).collect();
    assert_eq!(resources, ALL.into(), "{events:#?}");
    let states: Vec<&str> = events.iter().map(|event| event["compliance"]["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["Pass", "Fail", "Warning", "Fail"], "{events:#?}");

    let sarif: Value = serde_json::from_str(&format(&place, "sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let told: Vec<(&str, &str)> =
        results.iter().map(|result| (result["ruleId"].as_str().unwrap(), result["level"].as_str().unwrap())).collect();
    assert_eq!(told, [("PLM-G0101", "error"), ("PLM-G1301", "warning"), ("PLM-G0001", "error")], "{results:#?}");
    for (result, name) in results.iter().zip(&ALL[1..]) {
        assert!(result["message"]["text"].as_str().unwrap().contains(name), "{result:#}");
    }
    let fingerprints: BTreeSet<String> = results.iter().map(|one| one["partialFingerprints"].to_string()).collect();
    assert_eq!(fingerprints.len(), 3, "{results:#?}");
}

#[test]
fn a_record_of_several_is_replayed_as_a_whole() {
    let place = mixed();
    let words = ["gate", "dist", "--policy", "policy.toml", "--no-tlog", "--keep", "kept"];
    assert_eq!(place.run(&words).status, Some(1));
    std::fs::remove_dir_all(place.path("dist")).unwrap();
    place.must(&["gate", "--replay", "kept"]);
    // One that is taken out of the record is missed.
    let mut record: Value = serde_json::from_slice(&std::fs::read(place.path("kept/decision.json")).unwrap()).unwrap();
    record["subjects"][0]["verdict"] = "deny".into();
    place.directory.write("kept/decision.json", record.to_string());
    let differs = place.run(&["gate", "--replay", "kept"]);
    assert!(differs.status == Some(1) && differs.stderr.contains("dist/a.tgz: verdict was"), "{}", differs.stderr);
}

#[test]
fn what_is_no_directory_of_artifacts_is_said() {
    let place = mixed();
    std::fs::create_dir(place.path("empty")).unwrap();
    place.directory.write("layout/oci-layout", "{}");
    let usual = ["--policy", "policy.toml"];
    for (words, status, says) in [
        (&["empty"][..], 3, "nothing in it"),
        (&["layout"], 2, "oci-layout:layout"),
        (&["dist", "--bundle", "dist/a.tgz.sigstore.json"], 2, "one subject"),
        (&["dist", "--vsa", "v.json", "--verifier-id", "https://a.example"], 2, "one subject"),
        (&["dist", "--as", "pkg:npm/app@1"], 2, "one subject"),
    ] {
        let outcome = place.run(&[&["gate"], words, &usual].concat());
        assert_eq!(outcome.status, Some(status), "{words:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(says), "{words:?}: {}", outcome.stderr);
    }
}
