//! VEX documents that administrators add.
//!
//! They are kept in the directory that whoever runs the server named (`--vex-dir`), as `plimsoll vex add` keeps its own, and count
//! as added locally when `plimsoll audit --fleet` next looks there: that is why it takes an administrator. Statements of others
//! belong into attestations, whose signer a policy names.

use std::fs;
use std::io;
use std::path::Path;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use plimsoll_advisory::vex;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::documents::Body;
use crate::problem::{Answered, Problem};
use crate::state::AppState;

/// `POST /api/v1/vex`
pub(crate) async fn add(State(state): State<AppState>, Body(bytes): Body) -> Answered<Response> {
    let none = || Problem::new(StatusCode::CONFLICT, "this server has no place for VEX documents (--vex-dir)");
    let directory = state.options().vex_directory.clone().ok_or_else(none)?;
    let limits = state.options().limits.clone();
    let kept = tokio::task::spawn_blocking(move || {
        let unreadable =
            |error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("not VEX that can be read: {error}"));
        let document = vex::read(&bytes, &limits).map_err(unreadable)?;
        if document.statements.is_empty() {
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "it states nothing"));
        }
        let full = |_: io::Error| Problem::busy("the directory of VEX documents cannot be written at the moment");
        let new = keep(&directory, &bytes).map_err(full)?;
        Ok((new, document))
    });
    let (new, document) = kept.await.map_err(|_| Problem::internal())??;
    let body = json!({
        "state": if new { "new" } else { "known" }, "trust": "added locally", "statements": document.statements.len(),
        "faults": document.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, Json(body)).into_response())
}

/// Writes a document whole or not at all; false when it is there.
fn keep(directory: &Path, bytes: &[u8]) -> io::Result<bool> {
    fs::create_dir_all(directory)?;
    let digest = HEXLOWER.encode(&Sha256::digest(bytes));
    let name = format!("served-{}", digest.get(..32).unwrap_or_default());
    let path = directory.join(format!("{name}.json"));
    if path.exists() {
        return Ok(false);
    }
    // Not `.json` until it is whole: what is there is read.
    let partial = directory.join(format!("{name}.partial"));
    let mut file = fs::File::create(&partial)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()?;
    fs::rename(&partial, &path)?;
    Ok(true)
}
