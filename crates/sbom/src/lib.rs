//! Reads, writes, validates, converts, merges, compares and scores CycloneDX and SPDX.
//!
//! Bytes become a tree in the shape of the standard's JSON ([`open`], [`encoding`]), guided by the tables of the standard
//! ([`standard`]); a tree is checked, and mapped to the neutral [`Document`] and back ([`map`]). Conversion between standards
//! goes through the document and accounts for every fact ([`convert`]). Nothing here sorts by chance or knows a clock:
//! same input, same bytes.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

pub mod check;
pub mod convert;
mod detect;
pub mod diff;
pub mod document;
pub mod encoding;
pub mod enrich;
mod fault;
mod format;
pub mod identity;
mod iri;
mod json;
pub mod lean;
mod license_text;
mod licenses;
mod loss;
mod mail;
pub mod map;
mod marks;
pub mod merge;
mod native;
mod observation;
pub mod outline;
mod pairing;
mod patch;
mod purls;
pub mod redact;
mod restrict;
pub mod score;
pub mod standard;
mod table;
pub mod tree;
mod uuid;
pub mod validate;

pub use detect::{detect, detect_text, open};
pub use document::{Agent, Document, Tool};
pub use fault::{Fault, FaultKind};
pub use format::{Format, FormatError};
pub use json::{CanonicalError, canonical};
pub use license_text::{LicenseMatch, MAX_LICENSE_TEXT, MatchKind, identify_licenses};
pub use loss::Loss;
pub use observation::{LayerSummary, Lifecycle, Observation, Subject, Timestamp, TimestampError};
pub use validate::{Counts, Verdict, validate, validate_tree};
