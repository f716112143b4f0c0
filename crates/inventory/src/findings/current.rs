//! The builds of a line that count, and their documents.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use crate::error::InventoryError;
use crate::segments;
use crate::store::{Database, Value};

/// The documents that count of one line of builds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Current {
    /// The builds: those that run, or the newest.
    pub(super) artifacts: BTreeSet<u32>,
    /// Document and build, in the order of documents.
    pub(super) documents: Vec<(u32, u32)>,
}

/// A build and what it is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Build {
    /// When it was made; of one that does not say, when it was added.
    time: i64,
    identity: Vec<u8>,
    artifact: u32,
}

/// The builds of one line, and document and build of each of their documents.
#[derive(Default)]
struct Builds {
    builds: BTreeSet<Build>,
    documents: Vec<(u32, u32)>,
}

/// What counts of some lines of builds. A line that is not in the answer has nothing that counts.
pub(super) fn current(
    database: &mut Database,
    shard: i64,
    lineages: &[i64],
) -> Result<BTreeMap<i64, Current>, InventoryError> {
    let live = segments::mark(database, shard, "live")?;
    let (running, ran) = deployed(database, shard)?;
    let mut builds: BTreeMap<i64, Builds> = BTreeMap::new();
    database.for_ints(
        "SELECT a.lineage, a.id, a.built, a.added, a.identity, d.id FROM artifact a \
         JOIN document d ON d.shard = a.shard AND d.artifact = a.id WHERE a.shard = ?1 AND a.lineage = ?2",
        "SELECT a.lineage, a.id, a.built, a.added, a.identity, d.id FROM artifact a \
         JOIN document d ON d.shard = a.shard AND d.artifact = a.id WHERE a.shard = ?1 AND a.lineage = ANY(?2)",
        shard,
        lineages,
        |row| {
            let (artifact, document) = (small(row.int(1)?), small(row.int(5)?));
            if live.contains(document) {
                let (built, added) = (row.int(2)?, row.int(3)?);
                let time = if built == 0 { added } else { built };
                let of = builds.entry(row.int(0)?).or_default();
                of.builds.insert(Build { time, identity: row.blob(4)?, artifact });
                of.documents.push((document, artifact));
            }
            Ok(())
        },
    )?;
    Ok(builds.into_iter().map(|(lineage, of)| (lineage, counting(&of.builds, of.documents, &running, &ran))).collect())
}

fn counting(
    builds: &BTreeSet<Build>,
    documents: Vec<(u32, u32)>,
    running: &RoaringBitmap,
    ran: &RoaringBitmap,
) -> Current {
    let is_in = |set: &RoaringBitmap| -> BTreeSet<u32> {
        builds.iter().map(|build| build.artifact).filter(|artifact| set.contains(*artifact)).collect()
    };
    let mut artifacts = is_in(running);
    // Of what once ran and does not any more nothing counts.
    if artifacts.is_empty() && is_in(ran).is_empty() {
        artifacts.extend(builds.last().map(|build| build.artifact));
    }
    let mut documents: Vec<(u32, u32)> =
        documents.into_iter().filter(|(_, artifact)| artifacts.contains(artifact)).collect();
    documents.sort_unstable();
    Current { artifacts, documents }
}

/// The builds that run somewhere, and those that run or ran.
pub(super) fn deployed(database: &mut Database, shard: i64) -> Result<(RoaringBitmap, RoaringBitmap), InventoryError> {
    let (mut running, mut ran) = (RoaringBitmap::new(), RoaringBitmap::new());
    let mut read = |database: &mut Database, sql| {
        database.query(sql, &[Value::Int(shard)], |row| {
            let artifact = small(row.int(0)?);
            ran.insert(artifact);
            if row.int(1)? == 0 {
                running.insert(artifact);
            }
            Ok(())
        })
    };
    read(
        database,
        "SELECT a.id, d.ended FROM deployment d JOIN artifact a ON a.shard = d.shard AND a.identity = d.identity \
         WHERE d.shard = ?1",
    )?;
    // What runs may be named by the index that lists a build.
    read(
        database,
        "SELECT a.artifact, d.ended FROM deployment d JOIN alias a ON a.shard = d.shard AND a.value = d.digest \
         WHERE d.shard = ?1",
    )?;
    Ok((running, ran))
}

/// The lines of builds of which documents or deployments changed since they were last looked at, or all when that cannot be told.
pub(super) fn touched(database: &mut Database, shard: i64) -> Result<Vec<i64>, InventoryError> {
    let mut lineages: BTreeSet<i64> = BTreeSet::new();
    let (live, seen) = (segments::mark(database, shard, "live")?, segments::mark(database, shard, "assessed")?);
    let differ: Vec<i64> = (&live ^ &seen).iter().map(i64::from).collect();
    let mut found = 0_u64;
    database.for_ints(
        "SELECT a.lineage FROM document d JOIN artifact a ON a.shard = d.shard AND a.id = d.artifact \
         WHERE d.shard = ?1 AND d.id = ?2",
        "SELECT a.lineage FROM document d JOIN artifact a ON a.shard = d.shard AND a.id = d.artifact \
         WHERE d.shard = ?1 AND d.id = ANY(?2)",
        shard,
        &differ,
        |row| {
            lineages.insert(row.int(0)?);
            found = found.saturating_add(1);
            Ok(())
        },
    )?;
    let running = deployed(database, shard)?.0 ^ segments::mark(database, shard, "assessed-deployed")?;
    let running: Vec<i64> = running.iter().map(i64::from).collect();
    database.for_ints(
        "SELECT lineage FROM artifact WHERE shard = ?1 AND id = ?2",
        "SELECT lineage FROM artifact WHERE shard = ?1 AND id = ANY(?2)",
        shard,
        &running,
        |row| {
            lineages.insert(row.int(0)?);
            Ok(())
        },
    )?;
    if found < differ.len() as u64 {
        // Documents that were removed no longer say whose they were.
        database.query("SELECT lineage FROM assessment WHERE shard = ?1", &[Value::Int(shard)], |row| {
            lineages.insert(row.int(0)?);
            Ok(())
        })?;
    }
    Ok(lineages.into_iter().collect())
}

pub(super) fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
