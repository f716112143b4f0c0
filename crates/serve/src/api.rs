//! The API.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};

use crate::state::AppState;

/// The routes of the API.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/health", get(health))
}

async fn health(State(_): State<AppState>) -> Json<Value> {
    Json(json!({ "status": "up" }))
}
