//! Taking documents out again.
//!
//! What questions are put to is the set of live documents, so a document is gone once it is not in it. Its text goes at once; its number
//! stays in posting lists until their segments are merged. The artifact stays as a name, since findings and their history speak of it.

use std::collections::BTreeSet;

use crate::artifact::ArtifactId;
use crate::coverage;
use crate::error::InventoryError;
use crate::ingest::Outlines;
use crate::inventory::Inventory;
use crate::lookup::number;
use crate::outline;
use crate::segments;
use crate::store::{Database, Value};

/// What was taken out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// Artifacts of which no document is left.
    pub artifacts: u64,
    /// Documents.
    pub documents: u64,
}

/// The sets that documents are in.
const MARKS: [&str; 6] = ["live", "extra", "observed", "signed", "partial", "files"];

impl Inventory {
    /// Takes out all documents about some artifacts, as one.
    ///
    /// # Errors
    /// The store cannot be written. What was there is as it was.
    pub fn remove(&mut self, artifacts: &[ArtifactId]) -> Result<Removed, InventoryError> {
        let shard = self.shard;
        let wanted: BTreeSet<u32> =
            artifacts.iter().filter(|id| i64::from(id.shard) == shard).map(|id| id.number).collect();
        if wanted.is_empty() {
            return Ok(Removed::default());
        }
        self.database.write(shard, |database| {
            let mut removed = Removed::default();
            let (mut documents, mut lineages) = (Vec::new(), BTreeSet::new());
            for artifact in &wanted {
                let before = documents.len();
                let sql = "SELECT d.id, a.lineage FROM artifact a JOIN document d ON d.shard = a.shard AND d.artifact = a.id \
                           WHERE a.shard = ?1 AND a.id = ?2";
                database.query(sql, &[Value::Int(shard), Value::Int(i64::from(*artifact))], |row| {
                    documents.push(number(row.int(0)?));
                    lineages.insert(row.int(1)?);
                    Ok(())
                })?;
                if documents.len() > before {
                    removed.artifacts = removed.artifacts.saturating_add(1);
                }
            }
            removed.documents = documents.len() as u64;
            if documents.is_empty() {
                return Ok(removed);
            }
            for lineage in lineages {
                outlines(database, shard, lineage, &documents)?;
            }
            forget(database, shard, &documents)?;
            for name in MARKS {
                let mut set = segments::mark(database, shard, name)?;
                let before = set.len();
                documents.iter().for_each(|document| {
                    set.remove(*document);
                });
                if set.len() != before {
                    segments::set_mark(database, shard, name, &set)?;
                }
            }
            coverage::count_running(database, shard)?;
            Ok(removed)
        })
    }
}

/// Deletes the rows and texts of documents.
fn forget(database: &mut Database, shard: i64, documents: &[u32]) -> Result<(), InventoryError> {
    for document in documents {
        let key = [Value::Int(shard), Value::Int(i64::from(*document))];
        for sql in [
            "DELETE FROM document WHERE shard = ?1 AND id = ?2",
            "DELETE FROM body WHERE shard = ?1 AND document = ?2",
            "UPDATE attestation SET document = 0 WHERE shard = ?1 AND document = ?2",
        ] {
            database.execute(sql, &key)?;
        }
    }
    Ok(())
}

/// Writes the outlines of a line of builds anew without those of some documents: each leans on that of the next build.
fn outlines(database: &mut Database, shard: i64, lineage: i64, gone: &[u32]) -> Result<(), InventoryError> {
    let mut held = Vec::new();
    let sql = "SELECT d.id FROM artifact a JOIN document d ON d.shard = a.shard AND d.artifact = a.id \
               WHERE a.shard = ?1 AND a.lineage = ?2 ORDER BY d.id";
    database.query(sql, &[Value::Int(shard), Value::Int(lineage)], |row| {
        held.push(number(row.int(0)?));
        Ok(())
    })?;
    let mut kept = Vec::new();
    for document in held.iter().filter(|document| !gone.contains(document)) {
        kept.push((*document, outline::read(database, shard, *document)?));
    }
    for document in &held {
        let key = [Value::Int(shard), Value::Int(i64::from(*document))];
        database.execute("DELETE FROM outline WHERE shard = ?1 AND document = ?2", &key)?;
    }
    let key = [Value::Int(shard), Value::Int(lineage)];
    database.execute("DELETE FROM latest WHERE shard = ?1 AND lineage = ?2", &key)?;
    let mut outlines = Outlines::open(database, shard, &[lineage])?;
    for (document, outline) in kept {
        outlines.push(lineage, document, outline)?;
    }
    outlines.close(database, shard, &[lineage])
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::fixture::{Store, intake, sbom};
    use crate::{AddedState, ComponentQuery, Page, Query};

    #[test]
    fn what_was_removed_is_not_found_and_can_come_back() {
        let store = Store::new("removed");
        let mut inventory = Inventory::create(&store.location()).unwrap();
        let many: Vec<String> = (0..200).map(|number| format!("pkg:npm/part-{number}@1.0.0")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let documents: Vec<Vec<u8>> = (0..3).map(|build| sbom("shop", build, &many)).collect();
        let intakes: Vec<_> = documents.iter().map(|bytes| intake(bytes)).collect();
        let added = inventory.add(&intakes, Timestamp::UNIX_EPOCH).unwrap();
        let components = |inventory: &mut Inventory, at: usize| {
            let mut outlines = Vec::new();
            for added in added.iter().skip(at) {
                outlines.push(
                    outline::read(&mut inventory.database, 0, added.document.number).unwrap().components().count(),
                );
            }
            outlines
        };
        let found = |inventory: &mut Inventory| {
            let query = Query::Component(ComponentQuery::parse("pkg:npm/part-7").unwrap());
            inventory.find(&query, Page::default()).unwrap().artifacts
        };
        assert_eq!((found(&mut inventory), components(&mut inventory, 0)), (3, vec![200; 3]));
        let removed = inventory.remove(&[added[0].artifact, added[0].artifact]).unwrap();
        assert_eq!((removed.artifacts, removed.documents), (1, 1));
        assert_eq!((found(&mut inventory), components(&mut inventory, 1)), (2, vec![200; 2]));
        assert!(inventory.document(added[0].document).is_err());
        assert_eq!(inventory.document(added[1].document).unwrap().bytes, documents[1]);
        assert_eq!(inventory.remove(&[added[0].artifact]).unwrap(), Removed::default());
        // The newest, which the older ones lean on.
        inventory.remove(&[added[2].artifact]).unwrap();
        let left = outline::read(&mut inventory.database, 0, added[1].document.number).unwrap();
        assert_eq!((found(&mut inventory), left.components().count()), (1, 200));
        inventory.remove(&[added[1].artifact]).unwrap();
        assert_eq!(found(&mut inventory), 0);
        let again = inventory.add(&[intake(&documents[0])], Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(again[0].state, AddedState::New);
        assert_eq!(found(&mut inventory), 1);
    }
}
