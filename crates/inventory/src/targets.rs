//! Lists of images to scan, which any number of processes on any number of machines work off together.
//!
//! A worker leases a target for a time, says now and then that it is alive, and says what came of it. A lease that ran out may be taken
//! by another: its worker is dead. The clock is that of the store, as those of the workers may differ.

use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::{Database, Value};

/// A target that a worker has to itself for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// What to scan.
    pub reference: String,
    /// How often it was leased, this time among them.
    pub attempts: u64,
}

/// How far a list is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetCounts {
    /// Nobody works on them.
    pub waiting: u64,
    /// Somebody works on them, or did and died.
    pub leased: u64,
    /// They are in the inventory.
    pub done: u64,
    /// They could not be scanned.
    pub failed: u64,
}

const WAITING: i64 = 0;
const LEASED: i64 = 1;
const DONE: i64 = 2;
const FAILED: i64 = 3;

type Outcome<T> = Result<T, InventoryError>;

impl Inventory {
    /// Puts targets on a list; those that are there stay as they are. How many were not.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn add_targets(&mut self, list: &str, references: &[String]) -> Outcome<u64> {
        let shard = self.shard;
        self.database.write(shard, |database| {
            let mut new = 0_u64;
            for reference in references {
                let sql = "INSERT INTO target (shard, list, reference, digest, state, owner, until, attempts, reason) \
                           VALUES (?1, ?2, ?3, '', 0, '', 0, 0, '') ON CONFLICT DO NOTHING";
                let values = [Value::Int(shard), Value::Text(list), Value::Text(reference)];
                new = new.saturating_add(database.execute(sql, &values)?);
            }
            Ok(new)
        })
    }

    /// Leases up to `count` targets for `seconds`: those that wait, and those whose worker has died.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn lease(&mut self, list: &str, owner: &str, count: usize, seconds: u32) -> Outcome<Vec<Lease>> {
        // One statement, so that two workers never get the same. PostgreSQL's workers pass over what others are just taking; as an
        // array, as it may run a subquery once for each row, each time with other rows locked.
        let sql = if self.database.is_postgres() {
            "UPDATE target SET state = 1, owner = ?3, attempts = attempts + 1, \
             until = floor(extract(epoch FROM clock_timestamp()))::bigint + ?5 \
             WHERE shard = ?1 AND list = ?2 AND reference = ANY(ARRAY(SELECT reference FROM target WHERE shard = ?1 AND list = ?2 \
             AND (state = 0 OR (state = 1 AND until < floor(extract(epoch FROM clock_timestamp()))::bigint)) \
             ORDER BY reference LIMIT ?4 FOR UPDATE SKIP LOCKED)) RETURNING reference, attempts"
        } else {
            "UPDATE target SET state = 1, owner = ?3, attempts = attempts + 1, until = unixepoch() + ?5 \
             WHERE shard = ?1 AND list = ?2 AND reference IN (SELECT reference FROM target WHERE shard = ?1 AND list = ?2 \
             AND (state = 0 OR (state = 1 AND until < unixepoch())) ORDER BY reference LIMIT ?4) \
             RETURNING reference, attempts"
        };
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let values = [
            Value::Int(self.shard),
            Value::Text(list),
            Value::Text(owner),
            Value::Int(count),
            Value::Int(i64::from(seconds)),
        ];
        let mut leases = Vec::new();
        self.database.query(sql, &values, |row| {
            let attempts = u64::try_from(row.int(1)?).unwrap_or_default();
            leases.push(Lease { reference: row.text(0)?, attempts });
            Ok(())
        })?;
        leases.sort_by(|left, right| left.reference.cmp(&right.reference));
        Ok(leases)
    }

    /// Says that a worker is alive: its leases hold for so many more seconds.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn extend_leases(&mut self, list: &str, owner: &str, seconds: u32) -> Outcome<()> {
        let sql = if self.database.is_postgres() {
            "UPDATE target SET until = floor(extract(epoch FROM clock_timestamp()))::bigint + ?4 \
             WHERE shard = ?1 AND list = ?2 AND owner = ?3 AND state = 1"
        } else {
            "UPDATE target SET until = unixepoch() + ?4 WHERE shard = ?1 AND list = ?2 AND owner = ?3 AND state = 1"
        };
        let values = [Value::Int(self.shard), Value::Text(list), Value::Text(owner), Value::Int(i64::from(seconds))];
        self.database.execute(sql, &values).map(drop)
    }

    /// A target was scanned: it stands for this digest. False when the lease is another's by now.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn target_done(&mut self, list: &str, owner: &str, reference: &str, digest: &str) -> Outcome<bool> {
        self.target_ended(list, owner, reference, DONE, digest, "")
    }

    /// A target could not be scanned. With `again`, another try may be made.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn target_failed(
        &mut self,
        list: &str,
        owner: &str,
        reference: &str,
        reason: &str,
        again: bool,
    ) -> Outcome<bool> {
        let reason = reason.replace('\0', "\u{fffd}");
        self.target_ended(list, owner, reference, if again { WAITING } else { FAILED }, "", &reason)
    }

    fn target_ended(
        &mut self,
        list: &str,
        owner: &str,
        reference: &str,
        state: i64,
        digest: &str,
        reason: &str,
    ) -> Outcome<bool> {
        let sql = "UPDATE target SET state = ?5, digest = ?6, reason = ?7, owner = '', until = 0 \
                   WHERE shard = ?1 AND list = ?2 AND reference = ?3 AND owner = ?4 AND state = 1";
        let values = [
            Value::Int(self.shard),
            Value::Text(list),
            Value::Text(reference),
            Value::Text(owner),
            Value::Int(state),
            Value::Text(digest),
            Value::Text(reason),
        ];
        Ok(self.database.execute(sql, &values)? > 0)
    }

    /// Whether a target of a list that stands for this digest was scanned.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn is_scanned(&mut self, list: &str, digest: &str) -> Outcome<bool> {
        let sql = "SELECT 1 FROM target WHERE shard = ?1 AND list = ?2 AND state = 2 AND digest = ?3 LIMIT 1";
        let values = [Value::Int(self.shard), Value::Text(list), Value::Text(digest)];
        Ok(self.database.one(sql, &values, |_| Ok(()))?.is_some())
    }

    /// Lets a list be worked off once more: all of it, or with `failed` what could not be scanned.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn reset_targets(&mut self, list: &str, failed: bool) -> Outcome<()> {
        let sql = "UPDATE target SET state = 0, owner = '', until = 0, attempts = 0 \
                   WHERE shard = ?1 AND list = ?2 AND (state = 3 OR (state = 2 AND ?3 = 0))";
        let values = [Value::Int(self.shard), Value::Text(list), Value::Int(i64::from(failed))];
        self.database.execute(sql, &values).map(drop)
    }

    /// How far a list is.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn target_counts(&mut self, list: &str) -> Outcome<TargetCounts> {
        counts(&mut self.database, self.shard, list)
    }

    /// What of a list could not be scanned, and why.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn failed_targets(&mut self, list: &str) -> Outcome<Vec<(String, String)>> {
        let mut failed = Vec::new();
        let sql =
            "SELECT reference, reason FROM target WHERE shard = ?1 AND list = ?2 AND state = 3 ORDER BY reference";
        self.database.query(sql, &[Value::Int(self.shard), Value::Text(list)], |row| {
            failed.push((row.text(0)?, row.text(1)?));
            Ok(())
        })?;
        Ok(failed)
    }
}

fn counts(database: &mut Database, shard: i64, list: &str) -> Outcome<TargetCounts> {
    let mut counts = TargetCounts::default();
    let sql = "SELECT state, count(*) FROM target WHERE shard = ?1 AND list = ?2 GROUP BY state";
    database.query(sql, &[Value::Int(shard), Value::Text(list)], |row| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Store;

    fn names(leases: &[Lease]) -> Vec<&str> {
        leases.iter().map(|lease| lease.reference.as_str()).collect()
    }

    #[test]
    fn a_target_is_leased_once_and_comes_back() {
        let store = Store::new("targets");
        let mut one = Inventory::create(&store.location()).unwrap();
        let mut other = Inventory::open(&store.location()).unwrap();
        let references = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(one.add_targets("x", &references).unwrap(), 3);
        assert_eq!(other.add_targets("x", &references).unwrap(), 0);
        assert_eq!(names(&one.lease("x", "one", 2, 60).unwrap()), ["a", "b"]);
        assert_eq!(names(&other.lease("x", "other", 2, 0).unwrap()), ["c"]);
        assert!(other.lease("x", "other", 2, 60).unwrap().is_empty());
        assert!(one.target_done("x", "one", "a", "sha256:1").unwrap());
        assert!(!other.target_done("x", "other", "b", "sha256:1").unwrap());
        assert!(one.is_scanned("x", "sha256:1").unwrap() && !one.is_scanned("y", "sha256:1").unwrap());
        assert!(one.target_failed("x", "one", "b", "no", false).unwrap());
        assert_eq!(one.failed_targets("x").unwrap(), [("b".to_owned(), "no".to_owned())]);
        // The lease of the other is over in the next second.
        std::thread::sleep(std::time::Duration::from_millis(2100));
        let taken = one.lease("x", "one", 9, 60).unwrap();
        assert_eq!((names(&taken), taken[0].attempts), (vec!["c"], 2));
        assert!(!other.target_done("x", "other", "c", "sha256:2").unwrap());
        let counts = one.target_counts("x").unwrap();
        assert_eq!((counts.waiting, counts.leased, counts.done, counts.failed), (0, 1, 1, 1));
        one.reset_targets("x", true).unwrap();
        assert_eq!(one.target_counts("x").unwrap().waiting, 1);
    }
}
