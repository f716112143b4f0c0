//! Lists of what is to be scanned, which any number of workers share.
//!
//! A worker leases a target for some time and says when it is done. One that dies says nothing, and its targets are leased again
//! when their time is over. Whoever finishes late does no harm: a document is kept once, whoever brings it.

use jiff::{SignedDuration, Timestamp};

use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::Value;

const WAITING: i64 = 0;
const LEASED: i64 = 1;
const DONE: i64 = 2;
const FAILED: i64 = 3;

/// Something that a worker may scan now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// What to scan.
    pub reference: String,
    /// How often it was begun, this time included.
    pub attempts: u32,
}

/// What became of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetOutcome {
    /// It was scanned: its digest.
    Done(String),
    /// It could not be, and trying again would not help.
    Failed(String),
    /// It could not be, and may be tried again.
    Again(String),
}

/// How far a list is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetCounts {
    /// Nobody has begun them.
    pub waiting: u64,
    /// Workers are at them, or died over them.
    pub leased: u64,
    /// They are scanned.
    pub done: u64,
    /// They could not be.
    pub failed: u64,
}

impl TargetCounts {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> u64 {
        [self.waiting, self.leased, self.done, self.failed].iter().fold(0, |all, part| all.saturating_add(*part))
    }
}

/// What one worker asks for.
#[derive(Debug, Clone)]
pub struct LeaseTerms {
    /// Which list.
    pub list: String,
    /// Who asks; no two workers may have one name.
    pub owner: String,
    /// How long a target is kept for its worker without a word of it.
    pub term: SignedDuration,
    /// How often a target is begun at most.
    pub attempts: u32,
}

impl Inventory {
    /// Adds targets to a list, those that are not in it; with `again`, also those that were scanned or given up. Says how many are to be
    /// scanned because of it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn enlist(&mut self, list: &str, references: &[String], again: bool) -> Result<u64, InventoryError> {
        let shard = self.shard;
        self.database.write(shard, |database| {
            let mut changed = 0_u64;
            for reference in references {
                let sql = if again {
                    "INSERT INTO target (shard, list, reference, digest, state, owner, until, attempts, reason) \
                     VALUES (?1, ?2, ?3, '', 0, '', 0, 0, '') ON CONFLICT (shard, list, reference) \
                     DO UPDATE SET state = 0, attempts = 0, reason = '' WHERE target.state IN (2, 3)"
                } else {
                    "INSERT INTO target (shard, list, reference, digest, state, owner, until, attempts, reason) \
                     VALUES (?1, ?2, ?3, '', 0, '', 0, 0, '') ON CONFLICT DO NOTHING"
                };
                let values = [Value::Int(shard), Value::Text(list), Value::Text(reference)];
                changed = changed.saturating_add(database.execute(sql, &values)?);
            }
            Ok(changed)
        })
    }

    /// Takes targets that nobody is at, or whose worker did not keep its lease.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn lease(&mut self, terms: &LeaseTerms, count: u32, now: Timestamp) -> Result<Vec<Lease>, InventoryError> {
        // A worker that waits for another's row would get nothing done; the file has one writer anyway. The array is made once, while a
        // subquery may be asked again for each row, and then gives others.
        let sql = if self.database.is_postgres() {
            "UPDATE target SET state = 1, owner = ?4, until = ?5, attempts = attempts + 1 \
             WHERE shard = ?1 AND list = ?2 AND reference = ANY(ARRAY(SELECT reference FROM target WHERE shard = ?1 AND list = ?2 \
             AND (state = 0 OR (state = 1 AND until < ?3)) AND attempts < ?6 ORDER BY reference LIMIT ?7 \
             FOR UPDATE SKIP LOCKED)) RETURNING reference, attempts"
        } else {
            "UPDATE target SET state = 1, owner = ?4, until = ?5, attempts = attempts + 1 \
             WHERE shard = ?1 AND list = ?2 AND reference IN (SELECT reference FROM target WHERE shard = ?1 AND list = ?2 \
             AND (state = 0 OR (state = 1 AND until < ?3)) AND attempts < ?6 ORDER BY reference LIMIT ?7) \
             RETURNING reference, attempts"
        };
        let until = now.saturating_add(terms.term).map_or(i64::MAX, Timestamp::as_second);
        let values = [
            Value::Int(self.shard),
            Value::Text(&terms.list),
            Value::Int(now.as_second()),
            Value::Text(&terms.owner),
            Value::Int(until),
            Value::Int(i64::from(terms.attempts)),
            Value::Int(i64::from(count)),
        ];
        let mut leases = Vec::new();
        self.database.query(sql, &values, |row| {
            let attempts = u32::try_from(row.int(1)?).unwrap_or(u32::MAX);
            leases.push(Lease { reference: row.text(0)?, attempts });
            Ok(())
        })?;
        leases.sort_unstable_by(|left, right| left.reference.cmp(&right.reference));
        self.give_up(terms, now)?;
        Ok(leases)
    }

    /// What was begun too often fails: its workers died over it.
    fn give_up(&mut self, terms: &LeaseTerms, now: Timestamp) -> Result<(), InventoryError> {
        let sql = "UPDATE target SET state = 3, reason = 'every worker that began it stopped' \
                   WHERE shard = ?1 AND list = ?2 AND state = 1 AND until < ?3 AND attempts >= ?4";
        let values = [
            Value::Int(self.shard),
            Value::Text(&terms.list),
            Value::Int(now.as_second()),
            Value::Int(i64::from(terms.attempts)),
        ];
        self.database.execute(sql, &values).map(drop)
    }

    /// Keeps all targets of a worker for another term.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn extend_leases(&mut self, terms: &LeaseTerms, now: Timestamp) -> Result<(), InventoryError> {
        let until = now.saturating_add(terms.term).map_or(i64::MAX, Timestamp::as_second);
        let sql = "UPDATE target SET until = ?4 WHERE shard = ?1 AND list = ?2 AND state = 1 AND owner = ?3";
        let values = [Value::Int(self.shard), Value::Text(&terms.list), Value::Text(&terms.owner), Value::Int(until)];
        self.database.execute(sql, &values).map(drop)
    }

    /// Says what became of a target. When another worker has it by now, and it is not done, nothing changes.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn finish_target(
        &mut self,
        terms: &LeaseTerms,
        lease: &Lease,
        outcome: &TargetOutcome,
    ) -> Result<(), InventoryError> {
        let (state, digest, reason) = match outcome {
            TargetOutcome::Done(digest) => (DONE, digest.as_str(), ""),
            TargetOutcome::Again(reason) if lease.attempts < terms.attempts => (WAITING, "", reason.as_str()),
            TargetOutcome::Failed(reason) | TargetOutcome::Again(reason) => (FAILED, "", reason.as_str()),
        };
        // What is done is done, whoever did it.
        let sql = "UPDATE target SET state = ?4, digest = ?5, reason = ?6 WHERE shard = ?1 AND list = ?2 \
                   AND reference = ?3 AND state <> 2 AND (owner = ?7 OR CAST(?4 AS BIGINT) = 2)";
        let values = [
            Value::Int(self.shard),
            Value::Text(&terms.list),
            Value::Text(&lease.reference),
            Value::Int(state),
            Value::Text(digest),
            Value::Text(reason),
            Value::Text(&terms.owner),
        ];
        self.database.execute(sql, &values).map(drop)
    }

    /// How far a list is.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn target_counts(&mut self, list: &str) -> Result<TargetCounts, InventoryError> {
        let sql = "SELECT state, count(*) FROM target WHERE shard = ?1 AND list = ?2 GROUP BY state";
        let mut counts = TargetCounts::default();
        self.database.query(sql, &[Value::Int(self.shard), Value::Text(list)], |row| {
            let count = u64::try_from(row.int(1)?).unwrap_or_default();
            match row.int(0)? {
                WAITING => counts.waiting = count,
                LEASED => counts.leased = count,
                DONE => counts.done = count,
                _ => counts.failed = count,
            }
            Ok(())
        })?;
        Ok(counts)
    }

    /// What of a list could not be scanned, and why.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn failed_targets(&mut self, list: &str) -> Result<Vec<(String, String)>, InventoryError> {
        let sql =
            "SELECT reference, reason FROM target WHERE shard = ?1 AND list = ?2 AND state = 3 ORDER BY reference";
        let mut failed = Vec::new();
        self.database.query(sql, &[Value::Int(self.shard), Value::Text(list)], |row| {
            failed.push((row.text(0)?, row.text(1)?));
            Ok(())
        })?;
        Ok(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Store;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn names(leases: &[Lease]) -> Vec<&str> {
        leases.iter().map(|lease| lease.reference.as_str()).collect()
    }

    #[test]
    fn a_dead_workers_lease_returns() {
        let store = Store::new("leases");
        let mut inventory = Inventory::create(&store.location()).unwrap();
        let references: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        assert_eq!(inventory.enlist("list", &references, false).unwrap(), 3);
        assert_eq!(inventory.enlist("list", &references, false).unwrap(), 0);
        let terms = |owner: &str| LeaseTerms {
            list: "list".to_owned(),
            owner: owner.to_owned(),
            term: SignedDuration::from_secs(60),
            attempts: 2,
        };
        let first = inventory.lease(&terms("one"), 2, at(0)).unwrap();
        assert_eq!(names(&first), ["a", "b"]);
        let second = inventory.lease(&terms("two"), 5, at(1)).unwrap();
        assert_eq!(names(&second), ["c"]);
        inventory.finish_target(&terms("two"), &second[0], &TargetOutcome::Done("sha256:1".to_owned())).unwrap();
        // One that goes on keeps its own, one that died loses them.
        inventory.extend_leases(&terms("one"), at(50)).unwrap();
        assert!(inventory.lease(&terms("two"), 5, at(100)).unwrap().is_empty());
        let third = inventory.lease(&terms("two"), 5, at(111)).unwrap();
        assert_eq!((names(&third), third[0].attempts), (vec!["a", "b"], 2));
        // Whoever lost it cannot say that it failed, but that it is done.
        inventory.finish_target(&terms("one"), &first[0], &TargetOutcome::Failed("late".to_owned())).unwrap();
        inventory.finish_target(&terms("one"), &first[1], &TargetOutcome::Done("sha256:2".to_owned())).unwrap();
        inventory.finish_target(&terms("two"), &third[0], &TargetOutcome::Again("no".to_owned())).unwrap();
        let counts = inventory.target_counts("list").unwrap();
        assert_eq!((counts.waiting, counts.leased, counts.done, counts.failed), (0, 0, 2, 1));
        assert_eq!(inventory.failed_targets("list").unwrap(), [("a".to_owned(), "no".to_owned())]);
        assert_eq!(inventory.enlist("list", &references, true).unwrap(), 3);
    }

    #[test]
    fn what_kills_every_worker_is_given_up() {
        let store = Store::new("given-up");
        let mut inventory = Inventory::create(&store.location()).unwrap();
        inventory.enlist("list", &["a".to_owned()], false).unwrap();
        let terms = LeaseTerms {
            list: "list".to_owned(),
            owner: "one".to_owned(),
            term: SignedDuration::from_secs(10),
            attempts: 2,
        };
        for second in [0, 100] {
            assert_eq!(inventory.lease(&terms, 1, at(second)).unwrap().len(), 1);
        }
        assert!(inventory.lease(&terms, 1, at(200)).unwrap().is_empty());
        assert_eq!(inventory.target_counts("list").unwrap().failed, 1);
    }
}
