//! Why something is in an artifact.

use super::paths::{self, PathLimits};
use crate::artifact::{ArtifactId, ArtifactSummary, ComponentId};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup;
use crate::outline::Outline;
use crate::query::ComponentQuery;
use crate::query::meant;
use crate::store::Database;

/// Why something is in an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Why {
    /// The artifact.
    pub artifact: ArtifactSummary,
    /// Each component that was asked for and is in it, by its text.
    pub matches: Vec<WhyMatch>,
    /// How many more there are that are not explained.
    pub more: u64,
}

/// A component and the ways to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WhyMatch {
    /// Its number here.
    pub id: ComponentId,
    /// Its purl, or its name and version.
    pub text: String,
    /// The ways to it.
    pub paths: Paths,
}

/// Ways from an artifact to a component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Paths {
    /// Shortest first, each from what the artifact refers to itself down to the component. None: it is listed without a dependency
    /// that leads to it.
    pub shown: Vec<Vec<String>>,
    /// How many more were found and are not shown.
    pub more: u64,
    /// The search came to its end; if not, there may be more than that.
    pub complete: bool,
}

impl Paths {
    /// What is said about ways that are not shown; nothing when all are.
    #[must_use]
    pub fn rest(&self) -> Option<String> {
        match (self.more, self.complete) {
            (0, true) => None,
            (0, false) => Some("there may be more".to_owned()),
            (more, true) => Some(format!("{more} more")),
            (more, false) => Some(format!("at least {more} more")),
        }
    }
}

impl Inventory {
    /// Why something is in an artifact: the ways from it to each component that is meant.
    ///
    /// # Errors
    /// The pattern or the store cannot be read, or there is no such artifact.
    pub fn why(
        &mut self,
        artifact: ArtifactId,
        query: &ComponentQuery,
        limits: &PathLimits,
    ) -> Result<Why, InventoryError> {
        let shard = self.shard;
        self.database.read(|database| {
            let Some(summary) = lookup::summaries(database, shard, &[artifact.number])?.pop() else {
                let reference = artifact.to_number().to_string();
                return Err(InventoryError::Unknown { what: "artifact", reference });
            };
            let outline = super::of_artifact(database, shard, artifact)?;
            let mut wanted = meant(database, shard, query)?;
            wanted.retain(|component| outline.contains(*component));
            let texts = lookup::component_list(database, shard, &wanted)?;
            let mut wanted: Vec<(String, u32)> = texts.into_iter().zip(wanted).collect();
            wanted.sort_unstable();
            let more = wanted.len().saturating_sub(limits.components) as u64;
            wanted.truncate(limits.components);
            let matches = explain(database, shard, &outline, wanted, limits)?;
            Ok(Why { artifact: summary, matches, more })
        })
    }
}

fn explain(
    database: &mut Database,
    shard: i64,
    outline: &Outline,
    wanted: Vec<(String, u32)>,
    limits: &PathLimits,
) -> Result<Vec<WhyMatch>, InventoryError> {
    let referrers = paths::backwards(outline);
    // What many components are asked for shares the work that one may take.
    let share = PathLimits { steps: limits.steps.checked_div(wanted.len()).unwrap_or_default().max(1000), ..*limits };
    let found: Vec<paths::Found> =
        wanted.iter().map(|(_, component)| paths::find(outline, &referrers, *component, &share)).collect();
    let mut numbers: Vec<u32> = found.iter().flat_map(|found| found.paths.iter().flatten().copied()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let texts = lookup::component_texts(database, shard, &numbers)?;
    let shard = u32::try_from(shard).unwrap_or_default();
    let mut matches = Vec::with_capacity(wanted.len());
    for ((text, number), found) in wanted.into_iter().zip(found) {
        let path = |path: &Vec<u32>| path.iter().map(|number| lookup::text_of(&texts, *number)).collect();
        let shown: Vec<Vec<String>> = found.paths.iter().map(path).collect::<Result<_, _>>()?;
        let paths = Paths { more: found.count.saturating_sub(shown.len() as u64), shown, complete: !found.unfinished };
        matches.push(WhyMatch { id: ComponentId { shard, number }, text, paths });
    }
    Ok(matches)
}
