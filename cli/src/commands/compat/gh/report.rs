//! What gh writes with `--format json`.

use plimsoll_verify::{Claim, Claims, Outcome, Verified};
use serde_json::{Map, Value, json};

use super::Found;
use crate::commands::compat::policy::raw;

/// All that is verified.
pub(super) fn report(outcome: &Outcome, found: &Found) -> Value {
    outcome.verified().iter().map(|verified| result(verified, found)).collect()
}

fn result(verified: &Verified, found: &Found) -> Value {
    let piece = found.evidence.iter().find(|piece| piece.place() == verified.place());
    let bundle = piece.and_then(|piece| {
        let (place, bytes) = found
            .documents
            .iter()
            .find(|(place, _)| piece.place() == place || piece.place().starts_with(&format!("{place}:")))?;
        serde_json::from_slice::<Value>(raw(bytes, place, piece)).ok()
    });
    let statement = bundle.as_ref().and_then(|bundle| {
        let payload = bundle.pointer("/dsseEnvelope/payload")?.as_str()?;
        let bytes = data_encoding::BASE64.decode(payload.as_bytes()).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    });
    let times: Vec<Value> = verified
        .times()
        .iter()
        .map(|time| {
            let kind = if time.by.starts_with("log") { "Tlog" } else { "TimestampAuthority" };
            json!({ "type": kind, "uri": "", "timestamp": time.time.to_string() })
        })
        .collect();
    json!({
        "attestation": { "bundle": bundle, "bundle_url": "" },
        "verificationResult": {
            "mediaType": "application/vnd.dev.sigstore.verificationresult+json;version=0.1",
            "statement": statement,
            "signature": { "certificate": certificate(verified.claims()) },
            "verifiedTimestamps": times,
        },
    })
}

/// The claims of a certificate by the names that sigstore-go gives them.
fn certificate(claims: &Claims) -> Map<String, Value> {
    let mut object = Map::new();
    if let Some(identity) = claims.identity() {
        object.insert("subjectAlternativeName".to_owned(), identity.into());
    }
    for (claim, value) in claims.iter() {
        object.insert(sigstore_go_name(claim), value.into());
    }
    object
}

/// `source-repository-uri` is `sourceRepositoryURI`; deprecated ones are `githubWorkflowSHA`.
fn sigstore_go_name(claim: Claim) -> String {
    let mut name = String::new();
    for (index, word) in claim.name().split('-').enumerate() {
        match word {
            "uri" | "sha" => name.push_str(&word.to_uppercase()),
            _ if index == 0 => name.push_str(word),
            _ => {
                let mut characters = word.chars();
                name.extend(characters.next().map(|first| first.to_ascii_uppercase()));
                name.push_str(characters.as_str());
            }
        }
    }
    match claim {
        Claim::SourceRepositoryVisibility => "sourceRepositoryVisibilityAtSigning".to_owned(),
        _ => name,
    }
}
