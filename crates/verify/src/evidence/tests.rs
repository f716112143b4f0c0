//! Every shape, made with a key of our own: the sound one is verified, the broken one refused with its reason.

use std::collections::BTreeMap;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use data_encoding::{BASE64, HEXLOWER};
use plimsoll_attest::{IN_TOTO_PAYLOAD_TYPE, pae};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

use crate::{BuiltIn, read_evidence, verify};
use crate::{Code, Evidence, EvidenceKind, Expectation, LogRule, PublicKey, SignerExpectation, Subject};

const ARTIFACT: &[u8] = b"an artifact";
const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";

struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(&SystemRandom::new(), bytes).unwrap().as_ref().to_vec()
    }

    fn public(&self) -> PublicKey {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
        PublicKey::from_der(der.as_ref().to_vec()).unwrap()
    }

    fn pem(&self) -> String {
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(self.public().as_der()))
    }

    fn envelope(&self, payload: &str) -> Value {
        let signature = self.sign(&pae(IN_TOTO_PAYLOAD_TYPE, payload.as_bytes()));
        json!({
            "payloadType": IN_TOTO_PAYLOAD_TYPE,
            "payload": BASE64.encode(payload.as_bytes()),
            "signatures": [{ "keyid": "", "sig": BASE64.encode(&signature) }],
        })
    }

    fn bundle(&self) -> Value {
        json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": { "publicKey": { "hint": "ours" } },
            "dsseEnvelope": self.envelope(&statement()),
        })
    }
}

fn sha256() -> String {
    HEXLOWER.encode(&Sha256::digest(ARTIFACT))
}

fn statement() -> String {
    let digest = json!({ "sha512": HEXLOWER.encode(&Sha512::digest(ARTIFACT)) });
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "pkg:npm/app@1.0.0", "digest": digest }],
        "predicateType": "https://example.org/type",
        "predicate": {},
    })
    .to_string()
}

/// The reasons of all refusals; none when one piece is verified.
fn judge(evidence: &[Evidence], subject: &Subject, key: &Key) -> Vec<Code> {
    let signer = SignerExpectation::Keys(vec![key.public()]);
    let mut expectation = Expectation::new(signer, "2026-11-22T00:00:00Z".parse().unwrap());
    expectation.log = LogRule::NotUsedWithKey;
    let outcome = verify(evidence, subject, &expectation, &[BuiltIn::PublicGood.trusted_root().unwrap()]);
    if outcome.is_verified() {
        return Vec::new();
    }
    outcome.refused().iter().map(crate::Refusal::code).collect()
}

fn read(document: &Value) -> Vec<Evidence> {
    read_evidence(document.to_string().as_bytes(), "evidence").unwrap()
}

fn artifact() -> Subject {
    Subject::bytes(ARTIFACT.to_vec())
}

fn other() -> Subject {
    Subject::bytes(b"another".to_vec())
}

#[test]
fn an_older_bundle_of_cosign() {
    let key = Key::new();
    for cert in [Value::Null, key.pem().into(), BASE64.encode(key.pem().as_bytes()).into()] {
        let document = json!({ "base64Signature": BASE64.encode(&key.sign(ARTIFACT)), "cert": cert });
        let found = read(&document);
        assert_eq!(found[0].kind(), EvidenceKind::CosignBundle);
        assert_eq!(judge(&found, &artifact(), &key), []);
        assert_eq!(judge(&found, &other(), &key), [Code::Signature]);
        assert_eq!(judge(&found, &artifact(), &Key::new()), [Code::Signature]);
    }
    // What `attest-blob` wrote has an envelope there.
    let envelope = key.envelope(&statement()).to_string();
    let found = read(&json!({ "base64Signature": BASE64.encode(envelope.as_bytes()) }));
    assert_eq!(judge(&found, &artifact(), &key), []);
    assert_eq!(judge(&found, &other(), &key), [Code::Subject]);
    for broken in [
        json!({ "base64Signature": "" }),
        json!({ "base64Signature": "!" }),
        json!({ "base64Signature": "AAAA", "cert": "AAAA" }),
        json!({ "base64Signature": "AAAA", "rekorBundle": {} }),
    ] {
        assert!(read_evidence(broken.to_string().as_bytes(), "x").is_err(), "{broken}");
    }
}

#[test]
fn a_signature_in_a_file_of_its_own() {
    let key = Key::new();
    let signature = key.sign(ARTIFACT);
    let lines = BASE64.encode(&signature).as_bytes().chunks(60).collect::<Vec<_>>().join(&b'\n');
    for file in [signature.clone(), BASE64.encode(&signature).into_bytes(), [lines, b"\r\n".to_vec()].concat()] {
        let found = Evidence::detached(&file, None, None, "file.sig").unwrap();
        assert_eq!(judge(std::slice::from_ref(&found), &artifact(), &key), []);
        assert_eq!(judge(&[found], &other(), &key), [Code::Signature]);
    }
    let pem = key.pem();
    assert!(Evidence::detached(&signature, Some(pem.as_bytes()), None, "x").is_ok());
    let private = pem.replace("PUBLIC", "PRIVATE");
    for certificate in ["", "no", &private] {
        assert!(Evidence::detached(&signature, Some(certificate.as_bytes()), None, "x").is_err());
    }
    assert!(Evidence::detached(b"", None, None, "x").is_err());
    assert!(Evidence::detached(&signature, None, Some(b"{}"), "x").is_err());
}

#[test]
fn a_claim_about_an_image_is_about_what_it_names() {
    let key = Key::new();
    let claim = |digest: &str| {
        json!({
            "critical": {
                "identity": { "docker-reference": "example.org/app" },
                "image": { "docker-manifest-digest": digest },
                "type": "cosign container image signature",
            },
            "optional": null,
        })
        .to_string()
    };
    let payload = claim(&format!("sha256:{}", sha256()));
    let signature = |bytes: &[u8]| {
        BTreeMap::from([("dev.cosignproject.cosign/signature".to_owned(), BASE64.encode(&key.sign(bytes)))])
    };
    let layer = |payload: &str, annotations: &BTreeMap<String, String>| {
        Evidence::from_cosign_layer(SIMPLE_SIGNING, payload.as_bytes(), annotations, "layer")
    };
    let found = layer(&payload, &signature(payload.as_bytes())).unwrap();
    assert_eq!(judge(std::slice::from_ref(&found), &artifact(), &key), []);
    assert_eq!(judge(std::slice::from_ref(&found), &other(), &key), [Code::Subject]);
    // Whoever asks about the claim itself asks about something else.
    assert_eq!(judge(&[found], &Subject::bytes(payload.clone().into_bytes()), &key), [Code::Subject]);
    // A signature over the image itself, or over another claim, is none over this one.
    for bytes in [ARTIFACT, claim(&format!("sha256:{}", "0".repeat(64))).as_bytes()] {
        assert_eq!(judge(&[layer(&payload, &signature(bytes)).unwrap()], &artifact(), &key), [Code::Signature]);
    }
    assert!(layer(&payload, &BTreeMap::new()).is_err());
    assert!(Evidence::from_cosign_layer("text/plain", payload.as_bytes(), &signature(b""), "x").is_err());
    for (annotation, value) in [
        ("dev.sigstore.cosign/bundle", "{}"),
        ("dev.sigstore.cosign/certificate", "no"),
        ("dev.sigstore.cosign/rfc3161timestamp", "{}"),
    ] {
        let mut annotations = signature(payload.as_bytes());
        annotations.insert(annotation.to_owned(), value.to_owned());
        assert!(layer(&payload, &annotations).is_err(), "{annotation}");
    }
}

#[test]
fn an_attestation_in_a_layer() {
    let key = Key::new();
    let envelope = key.envelope(&statement()).to_string();
    let found = Evidence::from_cosign_layer(ENVELOPE, envelope.as_bytes(), &BTreeMap::new(), "layer").unwrap();
    assert_eq!(judge(std::slice::from_ref(&found), &artifact(), &key), []);
    assert_eq!(judge(&[found], &other(), &key), [Code::Subject]);
    let bundle = key.bundle().to_string();
    let media_type = "application/vnd.dev.sigstore.bundle.v0.3+json";
    let found = Evidence::from_cosign_layer(media_type, bundle.as_bytes(), &BTreeMap::new(), "layer").unwrap();
    assert_eq!(judge(&[found], &artifact(), &key), []);
}

#[test]
fn a_broken_line_does_not_hide_the_others() {
    let key = Key::new();
    let good = key.envelope(&statement()).to_string();
    for (text, pieces) in [
        (good.clone(), 1),
        (format!("{good}\n\n{{\"unknown\":1}}\n"), 2),
        (format!("{{\"payload\":\n{good}"), 2),
        (format!("not json\n{good}\nnot json"), 3),
    ] {
        let found = read_evidence(text.as_bytes(), "x.jsonl").unwrap();
        assert_eq!(found.len(), pieces, "{text}");
        assert_eq!(judge(&found, &artifact(), &key), [], "{text}");
        assert!(judge(&found, &other(), &key).contains(&Code::Subject));
    }
    let found = read_evidence(format!("{{\"unknown\":1}}\n{{}}\n{good}").as_bytes(), "x").unwrap();
    assert_eq!(found[2].place(), "x:3");
    assert_eq!(judge(&found, &other(), &key), [Code::Malformed, Code::Malformed, Code::Subject]);
    let many = "{}\n".repeat(2000);
    assert!(read_evidence(many.as_bytes(), "x").is_err());
}

#[test]
fn what_registries_answer() {
    let key = Key::new();
    let bundle = key.bundle();
    let string = Value::from(bundle.to_string());
    let kind = "https://example.org/type";
    for (document, expected) in [
        (json!({ "attestations": [{ "predicateType": kind, "bundle": bundle }] }), EvidenceKind::Npm),
        (json!({ "attestations": [{ "bundle": bundle, "bundle_url": "https://example.org" }] }), EvidenceKind::Bundle),
        (json!({ "attestations": [{ "bundle": string }] }), EvidenceKind::RubyGems),
        (json!({ "bundle": string }), EvidenceKind::RubyGems),
        (json!([{ "bundle": string }]), EvidenceKind::RubyGems),
        (json!([string]), EvidenceKind::RubyGems),
        (json!([bundle]), EvidenceKind::Bundle),
    ] {
        let found = read(&document);
        assert_eq!((found.len(), found[0].kind()), (1, expected), "{document}");
        assert_eq!(judge(&found, &artifact(), &key), [], "{document}");
        assert_eq!(judge(&found, &other(), &key), [Code::Subject], "{document}");
    }
    for broken in [
        json!({ "attestations": [{ "predicateType": "https://example.org/other", "bundle": bundle }] }),
        json!({ "attestations": [{ "bundle": null, "bundle_url": "https://example.org" }] }),
        json!({ "attestations": [{ "bundle": 1 }] }),
        json!([Value::from(string.to_string())]),
        json!([[bundle]]),
    ] {
        assert_eq!(judge(&read(&broken), &artifact(), &key), [Code::Malformed], "{broken}");
    }
    let many: Vec<Value> = std::iter::repeat_n(json!({}), 1025).collect();
    for document in [json!([]), json!({ "attestations": many }), json!(many), json!({ "a": [{}] }), json!(1)] {
        assert!(read_evidence(document.to_string().as_bytes(), "x").is_err());
    }
}

#[test]
fn an_entry_of_an_unknown_kind_is_kept_in_pieces() {
    let entry = json!({
        "logIndex": "1",
        "logId": { "keyId": "AAAA" },
        "kindVersion": { "kind": "intoto", "version": "0.0.1" },
        "integratedTime": "1700000000",
        "inclusionProof": { "logIndex": "1", "rootHash": "AAAA", "treeSize": "2", "hashes": ["AAAA"] },
        "canonicalizedBody": "e30=",
    });
    let mut bundle = Key::new().bundle();
    bundle["verificationMaterial"]["tlogEntries"] = json!([entry]);
    let found = read(&bundle);
    let inspection = found[0].inspect();
    assert_eq!((inspection.entries[0].kind.as_str(), inspection.entries[0].version.as_str()), ("intoto", "0.0.1"));
    assert_eq!(inspection.key_hint.as_deref(), Some("ours"));
    assert_eq!(inspection.media_type.as_deref(), Some("application/vnd.dev.sigstore.bundle.v0.3+json"));
    // Another fault is not forgiven because the kind is unknown.
    for (pointer, value) in [
        ("/mediaType", json!("application/vnd.dev.sigstore.bundle+json;version=0.4")),
        ("/verificationMaterial/tlogEntries/0/logIndex", json!("-1")),
        ("/verificationMaterial/publicKey", json!({ "hint": 1 })),
        ("/verificationMaterial/tlogEntries/0/canonicalizedBody", json!("!")),
        ("/dsseEnvelope/signatures", json!([])),
    ] {
        let mut broken = bundle.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        assert!(read_evidence(broken.to_string().as_bytes(), "x").is_err(), "{pointer}");
    }
    bundle["verificationMaterial"]["tlogEntries"] = Value::from(vec![entry; 33]);
    assert!(read_evidence(bundle.to_string().as_bytes(), "x").is_err());
}

#[test]
fn an_attestation_of_an_index() {
    let key = Key::new();
    let body = json!({ "apiVersion": "0.0.1", "kind": "dsse", "spec": {} }).to_string();
    let entry = json!({
        "logIndex": "1",
        "logId": { "keyId": "AAAA" },
        "kindVersion": { "kind": "dsse", "version": "0.0.1" },
        "inclusionPromise": { "signedEntryTimestamp": "AAAA" },
        "canonicalizedBody": BASE64.encode(body.as_bytes()),
    });
    let attestation = json!({
        "version": 1,
        "verification_material": { "certificate": "MAA=", "transparency_entries": [entry] },
        "envelope": { "statement": BASE64.encode(statement().as_bytes()), "signature": "AAAA" },
    });
    let found = read(&attestation);
    assert_eq!(found[0].kind(), EvidenceKind::Pep740);
    // It is signed with a certificate, and a key never stands for one.
    assert_eq!(judge(&found, &artifact(), &key), [Code::KindOfSigner]);
    assert_eq!(judge(&found, &other(), &key), [Code::Subject]);
    let mut broken = attestation.clone();
    broken["version"] = 2.into();
    let mut unlogged = attestation.clone();
    unlogged["verification_material"]["transparency_entries"] = json!([]);
    let provenance = json!({
        "version": 1,
        "attestation_bundles": [
            { "publisher": { "kind": "GitHub" }, "attestations": [broken, attestation] },
            { "publisher": {}, "attestations": [unlogged] },
        ],
    });
    let found = read(&provenance);
    assert_eq!(found.iter().map(Evidence::place).collect::<Vec<_>>(), ["evidence#1", "evidence#2", "evidence#3"]);
    assert_eq!(judge(&found, &artifact(), &key), [Code::Malformed, Code::KindOfSigner, Code::Malformed]);
}

#[test]
fn an_entry_is_supplied_and_the_whole_is_upgraded() {
    let key = Key::new();
    let body = json!({
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": { "data": { "hash": { "algorithm": "sha256", "value": sha256() } }, "signature": {} },
    })
    .to_string();
    let zeros = "0".repeat(64);
    let root = BASE64.encode(&[0; 32]);
    let promise = json!({
        "SignedEntryTimestamp": "AAAA",
        "Payload": { "body": BASE64.encode(body.as_bytes()), "integratedTime": 1_700_000_000, "logIndex": 7, "logID": zeros },
    });
    let cosign = json!({ "base64Signature": BASE64.encode(&key.sign(ARTIFACT)), "rekorBundle": promise });
    let [promised] = &read(&cosign)[..] else { panic!("one piece") };
    assert_eq!(promised.log_entries(), 1);
    let refused = promised.to_bundle_json().unwrap_err().to_string();
    assert!(refused.contains("proof"), "{refused}");
    let checkpoint = format!("log\n8\n{root}\n\n\u{2014} log AAAAAAAA\n");
    let answer = json!({ "uuid": {
        "body": BASE64.encode(body.as_bytes()), "integratedTime": 1_700_000_000, "logIndex": 7, "logID": zeros,
        "verification": {
            "signedEntryTimestamp": "AAAA",
            "inclusionProof": { "logIndex": 7, "treeSize": 8, "rootHash": zeros, "hashes": [zeros], "checkpoint": checkpoint },
        },
    }});
    let proven = promised.with_log_entry(answer.to_string().as_bytes()).unwrap();
    assert_eq!(proven.log_entries(), 1);
    let bundle = proven.to_bundle_json().unwrap();
    assert_eq!(bundle["messageSignature"]["messageDigest"]["algorithm"], "SHA2_256");
    let again = read(&bundle);
    assert_eq!(again[0].to_bundle_json().unwrap(), bundle);
    assert_eq!(again[0].kind(), EvidenceKind::Bundle);
    // The entry of a bundle is an entry too.
    let entry = bundle["verificationMaterial"]["tlogEntries"][0].to_string();
    let unlogged = read(&json!({ "base64Signature": BASE64.encode(&key.sign(ARTIFACT)) }));
    assert_eq!(unlogged[0].with_log_entry(entry.as_bytes()).unwrap().log_entries(), 1);
    assert!(unlogged[0].to_bundle_json().is_err());
    let two = json!({ "a": answer["uuid"], "b": answer["uuid"] }).to_string();
    for bad in ["", "{}", "[]", two.as_str(), r#"{"uuid":{"body":"e30="}}"#] {
        assert!(unlogged[0].with_log_entry(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn signatures_with_certificates_of_their_own_are_pieces_of_their_own() {
    let key = Key::new();
    let mut envelope = key.envelope(&statement());
    let signature = envelope["signatures"][0].clone();
    let mut certified = signature.clone();
    certified["cert"] = key.pem().into();
    envelope["signatures"] = json!([certified, signature]);
    let found = read(&envelope);
    assert_eq!(found.iter().map(Evidence::place).collect::<Vec<_>>(), ["evidence#1", "evidence#2"]);
    assert_eq!(judge(&found, &artifact(), &key), []);
    envelope["signatures"][0]["cert"] = "no certificate".into();
    assert!(read_evidence(envelope.to_string().as_bytes(), "x").is_err());
}

/// Every fixture, cut off and changed byte by byte: nothing panics, and what can be written as a bundle reads back as the same.
#[test]
fn broken_files_are_told_and_nothing_else() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/verify");
    let mut files = Vec::new();
    for shape in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        files.extend(std::fs::read_dir(shape).unwrap().map(|entry| entry.unwrap().path()));
    }
    let mut read = 0;
    for bytes in files.iter().map(|file| std::fs::read(file).unwrap()) {
        for index in (0..bytes.len()).step_by(41) {
            check_roundtrip(&bytes[..index], &mut read);
            for byte in [b'"', 0xff, bytes[index] ^ 1] {
                let mut changed = bytes.clone();
                changed[index] = byte;
                check_roundtrip(&changed, &mut read);
            }
        }
    }
    assert!(files.len() > 12 && read > 100, "{} files, {read} read", files.len());
}

fn check_roundtrip(bytes: &[u8], read: &mut usize) {
    drop(Evidence::detached(bytes, Some(bytes), Some(bytes), "x"));
    for piece in read_evidence(bytes, "x").unwrap_or_default() {
        *read += 1;
        drop(piece.inspect());
        let Ok(bundle) = piece.to_bundle_json() else { continue };
        let again = read_evidence(bundle.to_string().as_bytes(), "x").unwrap();
        assert_eq!(again[0].to_bundle_json().unwrap(), bundle);
    }
}
