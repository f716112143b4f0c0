//! What is in an artifact and what brings it in, from the outlines of its documents.
//!
//! Several documents about one artifact are taken together: their components, and what they say refers to what.

mod components;
mod diff;
mod fix;
mod paths;
mod routes;
mod tree;
mod ways;
mod why;

use crate::artifact::{ArtifactId, live_documents};
use crate::error::InventoryError;
use crate::outline::{self, Outline};
use crate::store::Database;

pub use components::{ComponentFilter, ComponentRow};
pub use diff::{Change, ComponentChange, Difference};
pub use fix::{PatchPlan, Upgrade};
pub use paths::PathLimits;
pub use routes::{BlastRadius, Through};
pub use tree::TreeRow;
pub use why::{Paths, Why, WhyMatch};

/// What the documents about an artifact say together.
pub(crate) fn of_artifact(
    database: &mut Database,
    shard: i64,
    artifact: ArtifactId,
) -> Result<Outline, InventoryError> {
    let documents = live_documents(database, shard, artifact.number)?;
    let outlines = documents.into_iter().map(|document| outline::read(database, shard, document));
    Ok(Outline::union(outlines.collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests;
