//! Keeps SBOMs, attestations and findings, and answers questions about them.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]
