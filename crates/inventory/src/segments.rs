//! Segments of posting lists, and the sets that are kept whole.
//!
//! A batch is written as one segment, its lists in order of their keys. A question looks into every segment, so there may be only few:
//! eight of like size become one, of the next size.

use std::collections::BTreeMap;
use std::ops::Range;

use roaring::RoaringBitmap;

use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::leaf::{Leaves, Lists};
use crate::posting;
use crate::store::{Database, Value};

/// Segments of one size that become one.
const FAN: usize = 8;

/// Leaves of a segment that are read at once when segments become one.
const READ_AT_ONCE: i64 = 200;

/// Leaves that are made before they are written.
const WRITTEN_AT_ONCE: usize = 200;

/// What a posting list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PostingKind {
    /// A component, by its number.
    Component,
    /// A licence, by its number.
    License,
    /// A component's digest that is not among its usual ones, by its first eight bytes.
    Digest,
    /// A file's digest, by its first eight bytes.
    File,
    /// The last part of a file's path, by its number.
    Basename,
    /// A component, by its number, in documents that do not say its usual digests.
    Unusual,
    /// A layer that brought a component in, by the first eight bytes of its digest.
    Layer,
}

impl PostingKind {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Component => 0,
            Self::License => 1,
            Self::Digest => 2,
            Self::File => 3,
            Self::Basename => 4,
            Self::Unusual => 5,
            Self::Layer => 6,
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
    let mut leaves = Vec::new();
    for lists in lists.chunk_by(|left, right| left.0 == right.0) {
        let Some((kind, ..)) = lists.first() else { continue };
        let mut held = Leaves::default();
        lists.iter().for_each(|(_, item, bits)| held.push(*item, bits));
        leaves.extend(held.finish().into_iter().map(|(first, bytes)| (kind.number(), first, bytes)));
    }
    insert_leaves(database, shard, segment, &leaves)
}

/// Writes leaves: kind, first item, lists.
fn insert_leaves(
    database: &mut Database,
    shard: i64,
    segment: i64,
    leaves: &[(i64, i64, Vec<u8>)],
) -> Result<(), InventoryError> {
    database.insert(
        "INSERT INTO posting (shard, segment, kind, item, bits) VALUES (?1, ?2, ?3, ?4, ?5)",
        "COPY posting (shard, segment, kind, item, bits) FROM STDIN BINARY",
        leaves.iter().map(|(kind, item, bits)| {
            [Value::Int(shard), Value::Int(segment), Value::Int(*kind), Value::Int(*item), Value::Blob(bits)]
        }),
    )
}

/// Reads the lists of some items, which are in order, from every segment; they come in no order.
pub(crate) fn read(
    database: &mut Database,
    shard: i64,
    segments: &[i64],
    kind: PostingKind,
    items: &[i64],
    mut each: impl FnMut(i64, &[u8]) -> Result<(), InventoryError>,
) -> Result<(), InventoryError> {
    if database.is_postgres() {
        // One question for all segments.
        return database.for_leaves(shard, kind.number(), segments, items, |row| {
            let (first, bits) = (row.int(0)?, row.blob(1)?);
            let from = items.partition_point(|item| *item < first);
            wanted(items.get(from..).unwrap_or_default(), first, &bits, &mut each).map(drop)
        });
    }
    let sql = "SELECT item, bits FROM posting WHERE shard = ?1 AND segment = ?2 AND kind = ?3 AND item <= ?4 \
               ORDER BY item DESC LIMIT 1";
    for segment in segments {
        let mut rest = items;
        let mut before = None;
        while let Some((item, after)) = rest.split_first() {
            let key = [Value::Int(shard), Value::Int(*segment), Value::Int(kind.number()), Value::Int(*item)];
            let mut passed = 0;
            database.query(sql, &key, |row| {
                let first = row.int(0)?;
                // Past the end of the leaf that was just read.
                if before.replace(first) != Some(first) {
                    passed = wanted(rest, first, &row.blob(1)?, &mut each)?;
                }
                Ok(())
            })?;
            rest = rest.get(passed..).filter(|_| passed > 0).unwrap_or(after);
        }
    }
    Ok(())
}

/// Hands over those lists of a leaf that are wanted; how many of `items` it has passed.
fn wanted(
    items: &[i64],
    first: i64,
    bytes: &[u8],
    each: &mut impl FnMut(i64, &[u8]) -> Result<(), InventoryError>,
) -> Result<usize, InventoryError> {
    let mut passed = 0_usize;
    let mut lists = Lists::new(first, bytes);
    while let Some((item, list)) = lists.next()? {
        while items.get(passed).is_some_and(|wanted| *wanted < item) {
            passed = passed.saturating_add(1);
        }
        match items.get(passed) {
            None => break,
            Some(wanted) if *wanted == item => {
                each(item, list)?;
                passed = passed.saturating_add(1);
            }
            Some(_) => {}
        }
    }
    Ok(passed)
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
    let mut leaves: Option<(i64, Leaves)> = None;
    let (mut runs, mut alone) = (Vec::new(), Vec::new());
    let mut cursors: Vec<Cursor> = due.iter().map(|segment| Cursor::new(*segment)).collect();
    loop {
        for cursor in &mut cursors {
            cursor.fill(database, shard)?;
        }
        let Some((kind, item)) = cursors.iter().filter_map(Cursor::key).min() else { break };
        runs.clear();
        let mut parts = 0_usize;
        for cursor in cursors.iter_mut().filter(|cursor| cursor.key() == Some((kind, item))) {
            let list = cursor.take();
            posting::read_runs(list, &mut runs)?;
            parts = parts.saturating_add(1);
            if parts == 1 {
                alone.clear();
                alone.extend_from_slice(list);
            }
        }
        let held = match &mut leaves {
            Some((of, held)) if *of == kind => held,
            _ => {
                let done = leaves.replace((kind, Leaves::default()));
                finish(database, shard, segment, done)?;
                let Some((_, held)) = &mut leaves else { continue };
                held
            }
        };
        match join(&mut runs, &live) {
            Joined::All if parts == 1 => held.push(item, &alone),
            Joined::All => held.push(item, &posting::encode_runs(&runs)),
            Joined::Some(list) => held.push(item, &list),
            Joined::None => {}
        }
        if held.full() >= WRITTEN_AT_ONCE {
            let full: Vec<_> = held.take().into_iter().map(|(first, bytes)| (kind, first, bytes)).collect();
            insert_leaves(database, shard, segment, &full)?;
        }
    }
    finish(database, shard, segment, leaves)?;
    for segment in due {
        let values = [Value::Int(shard), Value::Int(*segment)];
        database.execute("DELETE FROM posting WHERE shard = ?1 AND segment = ?2", &values)?;
        database.execute("DELETE FROM segment WHERE shard = ?1 AND id = ?2", &values)?;
    }
    Ok(())
}

/// Writes the last leaves of a kind.
fn finish(
    database: &mut Database,
    shard: i64,
    segment: i64,
    leaves: Option<(i64, Leaves)>,
) -> Result<(), InventoryError> {
    let Some((kind, leaves)) = leaves else { return Ok(()) };
    let last: Vec<_> = leaves.finish().into_iter().map(|(first, bytes)| (kind, first, bytes)).collect();
    insert_leaves(database, shard, segment, &last)
}

/// What is left of a list.
enum Joined {
    /// All of it.
    All,
    /// These documents.
    Some(Vec<u8>),
    None,
}

/// Puts the runs of several lists in order, and leaves out the documents that are gone.
fn join(runs: &mut Vec<(u32, u32)>, live: &RoaringBitmap) -> Joined {
    posting::join_runs(runs);
    if runs.iter().all(|(first, last)| live.contains_range(*first..=*last)) {
        return Joined::All;
    }
    let mut set = RoaringBitmap::new();
    for (first, last) in runs.iter() {
        set.insert_range(*first..=*last);
    }
    set &= live;
    if set.is_empty() { Joined::None } else { Joined::Some(posting::encode(&set)) }
}

/// Kind and item of a list.
type ListKey = (i64, i64);

/// Reads the lists of a segment in the order of their keys.
struct Cursor {
    segment: i64,
    /// The key of the last leaf that was read.
    leaf: ListKey,
    done: bool,
    /// Lists that were read: the key, and where they are in `bytes`.
    lists: Vec<(ListKey, Range<usize>)>,
    bytes: Vec<u8>,
    /// How many of them were taken.
    taken: usize,
}

impl Cursor {
    fn new(segment: i64) -> Self {
        Self { segment, leaf: (-1, 0), done: false, lists: Vec::new(), bytes: Vec::new(), taken: 0 }
    }

    /// Reads more when there is nothing left.
    fn fill(&mut self, database: &mut Database, shard: i64) -> Result<(), InventoryError> {
        if self.done || self.taken < self.lists.len() {
            return Ok(());
        }
        self.lists.clear();
        self.bytes.clear();
        self.taken = 0;
        let sql = "SELECT kind, item, bits FROM posting WHERE shard = ?1 AND segment = ?2 AND (kind, item) > (?3, ?4) \
                   ORDER BY kind, item LIMIT ?5";
        let (kind, item) = self.leaf;
        let values =
            [Value::Int(shard), Value::Int(self.segment), Value::Int(kind), Value::Int(item), Value::Int(READ_AT_ONCE)];
        let (lists, bytes, leaf) = (&mut self.lists, &mut self.bytes, &mut self.leaf);
        let mut count = 0_i64;
        database.query(sql, &values, |row| {
            let (kind, first, bits) = (row.int(0)?, row.int(1)?, row.blob(2)?);
            let mut held = Lists::new(first, &bits);
            while let Some((item, list)) = held.next()? {
                let start = bytes.len();
                bytes.extend_from_slice(list);
                lists.push(((kind, item), start..bytes.len()));
            }
            *leaf = (kind, first);
            count = count.saturating_add(1);
            Ok(())
        })?;
        self.done = count < READ_AT_ONCE;
        Ok(())
    }

    /// The key of the next list.
    fn key(&self) -> Option<ListKey> {
        self.lists.get(self.taken).map(|(key, _)| *key)
    }

    /// The next list.
    fn take(&mut self) -> &[u8] {
        let range = self.lists.get(self.taken).map(|(_, range)| range.clone()).unwrap_or_default();
        self.taken = self.taken.saturating_add(1);
        self.bytes.get(range).unwrap_or_default()
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
