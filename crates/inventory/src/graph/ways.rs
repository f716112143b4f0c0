//! A shortest way to the component of each finding.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::artifact::{ArtifactId, ComponentId};
use crate::error::InventoryError;
use crate::findings::FindingRow;
use crate::inventory::Inventory;
use crate::lookup;
use crate::outline::Outline;

/// The most steps of a way that are told.
const LONGEST: usize = 64;

impl Inventory {
    /// A shortest way to the component of each finding, in their order: what is between the artifact and the component, by purl or name
    /// and version. `None` when no way leads there. An artifact is read once, whatever the number of its findings.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn ways(&mut self, findings: &[FindingRow]) -> Result<Vec<Option<Vec<String>>>, InventoryError> {
        let shard = self.shard;
        let mut of_artifact: FxHashMap<ArtifactId, Vec<usize>> = FxHashMap::default();
        for (place, finding) in findings.iter().enumerate() {
            of_artifact.entry(finding.artifact.id).or_default().push(place);
        }
        self.database.read(|database| {
            let mut ways: Vec<Option<Vec<u32>>> = vec![None; findings.len()];
            for (artifact, places) in of_artifact {
                let outline = super::of_artifact(database, shard, artifact)?;
                let before = reached(&outline);
                for place in places {
                    let component = findings.get(place).map(|finding| finding.id.number);
                    if let (Some(component), Some(slot)) = (component, ways.get_mut(place)) {
                        *slot = way(&before, component);
                    }
                }
            }
            let mut numbers: Vec<u32> = ways.iter().flatten().flatten().copied().collect();
            numbers.sort_unstable();
            numbers.dedup();
            let texts = lookup::component_texts(database, shard, &numbers)?;
            let named = |way: Vec<u32>| way.into_iter().map(|number| lookup::text_of(&texts, number)).collect();
            ways.into_iter().map(|way| way.map(named).transpose()).collect()
        })
    }
}

impl Inventory {
    /// A finding is of a package, and told of one of its versions: the same of the other versions that the artifact has. Whether the
    /// advisory is about those too is not said here.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn other_versions(&mut self, findings: &[FindingRow]) -> Result<Vec<FindingRow>, InventoryError> {
        let shard = self.shard;
        let mut components: Vec<u32> = findings.iter().map(|finding| finding.id.number).collect();
        components.sort_unstable();
        components.dedup();
        self.database.read(|database| {
            let mut package_of: FxHashMap<u32, i64> = FxHashMap::default();
            database.for_ints(
                "SELECT id, package FROM component WHERE shard = ?1 AND id = ?2",
                "SELECT id, package FROM component WHERE shard = ?1 AND id = ANY(?2)",
                shard,
                &lookup::keys(&components),
                |row| {
                    package_of.insert(lookup::number(row.int(0)?), row.int(1)?);
                    Ok(())
                },
            )?;
            let mut packages: Vec<i64> = package_of.values().copied().collect();
            packages.sort_unstable();
            packages.dedup();
            let mut versions: FxHashMap<i64, Vec<u32>> = FxHashMap::default();
            database.for_ints(
                "SELECT package, id FROM component WHERE shard = ?1 AND package = ?2 ORDER BY id",
                "SELECT package, id FROM component WHERE shard = ?1 AND package = ANY(?2) ORDER BY id",
                shard,
                &packages,
                |row| {
                    versions.entry(row.int(0)?).or_default().push(lookup::number(row.int(1)?));
                    Ok(())
                },
            )?;
            let mut outlines: FxHashMap<ArtifactId, Outline> = FxHashMap::default();
            let mut others: Vec<(&FindingRow, u32)> = Vec::new();
            for finding in findings {
                let own = finding.id.number;
                let all = package_of.get(&own).and_then(|package| versions.get(package)).map_or(&[][..], Vec::as_slice);
                if all.len() < 2 {
                    continue;
                }
                let outline = match outlines.entry(finding.artifact.id) {
                    Entry::Occupied(held) => held.into_mut(),
                    Entry::Vacant(free) => free.insert(super::of_artifact(database, shard, finding.artifact.id)?),
                };
                let here = all.iter().filter(|number| **number != own && outline.contains(**number));
                others.extend(here.map(|number| (finding, *number)));
            }
            let numbers: Vec<u32> = others.iter().map(|(_, number)| *number).collect();
            let texts = lookup::component_texts(database, shard, &numbers)?;
            let row = |(finding, number): (&FindingRow, u32)| {
                let id = ComponentId { number, ..finding.id };
                Ok(FindingRow { component: lookup::text_of(&texts, number)?, id, ..finding.clone() })
            };
            others.into_iter().map(row).collect()
        })
    }
}

/// What comes before each component on a shortest way from the artifact.
fn reached(outline: &Outline) -> FxHashMap<u32, u32> {
    let mut before = FxHashMap::default();
    let mut rest = VecDeque::from([0]);
    while let Some(number) = rest.pop_front() {
        for target in outline.targets(number).iter().filter(|target| **target != 0) {
            before.entry(*target).or_insert_with(|| {
                rest.push_back(*target);
                number
            });
        }
    }
    before
}

fn way(before: &FxHashMap<u32, u32>, component: u32) -> Option<Vec<u32>> {
    let mut way = Vec::new();
    let mut here = *before.get(&component)?;
    while here != 0 && way.len() < LONGEST {
        way.push(here);
        here = before.get(&here).copied().unwrap_or(0);
    }
    way.reverse();
    Some(way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_way_without_its_ends() {
        let outline = Outline::new(&[1, 2, 3, 4, 9], &[(0, 1), (0, 2), (1, 3), (3, 4), (2, 4), (4, 1)]);
        let before = reached(&outline);
        assert_eq!(way(&before, 1), Some(vec![]));
        assert_eq!(way(&before, 3), Some(vec![1]));
        assert_eq!(way(&before, 4), Some(vec![2]));
        assert_eq!(way(&before, 9), None);
    }
}
