//! What is kept of a layer, and of the links that lead into it.

use std::collections::BTreeMap;

use plimsoll_model::{DiagnosticCode, SourcePath};
use plimsoll_source::Listing;
use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::interest::ExtractorIndex;

/// The facts of one file by one extractor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) entry: u64,
    pub(super) extractor: ExtractorIndex,
    pub(super) facts: Facts,
}

/// A layer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LayerRecord {
    pub(super) listing: Listing,
    pub(super) files: Vec<Kept>,
}

/// Files of a layer under the names of links, which may lie in other layers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LinkRecord(BTreeMap<(u32, SourcePath), Vec<Kept>>);

impl LinkRecord {
    pub(super) fn get(&self, entry: u32, path: &SourcePath) -> Option<&[Kept]> {
        self.0.get(&(entry, path.clone())).map(Vec::as_slice)
    }

    pub(super) fn add(&mut self, entry: u32, path: &SourcePath, kept: Vec<Kept>) {
        self.0.insert((entry, path.clone()), kept);
    }
}

/// Whether facts lack something that another run would have: bytes that were used up by other files, a read that failed.
pub(super) fn is_circumstantial(facts: &Facts) -> bool {
    let codes = [DiagnosticCode::TOTAL_BYTES, DiagnosticCode::UNREADABLE, DiagnosticCode::CHANGED_DURING_READ];
    facts.diagnostics.iter().any(|held| codes.contains(&held.code) || held.code == DiagnosticCode::INTERNAL)
}
