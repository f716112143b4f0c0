//! Taking documents out again.
//!
//! What questions are put to is the set of live documents, so a document is gone once it is not in it. Its text goes at once; its number
//! stays in posting lists until their segments are merged. The artifact stays as a name, since findings and their history speak of it.

use std::collections::BTreeSet;

use crate::artifact::ArtifactId;
use crate::coverage;
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup::number;
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
            let bases = forget(database, shard, &documents)?;
            outlines(database, shard, &documents, &bases, &lineages)?;
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

/// Deletes the rows and texts of documents; what their outlines were compressed against.
fn forget(database: &mut Database, shard: i64, documents: &[u32]) -> Result<BTreeSet<i64>, InventoryError> {
    let mut bases = BTreeSet::new();
    for document in documents {
        let key = [Value::Int(shard), Value::Int(i64::from(*document))];
        let sql = "SELECT base FROM outline WHERE shard = ?1 AND document = ?2";
        bases.extend(database.one(sql, &key, |row| row.int(0))?.filter(|base| *base != 0));
        for sql in [
            "DELETE FROM document WHERE shard = ?1 AND id = ?2",
            "DELETE FROM body WHERE shard = ?1 AND document = ?2",
            "UPDATE attestation SET document = 0 WHERE shard = ?1 AND document = ?2",
        ] {
            database.execute(sql, &key)?;
        }
    }
    Ok(bases)
}

/// Deletes the outlines of documents that are gone, but for those that others are compressed against: outlines lean only on those of
/// the same line of builds.
fn outlines(
    database: &mut Database,
    shard: i64,
    documents: &[u32],
    bases: &BTreeSet<i64>,
    lineages: &BTreeSet<i64>,
) -> Result<(), InventoryError> {
    let mut needed = BTreeSet::new();
    let mut held = BTreeSet::new();
    for lineage in lineages {
        let sql = "SELECT o.base, o.document FROM artifact a JOIN document d ON d.shard = a.shard AND d.artifact = a.id \
                   JOIN outline o ON o.shard = d.shard AND o.document = d.id WHERE a.shard = ?1 AND a.lineage = ?2";
        database.query(sql, &[Value::Int(shard), Value::Int(*lineage)], |row| {
            needed.insert(row.int(0)?);
            held.insert(row.int(1)?);
            Ok(())
        })?;
    }
    let gone = documents.iter().map(|document| i64::from(*document)).chain(bases.iter().copied());
    for document in gone.filter(|document| !needed.contains(document) && !held.contains(document)) {
        let key = [Value::Int(shard), Value::Int(document)];
        database.execute("DELETE FROM outline WHERE shard = ?1 AND document = ?2", &key)?;
    }
    Ok(())
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
        let outlines = |inventory: &mut Inventory| {
            inventory.database.one("SELECT count(*) FROM outline WHERE shard = ?1", &[Value::Int(0)], |row| row.int(0))
        };
        let found = |inventory: &mut Inventory| {
            let query = Query::Component(ComponentQuery::parse("pkg:npm/part-7").unwrap());
            inventory.find(&query, Page::default()).unwrap().artifacts
        };
        assert_eq!((found(&mut inventory), outlines(&mut inventory).unwrap()), (3, Some(3)));
        // The first outline is what the others are compressed against.
        let removed = inventory.remove(&[added[0].artifact, added[0].artifact]).unwrap();
        assert_eq!((removed.artifacts, removed.documents), (1, 1));
        assert_eq!((found(&mut inventory), outlines(&mut inventory).unwrap()), (2, Some(3)));
        assert!(inventory.document(added[0].document).is_err());
        assert_eq!(inventory.document(added[1].document).unwrap().bytes, documents[1]);
        assert_eq!(inventory.remove(&[added[0].artifact]).unwrap(), Removed::default());
        inventory.remove(&[added[1].artifact, added[2].artifact]).unwrap();
        assert_eq!((found(&mut inventory), outlines(&mut inventory).unwrap()), (0, Some(0)));
        let again = inventory.add(&[intake(&documents[0])], Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(again[0].state, AddedState::New);
        assert_eq!(found(&mut inventory), 1);
    }
}
