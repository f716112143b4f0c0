//! Reads OSV, CSAF and VEX, and decides which advisories affect a component.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod csaf;
pub mod vex;
