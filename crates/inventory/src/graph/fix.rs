//! The smallest set of upgrades that frees artifacts of what was asked for.
//!
//! What a build can change is what it refers to itself, so an upgrade is of a direct dependency. The smallest set is a set cover, and
//! that is hard; the upgrade that clears most artifacts is taken first, and so on. To which version is answered from what is
//! known: an advisory's fixed version, or a version that is in the inventory and brings nothing of it in.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use plimsoll_version::Scheme;
use rustc_hash::FxHashMap;

use super::routes::{AllRoutes, Routes, named, routes};
use crate::answer::Answer;
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup::{self, number};
use crate::query::{Query, version};
use crate::store::Database;

/// How many upgrades a plan has at most.
const MOST: usize = 1000;

/// Upgrades in the order in which they help most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatchPlan {
    /// Counts, as of any answer, without rows.
    pub answer: Answer,
    /// How many artifacts were looked into.
    pub examined: u64,
    /// The upgrades.
    pub upgrades: Vec<Upgrade>,
}

/// An upgrade of a direct dependency, or of what is listed without a dependency that leads to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upgrade {
    /// The package: a purl without version, or a name.
    pub package: String,
    /// The versions that are there.
    pub from: Vec<String>,
    /// The lowest version that is known to be free of it; `None` when none is known.
    pub to: Option<String>,
    /// The version is from an advisory; if not, an artifact here has it.
    pub advised: bool,
    /// In how many artifacts.
    pub artifacts: u64,
    /// How many artifacts are clear after this upgrade and those before, and were not without it.
    pub clears: u64,
    /// What it brings in, some of it.
    pub brings: Vec<String>,
    /// Versions of what it brings in that advisories call fixed: what to pin where no version of the package helps.
    pub pin: Vec<String>,
}

/// A package that brings something in.
#[derive(Default)]
struct Bringer {
    versions: BTreeSet<u32>,
    brings: BTreeSet<u32>,
    itself: bool,
    artifacts: u64,
}

impl Inventory {
    /// The smallest set of upgrades that frees artifacts of the components that a question asks for.
    ///
    /// # Errors
    /// As [`Inventory::find`].
    pub fn patch_plan(&mut self, query: &Query) -> Result<PatchPlan, InventoryError> {
        let shard = self.shard;
        self.database.read(|database| plan(database, shard, query))
    }
}

fn plan(database: &mut Database, shard: i64, query: &Query) -> Result<PatchPlan, InventoryError> {
    let AllRoutes { answer, routes, fixed } = routes(database, shard, query)?;
    let mut numbers: BTreeSet<u32> = BTreeSet::new();
    for route in &routes {
        numbers.extend(route.through.keys());
        numbers.extend(route.through.values().flatten());
        numbers.extend(&route.loose);
    }
    let numbers: Vec<u32> = numbers.into_iter().collect();
    let texts = lookup::component_texts(database, shard, &numbers)?;
    let packages = packages(database, shard, &numbers)?;
    let (bringers, needs) = bringers(&routes, &packages);
    let mut plan = PatchPlan { answer, examined: routes.len() as u64, upgrades: Vec::new() };
    for (package, clears) in order(needs).into_iter().take(MOST) {
        let Some(bringer) = bringers.get(&package) else { continue };
        let known = known(database, shard, package)?;
        let mut from: Vec<&Known> = known.iter().filter(|known| bringer.versions.contains(&known.component)).collect();
        from.sort_by(|left, right| left.order(right));
        let (to, advised) = target(bringer, &from, &known, &fixed);
        let pin: BTreeSet<String> = bringer
            .brings
            .iter()
            .filter(|brought| !bringer.versions.contains(brought))
            .flat_map(|brought| fixed.get(brought).into_iter().flatten().take(1).cloned())
            .collect();
        plan.upgrades.push(Upgrade {
            package: known.first().map(|known| known.prefix.clone()).unwrap_or_default(),
            from: from.iter().map(|known| known.version.clone()).collect(),
            to,
            advised,
            artifacts: bringer.artifacts,
            clears,
            brings: named(&texts, &bringer.brings)?,
            pin: pin.into_iter().collect(),
        });
    }
    Ok(plan)
}

/// The packages of components.
fn packages(database: &mut Database, shard: i64, components: &[u32]) -> Result<FxHashMap<u32, i64>, InventoryError> {
    let mut packages = FxHashMap::default();
    database.for_ints(
        "SELECT id, package FROM component WHERE shard = ?1 AND id = ?2",
        "SELECT id, package FROM component WHERE shard = ?1 AND id = ANY(?2)",
        shard,
        &lookup::keys(components),
        |row| {
            packages.insert(number(row.int(0)?), row.int(1)?);
            Ok(())
        },
    )?;
    Ok(packages)
}

/// How many artifacts need just these packages upgraded.
type Needs = BTreeMap<BTreeSet<i64>, u64>;

/// What brings something in, by package, and what each artifact needs.
fn bringers(routes: &[Routes], packages: &FxHashMap<u32, i64>) -> (BTreeMap<i64, Bringer>, Needs) {
    let mut bringers: BTreeMap<i64, Bringer> = BTreeMap::new();
    let mut needs = Needs::new();
    for route in routes {
        let mut need = BTreeSet::new();
        let loose = route.loose.iter().map(|component| (*component, BTreeSet::from([*component])));
        let through = route.through.iter().map(|(direct, brings)| (*direct, brings.clone()));
        for (direct, brings) in through.chain(loose) {
            let Some(package) = packages.get(&direct) else { continue };
            let bringer = bringers.entry(*package).or_default();
            bringer.versions.insert(direct);
            bringer.itself |= brings.contains(&direct);
            bringer.brings.extend(brings);
            need.insert(*package);
        }
        for package in &need {
            if let Some(bringer) = bringers.get_mut(package) {
                bringer.artifacts = bringer.artifacts.saturating_add(1);
            }
        }
        if !need.is_empty() {
            let count = needs.entry(need).or_default();
            *count = count.saturating_add(1);
        }
    }
    (bringers, needs)
}

/// Packages in the order in which their upgrade clears most, with how many artifacts each clears.
fn order(mut needs: Needs) -> Vec<(i64, u64)> {
    let mut order = Vec::new();
    while !needs.is_empty() && order.len() < MOST {
        let mut gains: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
        for (need, count) in &needs {
            for package in need {
                let (clears, touches) = gains.entry(*package).or_default();
                *touches = touches.saturating_add(*count);
                if need.len() == 1 {
                    *clears = clears.saturating_add(*count);
                }
            }
        }
        // Of packages that gain the same the first is taken.
        let best = gains.iter().max_by(|left, right| left.1.cmp(right.1).then_with(|| right.0.cmp(left.0)));
        let Some((best, clears)) = best.map(|(package, (clears, _))| (*package, *clears)) else { break };
        order.push((best, clears));
        let mut rest = Needs::new();
        for (mut need, count) in needs {
            need.remove(&best);
            if !need.is_empty() {
                let held = rest.entry(need).or_default();
                *held = held.saturating_add(count);
            }
        }
        needs = rest;
    }
    order
}

/// A version of a package that is known here.
struct Known {
    component: u32,
    prefix: String,
    version: String,
    scheme: Option<Scheme>,
}

impl Known {
    fn order(&self, other: &Self) -> Ordering {
        compare(self.scheme, &self.version, &other.version)
    }
}

fn compare(scheme: Option<Scheme>, left: &str, right: &str) -> Ordering {
    scheme.map_or_else(|| left.cmp(right), |scheme| scheme.order(left, right))
}

/// The versions of a package that are known here.
fn known(database: &mut Database, shard: i64, package: i64) -> Result<Vec<Known>, InventoryError> {
    let mut known = Vec::new();
    database.for_ints(
        "SELECT c.id, c.tail, p.prefix, p.kind FROM package p \
         JOIN component c ON c.shard = p.shard AND c.package = p.id WHERE p.shard = ?1 AND p.id = ?2",
        "SELECT c.id, c.tail, p.prefix, p.kind FROM package p \
         JOIN component c ON c.shard = p.shard AND c.package = p.id WHERE p.shard = ?1 AND p.id = ANY(?2)",
        shard,
        &[package],
        |row| {
            let (tail, kind) = (row.text(1)?, row.text(3)?);
            let version = if kind.is_empty() { tail.trim_start_matches('@').to_owned() } else { version(&tail) };
            let scheme = Scheme::for_purl_type(&kind);
            known.push(Known { component: number(row.int(0)?), prefix: row.text(2)?, version, scheme });
            Ok(())
        },
    )?;
    known.sort_by(|left, right| left.order(right).then_with(|| left.component.cmp(&right.component)));
    Ok(known)
}

/// The version to go to, and whether an advisory says so.
fn target(
    bringer: &Bringer,
    from: &[&Known],
    known: &[Known],
    fixed: &BTreeMap<u32, Vec<String>>,
) -> (Option<String>, bool) {
    let Some(highest) = from.last() else { return (None, false) };
    let higher = |version: &str| compare(highest.scheme, version, &highest.version) == Ordering::Greater;
    if bringer.itself {
        // Of each version the nearest; what helps all of them is the highest of these.
        let nearest = bringer.versions.iter().filter_map(|component| fixed.get(component)?.first());
        if let Some(version) = nearest.max_by(|left, right| compare(highest.scheme, left, right)) {
            return (Some(version.clone()), true);
        }
    }
    // A package without an order of versions has none that is higher.
    let free = |known: &&Known| {
        known.scheme.is_some() && !bringer.versions.contains(&known.component) && higher(&known.version)
    };
    (known.iter().find(free).map(|known| known.version.clone()), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clears_most_comes_first() {
        let needs = Needs::from([
            (BTreeSet::from([1]), 2),
            (BTreeSet::from([2]), 5),
            (BTreeSet::from([1, 2]), 10),
            (BTreeSet::from([3, 4]), 1),
        ]);
        assert_eq!(order(needs), [(2, 5), (1, 12), (3, 0), (4, 1)]);
    }
}
