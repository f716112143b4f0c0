//! What can go wrong.

use crate::artifact::ArtifactSummary;

/// Why the inventory could not do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InventoryError {
    /// There is nothing at the place, and it was not to be made.
    #[error("there is no inventory at {place}")]
    Missing {
        /// Where, without a password.
        place: String,
    },
    /// It was made by a later release.
    #[error("the inventory at {place} has version {found}; this program knows versions up to {known}")]
    Version {
        /// Where.
        place: String,
        /// Its version.
        found: i64,
        /// The last that is known.
        known: i64,
    },
    /// The store refused.
    #[error("the store cannot {doing}: {reason}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        reason: String,
    },
    /// What is stored does not hold together.
    #[error("the inventory is damaged: {table}: {reason}")]
    Damaged {
        /// Which table.
        table: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// A document cannot be read.
    #[error("not an SBOM that can be read: {0}")]
    Document(#[from] plimsoll_sbom::encoding::ReadError),
    /// The advisories cannot be read.
    #[error(transparent)]
    Advisories(#[from] plimsoll_advisory::SnapshotError),
    /// Nothing here is called so.
    #[error("there is no {what} {reference:?} in the inventory")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// What it was called.
        reference: String,
    },
    /// Several artifacts are called so.
    #[error("{reference:?} is more than one artifact: {}", listed(candidates))]
    Ambiguous {
        /// What they are called.
        reference: String,
        /// Some of them, newest first.
        candidates: Vec<ArtifactSummary>,
    },
    /// A question cannot be understood.
    #[error("{0}")]
    Query(String),
    /// More of something than an inventory can hold.
    #[error("the inventory is full: no more {0}")]
    Full(&'static str),
}

impl InventoryError {
    pub(crate) fn store(doing: &'static str, reason: impl ToString) -> Self {
        Self::Store { doing, reason: reason.to_string() }
    }
}

/// What tells candidates apart.
fn listed(candidates: &[ArtifactSummary]) -> String {
    let one = |artifact: &ArtifactSummary| {
        let version = if artifact.version.is_empty() { String::new() } else { format!("@{}", artifact.version) };
        let digest = artifact.digest.get(..19).map(|digest| format!(" {digest}")).unwrap_or_default();
        format!("{} {:?}{digest}", artifact.id.to_number(), format!("{}{version}", artifact.name))
    };
    candidates.iter().map(one).collect::<Vec<_>>().join(", ")
}
