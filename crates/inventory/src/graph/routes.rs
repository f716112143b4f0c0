//! Through which direct dependencies what was asked for comes into artifacts.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::Purl;
use roaring::RoaringBitmap;
use rustc_hash::{FxHashMap, FxHashSet};

use super::paths::backwards;
use crate::answer::{Answer, Facts, counts, facts};
use crate::artifact::ArtifactSummary;
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup;
use crate::outline::{self, Outline};
use crate::query::{Query, Searcher};
use crate::store::Database;

/// How many artifacts are looked into.
const MOST: usize = 20_000;

/// What is named of one direct dependency.
const NAMED: usize = 10;

/// How far something reaches: what brings it into artifacts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlastRadius {
    /// Counts, as of any answer, without rows.
    pub answer: Answer,
    /// How many artifacts were looked into: all, or as many as are at once.
    pub examined: u64,
    /// Direct dependencies that bring it in, those of most artifacts first.
    pub through: Vec<Through>,
    /// Artifacts that list it without a dependency that leads to it.
    pub loose: u64,
}

/// A direct dependency that brings something in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Through {
    /// The direct dependency: its purl, or its name and version.
    pub text: String,
    /// How many artifacts it brings it into.
    pub artifacts: u64,
    /// It is itself what was asked for.
    pub itself: bool,
    /// What it brings in, some of it.
    pub brings: Vec<String>,
}

/// How what was asked for comes into one artifact.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// Direct dependencies and what each brings in.
    pub(super) through: BTreeMap<u32, BTreeSet<u32>>,
    /// What nothing leads to.
    pub(super) loose: BTreeSet<u32>,
}

/// What artifacts have in common.
pub(super) struct AllRoutes {
    pub(super) answer: Answer,
    pub(super) routes: Vec<Routes>,
    /// Versions that advisories call fixed.
    pub(super) fixed: BTreeMap<u32, Vec<String>>,
}

impl Inventory {
    /// What brings the components that a question asks for into artifacts.
    ///
    /// # Errors
    /// As [`Inventory::find`].
    pub fn blast_radius(&mut self, query: &Query) -> Result<BlastRadius, InventoryError> {
        let shard = self.shard;
        self.database.read(|database| {
            let all = routes(database, shard, query)?;
            let mut through: BTreeMap<u32, (u64, BTreeSet<u32>)> = BTreeMap::new();
            let mut blast = BlastRadius { examined: all.routes.len() as u64, ..BlastRadius::default() };
            for routes in &all.routes {
                blast.loose = blast.loose.saturating_add(u64::from(!routes.loose.is_empty()));
                for (direct, brings) in &routes.through {
                    let (count, held) = through.entry(*direct).or_default();
                    *count = count.saturating_add(1);
                    held.extend(brings);
                }
            }
            blast.answer = all.answer;
            let mut numbers: BTreeSet<u32> = through.keys().copied().collect();
            numbers.extend(through.values().flat_map(|(_, brings)| brings.iter().copied()));
            let numbers: Vec<u32> = numbers.into_iter().collect();
            let texts = lookup::component_texts(database, shard, &numbers)?;
            for (direct, (artifacts, brings)) in through {
                blast.through.push(Through {
                    text: lookup::text_of(&texts, direct)?,
                    artifacts,
                    itself: brings.contains(&direct),
                    brings: named(&texts, &brings)?,
                });
            }
            blast
                .through
                .sort_by(|left, right| right.artifacts.cmp(&left.artifacts).then_with(|| left.text.cmp(&right.text)));
            Ok(blast)
        })
    }
}

/// Some components by their texts.
pub(super) fn named(texts: &FxHashMap<u32, String>, components: &BTreeSet<u32>) -> Result<Vec<String>, InventoryError> {
    let mut named: Vec<String> =
        components.iter().map(|component| lookup::text_of(texts, *component)).collect::<Result<_, _>>()?;
    named.sort_unstable();
    named.truncate(NAMED);
    Ok(named)
}

/// How what a question asks for comes into each artifact.
pub(super) fn routes(database: &mut Database, shard: i64, query: &Query) -> Result<AllRoutes, InventoryError> {
    let mut searcher = Searcher::new(database, shard)?;
    let hits = searcher.hits(query)?;
    let answer = counts(&mut searcher, &hits)?;
    let fixed = std::mem::take(&mut searcher.fixed);
    let firsts: Vec<u32> = (&hits.documents - &searcher.groups.extra).iter().take(MOST).collect();
    let groups = std::mem::take(&mut searcher.groups);
    let names = artifacts(database, shard, &firsts)?;
    let mut texts: FxHashMap<u32, String> = FxHashMap::default();
    let mut all = Vec::with_capacity(firsts.len());
    for first in firsts {
        let together = groups.together(first);
        let has = |set: &RoaringBitmap| together.iter().any(|document| set.contains(*document));
        let wanted = hits.components.iter().filter(|(_, set)| has(set)).map(|(component, _)| *component).collect();
        let outlines = together.iter().map(|document| outline::read(database, shard, *document));
        let outline = Outline::union(outlines.collect::<Result<_, _>>()?);
        let direct = direct(database, shard, &outline, names.get(&first), &mut texts)?;
        all.push(of_outline(&outline, &direct, wanted));
    }
    Ok(AllRoutes { answer, routes: all, fixed })
}

/// The artifacts of documents.
fn artifacts(
    database: &mut Database,
    shard: i64,
    documents: &[u32],
) -> Result<FxHashMap<u32, ArtifactSummary>, InventoryError> {
    let held = facts(database, shard, documents)?;
    let mut numbers: Vec<u32> = held.values().map(|facts| facts.artifact).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let summaries = lookup::summaries(database, shard, &numbers)?;
    let named: FxHashMap<u32, ArtifactSummary> =
        summaries.into_iter().map(|summary| (summary.id.number, summary)).collect();
    let of = |(document, facts): (&u32, &Facts)| Some((*document, named.get(&facts.artifact)?.clone()));
    Ok(held.iter().filter_map(of).collect())
}

/// What an artifact refers to itself. Where a document lists the artifact among its components, as locks of npm and Maven do, that is not
/// what can be upgraded: what it refers to is.
fn direct(
    database: &mut Database,
    shard: i64,
    outline: &Outline,
    artifact: Option<&ArtifactSummary>,
    texts: &mut FxHashMap<u32, String>,
) -> Result<Vec<u32>, InventoryError> {
    let referring = |number: &&u32| !outline.targets(**number).is_empty();
    let tops: Vec<u32> = outline.targets(0).iter().filter(referring).copied().collect();
    let new: Vec<u32> = tops.iter().filter(|number| !texts.contains_key(number)).copied().collect();
    if !new.is_empty() {
        texts.extend(lookup::component_texts(database, shard, &new)?);
    }
    let itself = |number: &u32| {
        let text = texts.get(number).filter(|_| tops.contains(number));
        artifact.zip(text).is_some_and(|(artifact, text)| is_itself(artifact, text))
    };
    let mut direct: BTreeSet<u32> = BTreeSet::new();
    for number in outline.targets(0) {
        if itself(number) {
            direct.extend(outline.targets(*number));
        } else {
            direct.insert(*number);
        }
    }
    Ok(direct.into_iter().collect())
}

/// Whether a component is what the artifact is: of its name, and of its version where both have one.
fn is_itself(artifact: &ArtifactSummary, text: &str) -> bool {
    let plain = |version: &str| version.trim_start_matches('v').to_owned();
    let (names, version) = match Purl::parse(text) {
        Ok(purl) => {
            let whole = purl.namespace().map(|namespace| format!("{namespace}/{}", purl.name()));
            let joined = purl.namespace().map(|namespace| format!("{namespace}:{}", purl.name()));
            let names = [Some(purl.name().to_owned()), whole, joined];
            (names.into_iter().flatten().collect(), purl.version().unwrap_or_default().to_owned())
        }
        Err(_) => {
            let at = text.rfind('@').filter(|at| *at > 0).unwrap_or(text.len());
            let (name, version) = text.split_at_checked(at).unwrap_or((text, ""));
            (vec![name.to_owned()], version.trim_start_matches('@').to_owned())
        }
    };
    let last = artifact.name.rsplit(['/', ':']).next().unwrap_or_default();
    let named = names.iter().any(|name| *name == artifact.name || name == last);
    let versions = artifact.version.is_empty() || version.is_empty() || plain(&version) == plain(&artifact.version);
    named && versions
}

fn of_outline(outline: &Outline, direct: &[u32], wanted: Vec<u32>) -> Routes {
    let mut routes = Routes::default();
    let referrers = backwards(outline);
    for component in wanted {
        let mut seen = FxHashSet::default();
        let mut rest = vec![component];
        while let Some(number) = rest.pop() {
            if number != 0 && seen.insert(number) {
                rest.extend(referrers.get(&number).into_iter().flatten());
            }
        }
        let mut found = false;
        for number in direct.iter().filter(|number| seen.contains(number)) {
            routes.through.entry(*number).or_default().insert(component);
            found = true;
        }
        if !found {
            routes.loose.insert(component);
        }
    }
    routes
}
