//! Reads OS package databases and language install metadata.
//!
//! Each package database or install record is one file below `formats/`, one line in `formats.rs` and one directory of fixtures below
//! `testdata/installed/`.

mod control;
mod distribution;
mod faults;
mod formats;
mod provision;
mod rpm;

pub use formats::extractors;
