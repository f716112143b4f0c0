//! The transparency log, version 1. <https://github.com/sigstore/rekor/blob/main/openapi.yaml>
//!
//! A signature over an artifact is logged as `hashedrekord` 0.0.1: digest, signature, key. A statement is logged as `dsse`
//! 0.0.1, and although the log keeps only hashes of it, all of it has to be sent: that is where large SBOMs fail. Logging
//! just its digest as a `hashedrekord` would work, but no verifier accepts such an entry for an envelope.
//!
//! An entry that is there already is answered with 409 and its place, from where it is fetched: a request whose answer was
//! lost can be made again.

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use plimsoll_attest::Envelope;
use plimsoll_model::Digest;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use sigstore_types::bundle::{CheckpointData, InclusionPromise, InclusionProof, LogId, TransparencyLogEntry};
use sigstore_types::{CanonicalizedBody, KindVersion, LogIndex, LogKeyId, Sha256Hash, SignedTimestamp};

use super::http::{ANSWER_LIMIT, Answer, Http, Request};
use crate::bundle::Signatory;
use crate::secret::SecretBytes;
use crate::{ServiceError, SignError};

const SERVICE: &str = "transparency log";
const CONFLICT: u16 = 409;
const TOO_LARGE: u16 = 413;
/// What the public log takes, as far as that is known: it is documented nowhere, answers nothing that says so, and
/// statements of 3.5 MB are reported to fail (sigstore/cosign#3599, sigstore/rekor#2808).
const PUBLIC_LIMIT: usize = 4_500_000;
/// What is sent to any other log. The server has no limit by default; what stands before it often has 32 MB.
const LIMIT: usize = 96 << 20;

/// Logs a signature over an artifact.
pub(crate) fn log_message(
    http: &Http,
    url: &str,
    digest: &Digest,
    signature: &[u8],
    signatory: &Signatory,
) -> Result<TransparencyLogEntry, SignError> {
    let entry = json!({
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": { "hash": { "algorithm": digest.algorithm().token(), "value": digest.hex() } },
            "signature": {
                "content": BASE64.encode(signature),
                "publicKey": { "content": BASE64.encode(signatory.pem()?.as_bytes()) },
            },
        },
    });
    log(http, url, &entry, KindVersion::HashedRekordV001)
}

/// Logs a statement. All of it is sent.
pub(crate) fn log_envelope(
    http: &Http,
    url: &str,
    envelope: &Envelope,
    signatory: &Signatory,
) -> Result<TransparencyLogEntry, SignError> {
    let entry = json!({
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": { "proposedContent": {
            "envelope": envelope.to_json().to_string(),
            "verifiers": [BASE64.encode(signatory.pem()?.as_bytes())],
        } },
    });
    log(http, url, &entry, KindVersion::DsseV001)
}

/// Fails for a statement of so many bytes that this log will not take it, before anything is sent to anybody.
pub(crate) fn check_size(url: &str, payload: usize) -> Result<(), SignError> {
    // Base64, twice quoted, and a kilobyte or two of keys and names.
    let request = payload.saturating_mul(4).div_euclid(3).saturating_add(8 << 10);
    let limit = if is_public(url) { PUBLIC_LIMIT } else { LIMIT };
    if request > limit {
        return Err(SignError::TooLargeForLog { url: url.to_owned(), size: payload, limit });
    }
    Ok(())
}

fn is_public(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or_default().split(['/', ':']).next().unwrap_or_default();
    ["rekor.sigstore.dev", "rekor.sigstage.dev"].contains(&host)
}

fn log(http: &Http, url: &str, entry: &Value, kind: KindVersion) -> Result<TransparencyLogEntry, SignError> {
    let base = url.trim_end_matches('/');
    let body = entry.to_string().into_bytes();
    let size = body.len();
    let request = |method, url, body| Request {
        method,
        service: SERVICE,
        url,
        content_type: "application/json",
        accept: "application/json",
        body: SecretBytes::new(body),
        bearer: None,
        secret: None,
        limit: ANSWER_LIMIT,
    };
    let create = request(Method::POST, format!("{base}/api/v1/log/entries"), body);
    let mut answer = http.ask(&create, &[CONFLICT, TOO_LARGE])?;
    if answer.status == TOO_LARGE {
        return Err(SignError::RefusedAsTooLarge { url: url.to_owned(), size });
    }
    if answer.status == CONFLICT {
        let place = place(&answer).ok_or_else(|| malformed("an entry that is there already has no place"))?;
        let fetch = request(Method::GET, format!("{base}/api/v1/log/entries/{place}"), Vec::new());
        answer = http.ask(&fetch, &[])?;
    }
    Ok(read(&answer.body, kind)?)
}

/// The identifier of an entry that is there already: the last part of its place.
fn place(answer: &Answer) -> Option<&str> {
    let uuid = answer.location.as_deref()?.rsplit('/').next()?;
    (uuid.len() <= 80 && !uuid.is_empty() && uuid.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(uuid)
}

fn malformed(reason: impl Into<String>) -> ServiceError {
    ServiceError::Malformed { service: SERVICE, reason: reason.into() }
}

/// An answer: one entry under its identifier.
fn read(body: &[u8], kind: KindVersion) -> Result<TransparencyLogEntry, ServiceError> {
    let wire: std::collections::BTreeMap<String, Wire> =
        serde_json::from_slice(body).map_err(|error| malformed(error.to_string()))?;
    let mut entries = wire.into_values();
    let (Some(entry), None) = (entries.next(), entries.next()) else {
        return Err(malformed("there is not exactly one entry"));
    };
    let wrong = |error: sigstore_types::Error| malformed(error.to_string());
    let index = |index: u64| LogIndex::new(index).map_err(wrong);
    let id = HEXLOWER.decode(entry.log_id.as_bytes()).map_err(|error| malformed(error.to_string()))?;
    let body = CanonicalizedBody::from_base64(&entry.body).map_err(wrong)?;
    let id = LogId::new(LogKeyId::from_bytes(&id));
    let mut read = TransparencyLogEntry::new(index(entry.log_index)?, id, kind, body);
    let time = Timestamp::from_second(entry.integrated_time).map_err(|error| malformed(error.to_string()))?;
    read = read.with_integrated_time(time);
    if let Some(promise) = entry.verification.promise {
        let promise = SignedTimestamp::from_base64(&promise).map_err(wrong)?;
        read = read.with_inclusion_promise(InclusionPromise::new(promise));
    }
    let proof = entry.verification.proof.ok_or_else(|| malformed("the entry comes without proof"))?;
    let hash = |hex: &str| Sha256Hash::from_hex(hex).map_err(wrong);
    let proof = InclusionProof::new(
        index(proof.log_index)?,
        hash(&proof.root_hash)?,
        proof.tree_size,
        proof.hashes.iter().map(|hex| hash(hex)).collect::<Result<_, _>>()?,
        CheckpointData::new(proof.checkpoint).map_err(wrong)?,
    );
    Ok(read.with_inclusion_proof(proof))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    body: String,
    integrated_time: i64,
    #[serde(rename = "logID")]
    log_id: String,
    log_index: u64,
    verification: WireVerification,
}

#[derive(Deserialize)]
struct WireVerification {
    #[serde(rename = "inclusionProof")]
    proof: Option<WireProof>,
    #[serde(rename = "signedEntryTimestamp")]
    promise: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProof {
    checkpoint: String,
    #[serde(default)]
    hashes: Vec<String>,
    log_index: u64,
    root_hash: String,
    tree_size: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_statements_are_refused_before_they_are_sent() {
        assert!(check_size("https://rekor.sigstore.dev", 3 << 20).is_ok());
        let error = check_size("https://rekor.sigstore.dev/", 4 << 20).unwrap_err();
        assert!(error.to_string().contains("rekor.sigstore.dev"), "{error}");
        assert!(check_size("https://rekor.example", 40 << 20).is_ok());
        assert!(check_size("https://rekor.example", 90 << 20).is_err());
    }

    #[test]
    fn the_place_of_an_entry_is_hex() {
        let answer = |location: &str| Answer { status: 409, location: Some(location.into()), body: Vec::new() };
        assert_eq!(place(&answer("/api/v1/log/entries/24296f")), Some("24296f"));
        assert_eq!(place(&answer("/api/v1/log/entries/..%2f")), None);
        assert_eq!(place(&answer("/api/v1/log/entries/")), None);
    }

    #[test]
    fn answers_that_are_no_entry_are_errors() {
        for text in
            ["", "{}", "[]", r#"{"a":{},"b":{}}"#, r#"{"a":{"body":"","integratedTime":1,"logID":"00","logIndex":-1}}"#]
        {
            assert!(read(text.as_bytes(), KindVersion::DsseV001).is_err(), "{text}");
        }
    }
}
