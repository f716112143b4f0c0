//! Who changed what.

use axum::Json;
use axum::extract::State;
use plimsoll_inventory::AuditLogEntry;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shape::{self, Query};
use crate::problem::Answered;
use crate::state::AppState;

#[derive(Deserialize)]
pub(crate) struct Asked {
    rows: Option<usize>,
    after: Option<u64>,
}

/// `GET /api/v1/audit-log`
pub(crate) async fn list(State(state): State<AppState>, Query(asked): Query<Asked>) -> Answered<Json<Value>> {
    let page = shape::page(asked.rows, asked.after)?;
    let found = state.with_inventory(move |inventory| inventory.audit_log(page)).await?;
    let row = |entry: &AuditLogEntry| {
        json!({
            "at": shape::time(entry.at), "actor": entry.actor, "from": entry.origin, "action": entry.action,
            "status": entry.outcome,
        })
    };
    Ok(Json(shape::listing(&found, row)))
}
