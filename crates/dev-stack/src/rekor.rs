//! The log, version 1. <https://github.com/sigstore/rekor/blob/main/openapi.yaml>
//!
//! What is logged is not the request but its canonical form, which says less: of an envelope, only hashes and signatures.
//! The answer comes before the entry is in the tree of the real one, so there is a promise, the signed entry timestamp (SET),
//! besides the proof. The identifier of an entry is that of the tree, then the hash of the leaf.

mod entry;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::{BASE64, HEXLOWER};
use serde::Serialize;
use serde_json::{Value, json};

use crate::DevStackError;
use crate::answer::{Answer, Refusal};
use crate::fault::Fault;
use crate::key::{self, KeyKind};
use crate::log::{Added, Log, Proven};
use crate::stack::{HOST, Shared};

/// The number of the tree. Any would do.
const TREE: u64 = 0x0706_1ac5_dcba_1d2e;

/// The log under its names.
pub(crate) fn log() -> Result<Log, DevStackError> {
    Log::new(KeyKind::Ecdsa, format!("{HOST} - {TREE}"), HOST)
}

/// The routes.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/rekor/api/v1/log", get(tree))
        .route("/rekor/api/v1/log/publicKey", get(public_key))
        .route("/rekor/api/v1/log/entries", post(create).get(by_index))
        .route("/rekor/api/v1/log/entries/{uuid}", get(by_uuid))
        .route("/rekor/api/v1/log/entries/retrieve", post(retrieve))
        .route("/rekor/api/v1/index/retrieve", post(by_hash))
}

/// What the promise is over: RFC 8785 of this.
#[derive(Serialize)]
struct Promise<'a> {
    body: &'a str,
    #[serde(rename = "integratedTime")]
    integrated_time: i64,
    #[serde(rename = "logID")]
    log_id: &'a str,
    #[serde(rename = "logIndex")]
    log_index: u64,
}

fn uuid(proven: &Proven) -> String {
    format!("{TREE:016x}{}", HEXLOWER.encode(&proven.leaf))
}

/// An entry as it is answered.
fn described(stack: &Shared, proven: &Proven) -> Result<Value, DevStackError> {
    let log = &stack.rekor;
    let body = BASE64.encode(&proven.entry.body);
    let log_id = HEXLOWER.encode(&log.key.id());
    let time = proven.entry.time.as_second();
    let promised_time = if stack.faults.is_on(Fault::SetWrong) { time.saturating_sub(1) } else { time };
    let promise = Promise { body: &body, integrated_time: promised_time, log_id: &log_id, log_index: proven.index };
    let promise = serde_json_canonicalizer::to_vec(&promise).map_err(DevStackError::json("promise"))?;
    let path: Vec<String> = proven.path.iter().map(|hash| HEXLOWER.encode(hash)).collect();
    let entry = json!({
        "body": body,
        "integratedTime": time,
        "logID": log_id,
        "logIndex": proven.index,
        "verification": {
            "inclusionProof": {
                "checkpoint": proven.checkpoint,
                "hashes": path,
                "logIndex": proven.index,
                "rootHash": HEXLOWER.encode(&proven.root),
                "treeSize": proven.size,
            },
            "signedEntryTimestamp": BASE64.encode(&log.key.sign(&promise)?),
        },
    });
    Ok(Value::Object([(uuid(proven), entry)].into_iter().collect()))
}

fn location(proven: &Proven) -> String {
    format!("/rekor/api/v1/log/entries/{}", uuid(proven))
}

async fn create(State(stack): State<Arc<Shared>>, body: Bytes) -> Answer {
    if stack.max_entry_size.is_some_and(|max| body.len() > max) {
        // What the balancer in front of the public one says.
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the request is larger than the log takes"));
    }
    let canonical = entry::canonical(&body)?;
    match stack.rekor.add(canonical, (stack.now)(), &stack.faults)? {
        Added::New(proven) => {
            let headers = [(header::LOCATION, location(&proven)), (header::ETAG, uuid(&proven))];
            Ok((StatusCode::CREATED, headers, Json(described(&stack, &proven)?)).into_response())
        }
        Added::AlreadyThere(index) => {
            let place = stack.rekor.by_index(index, &stack.faults)?.as_ref().map(location).unwrap_or_default();
            let message = format!("an equivalent entry already exists in the transparency log with UUID {place}");
            let refusal = Refusal::new(StatusCode::CONFLICT, message).into_response();
            Ok(([(header::LOCATION, place)], refusal).into_response())
        }
    }
}

async fn by_index(
    State(stack): State<Arc<Shared>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answer<Json<Value>> {
    let index = query.get("logIndex").and_then(|index| index.parse().ok());
    let index = index.ok_or_else(|| Refusal::bad("logIndex is no number"))?;
    let found = stack.rekor.by_index(index, &stack.faults)?;
    Ok(Json(described(&stack, &found.ok_or_else(|| Refusal::missing("there is no such entry"))?)?))
}

/// The hash of a leaf from the identifier of an entry, with or without its tree.
fn leaf_of(uuid: &str) -> Option<Vec<u8>> {
    let hash = match uuid.len() {
        80 => uuid.strip_prefix(&format!("{TREE:016x}"))?,
        _ => uuid,
    };
    HEXLOWER.decode(hash.as_bytes()).ok()
}

async fn by_uuid(State(stack): State<Arc<Shared>>, Path(uuid): Path<String>) -> Answer<Json<Value>> {
    let missing = || Refusal::missing("there is no such entry");
    let found = stack.rekor.by_leaf(&leaf_of(&uuid).ok_or_else(missing)?, &stack.faults)?;
    Ok(Json(described(&stack, &found.ok_or_else(missing)?)?))
}

/// Entries by their index, identifier, or what would be logged.
async fn retrieve(State(stack): State<Arc<Shared>>, Json(query): Json<Value>) -> Answer<Json<Value>> {
    const MAX_QUERIES: usize = 10;
    let list = |name: &str| query.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut found = Vec::new();
    for index in list("logIndexes").iter().filter_map(Value::as_u64).take(MAX_QUERIES) {
        found.extend(stack.rekor.by_index(index, &stack.faults)?);
    }
    for leaf in list("entryUUIDs").iter().filter_map(Value::as_str).filter_map(leaf_of).take(MAX_QUERIES) {
        found.extend(stack.rekor.by_leaf(&leaf, &stack.faults)?);
    }
    for entry in list("entries").iter().take(MAX_QUERIES) {
        let canonical = entry::canonical(entry.to_string().as_bytes())?;
        found.extend(stack.rekor.by_leaf(&crate::merkle::leaf_hash(&canonical), &stack.faults)?);
    }
    let entries: Result<Vec<Value>, DevStackError> = found.iter().map(|proven| described(&stack, proven)).collect();
    Ok(Json(Value::Array(entries?)))
}

/// The identifiers of the entries that name a digest: of an artifact, a payload or an envelope.
async fn by_hash(State(stack): State<Arc<Shared>>, Json(query): Json<Value>) -> Answer<Json<Value>> {
    let hash = query.get("hash").and_then(Value::as_str).and_then(|hash| hash.strip_prefix("sha256:"));
    let hash = hash.filter(|hash| hash.len() == 64).ok_or_else(|| Refusal::bad("hash is no SHA-256 digest"))?;
    let leaves = stack.rekor.content().leaves_with(&format!("\"value\":\"{hash}\""));
    let found = leaves.iter().map(|leaf| format!("{TREE:016x}{}", HEXLOWER.encode(leaf)).into());
    Ok(Json(Value::Array(found.collect())))
}

async fn tree(State(stack): State<Arc<Shared>>) -> Answer<Json<Value>> {
    let (size, root) = {
        let content = stack.rekor.content();
        (content.tree.len(), content.tree.root())
    };
    Ok(Json(json!({
        "rootHash": HEXLOWER.encode(&root),
        "treeSize": size,
        "treeID": TREE.to_string(),
        "signedTreeHead": stack.rekor.checkpoint(size, root, &stack.faults)?,
        "inactiveShards": [],
    })))
}

async fn public_key(State(stack): State<Arc<Shared>>) -> Answer<Response> {
    let pem = key::to_pem("PUBLIC KEY", stack.rekor.key.spki())?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response())
}
