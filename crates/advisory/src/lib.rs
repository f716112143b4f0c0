//! Reads OSV, CSAF and VEX, and decides which advisories affect a component.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

pub mod csaf;
mod ecosystem;
mod error;
pub mod exploitation;
mod matching;
mod memory;
pub mod osv;
mod packages;
mod record;
mod snapshot;
mod source;
pub mod vex;

pub use ecosystem::Ecosystem;
pub use error::SnapshotError;
pub use exploitation::{Exploitation, KnownExploited, Probability};
pub use matching::{Coverage, Distribution, Gap, Match, Matched, Rule, State, Target, grouped, normalise_name};
pub use memory::Advisories;
pub use packages::AffectedPackage;
pub use record::{
    Advisory, Affected, RangeEvent, RangeKind, Rating, Reach, Reference, Score, Severity, SeverityKind, Status,
    Timestamp, VersionRange, VulnerableCode,
};
pub use snapshot::{Feed, Snapshot, SnapshotBuilder};
pub use source::AdvisorySource;
