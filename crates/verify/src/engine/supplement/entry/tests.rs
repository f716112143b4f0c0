//! Bodies of each kind, as the logs write them, and each of their parts made wrong.

use data_encoding::{BASE64, HEXLOWER};
use plimsoll_attest::{Envelope, EnvelopeSignature, IN_TOTO_PAYLOAD_TYPE};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sigstore_crypto::KeyPair;

use super::super::Made;
use super::verify;
use crate::evidence::{PartsContent, PartsEntry};
use crate::{Code, Subject};

const SIGNATURE: &[u8] = b"a signature";

fn pem(key: &[u8]) -> String {
    let text = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(key));
    BASE64.encode(text.as_bytes())
}

fn sha256(bytes: &[u8]) -> Value {
    json!({"algorithm": "sha256", "value": HEXLOWER.encode(&Sha256::digest(bytes))})
}

fn envelope() -> Envelope {
    Envelope {
        payload_type: IN_TOTO_PAYLOAD_TYPE.into(),
        payload: b"{}".to_vec(),
        signatures: vec![EnvelopeSignature { keyid: String::new(), signature: SIGNATURE.to_vec() }],
    }
}

/// What comes of a body for a signature by this key.
fn judge(key: &[u8], content: PartsContent, body: &Value) -> Result<bool, Code> {
    let subject = Subject::bytes(b"artifact".to_vec());
    let made = Made { signature: SIGNATURE, leaf: None, key, content: &content, subject: &subject };
    let entry = PartsEntry {
        log_index: 0,
        log_id: Vec::new(),
        kind: body["kind"].as_str().unwrap().into(),
        version: body["apiVersion"].as_str().unwrap().into(),
        integrated_time: None,
        promise: None,
        proof: None,
        body: body.to_string().into_bytes(),
    };
    verify(&entry, &made).map(|open| open.is_none()).map_err(|refused| refused.code)
}

fn message() -> PartsContent {
    PartsContent::Message { signature: SIGNATURE.to_vec(), digest: None }
}

/// Changes each of the places in turn; each has to be refused.
fn each_is_bound(key: &[u8], content: &PartsContent, body: &Value, places: &[&str]) {
    assert_eq!(judge(key, content.clone(), body), Ok(true), "{body}");
    let other = KeyPair::generate_ecdsa_p256().unwrap().public_key_der().unwrap();
    assert_eq!(judge(other.as_bytes(), content.clone(), body), Err(Code::EntryMismatch), "{body}");
    for place in places {
        let mut changed = body.clone();
        let value = changed.pointer_mut(place).unwrap();
        let text = value.as_str().unwrap();
        let first = if text.starts_with('0') { "1" } else { "0" };
        *value = json!(format!("{first}{}", &text[1..]));
        assert!(judge(key, content.clone(), &changed).is_err(), "{place}");
    }
}

#[test]
fn entries_of_artifacts() {
    let key = KeyPair::generate_ecdsa_p256().unwrap().public_key_der().unwrap();
    let key = key.as_bytes();
    for kind in ["hashedrekord", "rekord"] {
        let body = json!({"apiVersion": "0.0.1", "kind": kind, "spec": {
            "data": {"hash": sha256(b"artifact")},
            "signature": {"content": BASE64.encode(SIGNATURE), "format": "x509", "publicKey": {"content": pem(key)}},
        }});
        let bound = ["/spec/data/hash/value", "/spec/signature/content", "/spec/signature/publicKey/content"];
        each_is_bound(key, &message(), &body, &bound);
        let statement = PartsContent::Envelope(envelope());
        assert_eq!(judge(key, statement, &body), Err(Code::Unsupported));
        let mut pgp = body.clone();
        pgp["spec"]["signature"]["format"] = json!("pgp");
        assert_eq!(judge(key, message(), &pgp), Err(Code::Unsupported));
    }
    let v2 = |digest: &[u8], details: &str| {
        json!({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": {
            "data": {"algorithm": "SHA2_256", "digest": BASE64.encode(&Sha256::digest(digest))},
            "signature": {"content": BASE64.encode(SIGNATURE), "verifier": {
                "keyDetails": details, "publicKey": {"rawBytes": BASE64.encode(key)}}},
        }}})
    };
    let inner = "/spec/hashedRekordV002";
    let bound = [
        &*format!("{inner}/data/digest"),
        &format!("{inner}/signature/content"),
        &format!("{inner}/signature/verifier/publicKey/rawBytes"),
    ];
    each_is_bound(key, &message(), &v2(b"artifact", "PKIX_ECDSA_P256_SHA_256"), &bound);
    let of_envelope = v2(&envelope().pae(), "PKIX_ECDSA_P256_SHA_256");
    each_is_bound(key, &PartsContent::Envelope(envelope()), &of_envelope, &bound);
    let another_algorithm = v2(b"artifact", "PKIX_ED25519_PH");
    assert_eq!(judge(key, message(), &another_algorithm), Err(Code::EntryMismatch));
}

#[test]
fn entries_of_statements() {
    let key = KeyPair::generate_ecdsa_p256().unwrap().public_key_der().unwrap();
    let key = key.as_bytes();
    let content = PartsContent::Envelope(envelope());
    let dsse = json!({"apiVersion": "0.0.1", "kind": "dsse", "spec": {
        "envelopeHash": sha256(b"whatever was sent"), "payloadHash": sha256(b"{}"),
        "signatures": [{"signature": BASE64.encode(SIGNATURE), "verifier": pem(key)}],
    }});
    let bound = ["/spec/payloadHash/value", "/spec/signatures/0/signature", "/spec/signatures/0/verifier"];
    each_is_bound(key, &content, &dsse, &bound);
    assert_eq!(judge(key, message(), &dsse), Err(Code::Unsupported));

    let twice = BASE64.encode(BASE64.encode(SIGNATURE).as_bytes());
    let intoto = json!({"apiVersion": "0.0.2", "kind": "intoto", "spec": {"content": {
        "envelope": {"payloadType": IN_TOTO_PAYLOAD_TYPE, "signatures": [{"sig": twice, "publicKey": pem(key)}]},
        "hash": sha256(b"whatever was sent"), "payloadHash": sha256(b"{}"),
    }}});
    let inner = "/spec/content";
    let bound = [
        &*format!("{inner}/payloadHash/value"),
        &format!("{inner}/envelope/payloadType"),
        &format!("{inner}/envelope/signatures/0/sig"),
        &format!("{inner}/envelope/signatures/0/publicKey"),
    ];
    each_is_bound(key, &content, &intoto, &bound);
}

#[test]
fn the_first_entries_of_in_toto_bind_less() {
    let key = KeyPair::generate_ecdsa_p256().unwrap().public_key_der().unwrap();
    let key = key.as_bytes();
    let content = || PartsContent::Envelope(envelope());
    let sent = format!(
        r#"{{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{{"keyid":"","sig":"{}"}}]}}"#,
        BASE64.encode(SIGNATURE)
    );
    let body =
        |of: Value| json!({"apiVersion": "0.0.1", "kind": "intoto", "spec": {"content": of, "publicKey": pem(key)}});
    // The whole envelope, as cosign sent it, signature and all.
    assert_eq!(judge(key, content(), &body(json!({"hash": sha256(sent.as_bytes())}))), Ok(true));
    // Sent in other words: the payload is bound, the signature is not, and that is said.
    let both = json!({"hash": sha256(b"other words"), "payloadHash": sha256(b"{}")});
    assert_eq!(judge(key, content(), &body(both)), Ok(false));
    for wrong in [
        json!({"hash": sha256(b"other words")}),
        json!({"hash": sha256(sent.as_bytes()), "payloadHash": sha256(b"[]")}),
        json!({}),
    ] {
        assert_eq!(judge(key, content(), &body(wrong)), Err(Code::EntryMismatch));
    }
}

#[test]
fn a_body_is_of_one_kind() {
    let key = KeyPair::generate_ecdsa_p256().unwrap().public_key_der().unwrap();
    for (kind, version) in [("helm", "0.0.1"), ("hashedrekord", "0.0.3"), ("intoto", "0.0.3"), ("rekord", "0.0.2")] {
        let body = json!({"apiVersion": version, "kind": kind, "spec": {}});
        assert_eq!(judge(key.as_bytes(), message(), &body), Err(Code::Unsupported), "{kind} {version}");
    }
    let body = json!({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": {}});
    assert_eq!(judge(key.as_bytes(), message(), &body), Err(Code::Malformed));
}
