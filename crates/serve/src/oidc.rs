//! Tokens of an issuer of OpenID Connect, instead of or beside our own.
//!
//! A request brings a JSON Web Token (RFC 7519) that the issuer signed. It is checked here, without asking the issuer: its
//! signature with one of the keys that the issuer publishes (RFC 7517), who issued it, whom it is for, and its time. What it allows
//! follows from a claim that lists groups. The rules of RFC 8725 hold: the algorithm is one of three that are signatures with
//! public keys, and it must be the one of the key, so that no token chooses how it is checked; addresses of keys in a token are not
//! looked at.

mod fetch;
mod keys;
mod token;

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use jiff::Timestamp;
use plimsoll_inventory::Role;
use serde_json::{Value, json};

use crate::access::Caller;
use crate::error::ServeError;
use crate::problem::{Answered, Problem};
use crate::state::AppState;
use keys::KeySet;
use token::Token;

/// How often the issuer is asked for its keys at most, in seconds: tokens with unknown keys are free to make.
const ASK_EVERY: i64 = 60;
/// How long keys are used before the issuer is asked again, in seconds.
const KEYS_LAST: i64 = 3600;
/// Characters of a subject that are kept.
const MAX_SUBJECT: usize = 200;

/// Whose tokens are taken, and what they allow.
#[derive(Clone)]
#[non_exhaustive]
pub struct OidcOptions {
    /// The issuer, as its tokens name it: a URL.
    pub issuer: String,
    /// Whom tokens must be for.
    pub audience: String,
    /// The claim that lists groups; `a.b` is the member `b` of the claim `a`.
    pub role_claim: String,
    /// Which group has which role.
    pub roles: Vec<(Role, String)>,
    /// The keys of the issuer (a JWK set). It is asked for them when they are not given.
    pub keys: Option<Vec<u8>>,
    /// Certificates in PEM that are trusted besides those of the system when the issuer is asked.
    pub certificates: Option<Vec<u8>>,
}

impl OidcOptions {
    /// Tokens of an issuer for an audience, with the claim `roles`; no group has a role yet.
    #[must_use]
    pub fn new(issuer: &str, audience: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            role_claim: "roles".to_owned(),
            roles: Vec::new(),
            keys: None,
            certificates: None,
        }
    }
}

impl fmt::Debug for OidcOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcOptions").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// An issuer whose keys are known.
pub(crate) struct Oidc {
    options: OidcOptions,
    keys: Mutex<Arc<KeySet>>,
    /// When the issuer was asked last, in seconds, and when it last answered.
    asked: AtomicI64,
    answered: AtomicI64,
}

impl Oidc {
    /// Reads the keys that are given, or asks the issuer. Not on a thread of the runtime.
    pub(crate) fn start(options: OidcOptions, now: Timestamp) -> Result<Self, ServeError> {
        let keys = match &options.keys {
            Some(bytes) => KeySet::parse(bytes),
            None => fetch::keys(&options.issuer, options.certificates.as_deref()),
        };
        let keys = keys.map_err(|reason| ServeError::Issuer { issuer: options.issuer.clone(), reason })?;
        let second = now.as_second();
        Ok(Self {
            options,
            keys: Mutex::new(Arc::new(keys)),
            asked: AtomicI64::new(second),
            answered: AtomicI64::new(second),
        })
    }

    /// Who a token is from, and what they may do.
    pub(crate) async fn caller(self: &Arc<Self>, state: &AppState, text: &str) -> Answered<Caller> {
        let refused = |why: &str| Problem::new(StatusCode::UNAUTHORIZED, format!("the token is not taken: {why}"));
        let token = Token::parse(text).map_err(refused)?;
        let now = state.now();
        let mut keys = self.keys();
        let old = now.as_second().saturating_sub(self.answered.load(Ordering::Relaxed)) >= KEYS_LAST;
        if (old || !keys.has(&token)) && self.may_ask(now) {
            self.ask(state, now).await;
            keys = self.keys();
        }
        keys.check(&token).map_err(refused)?;
        let claims = token.claims(&self.options.issuer, &self.options.audience, now).map_err(refused)?;
        let role = self.role(claims.all).ok_or_else(|| {
            Problem::new(StatusCode::FORBIDDEN, "none of the groups that the token lists has a role here")
        })?;
        // Its subject, so that it cannot be taken for one of our own tokens.
        let name = format!("oidc:{}", claims.subject.chars().take(MAX_SUBJECT).collect::<String>());
        Ok(Caller { name, role, ambient: false, token: None })
    }

    fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.keys.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the issuer may be asked again; whoever is told so asks.
    fn may_ask(&self, now: Timestamp) -> bool {
        let (now, asked) = (now.as_second(), self.asked.load(Ordering::Relaxed));
        let due = self.options.keys.is_none() && now.saturating_sub(asked) >= ASK_EVERY;
        due && self.asked.compare_exchange(asked, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Asks the issuer for its keys. Those that are known are kept when it does not answer.
    async fn ask(self: &Arc<Self>, state: &AppState, now: Timestamp) {
        let oidc = Arc::clone(self);
        let asked = tokio::task::spawn_blocking(move || {
            let options = &oidc.options;
            let keys = fetch::keys(&options.issuer, options.certificates.as_deref())?;
            *oidc.keys.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
            oidc.answered.store(now.as_second(), Ordering::Relaxed);
            Ok::<(), String>(())
        });
        if let Ok(Err(reason)) = asked.await {
            let message = format!("the issuer {} gives no keys: {reason}", self.options.issuer);
            state.log(&json!({ "level": "error", "message": message }));
        }
    }

    /// The highest role of the groups that a token lists.
    fn role(&self, claims: &Value) -> Option<Role> {
        let claim = self.options.role_claim.as_str();
        let nested = || claim.split('.').try_fold(claims, |value, name| value.get(name));
        let value = claims.get(claim).or_else(nested)?;
        let has = |group: &str| match value {
            Value::String(text) => text == group,
            Value::Array(groups) => groups.iter().any(|held| held.as_str() == Some(group)),
            _ => false,
        };
        self.options.roles.iter().filter(|(_, group)| has(group)).map(|(role, _)| *role).max()
    }
}

#[cfg(test)]
mod tests;
