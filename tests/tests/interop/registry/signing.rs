//! Images are signed and attested by what their names stand for, and what was signed is attached to them.

use std::process::Command;

use plimsoll_tests::{Outcome, PrivateSigstore, plimsoll};
use serde_json::Value;

use super::{Registry, layout};

fn command(sigstore: &PrivateSigstore, arguments: &[&str]) -> Outcome {
    let mut command: Command = plimsoll(arguments);
    command.arg("--trust-config").arg(sigstore.trust_config());
    command.arg("--identity-token-file").arg(sigstore.file("token")).args(["--format", "json"]);
    Outcome::from(command.output().unwrap())
}

#[test]
fn images_are_signed_and_attested_by_digest() {
    let Some(registry) = Registry::start() else { return };
    let sigstore = PrivateSigstore::start(|_| {}).unwrap();
    let (layout, index) = layout();
    layout.push(&registry.host, "acme/app", &index, "1.0");
    let manifest = &layout.manifests[0].0;
    let tagged = format!("registry:{}/acme/app:1.0", registry.host);
    let pinned = format!("registry:{}/acme/app@{manifest}", registry.host);

    let signed = command(&sigstore, &["sign", &tagged]);
    assert_eq!(signed.status, Some(0), "{}", signed.stderr);
    assert!(signed.stderr.contains(&format!("is {index}")), "{}", signed.stderr);
    let report: Value = serde_json::from_str(&signed.stdout).unwrap();
    let bundle = &report["bundles"][0];
    assert_eq!(bundle["predicateType"], "https://sigstore.dev/cosign/sign/v1");
    assert_eq!(bundle["attached"][0]["to"], format!("{}/acme/app@{index}", registry.host));
    assert!(bundle["path"].is_null());

    let scanned = command(&sigstore, &["attest", &pinned, "--scan"]);
    assert_eq!(scanned.status, Some(0), "{}", scanned.stderr);
    let report: Value = serde_json::from_str(&scanned.stdout).unwrap();
    let bundle = &report["bundles"][0];
    assert_eq!(bundle["predicateType"], "https://cyclonedx.org/bom");
    let digest = bundle["subjects"][0]["digests"]["sha256"].as_str().unwrap();
    assert_eq!(format!("sha256:{digest}"), *manifest);

    let listed = Outcome::from(plimsoll(["referrers", &pinned, "--format", "json"]).output().unwrap());
    assert_eq!(listed.status, Some(0), "{}", listed.stderr);
    let attached = bundle["attached"][0]["manifest"].as_str().unwrap();
    assert!(listed.stdout.contains(attached), "{}", listed.stdout);

    // An index is several images: which one is to be scanned has to be said.
    let refused = command(&sigstore, &["attest", &tagged, "--scan"]);
    assert_eq!(refused.status, Some(2), "{}", refused.stderr);
}

/// What verifies an image with the identity of the job.
fn verify(sigstore: &PrivateSigstore, image: &str) -> Outcome {
    let mut command: Command = plimsoll(["verify", image, "--format", "json"]);
    command.arg("--trusted-root").arg(sigstore.file("trusted_root.json"));
    command.args(["--identity", &sigstore.identity.certified()]);
    command.args(["--issuer", &sigstore.stack.issuer(&sigstore.identity)]);
    Outcome::from(command.output().unwrap())
}

/// The places of the evidence that holds.
fn places(outcome: &Outcome) -> Vec<String> {
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let evidence = report["subjects"][0]["evidence"].as_array().unwrap();
    evidence.iter().map(|piece| piece["place"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_index_is_signed_after_its_images() {
    let Some(registry) = Registry::start() else { return };
    let sigstore = PrivateSigstore::start(|_| {}).unwrap();
    let (layout, index) = layout();
    layout.push(&registry.host, "acme/app", &index, "1.0");
    let tagged = format!("registry:{}/acme/app:1.0", registry.host);
    let signed = command(&sigstore, &["sign", &tagged, "--recursive"]);
    assert_eq!(signed.status, Some(0), "{}", signed.stderr);
    let report: Value = serde_json::from_str(&signed.stdout).unwrap();
    let digests: Vec<String> = report["bundles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bundle| format!("sha256:{}", bundle["subjects"][0]["digests"]["sha256"].as_str().unwrap()))
        .collect();
    let (first, second) = digests.split_at(2);
    assert_eq!(second, std::slice::from_ref(&index));
    for digest in first {
        assert!(layout.manifests.iter().any(|(known, ..)| known == digest));
    }
    for digest in &digests {
        let outcome = verify(&sigstore, &format!("registry:{}/acme/app@{digest}", registry.host));
        assert_eq!(places(&outcome).len(), 1);
    }
    let file = sigstore.write("file", "ship");
    let refused = command(&sigstore, &["sign", file.to_str().unwrap(), "--recursive"]);
    assert_eq!(refused.status, Some(2), "{}", refused.stderr);
}

#[test]
fn the_older_layout_of_cosign_is_found_under_its_tags() {
    let Some(registry) = Registry::start() else { return };
    let sigstore = PrivateSigstore::start(|_| {}).unwrap();
    let (layout, index) = layout();
    layout.push(&registry.host, "acme/app", &index, "1.0");
    let tagged = format!("registry:{}/acme/app:1.0", registry.host);
    let signed = command(&sigstore, &["sign", &tagged, "--cosign-layout"]);
    assert_eq!(signed.status, Some(0), "{}", signed.stderr);
    let report: Value = serde_json::from_str(&signed.stdout).unwrap();
    let bundles = report["bundles"].as_array().unwrap();
    assert_eq!(bundles.len(), 2);
    assert!(bundles.iter().all(|bundle| bundle["entries"][0]["version"] == 1));
    let predicate = sigstore.write("predicate.json", "{}").display().to_string();
    let attest = ["attest", &tagged, "--type", "test-result", "--predicate", &predicate, "--cosign-layout"];
    let attested = command(&sigstore, &attest);
    assert_eq!(attested.status, Some(0), "{}", attested.stderr);

    let hex = index.trim_start_matches("sha256:");
    let found = places(&verify(&sigstore, &tagged));
    for tag in [format!("tag sha256-{hex}.sig"), format!("tag sha256-{hex}.att")] {
        assert!(found.contains(&tag), "{tag}: {found:?}");
    }
    assert_eq!(found.len(), 4, "{found:?}");

    // A log of version 2 promises nothing that the layout could keep.
    let refused = command(&sigstore, &["sign", &tagged, "--cosign-layout", "--rekor-version", "2"]);
    assert_eq!(refused.status, Some(2), "{}", refused.stderr);
    let mut sign: Command = plimsoll(["sign", &tagged, "--cosign-layout"]);
    sign.arg("--trusted-root").arg(sigstore.file("trusted_root.json"));
    sign.arg("--signing-config").arg(sigstore.file("signing_config.2.json"));
    sign.arg("--identity-token-file").arg(sigstore.file("token"));
    let refused = Outcome::from(sign.output().unwrap());
    assert!(refused.status != Some(0) && refused.stderr.contains("needs a log of version 1"), "{}", refused.stderr);
}

#[test]
fn a_key_needs_no_log_for_the_older_layout() {
    let Some(registry) = Registry::start() else { return };
    let directory = plimsoll_tests::TemporaryDirectory::new();
    let (layout, index) = layout();
    layout.push(&registry.host, "acme/app", &index, "1.0");
    let tagged = format!("registry:{}/acme/app:1.0", registry.host);
    let key = directory.path().join("release");
    let made = plimsoll(["keys", "generate", "-o"]).arg(&key).env("PLIMSOLL_PASSWORD", "pw").status();
    assert!(made.unwrap().success());
    let mut sign: Command = plimsoll(["sign", &tagged, "--cosign-layout", "--recursive", "--no-tlog", "--key"]);
    let signed = Outcome::from(sign.arg(key.with_extension("key")).env("PLIMSOLL_PASSWORD", "pw").output().unwrap());
    assert_eq!(signed.status, Some(0), "{}", signed.stderr);
    for image in [tagged, format!("registry:{}/acme/app@{}", registry.host, layout.manifests[0].0)] {
        let mut verify: Command = plimsoll(["verify", &image, "--no-tlog", "--format", "json", "--key"]);
        let found = places(&Outcome::from(verify.arg(key.with_extension("pub")).output().unwrap()));
        assert!(found.len() == 2 && found.iter().any(|place| place.ends_with(".sig")), "{found:?}");
    }
}
