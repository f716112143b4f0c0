//! The ways to a token: authorization code with PKCE (RFC 6749 §4.1, RFC 7636), device (RFC 8628), job of a workflow.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use axum::Json;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::token::{AUDIENCE, issue};
use crate::DevStackError;
use crate::answer::{Answer, Refusal};
use crate::certificate::shifted;
use crate::identity::Identity;
use crate::key;
use crate::stack::Shared;
use crate::text::percent_encode;

/// RFC 8628 §3.4.
pub(super) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// How long a code is good.
const LIFETIME: i64 = 300;
/// No more codes than this wait to be used.
const MAX_GRANTS: usize = 1000;

type Parameters = BTreeMap<String, String>;

/// What a code stands for.
pub(super) struct Grant {
    client: String,
    redirect: Option<String>,
    challenge: Option<(String, bool)>,
    nonce: Option<String>,
    until: Timestamp,
}

/// Text that nobody guesses.
pub(super) fn nonce() -> Result<String, DevStackError> {
    Ok(HEXLOWER.encode(&key::random::<16>()?))
}

fn keep(stack: &Shared, grant: Grant) -> Result<String, Refusal> {
    let code = nonce()?;
    let mut grants = stack.issuer.grants.lock().unwrap_or_else(PoisonError::into_inner);
    let now = (stack.now)();
    grants.retain(|_, grant| grant.until > now);
    if grants.len() >= MAX_GRANTS {
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too many codes are not used"));
    }
    grants.insert(code.clone(), grant);
    Ok(code)
}

/// An error in the shape of RFC 6749 §5.2.
fn oauth_error(error: &'static str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}

/// The page that a browser is sent to. It approves, and sends the browser back.
pub(super) async fn authorize(State(stack): State<Arc<Shared>>, Query(query): Query<Parameters>) -> Answer {
    let parameter = |name: &str| query.get(name).cloned();
    if parameter("response_type").as_deref() != Some("code") {
        return Err(Refusal::bad("response_type is not code"));
    }
    let client = parameter("client_id").ok_or_else(|| Refusal::bad("there is no client_id"))?;
    let redirect = parameter("redirect_uri").ok_or_else(|| Refusal::bad("there is no redirect_uri"))?;
    let hashed = match parameter("code_challenge_method").as_deref() {
        Some("S256") => true,
        None | Some("plain") => false,
        Some(_) => return Err(Refusal::bad("code_challenge_method is not known")),
    };
    let grant = Grant {
        client,
        redirect: Some(redirect.clone()),
        challenge: parameter("code_challenge").map(|challenge| (challenge, hashed)),
        nonce: parameter("nonce"),
        until: shifted((stack.now)(), LIFETIME),
    };
    let code = keep(&stack, grant)?;
    if !is_loopback(&redirect) {
        // Out of band: whoever looks at the page types the code.
        return Ok(code.into_response());
    }
    let separator = if redirect.contains('?') { '&' } else { '?' };
    let mut location = format!("{redirect}{separator}code={code}");
    if let Some(state) = parameter("state") {
        location.push_str("&state=");
        location.push_str(&percent_encode(&state));
    }
    Ok((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
}

/// Whether a browser may be sent there: a client on this machine (RFC 8252 §7.3).
fn is_loopback(redirect: &str) -> bool {
    let host = redirect.strip_prefix("http://").and_then(|rest| rest.split([':', '/', '?']).next());
    matches!(host, Some("localhost" | "127.0.0.1"))
}

/// What somebody sees who opens the page that a device shows.
pub(super) async fn approved() -> &'static str {
    "There is nothing to do: the device is approved.\n"
}

/// A code for a device that has no browser. It is approved before anyone looks.
pub(super) async fn device(State(stack): State<Arc<Shared>>, Form(form): Form<Parameters>) -> Answer {
    let Some(client) = form.get("client_id") else { return Ok(oauth_error("invalid_client")) };
    let hashed = form.get("code_challenge_method").is_some_and(|method| method == "S256");
    let grant = Grant {
        client: client.clone(),
        redirect: None,
        challenge: form.get("code_challenge").map(|challenge| (challenge.clone(), hashed)),
        nonce: form.get("nonce").cloned(),
        until: shifted((stack.now)(), LIFETIME),
    };
    let code = keep(&stack, grant)?;
    let user_code = code.get(..8).unwrap_or_default().to_uppercase();
    let page = format!("{}/oidc/device", stack.url);
    Ok(Json(json!({
        "device_code": code,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": LIFETIME,
        "interval": 1,
    }))
    .into_response())
}

/// Changes a code for a token.
pub(super) async fn token(
    State(stack): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(form): Form<Parameters>,
) -> Answer {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let code = match field("grant_type") {
        "authorization_code" => field("code"),
        DEVICE_GRANT => field("device_code"),
        _ => return Ok(oauth_error("unsupported_grant_type")),
    };
    let taken = stack.issuer.grants.lock().unwrap_or_else(PoisonError::into_inner).remove(code);
    let Some(grant) = taken else { return Ok(oauth_error("invalid_grant")) };
    let client = client_of(&headers).unwrap_or_else(|| field("client_id").to_owned());
    if grant.client != client {
        return Ok(oauth_error("invalid_client"));
    }
    let verifier = field("code_verifier");
    let proven = grant.challenge.as_ref().is_none_or(|(challenge, hashed)| {
        let shown = if *hashed { BASE64URL_NOPAD.encode(&Sha256::digest(verifier)) } else { verifier.to_owned() };
        *challenge == shown
    });
    let same_place = grant.redirect.as_ref().is_none_or(|redirect| *redirect == field("redirect_uri"));
    if !proven || !same_place || grant.until <= (stack.now)() {
        return Ok(oauth_error("invalid_grant"));
    }
    let Identity::Email(_) = &stack.identity else {
        return Ok(oauth_error("access_denied"));
    };
    let token = issue(&stack, &stack.identity, AUDIENCE, grant.nonce.as_deref())?;
    Ok((
        [(header::CACHE_CONTROL, "no-store")],
        Json(json!({
            // As Dex has it: sigstore-python takes this one.
            "access_token": token.expose(),
            "token_type": "Bearer",
            "expires_in": stack.token_lifetime,
            "id_token": token.expose(),
        })),
    )
        .into_response())
}

/// The name of a client that says it by basic authentication (RFC 6749 §2.3.1); the secret of a public one is empty.
fn client_of(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(data_encoding::BASE64.decode(value.as_bytes()).ok()?).ok()?;
    text.split_once(':').map(|(client, _)| client.to_owned())
}

/// What a job gets with what its environment says (`ACTIONS_ID_TOKEN_REQUEST_URL` and `…_TOKEN`).
pub(super) async fn job_token(
    State(stack): State<Arc<Shared>>,
    headers: HeaderMap,
    Query(query): Query<Parameters>,
) -> Answer<Json<Value>> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, shown) = shown.split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") || shown != stack.issuer.request_token.expose() {
        return Err(Refusal::unauthorised("the job does not say who it is"));
    }
    let audience = query.get("audience").map_or("https://github.com", String::as_str);
    let token = issue(&stack, &stack.job, audience, None)?;
    Ok(Json(json!({ "count": token.expose().len(), "value": token.expose() })))
}
