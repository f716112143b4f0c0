//! What a visitor may keep of a layer, so that a later visit need not read it.

use plimsoll_model::{Diagnostic, DiagnosticCode, Digest};
use serde::{Deserialize, Serialize};

use crate::layer::{Layer, Notes, Records, Scan};

/// Names the content of a layer, with the digests that were, or are about to be, checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LayerContent {
    /// Digest of the layer as it is stored.
    pub stored: Digest,
    /// Digest of the tar file within.
    pub diff_id: Digest,
}

impl LayerContent {
    /// `None` when not both digests are known.
    pub(crate) fn of(layer: &Layer) -> Option<Self> {
        let diff_id = layer.diff_id.clone()?;
        // The archives that `docker save` wrote before OCI have no digest but that of the tar file, which is stored as it is.
        Some(Self { stored: layer.digest.clone().unwrap_or_else(|| diff_id.clone()), diff_id })
    }
}

/// The entries of a layer and what was noticed about them: what is put over other layers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Listing {
    records: Records,
    notes: Vec<Diagnostic>,
    entries: u64,
}

impl Listing {
    /// `None` when the layer was not read as it is, but as far as some limit or fault allowed.
    pub(crate) fn of(scan: &Scan) -> Option<Self> {
        let notes = scan.notes.whole()?;
        let cut = [DiagnosticCode::TOTAL_BYTES, DiagnosticCode::TOO_MANY_ENTRIES, DiagnosticCode::UNREADABLE];
        if notes.iter().any(|note| cut.contains(&note.code)) {
            return None;
        }
        Some(Self { records: scan.records.clone(), notes: notes.to_vec(), entries: scan.entries })
    }

    /// As if the layer had been read just now, as this one of its image.
    pub(crate) fn scan(self, layer: Option<plimsoll_model::LayerIndex>) -> Scan {
        let mut notes = Notes::default();
        self.notes.into_iter().for_each(|note| notes.push(note.in_layer(layer)));
        Scan { records: self.records, notes, entries: self.entries }
    }
}
