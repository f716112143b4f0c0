//! What the inventory gives, as JSON. The schemas are in `openapi/schemas.json`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;
use plimsoll_inventory::{Answer, AnswerRow, ArtifactSummary, ComponentQuery, Denominator, Label, Listing, Page};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::problem::Problem;

/// Rows of a page, when nothing else is asked for, and at most.
const ROWS: usize = 100;
const MOST_ROWS: usize = 1000;

/// Parameters of the query, with our own words for what is wrong with them.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(query) => Ok(Self(query.0)),
            Err(error) => Err(Problem::bad(format!("the query cannot be read: {}", error.body_text()))),
        }
    }
}

/// A part of the path.
pub(crate) struct Path(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Path {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0)).map_err(|_| Problem::bad("the path is not in UTF-8"))
    }
}

/// Which page.
pub(crate) fn page(rows: Option<usize>, after: Option<u64>) -> Result<Page, Problem> {
    let rows = rows.unwrap_or(ROWS);
    if !(1..=MOST_ROWS).contains(&rows) {
        return Err(Problem::bad(format!("rows: from 1 to {MOST_ROWS}")));
    }
    // What is counted is smaller.
    if after.is_some_and(|after| i64::try_from(after).is_err()) {
        return Err(Problem::bad("after: there is no such row"));
    }
    Ok(Page { rows, after })
}

/// A component that somebody asks for: a purl with or without a version, or a pattern of a name.
pub(crate) fn component(text: &str) -> Result<ComponentQuery, Problem> {
    ComponentQuery::parse(text).map_err(Problem::from)
}

pub(crate) fn time(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

pub(crate) fn artifact(artifact: &ArtifactSummary) -> Value {
    let labels: serde_json::Map<String, Value> =
        artifact.labels.iter().map(|Label { name, value }| (name.clone(), Value::from(value.as_str()))).collect();
    json!({
        "id": artifact.id.to_number(),
        "name": artifact.name,
        "version": artifact.version,
        "digest": artifact.digest,
        "built": time(artifact.built),
        "added": time(artifact.added),
        "labels": labels,
    })
}

pub(crate) fn listing<T>(listing: &Listing<T>, row: impl Fn(&T) -> Value) -> Value {
    json!({ "total": listing.total, "rows": listing.rows.iter().map(row).collect::<Vec<_>>(), "next": listing.next })
}

/// Out of what an answer is; `advisories` is what those of this server are of.
pub(crate) fn denominator(of: &Denominator, advisories: Option<Timestamp>) -> Value {
    json!({
        "artifacts": of.artifacts,
        "complete": of.complete,
        "partial": of.partial,
        "unsearched": of.unsearched,
        "failed": of.failed,
        "neverScanned": of.never_scanned,
        "oldest": time(of.oldest),
        "advisories": time(advisories),
    })
}

pub(crate) fn answer_row(row: &AnswerRow) -> Value {
    json!({
        "artifact": artifact(&row.artifact),
        "components": row.components,
        "files": row.files,
        "claim": row.claim.word(),
        "coverage": row.coverage.word(),
    })
}

pub(crate) fn answer(answer: &Answer, advisories: Option<Timestamp>) -> Value {
    json!({
        "artifacts": answer.artifacts,
        "components": answer.components,
        "rows": answer.rows.iter().map(answer_row).collect::<Vec<_>>(),
        "next": answer.next,
        "denominator": denominator(&answer.denominator, advisories),
    })
}
