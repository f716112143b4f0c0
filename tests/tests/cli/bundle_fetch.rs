//! `plimsoll bundle upgrade --fetch`, at a private Sigstore.

use std::fs;
use std::process::Command;

use data_encoding::{BASE64, HEXLOWER};
use plimsoll_tests::{Outcome, PrivateSigstore, plimsoll};
use serde_json::{Value, json};

/// A bundle that was made at the log of version 1, of a fresh certificate each time.
fn bundle(sigstore: &PrivateSigstore, command: &[&str], name: &str) -> Value {
    let path = sigstore.file(name);
    let mut command: Command = plimsoll(command);
    command.arg(sigstore.file("app")).arg("--trusted-root").arg(sigstore.file("trusted_root.json"));
    command.arg("--signing-config").arg(sigstore.file("signing_config.1.json"));
    command.arg("--identity-token-file").arg(sigstore.file("token")).arg("--bundle").arg(&path);
    let outcome = Outcome::from(command.output().unwrap());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn log(sigstore: &PrivateSigstore) -> String {
    let config: Value = serde_json::from_slice(&fs::read(sigstore.file("signing_config.1.json")).unwrap()).unwrap();
    config["rekorTlogUrls"][0]["url"].as_str().unwrap().to_owned()
}

fn upgrade(sigstore: &PrivateSigstore, evidence: &Value, more: &[&str]) -> Outcome {
    let old = sigstore.write("old.json", evidence.to_string());
    let mut command = plimsoll(["bundle", "upgrade"]);
    command.arg(old).arg("-o").arg(sigstore.file("new.json")).args(["--retries", "0"]).args(more);
    Outcome::from(command.output().unwrap())
}

fn verified(sigstore: &PrivateSigstore) -> Outcome {
    let mut command = plimsoll(["verify"]);
    command.arg(sigstore.file("app")).arg("--bundle").arg(sigstore.file("new.json"));
    command.arg("--trusted-root").arg(sigstore.file("trusted_root.json"));
    command.args(["--identity", &sigstore.identity.certified()]);
    command.args(["--issuer", &sigstore.stack.issuer(&sigstore.identity)]);
    Outcome::from(command.output().unwrap())
}

#[test]
fn a_promise_is_supplemented_by_the_proof() {
    let sigstore = PrivateSigstore::start(|_| {}).unwrap();
    sigstore.write("app", "ship");
    let bundle = bundle(&sigstore, &["sign"], "first.json");
    let entry = &bundle["verificationMaterial"]["tlogEntries"][0];
    let number = |name: &str| entry[name].as_str().unwrap().parse::<u64>().unwrap();
    let log_id = HEXLOWER.encode(&BASE64.decode(entry["logId"]["keyId"].as_str().unwrap().as_bytes()).unwrap());
    let certificate = bundle["verificationMaterial"]["certificate"]["rawBytes"].as_str().unwrap();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n");
    let mut old = json!({
        "base64Signature": bundle["messageSignature"]["signature"],
        "cert": BASE64.encode(pem.as_bytes()),
        "rekorBundle": {
            "SignedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
            "Payload": {
                "body": entry["canonicalizedBody"],
                "integratedTime": number("integratedTime"),
                "logIndex": number("logIndex"),
                "logID": log_id,
            },
        },
    });
    let outcome = upgrade(&sigstore, &old, &[]);
    assert!(outcome.status == Some(1) && outcome.stderr.contains("--fetch"), "{}", outcome.stderr);
    let url = log(&sigstore);
    let outcome = upgrade(&sigstore, &old, &["--rekor-url", &url, "--offline"]);
    assert!(outcome.status == Some(2) && outcome.stderr.contains("--offline"), "{}", outcome.stderr);
    let outcome = upgrade(&sigstore, &old, &["--fetch", "--rekor-url", &url]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("nothing is verified"), "{}", outcome.stderr);
    let outcome = verified(&sigstore);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);

    // Another entry is not taken for this one, nor one that is not there.
    fs::remove_file(sigstore.file("new.json")).unwrap();
    sigstore.write("app", "another");
    self::bundle(&sigstore, &["sign"], "second.json");
    old["rekorBundle"]["Payload"]["logIndex"] = (number("logIndex") + 1).into();
    let outcome = upgrade(&sigstore, &old, &["--rekor-url", &url]);
    assert!(outcome.status == Some(1) && outcome.stderr.contains("another one"), "{}", outcome.stderr);
    old["rekorBundle"]["Payload"]["logIndex"] = (number("logIndex") + 7).into();
    assert_eq!(upgrade(&sigstore, &old, &["--rekor-url", &url]).status, Some(3));
    assert!(!sigstore.file("new.json").exists());
}

#[test]
fn only_an_entry_of_the_same_signature_and_certificate_is_found() {
    let sigstore = PrivateSigstore::start(|_| {}).unwrap();
    sigstore.write("app", "ship");
    let predicate = sigstore.write("predicate.json", "{}").display().to_string();
    let attest = ["attest", "--type", "test-result", "--predicate", &predicate];
    // The same statement, by two certificates.
    let first = bundle(&sigstore, &attest, "first.json");
    let second = bundle(&sigstore, &attest, "second.json");
    assert_eq!(first["dsseEnvelope"]["payload"], second["dsseEnvelope"]["payload"]);
    let certificate = |bundle: &Value, name: &str| {
        let raw = bundle["verificationMaterial"]["certificate"]["rawBytes"].as_str().unwrap();
        sigstore.write(name, BASE64.decode(raw.as_bytes()).unwrap()).display().to_string()
    };
    let (mine, other) = (certificate(&first, "first.der"), certificate(&second, "second.der"));
    let url = log(&sigstore);
    let upgrade = |certificate: &str| {
        upgrade(&sigstore, &first["dsseEnvelope"], &["--rekor-url", &url, "--certificate", certificate])
    };
    let outcome = upgrade(&other);
    assert!(outcome.status == Some(1) && outcome.stderr.contains("none of the 2 entries"), "{}", outcome.stderr);
    let outcome = upgrade(&mine);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let outcome = verified(&sigstore);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let new: Value = serde_json::from_slice(&fs::read(sigstore.file("new.json")).unwrap()).unwrap();
    let body = |bundle: &Value| bundle["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"].clone();
    assert_eq!(body(&new), body(&first));
    // Without a certificate nobody knows which entry it is.
    let outcome = self::upgrade(&sigstore, &first["dsseEnvelope"], &["--rekor-url", &url]);
    assert!(outcome.status == Some(1) && outcome.stderr.contains("--certificate"), "{}", outcome.stderr);
}
