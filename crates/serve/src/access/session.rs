//! Sessions of browsers: a form takes a token, and a cookie that no script reads stands for it.

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::html;
use plimsoll_inventory::NewToken;
use serde::Deserialize;

use super::{COOKIE, generate, hash, presented, refused};
use crate::problem::{Answered, Problem};
use crate::state::AppState;
use crate::web::{Page, Section, Visit};

/// How long a session lasts: a working day.
const SECONDS: i64 = 12 * 3600;

/// `GET /login`: the form.
pub(crate) async fn page(visit: Visit) -> Response {
    Page::new("Sign in", Section::None).show(
        &visit,
        html! {
            form method="post" action="/session" {
                p {
                    label for="token" { "Token" } " "
                    input #token type="password" name="token" autocomplete="off" required;
                    " " button type="submit" { "Sign in" }
                }
                p { "Whoever runs this server makes tokens: " code { "plimsoll serve token add NAME --role read" } }
            }
        },
    )
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct SignIn {
    token: String,
    #[serde(default)]
    back: String,
}

/// `POST /session`: begins a session.
pub(crate) async fn begin(State(state): State<AppState>, Form(form): Form<SignIn>) -> Answered {
    let (given, now) = (hash(form.token.trim()), state.now());
    let found = state.with_inventory(move |inventory| inventory.token(&given, now)).await?;
    let parent = found.ok_or_else(refused)?;
    let (text, hash) = generate().ok_or_else(Problem::internal)?;
    let last = now.checked_add(jiff::SignedDuration::from_secs(SECONDS)).unwrap_or(now);
    let new = NewToken {
        hash,
        name: parent.name,
        role: parent.role,
        expires: Some(parent.expires.map_or(last, |expires| expires.min(last))),
        parent: Some(parent.number),
    };
    state.change(move |inventory| inventory.add_token(&new, now)).await?;
    Ok(go(&state, &form.back, &format!("{COOKIE}={text}; Max-Age={SECONDS}")))
}

/// `POST /session/end`: ends it.
pub(crate) async fn end(State(state): State<AppState>, headers: HeaderMap) -> Answered {
    if let Some((text, true)) = presented(&headers)? {
        let hash = hash(text);
        state.change(move |inventory| inventory.end_session(&hash)).await?;
    }
    Ok(go(&state, "", &format!("{COOKIE}=; Max-Age=0")))
}

fn go(state: &AppState, back: &str, cookie: &str) -> Response {
    // Only to our own pages: `//host` and `/\host` are elsewhere.
    let local = back.starts_with('/') && !back.starts_with("//") && !back.contains('\\') && back.is_ascii();
    let plain = local && back.bytes().all(|byte| byte.is_ascii_graphic());
    let back = if plain { back.to_owned() } else { "/".to_owned() };
    let secure = if state.base_url().starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!("{cookie}; Path=/; HttpOnly; SameSite=Strict{secure}");
    (StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie), (header::LOCATION, back)]).into_response()
}
