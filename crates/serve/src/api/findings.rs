//! What advisories say.

use axum::Json;
use axum::extract::State;
use plimsoll_inventory::{FindingFilter, FindingRow, FindingState};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shape::{self, Query, time};
use crate::problem::{Answered, Problem};
use crate::state::AppState;

/// States that may be asked for.
const STATES: &[FindingState] = &[
    FindingState::Open,
    FindingState::Vexed,
    FindingState::Excepted,
    FindingState::Fixed,
    FindingState::Undeployed,
    FindingState::Withdrawn,
];

#[derive(Deserialize)]
pub(crate) struct Asked {
    state: Option<String>,
    lineage: Option<String>,
    advisory: Option<String>,
    rows: Option<usize>,
}

/// `GET /api/v1/findings`
pub(crate) async fn list(State(state): State<AppState>, Query(asked): Query<Asked>) -> Answered<Json<Value>> {
    let mut filter = FindingFilter::default();
    if let Some(word) = &asked.state {
        let found = STATES.iter().find(|state| state.word() == word);
        filter.states.push(*found.ok_or_else(|| Problem::bad("state: there is no such state"))?);
    }
    filter.lineage = asked.lineage;
    filter.advisory = asked.advisory;
    let rows = shape::page(asked.rows, None).rows;
    let found = state.with_inventory(move |inventory| inventory.findings(&filter)).await?;
    Ok(Json(json!({ "total": found.len(), "rows": found.iter().take(rows).map(row).collect::<Vec<_>>() })))
}

fn row(row: &FindingRow) -> Value {
    json!({
        "artifact": shape::artifact(&row.artifact), "advisory": row.advisory, "aliases": row.aliases,
        "component": row.component, "state": row.state.word(), "said": row.said, "certain": row.certain,
        "severity": row.severity.map(plimsoll_advisory::Rating::as_str), "kev": row.kev, "fixed": row.fixed,
        "opened": time(row.opened), "changed": time(row.changed), "closed": time(row.closed),
    })
}
