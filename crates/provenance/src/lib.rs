//! Makes provenance, and finds the provenance that others have published.
//!
//! [`generate`] makes it from what a CI service vouches for, [`observe`] from watching a build, and [`published`] finds and
//! verifies what the registries hold for each component of an SBOM. No clock is read here and nothing is signed.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

pub mod generate;
pub mod observe;
pub mod published;
