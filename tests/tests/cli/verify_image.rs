//! `plimsoll verify` of images: what is attached to them is found and bound to their digest.

use std::fs;

use plimsoll_tests::{Layout, Outcome, TemporaryDirectory, plimsoll, workspace};
use serde_json::Value;

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

fn run(arguments: &[&str]) -> Outcome {
    Outcome::from(plimsoll(arguments).output().unwrap())
}

/// The path of a key of `testdata/keys`.
fn key(name: &str) -> String {
    workspace().join("testdata/keys").join(name).display().to_string()
}

/// A bundle with a statement about a digest.
fn bundle(digest: &str) -> Vec<u8> {
    let directory = TemporaryDirectory::new();
    directory.write("predicate.json", "{}");
    let predicate = directory.path().join("predicate.json").display().to_string();
    let to = directory.path().join("bundle.json").display().to_string();
    let key = key("pkcs8-p256.pem");
    let line = ["attest", digest, "--type", "https://example.org/review/v1", "--predicate", &predicate, "--key", &key];
    let outcome = run(&[line.as_slice(), &["--no-tlog", "--bundle", &to]].concat());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    fs::read(to).unwrap()
}

/// A layout with two images; bundles about the first are attached to both, and one that is broken.
#[test]
fn evidence_is_bound_to_the_image() {
    let mut layout = Layout::default();
    let first = layout.image("amd64", &[&[("etc/os-release", b"ID=debian\n")]]);
    let second = layout.image("amd64", &[&[("etc/os-release", b"ID=alpine\n")]]);
    let about = bundle(&first);
    let sound = layout.referrer(&first, BUNDLE, &about);
    let broken = layout.referrer(&first, BUNDLE, b"{}");
    let sbom = layout.referrer(&first, "application/vnd.cyclonedx+json", b"{}");
    let moved = layout.referrer(&second, BUNDLE, &about);
    let directory = TemporaryDirectory::new();
    layout.write_listing(directory.path(), &[&first, &second, &sound, &broken, &sbom, &moved]);
    let place = |digest: &str| format!("oci-layout:{}@{digest}", directory.path().display());
    let public = key("p256.pub");
    let verify = |digest: &str, more: &[&str]| {
        run(&[&["--offline", "verify", &place(digest), "--key", &public, "--no-tlog"], more].concat())
    };
    let outcome = verify(&first, &["--format", "json"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let subject = &report["subjects"][0];
    assert_eq!(format!("sha256:{}", subject["digests"]["sha256"].as_str().unwrap()), first);
    assert_eq!(subject["evidence"][0]["place"], format!("referrer {sound}"));
    // What is broken is told, and hides nothing.
    assert_eq!(subject["refused"][0]["place"], format!("referrer {broken}"));
    let outcome = verify(&second, &[]);
    assert!(outcome.status == Some(1) && outcome.stderr.contains("PLM-V0202"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(&second), "{}", outcome.stderr);
    let outcome = verify(&first, &["--type", "spdx"]);
    assert!(outcome.status == Some(1) && outcome.stderr.contains("PLM-V0204"), "{}", outcome.stderr);
    // Evidence that is named stands in for what is attached.
    directory.write("named.json", bundle(&second));
    let named = directory.path().join("named.json").display().to_string();
    assert_eq!(verify(&second, &["--bundle", &named]).status, Some(0));
    assert_eq!(verify(&first, &["--bundle", &named]).status, Some(1));
    // Bytes that are not what their digest names prove nothing.
    let blob = directory.path().join("blobs/sha256").join(first.trim_start_matches("sha256:"));
    fs::write(&blob, "{}").unwrap();
    assert_eq!(verify(&first, &[]).status, Some(3));
}

#[test]
fn a_registry_needs_the_network() {
    let public = key("p256.pub");
    let outcome = run(&["--offline", "verify", "registry:registry.test/app", "--key", &public]);
    assert!(outcome.status == Some(2) && outcome.stderr.contains("--offline"), "{}", outcome.stderr);
    let outcome = run(&["verify", "registry:127.0.0.1:1/app", "--retries", "0", "--key", &public]);
    assert_eq!(outcome.status, Some(3), "{}", outcome.stderr);
}
