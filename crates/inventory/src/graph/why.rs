//! Why something is in an artifact.

use std::collections::BTreeMap;

use super::paths::{self, PathLimits};
use crate::answer::time;
use crate::artifact::{ArtifactId, ArtifactSummary, ComponentId};
use crate::error::InventoryError;
use crate::intake::Intake;
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
    let found = ways(outline, &wanted, limits);
    let mut numbers: Vec<u32> = found.iter().flat_map(|found| found.paths.iter().flatten().copied()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let texts = lookup::component_texts(database, shard, &numbers)?;
    let shard = u32::try_from(shard).unwrap_or_default();
    matches(shard, wanted, found, |number| lookup::text_of(&texts, number))
}

/// The ways to components.
fn ways(outline: &Outline, wanted: &[(String, u32)], limits: &PathLimits) -> Vec<paths::Found> {
    let referrers = paths::backwards(outline);
    // Many components share the work that one may take.
    let share = PathLimits { steps: limits.steps.checked_div(wanted.len()).unwrap_or_default().max(1000), ..*limits };
    wanted.iter().map(|(_, component)| paths::find(outline, &referrers, *component, &share)).collect()
}

fn matches(
    shard: u32,
    wanted: Vec<(String, u32)>,
    found: Vec<paths::Found>,
    text_of: impl Fn(u32) -> Result<String, InventoryError>,
) -> Result<Vec<WhyMatch>, InventoryError> {
    let mut matches = Vec::with_capacity(wanted.len());
    for ((text, number), found) in wanted.into_iter().zip(found) {
        let path = |path: &Vec<u32>| path.iter().map(|number| text_of(*number)).collect();
        let shown: Vec<Vec<String>> = found.paths.iter().map(path).collect::<Result<_, _>>()?;
        let paths = Paths { more: found.count.saturating_sub(shown.len() as u64), shown, complete: !found.unfinished };
        matches.push(WhyMatch { id: ComponentId { shard, number }, text, paths });
    }
    Ok(matches)
}

impl Intake {
    /// Why something is in what a document is about, without an inventory: the ways to each component that is meant. Numbers of
    /// components are those of this document.
    ///
    /// # Errors
    /// The pattern cannot be read.
    pub fn why(&self, query: &ComponentQuery, limits: &PathLimits) -> Result<Why, InventoryError> {
        // One number for each text, as an inventory gives them.
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        let mut texts: Vec<&str> = Vec::new();
        let mut items = Vec::with_capacity(self.collected.items.len());
        for item in &self.collected.items {
            let text = self.collected.text(*item);
            let number = *numbers.entry(text).or_insert_with(|| {
                texts.push(text);
                u32::try_from(texts.len()).unwrap_or(u32::MAX)
            });
            items.push(number);
        }
        let outline = Outline::new(&items, &self.collected.edges);
        let mut wanted: Vec<(String, u32)> = numbers
            .into_iter()
            .filter(|(text, _)| query.is_text(text))
            .map(|(text, number)| (text.to_owned(), number))
            .collect();
        let more = wanted.len().saturating_sub(limits.components) as u64;
        wanted.truncate(limits.components);
        let found = ways(&outline, &wanted, limits);
        let text_of = |number: u32| {
            let text = number.checked_sub(1).and_then(|place| texts.get(place as usize));
            text.map(ToString::to_string).ok_or(InventoryError::Damaged { table: "component", reason: "no such place" })
        };
        let digest = self.subject.digest.as_ref().map(ToString::to_string).unwrap_or_default();
        let artifact = ArtifactSummary {
            id: ArtifactId { shard: 0, number: 0 },
            name: self.subject.name.clone(),
            version: self.subject.version.clone(),
            digest,
            built: time(self.created),
            added: None,
            labels: self.labels.clone(),
        };
        Ok(Why { artifact, matches: matches(0, wanted, found, text_of)?, more })
    }
}
