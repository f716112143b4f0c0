//! Log entries of envelopes: `dsse` 0.0.1, `intoto` 0.0.2 and 0.0.1.

use data_encoding::BASE64;
use plimsoll_attest::Envelope;
use serde::Deserialize;
use serde_json::Value;

use super::{Hash, base64, differs, same_signature, same_signer};
use crate::engine::Refused;
use crate::engine::supplement::Made;

/// What is not bound when `intoto` 0.0.1 holds no signature.
const UNBOUND: &str = "an entry of intoto 0.0.1 holds the key and the digest of the payload, not this signature";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dsse {
    payload_hash: Hash,
    signatures: Vec<DsseSignature>,
}

#[derive(Deserialize)]
struct DsseSignature {
    signature: String,
    verifier: String,
}

pub(super) fn dsse(spec: Dsse, envelope: &Envelope, made: &Made<'_>) -> Result<(), Refused> {
    if !spec.payload_hash.is_of(&envelope.payload) {
        return Err(differs("payload"));
    }
    if spec.signatures.len() != envelope.signatures.len() {
        return Err(differs("number of signatures"));
    }
    let mut last = differs("signature");
    for logged in &spec.signatures {
        match same_signature(&logged.signature, made).and_then(|()| same_signer(&logged.verifier, made, false)) {
            Ok(()) => return Ok(()),
            Err(refused) => last = refused,
        }
    }
    Err(last)
}

#[derive(Deserialize)]
pub(super) struct Intoto {
    content: IntotoContent,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoContent {
    envelope: IntotoEnvelope,
    payload_hash: Hash,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoEnvelope {
    payload_type: String,
    signatures: Vec<IntotoSignature>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoSignature {
    sig: String,
    public_key: String,
}

pub(super) fn intoto(spec: Intoto, envelope: &Envelope, made: &Made<'_>) -> Result<(), Refused> {
    let IntotoContent { envelope: logged, payload_hash } = spec.content;
    if !payload_hash.is_of(&envelope.payload) || logged.payload_type != envelope.payload_type {
        return Err(differs("payload"));
    }
    if logged.signatures.len() != envelope.signatures.len() {
        return Err(differs("number of signatures"));
    }
    let mut last = differs("signature");
    for logged in &logged.signatures {
        // Base64 of base64.
        let sig = String::from_utf8(base64(&logged.sig)?).map_err(|_| differs("signature"))?;
        match same_signature(&sig, made).and_then(|()| same_signer(&logged.public_key, made, true)) {
            Ok(()) => return Ok(()),
            Err(refused) => last = refused,
        }
    }
    Err(last)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IntotoFirst {
    content: IntotoFirstContent,
    public_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntotoFirstContent {
    #[serde(default)]
    hash: Option<Hash>,
    #[serde(default)]
    payload_hash: Option<Hash>,
}

pub(super) fn intoto_first(
    spec: IntotoFirst,
    envelope: &Envelope,
    made: &Made<'_>,
) -> Result<Option<&'static str>, Refused> {
    same_signer(&spec.public_key, made, true)?;
    let IntotoFirstContent { hash, payload_hash } = spec.content;
    if payload_hash.as_ref().is_some_and(|hash| !hash.is_of(&envelope.payload)) {
        return Err(differs("payload"));
    }
    match (hash.is_some_and(|hash| hash.is_of(as_go_writes_it(envelope).as_bytes())), payload_hash) {
        (true, _) => Ok(None),
        (false, Some(_)) => Ok(Some(UNBOUND)),
        (false, None) => Err(differs("envelope")),
    }
}

/// The envelope as `encoding/json` of Go writes the type that cosign has for it.
fn as_go_writes_it(envelope: &Envelope) -> String {
    let text = |text: &str| Value::from(text).to_string();
    let signatures: Vec<String> = envelope
        .signatures
        .iter()
        .map(|one| format!(r#"{{"keyid":{},"sig":"{}"}}"#, text(&one.keyid), BASE64.encode(&one.signature)))
        .collect();
    format!(
        r#"{{"payloadType":{},"payload":"{}","signatures":[{}]}}"#,
        text(&envelope.payload_type),
        BASE64.encode(&envelope.payload),
        signatures.join(",")
    )
}
