//! Bringing findings up to date.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use plimsoll_advisory::AdvisorySource;
use plimsoll_advisory::vex::{Effect, VexBook};
use roaring::RoaringBitmap;
use rustc_hash::FxHashSet;

use super::changed;
use super::current::{self, Current};
use super::delta::{self, Gone, Held};
use super::evaluate::{Evaluator, Key, Wanted, read_outline};
use super::source::{Excuse, Finding};
use super::write;
use super::{EventKind, FindingState};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::posting;
use crate::query::Searcher;
use crate::segments;
use crate::store::{Database, Value};

type Outcome<T> = Result<T, InventoryError>;

/// Lines of builds that are brought up to date in one transaction.
const AT_ONCE: usize = 256;

/// What findings are made from.
#[derive(Clone, Copy)]
pub struct Grounds<'a> {
    pub(super) advisories: &'a dyn AdvisorySource,
    vex: &'a VexBook,
    exceptions: Option<&'a dyn Excuse>,
}

impl<'a> Grounds<'a> {
    /// Advisories, and statements about them.
    #[must_use]
    pub fn new(advisories: &'a dyn AdvisorySource, vex: &'a VexBook) -> Self {
        Self { advisories, vex, exceptions: None }
    }

    /// Lets findings pass.
    #[must_use]
    pub fn with_exceptions(mut self, exceptions: &'a dyn Excuse) -> Self {
        self.exceptions = Some(exceptions);
        self
    }

    /// Whether a finding counts, and else who says that it does not.
    pub(super) fn judge(&self, finding: &Finding<'_>) -> (FindingState, String) {
        if !self.vex.is_empty() {
            let assessment = self.vex.assess(finding.subject, finding.ids);
            if assessment.suppresses()
                && let (Effect::Status(status), Some(voice)) = (assessment.effect, &assessment.decided_by)
            {
                return (FindingState::Vexed, format!("{}, {}", status.word(), voice.trust.label()));
            }
        }
        match self.exceptions.and_then(|exceptions| exceptions.excuse(finding)) {
            Some(exception) => (FindingState::Excepted, exception),
            None => (FindingState::Open, String::new()),
        }
    }
}

impl std::fmt::Debug for Grounds<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grounds").field("advisories", &self.advisories.fingerprint()).finish_non_exhaustive()
    }
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reassessment {
    /// Lines of builds that were looked at because of their documents or deployments.
    pub lineages: u64,
    /// Advisories that are new, different or gone.
    pub advisories: u64,
    /// Lines of builds that were looked at because of those.
    pub concerned: u64,
    /// Events, by kind.
    pub events: BTreeMap<EventKind, u64>,
}

impl Inventory {
    /// Brings findings up to date with documents, deployments, advisories and VEX. Doing it again changes nothing, and what it
    /// comes to does not depend on the order in which documents were added.
    ///
    /// # Errors
    /// The store cannot be read or written, or the advisories cannot be read. What was written up to then holds together.
    pub fn reassess(&mut self, grounds: &Grounds<'_>, now: Timestamp) -> Outcome<Reassessment> {
        let shard = self.shard;
        let mut work = Work {
            database: &mut self.database,
            shard,
            now: now.as_second(),
            evaluator: Evaluator::new(grounds, shard),
            grounds,
            done: Reassessment::default(),
        };
        let fresh = work.documents()?;
        work.advisories(&fresh)?;
        work.judgements(&fresh)?;
        let (done, now) = (work.done, now.as_second());
        self.database.write(shard, |database| write::set_ground(database, shard, "assessed", "", now))?;
        Ok(done)
    }
}

struct Work<'a> {
    database: &'a mut Database,
    shard: i64,
    now: i64,
    evaluator: Evaluator<'a>,
    grounds: &'a Grounds<'a>,
    done: Reassessment,
}

impl Work<'_> {
    /// Looks at the lines of builds whose documents or deployments changed; which they were.
    fn documents(&mut self) -> Outcome<BTreeSet<i64>> {
        let shard = self.shard;
        let (live, deployed, touched) = self.database.read(|database| {
            let live = segments::mark(database, shard, "live")?;
            let (deployed, _) = current::deployed(database, shard)?;
            Ok((live, deployed, current::touched(database, shard)?))
        })?;
        let mut looked_at = BTreeSet::new();
        for lineages in touched.chunks(AT_ONCE) {
            looked_at.extend(self.bring_up(lineages, None)?);
        }
        self.done.lineages = looked_at.len() as u64;
        if touched.is_empty() {
            return Ok(looked_at);
        }
        self.database.write(shard, |database| {
            segments::set_mark(database, shard, "assessed", &live)?;
            segments::set_mark(database, shard, "assessed-deployed", &deployed)
        })?;
        Ok(looked_at)
    }

    /// Looks at the lines of builds that changed advisories concern, but for those that were just looked at.
    fn advisories(&mut self, fresh: &BTreeSet<i64>) -> Outcome<()> {
        let (shard, now) = (self.shard, self.now);
        let fingerprint = self.grounds.advisories.fingerprint();
        let before = write::ground(self.database, shard, "advisories")?;
        if before.is_some_and(|(before, _)| before == fingerprint) {
            return Ok(());
        }
        let changed = changed::changed(self.database, shard, self.grounds.advisories)?;
        self.done.advisories = (changed.advisories.len() as u64).saturating_add(changed.gone.len() as u64);
        if !changed.is_empty() {
            let (packages, lineages) = self.concerned(&changed, fresh)?;
            self.done.concerned = lineages.len() as u64;
            for lineages in lineages.chunks(AT_ONCE) {
                self.bring_up(lineages, Some(&packages))?;
            }
        }
        self.database.write(shard, |database| {
            for id in changed.gone.iter().chain(changed.advisories.iter().map(|(id, _)| id)) {
                let values = [Value::Int(shard), Value::Text(id)];
                database.execute("DELETE FROM advisory WHERE shard = ?1 AND id = ?2", &values)?;
            }
            database.insert(
                "INSERT INTO advisory (shard, id, digest) VALUES (?1, ?2, ?3)",
                "COPY advisory (shard, id, digest) FROM STDIN BINARY",
                changed.advisories.iter().map(|(id, digest)| [Value::Int(shard), Value::Text(id), Value::Int(*digest)]),
            )?;
            write::set_ground(database, shard, "advisories", &fingerprint, now)
        })
    }

    /// The packages that changed advisories are about, and the lines of builds that have an affected version, or had a finding.
    fn concerned(&mut self, changed: &changed::Changed, fresh: &BTreeSet<i64>) -> Outcome<(FxHashSet<i64>, Vec<i64>)> {
        let shard = self.shard;
        let mut packages = changed::packages(self.database, shard, changed)?;
        let mut lineages: BTreeSet<i64> = BTreeSet::new();
        for id in changed.gone.iter().chain(changed.advisories.iter().map(|(id, _)| id)) {
            let sql = "SELECT lineage, package FROM finding WHERE shard = ?1 AND advisory = ?2";
            self.database.query(sql, &[Value::Int(shard), Value::Text(id)], |row| {
                lineages.insert(row.int(0)?);
                packages.insert(row.int(1)?);
                Ok(())
            })?;
        }
        let mut ids: Vec<i64> = packages.iter().copied().collect();
        ids.sort_unstable();
        self.database.for_ints(
            "SELECT lineage FROM finding WHERE shard = ?1 AND package = ?2",
            "SELECT lineage FROM finding WHERE shard = ?1 AND package = ANY(?2)",
            shard,
            &ids,
            |row| {
                lineages.insert(row.int(0)?);
                Ok(())
            },
        )?;
        let mut components: Vec<u32> = Vec::new();
        self.database.for_ints(
            "SELECT id FROM component WHERE shard = ?1 AND package = ?2",
            "SELECT id FROM component WHERE shard = ?1 AND package = ANY(?2)",
            shard,
            &ids,
            |row| {
                components.push(current::small(row.int(0)?));
                Ok(())
            },
        )?;
        let hit = self.evaluator.concerned(self.database, &components)?;
        let documents = self.with_any(&hit)?;
        let documents: Vec<i64> = documents.iter().map(i64::from).collect();
        self.database.for_ints(
            "SELECT a.lineage FROM document d JOIN artifact a ON a.shard = d.shard AND a.id = d.artifact \
             WHERE d.shard = ?1 AND d.id = ?2",
            "SELECT DISTINCT a.lineage FROM document d JOIN artifact a ON a.shard = d.shard AND a.id = d.artifact \
             WHERE d.shard = ?1 AND d.id = ANY(?2)",
            shard,
            &documents,
            |row| {
                lineages.insert(row.int(0)?);
                Ok(())
            },
        )?;
        Ok((packages, lineages.difference(fresh).copied().collect()))
    }

    /// The documents that have one of some components.
    fn with_any(&mut self, components: &[u32]) -> Outcome<RoaringBitmap> {
        let items: Vec<i64> = components.iter().map(|component| i64::from(*component)).collect();
        let mut searcher = Searcher::new(self.database, self.shard)?;
        let mut documents = RoaringBitmap::new();
        searcher
            .lists(segments::PostingKind::Component, &items, |_, bits| posting::union_into(&mut documents, bits))?;
        documents &= &searcher.live;
        Ok(documents)
    }

    /// Brings the findings of some lines of builds up to date; those that were looked at.
    fn bring_up(&mut self, lineages: &[i64], packages: Option<&FxHashSet<i64>>) -> Outcome<Vec<i64>> {
        let (shard, now) = (self.shard, self.now);
        let evaluator = &mut self.evaluator;
        let (looked_at, events) = self.database.write(shard, |database| {
            let mut current = current::current(database, shard, lineages)?;
            let mut looked_at: Vec<i64> = lineages.to_vec();
            if packages.is_none() {
                let same = unchanged(database, shard, lineages, &current)?;
                looked_at.retain(|lineage| !same.contains(lineage));
                current.retain(|lineage, _| !same.contains(lineage));
            }
            let wanted = evaluator.findings(database, &current, packages)?;
            let mut held = write::held(database, shard, &looked_at)?;
            held.retain(|key, _| packages.is_none_or(|packages| packages.contains(&key.package)));
            let why = why_gone(database, shard, &held, &wanted, &current)?;
            let gone = |key: &Key, _: &Held| why.get(key).cloned().unwrap_or(Gone::Withdrawn);
            let delta = delta::delta(&held, wanted, gone, now);
            write::write(database, shard, &held, &delta, now)?;
            if packages.is_none() {
                remember(database, shard, &looked_at, &current)?;
            }
            Ok((looked_at, delta.events.into_iter().map(|event| event.kind).collect::<Vec<_>>()))
        })?;
        self.count(events);
        Ok(looked_at)
    }

    /// Judges findings anew when VEX, exceptions, or what is known about exploitation changed.
    fn judgements(&mut self, fresh: &BTreeSet<i64>) -> Outcome<()> {
        let (shard, now) = (self.shard, self.now);
        let exceptions = self.grounds.exceptions.map(Excuse::fingerprint).unwrap_or_default();
        let stand =
            format!("{} {exceptions} {}", self.grounds.vex.fingerprint(), self.grounds.advisories.fingerprint());
        if write::ground(self.database, shard, "judgement")?.is_some_and(|(before, _)| before == stand) {
            return Ok(());
        }
        let mut lineages: BTreeSet<i64> = BTreeSet::new();
        let sql = "SELECT DISTINCT lineage FROM finding WHERE shard = ?1 AND state < 3";
        self.database.query(sql, &[Value::Int(shard)], |row| {
            lineages.insert(row.int(0)?);
            Ok(())
        })?;
        let lineages: Vec<i64> = lineages.difference(fresh).copied().collect();
        for lineages in lineages.chunks(AT_ONCE) {
            let evaluator = &mut self.evaluator;
            let events = self.database.write(shard, |database| {
                let held = write::held(database, shard, lineages)?;
                let mut wanted = BTreeMap::new();
                for (key, before) in held.iter().filter(|(_, before)| before.finding.state.is_present()) {
                    wanted.insert(key.clone(), evaluator.again(database, key, &before.finding)?);
                }
                let delta = delta::delta(&held, wanted, |_, _| Gone::Withdrawn, now);
                write::write(database, shard, &held, &delta, now)?;
                Ok(delta.events.into_iter().map(|event| event.kind).collect())
            })?;
            self.count(events);
        }
        self.database.write(shard, |database| write::set_ground(database, shard, "judgement", &stand, now))
    }

    fn count(&mut self, events: Vec<EventKind>) {
        for kind in events {
            let count = self.done.events.entry(kind).or_default();
            *count = count.saturating_add(1);
        }
    }
}

/// The lines of builds that were looked at with just these documents.
fn unchanged(
    database: &mut Database,
    shard: i64,
    lineages: &[i64],
    current: &BTreeMap<i64, Current>,
) -> Outcome<BTreeSet<i64>> {
    let mut same = BTreeSet::new();
    database.for_ints(
        "SELECT lineage, documents FROM assessment WHERE shard = ?1 AND lineage = ?2",
        "SELECT lineage, documents FROM assessment WHERE shard = ?1 AND lineage = ANY(?2)",
        shard,
        lineages,
        |row| {
            let lineage = row.int(0)?;
            if row.blob(1)? == posting::encode_sorted(documents(current.get(&lineage))) {
                same.insert(lineage);
            }
            Ok(())
        },
    )?;
    Ok(same)
}

fn documents(current: Option<&Current>) -> Vec<u32> {
    current.map(|current| current.documents.iter().map(|(document, _)| *document).collect()).unwrap_or_default()
}

/// Notes the documents with which lines of builds were looked at.
fn remember(database: &mut Database, shard: i64, lineages: &[i64], current: &BTreeMap<i64, Current>) -> Outcome<()> {
    for lineage in lineages {
        let values = [Value::Int(shard), Value::Int(*lineage)];
        database.execute("DELETE FROM assessment WHERE shard = ?1 AND lineage = ?2", &values)?;
    }
    let rows: Vec<(i64, Vec<u8>)> =
        lineages.iter().map(|lineage| (*lineage, posting::encode_sorted(documents(current.get(lineage))))).collect();
    database.insert(
        "INSERT INTO assessment (shard, lineage, documents) VALUES (?1, ?2, ?3)",
        "COPY assessment (shard, lineage, documents) FROM STDIN BINARY",
        rows.iter().map(|(lineage, documents)| [Value::Int(shard), Value::Int(*lineage), Value::Blob(documents)]),
    )
}

/// Why findings that were there are not any more.
fn why_gone(
    database: &mut Database,
    shard: i64,
    held: &BTreeMap<Key, Held>,
    wanted: &BTreeMap<Key, Wanted>,
    current: &BTreeMap<i64, Current>,
) -> Outcome<BTreeMap<Key, Gone>> {
    let mut why = BTreeMap::new();
    let mut components: BTreeMap<i64, FxHashSet<u32>> = BTreeMap::new();
    let lost = held.iter().filter(|(key, before)| before.finding.state.is_present() && !wanted.contains_key(*key));
    for (key, before) in lost {
        let Some(current) = current.get(&key.lineage).filter(|current| !current.documents.is_empty()) else {
            why.insert(key.clone(), Gone::Undeployed);
            continue;
        };
        let all = match components.entry(key.lineage) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let mut all = FxHashSet::default();
                for (document, _) in &current.documents {
                    all.extend(read_outline(database, shard, *document)?.components());
                }
                free.insert(all)
            }
        };
        let there = all.contains(&before.finding.component);
        let build = current.artifacts.last().copied().unwrap_or_default();
        let gone = if there {
            Gone::Withdrawn
        } else {
            Gone::Fixed(build, crate::lookup::summary(database, shard, build)?.version)
        };
        why.insert(key.clone(), gone);
    }
    Ok(why)
}
