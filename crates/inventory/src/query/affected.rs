//! Components that advisories affect, by the same rules as everywhere else.
//!
//! The index knows names; whether a version is affected, on this release of this distribution, is decided by the matcher of advisories.

use std::sync::Arc;

use plimsoll_advisory::{Advisories, Advisory, AffectedPackage, State, Target};
use rustc_hash::FxHashMap;

use crate::error::InventoryError;
use crate::lookup::number;
use crate::store::{Database, Value};

/// Finds advisories by an id: those of that name, and those that are or say the same.
pub trait Resolve {
    /// The advisories; none when nothing is known of the id.
    ///
    /// # Errors
    /// They cannot be read.
    fn advisory(&self, id: &str) -> Result<Vec<Advisory>, InventoryError>;
}

/// Advisories by which components are chosen.
#[derive(Debug, Clone)]
pub struct Affected {
    id: String,
    advisories: Arc<Advisories>,
    packages: Vec<AffectedPackage>,
}

impl PartialEq for Affected {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.packages == other.packages
    }
}

impl Eq for Affected {}

/// What is known of a component that was chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// It is affected; if not, it cannot be told.
    pub(crate) certain: bool,
    /// Versions that are not affected, the nearest first.
    pub(crate) fixed: Vec<String>,
}

impl Affected {
    /// Of advisories that are one under this id.
    #[must_use]
    pub fn by(id: &str, advisories: Vec<Advisory>) -> Self {
        let packages = advisories.iter().flat_map(Advisory::packages).collect();
        Self { id: id.to_owned(), packages, advisories: Arc::new(Advisories::from_records(advisories)) }
    }

    /// What was asked for.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The ids of the advisories and their aliases.
    pub(crate) fn ids(&self) -> Vec<String> {
        let own = |record: &Advisory| {
            std::iter::once(record.id.clone()).chain(record.aliases.iter().cloned()).collect::<Vec<_>>()
        };
        let mut ids: Vec<String> = self.advisories.records().flat_map(own).collect();
        ids.push(self.id.clone());
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The components that they affect, or may affect, by number.
    pub(crate) fn components(&self, database: &mut Database, shard: i64) -> Result<Vec<(u32, Chosen)>, InventoryError> {
        let mut candidates: FxHashMap<u32, String> = FxHashMap::default();
        for package in &self.packages {
            candidates_of(database, shard, package, &mut candidates)?;
        }
        let mut candidates: Vec<(u32, Target)> = candidates
            .into_iter()
            .filter_map(|(component, purl)| Some((component, Target::parse(&purl).ok()?)))
            .collect();
        candidates.sort_unstable_by_key(|(component, _)| *component);
        let targets: Vec<Target> = candidates.iter().map(|(_, target)| target.clone()).collect();
        let mut chosen = Vec::new();
        for ((component, _), matched) in candidates.iter().zip(self.advisories.matches(&targets)) {
            let states = || matched.matches.iter().map(|found| found.state);
            if states().any(|state| state != State::NotAffected) {
                let certain = states().any(|state| state == State::Affected);
                let fixed = matched.affected().flat_map(|found| found.fixed.iter().cloned()).collect();
                chosen.push((*component, Chosen { certain, fixed }));
            }
        }
        Ok(chosen)
    }
}

/// The components that a package of an advisory may be: by their own name, and by that of their source package.
fn candidates_of(
    database: &mut Database,
    shard: i64,
    package: &AffectedPackage,
    candidates: &mut FxHashMap<u32, String>,
) -> Result<(), InventoryError> {
    let Some(kind) = package.kind else { return Ok(()) };
    let own = match &package.namespace {
        Some(namespace) => format!("{namespace}/{}", package.name),
        None => package.name.clone(),
    };
    let own = own.to_lowercase();
    // An action is named by its repository as well.
    let kinds: &[&str] = if kind == "githubactions" { &["githubactions", "github"] } else { &[kind] };
    let mut packages: FxHashMap<i64, String> = FxHashMap::default();
    for kind in kinds {
        let sql = "SELECT id, prefix FROM package WHERE shard = ?1 AND kind = ?2 AND lower(name) = ?3";
        database.query(sql, &[Value::Int(shard), Value::Text(kind), Value::Text(&own)], |row| {
            packages.insert(row.int(0)?, row.text(1)?);
            Ok(())
        })?;
    }
    let mut numbers: Vec<i64> = packages.keys().copied().collect();
    numbers.sort_unstable();
    database.for_ints(
        "SELECT id, package, tail FROM component WHERE shard = ?1 AND package = ?2",
        "SELECT id, package, tail FROM component WHERE shard = ?1 AND package = ANY(?2)",
        shard,
        &numbers,
        |row| {
            if let Some(prefix) = packages.get(&row.int(1)?) {
                candidates.insert(number(row.int(0)?), format!("{prefix}{}", row.text(2)?));
            }
            Ok(())
        },
    )?;
    if !matches!(kind, "deb" | "rpm" | "apk" | "alpm") {
        return Ok(());
    }
    // What the qualifier has encoded matches anything; the matcher decides.
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '%' };
    let pattern = format!("%upstream={}%", package.name.chars().map(plain).collect::<String>());
    let sql = "SELECT c.id, p.prefix, c.tail FROM package p JOIN component c ON c.shard = p.shard AND c.package = p.id \
               WHERE p.shard = ?1 AND p.kind = ?2 AND c.tail LIKE ?3";
    database.query(sql, &[Value::Int(shard), Value::Text(kind), Value::Text(&pattern)], |row| {
        candidates.insert(number(row.int(0)?), format!("{}{}", row.text(1)?, row.text(2)?));
        Ok(())
    })
}
