//! A shortest way to the component of each finding.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::artifact::ArtifactId;
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
