//! Where a gate is asked: a directory with artifacts, evidence, keys and a policy.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll, workspace};
use serde_json::Value;

/// A directory in which commands run.
pub(super) struct Place {
    pub(super) directory: TemporaryDirectory,
}

pub(super) const POLICY: &str = r#"version = 1
[roots.keys.release]
file = "release.pub"

[signed_by]
signer = [{ key = "release" }]

[packages]
deny = [{ match = "pkg:npm/flatmap-stream" }]
"#;

/// An SBOM with one component.
pub(super) fn sbom(purl: &str) -> String {
    serde_json::json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": { "component": { "type": "application", "bom-ref": "app", "name": "app", "version": "1" } },
        "components": [{ "type": "library", "bom-ref": purl, "name": "x", "version": "1", "purl": purl }],
    })
    .to_string()
}

/// How something is signed with the key of the policies, and with another.
pub(super) const RELEASE: [&str; 3] = ["--key", "release.key", "--no-tlog"];
pub(super) const STRANGER: [&str; 3] = ["--key", "stranger.key", "--no-tlog"];

impl Place {
    /// Keys and a policy, and nothing else.
    pub(super) fn bare() -> Self {
        let place = Self { directory: TemporaryDirectory::new() };
        for (kept, name) in
            [("pkcs8-p256.pem", "release.key"), ("p256.pub", "release.pub"), ("pkcs8-ed25519.pem", "stranger.key")]
        {
            fs::copy(workspace().join("testdata/keys").join(kept), place.path(name)).unwrap();
        }
        place.directory.write("policy.toml", POLICY);
        place
    }

    /// An artifact that a key signed, and a policy that asks for it.
    pub(super) fn new() -> Self {
        let place = Self::bare();
        place.directory.write("app.tar.gz", "ship");
        place.directory.write("good.json", sbom("pkg:npm/through@2.3.8"));
        place.directory.write("bad.json", sbom("pkg:npm/flatmap-stream@0.1.1"));
        place.must(&[&["sign", "app.tar.gz"], &RELEASE[..]].concat());
        let attest = ["attest", "app.tar.gz", "--sbom", "good.json", "--bundle", "sbom.sigstore.json"];
        place.must(&[&attest, &RELEASE[..]].concat());
        place
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(super) fn run(&self, words: &[&str]) -> Outcome {
        let mut command = plimsoll(words);
        command.current_dir(self.directory.path()).env("PLIMSOLL_PASSWORD", "pw");
        Outcome::from(command.output().unwrap())
    }

    pub(super) fn must(&self, words: &[&str]) -> Outcome {
        let outcome = self.run(words);
        assert_eq!(outcome.status, Some(0), "{words:?}: {}{}", outcome.stdout, outcome.stderr);
        outcome
    }

    /// With the signature and the signed SBOM.
    pub(super) fn gate(&self, more: &[&str]) -> Outcome {
        let usual = [
            "gate",
            "app.tar.gz",
            "--policy",
            "policy.toml",
            "--no-tlog",
            "--bundle",
            "app.tar.gz.sigstore.json",
            "--bundle",
            "sbom.sigstore.json",
        ];
        self.run(&[&usual, more].concat())
    }

    /// What a gate answers by `policy.toml` to what needs no log.
    pub(super) fn ask(&self, subject: &str, more: &[&str]) -> Answer {
        self.ask_by("policy.toml", subject, more)
    }

    pub(super) fn ask_by(&self, policy: &str, subject: &str, more: &[&str]) -> Answer {
        let usual = ["gate", subject, "--policy", policy, "--no-tlog", "--format", "json"];
        let outcome = self.run(&[&usual, more].concat());
        let report = serde_json::from_str(&outcome.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", outcome.stdout, outcome.stderr));
        valid(&report);
        Answer { report, stderr: outcome.stderr, status: outcome.status }
    }
}

/// A report is as its schema says.
fn valid(report: &Value) {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        let text = fs::read(workspace().join("schemas/plimsoll.gate.1.schema.json")).unwrap();
        jsonschema::validator_for(&serde_json::from_slice(&text).unwrap()).unwrap()
    });
    let errors: Vec<String> =
        schema.iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// An answer about one subject.
pub(super) struct Answer {
    pub(super) report: Value,
    pub(super) stderr: String,
    pub(super) status: Option<i32>,
}

impl Answer {
    /// The codes of what does not hold.
    pub(super) fn codes(&self) -> BTreeSet<&str> {
        let rules = self.report["subjects"][0]["rules"].as_array().unwrap().iter();
        let checks = rules.flat_map(|rule| rule["checks"].as_array().unwrap());
        checks.filter(|check| check["state"] != "excused").filter_map(|check| check["code"].as_str()).collect()
    }

    pub(super) fn passes(&self) {
        assert_eq!(self.verdict(), "pass", "{:#}{}", self.report, self.stderr);
        assert_eq!(self.status, Some(0), "{}", self.stderr);
    }

    /// Denies for these reasons, and for no other.
    pub(super) fn denies(&self, codes: &[&str]) {
        assert_eq!(self.codes(), codes.iter().copied().collect(), "{:#}{}", self.report, self.stderr);
        assert_eq!((self.verdict(), self.status), ("deny", Some(1)), "{}", self.stderr);
    }

    pub(super) fn verdict(&self) -> &str {
        self.report["verdict"].as_str().unwrap()
    }

    /// What was decided about.
    pub(super) fn digest(&self) -> String {
        format!("sha256:{}", self.report["subjects"][0]["digests"]["sha256"].as_str().unwrap())
    }
}
