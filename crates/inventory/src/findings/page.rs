//! Findings a page at a time, and how many there are: what pages show, without reading all of them.

use jiff::Timestamp;
use plimsoll_advisory::Rating;

use super::list;
use super::words::rating;
use super::write;
use super::{EventKind, FindingFilter, FindingRow, FindingState};
use crate::answer::time;
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::page::{Listing, Page};
use crate::store::Value;

/// Longer ids and names are of nothing that is kept.
const MAX_TEXT: usize = 4096;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// Findings that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FindingCount {
    /// How things are.
    pub state: FindingState,
    /// How bad it is.
    pub severity: Option<Rating>,
    /// It is known to be exploited.
    pub kev: bool,
    /// How many they are.
    pub findings: u64,
}

/// Events of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventCount {
    /// Whole days since the first moment that was asked for.
    pub day: u64,
    /// What.
    pub kind: EventKind,
    /// How many they are.
    pub events: u64,
}

/// What a filter says, as the statements take it.
struct Wanted {
    states: [i64; 6],
    advisory: String,
    alias: String,
    lineage: String,
}

impl Wanted {
    fn of(filter: &FindingFilter) -> Self {
        let mut states = [-1; 6];
        let wanted = if filter.states.is_empty() { &FindingState::ALL[..] } else { &filter.states };
        for (slot, state) in states.iter_mut().zip(FindingState::ALL.iter().filter(|state| wanted.contains(state))) {
            *slot = state.number();
        }
        let kept = |text: &Option<String>| text.as_deref().unwrap_or_default().replace('\0', "\u{fffd}");
        let (advisory, lineage) = (kept(&filter.advisory), kept(&filter.lineage));
        // An alias is one word of many. What means something to LIKE means itself here.
        let plain = |text: &str| text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let alias = if advisory.len() > MAX_TEXT { String::new() } else { format!("% {} %", plain(&advisory)) };
        Self { states, advisory, alias, lineage }
    }

    fn values(&self, shard: i64) -> [Value<'_>; 10] {
        let [a, b, c, d, e, f] = self.states.map(Value::Int);
        let texts = [&self.advisory, &self.alias, &self.lineage].map(|text| Value::Text(text.as_str()));
        let [advisory, alias, lineage] = texts;
        [Value::Int(shard), a, b, c, d, e, f, advisory, alias, lineage]
    }
}

macro_rules! finding_where {
    () => {
        "FROM finding WHERE shard = ?1 AND state IN (?2, ?3, ?4, ?5, ?6, ?7) \
         AND (?8 = '' OR advisory = ?8 OR (' ' || aliases || ' ') LIKE ?9 ESCAPE '\\') \
         AND (?10 = '' OR lineage IN (SELECT id FROM lineage WHERE shard = ?1 AND name = ?10))"
    };
}

impl Inventory {
    /// A page of findings as they were when [`Inventory::reassess`] last ran: open ones first, of those the ones that are known to
    /// be exploited, then by score.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn findings_page(&mut self, filter: &FindingFilter, page: Page) -> Result<Listing<FindingRow>, InventoryError> {
        let (shard, wanted) = (self.shard, Wanted::of(filter));
        let start = page.after.unwrap_or_default();
        self.database.read(|database| {
            let sql = concat!("SELECT count(*) ", finding_where!());
            let total = database.one(sql, &wanted.values(shard), |row| row.int(0))?.unwrap_or_default();
            let total = u64::try_from(total).unwrap_or_default();
            let sql = concat!(
                "SELECT lineage, advisory, package, component, artifact, state, sort, certain, severity, score, epss, \
                 kev, rule, fixed, aliases, said, opened, changed, closed ",
                finding_where!(),
                " ORDER BY state, kev DESC, score DESC, lineage, advisory, package LIMIT ?11 OFFSET ?12"
            );
            let [a, b, c, d, e, f, g, h, i, j] = wanted.values(shard);
            let rows = Value::Int(i64::try_from(page.rows).unwrap_or(i64::MAX));
            let offset = Value::Int(i64::try_from(start).unwrap_or(i64::MAX));
            let mut held = Vec::new();
            database.query(sql, &[a, b, c, d, e, f, g, h, i, j, rows, offset], |row| {
                held.push(write::read(row)?);
                Ok(())
            })?;
            let rows = list::rows(database, shard, held)?;
            let end = start.saturating_add(rows.len() as u64);
            Ok(Listing { total, next: (end < total && !rows.is_empty()).then_some(end), rows })
        })
    }

    /// How many findings there are of each state and severity.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn finding_counts(&mut self, filter: &FindingFilter) -> Result<Vec<FindingCount>, InventoryError> {
        let (shard, wanted) = (self.shard, Wanted::of(filter));
        let sql = concat!(
            "SELECT state, severity, kev, count(*) ",
            finding_where!(),
            " GROUP BY state, severity, kev ORDER BY state, severity, kev"
        );
        let mut counts = Vec::new();
        self.database.query(sql, &wanted.values(shard), |row| {
            counts.push(FindingCount {
                state: FindingState::from_number(row.int(0)?),
                severity: rating(row.int(1)?),
                kev: row.int(2)? != 0,
                findings: u64::try_from(row.int(3)?).unwrap_or_default(),
            });
            Ok(())
        })?;
        Ok(counts)
    }

    /// How much happened to findings, day by day, from one time to before another.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn event_counts(&mut self, from: Timestamp, to: Timestamp) -> Result<Vec<EventCount>, InventoryError> {
        let sql = "SELECT (at - ?2) / ?4 AS day, kind, count(*) FROM event WHERE shard = ?1 AND at >= ?2 AND at < ?3 \
                   GROUP BY day, kind ORDER BY day, kind";
        let values =
            [Value::Int(self.shard), Value::Int(from.as_second()), Value::Int(to.as_second()), Value::Int(DAY)];
        let mut counts = Vec::new();
        self.database.query(sql, &values, |row| {
            counts.push(EventCount {
                day: u64::try_from(row.int(0)?).unwrap_or_default(),
                kind: EventKind::from_number(row.int(1)?),
                events: u64::try_from(row.int(2)?).unwrap_or_default(),
            });
            Ok(())
        })?;
        Ok(counts)
    }

    /// When findings were last brought up to date; `None` when they never were, and none are known for that reason.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn assessed(&mut self) -> Result<Option<Timestamp>, InventoryError> {
        let ground = write::ground(&mut self.database, self.shard, "assessed")?;
        Ok(ground.and_then(|(_, at)| time(at)))
    }
}
