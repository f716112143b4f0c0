//! Answers, with how many artifacts could have been in them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use roaring::RoaringBitmap;

use crate::artifact::{ArtifactId, ArtifactSummary, Claim, Coverage, Label};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::page::Page;
use crate::query::{Hits, Query, Searcher};
use crate::segments;
use crate::store::{Database, Value};

/// How many artifacts there are, and how many of them could not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Denominator {
    /// Artifacts that have a document.
    pub artifacts: u64,
    /// Those whose documents do not say that something is missing.
    pub complete: u64,
    /// Those whose documents say that something is missing.
    pub partial: u64,
    /// Those that the question could not be put to: it is about files, and they list none.
    pub unsearched: u64,
    /// When the oldest document was added.
    pub oldest: Option<Timestamp>,
}

/// An artifact that a question is true of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnswerRow {
    /// The artifact.
    pub artifact: ArtifactSummary,
    /// The components that were asked for and are in it: purls, or names and versions.
    pub components: Vec<String>,
    /// Who says it, by the best of its documents.
    pub claim: Claim,
    /// How much its documents cover.
    pub coverage: Coverage,
}

/// An answer: counts first, then a page of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// How many artifacts the question is true of.
    pub artifacts: u64,
    /// How many components were asked for and found anywhere.
    pub components: u64,
    /// The page; builds of one thing come one after another, oldest first.
    pub rows: Vec<AnswerRow>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<u64>,
    /// Out of what.
    pub denominator: Denominator,
}

impl Inventory {
    /// Answers a question, as of one moment.
    ///
    /// # Errors
    /// The question has a pattern that cannot be read, or the store cannot be.
    pub fn find(&mut self, query: &Query, page: Page) -> Result<Answer, InventoryError> {
        let shard = self.shard;
        self.database.read(|database| {
            let mut searcher = Searcher::new(database, shard)?;
            let hits = searcher.hits(query)?;
            let live = std::mem::take(&mut searcher.live);
            answer(database, shard, &hits, &live, page)
        })
    }
}

fn answer(
    database: &mut Database,
    shard: i64,
    hits: &Hits,
    live: &RoaringBitmap,
    page: Page,
) -> Result<Answer, InventoryError> {
    let extra = segments::mark(database, shard, "extra")?;
    let partial = segments::mark(database, shard, "partial")?;
    let count = |database: &mut Database, set: &RoaringBitmap| artifacts(database, shard, set, &extra);
    let mut answer = Answer { artifacts: count(database, &hits.documents)?, ..Answer::default() };
    answer.components = hits.components.len() as u64;
    let all = live.len().saturating_sub((live & &extra).len());
    let partial = count(database, &(live & partial))?;
    answer.denominator = Denominator {
        artifacts: all,
        complete: all.saturating_sub(partial),
        partial,
        unsearched: count(database, &hits.unsearched)?,
        oldest: None,
    };
    answer.denominator.oldest = oldest(database, shard, live)?;
    // Rows are artifacts; one with several documents is shown at its first.
    let mut rows: BTreeMap<u32, (u32, Vec<u32>)> = BTreeMap::new();
    let mut first_of: BTreeMap<u32, u32> = BTreeMap::new();
    let start = page.after.map_or(0, |after| u32::try_from(after.saturating_add(1)).unwrap_or(u32::MAX));
    let mut more = false;
    for document in hits.documents.range(start..) {
        let sql = "SELECT artifact FROM document WHERE shard = ?1 AND id = ?2";
        let values = [Value::Int(shard), Value::Int(i64::from(document))];
        let Some(artifact) = database.one(sql, &values, |row| row.int(0))?.and_then(|id| u32::try_from(id).ok()) else {
            continue;
        };
        if let Some(first) = first_of.get(&artifact) {
            if let Some((_, documents)) = rows.get_mut(first) {
                documents.push(document);
            }
            continue;
        }
        if extra.contains(document) && page.after.is_some() && is_shown_before(database, shard, artifact, hits, start)?
        {
            continue;
        }
        if rows.len() >= page.rows {
            more = true;
            break;
        }
        first_of.insert(artifact, document);
        rows.insert(document, (artifact, vec![document]));
        answer.next = Some(u64::from(document));
    }
    if !more {
        answer.next = None;
    }
    for (artifact, documents) in rows.into_values() {
        answer.rows.push(row(database, shard, artifact, &documents, hits)?);
    }
    Ok(answer)
}

/// When the oldest document was added.
fn oldest(database: &mut Database, shard: i64, live: &RoaringBitmap) -> Result<Option<Timestamp>, InventoryError> {
    let (mut after, mut last) = ((i64::MIN, 0), None);
    while last.is_none() {
        let start = after;
        let sql =
            "SELECT added, id FROM document WHERE shard = ?1 AND (added, id) > (?2, ?3) ORDER BY added, id LIMIT 100";
        database.query(sql, &[Value::Int(shard), Value::Int(start.0), Value::Int(start.1)], |row| {
            after = (row.int(0)?, row.int(1)?);
            if last.is_none() && u32::try_from(after.1).is_ok_and(|document| live.contains(document)) {
                last = Some(after.0);
            }
            Ok(())
        })?;
        if after == start {
            break;
        }
    }
    Ok(last.and_then(time))
}

/// Whether an artifact has a document on an earlier page.
fn is_shown_before(
    database: &mut Database,
    shard: i64,
    artifact: u32,
    hits: &Hits,
    start: u32,
) -> Result<bool, InventoryError> {
    let mut before = false;
    let sql = "SELECT id FROM document WHERE shard = ?1 AND artifact = ?2";
    database.query(sql, &[Value::Int(shard), Value::Int(i64::from(artifact))], |row| {
        let document = u32::try_from(row.int(0)?).unwrap_or(u32::MAX);
        before |= document < start && hits.documents.contains(document);
        Ok(())
    })?;
    Ok(before)
}

/// How many artifacts some documents are about. Most artifacts have one document, so few have to be looked up.
pub(crate) fn artifacts(
    database: &mut Database,
    shard: i64,
    documents: &RoaringBitmap,
    extra: &RoaringBitmap,
) -> Result<u64, InventoryError> {
    let more = documents & extra;
    let mut count = documents.len().saturating_sub(more.len());
    let more: Vec<i64> = more.iter().map(i64::from).collect();
    let mut others: BTreeMap<i64, bool> = BTreeMap::new();
    database.for_ints(
        "SELECT o.artifact, o.id FROM document d JOIN document o ON o.shard = d.shard AND o.artifact = d.artifact \
         WHERE d.shard = ?1 AND d.id = ?2",
        "SELECT o.artifact, o.id FROM document d JOIN document o ON o.shard = d.shard AND o.artifact = d.artifact \
         WHERE d.shard = ?1 AND d.id = ANY(?2)",
        shard,
        &more,
        |row| {
            let document = u32::try_from(row.int(1)?).unwrap_or(u32::MAX);
            let counted = documents.contains(document) && !extra.contains(document);
            *others.entry(row.int(0)?).or_default() |= counted;
            Ok(())
        },
    )?;
    count = count.saturating_add(others.values().filter(|counted| !**counted).count() as u64);
    Ok(count)
}

fn row(
    database: &mut Database,
    shard: i64,
    artifact: u32,
    documents: &[u32],
    hits: &Hits,
) -> Result<AnswerRow, InventoryError> {
    let artifact = summary(database, shard, artifact)?;
    let mut components = Vec::new();
    for (component, set) in &hits.components {
        if documents.iter().any(|document| set.contains(*document)) {
            components.push(component_text(database, shard, *component)?);
        }
    }
    components.sort_unstable();
    let (mut claim, mut coverage) = (Claim::Unsigned, Coverage::Complete);
    for document in documents {
        let sql = "SELECT claim, coverage FROM document WHERE shard = ?1 AND id = ?2";
        let values = [Value::Int(shard), Value::Int(i64::from(*document))];
        let says = database
            .one(sql, &values, |row| Ok((Claim::from_number(row.int(0)?), Coverage::from_number(row.int(1)?))))?;
        if let Some((held, covers)) = says {
            claim = claim.min(held);
            coverage = coverage.max(covers);
        }
    }
    Ok(AnswerRow { artifact, components, claim, coverage })
}

/// The purl of a component, or its name and version.
pub(crate) fn component_text(database: &mut Database, shard: i64, component: u32) -> Result<String, InventoryError> {
    let sql = "SELECT p.prefix, c.tail FROM component c JOIN package p ON p.shard = c.shard AND p.id = c.package \
               WHERE c.shard = ?1 AND c.id = ?2";
    let values = [Value::Int(shard), Value::Int(i64::from(component))];
    let text = database.one(sql, &values, |row| Ok(format!("{}{}", row.text(0)?, row.text(1)?)))?;
    text.ok_or(InventoryError::Damaged { table: "component", reason: "a number without a row" })
}

/// What a list shows of an artifact.
pub(crate) fn summary(database: &mut Database, shard: i64, artifact: u32) -> Result<ArtifactSummary, InventoryError> {
    let key = [Value::Int(shard), Value::Int(i64::from(artifact))];
    let sql = "SELECT l.name, a.version, a.identity, a.algorithm, a.built, a.added FROM artifact a \
               JOIN lineage l ON l.shard = a.shard AND l.id = a.lineage WHERE a.shard = ?1 AND a.id = ?2";
    let number = artifact;
    let found = database.one(sql, &key, |row| {
        let (identity, algorithm) = (row.blob(2)?, row.text(3)?);
        let digest = match algorithm.as_str() {
            "" => String::new(),
            "sha256" => format!("sha256:{}", data_encoding::HEXLOWER.encode(&identity)),
            _ => String::from_utf8_lossy(&identity).into_owned(),
        };
        Ok(ArtifactSummary {
            id: ArtifactId { shard: u32::try_from(shard).unwrap_or_default(), number },
            name: row.text(0)?,
            version: row.text(1)?,
            digest,
            built: time(row.int(4)?),
            added: time(row.int(5)?),
            labels: Vec::new(),
        })
    })?;
    let mut summary = found.ok_or(InventoryError::Damaged { table: "artifact", reason: "a number without a row" })?;
    let sql = "SELECT name, value FROM label WHERE shard = ?1 AND artifact = ?2 ORDER BY name";
    database.query(sql, &key, |row| {
        summary.labels.push(Label { name: row.text(0)?, value: row.text(1)? });
        Ok(())
    })?;
    Ok(summary)
}

/// Seconds since 1970 as a time; 0 is unknown.
pub(crate) fn time(seconds: i64) -> Option<Timestamp> {
    (seconds != 0).then(|| Timestamp::from_second(seconds).ok()).flatten()
}

#[cfg(test)]
mod tests;
