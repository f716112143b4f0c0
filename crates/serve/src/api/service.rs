//! The server itself.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use plimsoll_inventory::{FindingFilter, FindingState, Page, Query};
use serde_json::{Value, json};

use crate::problem::Answered;
use crate::state::AppState;

const PROMETHEUS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// `GET /health`
pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "up" }))
}

/// `GET /ready`
pub(crate) async fn ready(State(state): State<AppState>) -> Answered<Json<Value>> {
    state.with_inventory(|inventory| inventory.tokens().map(drop)).await?;
    Ok(Json(json!({ "status": "up" })))
}

/// `GET /api/v1/version`
pub(crate) async fn version() -> Json<Value> {
    Json(json!({ "name": "plimsoll", "version": env!("CARGO_PKG_VERSION") }))
}

/// `GET /metrics`
pub(crate) async fn metrics(State(state): State<AppState>) -> Answered<Response> {
    let (answer, findings) = state
        .with_inventory(|inventory| {
            let answer = inventory.find(&Query::Everything, Page { rows: 1, after: None })?;
            let mut filter = FindingFilter::default();
            filter.states.push(FindingState::Open);
            let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
            for row in inventory.findings(&filter)? {
                let count =
                    counts.entry(row.severity.map_or("unknown", plimsoll_advisory::Rating::as_str)).or_default();
                *count = count.saturating_add(1);
            }
            Ok((answer, counts))
        })
        .await?;
    let of = &answer.denominator;
    let artifacts = [("complete", of.complete), ("partial", of.partial)];
    let labelled = |name: &str, value: &str| format!("{{{name}=\"{value}\"}}");
    let gauges = [
        (
            "plimsoll_artifacts",
            "Artifacts that have a document, by how much it covers.",
            artifacts.iter().map(|(word, count)| (labelled("coverage", word), *count)).collect(),
        ),
        (
            "plimsoll_open_findings",
            "Open findings by severity.",
            findings.into_iter().map(|(severity, count)| (labelled("severity", severity), count)).collect(),
        ),
    ];
    let text = state.metrics().text(&gauges);
    Ok(([(header::CONTENT_TYPE, PROMETHEUS)], text).into_response())
}
