//! What advisories say, and of which artifacts it is true.

use axum::Json;
use axum::extract::State;
use plimsoll_advisory::{Advisory, Affected, Severity, Snapshot, SnapshotError};
use plimsoll_inventory::FindingFilter;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shape::{self, Path, Query, time};
use crate::problem::{Answered, Problem};
use crate::question;
use crate::state::AppState;

/// Longer ids are of nothing.
const MAX_ID: usize = 256;

#[derive(Deserialize)]
pub(crate) struct Asked {
    rows: Option<usize>,
    after: Option<u64>,
}

/// `GET /api/v1/advisories/{id}`
pub(crate) async fn show(State(state): State<AppState>, Path(id): Path) -> Answered<Json<Value>> {
    let none = format!("nothing is said under {}", id.chars().take(MAX_ID).collect::<String>());
    let snapshot = state.advisories().fresh(state.now())?;
    let found = tokio::task::spawn_blocking(move || describe(&snapshot, &id)).await.map_err(|_| Problem::internal())?;
    let unreadable = |_: SnapshotError| Problem::busy("the advisories cannot be read");
    found.map_err(unreadable)?.map(Json).ok_or_else(|| Problem::missing(none))
}

fn describe(snapshot: &Snapshot, id: &str) -> Result<Option<Value>, SnapshotError> {
    let found = snapshot.all_of(id)?;
    if found.is_empty() {
        return Ok(None);
    }
    let mut cves: Vec<&str> = found.iter().flat_map(Advisory::cves).chain([id]).collect();
    cves.sort_unstable();
    cves.dedup();
    let mut exploitation = Vec::new();
    for cve in cves {
        let Some(known) = snapshot.exploitation(cve)? else { continue };
        let share = |value: u32| f64::from(value) / 100_000.0;
        exploitation.push(json!({
            "cve": cve,
            "knownExploited": known.known_exploited.map(|entry| json!({
                "added": entry.added, "due": entry.due, "ransomware": entry.ransomware,
            })),
            "epss": known.probability.map(|probability| share(probability.score)),
        }));
    }
    Ok(Some(json!({
        "id": id, "advisories": found.iter().map(advisory).collect::<Vec<_>>(), "exploitation": exploitation,
        "of": time(snapshot.as_of()),
    })))
}

fn advisory(advisory: &Advisory) -> Value {
    let references = advisory.references.iter().map(|link| json!({ "type": link.kind, "url": link.url }));
    json!({
        "id": advisory.id, "database": advisory.database, "aliases": advisory.aliases, "upstream": advisory.upstream,
        "summary": advisory.summary, "details": advisory.details, "published": time(advisory.published),
        "modified": time(advisory.modified), "withdrawn": time(advisory.withdrawn), "malicious": advisory.malicious,
        "severity": advisory.severity().and_then(Severity::rating).map(plimsoll_advisory::Rating::as_str),
        "affected": advisory.affected.iter().map(affected).collect::<Vec<_>>(),
        "references": references.collect::<Vec<_>>(),
    })
}

fn affected(entry: &Affected) -> Value {
    json!({
        "ecosystem": entry.ecosystem.to_string(), "name": entry.name, "purl": entry.purl,
        "versions": entry.affected_versions().map(|range| range.to_string()),
    })
}

/// `GET /api/v1/vulnerabilities/{id}/affected`
pub(crate) async fn affected_artifacts(
    State(state): State<AppState>,
    Path(id): Path,
    Query(asked): Query<Asked>,
) -> Answered<Json<Value>> {
    let page = shape::page(asked.rows, asked.after)?;
    if id.is_empty() || id.len() > MAX_ID || id.contains(|c: char| c == '"' || c == '\\' || c.is_control()) {
        return Err(Problem::missing("there is no advisory of such a name"));
    }
    let unknown = |problem: Problem| match problem.status {
        axum::http::StatusCode::BAD_REQUEST => Problem::missing(problem.detail),
        _ => problem,
    };
    let question = question::read(&state, Some(&format!("advisory:\"{id}\""))).await.map_err(unknown)?;
    let filter = FindingFilter { advisory: Some(id), ..FindingFilter::default() };
    let found = state.with_inventory(move |inventory| {
        let answer = inventory.find(&question, page)?;
        Ok((answer, inventory.finding_counts(&filter)?, inventory.assessed()?))
    });
    let (answer, counts, assessed) = found.await?;
    let mut states = serde_json::Map::new();
    for count in &counts {
        let held = states.entry(count.state.word()).or_insert_with(|| json!(0));
        *held = json!(held.as_u64().unwrap_or_default().saturating_add(count.findings));
    }
    let mut body = shape::answer(&answer, state.advisories().as_of());
    if let Some(body) = body.as_object_mut() {
        body.insert("findings".to_owned(), Value::Object(states));
        body.insert("assessed".to_owned(), json!(time(assessed)));
    }
    Ok(Json(body))
}
