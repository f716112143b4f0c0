//! Finds components recorded in executables and archives.
//!
//! Each kind of executable or archive is one file below `formats/`, one line in `formats.rs` and one directory of fixtures below
//! `testdata/binaries/`.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod classify;
mod formats;
mod object;

pub use classify::{RuleError, Rules};
pub use formats::binary::classifier::CustomClassifier;
pub use formats::extractors;

/// The id of the extractor that goes by signatures: it can be left out, or have rules of the user's.
pub const CLASSIFIER: plimsoll_model::ExtractorId = formats::binary::classifier::ID;
