//! `plimsoll bundle`, and `verify` of every shape of evidence.

use std::fs;

use plimsoll_tests::{Outcome, TemporaryDirectory, workspace};
use serde_json::Value;

use crate::run::run_in;

/// A directory with what `testdata/verify` holds of a shape, beside the artifact.
fn evidence(shape: &str, names: &[&str]) -> TemporaryDirectory {
    let directory = TemporaryDirectory::new();
    let folder = workspace().join("testdata/verify");
    for name in ["artifact.txt", "other.txt", "key.pub"] {
        directory.write(name, fs::read_to_string(folder.join(name)).unwrap());
    }
    for name in names {
        directory.write(name, fs::read_to_string(folder.join(shape).join(name)).unwrap());
    }
    directory
}

fn run(directory: &TemporaryDirectory, arguments: &str) -> Outcome {
    run_in(directory, arguments.split(' '))
}

#[test]
fn every_shape_is_recognised_by_its_content() {
    for (shape, sound, broken, code) in [
        ("bundle", "sound.json", "broken.json", "PLM-V0201"),
        ("cosign", "sound.json", "broken.json", "PLM-V0201"),
        ("envelope", "sound.intoto.jsonl", "broken.intoto.jsonl", "PLM-V0201"),
        ("npm", "sound.json", "broken.json", "PLM-V0102"),
        ("github", "sound.json", "broken.json", "PLM-V0102"),
        ("rubygems", "sound.json", "broken.json", "PLM-V0201"),
    ] {
        let directory = evidence(shape, &[sound, broken]);
        let verify = |file: &str, bundle: &str| {
            run(&directory, &format!("verify {file} --bundle {bundle} --key key.pub --no-tlog --format json"))
        };
        let outcome = verify("artifact.txt", sound);
        assert_eq!(outcome.status, Some(0), "{shape}: {}", outcome.stderr);
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(report["verified"], true, "{shape}");
        assert_eq!(verify("other.txt", sound).status, Some(1), "{shape}");
        let outcome = verify("artifact.txt", broken);
        assert_eq!(outcome.status, Some(1), "{shape}");
        assert!(outcome.stderr.contains(code), "{shape}: {}", outcome.stderr);
    }
}

#[test]
fn a_signature_beside_the_file_is_found() {
    let directory = evidence("detached", &["sound.sig", "broken.sig"]);
    let flags = "--key key.pub --no-tlog";
    assert_eq!(run(&directory, &format!("verify artifact.txt --signature sound.sig {flags}")).status, Some(0));
    assert_eq!(run(&directory, &format!("verify artifact.txt --signature broken.sig {flags}")).status, Some(1));
    let sound = fs::read_to_string(directory.path().join("sound.sig")).unwrap();
    directory.write("artifact.txt.sig", sound);
    let outcome = run(&directory, &format!("verify artifact.txt {flags}"));
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("detached artifact.txt.sig"), "{}", outcome.stdout);
    // A certificate beside it makes it a signature by certificate, for which a key never stands.
    directory.write("artifact.txt.pem", "no certificate");
    assert_eq!(run(&directory, &format!("verify artifact.txt {flags}")).status, Some(1));
    // Without a log entry it is no evidence, unless whoever verifies says so.
    let outcome = run(&directory, "verify artifact.txt --signature sound.sig --key key.pub");
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.stderr.contains("PLM-V0501"), "{}", outcome.stderr);
}

#[test]
fn what_is_inspected_is_not_verified() {
    let directory = evidence("pep740", &["untrusted.json", "broken.json"]);
    let outcome = run(&directory, "bundle inspect untrusted.json");
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    for part in [
        "nothing of this is verified",
        "untrusted.json: pep740",
        "example@example.org",
        "dsse 0.0.1",
        "example-1.0.tar.gz",
    ] {
        assert!(outcome.stdout.contains(part), "{part}: {}", outcome.stdout);
    }
    assert_eq!(run(&directory, "bundle inspect broken.json").status, Some(1));
    let outcome = run(
        &directory,
        "verify artifact.txt --bundle untrusted.json --identity example@example.org --issuer https://example.org",
    );
    assert_eq!(outcome.status, Some(1), "{}", outcome.stdout);
}

#[test]
fn an_upgrade_needs_what_a_bundle_must_have() {
    let directory = evidence("cosign", &["sound.json"]);
    let outcome = run(&directory, "bundle upgrade sound.json -o new.json");
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.stderr.contains("neither log entry nor timestamp"), "{}", outcome.stderr);
    assert!(!directory.path().join("new.json").exists());
    let zeros = "0".repeat(64);
    let root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let body = data_encoding::BASE64.encode(br#"{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{}}"#);
    let proof = format!(
        r#"{{"logIndex":0,"treeSize":1,"rootHash":"{zeros}","hashes":[],"checkpoint":"log\n1\n{root}\n\n\u2014 log AAAAAAAA\n"}}"#
    );
    let entry = format!(
        r#"{{"uuid":{{"body":"{body}","integratedTime":1700000000,"logIndex":0,"logID":"{zeros}","verification":{{"inclusionProof":{proof}}}}}}}"#
    );
    directory.write("entry.json", entry);
    let outcome = run(&directory, "bundle upgrade sound.json -o new.json --rekor-entry entry.json");
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let outcome = run(&directory, "bundle inspect new.json --format json");
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["evidence"][0]["mediaType"], "application/vnd.dev.sigstore.bundle.v0.3+json");
    assert_eq!(report["evidence"][0]["logEntries"][0]["proof"], true);
}
