//! Numbers of documents, in blocks.
//!
//! Builds of one thing come one at a time, and builds of others come between them. Each line of builds takes its numbers from a
//! block of its own, so that they follow one another whenever they come, and a posting list is a few runs.

use std::collections::BTreeMap;

use super::dictionary::Counter;
use crate::error::InventoryError;
use crate::store::Database;

/// Numbers of the first block of a line, and of the largest. Each block is twice the one before.
const SMALLEST: i64 = 4;
const LARGEST: i64 = 64;

/// The block that a line of builds takes from.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    next: i64,
    end: i64,
    size: i64,
    changed: bool,
}

/// The blocks of some lines of builds.
pub(super) struct Blocks {
    held: BTreeMap<i64, Block>,
    counter: Counter,
}

impl Blocks {
    pub(super) fn open(database: &mut Database, shard: i64, lineages: &[i64]) -> Result<Self, InventoryError> {
        let mut held = BTreeMap::new();
        database.for_ints(
            "SELECT lineage, next, past, size FROM block WHERE shard = ?1 AND lineage = ?2",
            "SELECT lineage, next, past, size FROM block WHERE shard = ?1 AND lineage = ANY(?2)",
            shard,
            lineages,
            |row| {
                let block = Block { next: row.int(1)?, end: row.int(2)?, size: row.int(3)?, changed: false };
                held.insert(row.int(0)?, block);
                Ok(())
            },
        )?;
        Ok(Self { held, counter: Counter::open(database, shard, "document")? })
    }

    /// The next number of a line.
    pub(super) fn take(&mut self, lineage: i64) -> Result<u32, InventoryError> {
        let block = self.held.entry(lineage).or_default();
        if block.next >= block.end {
            block.size = block.size.saturating_mul(2).clamp(SMALLEST, LARGEST);
            block.next = self.counter.take_many(block.size)?;
            block.end = block.next.saturating_add(block.size);
        }
        let number = u32::try_from(block.next).map_err(|_| InventoryError::Full("documents"))?;
        block.next = block.next.saturating_add(1);
        block.changed = true;
        Ok(number)
    }

    pub(super) fn close(self, database: &mut Database, shard: i64) -> Result<(), InventoryError> {
        let changed: Vec<[i64; 4]> = self
            .held
            .iter()
            .filter(|(_, block)| block.changed)
            .map(|(lineage, block)| [*lineage, block.next, block.end, block.size])
            .collect();
        database.put_numbers(
            "INSERT INTO block (shard, lineage, next, past, size) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (shard, lineage) DO UPDATE SET next = excluded.next, past = excluded.past, size = excluded.size",
            "INSERT INTO block (shard, lineage, next, past, size) \
             SELECT ?1, * FROM unnest(?2::bigint[], ?3::bigint[], ?4::bigint[], ?5::bigint[]) \
             ON CONFLICT (shard, lineage) DO UPDATE SET next = excluded.next, past = excluded.past, size = excluded.size",
            shard,
            &changed,
        )?;
        self.counter.close(database, shard)
    }
}
