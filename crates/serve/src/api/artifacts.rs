//! Artifacts, what is in them, and packages.

use axum::Json;
use axum::extract::State;
use plimsoll_inventory::{
    ArtifactDetail, ArtifactFilter, ArtifactId, ArtifactRef, ComponentFilter, ComponentId, ComponentRow, Coverage,
    Difference, DocumentDetail, Inventory, InventoryError, PackageRow, PathLimits, TreeRow, VersionRow, Why,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shape::{self, Path, Query, time};
use crate::problem::{Answered, Problem};
use crate::state::AppState;

type Body = Answered<Json<Value>>;

#[derive(Deserialize)]
pub(crate) struct Paged {
    name: Option<String>,
    pattern: Option<String>,
    text: Option<String>,
    direct: Option<bool>,
    path: Option<String>,
    component: Option<String>,
    against: Option<String>,
    rows: Option<usize>,
    after: Option<u64>,
}

pub(super) fn id(inventory: &mut Inventory, text: &str) -> Result<ArtifactId, InventoryError> {
    Ok(inventory.artifact(&ArtifactRef::parse(text))?.summary.id)
}

/// `GET /api/v1/artifacts`
pub(crate) async fn list(State(state): State<AppState>, Query(asked): Query<Paged>) -> Body {
    let page = shape::page(asked.rows, asked.after)?;
    let mut filter = ArtifactFilter::default();
    filter.name = asked.name.filter(|name| !name.is_empty());
    let found = state.with_inventory(move |inventory| inventory.artifacts(&filter, page)).await?;
    Ok(Json(shape::listing(&found, shape::artifact)))
}

/// `GET /api/v1/artifacts/{artifact}`
pub(crate) async fn show(State(state): State<AppState>, Path(artifact): Path) -> Body {
    let found = state.with_inventory(move |inventory| inventory.artifact(&ArtifactRef::parse(&artifact))).await?;
    Ok(Json(detail(&found)))
}

fn detail(detail: &ArtifactDetail) -> Value {
    let documents = detail.documents.iter().map(|document| {
        json!({
            "id": document.id.to_number(), "format": document.format, "claim": document.claim.word(),
            "coverage": document.coverage.word(), "components": document.components, "bytes": document.bytes,
            "digest": document.digest, "created": time(document.created), "added": time(document.added),
            "live": document.live,
        })
    });
    let aliases = detail.aliases.iter().map(|alias| json!({ "kind": alias.kind, "value": alias.value }));
    json!({
        "artifact": shape::artifact(&detail.summary),
        "aliases": aliases.collect::<Vec<_>>(),
        "documents": documents.collect::<Vec<_>>(),
        "builds": detail.builds,
    })
}

/// `GET /api/v1/artifacts/{artifact}/components`
pub(crate) async fn components(
    State(state): State<AppState>,
    Path(artifact): Path,
    Query(asked): Query<Paged>,
) -> Body {
    let page = shape::page(asked.rows, asked.after)?;
    let mut filter = ComponentFilter::default();
    filter.text = asked.text.filter(|text| !text.is_empty());
    filter.direct = asked.direct.unwrap_or_default();
    let found = state.with_inventory(move |inventory| {
        let artifact = id(inventory, &artifact)?;
        inventory.components(artifact, &filter, page)
    });
    let row = |row: &ComponentRow| json!({ "id": row.id.to_number(), "text": row.text, "direct": row.direct, "uses": row.uses });
    Ok(Json(shape::listing(&found.await?, row)))
}

/// `GET /api/v1/artifacts/{artifact}/tree`
pub(crate) async fn tree(State(state): State<AppState>, Path(artifact): Path, Query(asked): Query<Paged>) -> Body {
    let page = shape::page(asked.rows, asked.after)?;
    let numbers = asked.path.as_deref().unwrap_or_default().split(',').filter(|number| !number.is_empty());
    let wrong = |_| Problem::bad("path: numbers of components, with commas between them");
    let path: Vec<ComponentId> =
        numbers.map(|number| number.parse().map(ComponentId::from_number)).collect::<Result<_, _>>().map_err(wrong)?;
    let found = state.with_inventory(move |inventory| {
        let artifact = id(inventory, &artifact)?;
        inventory.tree(artifact, &path, page)
    });
    let row = |row: &TreeRow| {
        json!({
            "id": row.id.to_number(), "text": row.text, "children": row.children, "repeats": row.repeats,
            "loose": row.loose,
        })
    };
    Ok(Json(shape::listing(&found.await?, row)))
}

/// `GET /api/v1/artifacts/{artifact}/why`
pub(crate) async fn why(State(state): State<AppState>, Path(artifact): Path, Query(asked): Query<Paged>) -> Body {
    let query = shape::component(&asked.component.unwrap_or_default())?;
    let found = state.with_inventory(move |inventory| {
        let detail = inventory.artifact(&ArtifactRef::parse(&artifact))?;
        Ok((inventory.why(detail.summary.id, &query, &PathLimits::default())?, detail.documents))
    });
    let (why, documents) = found.await?;
    Ok(Json(reasons(&why, &documents)))
}

fn reasons(why: &Why, documents: &[DocumentDetail]) -> Value {
    // One part that is missing makes the whole partial; the best of what is said counts.
    let live = || documents.iter().filter(|document| document.live);
    let coverage = live().map(|document| document.coverage).max_by_key(|coverage| *coverage != Coverage::Complete);
    let claim = live().map(|document| document.claim).min();
    let matches = why.matches.iter().map(|found| {
        json!({
            "id": found.id.to_number(), "text": found.text, "paths": found.paths.shown, "more": found.paths.more,
            "complete": found.paths.complete,
        })
    });
    json!({
        "artifact": shape::artifact(&why.artifact), "matches": matches.collect::<Vec<_>>(), "more": why.more,
        "claim": claim.unwrap_or_default().word(), "coverage": coverage.unwrap_or(Coverage::Partial).word(),
    })
}

/// `GET /api/v1/artifacts/{artifact}/diff`
pub(crate) async fn diff(State(state): State<AppState>, Path(artifact): Path, Query(asked): Query<Paged>) -> Body {
    let found = state.with_inventory(move |inventory| {
        let artifact = id(inventory, &artifact)?;
        match asked.against {
            Some(against) => {
                let against = id(inventory, &against)?;
                inventory.diff(against, artifact).map(Some)
            }
            None => inventory.diff_to_previous(artifact),
        }
    });
    let none = || Problem::missing("there is no earlier build of it; name another artifact with `against`");
    Ok(Json(difference(&found.await?.ok_or_else(none)?)))
}

fn difference(found: &Difference) -> Value {
    let changes = found
        .changes
        .iter()
        .map(|change| json!({ "package": change.package, "before": change.before, "after": change.after }));
    json!({
        "before": shape::artifact(&found.before), "after": shape::artifact(&found.after),
        "changes": changes.collect::<Vec<_>>(), "same": found.same,
    })
}

/// `GET /api/v1/artifacts/{artifact}/history`
pub(crate) async fn history(State(state): State<AppState>, Path(artifact): Path, Query(asked): Query<Paged>) -> Body {
    let page = shape::page(asked.rows, asked.after)?;
    let found = state.with_inventory(move |inventory| {
        let artifact = id(inventory, &artifact)?;
        inventory.history(artifact, page)
    });
    Ok(Json(shape::listing(&found.await?, shape::artifact)))
}

/// `GET /api/v1/packages`
pub(crate) async fn packages(State(state): State<AppState>, Query(asked): Query<Paged>) -> Body {
    let page = shape::page(asked.rows, asked.after)?;
    let pattern = asked.pattern.unwrap_or_default();
    let found = state.with_inventory(move |inventory| inventory.packages(&pattern, page)).await?;
    let row = |row: &PackageRow| json!({ "package": row.package, "kind": row.kind, "name": row.name, "versions": row.versions });
    Ok(Json(shape::listing(&found, row)))
}

/// `GET /api/v1/components`
pub(crate) async fn component(State(state): State<AppState>, Query(asked): Query<Paged>) -> Body {
    let page = shape::page(asked.rows, asked.after)?;
    let query = shape::component(&asked.component.unwrap_or_default())?;
    let found = state.with_inventory(move |inventory| inventory.component(&query, page)).await?;
    let row = |row: &VersionRow| json!({ "id": row.id.to_number(), "text": row.text, "version": row.version, "artifacts": row.artifacts });
    Ok(Json(json!({
        "artifacts": found.artifacts, "versions": shape::listing(&found.versions, row), "licenses": found.licenses,
    })))
}
