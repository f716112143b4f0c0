//! Signed evidence about one artifact, and policies over it.

use data_encoding::BASE64;
use jiff::Timestamp;
use plimsoll_attest::{IN_TOTO_PAYLOAD_TYPE, StatementBuilder, Subject as StatementSubject, pae};
use plimsoll_verify::{BuiltIn, Evidence, LogRule, Subject, TrustedRoot, read_evidence};
use serde_json::{Value, json};
use sigstore_crypto::KeyPair;

use crate::{Evidences, Exceptions, Judgement, Name, Policy, Rules, VerdictState, judge};

pub(super) const COMMIT: &str = "9a04d1ee393b5be2773b1ce204f61fe0fd02366a";
const NOW: &str = "2026-11-22T12:00:00Z";

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The builder of the policy.
    Release,
    /// Another builder of the policy, which also knows about source.
    Other,
    /// Nobody that the policy knows.
    Stranger,
}

pub(super) struct Keys {
    release: KeyPair,
    other: KeyPair,
    stranger: KeyPair,
    pub(super) roots: Vec<TrustedRoot>,
}

impl Keys {
    pub(super) fn new() -> Self {
        let new = || KeyPair::generate_ecdsa_p256().unwrap();
        let roots = vec![BuiltIn::PublicGood.trusted_root().unwrap()];
        Self { release: new(), other: new(), stranger: new(), roots }
    }

    fn pair(&self, key: Key) -> &KeyPair {
        match key {
            Key::Release => &self.release,
            Key::Other => &self.other,
            Key::Stranger => &self.stranger,
        }
    }

    fn pem(&self, key: Key) -> String {
        let der = self.pair(key).public_key_der().unwrap();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(der.as_bytes()))
    }

    pub(super) fn sign(&self, key: Key, subject: StatementSubject, kind: &str, predicate: Value) -> Vec<u8> {
        let (_, payload) = StatementBuilder::new(kind, predicate).about(subject).build().unwrap();
        let signature = self.pair(key).sign(&pae(IN_TOTO_PAYLOAD_TYPE, &payload)).unwrap();
        json!({
            "payloadType": IN_TOTO_PAYLOAD_TYPE,
            "payload": BASE64.encode(&payload),
            "signatures": [{ "sig": BASE64.encode(signature.as_bytes()) }],
        })
        .to_string()
        .into_bytes()
    }

    pub(super) fn policy(&self, text: &str) -> Policy {
        let mut open = |name: &str| match name {
            "release.pub" => Ok(self.pem(Key::Release)),
            "other.pub" => Ok(self.pem(Key::Other)),
            _ => Err(name.to_owned()),
        };
        Policy::parse("policy.toml", text, &mut open).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }
}

pub(super) fn artifact() -> Subject {
    Subject::bytes(b"app".to_vec())
}

pub(super) fn about(artifact: &Subject) -> StatementSubject {
    let digest = artifact.digests().map(|(name, hex)| (name.token().to_owned(), hex.to_owned())).collect();
    StatementSubject { name: "app-1.2.3.tar.gz".into(), digest, ..StatementSubject::default() }
}

pub(super) const PROVENANCE: &str = "https://slsa.dev/provenance/v0.2";

/// A build of a tag by hand.
pub(super) fn predicate() -> Value {
    let uri = "git+https://github.com/acme/app@refs/tags/v1.2.3";
    json!({
        "builder": { "id": "https://build.acme.example/desk@v1" },
        "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
        "invocation": {
            "configSource": { "uri": uri, "digest": { "sha1": COMMIT }, "entryPoint": ".github/workflows/release.yml" },
            "parameters": { "level": "high" },
            "environment": {
                "github_event_name": "workflow_dispatch",
                "github_event_payload": { "inputs": { "channel": "stable" } },
                "github_repository_id": "123",
            },
        },
        "materials": [{ "uri": uri, "digest": { "sha1": COMMIT } }],
    })
}

const BASE: &str = r#"version = 1

[roots.sigstore]
instance = "public-good"

[roots.keys.release]
file = "release.pub"

[roots.keys.other]
file = "other.pub"

[[builder]]
id = "https://build.acme.example/desk@*"
signer = { key = "release" }
level = 1
require = { tlog = false }

[[builder]]
id = "https://other.example/builder@*"
signer = { key = "other" }
level = 3
require = { tlog = false }

[[source_verifier]]
id = "https://acme.example/review"
signer = { key = "other" }

[[expect]]
match = ["file:app-{version}.tar.gz", "pkg:generic/app", "file:app"]
"#;

/// A decision.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) expected: String,
    lines: String,
    key: Key,
    predicate: Value,
    subject: Subject,
    provenance: bool,
    more: Vec<(Key, StatementSubject, String, Value)>,
    names: Vec<String>,
    exceptions: Vec<(String, String)>,
}

impl Case {
    /// What the policy says beside who may build, and what comes of it: `passed`, `excused`, `unnamed` or codes.
    pub(super) fn new(name: &str, lines: impl AsRef<str>, expected: &str) -> Self {
        Self {
            name: name.to_owned(),
            expected: expected.to_owned(),
            lines: lines.as_ref().to_owned(),
            key: Key::Release,
            predicate: predicate(),
            subject: artifact(),
            provenance: true,
            more: Vec::new(),
            names: Vec::new(),
            exceptions: Vec::new(),
        }
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.predicate);
        self
    }

    /// Replaces the URIs of the source.
    pub(super) fn from(self, uri: &str) -> Self {
        self.with(|predicate| {
            for at in ["/materials/0/uri", "/invocation/configSource/uri"] {
                *predicate.pointer_mut(at).unwrap() = json!(uri);
            }
        })
    }

    pub(super) fn by(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    pub(super) fn of_another(mut self) -> Self {
        self.subject = Subject::bytes(b"another".to_vec());
        self
    }

    pub(super) fn without_evidence(mut self) -> Self {
        self.provenance = false;
        self
    }

    pub(super) fn also(mut self, (key, predicate): (Key, Value)) -> Self {
        self.more.push((key, about(&artifact()), PROVENANCE.to_owned(), predicate));
        self
    }

    pub(super) fn attested(mut self, key: Key, kind: &str) -> Self {
        self.more.push((key, about(&artifact()), kind.to_owned(), json!({ "any": "thing" })));
        self
    }

    pub(super) fn summary(mut self, key: Key, level: u8) -> Self {
        let digest = [("gitCommit".to_owned(), COMMIT.to_owned())].into_iter().collect();
        let subject = StatementSubject { digest, ..StatementSubject::default() };
        let predicate = json!({
            "verifier": { "id": "https://acme.example/review" },
            "timeVerified": "2026-11-22T11:00:00Z",
            "resourceUri": "git+https://github.com/acme/app",
            "policy": { "uri": "https://acme.example/policy" },
            "verificationResult": "PASSED",
            "verifiedLevels": [format!("SLSA_SOURCE_LEVEL_{level}")],
        });
        self.more.push((key, subject, "https://slsa.dev/verification_summary/v1".to_owned(), predicate));
        self
    }

    pub(super) fn named(mut self, name: &str) -> Self {
        self.names.push(name.to_owned());
        self
    }

    pub(super) fn excused(mut self, rule: &str, expires: &str) -> Self {
        self.exceptions.push((rule.to_owned(), expires.to_owned()));
        self
    }

    fn evidence(&self, keys: &Keys) -> Vec<Evidence> {
        let mut pieces = Vec::new();
        if self.provenance {
            pieces.push(keys.sign(self.key, about(&self.subject), PROVENANCE, self.predicate.clone()));
        }
        for (key, subject, kind, predicate) in &self.more {
            pieces.push(keys.sign(*key, subject.clone(), kind, predicate.clone()));
        }
        pieces.iter().flat_map(|piece| read_evidence(piece, "evidence.json").unwrap()).collect()
    }

    fn policy(&self) -> String {
        let mut lines = self.lines.clone();
        for (key, usual) in
            [("source =", "source = \"github.com/acme/app\"\n"), ("min_build_level", "min_build_level = 1\n")]
        {
            let own = lines.split("[[").next().unwrap_or_default();
            if !own.lines().any(|line| line.starts_with(key)) {
                lines.insert_str(0, usual);
            }
        }
        format!("{BASE}{lines}")
    }

    pub(super) fn decide(&self, keys: &Keys) -> String {
        let names = if self.names.is_empty() { vec!["file:app-1.2.3.tar.gz".to_owned()] } else { self.names.clone() };
        decide(keys, &keys.policy(&self.policy()), &self.evidence(keys), &names, &self.exceptions)
    }
}

/// What comes of evidence by a policy.
pub(super) fn decide(
    keys: &Keys,
    policy: &Policy,
    evidence: &[Evidence],
    names: &[String],
    exceptions: &[(String, String)],
) -> String {
    let mut text = "version = 1\n".to_owned();
    for (at, (rule, expires)) in exceptions.iter().enumerate() {
        text.push_str(&format!(
            "[[exception]]\nid = \"EX-{at}\"\nscope = \"file:app-*\"\nrule = \"{rule}\"\nreason = \"r\"\nowner = \"o\"\n\
             approver = \"a\"\ncreated = 2026-01-01\nexpires = {expires}\n"
        ));
    }
    let exceptions = Exceptions::parse("exceptions.toml", &text).unwrap();
    let names: Vec<Name> = names.iter().map(|name| Name::parse(name).unwrap()).collect();
    let known = Evidences {
        names: &names,
        subject: &artifact(),
        evidence,
        roots: &keys.roots,
        exceptions: &exceptions,
        log: LogRule::Required,
        logs: 1,
        times: 1,
        at: NOW.parse::<Timestamp>().unwrap(),
    };
    word(&judge(Rules::from(policy), &known))
}

fn word(judgement: &Judgement) -> String {
    if judgement.verdicts().is_empty() {
        assert!(!judgement.is_accepted());
        return "unnamed".to_owned();
    }
    let states: Vec<VerdictState> = judgement.verdicts().iter().map(crate::Verdict::state).collect();
    if judgement.is_accepted() {
        let excused = states.contains(&VerdictState::Excused);
        assert_eq!(excused, !judgement.excused_by().is_empty());
        return if excused { "excused" } else { "passed" }.to_owned();
    }
    let codes: std::collections::BTreeSet<&str> = judgement
        .verdicts()
        .iter()
        .filter(|one| one.state() == VerdictState::Denied)
        .flat_map(crate::Verdict::codes)
        .map(|code| code.id())
        .collect();
    codes.into_iter().collect::<Vec<_>>().join(" ")
}
