//! Keeps the outlines of a batch.

use rustc_hash::FxHashMap;

use crate::error::InventoryError;
use crate::outline::{self, MAX_DEPTH, Outline, PART_BYTES, Press};
use crate::store::{Database, Value};

/// The newest document of a line of builds.
struct Newest {
    document: u32,
    /// How many differences follow from the last outline that is kept whole.
    depth: i64,
    outline: Outline,
}

/// The outlines of some lines of builds.
pub(crate) struct Outlines {
    press: Press,
    newest: FxHashMap<i64, Newest>,
    /// Document, base, bytes.
    rows: Vec<(u32, u32, Vec<u8>)>,
}

impl Outlines {
    pub(crate) fn open(database: &mut Database, shard: i64, lineages: &[i64]) -> Result<Self, InventoryError> {
        let mut parts: FxHashMap<i64, (i64, i64, Vec<u8>)> = FxHashMap::default();
        database.for_ints(
            "SELECT lineage, document, depth, data FROM latest WHERE shard = ?1 AND lineage = ?2 ORDER BY lineage, part",
            "SELECT lineage, document, depth, data FROM latest WHERE shard = ?1 AND lineage = ANY(?2) ORDER BY lineage, part",
            shard,
            lineages,
            |row| {
                let held = parts.entry(row.int(0)?).or_insert((row.int(1)?, row.int(2)?, Vec::new()));
                held.2.extend(row.blob(3)?);
                Ok(())
            },
        )?;
        let mut newest = FxHashMap::default();
        for (lineage, (document, depth, data)) in parts {
            let document = u32::try_from(document).map_err(|_| InventoryError::Full("documents"))?;
            newest.insert(lineage, Newest { document, depth, outline: outline::whole(&data)? });
        }
        Ok(Self { press: Press::new()?, newest, rows: Vec::new() })
    }

    /// The outline of the next document of a line.
    pub(crate) fn push(&mut self, lineage: i64, document: u32, outline: Outline) -> Result<(), InventoryError> {
        let mut next = Newest { document, depth: 0, outline };
        if let Some(before) = self.newest.remove(&lineage) {
            let difference = self.press.press(&outline::delta(&next.outline, &before.outline))?;
            let deep = before.depth >= MAX_DEPTH;
            // Builds that have little in common are kept whole.
            if deep || difference.len() > next.outline.len() {
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
    pub(crate) fn close(mut self, database: &mut Database, shard: i64, lineages: &[i64]) -> Result<(), InventoryError> {
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
            "INSERT INTO latest (shard, lineage, part, document, depth, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            "COPY latest (shard, lineage, part, document, depth, data) FROM STDIN BINARY",
            rows.iter().flat_map(|(lineage, document, depth, data)| {
                data.chunks(PART_BYTES).zip(0_i64..).map(move |(data, part)| {
                    let [lineage, part, document, depth] =
                        [*lineage, part, i64::from(*document), *depth].map(Value::Int);
                    [Value::Int(shard), lineage, part, document, depth, Value::Blob(data)]
                })
            }),
        )
    }
}
