//! The components of an artifact as a tree, a level at a time.
//!
//! What refers to what may have cycles and a million ways through, so a tree is never built: whoever shows one asks for the level under
//! the place where he is.

use rustc_hash::FxHashSet;

use crate::artifact::{ArtifactId, ComponentId};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup;
use crate::outline::Outline;
use crate::page::{Listing, Page};

/// A component at a place in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TreeRow {
    /// Its number here.
    pub id: ComponentId,
    /// Its purl, or its name and version.
    pub text: String,
    /// How many components it refers to.
    pub children: u64,
    /// It is above this place already: opening it leads in a circle.
    pub repeats: bool,
    /// Nothing leads from the artifact to it: the documents list it, and do not say what needs it.
    pub loose: bool,
}

impl Inventory {
    /// What stands under a place in the tree of an artifact: `path` goes from what the artifact refers to itself down to the component
    /// whose level is wanted; nothing for the first. The first level ends with what nothing leads to.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn tree(
        &mut self,
        artifact: ArtifactId,
        path: &[ComponentId],
        page: Page,
    ) -> Result<Listing<TreeRow>, InventoryError> {
        let shard = self.shard;
        self.database.read(|database| {
            let outline = super::of_artifact(database, shard, artifact)?;
            let place = path.last().map_or(0, |component| component.number);
            let mut numbers: Vec<(bool, u32)> = outline.targets(place).iter().map(|number| (false, *number)).collect();
            if place == 0 {
                numbers.extend(loose(&outline).into_iter().map(|number| (true, number)));
            }
            let all: Vec<u32> = numbers.iter().map(|(_, number)| *number).collect();
            let texts = lookup::component_texts(database, shard, &all)?;
            let mut rows = Vec::with_capacity(numbers.len());
            for (loose, number) in numbers {
                let id = ComponentId { shard: artifact.shard, number };
                rows.push(TreeRow {
                    id,
                    text: lookup::text_of(&texts, number)?,
                    children: outline.targets(number).len() as u64,
                    repeats: path.contains(&id),
                    loose,
                });
            }
            rows.sort_unstable_by(|left, right| {
                (left.loose, &left.text, left.id).cmp(&(right.loose, &right.text, right.id))
            });
            Ok(Listing::of(rows, page))
        })
    }
}

/// Where to begin so that what the artifact does not lead to is shown as well: components that nothing refers to, and one of each circle.
pub(super) fn loose(outline: &Outline) -> Vec<u32> {
    let mut seen = FxHashSet::default();
    reach(outline, 0, &mut seen);
    let referred: FxHashSet<u32> = outline.nodes().flat_map(|(_, targets)| targets.iter().copied()).collect();
    let mut loose: Vec<u32> =
        outline.components().filter(|number| !seen.contains(number) && !referred.contains(number)).collect();
    loose.iter().for_each(|number| reach(outline, *number, &mut seen));
    for number in outline.components() {
        if !seen.contains(&number) {
            loose.push(number);
            reach(outline, number, &mut seen);
        }
    }
    loose
}

/// Everything that a component leads to, itself among it.
pub(super) fn reach(outline: &Outline, from: u32, seen: &mut FxHashSet<u32>) {
    let mut rest = vec![from];
    while let Some(number) = rest.pop() {
        if seen.insert(number) {
            rest.extend(outline.targets(number).iter().filter(|target| !seen.contains(target)));
        }
    }
}
