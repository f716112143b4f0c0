//! Writes documents that were read: all of a batch or nothing.

mod blocks;
mod dictionary;
mod outlines;
mod write;

use jiff::Timestamp;

use crate::artifact::{ArtifactId, DocumentId};
use crate::error::InventoryError;
use crate::intake::Intake;
use crate::inventory::Inventory;
pub(crate) use dictionary::{BASENAME, Counter, Dictionary, Known, LICENSE, split_purl, split_text};
pub(crate) use outlines::Outlines;
pub(crate) use write::listed;

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Added {
    /// New or known.
    pub state: AddedState,
    /// The artifact that it is about.
    pub artifact: ArtifactId,
    /// Its number.
    pub document: DocumentId,
}

/// Whether a document was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AddedState {
    /// It is kept now.
    New,
    /// These very bytes were there.
    Known,
}

impl Inventory {
    /// Adds documents as one: all of them, in the order given, or none. A document that is there already is not added again, but
    /// its labels are.
    ///
    /// # Errors
    /// The store cannot be written. What was there is as it was.
    pub fn add(&mut self, intakes: &[Intake], now: Timestamp) -> Result<Vec<Added>, InventoryError> {
        if intakes.is_empty() {
            return Ok(Vec::new());
        }
        let shard = self.shard;
        let dictionary = &mut self.dictionary;
        let added = self.database.write(shard, |database| {
            let added = write::Batch { database, dictionary, shard, now: now.as_second() }.write(intakes)?;
            if added.iter().any(|added| added.state == AddedState::New) {
                crate::coverage::count_running(database, shard)?;
            }
            Ok(added)
        });
        match added {
            Ok(added) => {
                self.dictionary.keep();
                self.merge_segments()?;
                Ok(added)
            }
            Err(error) => {
                self.dictionary.forget();
                Err(error)
            }
        }
    }
}
