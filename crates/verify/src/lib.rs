//! Decides, offline, whether evidence proves what is expected.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]
