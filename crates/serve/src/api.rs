//! The API: one table, from which the router, the roles and the OpenAPI document are made.

mod access_log;
mod advisories;
mod answer;
mod artifacts;
mod attestations;
mod dependency_track;
mod documents;
mod export;
mod findings;
mod multipart;
mod openapi;
mod running;
mod service;
mod shape;
mod table;
mod vex;

use axum::Router;
use axum::routing::{get, post};

use crate::access;
use crate::state::AppState;
pub(crate) use documents::{Named, keep};
pub(crate) use table::{Need, ROUTES, Route};

/// The routes of the API, and those that begin and end sessions.
pub(crate) fn routes() -> Router<AppState> {
    let router = Router::new()
        .route("/login", get(access::page))
        .route("/session", post(access::begin))
        .route("/session/end", post(access::end));
    ROUTES.iter().fold(router, |router, route| router.route(route.path, (route.handler)()))
}

pub use openapi::document as openapi_document;
