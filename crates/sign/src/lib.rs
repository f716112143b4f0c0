//! Obtains identities, certificates, log entries and timestamps, and returns a verified bundle.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

pub mod instance;
