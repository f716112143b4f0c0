//! The addresses of the webhook.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody as _};
use axum::extract::{MatchedPath, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use super::AdmissionOptions;
use super::judge::Judge;
use super::review::Request;
use crate::problem::Problem;

/// More than the limit is read and thrown away up to here, so that a client hears why it is refused rather than a closed connection.
const MAX_DRAINED: usize = 16 << 20;
/// More bytes of reviews are not held in memory, of all that are read at a time.
const MAX_HELD: usize = 128 << 20;
/// What of the time that the API server waits is left for the way back.
const MARGIN: Duration = Duration::from_millis(500);

/// The number of the next request.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// All that is served.
pub(super) fn router(judge: &Judge) -> Router {
    Router::new()
        .route("/validate", post(validate))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(|| async { "ok\n" }))
        .route("/metrics", get(metrics))
        .fallback(|| async { Problem::missing("there is nothing here") })
        .layer(from_fn_with_state(judge.clone(), count))
        .with_state(judge.clone())
}

/// Bytes of bodies that are in memory: those of one request, and of all.
struct Held<'a> {
    all: &'a AtomicUsize,
    own: usize,
}

impl Held<'_> {
    fn more(&mut self, bytes: usize) -> Result<(), Problem> {
        self.own = self.own.saturating_add(bytes);
        let before = self.all.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > MAX_HELD {
            return Err(Problem::busy("too many long reviews at a time"));
        }
        Ok(())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(self.own, Ordering::Relaxed);
    }
}

async fn count(State(judge): State<Judge>, request: HttpRequest, next: Next) -> Response {
    let began = Instant::now();
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    let route = matched.as_deref().unwrap_or("none");
    judge.0.counters.http.count(route, response.status().as_u16(), began.elapsed());
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn metrics(State(judge): State<Judge>) -> Response {
    let text = judge.0.counters.text(judge.0.workers.busy(), judge.kept());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

async fn validate(State(judge): State<Judge>, request: HttpRequest) -> Response {
    let (began, number) = (Instant::now(), NEXT.fetch_add(1, Ordering::Relaxed));
    let options = &judge.0.options;
    let patience = patience(request.uri().query().unwrap_or_default());
    let milliseconds = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let malformed = |problem: Problem| {
        judge.0.counters.review("malformed");
        (options.log)(&json!({
            "level": "warn", "message": "not a review", "request": number, "status": problem.status.as_u16(),
            "reason": problem.detail, "milliseconds": milliseconds(),
        }));
        problem.into_response()
    };
    // What is held is given back when the answer is made.
    let mut held = Held { all: &judge.0.held, own: 0 };
    let body = match body(request, options, &mut held).await {
        Ok(body) => body,
        Err(problem) => return malformed(problem),
    };
    let request = match Request::read(&body) {
        Ok(request) => request,
        Err(reason) => return malformed(Problem::bad(reason)),
    };
    let answer = judge.review(&request, patience).await;
    judge.0.counters.review(answer.result);
    (options.log)(&json!({
        "level": "info", "message": "review", "request": number, "uid": request.uid, "operation": request.operation,
        "group": request.group, "kind": request.kind, "subresource": request.subresource, "namespace": request.namespace, "name": request.name,
        "dry_run": request.dry_run, "answer": answer.log(), "milliseconds": milliseconds(),
    }));
    Json(answer.review(&request.uid)).into_response()
}

/// The API server says how long it waits: `?timeout=10s`.
fn patience(query: &str) -> Duration {
    let named = query.split('&').find_map(|pair| pair.strip_prefix("timeout=")?.strip_suffix('s')?.parse().ok());
    named.map_or(Duration::MAX, |seconds: u64| Duration::from_secs(seconds).saturating_sub(MARGIN))
}

fn media(headers: &HeaderMap) -> Result<(), Problem> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "a review is application/json"))
}

async fn body(request: HttpRequest, options: &AdmissionOptions, held: &mut Held<'_>) -> Result<Vec<u8>, Problem> {
    media(request.headers())?;
    let read = read(request.into_body(), options.max_body, held);
    let slow = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the body took too long");
    tokio::time::timeout(options.read_timeout, read).await.map_err(slow)?
}

/// All of a body that is not too long.
async fn read(mut body: Body, most: usize, held: &mut Held<'_>) -> Result<Vec<u8>, Problem> {
    let (mut bytes, mut length) = (Vec::new(), 0_usize);
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| Problem::bad("the body broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= most {
            held.more(data.len())?;
            bytes.extend_from_slice(&data);
        } else if length > MAX_DRAINED {
            break;
        } else {
            bytes = Vec::new();
        }
    }
    if length > most {
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a review has at most {most} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patience_of_the_server_is_kept() {
        assert_eq!(patience("timeout=10s"), Duration::from_millis(9500));
        assert_eq!(patience("a=b&timeout=1s"), Duration::from_millis(500));
        assert_eq!(patience("timeout=0s"), Duration::ZERO);
        assert_eq!(patience("timeout=x"), Duration::MAX);
        assert_eq!(patience(""), Duration::MAX);
    }
}
