//! Keeps the outlines of a batch.

use rustc_hash::FxHashMap;

use crate::error::InventoryError;
use crate::outline::{self, MAX_DEPTH, Outline, Press};
use crate::store::{Database, Value};

/// The newest document of a line of builds.
struct Newest {
    document: u32,
    /// How many differences follow from the last outline that is kept whole.
    depth: i64,
    outline: Outline,
}

/// The outlines of some lines of builds.
pub(super) struct Outlines {
    press: Press,
    newest: FxHashMap<i64, Newest>,
    /// Document, base, bytes.
    rows: Vec<(u32, u32, Vec<u8>)>,
}

impl Outlines {
    pub(super) fn open(database: &mut Database, shard: i64, lineages: &[i64]) -> Result<Self, InventoryError> {
        let mut newest = FxHashMap::default();
        database.for_ints(
            "SELECT lineage, document, depth, data FROM latest WHERE shard = ?1 AND lineage = ?2",
            "SELECT lineage, document, depth, data FROM latest WHERE shard = ?1 AND lineage = ANY(?2)",
            shard,
            lineages,
            |row| {
                let document = u32::try_from(row.int(1)?).map_err(|_| InventoryError::Full("documents"))?;
                let held = Newest { document, depth: row.int(2)?, outline: outline::whole(&row.blob(3)?)? };
                newest.insert(row.int(0)?, held);
                Ok(())
            },
        )?;
        Ok(Self { press: Press::new()?, newest, rows: Vec::new() })
    }

    /// The outline of the next document of a line.
    pub(super) fn push(&mut self, lineage: i64, document: u32, outline: Outline) -> Result<(), InventoryError> {
        let mut next = Newest { document, depth: 0, outline };
        if let Some(before) = self.newest.remove(&lineage) {
            let difference = self.press.press(&outline::delta(&next.outline, &before.outline))?;
            let deep = before.depth >= MAX_DEPTH;
            // Builds that have little in common are kept whole.
            if deep || difference.len() > next.outline.nodes.len() {
                let whole = self.press.press(&outline::delta(&Outline::default(), &before.outline))?;
                if deep || whole.len() <= difference.len() {
                    self.rows.push((before.document, 0, whole));
                    self.newest.insert(lineage, next);
                    return Ok(());
                }
            }
            next.depth = before.depth.saturating_add(1);
            self.rows.push((before.document, document, difference));
        }
        self.newest.insert(lineage, next);
        Ok(())
    }

    /// Writes all; `lineages` are those that were added to.
    pub(super) fn close(mut self, database: &mut Database, shard: i64, lineages: &[i64]) -> Result<(), InventoryError> {
        database.insert(
            "INSERT INTO outline (shard, document, base, data) VALUES (?1, ?2, ?3, ?4)",
            "COPY outline (shard, document, base, data) FROM STDIN BINARY",
            self.rows.iter().map(|(document, base, data)| {
                let [document, base] = [document, base].map(|number| Value::Int(i64::from(*number)));
                [Value::Int(shard), document, base, Value::Blob(data)]
            }),
        )?;
        database.for_ints(
            "DELETE FROM latest WHERE shard = ?1 AND lineage = ?2 RETURNING lineage",
            "DELETE FROM latest WHERE shard = ?1 AND lineage = ANY(?2) RETURNING lineage",
            shard,
            lineages,
            |_| Ok(()),
        )?;
        let mut rows = Vec::with_capacity(lineages.len());
        for lineage in lineages {
            if let Some(newest) = self.newest.get(lineage) {
                let whole = self.press.press(&outline::delta(&Outline::default(), &newest.outline))?;
                rows.push((*lineage, newest.document, newest.depth, whole));
            }
        }
        database.insert(
            "INSERT INTO latest (shard, lineage, document, depth, data) VALUES (?1, ?2, ?3, ?4, ?5)",
            "COPY latest (shard, lineage, document, depth, data) FROM STDIN BINARY",
            rows.iter().map(|(lineage, document, depth, data)| {
                let [lineage, document, depth] = [*lineage, i64::from(*document), *depth].map(Value::Int);
                [Value::Int(shard), lineage, document, depth, Value::Blob(data)]
            }),
        )
    }
}
