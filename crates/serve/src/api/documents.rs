//! Documents in and out.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use plimsoll_inventory::{Added, AddedState, Context, DocumentId, Intake};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::shape::{Path, Query};
use crate::problem::{Answered, Problem};
use crate::state::AppState;

/// Names that may be given with a document, in characters.
const MAX_NAME: usize = 512;

/// The body of a request: bounded, and not compressed, so that its size is what was allowed.
pub(crate) struct Body(pub(crate) Bytes);

impl FromRequest<AppState> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let encoding = request.headers().get(header::CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| encoding != "identity") {
            let detail = "send the body without a content encoding";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        let most = state.options().max_upload;
        Bytes::from_request(request, state).await.map(Self).map_err(|error| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a request may have {most} bytes (--max-upload)"))
            }
            _ => Problem::bad("the body did not arrive whole"),
        })
    }
}

/// A body of JSON, which the request has to say that it is.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let media =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = media.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json"));
        }
        let Body(bytes) = Body::from_request(request, state).await?;
        let wrong = |error| Problem::bad(format!("the body is not what it should be: {error}"));
        serde_json::from_slice(&bytes).map(Self).map_err(wrong)
    }
}

#[derive(Deserialize)]
pub(crate) struct Named {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
}

/// `POST /api/v1/documents`
pub(crate) async fn add(State(state): State<AppState>, Query(named): Query<Named>, Body(bytes): Body) -> Answered {
    let added = keep(&state, bytes, named).await?;
    let new = added.state == AddedState::New;
    let body = json!({
        "state": if new { "new" } else { "known" },
        "artifact": added.artifact.to_number(),
        "document": added.document.to_number(),
    });
    let location = format!("/api/v1/documents/{}", added.document.to_number());
    let location = HeaderValue::from_str(&location).map_err(|_| Problem::internal())?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, [(header::LOCATION, location)], Json(body)).into_response())
}

/// Reads a document and adds it.
pub(crate) async fn keep(state: &AppState, bytes: Bytes, named: Named) -> Answered<Added> {
    for text in [&named.name, &named.version].into_iter().flatten() {
        if text.chars().count() > MAX_NAME || text.chars().any(char::is_control) {
            return Err(Problem::bad("names and versions have at most 512 characters, none of them for control"));
        }
    }
    let context = filled(named);
    let limits = state.options().limits.clone();
    let metrics = state.metrics();
    let read = tokio::task::spawn_blocking(move || Intake::read(&bytes, &context, &limits)).await;
    let intake = match read.map_err(|_| Problem::internal())? {
        Ok(intake) => intake,
        Err(error) => {
            metrics.rejected.fetch_add(1, Ordering::Relaxed);
            return Err(error.into());
        }
    };
    let now = state.now();
    metrics.queue.fetch_add(1, Ordering::Relaxed);
    let added = state.change(move |inventory| inventory.add(&[intake], now)).await;
    metrics.queue.fetch_sub(1, Ordering::Relaxed);
    let added = added?.pop().ok_or_else(Problem::internal)?;
    let counter = if added.state == AddedState::New { &metrics.ingested } else { &metrics.known };
    counter.fetch_add(1, Ordering::Relaxed);
    Ok(added)
}

fn filled(named: Named) -> Context {
    let mut context = Context::default();
    context.name = named.name.filter(|name| !name.is_empty());
    context.version = named.version.filter(|version| !version.is_empty());
    context
}

/// `GET /api/v1/documents/{document}`
pub(crate) async fn show(State(state): State<AppState>, Path(number): Path) -> Answered<Response> {
    let number: u64 = number.parse().map_err(|_| Problem::missing("documents have numbers"))?;
    let document = state.with_inventory(move |inventory| inventory.document(DocumentId::from_number(number))).await?;
    let media = HeaderValue::from_static("application/octet-stream");
    let name = format!("attachment; filename=\"document-{number}\"");
    let name = HeaderValue::from_str(&name).map_err(|_| Problem::internal())?;
    let etag = HeaderValue::from_str(&format!("\"{}\"", document.digest)).map_err(|_| Problem::internal())?;
    let headers = [(header::CONTENT_TYPE, media), (header::CONTENT_DISPOSITION, name), (header::ETAG, etag)];
    Ok((headers, document.bytes).into_response())
}
