//! What advisories say.

use axum::Json;
use axum::extract::State;
use plimsoll_inventory::{FindingFilter, FindingRow, FindingState, Page, Query as Everything};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shape::{self, Query, time};
use crate::problem::{Answered, Problem};
use crate::state::AppState;

#[derive(Deserialize)]
pub(crate) struct Asked {
    state: Option<String>,
    lineage: Option<String>,
    advisory: Option<String>,
    rows: Option<usize>,
    after: Option<u64>,
}

/// `GET /api/v1/findings`
pub(crate) async fn list(State(state): State<AppState>, Query(asked): Query<Asked>) -> Answered<Json<Value>> {
    let mut filter = FindingFilter::default();
    if let Some(word) = &asked.state {
        let found = FindingState::ALL.iter().find(|state| state.word() == word);
        filter.states.push(*found.ok_or_else(|| Problem::bad("state: there is no such state"))?);
    }
    filter.lineage = asked.lineage;
    filter.advisory = asked.advisory;
    let page = shape::page(asked.rows, asked.after)?;
    let found = state.with_inventory(move |inventory| {
        let everything = inventory.find(&Everything::Everything, Page { rows: 1, after: None })?;
        Ok((inventory.findings_page(&filter, page)?, inventory.assessed()?, everything.denominator))
    });
    let (found, assessed, denominator) = found.await?;
    Ok(Json(json!({
        "total": found.total, "rows": found.rows.iter().map(row).collect::<Vec<_>>(), "next": found.next,
        "assessed": time(assessed), "denominator": shape::denominator(&denominator, state.advisories().as_of()),
    })))
}

pub(super) fn row(row: &FindingRow) -> Value {
    json!({
        "artifact": shape::artifact(&row.artifact), "advisory": row.advisory, "aliases": row.aliases,
        "component": row.component, "claim": row.claim.word(), "state": row.state.word(), "said": row.said, "certain": row.certain,
        "severity": row.severity.map(plimsoll_advisory::Rating::as_str), "kev": row.kev, "fixed": row.fixed,
        "opened": time(row.opened), "changed": time(row.changed), "closed": time(row.closed),
    })
}
