//! Whose artifacts are, and what runs where.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use plimsoll_inventory::{DeploymentRow, Label, Listing, Running};
use plimsoll_model::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::artifacts::id;
use super::documents::JsonBody;
use super::shape::{self, Path, Query, time};
use crate::problem::{Answered, Problem};
use crate::state::AppState;

/// Labels that are given at once.
const MAX_LABELS: usize = 64;
/// Characters of a name and of a value.
const MAX_NAME: usize = 64;
const MAX_TEXT: usize = 512;

/// Labels by name; without a value, a label is taken away.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Labels {
    labels: BTreeMap<String, Option<String>>,
}

/// `PUT /api/v1/artifacts/{artifact}/labels`
pub(crate) async fn put_labels(
    State(state): State<AppState>,
    Path(artifact): Path,
    JsonBody(given): JsonBody<Labels>,
) -> Answered<Json<Value>> {
    if given.labels.len() > MAX_LABELS {
        return Err(Problem::bad(format!("labels: at most {MAX_LABELS} at once")));
    }
    let mut labels = Vec::new();
    for (name, value) in given.labels {
        let letter = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(letter) {
            return Err(Problem::bad("labels: names are of letters, digits, dots, dashes and slashes, at most 64"));
        }
        let value = plain("labels", value.unwrap_or_default())?;
        labels.push(Label { name, value });
    }
    let changed = state.change(move |inventory| {
        let artifact = id(inventory, &artifact)?;
        inventory.label(&[(artifact, labels)])?;
        inventory.artifact(&plimsoll_inventory::ArtifactRef::Id(artifact))
    });
    Ok(Json(shape::artifact(&changed.await?.summary)))
}

fn plain(what: &str, text: String) -> Answered<String> {
    if text.chars().count() > MAX_TEXT || text.chars().any(char::is_control) {
        return Err(Problem::bad(format!("{what}: at most {MAX_TEXT} characters, none of them for control")));
    }
    Ok(text)
}

/// All that runs on a cluster.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    environment: String,
    cluster: String,
    running: Vec<One>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct One {
    digest: String,
    image: Option<String>,
    workload: Option<String>,
}

/// `PUT /api/v1/deployments`
pub(crate) async fn put(State(state): State<AppState>, JsonBody(report): JsonBody<Report>) -> Answered<Json<Value>> {
    let (environment, cluster) = (plain("environment", report.environment)?, plain("cluster", report.cluster)?);
    if environment.is_empty() {
        return Err(Problem::bad("environment: it is empty"));
    }
    let mut running = Vec::new();
    for one in report.running {
        let known = one.digest.starts_with("sha256:") || one.digest.starts_with("sha512:");
        let small = !one.digest.bytes().any(|byte| byte.is_ascii_uppercase());
        let digest = Digest::from_prefixed(&one.digest).ok().filter(|_| known && small);
        let digest = digest.ok_or_else(|| Problem::bad("running: a digest is sha256: or sha512: and hexadecimal"))?;
        let image = plain("image", one.image.unwrap_or_default())?;
        running.push(Running { digest, image, workload: plain("workload", one.workload.unwrap_or_default())? });
    }
    let now = state.now();
    let change = state.change(move |inventory| inventory.set_running(&environment, &cluster, &running, now)).await?;
    Ok(Json(json!({
        "running": change.running, "started": change.started, "ended": change.ended,
        "neverScanned": change.never_scanned,
    })))
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    ended: Option<bool>,
    rows: Option<usize>,
    after: Option<u64>,
}

/// `GET /api/v1/deployments`
pub(crate) async fn list(State(state): State<AppState>, Query(asked): Query<Asked>) -> Answered<Json<Value>> {
    let page = shape::page(asked.rows, asked.after)?;
    let all = asked.ended.unwrap_or_default();
    let held = state.with_inventory(move |inventory| inventory.deployments(all)).await?;
    let (total, start) = (held.len() as u64, page.after.unwrap_or_default());
    let skipped = usize::try_from(start).unwrap_or(usize::MAX);
    let rows: Vec<DeploymentRow> = held.into_iter().skip(skipped).take(page.rows).collect();
    let end = start.saturating_add(rows.len() as u64);
    let listing = Listing { total, next: (end < total && !rows.is_empty()).then_some(end), rows };
    let row = |row: &DeploymentRow| {
        json!({
            "environment": row.environment, "cluster": row.cluster, "digest": row.digest, "image": row.image,
            "workload": row.workload, "started": time(row.started), "ended": time(row.ended),
        })
    };
    Ok(Json(shape::listing(&listing, row)))
}
