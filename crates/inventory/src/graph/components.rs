//! The components of an artifact as a list.

use globset::GlobMatcher;
use rustc_hash::FxHashMap;

use crate::artifact::{ArtifactId, ComponentId};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup;
use crate::page::{Listing, Page};
use crate::query::glob;

/// Which components are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComponentFilter {
    /// Their purl, or name and version, matches this pattern; a text without one is looked for anywhere in it.
    pub text: Option<String>,
    /// Only what the artifact refers to itself.
    pub direct: bool,
}

/// A component of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComponentRow {
    /// Its number here.
    pub id: ComponentId,
    /// Its purl, or its name and version.
    pub text: String,
    /// The artifact refers to it itself.
    pub direct: bool,
    /// How many components it refers to.
    pub uses: u64,
    /// How many components refer to it.
    pub used_by: u64,
}

impl Inventory {
    /// The components of an artifact, by their text.
    ///
    /// # Errors
    /// The pattern or the store cannot be read.
    pub fn components(
        &mut self,
        artifact: ArtifactId,
        filter: &ComponentFilter,
        page: Page,
    ) -> Result<Listing<ComponentRow>, InventoryError> {
        let shard = self.shard;
        let matcher = filter.text.as_deref().map(pattern).transpose()?;
        self.database.read(|database| {
            let outline = super::of_artifact(database, shard, artifact)?;
            let direct = outline.targets(0);
            let mut numbers: Vec<u32> = outline.components().collect();
            if filter.direct {
                numbers.retain(|number| direct.binary_search(number).is_ok());
            }
            let texts = lookup::component_texts(database, shard, &numbers)?;
            let mut used: FxHashMap<u32, u64> = FxHashMap::default();
            for (_, targets) in outline.nodes().filter(|(from, _)| *from != 0) {
                targets.iter().for_each(|target| {
                    let count = used.entry(*target).or_default();
                    *count = count.saturating_add(1);
                });
            }
            let mut rows = Vec::with_capacity(numbers.len());
            for number in numbers {
                let text = lookup::text_of(&texts, number)?;
                if matcher.as_ref().is_none_or(|matcher| matcher.is_match(&text)) {
                    rows.push(ComponentRow {
                        id: ComponentId { shard: artifact.shard, number },
                        text,
                        direct: direct.binary_search(&number).is_ok(),
                        uses: outline.targets(number).len() as u64,
                        used_by: used.get(&number).copied().unwrap_or_default(),
                    });
                }
            }
            rows.sort_unstable_by(|left, right| (&left.text, left.id).cmp(&(&right.text, right.id)));
            Ok(Listing::of(rows, page))
        })
    }
}

/// A pattern; a text without one is looked for anywhere.
pub(super) fn pattern(text: &str) -> Result<GlobMatcher, InventoryError> {
    if text.contains(['*', '?', '[', '{']) { glob(text) } else { glob(&format!("*{text}*")) }
}
