//! What changed between two builds.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::artifact::{ArtifactId, ArtifactSummary, builds};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup::{self, number};
use crate::query::version;
use crate::store::Database;

/// What changed from one artifact to another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The artifact before.
    pub before: ArtifactSummary,
    /// The artifact after.
    pub after: ArtifactSummary,
    /// Packages that are not the same in both, by name.
    pub changes: Vec<ComponentChange>,
    /// How many components are the same in both.
    pub same: u64,
}

/// A package that is not the same in two artifacts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComponentChange {
    /// The purl without its version, or the name.
    pub package: String,
    /// What only the artifact before has: versions with what follows them in the purl.
    pub before: Vec<String>,
    /// What only the artifact after has.
    pub after: Vec<String>,
}

/// What became of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Change {
    /// It was not there before, or fewer versions of it.
    Added,
    /// It is not there any more, or fewer versions of it.
    Removed,
    /// It has other versions.
    Changed,
}

impl ComponentChange {
    /// What became of it.
    #[must_use]
    pub fn change(&self) -> Change {
        match (self.before.is_empty(), self.after.is_empty()) {
            (true, _) => Change::Added,
            (_, true) => Change::Removed,
            _ => Change::Changed,
        }
    }
}

impl Inventory {
    /// What changed from one artifact to another.
    ///
    /// # Errors
    /// There is no such artifact, or the store cannot be read.
    pub fn diff(&mut self, before: ArtifactId, after: ArtifactId) -> Result<Difference, InventoryError> {
        let shard = self.shard;
        self.database.read(|database| difference(database, shard, before, after))
    }

    /// What changed from the build before; `None` for the first of its line.
    ///
    /// # Errors
    /// As [`Inventory::diff`].
    pub fn diff_to_previous(&mut self, artifact: ArtifactId) -> Result<Option<Difference>, InventoryError> {
        let shard = self.shard;
        self.database.read(|database| {
            let builds = builds(database, shard, artifact)?;
            let mut older = builds.into_iter().skip_while(|build| *build != artifact.number).skip(1);
            let Some(before) = older.next() else { return Ok(None) };
            difference(database, shard, ArtifactId { shard: artifact.shard, number: before }, artifact).map(Some)
        })
    }
}

fn difference(
    database: &mut Database,
    shard: i64,
    before: ArtifactId,
    after: ArtifactId,
) -> Result<Difference, InventoryError> {
    let mut summary = |artifact: ArtifactId| {
        let reference = artifact.to_number().to_string();
        let found = lookup::summaries(database, shard, &[artifact.number])?.pop();
        found.ok_or(InventoryError::Unknown { what: "artifact", reference })
    };
    let (first, second) = (summary(before)?, summary(after)?);
    let held = |database: &mut Database, artifact| -> Result<FxHashSet<u32>, InventoryError> {
        Ok(super::of_artifact(database, shard, artifact)?.components().collect())
    };
    let (old, new) = (held(database, before)?, held(database, after)?);
    let mut packages: BTreeMap<String, ComponentChange> = BTreeMap::new();
    let apart: Vec<u32> = old.symmetric_difference(&new).copied().collect();
    database.for_ints(
        "SELECT c.id, p.prefix, c.tail FROM component c JOIN package p ON p.shard = c.shard AND p.id = c.package \
         WHERE c.shard = ?1 AND c.id = ?2",
        "SELECT c.id, p.prefix, c.tail FROM component c JOIN package p ON p.shard = c.shard AND p.id = c.package \
         WHERE c.shard = ?1 AND c.id = ANY(?2)",
        shard,
        &lookup::keys(&apart),
        |row| {
            let (component, package, tail) = (number(row.int(0)?), row.text(1)?, row.text(2)?);
            let change = packages.entry(package.clone()).or_insert_with(|| ComponentChange {
                package,
                before: Vec::new(),
                after: Vec::new(),
            });
            let side = if old.contains(&component) { &mut change.before } else { &mut change.after };
            side.push(shown(&tail));
            Ok(())
        },
    )?;
    let mut changes: Vec<ComponentChange> = packages.into_values().collect();
    for change in &mut changes {
        change.before.sort_unstable();
        change.after.sort_unstable();
    }
    Ok(Difference { before: first, after: second, changes, same: old.intersection(&new).count() as u64 })
}

/// The version of a component with its qualifiers.
fn shown(tail: &str) -> String {
    let rest = tail.find(['?', '#']).and_then(|at| tail.get(at..)).unwrap_or_default();
    format!("{}{rest}", version(tail))
}
