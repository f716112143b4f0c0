//! Reads OSV, CSAF and VEX, and decides which advisories affect a component.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod ecosystem;
mod record;

pub use ecosystem::Ecosystem;
pub use record::{
    Advisory, Affected, RangeEvent, RangeKind, Rating, Reach, Reference, Score, Severity, SeverityKind, Status,
    Timestamp, VersionRange, VulnerableCode,
};
