//! Reads, writes, validates, converts, merges, compares and scores CycloneDX and SPDX.
//!
//! So far it writes: a [`Document`] goes through the encoder of a [`Format`], which returns its [`Loss`], the facts that
//! the format could not carry. Encoders sort nothing and know no clock: same document, same bytes.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod cyclonedx;
pub mod document;
pub mod encoding;
mod fault;
mod format;
mod iri;
mod json;
mod licenses;
mod loss;
mod mail;
pub mod map;
mod native;
mod observation;
mod purls;
mod spdx;
pub mod standard;
mod table;
pub mod tree;
mod uuid;
mod validate;

pub use document::{Agent, Document, Tool};
pub use fault::{Fault, FaultKind};
pub use format::{EncodeError, Encoder, Format, FormatError};
pub use loss::Loss;
pub use observation::{LayerSummary, Lifecycle, Observation, Subject, Timestamp, TimestampError};
pub use validate::{Counts, Verdict, validate, validate_tree};
