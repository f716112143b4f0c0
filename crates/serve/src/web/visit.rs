//! What a page needs to know of the request besides its parameters.

use std::convert::Infallible;

use axum::extract::{Form, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::link::is_local;

/// Light, dark, or what the system says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    #[default]
    Automatic,
    Light,
    Dark,
}

impl Theme {
    /// The name in cookies and forms.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Automatic,
        }
    }

    /// What the button changes to.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Automatic => Self::Dark,
            Self::Dark => Self::Light,
            Self::Light => Self::Automatic,
        }
    }
}

/// A request for a page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visit {
    /// How the visitor wants pages to look.
    pub(crate) theme: Theme,
    /// The address asked for, to come back to.
    pub(crate) address: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let theme = cookie(&parts.headers, "theme").map(Theme::parse).unwrap_or_default();
        let address = parts.uri.path_and_query().map_or("/", |address| address.as_str()).to_owned();
        Ok(Self { theme, address })
    }
}

/// The value of a cookie.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// What the button for the theme sends.
#[derive(Debug, Deserialize)]
pub(crate) struct ThemeForm {
    to: String,
    #[serde(default)]
    back: String,
}

/// `POST /theme`: keeps the theme in a cookie and goes back.
pub(crate) async fn set_theme(Form(form): Form<ThemeForm>) -> Response {
    let theme = Theme::parse(&form.to);
    let back = if is_local(&form.back) && form.back.is_ascii() { form.back } else { "/".to_owned() };
    let cookie = format!("theme={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", theme.word());
    (StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie), (header::LOCATION, back)]).into_response()
}
