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
pub(crate) async fn health(State(state): State<AppState>) -> Json<Value> {
    Json(json!({ "status": "up", "advisories": state.advisories().state(state.now()) }))
}

/// `GET /ready`
pub(crate) async fn ready(State(state): State<AppState>) -> Answered<Json<Value>> {
    state.with_inventory(|inventory| inventory.tokens().map(drop)).await?;
    Ok(Json(json!({ "status": "up", "advisories": state.advisories().state(state.now()) })))
}

/// `GET /api/v1/version`
pub(crate) async fn version() -> Json<Value> {
    Json(json!({ "name": "plimsoll", "version": env!("CARGO_PKG_VERSION") }))
}

/// `GET /metrics`
pub(crate) async fn metrics(State(state): State<AppState>) -> Answered<Response> {
    let (answer, findings, assessed) = state
        .with_inventory(|inventory| {
            let answer = inventory.find(&Query::Everything, Page { rows: 1, after: None })?;
            let mut filter = FindingFilter::default();
            filter.states.push(FindingState::Open);
            let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
            for row in inventory.finding_counts(&filter)? {
                let word = row.severity.map_or("unknown", plimsoll_advisory::Rating::as_str);
                let count = counts.entry(word).or_default();
                *count = count.saturating_add(row.findings);
            }
            Ok((answer, counts, inventory.assessed()?))
        })
        .await?;
    let of = &answer.denominator;
    let artifacts = [("complete", of.complete), ("partial", of.partial)];
    let labelled = |name: &str, value: &str| format!("{{{name}=\"{value}\"}}");
    let second = |time: Option<jiff::Timestamp>| {
        let second = time.and_then(|time| u64::try_from(time.as_second()).ok());
        second.map(|second| (String::new(), second)).into_iter().collect::<Vec<_>>()
    };
    let gauges = [
        (
            "plimsoll_artifacts",
            "Artifacts that have a document, by how much it covers.",
            artifacts.iter().map(|(word, count)| (labelled("coverage", word), *count)).collect(),
        ),
        ("plimsoll_unread_documents", "Documents and images that could not be read.", vec![(String::new(), of.failed)]),
        (
            "plimsoll_never_scanned_images",
            "Images that run somewhere and that no document is about.",
            vec![(String::new(), of.never_scanned)],
        ),
        (
            "plimsoll_oldest_document_timestamp_seconds",
            "When the oldest document that answers was added.",
            second(of.oldest),
        ),
        ("plimsoll_advisories_timestamp_seconds", "What the advisories are of.", second(state.advisories().as_of())),
        ("plimsoll_assessed_timestamp_seconds", "When findings were last brought up to date.", second(assessed)),
        (
            "plimsoll_open_findings",
            "Open findings by severity.",
            findings.into_iter().map(|(severity, count)| (labelled("severity", severity), count)).collect(),
        ),
    ];
    let text = state.metrics().text(&gauges);
    Ok(([(header::CONTENT_TYPE, PROMETHEUS)], text).into_response())
}
