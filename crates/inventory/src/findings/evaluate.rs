//! What advisories say of the builds that count.

use std::collections::BTreeMap;

use plimsoll_advisory::vex::{Identity, Subject};
use plimsoll_advisory::{Match, State, Target, grouped};
use plimsoll_model::{Digest, DigestAlgorithm, Purl};
use rustc_hash::{FxHashMap, FxHashSet};

use super::current::{Current, small};
use super::reassess::Grounds;
use super::source::Finding;
use super::words::rating_number;
use super::{FindingSort, FindingState};
use crate::error::InventoryError;
use crate::lookup::component_text;
use crate::outline::{self, Outline};
use crate::store::{Database, Value};

/// What a finding is told from others by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) lineage: i64,
    pub(super) package: i64,
    pub(super) advisory: String,
}

/// A finding as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) component: u32,
    pub(super) artifact: u32,
    pub(super) state: FindingState,
    pub(super) sort: FindingSort,
    pub(super) certain: bool,
    pub(super) severity: i64,
    pub(super) score: i64,
    pub(super) epss: i64,
    pub(super) kev: bool,
    pub(super) rule: String,
    pub(super) fixed: String,
    pub(super) aliases: String,
    /// Why it is not open.
    pub(super) said: String,
}

/// A component, its purl, and its package.
#[derive(Debug, Clone)]
struct Known {
    package: i64,
    target: Option<Target>,
}

/// What was found out about components, kept for all lines of builds.
pub(super) struct Evaluator<'a> {
    pub(super) grounds: &'a Grounds<'a>,
    shard: i64,
    components: FxHashMap<u32, Known>,
    /// What concerns a component that belongs to another one; 0 for none. Most components have nothing.
    matches: FxHashMap<(u32, u32), Vec<Match>>,
    exploited: FxHashMap<String, (i64, bool)>,
}

type Outcome<T> = Result<T, InventoryError>;

/// A component, and the package of a distribution that it belongs to; 0 for none.
type Pair = (u32, u32);

/// Components that are remembered.
const REMEMBERED: usize = 1_000_000;

impl<'a> Evaluator<'a> {
    pub(super) fn new(grounds: &'a Grounds<'a>, shard: i64) -> Self {
        Self {
            grounds,
            shard,
            components: FxHashMap::default(),
            matches: FxHashMap::default(),
            exploited: FxHashMap::default(),
        }
    }

    /// The components among these that some advisory concerns, leaving aside what they belong to.
    pub(super) fn concerned(&mut self, database: &mut Database, components: &[u32]) -> Outcome<Vec<u32>> {
        let pairs: Vec<(u32, u32)> = components.iter().map(|component| (*component, 0)).collect();
        self.learn(database, &pairs)?;
        let has = |component: &u32| self.matches.get(&(*component, 0)).is_some_and(|found| !found.is_empty());
        Ok(components.iter().copied().filter(has).collect())
    }

    /// The findings of some lines of builds; with `packages`, only those of these packages.
    pub(super) fn findings(
        &mut self,
        database: &mut Database,
        lineages: &BTreeMap<i64, Current>,
        packages: Option<&FxHashSet<i64>>,
    ) -> Outcome<BTreeMap<Key, Wanted>> {
        if self.matches.len() > REMEMBERED {
            self.matches = FxHashMap::default();
            self.components = FxHashMap::default();
        }
        let mut held: Vec<(i64, u32, Vec<Pair>)> = Vec::new();
        for (lineage, current) in lineages {
            for (document, artifact) in &current.documents {
                held.push((*lineage, *artifact, self.pairs(database, *document, packages)?));
            }
        }
        let mut pairs: Vec<(u32, u32)> = held.iter().flat_map(|(.., pairs)| pairs).copied().collect();
        pairs.sort_unstable();
        pairs.dedup();
        self.learn(database, &pairs)?;
        let mut findings: BTreeMap<Key, Wanted> = BTreeMap::new();
        let mut places: FxHashMap<u32, Place> = FxHashMap::default();
        for (lineage, artifact, pairs) in held {
            for pair in pairs {
                let found = self.matches.get(&pair).cloned().unwrap_or_default();
                for one in found {
                    let place = match places.get(&artifact) {
                        Some(place) => place.clone(),
                        None => {
                            let place = Place::read(database, self.shard, artifact)?;
                            places.insert(artifact, place.clone());
                            place
                        }
                    };
                    let Some(known) = self.components.get(&pair.0).cloned() else { continue };
                    let key = Key { lineage, package: known.package, advisory: one.id.clone() };
                    let wanted = self.wanted(&place, artifact, pair.0, &known, one)?;
                    keep(&mut findings, key, wanted);
                }
            }
        }
        Ok(findings)
    }

    /// The components of a document, each with the package of a distribution that it belongs to.
    fn pairs(
        &mut self,
        database: &mut Database,
        document: u32,
        packages: Option<&FxHashSet<i64>>,
    ) -> Outcome<Vec<(u32, u32)>> {
        let outline = read_outline(database, self.shard, document)?;
        let components: Vec<u32> = outline.components().collect();
        self.know(database, &components)?;
        let is_system = |component: u32| {
            let known = self.components.get(&component).and_then(|known| known.target.as_ref());
            known.map(|target| matches!(target.purl().kind(), "deb" | "rpm" | "apk" | "alpm"))
        };
        let mut owners: FxHashMap<u32, u32> = FxHashMap::default();
        for (owner, owned) in outline.nodes().filter(|(owner, _)| is_system(*owner) == Some(true)) {
            for component in owned.iter().filter(|component| is_system(**component) == Some(false)) {
                owners.entry(*component).or_insert(owner);
            }
        }
        let of_package = |component: &u32| {
            let package = self.components.get(component).map(|known| known.package);
            packages.is_none_or(|packages| package.is_some_and(|package| packages.contains(&package)))
        };
        let pair = |component: u32| (component, owners.get(&component).copied().unwrap_or(0));
        Ok(components.into_iter().filter(of_package).map(pair).collect())
    }

    /// Looks components up.
    fn know(&mut self, database: &mut Database, components: &[u32]) -> Outcome<()> {
        let ids: Vec<i64> = components
            .iter()
            .filter(|component| **component != 0 && !self.components.contains_key(component))
            .map(|component| i64::from(*component))
            .collect();
        let known = &mut self.components;
        database.for_ints(
            "SELECT c.id, c.package, p.kind, p.prefix, c.tail FROM component c \
             JOIN package p ON p.shard = c.shard AND p.id = c.package WHERE c.shard = ?1 AND c.id = ?2",
            "SELECT c.id, c.package, p.kind, p.prefix, c.tail FROM component c \
             JOIN package p ON p.shard = c.shard AND p.id = c.package WHERE c.shard = ?1 AND c.id = ANY(?2)",
            self.shard,
            &ids,
            |row| {
                let purl = if row.text(2)?.is_empty() { String::new() } else { row.text(3)? + &row.text(4)? };
                let target = Purl::parse(&purl).ok().map(Target::new);
                known.insert(small(row.int(0)?), Known { package: row.int(1)?, target });
                Ok(())
            },
        )
    }

    /// Matches components, each with what it belongs to, that were not matched before.
    fn learn(&mut self, database: &mut Database, pairs: &[(u32, u32)]) -> Outcome<()> {
        let new: Vec<(u32, u32)> = pairs.iter().filter(|pair| !self.matches.contains_key(pair)).copied().collect();
        let both: Vec<u32> = new.iter().flat_map(|(component, owner)| [*component, *owner]).collect();
        self.know(database, &both)?;
        let mut asked = Vec::new();
        let mut targets = Vec::new();
        for (component, owner) in new {
            let target = |number: u32| self.components.get(&number).and_then(|known| known.target.clone());
            match (target(component), target(owner)) {
                (Some(of), Some(owner_of)) => targets.push(of.owned_by(owner_of)),
                (Some(of), None) => targets.push(of),
                (None, _) => {
                    self.matches.insert((component, owner), Vec::new());
                    continue;
                }
            }
            asked.push((component, owner));
        }
        for (pair, matched) in asked.into_iter().zip(self.grounds.advisories.matches(&targets)?) {
            let concerning = matched.matches.into_iter().filter(|one| one.state != State::NotAffected).collect();
            self.matches.insert(pair, grouped(concerning));
        }
        Ok(())
    }

    fn wanted(&mut self, place: &Place, artifact: u32, component: u32, known: &Known, one: Match) -> Outcome<Wanted> {
        let severity = one.severity.as_ref();
        let sort = sort_of(&one);
        let ids: Vec<&str> = std::iter::once(&one.id).chain(&one.aliases).map(String::as_str).collect();
        let (epss, kev) = self.exploitation(&ids)?;
        let component_is = known.target.as_ref().map(Target::identity).unwrap_or_default();
        let subject = Subject { component: component_is, artifact: Some(place.identity.clone()) };
        let rating = severity.and_then(plimsoll_advisory::Severity::rating);
        let finding = Finding { lineage: &place.name, subject: &subject, ids: &ids, sort, severity: rating };
        let (state, said) = self.grounds.judge(&finding);
        let score = severity.and_then(plimsoll_advisory::Severity::score);
        Ok(Wanted {
            component,
            artifact,
            state,
            sort,
            certain: one.state == State::Affected,
            severity: rating_number(rating),
            score: score.map_or(-1, |score| i64::from(score.tenths())),
            epss,
            kev,
            rule: one.rule.as_str().to_owned(),
            fixed: clean(&one.fixed),
            aliases: clean(&one.aliases),
            said,
        })
    }

    /// A finding of which only the judgement may have changed.
    pub(super) fn again(&mut self, database: &mut Database, key: &Key, before: &Wanted) -> Outcome<Wanted> {
        self.know(database, &[before.component])?;
        let place = Place::read(database, self.shard, before.artifact)?;
        let ids: Vec<&str> = std::iter::once(key.advisory.as_str())
            .chain(before.aliases.split(' '))
            .filter(|id| !id.is_empty())
            .collect();
        let (epss, kev) = self.exploitation(&ids)?;
        let known = self.components.get(&before.component).and_then(|known| known.target.as_ref());
        let component = known.map(Target::identity).unwrap_or_default();
        let subject = Subject { component, artifact: Some(place.identity) };
        let severity = super::words::rating(before.severity);
        let finding = Finding { lineage: &place.name, subject: &subject, ids: &ids, sort: before.sort, severity };
        let (state, said) = self.grounds.judge(&finding);
        Ok(Wanted { state, said, epss, kev, ..before.clone() })
    }

    /// The highest probability, -1 for none, and whether any is known to be exploited.
    fn exploitation(&mut self, ids: &[&str]) -> Outcome<(i64, bool)> {
        let mut worst = (-1, false);
        for id in ids.iter().filter_map(|id| id.find("CVE-").and_then(|at| id.get(at..))) {
            let known = match self.exploited.get(id) {
                Some(known) => *known,
                None => {
                    let known = self.grounds.advisories.exploitation(id)?.unwrap_or_default();
                    let probability = known.probability.map_or(-1, |probability| i64::from(probability.score));
                    let known = (probability, known.known_exploited.is_some());
                    self.exploited.insert(id.to_owned(), known);
                    known
                }
            };
            worst = (worst.0.max(known.0), worst.1 || known.1);
        }
        Ok(worst)
    }
}

/// What sort of thing a match tells of.
fn sort_of(one: &Match) -> FindingSort {
    match one {
        Match { malicious: true, .. } => FindingSort::Malicious,
        Match { informational: Some(_), .. } => FindingSort::Notice,
        _ => FindingSort::Vulnerability,
    }
}

/// Words in one text; none of them has a space.
fn clean(words: &[String]) -> String {
    words.iter().filter(|word| !word.contains([' ', '\0'])).cloned().collect::<Vec<_>>().join(" ")
}

/// Of two versions of a package in the builds that count, the finding is of what is sure and open, then of the later component.
fn keep(findings: &mut BTreeMap<Key, Wanted>, key: Key, wanted: Wanted) {
    let rank = |of: &Wanted| (of.state.number(), !of.certain, std::cmp::Reverse(of.component), of.artifact);
    match findings.entry(key) {
        std::collections::btree_map::Entry::Vacant(free) => drop(free.insert(wanted)),
        std::collections::btree_map::Entry::Occupied(mut held) => {
            if rank(&wanted) < rank(held.get()) {
                held.insert(wanted);
            }
        }
    }
}

/// A build as VEX statements name it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) identity: Identity,
}

impl Place {
    pub(super) fn read(database: &mut Database, shard: i64, artifact: u32) -> Outcome<Self> {
        let summary = crate::lookup::summary(database, shard, artifact)?;
        let mut identity = Identity::default();
        identity.digests.extend(Digest::from_prefixed(&summary.digest).ok());
        identity.names.push(summary.name.as_str().into());
        if !summary.version.is_empty() {
            identity.names.push(format!("{}:{}", summary.name, summary.version).into());
            identity.names.push(format!("{}@{}", summary.name, summary.version).into());
        }
        let sql = "SELECT value FROM alias WHERE shard = ?1 AND artifact = ?2 ORDER BY value";
        database.query(sql, &[Value::Int(shard), Value::Int(i64::from(artifact))], |row| {
            let value = row.text(0)?;
            let digest = Digest::from_prefixed(&value).ok();
            identity.digests.extend(digest.filter(|digest| digest.algorithm() == DigestAlgorithm::Sha256));
            if value.starts_with("pkg:") {
                identity.purls.extend(Purl::parse(&value).ok());
            }
            Ok(())
        })?;
        Ok(Self { name: summary.name, identity })
    }
}

/// The outline of a document.
pub(super) fn read_outline(database: &mut Database, shard: i64, document: u32) -> Outcome<Outline> {
    outline::read(database, shard, document)
}

/// The text of a component for people.
pub(super) fn text(database: &mut Database, shard: i64, component: u32) -> Outcome<String> {
    component_text(database, shard, component)
}
