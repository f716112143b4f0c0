//! Documents about one artifact, taken together.
//!
//! Posting lists speak of documents, and people ask about artifacts. Most artifacts have one document, so the sets of documents
//! are kept, and only those of artifacts that have more are looked up.

use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

use crate::error::InventoryError;
use crate::lookup::number;
use crate::segments;
use crate::store::{Database, Value};

/// From how many documents on all are read in one go.
const MANY: u64 = 2000;

/// Artifacts that have several documents.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// Documents of artifacts that have several.
    several: RoaringBitmap,
    /// Documents of those that are not the first of their artifact.
    pub(crate) extra: RoaringBitmap,
    /// The place in `members` of each.
    place: FxHashMap<u32, usize>,
    members: Vec<Vec<u32>>,
}

impl Groups {
    /// Of the documents that questions are put to.
    pub(crate) fn load(database: &mut Database, shard: i64, live: &RoaringBitmap) -> Result<Self, InventoryError> {
        let extra = segments::mark(database, shard, "extra")? & live;
        if extra.is_empty() {
            return Ok(Self::default());
        }
        let mut pairs: Vec<(i64, u32)> = Vec::new();
        let mut take = |row: &crate::store::Row<'_>| {
            let document = number(row.int(1)?);
            if live.contains(document) {
                pairs.push((row.int(0)?, document));
            }
            Ok(())
        };
        if extra.len() > MANY {
            database.query("SELECT artifact, id FROM document WHERE shard = ?1", &[Value::Int(shard)], take)?;
        } else {
            let keys: Vec<i64> = extra.iter().map(i64::from).collect();
            database.for_ints(
                "SELECT o.artifact, o.id FROM document d \
                 JOIN document o ON o.shard = d.shard AND o.artifact = d.artifact WHERE d.shard = ?1 AND d.id = ?2",
                "SELECT o.artifact, o.id FROM document d \
                 JOIN document o ON o.shard = d.shard AND o.artifact = d.artifact WHERE d.shard = ?1 AND d.id = ANY(?2)",
                shard,
                &keys,
                &mut take,
            )?;
        }
        pairs.sort_unstable();
        pairs.dedup();
        Ok(Self::of(&pairs))
    }

    /// Of pairs of artifact and document, in order.
    fn of(pairs: &[(i64, u32)]) -> Self {
        let mut groups = Self::default();
        for chunk in pairs.chunk_by(|left, right| left.0 == right.0).filter(|chunk| chunk.len() > 1) {
            let members: Vec<u32> = chunk.iter().map(|(_, document)| *document).collect();
            for document in &members {
                groups.several.insert(*document);
                groups.place.insert(*document, groups.members.len());
            }
            groups.extra.extend(members.iter().skip(1));
            groups.members.push(members);
        }
        groups
    }

    /// All documents of the artifacts that some documents are about.
    pub(crate) fn expand(&self, documents: &mut RoaringBitmap) {
        if self.several.is_disjoint(documents) {
            return;
        }
        for document in &*documents & &self.several {
            documents.extend(self.of_document(document));
        }
    }

    /// The documents about the artifact that a document is about; nothing when it is the only one.
    fn of_document(&self, document: u32) -> &[u32] {
        self.place.get(&document).and_then(|place| self.members.get(*place)).map_or(&[], Vec::as_slice)
    }

    /// The documents about the artifact that a document is about, oldest first.
    pub(crate) fn together(&self, document: u32) -> Vec<u32> {
        match self.of_document(document) {
            [] => vec![document],
            members => members.to_vec(),
        }
    }

    /// How many artifacts some documents are about.
    pub(crate) fn count(&self, documents: &RoaringBitmap) -> u64 {
        let mut places: Vec<usize> =
            (documents & &self.several).iter().filter_map(|document| self.place.get(&document).copied()).collect();
        let single = documents.len().saturating_sub(places.len() as u64);
        places.sort_unstable();
        places.dedup();
        single.saturating_add(places.len() as u64)
    }
}
