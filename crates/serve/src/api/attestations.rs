//! What was attested of artifacts.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use plimsoll_inventory::{AttestationRow, Verification};
use serde_json::{Value, json};

use super::artifacts::id;
use super::shape::{Path, time};
use crate::problem::{Answered, Problem};
use crate::state::AppState;

/// `GET /api/v1/artifacts/{artifact}/attestations`
pub(crate) async fn list(State(state): State<AppState>, Path(artifact): Path) -> Answered<Json<Value>> {
    let found = state.with_inventory(move |inventory| {
        let artifact = id(inventory, &artifact)?;
        inventory.attestations(artifact)
    });
    let rows: Vec<Value> = found.await?.iter().map(row).collect();
    Ok(Json(json!({ "total": rows.len(), "rows": rows })))
}

fn row(row: &AttestationRow) -> Value {
    let verification = match &row.verification {
        Verification::Verified { signer, issuer } => json!({ "verified": true, "signer": signer, "issuer": issuer }),
        Verification::Unverified { reason } => json!({ "verified": false, "reason": reason }),
        _ => json!({ "verified": false, "reason": "" }),
    };
    json!({
        "id": row.number, "predicateType": row.predicate, "verification": verification, "builder": row.builder,
        "digest": row.digest, "added": time(row.added),
    })
}

/// `GET /api/v1/attestations/{attestation}`
pub(crate) async fn show(State(state): State<AppState>, Path(number): Path) -> Answered<Response> {
    let number: u64 = number.parse().map_err(|_| Problem::missing("attestations have numbers"))?;
    let bytes = state.with_inventory(move |inventory| inventory.attestation(number)).await?;
    let name = format!("attachment; filename=\"attestation-{number}.json\"");
    let name = HeaderValue::from_str(&name).map_err(|_| Problem::internal())?;
    let media = HeaderValue::from_static("application/octet-stream");
    Ok(([(header::CONTENT_TYPE, media), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}
