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
