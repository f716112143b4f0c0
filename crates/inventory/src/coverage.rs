//! What an answer cannot speak of: documents that could not be read, and images that run and were never scanned.
//!
//! Both are counted when they change, so that an answer only has to look the numbers up.

use roaring::RoaringBitmap;

use crate::error::InventoryError;
use crate::lookup::number;
use crate::segments;
use crate::store::{Database, Value};

/// What an answer cannot speak of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CoverageCounts {
    /// Documents and images that could not be read.
    pub(crate) failed: u64,
    /// Digests that run somewhere and of which there is no document.
    pub(crate) never_scanned: u64,
}

const FAILED: &str = "failed";
const NEVER_SCANNED: &str = "never-scanned";

/// What an answer cannot speak of, as it was counted last.
pub(crate) fn coverage_counts(database: &mut Database, shard: i64) -> Result<CoverageCounts, InventoryError> {
    let mut counts = CoverageCounts::default();
    let sql = "SELECT name, next FROM counter WHERE shard = ?1 AND name IN ('failed', 'never-scanned')";
    database.query(sql, &[Value::Int(shard)], |row| {
        let count = u64::try_from(row.int(1)?).unwrap_or_default();
        if row.text(0)? == FAILED {
            counts.failed = count
        } else {
            counts.never_scanned = count
        }
        Ok(())
    })?;
    Ok(counts)
}

fn set(database: &mut Database, shard: i64, name: &'static str, count: i64) -> Result<(), InventoryError> {
    let sql = "INSERT INTO counter (shard, name, next) VALUES (?1, ?2, ?3) \
               ON CONFLICT (shard, name) DO UPDATE SET next = excluded.next";
    database.execute(sql, &[Value::Int(shard), Value::Text(name), Value::Int(count)]).map(drop)
}

/// Counts what could not be read: so many are new, so many can be by now.
pub(crate) fn add_failed(database: &mut Database, shard: i64, new: u64, gone: u64) -> Result<(), InventoryError> {
    let count = coverage_counts(database, shard)?.failed.saturating_add(new).saturating_sub(gone);
    set(database, shard, FAILED, i64::try_from(count).unwrap_or(i64::MAX))
}

/// Finds the artifacts that run, and counts the digests that do and are not known. Where nothing was ever said to run, nothing is done.
pub(crate) fn count_running(database: &mut Database, shard: i64) -> Result<(), InventoryError> {
    let any = "SELECT 1 FROM deployment WHERE shard = ?1 LIMIT 1";
    if database.one(any, &[Value::Int(shard)], |_| Ok(()))?.is_none() {
        return Ok(());
    }
    let mut running = RoaringBitmap::new();
    // What runs is named by the digest of a manifest, or of the index that it is part of.
    let sql = "SELECT a.id FROM deployment p JOIN artifact a ON a.shard = p.shard AND a.identity = p.identity \
               WHERE p.shard = ?1 AND p.ended = 0 \
               UNION SELECT l.artifact FROM deployment p JOIN alias l ON l.shard = p.shard AND l.value = p.digest \
               WHERE p.shard = ?1 AND p.ended = 0";
    database.query(sql, &[Value::Int(shard)], |row| {
        running.insert(number(row.int(0)?));
        Ok(())
    })?;
    let before = segments::mark(database, shard, "deployed")?;
    if running != before {
        let ever = segments::mark(database, shard, "was-deployed")? | &running;
        segments::set_mark(database, shard, "deployed", &running)?;
        segments::set_mark(database, shard, "was-deployed", &ever)?;
    }
    let sql = "SELECT count(DISTINCT p.digest) FROM deployment p WHERE p.shard = ?1 AND p.ended = 0 \
               AND NOT EXISTS (SELECT 1 FROM artifact a JOIN document d ON d.shard = a.shard AND d.artifact = a.id \
               WHERE a.shard = p.shard AND a.identity = p.identity) \
               AND NOT EXISTS (SELECT 1 FROM alias l JOIN document d ON d.shard = l.shard AND d.artifact = l.artifact \
               WHERE l.shard = p.shard AND l.value = p.digest)";
    let count = database.one(sql, &[Value::Int(shard)], |row| row.int(0))?.unwrap_or_default();
    set(database, shard, NEVER_SCANNED, count)
}
