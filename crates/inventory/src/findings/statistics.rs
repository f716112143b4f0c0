//! How things are going: what was opened and fixed, how long that takes, and how much of all is known.
//!
//! Told from events, so it can be asked of any span of time. A finding is looked at as a span: from when it was opened or came back to
//! when it was fixed. One that was taken away by VEX, an exception or the end of its deployment was not fixed: it counts as open up to
//! then. So does one that is open still.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::survival::{Observation, Survival};
use super::words::rating;
use super::{EventKind, current, write};
use crate::answer::time;
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::segments;
use crate::store::{Database, Value};

const SECONDS_A_WEEK: i64 = 7 * 86_400;

/// What statistics are broken down by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Breakdown {
    /// Who answered for the build when it happened.
    #[default]
    Team,
    /// The label `environment` of the build.
    Environment,
    /// How bad it is.
    Severity,
    /// The line of builds.
    Lineage,
}

/// Which statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatisticsQuery {
    /// From when.
    pub from: Timestamp,
    /// To before when.
    pub to: Timestamp,
    /// By what.
    pub by: Breakdown,
}

/// The figures of one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatisticsRow {
    /// The group; empty for none.
    pub group: String,
    /// Findings that came up or came back in the span of time.
    pub new: u64,
    /// Findings that were fixed in it.
    pub fixed: u64,
    /// Findings that were open at its end.
    pub open: u64,
    /// How long findings last that were open at any time in it.
    pub survival: Survival,
    /// For how many seconds something that is known to be exploited was open in it, added up.
    pub exploited_seconds: i64,
}

/// A part of a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// How many have it.
    pub part: u64,
    /// How many there are.
    pub whole: u64,
}

/// How much of all is known. The whole are the builds that run; where nobody says what runs, all builds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coverage {
    /// Builds with an SBOM.
    pub sbom: Share,
    /// Builds about which something signed and verified is known.
    pub signature: Share,
    /// Builds with verified provenance.
    pub provenance: Share,
    /// The whole are the builds that run.
    pub of_running: bool,
}

/// A week, from its first second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Week {
    /// When it began; the weeks are counted from the beginning of the span.
    pub start: Option<Timestamp>,
    /// Findings that came up.
    pub new: u64,
    /// Findings that were fixed.
    pub fixed: u64,
    /// Findings that were open at its end.
    pub open: u64,
}

/// All figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// The groups, by name.
    pub rows: Vec<StatisticsRow>,
    /// All of them as one.
    pub total: StatisticsRow,
    /// Week by week.
    pub weeks: Vec<Week>,
    /// How much is known.
    pub coverage: Coverage,
    /// When findings were last brought up to date.
    pub assessed: Option<Timestamp>,
}

/// A span of time in which a finding was open.
#[derive(Debug, Clone)]
struct Span {
    group: String,
    start: i64,
    end: Option<i64>,
    fixed: bool,
    /// Since when it is known to be exploited.
    exposed: Option<i64>,
    /// When else it was.
    exposures: Vec<(i64, i64)>,
}

impl Span {
    fn ended(mut self, at: i64, fixed: bool) -> Self {
        self.expose(false, at);
        Self { end: Some(at), fixed, ..self }
    }

    /// It is, or is not, known to be exploited from then on.
    fn expose(&mut self, exploited: bool, at: i64) {
        match (self.exposed, exploited) {
            (None, true) => self.exposed = Some(at),
            (Some(since), false) => {
                self.exposed = None;
                self.exposures.push((since, at));
            }
            _ => {}
        }
    }
}

/// An event as it is counted.
struct Happened {
    at: i64,
    kind: EventKind,
    key: (i64, String, i64),
    group: String,
    kev: bool,
    detail: String,
}

impl Inventory {
    /// Counts.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn statistics(&mut self, query: &StatisticsQuery) -> Result<Statistics, InventoryError> {
        let shard = self.shard;
        self.database.read(|database| {
            let events = events(database, shard, query)?;
            let spans = spans(events);
            let (from, to) = (query.from.as_second(), query.to.as_second());
            let mut groups: BTreeMap<&str, Vec<&Span>> = BTreeMap::new();
            for span in &spans {
                groups.entry(span.group.as_str()).or_default().push(span);
            }
            let rows = groups.iter().map(|(group, spans)| row(group, spans, from, to)).collect();
            let all: Vec<&Span> = spans.iter().collect();
            Ok(Statistics {
                rows,
                total: row("", &all, from, to),
                weeks: weeks(&all, from, to),
                coverage: coverage(database, shard)?,
                assessed: write::ground(database, shard, "assessed")?.and_then(|(_, at)| time(at)),
            })
        })
    }
}

/// All events before the end, each with its group.
fn events(database: &mut Database, shard: i64, query: &StatisticsQuery) -> Result<Vec<Happened>, InventoryError> {
    let sql = "SELECT e.at, e.kind, e.lineage, e.advisory, e.package, e.severity, e.kev, e.team, e.detail, l.name, e.artifact \
               FROM event e JOIN lineage l ON l.shard = e.shard AND l.id = e.lineage \
               WHERE e.shard = ?1 AND e.at < ?2 ORDER BY e.id";
    let mut environments: BTreeMap<i64, String> = BTreeMap::new();
    if query.by == Breakdown::Environment {
        let sql = "SELECT artifact, value FROM label WHERE shard = ?1 AND name = 'environment'";
        database.query(sql, &[Value::Int(shard)], |row| {
            environments.insert(row.int(0)?, row.text(1)?);
            Ok(())
        })?;
    }
    let mut events = Vec::new();
    database.query(sql, &[Value::Int(shard), Value::Int(query.to.as_second())], |row| {
        let group = match query.by {
            Breakdown::Team => row.text(7)?,
            Breakdown::Environment => environments.get(&row.int(10)?).cloned().unwrap_or_default(),
            Breakdown::Severity => rating(row.int(5)?).map_or("unrated", plimsoll_advisory::Rating::as_str).to_owned(),
            Breakdown::Lineage => row.text(9)?,
        };
        events.push(Happened {
            at: row.int(0)?,
            kind: EventKind::from_number(row.int(1)?),
            key: (row.int(2)?, row.text(3)?, row.int(4)?),
            group,
            kev: row.int(6)? != 0,
            detail: row.text(8)?,
        });
        Ok(())
    })?;
    Ok(events)
}

/// When each finding was open.
fn spans(events: Vec<Happened>) -> Vec<Span> {
    let mut open: BTreeMap<(i64, String, i64), Span> = BTreeMap::new();
    let mut closed = Vec::new();
    for event in events {
        let at = event.at;
        match event.kind {
            EventKind::Opened | EventKind::Reopened => {
                let start = Span {
                    group: event.group,
                    start: at,
                    end: None,
                    fixed: false,
                    exposed: None,
                    exposures: Vec::new(),
                };
                open.entry(event.key).or_insert(start).expose(event.kev, at);
            }
            EventKind::Changed if event.detail.starts_with("the advisory does not") => {
                closed.extend(open.remove(&event.key).map(|span| span.ended(at, false)));
            }
            EventKind::Changed => {
                if let Some(span) = open.get_mut(&event.key) {
                    span.expose(event.kev, at);
                    span.group = event.group;
                }
            }
            EventKind::Fixed => closed.extend(open.remove(&event.key).map(|span| span.ended(at, true))),
            EventKind::Vexed | EventKind::Excepted | EventKind::Undeployed => {
                closed.extend(open.remove(&event.key).map(|span| span.ended(at, false)));
            }
        }
    }
    closed.extend(open.into_values());
    closed
}

fn row(group: &str, spans: &[&Span], from: i64, to: i64) -> StatisticsRow {
    let mut row = StatisticsRow { group: group.to_owned(), ..StatisticsRow::default() };
    let mut observations = Vec::new();
    for span in spans {
        let end = span.end.unwrap_or(to);
        if end < from || span.start >= to {
            continue;
        }
        row.new = row.new.saturating_add(u64::from(span.start >= from));
        row.fixed = row.fixed.saturating_add(u64::from(span.fixed && end < to));
        row.open = row.open.saturating_add(u64::from(span.end.is_none()));
        observations.push(Observation { seconds: end.saturating_sub(span.start), fixed: span.fixed });
        for (since, until) in span.exposures.iter().copied().chain(span.exposed.map(|since| (since, to))) {
            let seconds = until.min(to).saturating_sub(since.max(from));
            row.exploited_seconds = row.exploited_seconds.saturating_add(seconds.max(0));
        }
    }
    row.survival = Survival::of(observations);
    row
}

/// At most so many weeks are told one by one: ten years.
const MOST_WEEKS: usize = 522;

fn weeks(spans: &[&Span], from: i64, to: i64) -> Vec<Week> {
    let mut weeks = Vec::new();
    let mut start = from;
    while start < to && weeks.len() < MOST_WEEKS {
        let end = start.saturating_add(SECONDS_A_WEEK).min(to);
        let within = |at: i64| at >= start && at < end;
        let count = |wanted: &dyn Fn(&Span) -> bool| spans.iter().filter(|span| wanted(span)).count() as u64;
        weeks.push(Week {
            start: Timestamp::from_second(start).ok(),
            new: count(&|span| within(span.start)),
            fixed: count(&|span| span.fixed && span.end.is_some_and(within)),
            open: count(&|span| span.start < end && span.end.is_none_or(|at| at >= end)),
        });
        start = end;
    }
    weeks
}

fn coverage(database: &mut Database, shard: i64) -> Result<Coverage, InventoryError> {
    let (running, _) = current::deployed(database, shard)?;
    // What runs, by digest: also what no document is about.
    let mut digests: BTreeSet<String> = BTreeSet::new();
    database.query("SELECT digest FROM deployment WHERE shard = ?1 AND ended = 0", &[Value::Int(shard)], |row| {
        digests.insert(row.text(0)?);
        Ok(())
    })?;
    let of_running = !digests.is_empty();
    let live = segments::mark(database, shard, "live")?;
    let signed = segments::mark(database, shard, "signed")?;
    let mut artifacts: BTreeMap<u32, (bool, bool)> = BTreeMap::new();
    database.query("SELECT artifact, id FROM document WHERE shard = ?1", &[Value::Int(shard)], |row| {
        let (artifact, document) = (current::small(row.int(0)?), current::small(row.int(1)?));
        if live.contains(document) && (!of_running || running.contains(artifact)) {
            let held = artifacts.entry(artifact).or_default();
            held.0 |= signed.contains(document);
        }
        Ok(())
    })?;
    verified(database, shard, &mut artifacts)?;
    let whole = if of_running { digests.len() as u64 } else { artifacts.len() as u64 };
    let share = |part: usize| Share { part: part as u64, whole };
    Ok(Coverage {
        sbom: share(artifacts.len()),
        signature: share(artifacts.values().filter(|(signed, _)| *signed).count()),
        provenance: share(artifacts.values().filter(|(_, provenance)| *provenance).count()),
        of_running,
    })
}

/// Notes what verified attestations say about artifacts.
fn verified(
    database: &mut Database,
    shard: i64,
    artifacts: &mut BTreeMap<u32, (bool, bool)>,
) -> Result<(), InventoryError> {
    let mut subjects: BTreeMap<String, bool> = BTreeMap::new();
    let sql = "SELECT t.subject, a.predicate FROM attestation a \
               JOIN attested t ON t.shard = a.shard AND t.attestation = a.id WHERE a.shard = ?1 AND a.verified = 1";
    database.query(sql, &[Value::Int(shard)], |row| {
        *subjects.entry(row.text(0)?).or_default() |= row.text(1)?.starts_with("https://slsa.dev/provenance/");
        Ok(())
    })?;
    if subjects.is_empty() {
        return Ok(());
    }
    database.query(
        "SELECT id, identity FROM artifact WHERE shard = ?1 AND algorithm = 'sha256'",
        &[Value::Int(shard)],
        |row| {
            let digest = data_encoding::HEXLOWER.encode(&row.blob(1)?);
            let said = subjects.get(&format!("sha256:{digest}")).or_else(|| subjects.get(&digest));
            if let (Some(provenance), Some(held)) = (said, artifacts.get_mut(&current::small(row.int(0)?))) {
                held.0 = true;
                held.1 |= *provenance;
            }
            Ok(())
        },
    )
}
