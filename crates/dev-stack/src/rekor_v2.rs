//! The log, version 2: tiles. <https://github.com/sigstore/rekor-tiles/blob/main/CLIENTS.md>
//!
//! It says when an entry is in the tree, and no time: that is for a timestamp authority. There is one kind of entry; of an
//! envelope, the digest of its encoding is logged. Reading is by static tiles.
//! <https://github.com/C2SP/C2SP/blob/main/tlog-tiles.md>

mod tiles;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256, Sha384};

use crate::DevStackError;
use crate::answer::{Answer, Refusal};
use crate::key::{self, KeyKind};
use crate::log::{Added, Log, Proven};
use crate::stack::{HOST, Shared};

/// The log under its name. Clients in Go take the host of the base URL for the origin, without port and path.
pub(crate) fn log(kind: KeyKind) -> Result<Log, DevStackError> {
    Log::new(kind, HOST.to_owned(), HOST)
}

/// The routes.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/rekor-v2/api/v2/log/entries", post(create))
        .route("/rekor-v2/api/v2/checkpoint", get(tiles::checkpoint))
        .route("/rekor-v2/api/v2/tile/{*path}", get(tiles::tile))
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "hashedRekordRequestV002", default)]
    hashedrekord: Option<HashedRekord>,
    #[serde(rename = "dsseRequestV002", default)]
    dsse: Option<Dsse>,
}

#[derive(Deserialize)]
struct HashedRekord {
    digest: String,
    signature: Signature,
}

#[derive(Deserialize)]
struct Signature {
    content: String,
    verifier: Verifier,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verifier {
    #[serde(default)]
    x509_certificate: Option<RawBytes>,
    #[serde(default)]
    public_key: Option<RawBytes>,
    key_details: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawBytes {
    raw_bytes: String,
}

#[derive(Deserialize)]
struct Dsse {
    envelope: Value,
    verifiers: Vec<Verifier>,
}

/// What is logged: a digest, and a signature over it by a key.
struct Signed {
    digest: Vec<u8>,
    signature: Vec<u8>,
    verifier: Verifier,
}

fn base64(text: &str) -> Answer<Vec<u8>> {
    BASE64.decode(text.as_bytes()).map_err(|_| Refusal::bad("this is not base64"))
}

fn read(body: &[u8]) -> Answer<Signed> {
    let wire: Wire = serde_json::from_slice(body).map_err(|error| Refusal::bad(format!("invalid request: {error}")))?;
    match (wire.hashedrekord, wire.dsse) {
        (Some(request), None) => Ok(Signed {
            digest: base64(&request.digest)?,
            signature: base64(&request.signature.content)?,
            verifier: request.signature.verifier,
        }),
        (None, Some(request)) => {
            let envelope = plimsoll_attest::Envelope::parse(request.envelope.to_string().as_bytes())
                .map_err(|error| Refusal::bad(error.to_string()))?;
            let pae = envelope.pae();
            let (mut signatures, mut verifiers) = (envelope.signatures.into_iter(), request.verifiers.into_iter());
            match (signatures.next(), verifiers.next(), signatures.next()) {
                (Some(signature), Some(verifier), None) => {
                    let digest = match verifier.key_details.as_str() {
                        "PKIX_ECDSA_P384_SHA_384" => Sha384::digest(&pae).to_vec(),
                        _ => Sha256::digest(&pae).to_vec(),
                    };
                    Ok(Signed { digest, signature: signature.signature, verifier })
                }
                _ => Err(Refusal::bad("an envelope is logged with one signature and one key")),
            }
        }
        _ => Err(Refusal::bad("one kind of entry is to be given")),
    }
}

/// The bytes that are logged.
fn canonical(signed: &Signed) -> Answer<Vec<u8>> {
    let (name, bytes) = match (&signed.verifier.x509_certificate, &signed.verifier.public_key) {
        (Some(certificate), None) => ("x509Certificate", base64(&certificate.raw_bytes)?),
        (None, Some(key)) => ("publicKey", base64(&key.raw_bytes)?),
        _ => return Err(Refusal::bad("one key or certificate is to be given")),
    };
    let algorithm = match signed.verifier.key_details.as_str() {
        "PKIX_ECDSA_P256_SHA_256" | "PKIX_RSA_PKCS1V15_2048_SHA256" | "PKIX_RSA_PKCS1V15_3072_SHA256" => "SHA2_256",
        "PKIX_ECDSA_P384_SHA_384" => "SHA2_384",
        other => return Err(Refusal::bad(format!("keys of the kind {other} are not taken"))),
    };
    let key = key::public_key(&bytes).ok_or_else(|| Refusal::bad("the key or certificate cannot be read"))?;
    if !key::signed_digest(&key, &signed.digest, &signed.signature) {
        return Err(Refusal::bad("the signature is not over the digest"));
    }
    let mut verifier = Map::new();
    verifier.insert("keyDetails".to_owned(), signed.verifier.key_details.as_str().into());
    verifier.insert(name.to_owned(), json!({ "rawBytes": BASE64.encode(&bytes) }));
    let entry = json!({ "apiVersion": "0.0.2", "kind": "hashedrekord", "spec": { "hashedRekordV002": {
        "data": { "algorithm": algorithm, "digest": BASE64.encode(&signed.digest) },
        "signature": { "content": BASE64.encode(&signed.signature), "verifier": verifier },
    } } });
    Ok(serde_json_canonicalizer::to_vec(&entry).map_err(DevStackError::json("entry"))?)
}

/// An entry as it is answered: a `TransparencyLogEntry`, in JSON of protocol buffers.
fn described(log: &Log, proven: &Proven) -> Value {
    let path: Vec<String> = proven.path.iter().map(|hash| BASE64.encode(hash)).collect();
    json!({
        "logIndex": proven.index.to_string(),
        "logId": { "keyId": BASE64.encode(&log.checkpoint_key_id()) },
        "kindVersion": { "kind": "hashedrekord", "version": "0.0.2" },
        "integratedTime": "0",
        "inclusionProof": {
            "logIndex": proven.index.to_string(),
            "rootHash": BASE64.encode(&proven.root),
            "treeSize": proven.size.to_string(),
            "hashes": path,
            "checkpoint": { "envelope": proven.checkpoint },
        },
        "canonicalizedBody": BASE64.encode(&proven.entry.body),
    })
}

async fn create(State(stack): State<Arc<Shared>>, body: Bytes) -> Answer<Response> {
    let canonical = canonical(&read(&body)?)?;
    match stack.rekor_v2.add(canonical, (stack.now)(), &stack.faults)? {
        Added::New(proven) => Ok((StatusCode::CREATED, Json(described(&stack.rekor_v2, &proven))).into_response()),
        Added::AlreadyThere(index) => {
            Err(Refusal::new(StatusCode::CONFLICT, format!("an equivalent entry is in the log at index {index}")))
        }
    }
}
