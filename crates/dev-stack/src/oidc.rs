//! The issuers of tokens: one for people (OpenID Connect), one for workflows (as GitHub Actions).
//!
//! Whoever asks is approved, as the identity that the stack was started with. All else is real: the code is good once and for
//! the client, redirect and PKCE challenge that it was made for; tokens are signed and Fulcio checks them.

mod flow;
mod token;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, http};
use serde_json::{Value, json};

use crate::DevStackError;
use crate::key::{KeyKind, SigningKey};
use crate::stack::Shared;
use crate::text::Secret;

pub(crate) use token::{AUDIENCE, Claims, check, issue};

/// Who issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IssuerKind {
    /// People, by their address.
    People,
    /// Jobs of workflows.
    Workflows,
}

impl IssuerKind {
    pub(crate) fn url(self, base: &str) -> String {
        match self {
            Self::People => format!("{base}/oidc"),
            Self::Workflows => format!("{base}/actions"),
        }
    }
}

/// What the issuers keep.
pub(crate) struct Issuer {
    key: SigningKey,
    /// What a job shows to get a token.
    pub(crate) request_token: Secret,
    grants: Mutex<BTreeMap<String, flow::Grant>>,
}

impl Issuer {
    pub(crate) fn new() -> Result<Self, DevStackError> {
        let request_token = flow::nonce()?;
        Ok(Self {
            key: SigningKey::generate(KeyKind::EcdsaFixed)?,
            request_token: Secret::new(request_token),
            grants: Mutex::default(),
        })
    }

    /// The name of the key in headers of tokens.
    fn key_name(&self) -> String {
        data_encoding::HEXLOWER.encode(self.key.id().get(..8).unwrap_or_default())
    }
}

/// The routes of both.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/oidc/.well-known/openid-configuration", get(people))
        .route("/oidc/keys", get(keys))
        .route("/oidc/auth", get(flow::authorize))
        .route("/oidc/token", post(flow::token))
        .route("/oidc/device/code", post(flow::device))
        .route("/oidc/device", get(flow::approved))
        .route("/actions/.well-known/openid-configuration", get(workflows))
        .route("/actions/keys", get(keys))
        .route("/actions/token", get(flow::job_token))
}

async fn people(State(stack): State<Arc<Shared>>) -> Json<Value> {
    let issuer = IssuerKind::People.url(&stack.url);
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "device_authorization_endpoint": format!("{issuer}/device/code"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", flow::DEVICE_GRANT],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256", "plain"],
        "scopes_supported": ["openid", "email"],
        "claims_supported": ["iss", "sub", "aud", "iat", "exp", "email", "email_verified", "nonce"],
    }))
}

async fn workflows(State(stack): State<Arc<Shared>>) -> Json<Value> {
    let issuer = IssuerKind::Workflows.url(&stack.url);
    Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "scopes_supported": ["openid"],
    }))
}

async fn keys(State(stack): State<Arc<Shared>>) -> ([(http::HeaderName, &'static str); 1], Json<Value>) {
    // An uncompressed point: 4, then both coordinates.
    let point = stack.issuer.key.raw().get(1..).unwrap_or_default();
    let (x, y) = point.split_at_checked(32).unwrap_or_default();
    let base64 = |bytes| data_encoding::BASE64URL_NOPAD.encode(bytes);
    let key = json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
        "kid": stack.issuer.key_name(), "x": base64(x), "y": base64(y),
    });
    ([(http::header::CACHE_CONTROL, "no-store")], Json(json!({ "keys": [key] })))
}
