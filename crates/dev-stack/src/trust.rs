//! What clients are given: whom to trust, and where to go.
//! <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto>

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::certificate::{Authority, Period};
use crate::key::SigningKey;
use crate::merkle::Hash;
use crate::oidc::IssuerKind;
use crate::stack::{RekorVersion, Shared};

const OPERATOR: &str = "plimsoll dev-stack";

fn authority(authority: &Authority, url: String, start: &str) -> Value {
    let certificates: Vec<Value> =
        authority.chain.iter().map(|der| json!({ "rawBytes": BASE64.encode(der) })).collect();
    json!({
        "subject": { "organization": OPERATOR, "commonName": OPERATOR },
        "uri": url,
        "certChain": { "certificates": certificates },
        "validFor": { "start": start },
    })
}

fn log(key: &SigningKey, id: Hash, url: String, start: &str) -> Value {
    json!({
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": BASE64.encode(key.spki()),
            "keyDetails": key.details(),
            "validFor": { "start": start },
        },
        "logId": { "keyId": BASE64.encode(&id) },
    })
}

/// The trusted root.
pub(crate) fn trusted_root(stack: &Shared) -> Value {
    let url = &stack.url;
    let start = start(stack.period);
    json!({
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": [
            log(&stack.rekor.key, stack.rekor.key.id(), format!("{url}/rekor"), &start),
            log(&stack.rekor_v2.key, stack.rekor_v2.checkpoint_key_id(), format!("{url}/rekor-v2"), &start),
        ],
        "certificateAuthorities": [authority(&stack.fulcio.authority, url.clone(), &start)],
        "ctlogs": [log(&stack.fulcio.ct.key, stack.fulcio.ct.key.id(), format!("{url}/ct"), &start)],
        "timestampAuthorities": [authority(&stack.timestamps.authority, timestamp_url(url), &start)],
    })
}

fn start(period: Period) -> String {
    // Whole seconds: some readers know no others.
    format!("{:.0}", period.start)
}

fn timestamp_url(url: &str) -> String {
    format!("{url}/tsa/api/v1/timestamp")
}

/// The signing configuration, version 0.2, with the logs of these versions.
pub(crate) fn signing_config(stack: &Shared, versions: &[RekorVersion]) -> Value {
    let url = &stack.url;
    let start = start(stack.period);
    let service = |url: String, version: u32| json!({ "url": url, "majorApiVersion": version, "validFor": { "start": start }, "operator": OPERATOR });
    let logs = versions.iter().map(|version| match version {
        RekorVersion::V1 => service(format!("{url}/rekor"), 1),
        RekorVersion::V2 => service(format!("{url}/rekor-v2"), 2),
    });
    json!({
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": [service(url.clone(), 1)],
        "oidcUrls": [service(IssuerKind::People.url(url), 1)],
        "rekorTlogUrls": logs.collect::<Vec<_>>(),
        "tsaUrls": [service(timestamp_url(url), 1)],
        "rekorTlogConfig": { "selector": "ANY" },
        "tsaConfig": { "selector": "ANY" },
    })
}

/// Both in one file.
pub(crate) fn client_trust_config(trusted_root: &Value, signing_config: &Value) -> Value {
    json!({
        "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
        "trustedRoot": trusted_root,
        "signingConfig": signing_config,
    })
}
