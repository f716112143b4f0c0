//! The words Plimsoll is written in: package URLs, digests, licences, components, relationships, evidence, diagnostics
//! and budgets.
//!
//! Everything above this crate speaks in these types. It has no I/O, no clock and no global state, and nothing in it
//! depends on the order in which things were found: [`ComponentGraph`] sorts itself when it is finished.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod budget;
mod component;
mod diagnostic;
mod digest;
mod encoded;
mod evidence;
mod graph;
mod license;
mod path;
mod purl;

pub use budget::{Budget, BudgetExceeded, Limits, Resource};
pub use component::{
    Component, ComponentKey, ComponentKind, ExternalReference, FileRecord, LayerHistory, ReferenceKind, Scope,
};
pub use diagnostic::{CODES, CodeInfo, Diagnostic, DiagnosticCode, Effect, Severity};
pub use digest::{Digest, DigestAlgorithm, DigestError};
pub use encoded::bytes;
pub use evidence::{Confidence, Evidence, ExtractorId, LayerIndex, Span, Technique};
pub use graph::{ComponentGraph, ComponentIndex, GraphBuilder, Relationship, RelationshipKind};
pub use license::{Acknowledgement, License};
pub use path::{PathError, SourcePath, changes_terminal, printable};
pub use purl::{
    Letters, PartNote, Presence, Purl, PurlBuilder, PurlError, PurlExplanation, PurlFault, PurlPart, PurlType,
    QualifierRule, Rule as PurlRule, purl_types,
};
