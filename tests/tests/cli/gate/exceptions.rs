//! `[exceptions] signer`: a file of exceptions counts when somebody whom the policy names signed it as it is.

use std::fs;

use plimsoll_tests::sha256;
use serde_json::Value;

use super::place::{POLICY, Place, RELEASE, STRANGER};

const SIGNATURE: &str = "exceptions.toml.sigstore.json";
const AT: [&str; 2] = ["--at", "2026-11-20T00:00:00Z"];

const EXCEPTIONS: &str = r#"version = 1

[[exception]]
id = "EX-7"
scope = "pkg:npm/flatmap-stream"
rule = "packages.denied"
reason = "replaced in the next release"
owner = "lee@acme.example"
approver = "ops@acme.example"
created = 2026-11-01
expires = 2026-12-01
"#;

/// An artifact with a package that is denied, and an exception for it.
fn excepted() -> Place {
    let place = Place::new();
    let policy = format!("{POLICY}\n[exceptions]\nfile = \"exceptions.toml\"\nsigner = [{{ key = \"release\" }}]\n");
    place.directory.write("policy.toml", policy);
    place.directory.write("exceptions.toml", EXCEPTIONS);
    fs::remove_file(place.path("sbom.sigstore.json")).unwrap();
    let attest = ["attest", "app.tar.gz", "--sbom", "bad.json", "--bundle", "sbom.sigstore.json"];
    place.must(&[&attest, &RELEASE[..]].concat());
    place
}

fn sign(place: &Place, key: &[&str]) {
    drop(fs::remove_file(place.path(SIGNATURE)));
    place.must(&[&["sign", "exceptions.toml", "--bundle", SIGNATURE], key].concat());
}

const BUNDLES: [&str; 4] = ["--bundle", "app.tar.gz.sigstore.json", "--bundle", "sbom.sigstore.json"];

fn ask(place: &Place, more: &[&str]) -> super::place::Answer {
    place.ask("app.tar.gz", &[&BUNDLES, &AT[..], more].concat())
}

#[test]
fn signed_counts_and_nothing_else_does() {
    let place = excepted();
    let answer = ask(&place, &[]);
    answer.denies(&["PLM-G0801"]);
    assert!(answer.stderr.contains("nobody whom the policy names signed it"), "{}", answer.stderr);

    sign(&place, &RELEASE);
    let answer = ask(&place, &[]);
    answer.passes();
    assert!(answer.report.to_string().contains(r#""excusedBy":"EX-7""#), "{:#}", answer.report);
    // A log is asked for where nobody says that there need be none.
    let words = ["gate", "app.tar.gz", "--policy", "policy.toml"];
    let with_log = place.run(&[&words[..], &BUNDLES, &AT].concat());
    let is_told = with_log.stderr.contains("nobody whom the policy names signed it");
    assert!(with_log.status == Some(1) && is_told, "{}{}", with_log.stdout, with_log.stderr);

    // Others than those of the policy are held to the same.
    place.directory.write("others.toml", EXCEPTIONS);
    ask(&place, &["--exceptions", "others.toml"]).denies(&["PLM-G0801"]);
    fs::copy(place.path(SIGNATURE), place.path("others.toml.sigstore.json")).unwrap();
    ask(&place, &["--exceptions", "others.toml"]).passes();

    place.directory.write("exceptions.toml", format!("{EXCEPTIONS}# one more line\n"));
    ask(&place, &[]).denies(&["PLM-G0801"]);
    place.directory.write("exceptions.toml", EXCEPTIONS.replace("2026-12-01", "2026-12-31"));
    ask(&place, &[]).denies(&["PLM-G0801"]);

    place.directory.write("exceptions.toml", EXCEPTIONS);
    sign(&place, &STRANGER);
    ask(&place, &[]).denies(&["PLM-G0801"]);
    // To say something about a file is not to sign it.
    fs::remove_file(place.path(SIGNATURE)).unwrap();
    place.directory.write("predicate.json", "{}");
    let about =
        ["attest", "exceptions.toml", "--type", "https://example.org/review/v1", "--predicate", "predicate.json"];
    place.must(&[&about[..], &["--bundle", SIGNATURE], &RELEASE].concat());
    ask(&place, &[]).denies(&["PLM-G0801"]);
    // One that cannot be read lets nothing pass.
    place.directory.write(SIGNATURE, "{}");
    let words = ["gate", "app.tar.gz", "--policy", "policy.toml", "--no-tlog"];
    let broken = place.run(&[&words[..], &BUNDLES, &AT].concat());
    assert!(broken.status != Some(0) && broken.stderr.contains(SIGNATURE), "{}{}", broken.stdout, broken.stderr);
    // Signed and over is over.
    fs::remove_file(place.path(SIGNATURE)).unwrap();
    sign(&place, &RELEASE);
    place.ask("app.tar.gz", &[&BUNDLES[..], &["--at", "2026-12-02T00:00:01Z"]].concat()).denies(&["PLM-G0801"]);
}

#[test]
fn a_replay_needs_the_signature_that_was() {
    let place = excepted();
    sign(&place, &RELEASE);
    ask(&place, &["--keep", "kept"]).passes();
    let signature = fs::read(place.path(SIGNATURE)).unwrap();
    for name in ["exceptions.toml", SIGNATURE, "policy.toml", "release.pub"] {
        fs::remove_file(place.path(name)).unwrap();
    }
    let again = place.must(&["gate", "--replay", "kept"]);
    assert!(again.stderr.contains("the same inputs give the same answer"), "{}", again.stderr);

    let kept = place.path("kept/sha256").join(sha256(&signature));
    fs::write(&kept, String::from_utf8(signature.clone()).unwrap().replacen('{', "{ ", 1)).unwrap();
    let changed = place.run(&["gate", "--replay", "kept"]);
    assert!(changed.status == Some(1) && changed.stderr.contains("was changed"), "{}", changed.stderr);
    fs::remove_file(&kept).unwrap();
    assert_eq!(place.run(&["gate", "--replay", "kept"]).status, Some(3));

    // A record that names the signature of another, or none, does not give the same answer.
    place.directory.write("exceptions.toml", EXCEPTIONS);
    sign(&place, &STRANGER);
    let other = fs::read(place.path(SIGNATURE)).unwrap();
    fs::write(place.path("kept/sha256").join(sha256(&other)), &other).unwrap();
    let record = fs::read_to_string(place.path("kept/decision.json")).unwrap();
    place.directory.write("kept/decision.json", record.replace(&sha256(&signature), &sha256(&other)));
    let differs = place.run(&["gate", "--replay", "kept"]);
    assert_eq!(differs.status, Some(1), "{}", differs.stderr);
    assert!(differs.stderr.contains("verdict was \"pass\", and is \"deny\""), "{}", differs.stderr);
    let mut record: Value = serde_json::from_str(&record).unwrap();
    record["inputs"].as_array_mut().unwrap().retain(|input| input["sha256"] != sha256(&signature));
    place.directory.write("kept/decision.json", record.to_string());
    let differs = place.run(&["gate", "--replay", "kept"]);
    assert!(differs.status == Some(1) && differs.stderr.contains("and is \"deny\""), "{}", differs.stderr);
}

/// What is said of them by themselves is what a gate makes of them.
#[test]
fn exceptions_check_knows_who_signed_them() {
    let place = excepted();
    let check = |more: &[&str]| {
        place.run(&[&["exceptions", "check", "--policy", "policy.toml", "--format", "json"], &AT[..], more].concat())
    };
    assert_eq!(check(&["--no-tlog"]).status, Some(1));
    sign(&place, &RELEASE);
    assert_eq!(check(&["--no-tlog"]).status, Some(0), "{}", check(&["--no-tlog"]).stdout);
    assert_eq!(check(&[]).status, Some(1));
    sign(&place, &STRANGER);
    assert_eq!(check(&["--no-tlog"]).status, Some(1));
}
