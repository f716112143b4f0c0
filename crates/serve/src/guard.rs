//! What holds for every request: whom it may be from, headers that keep browsers strict, a number, a time limit, a line in the log.

mod origin;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use plimsoll_inventory::{AuditLogEntry, Role};
use serde_json::json;

use crate::access::{self, Caller};
use crate::api::{Need, Route};
use crate::problem::Problem;
use crate::state::AppState;

/// Nothing comes from elsewhere, nothing is written in line, nobody frames it.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The headers of every answer.
const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("cache-control", "no-store"),
];

/// What the buffer of a connection holds may be more than it should.
const MAX_HEADERS_BYTES: usize = 64 << 10;

/// Pages that nobody has to sign in for.
const OPEN: &[&str] = &["/assets/{name}", "/login", "/session", "/session/end", "/theme"];

/// The number of the next request.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// What is known of a request before it is answered.
struct Asked {
    method: Method,
    path: String,
    /// The route as the table has it.
    matched: String,
    route: Option<&'static Route>,
    origin: Option<SocketAddr>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
        let matched = matched.unwrap_or_default();
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            route: Route::find(request.method(), &matched),
            matched,
            origin: request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0),
        }
    }

    fn is_api(&self) -> bool {
        self.path.starts_with("/api/") || self.route.is_some()
    }

    fn is_change(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    fn need(&self) -> Need {
        if let Some(route) = self.route {
            return route.need;
        }
        match self.matched.as_str() {
            // Nothing is there: there is nothing to keep from anybody.
            "" => Need::Nothing,
            open if OPEN.contains(&open) => Need::Nothing,
            _ if self.is_change() => Need::Role(Role::Write),
            _ => Need::Role(Role::Read),
        }
    }
}

/// Puts limits on a request and headers on its answer.
pub(crate) async fn guard(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let (began, asked) = (Instant::now(), Asked::of(&request));
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut actor = String::new();
    let admitted = admit(&state, &asked, request.headers()).await;
    let response = match admitted {
        Ok(caller) => {
            if let Some(caller) = caller {
                actor.clone_from(&caller.name);
                request.extensions_mut().insert(caller);
            }
            match tokio::time::timeout(state.options().request_timeout, next.run(request)).await {
                Ok(response) => response,
                Err(_) => Problem::new(StatusCode::REQUEST_TIMEOUT, "the request took too long").into_response(),
            }
        }
        Err((problem, caller)) => {
            actor = caller.unwrap_or_default();
            problem.into_response()
        }
    };
    let mut response = shaped(&asked, response);
    for (name, value) in HEADERS {
        response.headers_mut().entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    response.headers_mut().insert(HeaderName::from_static("x-request-id"), HeaderValue::from(number));
    note(&state, &asked, &actor, number, response.status(), began).await;
    response
}

/// Whether somebody may do what they ask for. The name with a refusal is for the log.
async fn admit(
    state: &AppState,
    asked: &Asked,
    headers: &HeaderMap,
) -> Result<Option<Caller>, (Problem, Option<String>)> {
    let nobody = |problem| (problem, None);
    let bytes = headers.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len()));
    if bytes.fold(0_usize, usize::saturating_add) > MAX_HEADERS_BYTES {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Err(nobody(Problem::new(status, "the headers are too long")));
    }
    let guarded = state.is_guarded().await.map_err(nobody)?;
    origin::check_host(state, headers, guarded).map_err(nobody)?;
    let need = asked.need();
    if asked.is_change() && asked.route.is_none() {
        origin::check_page(headers, true).map_err(nobody)?;
    }
    let Need::Role(role) = need else { return Ok(None) };
    let caller = match access::identify(state, headers).await {
        Ok(Some(caller)) => caller,
        refusal => {
            let problem = refusal.err().unwrap_or_else(access::refused);
            let presented = !matches!(access::presented(headers), Ok(None));
            return Err(nobody(if presented { slowed(state, asked, problem) } else { problem }));
        }
    };
    if caller.role < role {
        let detail = format!("this takes the role {}, and the token has {}", role.word(), caller.role.word());
        return Err((Problem::new(StatusCode::FORBIDDEN, detail), Some(caller.name)));
    }
    if asked.is_change() && caller.ambient {
        let strict = caller.token.is_some();
        origin::check_page(headers, strict).map_err(|problem| (problem, Some(caller.name.clone())))?;
    }
    Ok(Some(caller))
}

/// Counts who names tokens that are not good, and tells them to wait when they do it often. Who names a good one is never kept
/// waiting for it: behind a proxy all come from one address.
fn slowed(state: &AppState, asked: &Asked, problem: Problem) -> Problem {
    let Some(address) = asked.origin.map(|origin| origin.ip()) else { return problem };
    if problem.status != StatusCode::UNAUTHORIZED {
        return problem;
    }
    if state.failures().is_blocked(address, state.now()) {
        let detail = "too many tokens that are not good: try again in a minute";
        return Problem::new(StatusCode::TOO_MANY_REQUESTS, detail);
    }
    state.failures().count(address, state.now());
    problem
}

/// Problems in the shape that who asked can read.
fn shaped(asked: &Asked, response: Response) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = response.extensions().get::<Problem>().cloned();
    let mut shaped = if asked.is_api() {
        if problem.is_some() {
            return challenge(response);
        }
        // What the framework refuses by itself.
        Problem::new(status, status.canonical_reason().unwrap_or("the request was refused")).into_response()
    } else {
        let Some(problem) = problem else { return response };
        if status == StatusCode::UNAUTHORIZED && asked.method == Method::GET {
            return Redirect::to("/login").into_response();
        }
        problem.page()
    };
    if let Some(allow) = response.headers().get(header::ALLOW) {
        shaped.headers_mut().insert(header::ALLOW, allow.clone());
    }
    challenge(shaped)
}

fn challenge(mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        let value = HeaderValue::from_static("Bearer realm=\"plimsoll\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

/// The log, the counters, and what administrators are shown.
async fn note(state: &AppState, asked: &Asked, actor: &str, number: u64, status: StatusCode, began: Instant) {
    let took = began.elapsed();
    let name = if asked.matched.is_empty() { "none" } else { &asked.matched };
    state.metrics().count(name, status.as_u16(), took);
    let address = asked.origin.map(|origin| origin.ip().to_string()).unwrap_or_default();
    // Without the query: what people look for is theirs.
    state.log(&json!({
        "level": "info", "message": "request", "request": number, "method": asked.method.as_str(), "path": asked.path,
        "status": status.as_u16(), "milliseconds": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "actor": actor, "from": address,
    }));
    let admin = asked.need() == Need::Role(Role::Admin);
    if actor.is_empty() || !(asked.is_change() || admin) || OPEN.contains(&asked.matched.as_str()) {
        return;
    }
    let entry = AuditLogEntry {
        at: Some(state.now()),
        actor: actor.to_owned(),
        origin: address,
        action: format!("{} {}", asked.method, asked.path.chars().take(200).collect::<String>()),
        outcome: status.as_u16(),
    };
    // What was done is done; that it could not be written down is in the log.
    drop(state.change(move |inventory| inventory.record_audit(&entry)).await);
}
