//! Answers summed up: by line of builds, with first and last seen, or by a label.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Answer, counts};
use crate::artifact::ArtifactSummary;
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup::{self, number};
use crate::page::{Listing, Page};
use crate::query::{Query, Searcher};
use crate::store::Database;

/// By what an answer is summed up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupBy {
    /// By line of builds.
    Lineage,
    /// By the value of a label.
    Label(String),
}

/// Artifacts of one line of builds, or with one value of a label, that a question is true of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnswerGroup {
    /// The name of the line, or the value; empty for none.
    pub name: String,
    /// How many artifacts.
    pub artifacts: u64,
    /// The oldest of them: where it was first seen.
    pub first: ArtifactSummary,
    /// The newest of them: where it was last seen.
    pub last: ArtifactSummary,
    /// Of a line of builds: the question is true of its newest build.
    pub current: Option<bool>,
}

/// An artifact and when it is from.
type Build = (i64, u32);

/// The artifacts of a group, which line they are of where that is what groups them.
type Members = BTreeMap<String, (Option<i64>, Vec<Build>)>;

impl Inventory {
    /// Answers a question with sums: counts as ever, and a page of groups, the largest first.
    ///
    /// # Errors
    /// As [`Inventory::find`].
    pub fn find_grouped(
        &mut self,
        query: &Query,
        by: &GroupBy,
        page: Page,
    ) -> Result<(Answer, Listing<AnswerGroup>), InventoryError> {
        let shard = self.shard;
        self.database.read(|database| {
            let mut searcher = Searcher::new(database, shard)?;
            let hits = searcher.hits(query)?;
            let answer = counts(&mut searcher, &hits)?;
            let firsts: Vec<u32> = (&hits.documents - &searcher.groups.extra).iter().collect();
            let members = members(database, shard, &firsts, by)?;
            let mut groups: Vec<(String, Option<i64>, Vec<Build>)> =
                members.into_iter().map(|(name, (lineage, builds))| (name, lineage, builds)).collect();
            groups.sort_by(|left, right| right.2.len().cmp(&left.2.len()).then_with(|| left.0.cmp(&right.0)));
            let groups = Listing::of(groups, page).try_map(|groups| summed(database, shard, groups))?;
            Ok((answer, groups))
        })
    }
}

/// When an artifact is from: when it was built, or else when it was added.
fn from(built: i64, added: i64) -> i64 {
    if built == 0 { added } else { built }
}

fn members(database: &mut Database, shard: i64, firsts: &[u32], by: &GroupBy) -> Result<Members, InventoryError> {
    let mut members = Members::new();
    let keys = lookup::keys(firsts);
    match by {
        GroupBy::Lineage => database.for_ints(
            "SELECT a.id, a.built, a.added, l.id, l.name FROM document d \
             JOIN artifact a ON a.shard = d.shard AND a.id = d.artifact \
             JOIN lineage l ON l.shard = a.shard AND l.id = a.lineage WHERE d.shard = ?1 AND d.id = ?2",
            "SELECT a.id, a.built, a.added, l.id, l.name FROM document d \
             JOIN artifact a ON a.shard = d.shard AND a.id = d.artifact \
             JOIN lineage l ON l.shard = a.shard AND l.id = a.lineage WHERE d.shard = ?1 AND d.id = ANY(?2)",
            shard,
            &keys,
            |row| {
                let lineage = row.int(3)?;
                let (_, builds) = members.entry(row.text(4)?).or_insert_with(|| (Some(lineage), Vec::new()));
                builds.push((from(row.int(1)?, row.int(2)?), number(row.int(0)?)));
                Ok(())
            },
        )?,
        GroupBy::Label(name) => {
            let mut artifacts: BTreeMap<u32, (i64, String)> = BTreeMap::new();
            database.for_ints(
                "SELECT a.id, a.built, a.added FROM document d \
                 JOIN artifact a ON a.shard = d.shard AND a.id = d.artifact WHERE d.shard = ?1 AND d.id = ?2",
                "SELECT a.id, a.built, a.added FROM document d \
                 JOIN artifact a ON a.shard = d.shard AND a.id = d.artifact WHERE d.shard = ?1 AND d.id = ANY(?2)",
                shard,
                &keys,
                |row| {
                    let time = from(row.int(1)?, row.int(2)?);
                    artifacts.insert(number(row.int(0)?), (time, String::new()));
                    Ok(())
                },
            )?;
            let keys: Vec<i64> = artifacts.keys().map(|artifact| i64::from(*artifact)).collect();
            database.for_ints(
                "SELECT artifact, name, value FROM label WHERE shard = ?1 AND artifact = ?2",
                "SELECT artifact, name, value FROM label WHERE shard = ?1 AND artifact = ANY(?2)",
                shard,
                &keys,
                |row| {
                    if row.text(1)? == *name
                        && let Some((_, value)) = artifacts.get_mut(&number(row.int(0)?))
                    {
                        *value = row.text(2)?;
                    }
                    Ok(())
                },
            )?;
            for (artifact, (time, value)) in artifacts {
                members.entry(value).or_default().1.push((time, artifact));
            }
        }
    }
    Ok(members)
}

fn summed(
    database: &mut Database,
    shard: i64,
    groups: Vec<(String, Option<i64>, Vec<Build>)>,
) -> Result<Vec<AnswerGroup>, InventoryError> {
    let lineages: Vec<i64> = groups.iter().filter_map(|(_, lineage, _)| *lineage).collect();
    let mut newest: FxHashMap<i64, Build> = FxHashMap::default();
    database.for_ints(
        "SELECT lineage, id, built, added FROM artifact WHERE shard = ?1 AND lineage = ?2",
        "SELECT lineage, id, built, added FROM artifact WHERE shard = ?1 AND lineage = ANY(?2)",
        shard,
        &lineages,
        |row| {
            let build = (from(row.int(2)?, row.int(3)?), number(row.int(1)?));
            let held = newest.entry(row.int(0)?).or_insert(build);
            *held = build.max(*held);
            Ok(())
        },
    )?;
    let mut summed = Vec::with_capacity(groups.len());
    for (name, lineage, builds) in groups {
        let (Some(first), Some(last)) = (builds.iter().min(), builds.iter().max()) else { continue };
        summed.push(AnswerGroup {
            name,
            artifacts: builds.len() as u64,
            first: lookup::summary(database, shard, first.1)?,
            last: lookup::summary(database, shard, last.1)?,
            current: lineage.and_then(|lineage| newest.get(&lineage)).map(|newest| newest == last),
        });
    }
    Ok(summed)
}
