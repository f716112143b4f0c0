//! VEX that somebody signed: what the policy's `[[vex.signer]]` makes of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_tests::{Outcome, PrivateSigstore, plimsoll};
use serde_json::Value;

use super::Machine;

const VEX: &str = r#"{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://acme.example/1", "author": "Acme",
    "timestamp": "2026-01-01T00:00:00Z", "version": 1, "statements": [{"vulnerability": {"name": "CVE-2026-1"},
    "products": [{"@id": "pkg:npm/hull@1.0.0"}], "status": "not_affected",
    "justification": "vulnerable_code_not_present"}]}"#;

/// A machine with advisories, a private Sigstore, a key, and an artifact with its SBOM.
struct Yard {
    machine: Machine,
    sigstore: PrivateSigstore,
    sbom: PathBuf,
}

impl Yard {
    fn new() -> Self {
        let sigstore = PrivateSigstore::start(|_| {}).unwrap();
        for key in ["release", "other"] {
            let made =
                plimsoll(["keys", "generate", "-o"]).arg(sigstore.file(key)).env("PLIMSOLL_PASSWORD", "pw").status();
            assert!(made.unwrap().success());
        }
        sigstore.write("app.tar", "ship");
        sigstore.write("vex.json", VEX);
        let digest = "1f4b0ae42ccf4b1d0fa3ea2d0e7a6c1f3a28c9bd7d3c31d8e7f7b7a9c5a0a9d1";
        let sbom = sigstore.write("app.cdx.json", sbom_of(digest));
        Self { machine: Machine::new(), sigstore, sbom }
    }

    fn command(&self, name: &str) -> Command {
        let mut command = plimsoll([name]);
        command.arg("--trusted-root").arg(self.sigstore.file("trusted_root.json"));
        command.arg("--signing-config").arg(self.sigstore.file("signing_config.2.json"));
        command.arg("--identity-token-file").arg(self.sigstore.file("token"));
        command
    }

    /// The VEX, attested of `subject`, by the identity of the job.
    fn attested(&self, subject: &str, name: &str) -> PathBuf {
        let bundle = self.sigstore.file(name);
        let mut attest = self.command("attest");
        attest.arg(subject).args(["--type", "openvex", "--predicate"]).arg(self.sigstore.file("vex.json"));
        let outcome = run(attest.arg("--bundle").arg(&bundle));
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
        bundle
    }

    /// The same by key, in no log.
    fn attested_by_key(&self, subject: &str, name: &str) -> PathBuf {
        let bundle = self.sigstore.file(name);
        let mut attest = plimsoll(["attest", "--offline", "--no-tlog", "--trusted-root"]);
        attest.arg(self.sigstore.file("trusted_root.json")).arg("--key").arg(self.sigstore.file("release.key"));
        attest.env("PLIMSOLL_PASSWORD", "pw").arg(subject).args(["--type", "openvex", "--predicate"]);
        let outcome = run(attest.arg(self.sigstore.file("vex.json")).arg("--bundle").arg(&bundle));
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
        bundle
    }

    fn policy(&self, name: &str, signer: &str) -> PathBuf {
        let text = format!(
            "version = 1\n[roots.private]\ntrusted_root = \"trusted_root.json\"\n[roots.keys.release]\nfile = \"release.pub\"\n\
             [roots.keys.other]\nfile = \"other.pub\"\n[[vex.signer]]\nname = \"acme\"\nparty = \"first\"\nsigner = {{ {signer} }}\n"
        );
        self.sigstore.write(name, &text)
    }

    fn job(&self) -> String {
        let Self { sigstore, .. } = self;
        let (identity, issuer) = (sigstore.identity.certified(), sigstore.stack.issuer(&sigstore.identity));
        format!("san = \"{identity}\", issuer = \"{issuer}\"")
    }

    /// State and claims of the finding, and how many are suppressed.
    fn finding(&self, vex: &Path, policy: Option<&Path>, more: &[&str]) -> (String, String, u64, String) {
        let (sbom, vex) = (self.sbom.display().to_string(), vex.display().to_string());
        let mut arguments = vec!["audit", &sbom, "--max-age", "0", "--vex", &vex];
        arguments.extend(["--format", "json", "--show-suppressed"]);
        let policy = policy.map(|path| path.display().to_string());
        arguments.extend(policy.iter().flat_map(|policy| ["--policy", policy]));
        arguments.extend(more);
        let outcome = self.machine.run(&arguments);
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let found = report["findings"].as_array().unwrap().iter().find(|found| found["name"] == "hull").unwrap();
        let said = format!("{}{}", found["said"].as_str().unwrap_or_default(), found["claims"]);
        (found["state"].as_str().unwrap().to_owned(), said, report["suppressed"].as_u64().unwrap(), outcome.stderr)
    }
}

fn run(command: &mut Command) -> Outcome {
    Outcome::from(command.output().unwrap())
}

fn sbom_of(digest: &str) -> String {
    format!(
        r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {{"component": {{"type": "application",
        "bom-ref": "root", "name": "app", "version": "1", "hashes": [{{"alg": "SHA-256", "content": "{digest}"}}]}}}},
        "components": [{{"type": "library", "bom-ref": "hull", "name": "hull", "version": "1.0.0", "purl": "pkg:npm/hull@1.0.0"}}]}}"#
    )
}

const OWN: &str = "sha256:1f4b0ae42ccf4b1d0fa3ea2d0e7a6c1f3a28c9bd7d3c31d8e7f7b7a9c5a0a9d1";

#[test]
fn what_a_named_signer_states_takes_findings_away() {
    let yard = Yard::new();
    let policy = yard.policy("policy.toml", &yard.job());
    let bundle = yard.attested(OWN, "own.json");
    let (state, said, suppressed, stderr) = yard.finding(&bundle, Some(&policy), &[]);
    assert_eq!((&*state, suppressed), ("vexed", 1), "{said} {stderr}");
    assert!(
        said.starts_with("not_affected, signed by acme") && stderr.contains("VEX signed by acme"),
        "{said} {stderr}"
    );
    // Without a policy, by a policy that names somebody else, before it was signed, and by other authorities: a claim.
    let stranger =
        yard.policy("stranger.toml", "san = \"https://example.org/nobody\", issuer = \"https://example.org\"");
    let past = ["--at", "2026-06-01T00:00:00Z"];
    let elsewhere = ["--trust", "public-good"];
    for (policy, more, why) in [
        (None, &[][..], "no policy names whose VEX counts"),
        (Some(&stranger), &[], "not by acme"),
        (Some(&policy), &past, "not by acme: it was signed at"),
        (Some(&policy), &elsewhere, "not by acme"),
    ] {
        let (state, said, suppressed, stderr) = yard.finding(&bundle, policy.map(PathBuf::as_path), more);
        assert_eq!((&*state, suppressed), ("open", 0), "{why}: {said}");
        assert!(said.contains("not_affected (a claim") && stderr.contains(why), "{why}: {said} {stderr}");
    }
    // Signed by the right one, of another artifact.
    let other = yard.attested(&yard.sigstore.file("app.tar").display().to_string(), "other.json");
    let (state, said, suppressed, _) = yard.finding(&other, Some(&policy), &[]);
    assert_eq!((&*state, suppressed), ("open", 0), "{said}");
    assert!(said.contains("it is signed about another artifact"), "{said}");
}

#[test]
fn a_document_with_its_signature_beside_it() {
    let yard = Yard::new();
    let policy = yard.policy("policy.toml", &yard.job());
    let document = yard.sigstore.file("vex.json");
    assert_eq!(yard.finding(&document, Some(&policy), &[]).0, "open");
    let signed = run(yard.command("sign").arg(&document));
    assert_eq!(signed.status, Some(0), "{}", signed.stderr);
    let (state, said, _, stderr) = yard.finding(&document, Some(&policy), &[]);
    assert_eq!(state, "vexed", "{said} {stderr}");
    // The signature is of other bytes.
    yard.sigstore.write("vex.json", VEX.replace("Acme", "acme"));
    let (state, said, _, stderr) = yard.finding(&document, Some(&policy), &[]);
    assert!(state == "open" && said.contains("claim"), "{said} {stderr}");
    // How a document came to be is not what its author says.
    let built = yard.sigstore.write("built.json", VEX);
    let test = yard.sigstore.write("test.json", r#"{"result": "PASSED", "configuration": []}"#);
    let attested = run(yard.command("attest").arg(&built).args(["--type", "test-result", "--predicate"]).arg(test));
    assert_eq!(attested.status, Some(0), "{}", attested.stderr);
    let (state, said, _, stderr) = yard.finding(&built, Some(&policy), &[]);
    assert!(state == "open" && stderr.contains("something else than its content"), "{said} {stderr}");
}

#[test]
fn a_key_of_the_policy() {
    let yard = Yard::new();
    let bundle = yard.attested_by_key(OWN, "own.json");
    let policy = yard.policy("policy.toml", "key = \"release\"");
    let (state, said, _, stderr) = yard.finding(&bundle, Some(&policy), &["--no-tlog"]);
    assert_eq!(state, "vexed", "{said} {stderr}");
    // The root names a log, and it is in none.
    let (state, said, _, stderr) = yard.finding(&bundle, Some(&policy), &[]);
    assert!(state == "open" && stderr.contains("log entry"), "{said} {stderr}");
    let other = yard.policy("other.toml", "key = \"other\"");
    let (state, said, _, _) = yard.finding(&bundle, Some(&other), &["--no-tlog"]);
    assert!(state == "open" && said.contains("claim"), "{said}");
}
