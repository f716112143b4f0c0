//! Answers, with how many artifacts could have been in them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

use crate::artifact::{ArtifactSummary, Claim, Coverage};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup::{self, number};
use crate::page::Page;
use crate::query::{Groups, Hits, Query, Searcher};
use crate::segments;
use crate::store::{Database, Value};

/// What is shown of the files of one artifact.
const FILES: usize = 20;

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
    /// Those that cannot tell: the question is about files, and they list none; or a version is missing.
    pub unsearched: u64,
    /// When the oldest document was added.
    pub oldest: Option<Timestamp>,
}

/// Documents that were read to tell what the index cannot: whole paths, whole digests, layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// How many were read.
    pub documents: u64,
    /// How many would have had to be. Those that were not count as found.
    pub of: u64,
}

/// An artifact that a question is true of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnswerRow {
    /// The artifact.
    pub artifact: ArtifactSummary,
    /// The components that were asked for and are in it: purls, or names and versions.
    pub components: Vec<String>,
    /// The files, or components by digest or layer, that were asked for and are in it.
    pub files: Vec<String>,
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
    /// What was read again; `None` when the index could tell.
    pub verified: Option<Verified>,
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
            let mut answer = counts(&mut searcher, &hits)?;
            rows(&mut searcher, &hits, query, page, &mut answer)?;
            Ok(answer)
        })
    }
}

/// What stands above the rows.
pub(crate) fn counts(searcher: &mut Searcher<'_>, hits: &Hits) -> Result<Answer, InventoryError> {
    let shard = searcher.shard;
    let mut partial = segments::mark(searcher.database, shard, "partial")? & &searcher.live;
    // One part that is missing makes the whole partial.
    searcher.groups.expand(&mut partial);
    let count = |set: &RoaringBitmap| searcher.groups.count(set);
    let (all, partial) = (count(&searcher.live), count(&partial));
    let mut denominator = Denominator {
        artifacts: all,
        complete: all.saturating_sub(partial),
        partial,
        unsearched: count(&hits.unsearched),
        oldest: None,
    };
    let (documents, of) = searcher.verified;
    let answer = Answer {
        artifacts: count(&hits.documents),
        components: hits.components.len() as u64,
        verified: (of > 0).then_some(Verified { documents, of }),
        ..Answer::default()
    };
    denominator.oldest = oldest(searcher.database, shard, &searcher.live)?;
    Ok(Answer { denominator, ..answer })
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

/// Rows are artifacts; one with several documents is shown at its first.
fn rows(
    searcher: &mut Searcher<'_>,
    hits: &Hits,
    query: &Query,
    page: Page,
    answer: &mut Answer,
) -> Result<(), InventoryError> {
    let start = page.after.map_or(0, |after| u32::try_from(after.saturating_add(1)).unwrap_or(u32::MAX));
    let firsts = &hits.documents - &searcher.groups.extra;
    let mut shown: Vec<u32> = firsts.range(start..).take(page.rows.saturating_add(1)).collect();
    let more = shown.len() > page.rows;
    shown.truncate(page.rows);
    answer.next = shown.last().filter(|_| more).map(|last| u64::from(*last));
    let documents: Vec<u32> = shown.iter().flat_map(|first| searcher.groups.together(*first)).collect();
    searcher.name_files(query, &documents)?;
    let held = facts(searcher.database, searcher.shard, &documents)?;
    let artifacts: Vec<u32> = shown.iter().filter_map(|first| held.get(first).map(|facts| facts.artifact)).collect();
    let mut summaries: FxHashMap<u32, ArtifactSummary> = FxHashMap::default();
    for summary in lookup::summaries(searcher.database, searcher.shard, &artifacts)? {
        summaries.insert(summary.id.number, summary);
    }
    let components = components(hits, &shown, &searcher.groups);
    let mut numbers: Vec<u32> = components.values().flatten().copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    let texts = lookup::component_texts(searcher.database, searcher.shard, &numbers)?;
    for first in shown {
        let together = searcher.groups.together(first);
        let lost = InventoryError::Damaged { table: "document", reason: "a number without a row" };
        let artifact = held.get(&first).and_then(|facts| summaries.get(&facts.artifact)).cloned().ok_or(lost)?;
        let own = components.get(&first).into_iter().flatten();
        let mut components = own.map(|component| lookup::text_of(&texts, *component)).collect::<Result<Vec<_>, _>>()?;
        components.sort_unstable();
        // Who says it is whoever names what was asked for, if anybody in particular does.
        let says = |document: &&u32| {
            hits.components.values().any(|set| set.contains(**document)) || searcher.evidence.contains_key(document)
        };
        let mut saying: Vec<&u32> = together.iter().filter(says).collect();
        if saying.is_empty() {
            saying = together.iter().collect();
        }
        let own = saying.iter().filter_map(|document| held.get(document));
        let claim = own.map(|facts| facts.claim).min().unwrap_or_default();
        let coverage = together.iter().filter_map(|document| held.get(document).map(|facts| facts.coverage)).max();
        let mut files: Vec<String> =
            together.iter().filter_map(|document| searcher.evidence.get(document)).flatten().cloned().collect();
        files.sort_unstable();
        files.dedup();
        files.truncate(FILES);
        answer.rows.push(AnswerRow { artifact, components, files, claim, coverage: coverage.unwrap_or_default() });
    }
    Ok(())
}

/// The components that were asked for in each artifact that is shown, by its first document.
fn components(hits: &Hits, shown: &[u32], groups: &Groups) -> BTreeMap<u32, Vec<u32>> {
    let mut components: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for first in shown {
        let together = groups.together(*first);
        let has = |set: &RoaringBitmap| together.iter().any(|document| set.contains(*document));
        let own = hits.components.iter().filter(|(_, set)| has(set)).map(|(component, _)| *component);
        components.insert(*first, own.collect());
    }
    components
}

/// What is known of a document.
pub(crate) struct Facts {
    pub(crate) artifact: u32,
    pub(crate) claim: Claim,
    pub(crate) coverage: Coverage,
}

/// What is known of documents.
pub(crate) fn facts(
    database: &mut Database,
    shard: i64,
    documents: &[u32],
) -> Result<FxHashMap<u32, Facts>, InventoryError> {
    let mut facts = FxHashMap::default();
    database.for_ints(
        "SELECT id, artifact, claim, coverage FROM document WHERE shard = ?1 AND id = ?2",
        "SELECT id, artifact, claim, coverage FROM document WHERE shard = ?1 AND id = ANY(?2)",
        shard,
        &lookup::keys(documents),
        |row| {
            let claim = Claim::from_number(row.int(2)?);
            let coverage = Coverage::from_number(row.int(3)?);
            facts.insert(number(row.int(0)?), Facts { artifact: number(row.int(1)?), claim, coverage });
            Ok(())
        },
    )?;
    Ok(facts)
}

/// Seconds since 1970 as a time; 0 is unknown.
pub(crate) fn time(seconds: i64) -> Option<Timestamp> {
    (seconds != 0).then(|| Timestamp::from_second(seconds).ok()).flatten()
}

#[cfg(test)]
mod tests;
