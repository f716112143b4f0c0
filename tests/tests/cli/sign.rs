//! `plimsoll sign` and `plimsoll attest`, at a private Sigstore, and `plimsoll verify` after them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use plimsoll_dev_stack::{Fault, Outage, Service};
use plimsoll_tests::{Outcome, PrivateSigstore, plimsoll};
use serde_json::Value;

mod secrets;

/// A private Sigstore and what is signed at it.
struct Place {
    sigstore: PrivateSigstore,
    artifact: PathBuf,
}

impl Place {
    fn new() -> Self {
        let sigstore = PrivateSigstore::start(|_| {}).unwrap();
        let artifact = sigstore.write("app.tar.gz", "ship");
        Self { sigstore, artifact }
    }

    /// A command that signs with the identity of the job, into a log of this version.
    fn command(&self, name: &str, rekor: u8) -> Command {
        let mut command = plimsoll([name]);
        command.arg("--trusted-root").arg(self.sigstore.file("trusted_root.json"));
        command.arg("--signing-config").arg(self.sigstore.file(&format!("signing_config.{rekor}.json")));
        command.args(["--retries", "0"]);
        command
    }

    fn keyless(&self, name: &str, rekor: u8) -> Command {
        let mut command = self.command(name, rekor);
        command.arg("--identity-token-file").arg(self.sigstore.file("token"));
        command
    }

    fn keyed(&self, name: &str, rekor: u8) -> Command {
        let mut command = self.command(name, rekor);
        let key = self.sigstore.file("release.key");
        if !key.exists() {
            let made = plimsoll(["keys", "generate", "-o"])
                .arg(self.sigstore.file("release"))
                .env("PLIMSOLL_PASSWORD", "pw")
                .status();
            assert!(made.unwrap().success());
        }
        command.arg("--key").arg(key).env("PLIMSOLL_PASSWORD", "pw");
        command
    }

    fn bundle(&self) -> PathBuf {
        self.sigstore.file("app.tar.gz.sigstore.json")
    }

    fn verify(&self, keyless: bool) -> Outcome {
        let mut command = plimsoll(["verify"]);
        command.arg(&self.artifact).arg("--trusted-root").arg(self.sigstore.file("trusted_root.json"));
        if keyless {
            command.args(["--identity", &self.sigstore.identity.certified()]);
            command.args(["--issuer", &self.sigstore.stack.issuer(&self.sigstore.identity)]);
        } else {
            command.arg("--key").arg(self.sigstore.file("release.pub"));
        }
        run(command)
    }
}

fn run(mut command: Command) -> Outcome {
    Outcome::from(command.output().unwrap())
}

fn validated(name: &str, text: &str) -> Value {
    let path = plimsoll_tests::workspace().join(format!("schemas/plimsoll.{name}.1.schema.json"));
    let schema = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let report: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    report
}

#[test]
fn what_is_signed_verifies() {
    let place = Place::new();
    let predicate = place.sigstore.write("results.json", r#"{"result":"PASSED"}"#);
    for rekor in [1, 2] {
        for keyless in [true, false] {
            let new = |name| if keyless { place.keyless(name, rekor) } else { place.keyed(name, rekor) };
            drop(fs::remove_file(place.bundle()));
            let mut sign = new("sign");
            sign.arg(&place.artifact).args(["--format", "json"]);
            let signed = run(sign);
            assert_eq!(signed.status, Some(0), "{}", signed.stderr);
            let report = validated("sign", &signed.stdout);
            assert_eq!(report["bundles"][0]["entries"][0]["version"], rekor);
            let verified = place.verify(keyless);
            assert_eq!(verified.status, Some(0), "{}", verified.stderr);

            // A statement does not take the place of a signature.
            let mut attest = new("attest");
            attest
                .arg(&place.artifact)
                .args(["--type", "test-result", "--format", "json"])
                .arg("--predicate")
                .arg(&predicate);
            let refused = run(attest);
            assert_eq!(refused.status, Some(2), "{}", refused.stderr);
            fs::remove_file(place.bundle()).unwrap();
            let mut attest = new("attest");
            attest
                .arg(&place.artifact)
                .args(["--type", "test-result", "--format", "json"])
                .arg("--predicate")
                .arg(&predicate);
            let attested = run(attest);
            assert_eq!(attested.status, Some(0), "{}", attested.stderr);
            let report = validated("attest", &attested.stdout);
            assert_eq!(report["bundles"][0]["predicateType"], "https://in-toto.io/attestation/test-result/v0.1");
            let verified = place.verify(keyless);
            assert_eq!(verified.status, Some(0), "{}", verified.stderr);
        }
    }
}

#[test]
fn a_fault_leaves_no_file() {
    let place = Place::new();
    for fault in [
        Fault::CertificateWrongAuthority,
        Fault::CertificateWrongSct,
        Fault::CheckpointSignature,
        Fault::InclusionProof,
        Fault::TimestampUntrusted,
        Fault::Outage(Service::Fulcio, Outage::Broken),
        Fault::Outage(Service::RekorV2, Outage::Down),
    ] {
        place.sigstore.stack.set_fault(fault, true);
        let mut sign = place.keyless("sign", 2);
        let outcome = run({
            sign.arg(&place.artifact);
            sign
        });
        place.sigstore.stack.set_fault(fault, false);
        assert_eq!(outcome.status, Some(3), "{fault}: {}", outcome.stderr);
        assert!(!place.bundle().exists(), "{fault}");
    }
}

#[test]
fn an_sbom_is_signed_under_its_standard_and_not_when_incomplete() {
    let place = Place::new();
    let sbom = |aggregate: &str| {
        format!(
            r#"{{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[],"compositions":[{{"aggregate":"{aggregate}"}}]}}"#
        )
    };
    for (aggregate, allow, status) in [("unknown", false, 0), ("incomplete", false, 4), ("incomplete", true, 0)] {
        drop(fs::remove_file(place.bundle()));
        let file = place.sigstore.write("sbom.json", sbom(aggregate));
        let mut attest = place.keyless("attest", 2);
        attest.arg(&place.artifact).arg("--sbom").arg(file).args(["--format", "json"]);
        if allow {
            attest.arg("--allow-incomplete");
        }
        let outcome = run(attest);
        assert_eq!(outcome.status, Some(status), "{aggregate}: {}", outcome.stderr);
        assert_eq!(place.bundle().exists(), status == 0);
        if status == 0 {
            let report = validated("attest", &outcome.stdout);
            assert_eq!(report["bundles"][0]["predicateType"], "https://cyclonedx.org/bom");
            assert_eq!(report["bundles"][0]["allowed"].as_array().unwrap().len(), usize::from(allow));
        }
    }
}

#[test]
fn a_key_needs_nobody() {
    let place = Place::new();
    let mut sign = plimsoll(["sign", "--offline", "--no-tlog", "--trusted-root"]);
    drop(place.keyed("sign", 1));
    sign.arg(place.sigstore.file("trusted_root.json")).arg("--key").arg(place.sigstore.file("release.key"));
    sign.arg(&place.artifact).env("PLIMSOLL_PASSWORD", "pw");
    let signed = run(sign);
    assert_eq!(signed.status, Some(0), "{}", signed.stderr);
    assert!(signed.stdout.contains("logged: no (--no-tlog)"), "{}", signed.stdout);
    assert_ne!(place.verify(false).status, Some(0));
    let mut verify = plimsoll(["verify", "--no-tlog"]);
    verify.arg(&place.artifact).arg("--key").arg(place.sigstore.file("release.pub"));
    let verified = run(verify);
    assert_eq!(verified.status, Some(0), "{}", verified.stderr);
}

#[test]
fn a_public_log_needs_a_word_where_the_repository_may_not_be_public() {
    let place = Place::new();
    let token = place.sigstore.stack.token(&plimsoll_dev_stack::Identity::Email("ada@example.org".into())).unwrap();
    let file = place.sigstore.write("person", token.expose());
    let mut sign = plimsoll(["sign"]);
    let outcome = run({
        sign.arg(&place.artifact).arg("--identity-token-file").arg(file);
        sign
    });
    assert_eq!(outcome.status, Some(2), "{}", outcome.stderr);
    for wanted in ["published for ever", "ada@example.org", "--public-log", "rekor.sigstore.dev"] {
        assert!(outcome.stderr.contains(wanted), "{wanted}: {}", outcome.stderr);
    }
    let mut offline = plimsoll(["sign", "--offline"]);
    let outcome = run({
        offline.arg(&place.artifact);
        offline
    });
    assert_eq!(outcome.status, Some(2), "{}", outcome.stderr);
}

#[test]
fn the_ambient_identity_of_a_job_signs_many_files() {
    let place = Place::new();
    let other = place.sigstore.write("lib.so", "more");
    let mut sign = place.command("sign", 2);
    let stack = &place.sigstore.stack;
    sign.env("GITHUB_ACTIONS", "true").env("ACTIONS_ID_TOKEN_REQUEST_URL", stack.request_url());
    sign.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", stack.request_token().expose()).arg(&place.artifact).arg(&other);
    let signed = run(sign);
    assert_eq!(signed.status, Some(0), "{}", signed.stderr);
    assert!(place.bundle().exists() && place.sigstore.file("lib.so.sigstore.json").exists());
    let sums = "b".repeat(64);
    let list = place.sigstore.write("SHA256SUMS", format!("{sums}  app.tar.gz\n"));
    let mut sign = place.keyless("sign", 2);
    sign.arg("--subjects-from").arg(list);
    let refused = run(sign);
    assert_eq!(refused.status, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("is not what the list says"), "{}", refused.stderr);
}
