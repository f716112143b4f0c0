//! What runs where.
//!
//! Each report is the whole picture of one cluster of one environment: what is in it and was not began to run, what was in it and is not
//! ended. A digest that no document is about is kept all the same, and counted in every answer as running and never scanned.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_model::{Digest, DigestAlgorithm};

use crate::answer::time;
use crate::coverage;
use crate::error::InventoryError;
use crate::intake::shorten;
use crate::inventory::Inventory;
use crate::store::Value;

/// An image that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The digest of its manifest or index.
    pub digest: Digest,
    /// What it is called where it runs.
    pub image: String,
    /// What runs it, such as `namespace/pod/container`.
    pub workload: String,
}

/// An image that runs or ran, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeploymentRow {
    /// Where: `prod`, `staging`.
    pub environment: String,
    /// On which cluster.
    pub cluster: String,
    /// Its digest, `sha256:…`.
    pub digest: String,
    /// What it is called there.
    pub image: String,
    /// What runs it.
    pub workload: String,
    /// Since when.
    pub started: Option<Timestamp>,
    /// Until when; `None` while it runs.
    pub ended: Option<Timestamp>,
}

/// What a report of what runs changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeploymentChange {
    /// Workloads that run.
    pub running: u64,
    /// Those of them that are new.
    pub started: u64,
    /// Those that ran before and do not any more.
    pub ended: u64,
    /// Digests that run here or elsewhere and that no document is about.
    pub never_scanned: u64,
}

impl Inventory {
    /// Takes a report of what runs on a cluster in place of the one before.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn set_running(
        &mut self,
        environment: &str,
        cluster: &str,
        running: &[Running],
        now: Timestamp,
    ) -> Result<DeploymentChange, InventoryError> {
        let shard = self.shard;
        let (environment, cluster) = (kept(environment), kept(cluster));
        let place = [Value::Int(shard), Value::Text(&environment), Value::Text(&cluster)];
        let [own, within, on] = place;
        let mut wanted: BTreeMap<(String, String), &Running> = BTreeMap::new();
        for one in running {
            wanted.insert((one.digest.to_string(), kept(&one.workload)), one);
        }
        self.database.write(shard, |database| {
            let mut change = DeploymentChange { running: wanted.len() as u64, ..DeploymentChange::default() };
            let mut gone = Vec::new();
            let sql = "SELECT digest, workload FROM deployment \
                       WHERE shard = ?1 AND environment = ?2 AND cluster = ?3 AND ended = 0";
            database.query(sql, &place, |row| {
                let key = (row.text(0)?, row.text(1)?);
                if wanted.remove(&key).is_none() {
                    gone.push(key);
                }
                Ok(())
            })?;
            for (digest, workload) in &gone {
                let sql = "UPDATE deployment SET ended = ?6 WHERE shard = ?1 AND environment = ?2 AND cluster = ?3 \
                           AND digest = ?4 AND workload = ?5 AND ended = 0";
                let at = Value::Int(now.as_second().max(1));
                database.execute(sql, &[own, within, on, Value::Text(digest), Value::Text(workload), at])?;
            }
            for ((digest, workload), one) in &wanted {
                // Of what stopped and began within a second there is one row.
                let sql = "INSERT INTO deployment (shard, environment, cluster, digest, workload, started, image, identity, \
                           ended) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0) \
                           ON CONFLICT (shard, environment, cluster, digest, workload, started) DO UPDATE SET ended = 0";
                let (image, identity) = (kept(&one.image), identity(&one.digest));
                let rest = [Value::Int(now.as_second()), Value::Text(&image), Value::Blob(&identity)];
                let [at, image, identity] = rest;
                let (digest, workload) = (Value::Text(digest), Value::Text(workload));
                database.execute(sql, &[own, within, on, digest, workload, at, image, identity])?;
            }
            change.started = wanted.len() as u64;
            change.ended = gone.len() as u64;
            coverage::count_running(database, shard)?;
            change.never_scanned = coverage::coverage_counts(database, shard)?.never_scanned;
            Ok(change)
        })
    }

    /// What runs, or with `all` also what ran, by environment, cluster and digest.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn deployments(&mut self, all: bool) -> Result<Vec<DeploymentRow>, InventoryError> {
        let mut rows = Vec::new();
        let sql = "SELECT environment, cluster, digest, image, workload, started, ended FROM deployment \
                   WHERE shard = ?1 AND ended <= ?2 ORDER BY environment, cluster, digest, workload, started";
        // What runs has ended at 0.
        let last = if all { i64::MAX } else { 0 };
        self.database.query(sql, &[Value::Int(self.shard), Value::Int(last)], |row| {
            rows.push(DeploymentRow {
                environment: row.text(0)?,
                cluster: row.text(1)?,
                digest: row.text(2)?,
                image: row.text(3)?,
                workload: row.text(4)?,
                started: time(row.int(5)?),
                ended: time(row.int(6)?),
            });
            Ok(())
        })?;
        Ok(rows)
    }
}

/// As artifacts have it.
fn identity(digest: &Digest) -> Vec<u8> {
    match digest.algorithm() {
        DigestAlgorithm::Sha256 => digest.bytes().to_vec(),
        _ => digest.to_string().into_bytes(),
    }
}

/// A text as databases hold it.
fn kept(text: &str) -> String {
    shorten(&text.replace('\0', "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Store, sbom};
    use crate::{Context, Intake, Page, Query};

    #[test]
    fn a_report_takes_the_place_of_the_one_before() {
        let store = Store::new("running");
        let mut inventory = Inventory::create(&store.location()).unwrap();
        let digest = |byte: &str| Digest::from_prefixed(&format!("sha256:{}", byte.repeat(32))).unwrap();
        let runs =
            |byte: &str| Running { digest: digest(byte), image: "shop:1".to_owned(), workload: "a/b".to_owned() };
        let second = |second| Timestamp::from_second(second).unwrap();
        let change = inventory.set_running("prod", "eu", &[runs("aa"), runs("bb"), runs("bb")], second(5)).unwrap();
        assert_eq!((change.running, change.started, change.ended, change.never_scanned), (2, 2, 0, 2));
        let mut context = Context { digest: Some(digest("aa")), ..Context::default() };
        context.labels.clear();
        let bytes = sbom("shop", 1, &["pkg:npm/a@1"]);
        let intake = Intake::read(&bytes, &context, &plimsoll_model::Limits::DEFAULT).unwrap();
        inventory.add(&[intake], second(6)).unwrap();
        let answer = inventory.find(&Query::Everything, Page::default()).unwrap();
        assert_eq!((answer.denominator.artifacts, answer.denominator.never_scanned), (1, 1));
        assert_eq!(crate::segments::mark(&mut inventory.database, 0, "deployed").unwrap().len(), 1);
        // Another cluster is another picture.
        inventory.set_running("prod", "us", &[runs("cc")], second(7)).unwrap();
        let change = inventory.set_running("prod", "eu", &[runs("bb")], second(8)).unwrap();
        assert_eq!((change.running, change.started, change.ended, change.never_scanned), (1, 0, 1, 2));
        assert!(crate::segments::mark(&mut inventory.database, 0, "deployed").unwrap().is_empty());
        assert_eq!(crate::segments::mark(&mut inventory.database, 0, "was-deployed").unwrap().len(), 1);
        let rows = inventory.deployments(true).unwrap();
        assert_eq!(rows.len(), 3);
        assert_eq!((rows[0].started, rows[0].ended), (Some(second(5)), Some(second(8))));
        assert_eq!(inventory.deployments(false).unwrap().len(), 2);
    }
}
