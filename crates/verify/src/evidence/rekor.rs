//! Log entries that come apart from the signature: what Rekor answers, what cosign keeps of it, and the entry of a bundle.
//!
//! - `GET /api/v1/log/entries/UUID` of Rekor v1: `{UUID: {body, integratedTime, logID, logIndex, verification}}`, where hashes are
//!   hex. <https://github.com/sigstore/rekor/blob/main/openapi.yaml>
//! - cosign's `RekorBundle`: `{SignedEntryTimestamp, Payload: {body, integratedTime, logIndex, logID}}`.
//! - `TransparencyLogEntry`, as it is in bundles and as Rekor v2 answers.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER_PERMISSIVE;
use plimsoll_attest::refuse_duplicates;
use serde::Deserialize;

use super::MAX_HASHES;
use super::lines::top_keys;
use super::parts::{Entry, Proof};
use super::wire::{Bytes, Capped, Integer, TransparencyLogEntry};

/// Reads one entry, in any of the shapes.
pub(super) fn read(document: &[u8]) -> Result<Entry, String> {
    let document = document.trim_ascii();
    refuse_duplicates(document).map_err(|error| error.to_string())?;
    let keys = top_keys(document)?;
    let has = |key: &str| keys.iter().any(|known| known == key);
    if has("Payload") {
        return parse::<RekorBundle>(document)?.into_entry();
    }
    if has("canonicalizedBody") || has("canonicalized_body") {
        return parse::<TransparencyLogEntry>(document)?.into_entry();
    }
    let mut answer: BTreeMap<String, LogEntry> = parse(document)?;
    match (answer.pop_first(), answer.is_empty()) {
        (Some((_, entry)), true) => entry.into_entry(),
        _ => Err("it does not hold one log entry".into()),
    }
}

fn parse<'a, T: Deserialize<'a>>(document: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(document).map_err(|error| error.to_string())
}

/// What cosign keeps of an entry.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RekorBundle {
    signed_entry_timestamp: Bytes,
    payload: Payload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    body: Bytes,
    integrated_time: Integer,
    log_index: Integer,
    #[serde(rename = "logID")]
    log_id: String,
}

impl RekorBundle {
    pub(super) fn into_entry(self) -> Result<Entry, String> {
        let Payload { body, integrated_time, log_index, log_id } = self.payload;
        let (kind, version) = kind(&body.0)?;
        Ok(Entry {
            log_index: log_index.unsigned(),
            log_id: hex(&log_id)?,
            kind,
            version,
            integrated_time: Some(integrated_time.0),
            promise: Some(self.signed_entry_timestamp.0),
            proof: None,
            body: body.0,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogEntry {
    body: Bytes,
    integrated_time: Integer,
    log_index: Integer,
    #[serde(rename = "logID")]
    log_id: String,
    verification: Option<Verification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verification {
    signed_entry_timestamp: Option<Bytes>,
    inclusion_proof: Option<InclusionProof>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InclusionProof {
    log_index: Integer,
    root_hash: String,
    tree_size: Integer,
    hashes: Capped<String, MAX_HASHES>,
    #[serde(default)]
    checkpoint: String,
}

impl LogEntry {
    fn into_entry(self) -> Result<Entry, String> {
        let (kind, version) = kind(&self.body.0)?;
        let (promise, proof) = match self.verification {
            Some(verification) => (verification.signed_entry_timestamp, verification.inclusion_proof),
            None => (None, None),
        };
        Ok(Entry {
            log_index: self.log_index.unsigned(),
            log_id: hex(&self.log_id)?,
            kind,
            version,
            integrated_time: Some(self.integrated_time.0).filter(|time| *time != 0),
            promise: promise.map(|promise| promise.0),
            proof: proof.map(InclusionProof::into_proof).transpose()?,
            body: self.body.0,
        })
    }
}

impl InclusionProof {
    fn into_proof(self) -> Result<Proof, String> {
        Ok(Proof {
            log_index: self.log_index.unsigned(),
            root_hash: hex(&self.root_hash)?,
            tree_size: self.tree_size.unsigned(),
            hashes: self.hashes.0.iter().map(|hash| hex(hash)).collect::<Result<_, _>>()?,
            checkpoint: self.checkpoint,
        })
    }
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|error| format!("hex: {error}"))
}

/// What kind of entry a body says it is.
fn kind(body: &[u8]) -> Result<(String, String), String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head {
        kind: String,
        api_version: String,
    }
    let head: Head = parse(body).map_err(|error| format!("the body of the log entry: {error}"))?;
    Ok((head.kind, head.api_version))
}
