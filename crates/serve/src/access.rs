//! Who asks, and what they may do.
//!
//! Without tokens the server listens on this machine only, and whoever is there may do everything. With tokens a request names
//! one: `Authorization: Bearer`, `X-Api-Key` (as clients of Dependency-Track do), or the cookie of a session. Where an issuer is
//! named, its tokens are taken as well ([`crate::oidc`]); ours begin with `plim_`.

mod limit;
mod session;

use axum::http::{HeaderMap, StatusCode, header};
use plimsoll_inventory::{Role, TokenRow};
use sha2::{Digest as _, Sha256};

pub(crate) use limit::Failures;
pub(crate) use session::{begin, end, page};

use crate::problem::Problem;
use crate::state::AppState;

/// The cookie of a session.
pub(crate) const COOKIE: &str = "plimsoll_session";
/// What tokens begin with, so that they are recognised where they should not be.
const PREFIX: &str = "plim_";
/// Longer ones are not ours.
const MAX_TOKEN: usize = 8 << 10;

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The name of the token, or `oidc:` and the subject of the issuer.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The browser says who it is without being asked: what changes something must come from our own pages.
    pub(crate) ambient: bool,
    pub(crate) token: Option<TokenRow>,
}

/// A new token: text to be shown once, and what is kept of it.
pub(crate) fn generate() -> Option<(String, [u8; 32])> {
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    let text = format!("{PREFIX}{}", data_encoding::BASE64URL_NOPAD.encode(&bytes));
    let hash = hash(&text);
    Some((text, hash))
}

/// What is kept of a token.
pub(crate) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Who sent these headers. `None` for nobody that they name.
pub(crate) async fn identify(state: &AppState, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    if !state.is_guarded().await? {
        return Ok(Some(Caller { name: "local".to_owned(), role: Role::Admin, ambient: true, token: None }));
    }
    let Some((text, ambient)) = presented(headers)? else { return Ok(None) };
    if let Some(oidc) = state.oidc().filter(|_| !ambient && !text.starts_with(PREFIX)) {
        return oidc.caller(state, text).await.map(Some);
    }
    let (hash, now) = (hash(text), state.now());
    let found = state.with_inventory(move |inventory| inventory.token(&hash, now)).await?;
    let Some(row) = found else { return Ok(None) };
    note_use(state, &row);
    Ok(Some(Caller { name: row.name.clone(), role: row.role, ambient, token: Some(row) }))
}

/// The token that a request has, and whether the browser sent it by itself.
pub(crate) fn presented(headers: &HeaderMap) -> Result<Option<(&str, bool)>, Problem> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(value) = text(header::AUTHORIZATION.as_str()) {
        let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() || token.len() > MAX_TOKEN {
            return Err(refused());
        }
        return Ok(Some((token.trim(), false)));
    }
    if let Some(key) = text("x-api-key") {
        return if key.is_empty() || key.len() > MAX_TOKEN { Err(refused()) } else { Ok(Some((key, false))) };
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    Ok(pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| (value, true)))
}

/// 401.
pub(crate) fn refused() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "name a token that is good: Authorization: Bearer, or X-Api-Key")
}

/// Notes that a token is used; the request does not wait for it, nor fail by it.
fn note_use(state: &AppState, row: &TokenRow) {
    let now = state.now();
    if row.used.is_some_and(|used| now.as_second().saturating_sub(used.as_second()) < 60) {
        return;
    }
    let (state, row) = (state.clone(), row.clone());
    tokio::spawn(async move {
        let noted: Result<(), Problem> = state.change(move |inventory| inventory.use_token(&row, now)).await;
        drop(noted);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn tokens_are_found_where_clients_put_them() {
        let found = |pairs| presented(&headers(pairs)).unwrap().map(|(token, ambient)| (token.to_owned(), ambient));
        assert_eq!(found(&[("authorization", "bearer  a")]), Some(("a".to_owned(), false)));
        assert_eq!(found(&[("x-api-key", "b")]), Some(("b".to_owned(), false)));
        assert_eq!(found(&[("cookie", "theme=dark; plimsoll_session=c")]), Some(("c".to_owned(), true)));
        assert_eq!(found(&[]), None);
        for bad in ["Basic abc", "Bearer", "Bearer "] {
            let mut map = HeaderMap::new();
            map.insert("authorization", bad.parse().unwrap());
            assert_eq!(presented(&map).unwrap_err().status, StatusCode::UNAUTHORIZED);
        }
        let (first, second) = (generate().unwrap(), generate().unwrap());
        assert!(first.0.starts_with(PREFIX) && first.0 != second.0 && hash(&first.0) == first.1);
    }
}
