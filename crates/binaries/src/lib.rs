//! Finds components recorded in executables and archives.
//!
//! Each kind of executable or archive is one file below `formats/`, one line in `formats.rs` and one directory of fixtures below
//! `testdata/binaries/`.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod assembly;
mod auditable;
mod classify;
mod clr;
mod cursor;
mod deps_json;
mod formats;
mod jar_index;
mod model;
mod notes;
mod object;
mod protobuf;
mod version_info;
mod wasm;

pub use classify::{RuleError, Rules};
pub use formats::binary::classifier::CustomClassifier;
pub use formats::{IndexedJavaArchive, extractors};
pub use jar_index::{Coordinates, JarIndex, JarIndexBuilder, JarIndexError, KeyLength, LineError, coordinates};

/// The id of the extractor that goes by signatures: it can be left out, or have rules of the user's.
pub const CLASSIFIER: plimsoll_model::ExtractorId = formats::binary::classifier::ID;
