//! Lists targets, leases them, scans and stores the results, on any number of machines.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]
