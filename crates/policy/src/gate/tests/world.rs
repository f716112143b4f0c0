//! Somebody who signs, a log that says when, and decisions about what was signed.

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use plimsoll_advisory::vex::VexBook;
use plimsoll_advisory::{Advisories, osv};
use plimsoll_attest::{IN_TOTO_PAYLOAD_TYPE, StatementBuilder, Subject as StatementSubject, pae};
use plimsoll_model::{DigestAlgorithm, Limits, Purl};
use plimsoll_verify::{Evidence, LogRule, Subject, TrustedRoot, read_evidence};
use serde_json::{Value, json};
use sigstore_crypto::KeyPair;

use crate::gate::{Decision, GateInput, Observed, decide};
use crate::{Exceptions, Name, Policy};

pub(in crate::gate) const NOW: &str = "2026-11-22T12:00:00Z";
pub(in crate::gate) const SIGNED: &str = "2026-11-20T12:00:00Z";

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gate) enum Key {
    /// Whom the policies name.
    Release,
    /// Somebody else whom a policy may name.
    Other,
    /// Nobody whom a policy names.
    Stranger,
}

/// Keys, and a trusted root that names a log.
pub(in crate::gate) struct World {
    keys: [KeyPair; 3],
    log: KeyPair,
    pub(in crate::gate) roots: Vec<TrustedRoot>,
    /// Of npm, as of today, and none about what is there.
    advisories: Advisories,
}

/// Something that is signed.
#[derive(Debug, Clone)]
pub(in crate::gate) struct Piece {
    pub(in crate::gate) key: Key,
    pub(in crate::gate) subject: Subject,
    pub(in crate::gate) kind: String,
    pub(in crate::gate) predicate: Value,
    /// When the log says that it was signed; `None` for a bare envelope that nobody logged.
    pub(in crate::gate) at: Option<String>,
}

impl Piece {
    pub(in crate::gate) fn new(kind: &str, predicate: Value) -> Self {
        let (key, subject, at) = (Key::Release, artifact(), Some(SIGNED.to_owned()));
        Self { key, subject, kind: kind.to_owned(), predicate, at }
    }

    pub(in crate::gate) fn by(self, key: Key) -> Self {
        Self { key, ..self }
    }

    pub(in crate::gate) fn at(self, time: &str) -> Self {
        Self { at: Some(time.to_owned()), ..self }
    }

    pub(in crate::gate) fn unlogged(self) -> Self {
        Self { at: None, ..self }
    }

    pub(in crate::gate) fn of_another(self) -> Self {
        Self { subject: Subject::bytes(b"another".to_vec()), ..self }
    }
}

pub(in crate::gate) fn artifact() -> Subject {
    Subject::bytes(b"app".to_vec())
}

fn sha256(bytes: &[u8]) -> String {
    Subject::bytes(bytes.to_vec()).hex(DigestAlgorithm::Sha256).unwrap().to_owned()
}

fn pem(key: &KeyPair) -> String {
    let der = key.public_key_der().unwrap();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(der.as_bytes()))
}

impl World {
    pub(in crate::gate) fn new() -> Self {
        let new = || KeyPair::generate_ecdsa_p256().unwrap();
        let log = new();
        let root = json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [{
                "baseUrl": "https://log.example",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": BASE64.encode(log.public_key_der().unwrap().as_bytes()),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": { "start": "2020-01-01T00:00:00Z" },
                },
                "logId": { "keyId": BASE64.encode(&log_id(&log)) },
            }],
            "certificateAuthorities": [],
            "ctlogs": [],
            "timestampAuthorities": [],
        });
        let roots = vec![TrustedRoot::parse("test", &root.to_string(), None).unwrap()];
        let advisory = r#"{"id": "GHSA-npm-1", "modified": "2026-11-22T00:00:00Z", "affected": [{"package": {"ecosystem": "npm", "name": "hull"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}]}]}"#;
        let advisories = Advisories::from_records(osv::read("a.json", advisory.as_bytes(), &Limits::DEFAULT).advisory);
        Self { keys: [new(), new(), new()], log, roots, advisories }
    }

    fn pair(&self, key: Key) -> &KeyPair {
        let [release, other, stranger] = &self.keys;
        match key {
            Key::Release => release,
            Key::Other => other,
            Key::Stranger => stranger,
        }
    }

    /// A policy that names two keys and one builder, with rules.
    pub(in crate::gate) fn policy(&self, rules: &str) -> Policy {
        let text = format!(
            "version = 1\n[roots.sigstore]\ninstance = \"public-good\"\n[roots.keys.release]\nfile = \"release.pub\"\n\
             [roots.keys.other]\nfile = \"other.pub\"\n[[builder]]\nid = \"https://build.acme.example/**\"\n\
             signer = {{ key = \"release\" }}\nlevel = 2\n{rules}"
        );
        let mut open = |name: &str| match name {
            "release.pub" => Ok(pem(self.pair(Key::Release))),
            "other.pub" => Ok(pem(self.pair(Key::Other))),
            _ => Err(name.to_owned()),
        };
        Policy::parse("policy.toml", &text, &mut open).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    /// The document of a piece: a bundle, or an envelope when nobody logged it.
    pub(in crate::gate) fn document(&self, piece: &Piece) -> Value {
        let digest = piece.subject.digests().map(|(name, hex)| (name.token().to_owned(), hex.to_owned())).collect();
        let subject = StatementSubject { name: "app".into(), digest, ..StatementSubject::default() };
        let statement = StatementBuilder::new(piece.kind.as_str(), piece.predicate.clone()).about(subject);
        let (_, payload) = statement.build().unwrap();
        let pair = self.pair(piece.key);
        let signature = BASE64.encode(pair.sign(&pae(IN_TOTO_PAYLOAD_TYPE, &payload)).unwrap().as_bytes());
        let envelope = json!({
            "payloadType": IN_TOTO_PAYLOAD_TYPE,
            "payload": BASE64.encode(&payload),
            "signatures": [{ "sig": signature }],
        });
        let Some(time) = &piece.at else { return envelope };
        let body = json!({
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "envelopeHash": { "algorithm": "sha256", "value": sha256(envelope.to_string().as_bytes()) },
                "payloadHash": { "algorithm": "sha256", "value": sha256(&payload) },
                "signatures": [{ "signature": signature, "verifier": BASE64.encode(pem(pair).as_bytes()) }],
            },
        });
        json!({
            "mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.1",
            "verificationMaterial": {
                "publicKey": { "hint": "" },
                "tlogEntries": [self.entry(&body.to_string(), time.parse().unwrap())],
            },
            "dsseEnvelope": envelope,
        })
    }

    /// An entry of the log, with its promise.
    fn entry(&self, body: &str, time: Timestamp) -> Value {
        let (seconds, id) = (time.as_second(), log_id(&self.log));
        let body = BASE64.encode(body.as_bytes());
        let promise = format!(
            r#"{{"body":"{body}","integratedTime":{seconds},"logID":"{}","logIndex":1}}"#,
            HEXLOWER.encode(&id)
        );
        json!({
            "logIndex": "1",
            "logId": { "keyId": BASE64.encode(&id) },
            "kindVersion": { "kind": "dsse", "version": "0.0.1" },
            "integratedTime": seconds.to_string(),
            "inclusionPromise": {
                "signedEntryTimestamp": BASE64.encode(self.log.sign(promise.as_bytes()).unwrap().as_bytes()),
            },
            "canonicalizedBody": body,
        })
    }

    /// Pieces as evidence, each with a place of its own.
    pub(in crate::gate) fn evidence(&self, pieces: &[Piece]) -> Vec<Evidence> {
        let read = |(at, piece)| read(&self.document(piece), &format!("evidence-{at}.json"));
        pieces.iter().enumerate().flat_map(read).collect()
    }

    /// What comes of pieces by rules.
    pub(in crate::gate) fn decide(&self, rules: &str, pieces: &[Piece]) -> Decision {
        self.decide_with(rules, pieces, "", None)
    }

    /// What comes of pieces by rules, with exceptions and what was found in the artifact.
    pub(in crate::gate) fn decide_with(
        &self,
        rules: &str,
        pieces: &[Piece],
        exceptions: &str,
        observed: Option<&Observed>,
    ) -> Decision {
        self.decide_on(&self.policy(rules), &self.evidence(pieces), exceptions, observed)
    }

    /// What comes of evidence by a policy.
    pub(in crate::gate) fn decide_on(
        &self,
        policy: &Policy,
        evidence: &[Evidence],
        exceptions: &str,
        observed: Option<&Observed>,
    ) -> Decision {
        let exceptions = Exceptions::parse("exceptions.toml", &format!("version = 1\n{exceptions}")).unwrap();
        let names = [Name::parse("file:app-1.2.3.tar.gz").unwrap()];
        decide(&GateInput {
            policy,
            exceptions: &exceptions,
            names: &names,
            subject: &artifact(),
            evidence,
            roots: &self.roots,
            log: LogRule::Required,
            observed,
            loose: &[],
            image: None,
            advisories: Some(&self.advisories),
            vex: &VexBook::default(),
            published: &|_: &Purl| None,
            max_age_days: 3,
            allow_incomplete: false,
            at: NOW.parse().unwrap(),
        })
    }
}

/// Evidence as it is read; what cannot be read is a piece that says so.
pub(in crate::gate) fn read(document: &Value, place: &str) -> Vec<Evidence> {
    read_evidence(document.to_string().as_bytes(), place)
        .unwrap_or_else(|error| vec![Evidence::damaged(place, &error.to_string())])
}

fn log_id(log: &KeyPair) -> Vec<u8> {
    HEXLOWER.decode(sha256(log.public_key_der().unwrap().as_bytes()).as_bytes()).unwrap()
}

/// Holds many decisions against what is expected of each, and tells all that came out otherwise.
pub(in crate::gate) fn agree(cases: impl IntoIterator<Item = (String, String, String)>) {
    let wrong = cases.into_iter().filter(|(_, found, expected)| found != expected);
    let wrong: Vec<String> =
        wrong.map(|(case, found, expected)| format!("{case}\n  found    {found}\n  expected {expected}")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An exception from one rule.
pub(in crate::gate) fn excused(rule: &str, expires: &str) -> String {
    format!(
        "[[exception]]\nid = \"EX-1\"\nscope = \"file:app-*\"\nrule = \"{rule}\"\nreason = \"r\"\nowner = \"o\"\n\
         approver = \"a\"\ncreated = 2026-01-01\nexpires = {expires}\n"
    )
}

/// The verdict, and the codes of what does not hold, with those of the verification behind.
pub(in crate::gate) fn told(decision: &Decision) -> String {
    let mut codes: Vec<String> = Vec::new();
    for (_, check) in decision.reasons() {
        let code = check.code().map(|code| code.name().to_owned()).unwrap_or_default();
        for one in std::iter::once(code).chain(check.because.iter().cloned()) {
            if !codes.contains(&one) {
                codes.push(one);
            }
        }
    }
    std::iter::once(decision.verdict.word().to_owned()).chain(codes).collect::<Vec<_>>().join(" ")
}

/// A build of a tag.
pub(in crate::gate) fn provenance() -> Piece {
    let uri = "git+https://github.com/acme/app@refs/tags/v1.2.3";
    let commit = json!({ "sha1": "9a04d1ee393b5be2773b1ce204f61fe0fd02366a" });
    Piece::new(
        "https://slsa.dev/provenance/v0.2",
        json!({
            "builder": { "id": "https://build.acme.example/desk@v1" },
            "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
            "invocation": { "configSource": { "uri": uri, "digest": commit, "entryPoint": "release.yml" } },
            "materials": [{ "uri": uri, "digest": commit }],
        }),
    )
}

/// An SBOM of one component.
pub(in crate::gate) fn sbom() -> Piece {
    Piece::new(
        "https://cyclonedx.org/bom",
        json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "metadata": { "component": { "type": "application", "bom-ref": "app", "name": "app", "version": "1.2.3" } },
            "components": [
                {
                    "type": "library", "bom-ref": "a", "name": "a", "version": "1", "purl": "pkg:npm/a@1",
                    "licenses": [{ "license": { "id": "MIT" } }],
                    "properties": [{ "name": "plimsoll:releaseDate", "value": "2026-01-01" }],
                },
            ],
        }),
    )
}

/// A report of a scanner that found something.
pub(in crate::gate) fn scan(results: Value) -> Piece {
    let rules = json!([
        { "id": "js/injection", "defaultConfiguration": { "level": "error" }, "properties": { "security-severity": "9.8" } },
        { "id": "js/style" },
    ]);
    let run = json!({ "tool": { "driver": { "name": "CodeQL", "rules": rules } }, "results": results });
    Piece::new("https://plimsoll.dev/attestation/sarif/v1", json!({ "version": "2.1.0", "runs": [run] }))
}

/// A summary of a verification.
pub(in crate::gate) fn summary() -> Piece {
    Piece::new(
        "https://slsa.dev/verification_summary/v1",
        json!({
            "verifier": { "id": "https://acme.example/verifier" },
            "timeVerified": "2026-11-20T12:00:00Z",
            "resourceUri": "oci:ghcr.io/acme/app",
            "policy": { "uri": "https://acme.example/policy", "digest": { "sha256": "ab".repeat(32) } },
            "verificationResult": "PASSED",
            "verifiedLevels": ["SLSA_BUILD_LEVEL_2"],
        }),
    )
}
