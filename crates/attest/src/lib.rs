//! In-toto statements, DSSE envelopes and predicates as types and bytes.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]
