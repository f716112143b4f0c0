//! What is in an artifact and what brings it in, from the outlines of its documents.
//!
//! Several documents about one artifact are taken together: their components, and what they say refers to what.

mod components;
mod diff;
mod fix;
mod paths;
mod routes;
mod tree;
mod why;

use crate::artifact::{ArtifactId, live_documents};
use crate::error::InventoryError;
use crate::lookup::number;
use crate::outline::{self, Outline};
use crate::store::{Database, Value};

pub use components::{ComponentFilter, ComponentRow};
pub use diff::{Change, ComponentChange, Difference};
pub use fix::{PatchPlan, Upgrade};
pub use paths::PathLimits;
pub use routes::{BlastRadius, Through};
pub use tree::TreeRow;
pub use why::{Paths, Why, WhyMatch};

/// The outline of one document.
pub(crate) fn outline(database: &mut Database, shard: i64, document: u32) -> Result<Outline, InventoryError> {
    let (base, data) = stored(database, shard, document)?;
    let base = match base {
        0 => Vec::new(),
        base => outline::decompress(&stored(database, shard, base)?.1, &[])?,
    };
    Outline::decode(&outline::decompress(&data, &base)?)
}

/// The number of the outline that another is compressed against, 0 for none, and its bytes.
fn stored(database: &mut Database, shard: i64, document: u32) -> Result<(u32, Vec<u8>), InventoryError> {
    let sql = "SELECT base, data FROM outline WHERE shard = ?1 AND document = ?2";
    let values = [Value::Int(shard), Value::Int(i64::from(document))];
    let found = database.one(sql, &values, |row| Ok((number(row.int(0)?), row.blob(1)?)))?;
    found.ok_or(InventoryError::Damaged { table: "outline", reason: "a document without one" })
}

/// What the documents about an artifact say together.
pub(crate) fn of_artifact(
    database: &mut Database,
    shard: i64,
    artifact: ArtifactId,
) -> Result<Outline, InventoryError> {
    let documents = live_documents(database, shard, artifact.number)?;
    let outlines = documents.into_iter().map(|document| outline(database, shard, document));
    Ok(Outline::union(outlines.collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests;
