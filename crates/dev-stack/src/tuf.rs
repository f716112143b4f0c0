//! The repository of the trusted root: TUF. <https://theupdateframework.github.io/specification/latest/>
//!
//! One key signs all roles, with consistent snapshots, as Sigstore's own repositories have them. Versions start at 2, so that
//! there is an older one to roll back to; what is served then is signed, and valid but for its number.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse as _;
use axum::routing::get;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::DevStackError;
use crate::answer::{Answer, Refusal};
use crate::certificate::shifted;
use crate::fault::Fault;
use crate::key::{KeyKind, SigningKey};
use crate::stack::{RekorVersion, Shared};
use crate::trust;

const VERSION: u64 = 2;
const YEAR: i64 = 365 * 86_400;

/// The repository: its key, and the name of it.
pub(crate) struct Repository {
    key: SigningKey,
    key_id: String,
    description: Value,
}

impl Repository {
    pub(crate) fn new() -> Result<Self, DevStackError> {
        let key = SigningKey::generate(KeyKind::Ed25519)?;
        let public = HEXLOWER.encode(key.raw());
        let description = json!({ "keytype": "ed25519", "scheme": "ed25519", "keyval": { "public": public } });
        let key_id = HEXLOWER.encode(&Sha256::digest(canonical(&description)?));
        Ok(Self { key, key_id, description })
    }

    fn signed(&self, role: &str, version: u64, expires: Timestamp, more: Value) -> Result<Vec<u8>, DevStackError> {
        let mut signed = Map::new();
        signed.insert("_type".to_owned(), role.into());
        signed.insert("spec_version".to_owned(), "1.0.31".into());
        signed.insert("version".to_owned(), version.into());
        signed.insert("expires".to_owned(), format!("{expires:.0}").into());
        if let Value::Object(more) = more {
            signed.extend(more);
        }
        let signed = Value::Object(signed);
        let signature = HEXLOWER.encode(&self.key.sign(&canonical(&signed)?)?);
        canonical(&json!({ "signatures": [{ "keyid": self.key_id, "sig": signature }], "signed": signed }))
    }

    /// The first root: what a client starts from.
    pub(crate) fn root(&self, now: Timestamp) -> Result<Vec<u8>, DevStackError> {
        let role = json!({ "keyids": [self.key_id], "threshold": 1 });
        let keys: Map<String, Value> = [(self.key_id.clone(), self.description.clone())].into_iter().collect();
        let more = json!({
            "consistent_snapshot": true,
            "keys": keys,
            "roles": { "root": role, "timestamp": role, "snapshot": role, "targets": role },
        });
        self.signed("root", 1, shifted(now, YEAR), more)
    }
}

/// Canonical JSON. There are no line breaks in what is signed, on which TUF's form and RFC 8785 would differ.
fn canonical(value: &Value) -> Result<Vec<u8>, DevStackError> {
    serde_json_canonicalizer::to_vec(value).map_err(DevStackError::json("metadata"))
}

fn described(bytes: &[u8]) -> Value {
    json!({ "length": bytes.len(), "hashes": { "sha256": HEXLOWER.encode(&Sha256::digest(bytes)) } })
}

/// The targets by name.
fn targets(stack: &Shared) -> Result<Vec<(&'static str, Vec<u8>)>, DevStackError> {
    let versions = [RekorVersion::V2, RekorVersion::V1];
    let pretty = |value: &Value| serde_json::to_vec_pretty(value).map_err(DevStackError::json("target"));
    Ok(vec![
        ("trusted_root.json", pretty(&trust::trusted_root(stack))?),
        ("signing_config.v0.2.json", pretty(&trust::signing_config(stack, &versions))?),
    ])
}

/// All of the metadata but the root. Times are those of the start: the same file is always the same bytes.
fn metadata(stack: &Shared, role: &str) -> Result<Vec<u8>, DevStackError> {
    let on = |fault| stack.faults.is_on(fault);
    let version = if on(Fault::TufRollback) { VERSION.saturating_sub(1) } else { VERSION };
    let started = stack.started;
    let expires = if on(Fault::TufExpired) { shifted(started, -60) } else { shifted(started, YEAR) };
    let more = match role {
        "targets" => {
            let list: Map<String, Value> =
                targets(stack)?.iter().map(|(name, bytes)| ((*name).to_owned(), described(bytes))).collect();
            json!({ "targets": list })
        }
        "snapshot" => json!({ "meta": { "targets.json": { "version": version } } }),
        _ => json!({ "meta": { "snapshot.json": { "version": version } } }),
    };
    stack.repository.signed(role, version, expires, more)
}

/// The routes.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/tuf/{name}", get(file)).route("/tuf/targets/{name}", get(target))
}

async fn file(State(stack): State<Arc<Shared>>, Path(name): Path<String>) -> Answer {
    let bytes = match name.as_str() {
        "1.root.json" | "root.json" => stack.repository.root(stack.started)?,
        "timestamp.json" => metadata(&stack, "timestamp")?,
        other => {
            let role = other.strip_suffix(".json").and_then(|name| name.split_once('.'));
            match role {
                Some((_, role @ ("snapshot" | "targets"))) => metadata(&stack, role)?,
                _ => return Err(Refusal::missing("there is no such file")),
            }
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

async fn target(State(stack): State<Arc<Shared>>, Path(name): Path<String>) -> Answer {
    let wanted = |target: &str, bytes: &[u8]| {
        name == target || name == format!("{}.{target}", HEXLOWER.encode(&Sha256::digest(bytes)))
    };
    let found = targets(&stack)?.into_iter().find(|(target, bytes)| wanted(target, bytes));
    let (_, bytes) = found.ok_or_else(|| Refusal::missing("there is no such target"))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}
