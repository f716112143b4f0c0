//! Questions over all artifacts.

use axum::Json;
use axum::extract::State;
use plimsoll_inventory::{Page, Query as Everything};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shape::{self, Query};
use crate::problem::Answered;
use crate::question;
use crate::state::AppState;

#[derive(Deserialize)]
pub(crate) struct Asked {
    q: Option<String>,
    rows: Option<usize>,
    after: Option<u64>,
}

/// `GET /api/v1/find`
pub(crate) async fn find(State(state): State<AppState>, Query(asked): Query<Asked>) -> Answered<Json<Value>> {
    let page = shape::page(asked.rows, asked.after)?;
    let question = question::read(&state, asked.q.as_deref()).await?;
    let answer = state.with_inventory(move |inventory| inventory.find(&question, page)).await?;
    Ok(Json(shape::answer(&answer, state.advisories().as_of())))
}

/// `GET /api/v1/stats`
pub(crate) async fn stats(State(state): State<AppState>) -> Answered<Json<Value>> {
    let all = Page { rows: 1, after: None };
    let answer = state.with_inventory(move |inventory| inventory.find(&Everything::Everything, all)).await?;
    Ok(Json(json!({ "denominator": shape::denominator(&answer.denominator, state.advisories().as_of()) })))
}
