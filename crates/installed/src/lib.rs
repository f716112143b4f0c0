//! Reads OS package databases and language install metadata.
//!
//! Each package database or install record is one file below `formats/`, one line in `formats.rs` and one directory of fixtures below
//! `testdata/installed/`.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod control;
mod distribution;
mod faults;
mod formats;
mod provision;
mod rpm;

pub use formats::extractors;
