//! Findings and events in their tables.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::current::small;
use super::delta::{Delta, Held};
use super::evaluate::{Key, Wanted};
use super::{FindingSort, FindingState};
use crate::error::InventoryError;
use crate::ingest::Counter;
use crate::store::{Database, Row, Value};

type Outcome<T> = Result<T, InventoryError>;

/// The findings of some lines of builds.
pub(super) fn held(database: &mut Database, shard: i64, lineages: &[i64]) -> Outcome<BTreeMap<Key, Held>> {
    let mut held = BTreeMap::new();
    database.for_ints(
        "SELECT lineage, advisory, package, component, artifact, state, sort, certain, severity, score, epss, kev, rule, \
         fixed, aliases, said, opened, changed, closed FROM finding WHERE shard = ?1 AND lineage = ?2",
        "SELECT lineage, advisory, package, component, artifact, state, sort, certain, severity, score, epss, kev, rule, \
         fixed, aliases, said, opened, changed, closed FROM finding WHERE shard = ?1 AND lineage = ANY(?2)",
        shard,
        lineages,
        |row| {
            let (key, finding) = read(row)?;
            held.insert(key, finding);
            Ok(())
        },
    )?;
    Ok(held)
}

/// A row of all columns.
pub(super) fn read(row: &Row<'_>) -> Outcome<(Key, Held)> {
    let key = Key { lineage: row.int(0)?, advisory: row.text(1)?, package: row.int(2)? };
    let finding = Wanted {
        component: small(row.int(3)?),
        artifact: small(row.int(4)?),
        state: FindingState::from_number(row.int(5)?),
        sort: FindingSort::from_number(row.int(6)?),
        certain: row.int(7)? != 0,
        severity: row.int(8)?,
        score: row.int(9)?,
        epss: row.int(10)?,
        kev: row.int(11)? != 0,
        rule: row.text(12)?,
        fixed: row.text(13)?,
        aliases: row.text(14)?,
        said: row.text(15)?,
    };
    Ok((key, Held { finding, opened: row.int(16)?, changed: row.int(17)?, closed: row.int(18)? }))
}

fn values<'v>(shard: i64, key: &'v Key, held: &'v Held) -> [Value<'v>; 20] {
    let finding = &held.finding;
    [
        Value::Int(shard),
        Value::Int(key.lineage),
        Value::Text(&key.advisory),
        Value::Int(key.package),
        Value::Int(i64::from(finding.component)),
        Value::Int(i64::from(finding.artifact)),
        Value::Int(finding.state.number()),
        Value::Int(finding.sort.number()),
        Value::Int(i64::from(finding.certain)),
        Value::Int(finding.severity),
        Value::Int(finding.score),
        Value::Int(finding.epss),
        Value::Int(i64::from(finding.kev)),
        Value::Text(&finding.rule),
        Value::Text(&finding.fixed),
        Value::Text(&finding.aliases),
        Value::Text(&finding.said),
        Value::Int(held.opened),
        Value::Int(held.changed),
        Value::Int(held.closed),
    ]
}

/// Writes what changed, and what happened.
pub(super) fn write(
    database: &mut Database,
    shard: i64,
    known: &BTreeMap<Key, Held>,
    delta: &Delta,
    now: i64,
) -> Outcome<()> {
    for key in delta.removed.iter().chain(delta.findings.keys().filter(|key| known.contains_key(*key))) {
        let sql = "DELETE FROM finding WHERE shard = ?1 AND lineage = ?2 AND advisory = ?3 AND package = ?4";
        let values = [Value::Int(shard), Value::Int(key.lineage), Value::Text(&key.advisory), Value::Int(key.package)];
        database.execute(sql, &values)?;
    }
    database.insert(
        "INSERT INTO finding (shard, lineage, advisory, package, component, artifact, state, sort, certain, severity, score, \
         epss, kev, rule, fixed, aliases, said, opened, changed, closed) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
        "COPY finding (shard, lineage, advisory, package, component, artifact, state, sort, certain, severity, score, \
         epss, kev, rule, fixed, aliases, said, opened, changed, closed) FROM STDIN BINARY",
        delta.findings.iter().map(|(key, held)| values(shard, key, held)),
    )?;
    events(database, shard, delta, now)
}

fn events(database: &mut Database, shard: i64, delta: &Delta, now: i64) -> Outcome<()> {
    if delta.events.is_empty() {
        return Ok(());
    }
    let mut teams: FxHashMap<u32, String> = FxHashMap::default();
    let mut counter = Counter::open(database, shard, "event")?;
    let mut rows = Vec::with_capacity(delta.events.len());
    for event in &delta.events {
        if let Entry::Vacant(free) = teams.entry(event.artifact) {
            free.insert(team(database, shard, event.artifact)?);
        }
        rows.push((i64::from(counter.take()?), event));
    }
    counter.close(database, shard)?;
    database.insert(
        "INSERT INTO event (shard, id, at, kind, lineage, artifact, advisory, package, component, severity, kev, team, detail) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        "COPY event (shard, id, at, kind, lineage, artifact, advisory, package, component, severity, kev, team, detail) \
         FROM STDIN BINARY",
        rows.iter().map(|(id, event)| {
            [
                Value::Int(shard),
                Value::Int(*id),
                Value::Int(now),
                Value::Int(event.kind.number()),
                Value::Int(event.key.lineage),
                Value::Int(i64::from(event.artifact)),
                Value::Text(&event.key.advisory),
                Value::Int(event.key.package),
                Value::Int(i64::from(event.component)),
                Value::Int(event.severity),
                Value::Int(i64::from(event.kev)),
                Value::Text(teams.get(&event.artifact).map_or("", String::as_str)),
                Value::Text(&event.detail),
            ]
        }),
    )
}

/// Who answers for a build: its team, else its owner; empty when nobody is named.
fn team(database: &mut Database, shard: i64, artifact: u32) -> Outcome<String> {
    // `team` sorts after `owner`.
    let sql = "SELECT value FROM label WHERE shard = ?1 AND artifact = ?2 AND name IN ('owner', 'team') \
               ORDER BY name DESC LIMIT 1";
    let found = database.one(sql, &[Value::Int(shard), Value::Int(i64::from(artifact))], |row| row.text(0))?;
    Ok(found.unwrap_or_default())
}

/// What something stood at when it was last looked at.
pub(super) fn ground(database: &mut Database, shard: i64, name: &str) -> Outcome<Option<(String, i64)>> {
    let sql = "SELECT value, at FROM ground WHERE shard = ?1 AND name = ?2";
    database.one(sql, &[Value::Int(shard), Value::Text(name)], |row| Ok((row.text(0)?, row.int(1)?)))
}

/// Keeps what something stands at.
pub(super) fn set_ground(database: &mut Database, shard: i64, name: &str, value: &str, at: i64) -> Outcome<()> {
    let sql = "INSERT INTO ground (shard, name, value, at) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (shard, name) DO UPDATE SET value = excluded.value, at = excluded.at";
    database.execute(sql, &[Value::Int(shard), Value::Text(name), Value::Text(value), Value::Int(at)]).map(drop)
}
