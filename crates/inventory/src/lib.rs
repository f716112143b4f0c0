//! Keeps SBOMs, attestations and findings, and answers questions about them.
//!
//! An [`Inventory`] is one SQL design on two engines: a SQLite file, or PostgreSQL ([`Location`]). Documents are kept
//! compressed; what is asked for is a posting list for each component version, licence and digest: the set of documents
//! that have it. A document is read outside the store ([`Intake`]) and written in batches, each of them a
//! new segment of posting lists; segments of like size are merged. Nothing that was committed can be lost by stopping the program.
//!
//! Every answer carries its [`Denominator`]: how many artifacts there are, and how many of them could not tell.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod access;
mod answer;
mod artifact;
mod attestations;
mod body;
mod coverage;
mod decisions;
mod deployments;
mod error;
mod failures;
mod findings;
#[cfg(test)]
mod fixture;
mod graph;
mod ingest;
mod intake;
mod integrity;
mod inventory;
mod labels;
mod leaf;
mod lookup;
mod outline;
mod packages;
mod page;
mod posting;
mod query;
mod remove;
mod segments;
mod store;
mod targets;

pub use self::inventory::Inventory;
pub use access::{AuditLogEntry, NewToken, Role, TokenRow};
pub use answer::{Answer, AnswerGroup, AnswerRow, Denominator, GroupBy, Verified};
pub use artifact::{
    Alias, ArtifactDetail, ArtifactFilter, ArtifactId, ArtifactRef, ArtifactSummary, Claim, ComponentId, Coverage,
    DocumentDetail, DocumentId, Label, Lineage,
};
pub use attestations::{AttestationRow, NewAttestation, Verification};
pub use body::DocumentBody;
pub use decisions::{GateNote, GateRow};
pub use deployments::{DeploymentChange, DeploymentRow, Running};
pub use error::InventoryError;
pub use failures::{Unread, UnreadRow};
pub use findings::{
    Breakdown, EventCount, EventKind, EventRow, Excuse, Finding, FindingCount, FindingFilter, FindingRow, FindingSort,
    FindingState, Grounds, Observation, Reassessment, Share, Statistics, StatisticsCoverage, StatisticsQuery,
    StatisticsRow, Survival, Week,
};
pub use graph::{
    BlastRadius, Change, ComponentChange, ComponentFilter, ComponentRow, Difference, PatchPlan, PathLimits, Paths,
    Through, TreeRow, Upgrade, Why, WhyMatch,
};
pub use ingest::{Added, AddedState};
pub use intake::{Context, Intake};
pub use integrity::Integrity;
pub use packages::{ComponentOverview, PackageRow, VersionRow};
pub use page::{Listing, Page};
pub use query::{Affected, ArtifactTime, ComponentQuery, NamePattern, Query, QueryError, Resolve, VersionQuery};
pub use remove::Removed;
pub use store::Location;
pub use targets::{Lease, LeaseTerms, TargetCounts, TargetOutcome};
