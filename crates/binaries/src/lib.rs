//! Finds components recorded in executables and archives.
//!
//! Each kind of executable or archive is one file below `formats/`, one line in `formats.rs` and one directory of fixtures below
//! `testdata/binaries/`.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod assembly;
mod auditable;
mod clr;
mod cursor;
mod deps_json;
mod formats;
mod model;
mod jar_index;
mod notes;
mod object;
mod protobuf;
mod version_info;
mod wasm;

pub use formats::{IndexedJavaArchive, extractors};
pub use jar_index::{Coordinates, JarIndex, JarIndexBuilder, JarIndexError, KeyLength, LineError, coordinates};
