//! Uploads as clients of Dependency-Track send them: its Jenkins plugin, its GitHub Action, scripts with curl.
//!
//! <https://docs.dependencytrack.org/usage/cicd/>. A document is added before the request is answered, so that whoever asks
//! whether it is still worked on is told that it is not. Projects are artifacts: named, or by the number that was given for the
//! name. `autoCreate` is accepted and means nothing: what is sent is kept.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use data_encoding::{BASE64, HEXLOWER, Specification};
use serde::Deserialize;
use serde_json::{Value, json};

use super::documents::{Body, Named, keep};
use super::multipart;
use super::shape::Path;
use crate::problem::{Answered, Problem};
use crate::state::AppState;

/// The version whose API this is: clients refuse earlier ones for some of what they send.
const COMPATIBLE: &str = "4.13.0";

/// What `PUT` sends. Other members mean nothing here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Submit {
    project: Option<String>,
    project_name: Option<String>,
    project_version: Option<String>,
    bom: Option<String>,
}

/// `PUT /api/v1/bom`
pub(crate) async fn put(State(state): State<AppState>, Body(bytes): Body) -> Answered<Json<Value>> {
    let submit: Submit = serde_json::from_slice(&bytes)
        .map_err(|error| Problem::bad(format!("the body is not what it should be: {error}")))?;
    drop(bytes);
    let encoded = submit.bom.ok_or_else(|| Problem::bad("bom: it is missing"))?;
    let document = decode(&encoded).ok_or_else(|| Problem::bad("bom: it is not in base64"))?;
    drop(encoded);
    upload(&state, document.into(), submit.project, submit.project_name, submit.project_version).await
}

/// `POST /api/v1/bom`
pub(crate) async fn post(State(state): State<AppState>, headers: HeaderMap, Body(body): Body) -> Answered<Json<Value>> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let refused = || Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send multipart/form-data");
    let boundary = multipart::boundary(media).ok_or_else(refused)?;
    let mut fields: BTreeMap<String, Bytes> = BTreeMap::new();
    for part in multipart::parts(&body, boundary)? {
        fields.entry(part.name).or_insert_with(|| body.slice_ref(part.bytes));
    }
    let document = fields.remove("bom").ok_or_else(|| Problem::bad("bom: it is missing"))?;
    let mut text = |name: &str| match fields.remove(name).map(|bytes| String::from_utf8(bytes.to_vec())) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(_)) => Err(Problem::bad(format!("{name}: it is not in UTF-8"))),
    };
    let (project, name, version) = (text("project")?, text("projectName")?, text("projectVersion")?);
    // Some clients encode here too.
    let plain =
        document.first().is_some_and(|first| matches!(first, b'{' | b'<' | 0xef) || first.is_ascii_whitespace());
    let decoded = if plain { None } else { std::str::from_utf8(&document).ok().and_then(decode) };
    upload(&state, decoded.map_or(document, Bytes::from), project, name, version).await
}

async fn upload(
    state: &AppState,
    document: Bytes,
    project: Option<String>,
    name: Option<String>,
    version: Option<String>,
) -> Answered<Json<Value>> {
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let (project, name) = (given(project), given(name));
    if project.is_none() && name.is_none() {
        return Err(Problem::bad("projectName, or project: name one"));
    }
    // A project that was made elsewhere is known here by what its document says.
    let added = keep(state, document, Named { name, version: given(version) }).await?;
    Ok(Json(json!({ "token": uuid(added.document.to_number()) })))
}

/// `GET /api/v1/bom/token/{uuid}`, and `GET /api/v1/event/token/{uuid}`, which took its place in version 4.11.
pub(crate) async fn token(Path(uuid): Path) -> Answered<Json<Value>> {
    let shape = [8, 4, 4, 4, 12];
    let mut groups = uuid.split('-');
    let holds = shape.iter().all(|length| {
        groups.next().is_some_and(|group| group.len() == *length && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
    });
    if !holds || groups.next().is_some() {
        return Err(Problem::bad("the token is no UUID"));
    }
    Ok(Json(json!({ "processing": false })))
}

/// `GET /api/version`
pub(crate) async fn version() -> Json<Value> {
    let framework = json!({ "name": "Plimsoll", "version": env!("CARGO_PKG_VERSION") });
    Json(json!({ "application": "Dependency-Track", "version": COMPATIBLE, "framework": framework }))
}

/// A UUID (RFC 9562, version 8) for a document: clients want one.
fn uuid(document: u64) -> String {
    let hex = HEXLOWER.encode(&document.to_be_bytes());
    let (high, low) = hex.split_at_checked(4).unwrap_or(("0000", "000000000000"));
    format!("706c696d-736f-8c6c-8{}-{low}", high.get(1..).unwrap_or("000"))
}

/// Base64, with or without padding and line breaks.
fn decode(text: &str) -> Option<Vec<u8>> {
    let trimmed = text.trim();
    if let Ok(bytes) = BASE64.decode(trimmed.as_bytes()) {
        return Some(bytes);
    }
    let mut specification: Specification = BASE64.specification();
    specification.padding = None;
    specification.ignore.push_str(" \r\n=");
    specification.encoding().ok()?.decode(trimmed.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_uuids_and_base64_may_be_wrapped() {
        assert_eq!(uuid(7), "706c696d-736f-8c6c-8000-000000000007");
        for text in ["aGVsbG8=", "aGVs\r\nbG8=", "aGVsbG8", " aGVsbG8=\n"] {
            assert_eq!(decode(text).as_deref(), Some(&b"hello"[..]), "{text:?}");
        }
        assert_eq!(decode("a*"), None);
    }
}
