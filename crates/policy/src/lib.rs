//! Loads policy (TOML) and turns verification results into findings and a verdict.
//!
//! One schema for all commands that decide. There is no policy by default, and whatever a policy does not say is not allowed.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]
