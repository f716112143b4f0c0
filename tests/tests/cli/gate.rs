//! `plimsoll gate`: real signatures, every output, records and replays.

mod age;
mod directory;
mod exceptions;
mod images;
mod indexes;
mod mock_registry;
mod moments;
mod place;
mod record;
mod truth;
mod vsa;

use std::fs;

use plimsoll_tests::{Outcome, plimsoll};
use serde_json::Value;

use place::Place;

#[test]
fn what_is_signed_and_clean_passes() {
    let place = Place::new();
    let passed = place.gate(&[]);
    assert_eq!(passed.status, Some(0), "{}{}", passed.stdout, passed.stderr);
    assert!(passed.stdout.starts_with("PASS app.tar.gz sha256:"), "{}", passed.stdout);
    assert!(passed.stdout.contains("passed signed_by (policy.toml:5)"), "{}", passed.stdout);

    // Without --no-tlog the log is asked for; without the SBOM nobody knows what is in it.
    let usual = ["gate", "app.tar.gz", "--policy", "policy.toml"];
    let denied = place.run(&usual);
    assert_eq!(denied.status, Some(1), "{}", denied.stdout);
    assert!(denied.stdout.contains("PLM-G0102") && denied.stdout.contains("PLM-G0002"), "{}", denied.stdout);

    // What nobody signed adds a reason, and takes none away.
    let denied = place.gate(&["--sbom", "bad.json"]);
    assert_eq!(denied.status, Some(1), "{}", denied.stdout);
    assert!(denied.stdout.contains("PLM-G0801 pkg:npm/flatmap-stream@0.1.1"), "{}", denied.stdout);
    let denied = place.run(&[&usual[..], &["--no-tlog", "--sbom", "good.json"]].concat());
    assert!(denied.status == Some(1) && denied.stdout.contains("PLM-G0002"), "{}", denied.stdout);
}

#[test]
fn a_changed_artifact_and_a_missing_file() {
    let place = Place::new();
    place.directory.write("app.tar.gz", "shop");
    let denied = place.gate(&[]);
    assert_eq!(denied.status, Some(1), "{}", denied.stdout);
    assert!(denied.stdout.contains("PLM-G0102"), "{}", denied.stdout);
    assert_eq!(place.run(&["gate", "nothing", "--policy", "policy.toml"]).status, Some(3));
    assert_eq!(place.run(&["gate", "app.tar.gz"]).status, Some(2));
}

#[test]
fn every_format_says_the_same() {
    let place = Place::new();
    let format = |name: &str| {
        let outcome = place.gate(&["--sbom", "bad.json", "--format", name]);
        assert_eq!(outcome.status, Some(1), "{name}: {}", outcome.stderr);
        outcome.stdout
    };
    let json: Value = serde_json::from_str(&format("json")).unwrap();
    assert_eq!((&json["schema"], &json["verdict"]), (&"plimsoll.gate/1".into(), &"deny".into()));
    let sarif: Value = serde_json::from_str(&format("sarif")).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "PLM-G0801");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 8);
    assert!(result["partialFingerprints"]["plimsollGate/v1"].is_string());
    let junit = format("junit");
    assert!(junit.contains("tests=\"2\" failures=\"1\""), "{junit}");
    let github = format("github");
    assert!(github.contains("::error file=policy.toml,line=8,title=PLM-G0801 packages::app.tar.gz"), "{github}");
    assert!(format("markdown").contains("## deny: app.tar.gz"));
    for line in format("ocsf").lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&event["class_uid"], &event["category_uid"]), (&2003.into(), &2.into()), "{line}");
    }
}

#[test]
fn the_summary_of_a_step_is_appended() {
    let place = Place::new();
    place.directory.write("summary.md", "before\n");
    let mut command = plimsoll(["gate", "app.tar.gz", "--policy", "policy.toml", "--format", "github"]);
    command.current_dir(place.directory.path()).env("GITHUB_STEP_SUMMARY", place.path("summary.md"));
    assert_eq!(Outcome::from(command.output().unwrap()).status, Some(1));
    let summary = fs::read_to_string(place.path("summary.md")).unwrap();
    assert!(summary.starts_with("before\n## deny: app.tar.gz"), "{summary}");
}

#[test]
fn a_replay_gives_the_same_after_everything_is_gone() {
    let place = Place::new();
    let kept = place.gate(&["--keep", "kept", "--decision", "decision.json"]);
    assert_eq!(kept.status, Some(0), "{}", kept.stderr);
    // The record by itself, while the files are where they were.
    let again = place.must(&["gate", "--replay", "decision.json"]);
    assert!(again.stderr.contains("the same inputs give the same answer"), "{}", again.stderr);
    for name in ["app.tar.gz", "policy.toml", "release.pub", "app.tar.gz.sigstore.json", "sbom.sigstore.json"] {
        fs::rename(place.path(name), place.path(&format!("moved-{name}"))).unwrap();
    }
    assert_eq!(place.run(&["gate", "--replay", "decision.json"]).status, Some(3));
    place.must(&["gate", "--replay", "decision.json", "--evidence", "."]);
    for name in ["app.tar.gz", "policy.toml", "release.pub", "app.tar.gz.sigstore.json", "sbom.sigstore.json"] {
        fs::remove_file(place.path(&format!("moved-{name}"))).unwrap();
    }
    place.must(&["gate", "--replay", "kept"]);

    // A byte of any input that is changed is noticed, and so is one that is missing.
    for entry in fs::read_dir(place.path("kept/sha256")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let mut changed = bytes.clone();
        changed[0] ^= 1;
        fs::write(&path, &changed).unwrap();
        let refused = place.run(&["gate", "--replay", "kept"]);
        assert_eq!(refused.status, Some(1), "{}: {}", path.display(), refused.stderr);
        fs::remove_file(&path).unwrap();
        assert_eq!(place.run(&["gate", "--replay", "kept"]).status, Some(3), "{}", path.display());
        fs::write(&path, &bytes).unwrap();
    }
    // A record that says something else than what is decided.
    let record = fs::read_to_string(place.path("kept/decision.json")).unwrap();
    place.directory.write("kept/decision.json", record.replace("\"verdict\": \"pass\"", "\"verdict\": \"deny\""));
    let differs = place.run(&["gate", "--replay", "kept"]);
    assert_eq!(differs.status, Some(1));
    assert!(differs.stderr.contains("verdict was \"deny\", and is \"pass\""), "{}", differs.stderr);
}

#[test]
fn a_decision_is_signed_as_a_summary() {
    let place = Place::new();
    let made = place.gate(&[
        "--vsa",
        "vsa.json",
        "--sign",
        "--key",
        "release.key",
        "--verifier-id",
        "https://acme.example/gate",
    ]);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    let verified = place.must(&[
        "verify",
        "app.tar.gz",
        "--bundle",
        "vsa.json",
        "--key",
        "release.pub",
        "--no-tlog",
        "--type",
        "vsa",
        "--format",
        "json",
    ]);
    assert!(verified.stdout.contains("verification_summary"), "{}", verified.stdout);
    let plain =
        place.gate(&["--sbom", "bad.json", "--vsa", "plain.json", "--verifier-id", "https://acme.example/gate"]);
    assert_eq!(plain.status, Some(1));
    let statement: Value = serde_json::from_slice(&fs::read(place.path("plain.json")).unwrap()).unwrap();
    assert_eq!(statement["predicate"]["verificationResult"], "FAILED");
    assert_eq!(statement["predicate"]["inputAttestations"].as_array().unwrap().len(), 2);
    assert_eq!(place.gate(&["--vsa", "x.json"]).status, Some(2));
}

#[test]
fn a_decision_is_noted_in_the_inventory() {
    let place = Place::new();
    let noted = place.run(&["gate", "good.json", "--policy", "policy.toml", "--record", "--store", "i.db"]);
    assert_eq!(noted.status, Some(3), "{}", noted.stderr);
    place.must(&["inventory", "add", "good.json", "--store", "i.db"]);
    let unknown = place.gate(&["--record", "--store", "i.db"]);
    assert_eq!(unknown.status, Some(3), "{}", unknown.stderr);
    assert!(unknown.stderr.contains("inventory add"), "{}", unknown.stderr);
}

#[test]
fn cases_beside_a_policy() {
    let place = Place::new();
    assert_eq!(place.run(&["policy", "test"]).status, Some(3));
    place.directory.write("policy.test.toml", "version = 1\n");
    assert_eq!(place.run(&["policy", "test"]).status, Some(2));
    let case = |name: &str, more: &str| {
        format!("[[case]]\nname = \"{name}\"\nsubject = \"app.tar.gz\"\nno_tlog = true\n{more}")
    };
    let bundles = "bundle = [\"app.tar.gz.sigstore.json\", \"sbom.sigstore.json\"]\n";
    let good = case("good", &format!("{bundles}expect = \"pass\"\n"));
    let bad = case("bad", "expect = \"deny\"\ncodes = [\"gate.no-components\"]\n");
    place.directory.write("policy.test.toml", format!("version = 1\n{good}{bad}"));
    let tested = place.must(&["policy", "test"]);
    assert!(tested.stdout.contains("2 of 2 cases"), "{}", tested.stdout);
    assert!(tested.stdout.contains("no case is denied by: signed_by"), "{}", tested.stdout);
    place.directory.write("policy.test.toml", format!("version = 1\n{}", good.replace("pass", "deny")));
    let tested = place.run(&["policy", "test"]);
    assert_eq!(tested.status, Some(1), "{}", tested.stdout);
    assert!(tested.stdout.contains("FAIL  good (line 2): expected deny, and it is pass"), "{}", tested.stdout);
}
