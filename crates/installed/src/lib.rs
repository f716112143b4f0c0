//! Reads what package managers write about packages: their databases, install metadata, and the package files themselves.
//!
//! Each package database or install record is one file below `formats/`, one line in `formats.rs` and one directory of fixtures below
//! `testdata/installed/`.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod adb;
mod annotate;
mod bytes;
mod control;
mod distribution;
mod faults;
mod formats;
mod package_file;
mod pkginfo;
mod provision;
mod relations;
mod rpm;
mod sqlite;

pub use formats::extractors;
