//! Decisions of gates: what was decided about an artifact, by which policy, when.
//!
//! They are kept among the events, under a kind of their own, and are about no component.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::time;
use crate::artifact::{ArtifactId, ArtifactRef};
use crate::error::InventoryError;
use crate::ingest::Counter;
use crate::inventory::Inventory;
use crate::store::Value;

/// The kind of these events. Those of findings have lower numbers.
const KIND: i64 = 100;
/// No package, component, or severity.
const NONE: i64 = -1;

/// What a gate decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateNote {
    /// `pass`, `warn` or `deny`.
    pub verdict: String,
    /// The SHA-256 of the policy.
    pub policy: String,
    /// The codes of what does not hold.
    pub codes: Vec<String>,
    /// The exception that let it pass although rules deny it.
    pub broken_glass: Option<String>,
}

/// A decision about an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GateRow {
    /// When.
    pub at: Option<Timestamp>,
    /// The name of the line of builds.
    pub lineage: String,
    /// The artifact, by its number here.
    pub artifact: i64,
    /// What was decided.
    pub note: GateNote,
}

impl Inventory {
    /// Notes what a gate decided about an artifact.
    ///
    /// # Errors
    /// The artifact is not here, or the store cannot be written.
    pub fn note_decision(
        &mut self,
        artifact: &ArtifactRef,
        note: &GateNote,
        at: Timestamp,
    ) -> Result<(), InventoryError> {
        let shard = self.shard;
        self.database.write(shard, |database| {
            let id = i64::from(artifact.resolve(database, shard)?.number);
            let sql = "SELECT lineage FROM artifact WHERE shard = ?1 AND id = ?2";
            let lineage = database.one(sql, &[Value::Int(shard), Value::Int(id)], |row| row.int(0))?;
            let mut counter = Counter::open(database, shard, "event")?;
            let event = i64::from(counter.take()?);
            counter.close(database, shard)?;
            let detail = serde_json::to_string(note).unwrap_or_default();
            let sql = "INSERT INTO event (shard, id, at, kind, lineage, artifact, advisory, package, component, severity, kev, \
                       team, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', ?7, ?7, ?7, 0, '', ?8)";
            let values = [
                Value::Int(shard),
                Value::Int(event),
                Value::Int(at.as_second()),
                Value::Int(KIND),
                Value::Int(lineage.unwrap_or_default()),
                Value::Int(id),
                Value::Int(NONE),
                Value::Text(&detail),
            ];
            database.execute(sql, &values).map(drop)
        })
    }

    /// What gates decided from one time to before another, in order.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn decisions(&mut self, from: Timestamp, to: Timestamp) -> Result<Vec<GateRow>, InventoryError> {
        let sql = "SELECT e.at, l.name, e.artifact, e.detail FROM event e \
                   JOIN lineage l ON l.shard = e.shard AND l.id = e.lineage \
                   WHERE e.shard = ?1 AND e.kind = ?2 AND e.at >= ?3 AND e.at < ?4 ORDER BY e.id";
        let values =
            [Value::Int(self.shard), Value::Int(KIND), Value::Int(from.as_second()), Value::Int(to.as_second())];
        self.rows(sql, &values)
    }

    /// The last of what gates decided about an artifact, the latest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn decisions_about(&mut self, artifact: ArtifactId, most: u32) -> Result<Vec<GateRow>, InventoryError> {
        // The kind is written out, as the index of these events has it.
        let sql = "SELECT e.at, l.name, e.artifact, e.detail FROM event e \
                   JOIN lineage l ON l.shard = e.shard AND l.id = e.lineage \
                   WHERE e.shard = ?1 AND e.kind = 100 AND e.artifact = ?2 ORDER BY e.id DESC LIMIT ?3";
        let number = i64::from(artifact.number);
        let values = [Value::Int(self.shard), Value::Int(number), Value::Int(i64::from(most))];
        self.rows(sql, &values)
    }

    fn rows(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<GateRow>, InventoryError> {
        let mut rows = Vec::new();
        self.database.query(sql, values, |row| {
            if let Ok(note) = serde_json::from_str(&row.text(3)?) {
                rows.push(GateRow { at: time(row.int(0)?), lineage: row.text(1)?, artifact: row.int(2)?, note });
            }
            Ok(())
        })?;
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Store, intake, sbom};

    #[test]
    fn a_decision_is_kept_and_is_no_finding() {
        let store = Store::new("decisions");
        let mut inventory = Inventory::create(&store.location()).unwrap();
        inventory.add(&[intake(&sbom("shop", 1, &["pkg:npm/a@1"]))], Timestamp::UNIX_EPOCH).unwrap();
        let note = GateNote {
            verdict: "warn".to_owned(),
            policy: "ab".repeat(32),
            codes: vec!["PLM-G0101".to_owned()],
            broken_glass: Some("NIGHT-1".to_owned()),
        };
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        inventory.note_decision(&ArtifactRef::parse("shop@1"), &note, at(10)).unwrap();
        let rows = inventory.decisions(at(0), at(11)).unwrap();
        assert_eq!((rows.len(), rows[0].lineage.as_str(), &rows[0].note), (1, "shop", &note));
        assert!(inventory.decisions(at(11), at(20)).unwrap().is_empty());
        let artifact = inventory.artifact(&ArtifactRef::parse("shop@1")).unwrap().summary.id;
        let later = GateNote { verdict: "pass".to_owned(), ..note.clone() };
        inventory.note_decision(&ArtifactRef::parse("shop@1"), &later, at(12)).unwrap();
        let last = inventory.decisions_about(artifact, 1).unwrap();
        assert_eq!((last.len(), &last[0].note), (1, &later));
        assert_eq!(inventory.decisions_about(artifact, 9).unwrap().len(), 2);
        assert!(inventory.events(at(0), at(20)).unwrap().is_empty());
        assert!(inventory.note_decision(&ArtifactRef::parse("other"), &note, at(10)).is_err());
    }
}
