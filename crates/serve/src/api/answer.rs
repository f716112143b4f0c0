//! Questions over all artifacts.

use axum::Json;
use axum::extract::State;
use plimsoll_inventory::{Page, Query as Question};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shape::{self, Query};
use crate::problem::{Answered, Problem};
use crate::state::AppState;

#[derive(Deserialize)]
pub(crate) struct Asked {
    q: Option<String>,
    rows: Option<usize>,
    after: Option<u64>,
}

/// Reads a question.
pub(crate) fn question(text: Option<&str>) -> Result<Question, Problem> {
    match text.map(str::trim) {
        None | Some("") => Ok(Question::Everything),
        Some(text) => Question::parse(text, None).map_err(|error| Problem::bad(error.to_string())),
    }
}

/// `GET /api/v1/find`
pub(crate) async fn find(State(state): State<AppState>, Query(asked): Query<Asked>) -> Answered<Json<Value>> {
    let question = question(asked.q.as_deref())?;
    let page = shape::page(asked.rows, asked.after);
    let answer = state.with_inventory(move |inventory| inventory.find(&question, page)).await?;
    Ok(Json(shape::answer(&answer)))
}

/// `GET /api/v1/stats`
pub(crate) async fn stats(State(state): State<AppState>) -> Answered<Json<Value>> {
    let all = Page { rows: 1, after: None };
    let answer = state.with_inventory(move |inventory| inventory.find(&Question::Everything, all)).await?;
    Ok(Json(json!({ "denominator": shape::denominator(&answer.denominator) })))
}
