//! Proves that an inventory holds together: what can be asked is worked out again from the documents, and compared.

use std::collections::BTreeMap;

use plimsoll_model::Limits;
use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

use crate::body::unpack;
use crate::error::InventoryError;
use crate::ingest::{BASENAME, Known, LICENSE, listed, split_text};
use crate::intake::{Collected, Context, Intake};
use crate::inventory::Inventory;
use crate::leaf::Lists;
use crate::outline;
use crate::posting;
use crate::segments::{self, PostingKind};
use crate::store::{Database, Value};

/// Faults that are told; more are only counted.
const TOLD: usize = 50;

/// What was proved, or was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Integrity {
    /// Documents that were read again.
    pub documents: u64,
    /// How much does not hold together.
    pub faults: u64,
    /// What, the first of it.
    pub told: Vec<String>,
}

impl Integrity {
    fn fault(&mut self, text: impl FnOnce() -> String) {
        self.faults = self.faults.saturating_add(1);
        if self.told.len() < TOLD {
            self.told.push(text());
        }
    }
}

/// The documents that have something: by kind of list and item.
type Held = BTreeMap<(i64, i64), RoaringBitmap>;

impl Inventory {
    /// Reads every document again, and compares what the inventory would answer from with what they say. As of one moment, with
    /// the posting lists of all documents in memory.
    ///
    /// # Errors
    /// The store cannot be read. What is wrong with what it says is in the result.
    pub fn verify_integrity(&mut self) -> Result<Integrity, InventoryError> {
        let shard = self.shard;
        let mut integrity = Integrity::default();
        self.database.read(|database| {
            if !database.is_postgres() {
                database.query("PRAGMA integrity_check", &[], |row| {
                    let says = row.text(0)?;
                    if says != "ok" {
                        integrity.fault(|| format!("SQLite: {says}"));
                    }
                    Ok(())
                })?;
            }
            let live = segments::mark(database, shard, "live")?;
            let mut expected = Held::new();
            let mut all = RoaringBitmap::new();
            let mut lookup = Lookup { shard, components: FxHashMap::default(), words: FxHashMap::default() };
            let mut after = 0;
            while let Some(document) = next(database, shard, after)? {
                after = document.id;
                integrity.documents = integrity.documents.saturating_add(1);
                let Ok(number) = u32::try_from(document.id) else { continue };
                all.insert(number);
                match again(database, &mut lookup, &document, number, &mut expected) {
                    Ok(()) => {}
                    Err(InventoryError::Damaged { table, reason }) => {
                        integrity.fault(|| format!("document {number}: {table}: {reason}"));
                    }
                    Err(error) => return Err(error),
                }
            }
            if !live.is_subset(&all) {
                integrity.fault(|| "documents are said to be there that are not".to_owned());
            }
            compare(&mut integrity, &expected, &stored(database, shard)?, &live);
            Ok(())
        })?;
        Ok(integrity)
    }
}

struct Stored {
    id: i64,
    content: Vec<u8>,
    components: i64,
    bytes: i64,
    data: Vec<u8>,
    artifact: i64,
}

/// The next document, with what belongs to it; what is missing is empty.
fn next(database: &mut Database, shard: i64, after: i64) -> Result<Option<Stored>, InventoryError> {
    let sql = "SELECT d.id, d.content, d.components, d.bytes, coalesce(b.data, d.content), coalesce(a.id, 0) FROM document d \
               LEFT JOIN body b ON b.shard = d.shard AND b.document = d.id \
               LEFT JOIN artifact a ON a.shard = d.shard AND a.id = d.artifact \
               WHERE d.shard = ?1 AND d.id > ?2 ORDER BY d.id LIMIT 1";
    database.one(sql, &[Value::Int(shard), Value::Int(after)], |row| {
        Ok(Stored {
            id: row.int(0)?,
            content: row.blob(1)?,
            components: row.int(2)?,
            bytes: row.int(3)?,
            data: row.blob(4)?,
            artifact: row.int(5)?,
        })
    })
}

/// Reads a document again, and adds what it says to what is expected.
fn again(
    database: &mut Database,
    lookup: &mut Lookup,
    document: &Stored,
    number: u32,
    expected: &mut Held,
) -> Result<(), InventoryError> {
    let damaged = |table, reason| InventoryError::Damaged { table, reason };
    if document.artifact == 0 {
        return Err(damaged("artifact", "a document without one"));
    }
    let bytes = unpack(&document.data, document.bytes)?;
    let intake = Intake::read(&bytes, &Context::default(), &Limits::DEFAULT)?;
    if intake.content.as_slice() != document.content.as_slice() {
        return Err(damaged("body", "not what was added"));
    }
    if i64::try_from(intake.components()).ok() != Some(document.components) {
        return Err(damaged("document", "another number of components"));
    }
    let items = lookup.items(database, &intake.collected)?;
    let mut numbers: Vec<u32> = items.iter().map(|known| known.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let outline = outline::read(database, lookup.shard, number)?;
    if !outline.components().eq(numbers) {
        return Err(damaged("outline", "other components than the document"));
    }
    let mut words = FxHashMap::default();
    for (kind, text) in licenses_and_basenames(&intake.collected) {
        words.insert((kind, text), lookup.word(database, kind, text)?);
    }
    let word = |kind, text: &str| words.get(&(kind, text)).copied();
    for known in &items {
        expected.entry((PostingKind::Component.number(), i64::from(known.number))).or_default().insert(number);
    }
    listed(&intake.collected, &items, word, &mut |kind, item| {
        expected.entry((kind.number(), item)).or_default().insert(number);
    })
    .ok_or_else(|| damaged("word", "a word without a number"))
}

fn licenses_and_basenames(collected: &Collected) -> impl Iterator<Item = (i64, &str)> {
    let licenses = collected.licenses.iter().map(|text| (LICENSE, text.as_str()));
    licenses.chain(collected.basenames.iter().map(|text| (BASENAME, text.as_str())))
}

/// Numbers that were given, looked up and never given here.
struct Lookup {
    shard: i64,
    components: FxHashMap<String, Known>,
    words: FxHashMap<(i64, String), u32>,
}

impl Lookup {
    fn items(&mut self, database: &mut Database, collected: &Collected) -> Result<Vec<Known>, InventoryError> {
        let mut items = Vec::with_capacity(collected.items.len());
        for item in &collected.items {
            let text = collected.text(*item);
            if let Some(known) = self.components.get(text) {
                items.push(*known);
                continue;
            }
            let split = split_text(text, item.purl);
            let sql = "SELECT c.id, c.digests FROM package p JOIN component c ON c.shard = p.shard AND c.package = p.id \
                       WHERE p.shard = ?1 AND p.prefix = ?2 AND c.tail = ?3";
            let values = [Value::Int(self.shard), Value::Text(&split.prefix), Value::Text(&split.tail)];
            let found = database.one(sql, &values, |row| Ok((row.int(0)?, row.int(1)?)))?;
            let found = found.and_then(|(id, digests)| Some(Known { number: u32::try_from(id).ok()?, digests }));
            let known = found.ok_or(InventoryError::Damaged { table: "component", reason: "one without a number" })?;
            self.components.insert(text.to_owned(), known);
            items.push(known);
        }
        Ok(items)
    }

    fn word(&mut self, database: &mut Database, kind: i64, text: &str) -> Result<u32, InventoryError> {
        if let Some(number) = self.words.get(&(kind, text.to_owned())) {
            return Ok(*number);
        }
        let sql = "SELECT id FROM word WHERE shard = ?1 AND kind = ?2 AND text = ?3";
        let values = [Value::Int(self.shard), Value::Int(kind), Value::Text(text)];
        let found = database.one(sql, &values, |row| row.int(0))?.and_then(|id| u32::try_from(id).ok());
        let number = found.ok_or(InventoryError::Damaged { table: "word", reason: "one without a number" })?;
        self.words.insert((kind, text.to_owned()), number);
        Ok(number)
    }
}

/// The posting lists of all segments together.
fn stored(database: &mut Database, shard: i64) -> Result<Held, InventoryError> {
    let mut held = Held::new();
    for segment in segments::numbers(database, shard)? {
        let sql = "SELECT kind, item, bits FROM posting WHERE shard = ?1 AND segment = ?2 ORDER BY kind, item";
        database.query(sql, &[Value::Int(shard), Value::Int(segment)], |row| {
            let (kind, bits) = (row.int(0)?, row.blob(2)?);
            let mut lists = Lists::new(row.int(1)?, &bits);
            while let Some((item, list)) = lists.next()? {
                posting::union_into(held.entry((kind, item)).or_default(), list)?;
            }
            Ok(())
        })?;
    }
    Ok(held)
}

/// Both ways: nothing is missing, and nothing is there that no document says.
fn compare(integrity: &mut Integrity, expected: &Held, stored: &Held, live: &RoaringBitmap) {
    let empty = RoaringBitmap::new();
    for (key, documents) in expected {
        let found = stored.get(key).unwrap_or(&empty);
        if documents & live != found & live {
            integrity.fault(|| format!("posting {key:?}: {documents:?} expected, {found:?} found"));
        }
    }
    for (key, found) in stored {
        if !expected.contains_key(key) && !found.is_disjoint(live) {
            integrity.fault(|| format!("posting {key:?}: {found:?} found, and no document says so"));
        }
    }
}
