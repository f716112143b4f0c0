//! Entries of version 1: what a request says, checked, in the form that is logged.
//!
//! | kind | what is logged |
//! |---|---|
//! | `hashedrekord` 0.0.1 | the digest, the signature, the key |
//! | `dsse` 0.0.1 | hashes of the envelope and payload, each signature with its key |
//! | `intoto` 0.0.1 | the same hashes and the key, but no signature |
//! | `intoto` 0.0.2 | the same hashes, and the envelope without its payload; base64 twice, as the real one has it |
//!
//! Keys are PEM in base64. PEM is written anew, so that one key has one form.

use data_encoding::{BASE64, HEXLOWER};
use plimsoll_attest::Envelope;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use spki::SubjectPublicKeyInfoOwned;

use crate::DevStackError;
use crate::answer::{Answer, Refusal};
use crate::key;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    kind: String,
    api_version: String,
    spec: Value,
}

#[derive(Deserialize)]
struct HashedRekord {
    data: HashedData,
    signature: HashedSignature,
}

#[derive(Deserialize)]
struct HashedData {
    hash: HashValue,
}

#[derive(Deserialize)]
struct HashValue {
    algorithm: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HashedSignature {
    content: String,
    public_key: Content,
}

#[derive(Deserialize)]
struct Content {
    content: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dsse {
    proposed_content: Proposed,
}

#[derive(Deserialize)]
struct Proposed {
    envelope: String,
    verifiers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FirstIntoto {
    content: FirstIntotoContent,
    public_key: String,
}

#[derive(Deserialize)]
struct FirstIntotoContent {
    envelope: String,
}

#[derive(Deserialize)]
struct SecondIntoto {
    content: SecondIntotoContent,
}

#[derive(Deserialize)]
struct SecondIntotoContent {
    envelope: IntotoEnvelope,
    #[serde(default)]
    hash: Option<HashValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoEnvelope {
    payload_type: String,
    payload: String,
    signatures: Vec<IntotoSignature>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoSignature {
    #[serde(default)]
    keyid: Option<String>,
    public_key: String,
    sig: String,
}

/// A key and its PEM in base64.
struct Key {
    key: SubjectPublicKeyInfoOwned,
    encoded: String,
}

fn bad(message: &str) -> Refusal {
    Refusal::bad(format!("error processing entry: {message}"))
}

fn base64(text: &str) -> Answer<Vec<u8>> {
    BASE64.decode(text.as_bytes()).map_err(|_| bad("this is not base64"))
}

fn read_key(encoded: &str) -> Answer<Key> {
    let unreadable = || bad("the public key or certificate cannot be read");
    let bytes = base64(encoded)?;
    let (label, der) = key::pem(&bytes).ok_or_else(unreadable)?;
    let label = if label == "CERTIFICATE" { "CERTIFICATE" } else { "PUBLIC KEY" };
    let key = key::public_key(&der).ok_or_else(unreadable)?;
    Ok(Key { key, encoded: BASE64.encode(key::to_pem(label, &der)?.as_bytes()) })
}

fn sha256(bytes: &[u8]) -> Value {
    json!({ "algorithm": "sha256", "value": HEXLOWER.encode(&Sha256::digest(bytes)) })
}

/// The bytes that are logged for a request.
pub(super) fn canonical(request: &[u8]) -> Answer<Vec<u8>> {
    let wire: Wire = serde_json::from_slice(request).map_err(|error| bad(&error.to_string()))?;
    let spec = match (wire.kind.as_str(), wire.api_version.as_str()) {
        ("hashedrekord", "0.0.1") => hashedrekord(wire.spec)?,
        ("dsse", "0.0.1") => dsse(wire.spec)?,
        ("intoto", "0.0.1") => first_intoto(wire.spec)?,
        ("intoto", "0.0.2") => second_intoto(wire.spec)?,
        (kind, version) => return Err(bad(&format!("{kind} {version} is not supported"))),
    };
    let entry = json!({ "apiVersion": wire.api_version, "kind": wire.kind, "spec": spec });
    Ok(serde_json_canonicalizer::to_vec(&entry).map_err(DevStackError::json("entry"))?)
}

fn read<T: serde::de::DeserializeOwned>(spec: Value) -> Answer<T> {
    serde_json::from_value(spec).map_err(|error| bad(&error.to_string()))
}

fn hashedrekord(spec: Value) -> Answer<Value> {
    let spec: HashedRekord = read(spec)?;
    let key = read_key(&spec.signature.public_key.content)?;
    let signature = base64(&spec.signature.content)?;
    let digest = HEXLOWER.decode(spec.data.hash.value.as_bytes()).map_err(|_| bad("the digest is not hex"))?;
    let expected = match spec.data.hash.algorithm.as_str() {
        "sha256" => 32,
        "sha384" => 48,
        "sha512" => 64,
        _ => return Err(bad("the hash algorithm is not known")),
    };
    if digest.len() != expected || !key::signed_digest(&key.key, &digest, &signature) {
        return Err(bad("the signature is not over the digest"));
    }
    Ok(json!({
        "data": { "hash": { "algorithm": spec.data.hash.algorithm, "value": spec.data.hash.value } },
        "signature": { "content": BASE64.encode(&signature), "publicKey": { "content": key.encoded } },
    }))
}

fn read_envelope(text: &str) -> Answer<Envelope> {
    Envelope::parse(text.as_bytes()).map_err(|error| bad(&error.to_string()))
}

fn dsse(spec: Value) -> Answer<Value> {
    let Proposed { envelope: text, verifiers } = read::<Dsse>(spec)?.proposed_content;
    let envelope = read_envelope(&text)?;
    let pae = envelope.pae();
    let keys: Vec<Key> = verifiers.iter().map(|verifier| read_key(verifier)).collect::<Answer<_>>()?;
    let mut signatures = Vec::new();
    for signature in &envelope.signatures {
        let key = keys.iter().find(|key| key::signed(&key.key, &pae, &signature.signature));
        let key = key.ok_or_else(|| bad("a signature of the envelope is of none of the keys"))?;
        signatures.push((BASE64.encode(&signature.signature), key.encoded.clone()));
    }
    signatures.sort();
    let signatures: Vec<Value> = signatures
        .into_iter()
        .map(|(signature, verifier)| json!({ "signature": signature, "verifier": verifier }))
        .collect();
    Ok(json!({
        "envelopeHash": sha256(text.as_bytes()),
        "payloadHash": sha256(&envelope.payload),
        "signatures": signatures,
    }))
}

fn first_intoto(spec: Value) -> Answer<Value> {
    let spec: FirstIntoto = read(spec)?;
    let key = read_key(&spec.public_key)?;
    let envelope = read_envelope(&spec.content.envelope)?;
    let pae = envelope.pae();
    if !envelope.signatures.iter().any(|signature| key::signed(&key.key, &pae, &signature.signature)) {
        return Err(bad("no signature of the envelope is of the key"));
    }
    Ok(json!({
        "content": { "hash": sha256(spec.content.envelope.as_bytes()), "payloadHash": sha256(&envelope.payload) },
        "publicKey": key.encoded,
    }))
}

fn second_intoto(spec: Value) -> Answer<Value> {
    let SecondIntotoContent { envelope, hash } = read::<SecondIntoto>(spec)?.content;
    let twice = |text: &str| {
        let once = base64(text)?;
        BASE64.decode(&once).map_err(|_| bad("this is not base64 of base64"))
    };
    let payload = twice(&envelope.payload)?;
    let pae = plimsoll_attest::pae(&envelope.payload_type, &payload);
    let (mut signatures, mut canonical) = (Vec::new(), Vec::new());
    for signature in &envelope.signatures {
        let key = read_key(&signature.public_key)?;
        let bytes = twice(&signature.sig)?;
        if !key::signed(&key.key, &pae, &bytes) {
            return Err(bad("a signature of the envelope is not of its key"));
        }
        let mut kept = json!({ "publicKey": key.encoded, "sig": signature.sig });
        let pem = base64(&key.encoded)?;
        let mut plain = json!({ "publicKey": String::from_utf8_lossy(&pem), "sig": BASE64.encode(&bytes) });
        if let Some(keyid) = signature.keyid.as_ref().filter(|keyid| !keyid.is_empty())
            && let (Some(kept), Some(plain)) = (kept.as_object_mut(), plain.as_object_mut())
        {
            kept.insert("keyid".to_owned(), keyid.as_str().into());
            plain.insert("keyid".to_owned(), keyid.as_str().into());
        }
        canonical.push(kept);
        signatures.push(plain);
    }
    let plain =
        json!({ "payload": BASE64.encode(&payload), "payloadType": envelope.payload_type, "signatures": signatures });
    let own = sha256(&serde_json_canonicalizer::to_vec(&plain).map_err(DevStackError::json("envelope"))?);
    let hash = hash.map_or(own, |hash| json!({ "algorithm": hash.algorithm, "value": hash.value }));
    Ok(json!({ "content": {
        "envelope": { "payloadType": envelope.payload_type, "signatures": canonical },
        "hash": hash,
        "payloadHash": sha256(&payload),
    } }))
}
