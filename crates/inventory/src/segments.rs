//! Segments of posting lists, and the sets that are kept whole.
//!
//! A batch is written as one segment, its lists in order of their keys. A question looks into every segment, so there may be only few:
//! eight of like size become one, of the next size.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::posting;
use crate::store::{Database, Value};

/// Segments of one size that become one.
const FAN: usize = 8;

/// Posting lists that are read at once when segments become one.
const READ_AT_ONCE: i64 = 20_000;

/// What a posting list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PostingKind {
    /// A component, by its number.
    Component,
    /// A licence, by its number.
    License,
    /// A component's digest, by its first eight bytes.
    Digest,
    /// A file's digest, by its first eight bytes.
    File,
    /// The last part of a file's path, by its number.
    Basename,
}

impl PostingKind {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Component => 0,
            Self::License => 1,
            Self::Digest => 2,
            Self::File => 3,
            Self::Basename => 4,
        }
    }
}

/// Writes a segment.
pub(crate) fn insert(
    database: &mut Database,
    shard: i64,
    segment: i64,
    documents: usize,
    lists: &[(PostingKind, i64, Vec<u8>)],
) -> Result<(), InventoryError> {
    let count = i64::try_from(documents).unwrap_or(i64::MAX);
    let values = [Value::Int(shard), Value::Int(segment), Value::Int(count)];
    database.execute("INSERT INTO segment (shard, id, documents) VALUES (?1, ?2, ?3)", &values)?;
    insert_lists(database, shard, segment, lists.iter().map(|(kind, item, bits)| (kind.number(), *item, bits)))
}

fn insert_lists<'l>(
    database: &mut Database,
    shard: i64,
    segment: i64,
    lists: impl IntoIterator<Item = (i64, i64, &'l Vec<u8>)>,
) -> Result<(), InventoryError> {
    database.insert(
        "INSERT INTO posting (shard, segment, kind, item, bits) VALUES (?1, ?2, ?3, ?4, ?5)",
        "COPY posting (shard, segment, kind, item, bits) FROM STDIN BINARY",
        lists.into_iter().map(|(kind, item, bits)| {
            [Value::Int(shard), Value::Int(segment), Value::Int(kind), Value::Int(item), Value::Blob(bits)]
        }),
    )
}

/// A set that is kept whole; empty when it is not there.
pub(crate) fn mark(database: &mut Database, shard: i64, name: &str) -> Result<RoaringBitmap, InventoryError> {
    let sql = "SELECT bits FROM mark WHERE shard = ?1 AND name = ?2";
    let bits = database.one(sql, &[Value::Int(shard), Value::Text(name)], |row| row.blob(0))?;
    bits.map_or_else(|| Ok(RoaringBitmap::new()), |bits| posting::decode(&bits))
}

/// Keeps a set.
pub(crate) fn set_mark(
    database: &mut Database,
    shard: i64,
    name: &str,
    set: &RoaringBitmap,
) -> Result<(), InventoryError> {
    let sql = "INSERT INTO mark (shard, name, bits) VALUES (?1, ?2, ?3) \
               ON CONFLICT (shard, name) DO UPDATE SET bits = excluded.bits";
    database.execute(sql, &[Value::Int(shard), Value::Text(name), Value::Blob(&posting::encode(set))]).map(drop)
}

/// All segments: number and how many documents.
fn all(database: &mut Database, shard: i64) -> Result<Vec<(i64, i64)>, InventoryError> {
    let mut segments = Vec::new();
    database.query("SELECT id, documents FROM segment WHERE shard = ?1 ORDER BY id", &[Value::Int(shard)], |row| {
        segments.push((row.int(0)?, row.int(1)?));
        Ok(())
    })?;
    Ok(segments)
}

/// The numbers of all segments.
pub(crate) fn numbers(database: &mut Database, shard: i64) -> Result<Vec<i64>, InventoryError> {
    Ok(all(database, shard)?.into_iter().map(|(segment, _)| segment).collect())
}

/// The size that a number of documents makes: its power of eight.
fn tier(documents: i64) -> u32 {
    documents.max(1).ilog2() / 3
}

/// The segments that should become one now, if any: the smallest that are enough.
fn due(segments: &[(i64, i64)]) -> Option<Vec<i64>> {
    let mut tiers: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
    for (segment, documents) in segments {
        tiers.entry(tier(*documents)).or_default().push(*segment);
    }
    tiers.into_values().find(|segments| segments.len() >= FAN)
}

impl Inventory {
    /// Makes few segments of many, until none are due.
    pub(crate) fn merge_segments(&mut self) -> Result<(), InventoryError> {
        let shard = self.shard;
        loop {
            if due(&all(&mut self.database, shard)?).is_none() {
                return Ok(());
            }
            self.database.write(shard, |database| {
                // Another process may have been faster.
                let segments = all(database, shard)?;
                due(&segments).map_or(Ok(()), |due| merge(database, shard, &segments, &due))
            })?;
        }
    }
}

/// Makes one segment of several, leaving out documents that are gone.
fn merge(database: &mut Database, shard: i64, all: &[(i64, i64)], due: &[i64]) -> Result<(), InventoryError> {
    let live = mark(database, shard, "live")?;
    let documents =
        all.iter().filter(|(segment, _)| due.contains(segment)).map(|(_, documents)| documents).sum::<i64>();
    let mut counter = crate::ingest::Counter::open(database, shard, "segment")?;
    let segment = i64::from(counter.take()?);
    counter.close(database, shard)?;
    let values = [Value::Int(shard), Value::Int(segment), Value::Int(documents)];
    database.execute("INSERT INTO segment (shard, id, documents) VALUES (?1, ?2, ?3)", &values)?;
    let mut cursors: Vec<Cursor> = due.iter().map(|segment| Cursor::new(*segment)).collect();
    loop {
        for cursor in &mut cursors {
            cursor.fill(database, shard)?;
        }
        // Up to the first place where some segment has more that was not read.
        let limit = cursors.iter().filter(|cursor| !cursor.done).filter_map(|cursor| cursor.last).min();
        let mut lists: BTreeMap<(i64, i64), Vec<Vec<u8>>> = BTreeMap::new();
        for cursor in &mut cursors {
            cursor.take(limit, &mut lists);
        }
        if lists.is_empty() && limit.is_none() {
            break;
        }
        let mut merged = Vec::with_capacity(lists.len());
        for ((kind, item), parts) in lists {
            let mut set = RoaringBitmap::new();
            for part in &parts {
                posting::union_into(&mut set, part)?;
            }
            set &= &live;
            if !set.is_empty() {
                merged.push((kind, item, posting::encode(&set)));
            }
        }
        insert_lists(database, shard, segment, merged.iter().map(|(kind, item, bits)| (*kind, *item, bits)))?;
    }
    for segment in due {
        let values = [Value::Int(shard), Value::Int(*segment)];
        database.execute("DELETE FROM posting WHERE shard = ?1 AND segment = ?2", &values)?;
        database.execute("DELETE FROM segment WHERE shard = ?1 AND id = ?2", &values)?;
    }
    Ok(())
}

/// Reads the lists of a segment in the order of their keys.
struct Cursor {
    segment: i64,
    /// The key of the last list that was read.
    last: Option<(i64, i64)>,
    done: bool,
    lists: std::collections::VecDeque<((i64, i64), Vec<u8>)>,
}

impl Cursor {
    fn new(segment: i64) -> Self {
        Self { segment, last: None, done: false, lists: std::collections::VecDeque::new() }
    }

    /// Reads more when there is nothing left.
    fn fill(&mut self, database: &mut Database, shard: i64) -> Result<(), InventoryError> {
        if self.done || !self.lists.is_empty() {
            return Ok(());
        }
        let (kind, item) = self.last.unwrap_or((-1, 0));
        let sql = "SELECT kind, item, bits FROM posting WHERE shard = ?1 AND segment = ?2 AND (kind, item) > (?3, ?4) \
                   ORDER BY kind, item LIMIT ?5";
        let values =
            [Value::Int(shard), Value::Int(self.segment), Value::Int(kind), Value::Int(item), Value::Int(READ_AT_ONCE)];
        let lists = &mut self.lists;
        database.query(sql, &values, |row| {
            lists.push_back(((row.int(0)?, row.int(1)?), row.blob(2)?));
            Ok(())
        })?;
        self.done = i64::try_from(self.lists.len()).is_ok_and(|count| count < READ_AT_ONCE);
        self.last = self.lists.back().map(|(key, _)| *key).or(self.last);
        Ok(())
    }

    /// Hands over the lists up to a key, or all.
    fn take(&mut self, limit: Option<(i64, i64)>, lists: &mut BTreeMap<(i64, i64), Vec<Vec<u8>>>) {
        while let Some((key, _)) = self.lists.front()
            && limit.is_none_or(|limit| *key <= limit)
        {
            if let Some((key, bits)) = self.lists.pop_front() {
                lists.entry(key).or_default().push(bits);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_of_a_size() {
        assert_eq!((tier(0), tier(1), tier(7), tier(8), tier(63), tier(64)), (0, 0, 0, 1, 1, 2));
        let mut segments: Vec<(i64, i64)> = (1..8).map(|segment| (segment, 1)).collect();
        assert_eq!(due(&segments), None);
        segments.push((8, 7));
        assert_eq!(due(&segments).map(|due| due.len()), Some(8));
    }
}
