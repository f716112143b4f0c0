//! Runs extractors over a source and merges what they emit into one graph.
//!
//! An [`Extractor`] says as data which files it reads ([`Interest`]); all interests compile into one [`Matcher`], so the
//! cost per file does not grow with the number of formats. Extraction has two phases: [`Extractor::extract`] turns one
//! file into [`Facts`] without knowing any other file, and [`Extractor::resolve`] joins the files of one format once it
//! is known which of them the image still holds.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod cache;
mod catalogue;
mod claims;
mod error;
mod extractor;
mod facts;
#[cfg(feature = "fixture")]
pub mod fixture;
mod history;
mod interest;
mod linkage;
mod ownership;
mod rank;
mod resolve;
mod run;
pub mod syntax;

pub use cache::{CacheUse, LayerCache};
pub use catalogue::Catalogue;
pub use error::ExtractError;
pub use extractor::{About, Extractor, Fact, Rank};
pub use facts::{ComponentRef, Facts, Observation, Sink};
pub use interest::{Interest, Matcher};
pub use plimsoll_syntax::loose_object;
pub use resolve::{EdgeMut, FileHandle, Handle, Resolver};
pub use run::{Extraction, RunOptions, run};

/// What an extractor needs: `use plimsoll_extract::prelude::*`.
pub mod prelude {
    pub use crate::syntax;
    pub use crate::{
        About, ComponentRef, ExtractError, Extractor, Fact, FileHandle, Handle, Interest, Observation, Rank, Resolver,
        Sink,
    };
    pub use plimsoll_model::{
        Component, ComponentKind, Confidence, Diagnostic, DiagnosticCode, Digest, DigestAlgorithm, ExternalReference,
        ExtractorId, License, Purl, PurlBuilder, ReferenceKind, RelationshipKind, Scope, SourcePath, Span, Technique,
    };
    pub use plimsoll_source::{Body, File, ReadError, packed, zip};
}
