//! Lists of artifacts and of lines of builds.

use rustc_hash::FxHashSet;

use super::{ArtifactSummary, Label};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup::{self, number};
use crate::page::{Listing, Page};
use crate::query::glob;
use crate::store::{Database, Value};

/// Which artifacts are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArtifactFilter {
    /// Their name matches this pattern; a text without one is looked for anywhere in the name.
    pub name: Option<String>,
    /// They have this label.
    pub label: Option<Label>,
}

/// A line of builds: artifacts of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lineage {
    /// The name.
    pub name: String,
    /// How many builds there are.
    pub builds: u64,
    /// The build that was added last.
    pub newest: ArtifactSummary,
}

type Outcome<T> = Result<T, InventoryError>;

impl Inventory {
    /// Artifacts, those added last first.
    ///
    /// # Errors
    /// The pattern or the store cannot be read.
    pub fn artifacts(&mut self, filter: &ArtifactFilter, page: Page) -> Outcome<Listing<ArtifactSummary>> {
        let shard = self.shard;
        self.database.read(|database| {
            if *filter == ArtifactFilter::default() {
                return newest(database, shard, page);
            }
            let labelled = match &filter.label {
                Some(label) => Some(labelled(database, shard, label)?),
                None => None,
            };
            let mut artifacts = match &filter.name {
                Some(name) => named(database, shard, name)?,
                None => labelled.iter().flatten().copied().collect(),
            };
            if let Some(labelled) = labelled {
                artifacts.retain(|artifact| labelled.contains(artifact));
            }
            artifacts.sort_unstable_by(|left, right| right.cmp(left));
            Listing::of(artifacts, page).try_map(|artifacts| lookup::summaries(database, shard, &artifacts))
        })
    }

    /// Lines of builds whose name matches a pattern, by name.
    ///
    /// # Errors
    /// The pattern or the store cannot be read.
    pub fn lineages(&mut self, name: Option<&str>, page: Page) -> Outcome<Listing<Lineage>> {
        let shard = self.shard;
        self.database.read(|database| {
            let lineages = lineages(database, shard, name.unwrap_or("*"))?;
            Listing::of(lineages, page).try_map(|lineages| with_builds(database, shard, &lineages))
        })
    }
}

/// All artifacts, those added last first. The page's place is the number of the last that was shown.
fn newest(database: &mut Database, shard: i64, page: Page) -> Outcome<Listing<ArtifactSummary>> {
    let before = page.after.and_then(|after| i64::try_from(after).ok()).unwrap_or(i64::MAX);
    let rows = i64::try_from(page.rows).unwrap_or(i64::MAX);
    let mut artifacts = Vec::new();
    let sql = "SELECT id FROM artifact WHERE shard = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
    let values = [Value::Int(shard), Value::Int(before), Value::Int(rows.saturating_add(1))];
    database.query(sql, &values, |row| {
        artifacts.push(number(row.int(0)?));
        Ok(())
    })?;
    let more = artifacts.len() > page.rows;
    artifacts.truncate(page.rows);
    let sql = "SELECT count(*) FROM artifact WHERE shard = ?1";
    let total = database.one(sql, &[Value::Int(shard)], |row| row.int(0))?.unwrap_or_default();
    Ok(Listing {
        total: u64::try_from(total).unwrap_or_default(),
        next: artifacts.last().filter(|_| more).map(|last| u64::from(*last)),
        rows: lookup::summaries(database, shard, &artifacts)?,
    })
}

fn labelled(database: &mut Database, shard: i64, label: &Label) -> Outcome<FxHashSet<u32>> {
    let sql = "SELECT artifact FROM label WHERE shard = ?1 AND name = ?2 AND value = ?3";
    let mut artifacts = FxHashSet::default();
    database.query(sql, &[Value::Int(shard), Value::Text(&label.name), Value::Text(&label.value)], |row| {
        artifacts.insert(number(row.int(0)?));
        Ok(())
    })?;
    Ok(artifacts)
}

/// Artifacts by a pattern of their name.
fn named(database: &mut Database, shard: i64, name: &str) -> Outcome<Vec<u32>> {
    let lineages: Vec<i64> = lineages(database, shard, name)?.into_iter().map(|(_, id)| id).collect();
    let mut artifacts = Vec::new();
    database.for_ints(
        "SELECT id FROM artifact WHERE shard = ?1 AND lineage = ?2",
        "SELECT id FROM artifact WHERE shard = ?1 AND lineage = ANY(?2)",
        shard,
        &lineages,
        |row| {
            artifacts.push(number(row.int(0)?));
            Ok(())
        },
    )?;
    Ok(artifacts)
}

/// Lines of builds by a pattern, in the order of their names.
fn lineages(database: &mut Database, shard: i64, name: &str) -> Outcome<Vec<(String, i64)>> {
    let pattern = if name.contains(['*', '?', '[', '{']) { name.to_owned() } else { format!("*{name}*") };
    let matcher = glob(&pattern)?;
    let mut lineages = Vec::new();
    database.query("SELECT name, id FROM lineage WHERE shard = ?1", &[Value::Int(shard)], |row| {
        let name = row.text(0)?;
        if matcher.is_match(&name) {
            lineages.push((name, row.int(1)?));
        }
        Ok(())
    })?;
    lineages.sort_unstable();
    Ok(lineages)
}

fn with_builds(database: &mut Database, shard: i64, lineages: &[(String, i64)]) -> Outcome<Vec<Lineage>> {
    let keys: Vec<i64> = lineages.iter().map(|(_, id)| *id).collect();
    let mut counts: rustc_hash::FxHashMap<i64, (i64, u32)> = rustc_hash::FxHashMap::default();
    database.for_ints(
        "SELECT lineage, count(*), max(id) FROM artifact WHERE shard = ?1 AND lineage = ?2 GROUP BY lineage",
        "SELECT lineage, count(*), max(id) FROM artifact WHERE shard = ?1 AND lineage = ANY(?2) GROUP BY lineage",
        shard,
        &keys,
        |row| {
            counts.insert(row.int(0)?, (row.int(1)?, number(row.int(2)?)));
            Ok(())
        },
    )?;
    let newest: Vec<u32> = keys.iter().filter_map(|key| counts.get(key).map(|(_, newest)| *newest)).collect();
    let mut newest = lookup::summaries(database, shard, &newest)?.into_iter();
    let counted = lineages.iter().filter_map(|(name, id)| counts.get(id).map(|(builds, _)| (name, *builds)));
    Ok(counted
        .zip(&mut newest)
        .map(|((name, builds), newest)| Lineage {
            name: name.clone(),
            builds: u64::try_from(builds).unwrap_or_default(),
            newest,
        })
        .collect())
}
