//! Answers that say no: problem details (RFC 9457) for programs, a page for people.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, html};
use plimsoll_inventory::InventoryError;
use serde_json::json;

/// Why a request is not answered.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// One sentence for whoever asked. It holds no secret and nothing of other people's requests.
    pub(crate) detail: String,
}

/// What handlers give.
pub(crate) type Answered<T = Response> = Result<T, Problem>;

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }

    /// 400.
    pub(crate) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 404.
    pub(crate) fn missing(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 503.
    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// 500. What happened is for the log, not for who asked.
    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the server has a fault; its log says more")
    }

    /// For people.
    pub(crate) fn page(self) -> Response {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head { meta charset="utf-8"; title { (self.title()) " · Plimsoll" } }
                body { main { h1 { (self.title()) } p { (self.detail) } p { a href="/" { "Back to the start" } } } }
            }
        };
        (self.status, Html(page.into_string())).into_response()
    }

    /// In a few words, by its status.
    pub(crate) fn title(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or("Error")
    }
}

impl From<InventoryError> for Problem {
    fn from(error: InventoryError) -> Self {
        match error {
            InventoryError::Query(detail) => Self::bad(detail),
            InventoryError::Document(reason) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, format!("not an SBOM that can be read: {reason}"))
            }
            InventoryError::Unknown { .. } => Self::missing(error.to_string()),
            InventoryError::Ambiguous { .. } => Self::new(StatusCode::CONFLICT, error.to_string()),
            InventoryError::Store { .. } => Self::busy("the inventory cannot be reached at the moment"),
            InventoryError::Full(what) => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, format!("the inventory is full: no more {what}"))
            }
            _ => Self::internal(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.title(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response = (self.status, Json(body)).into_response();
        let media = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, media);
        // Pages are made from it where a person asked (`guard`).
        response.extensions_mut().insert(self);
        response
    }
}
