//! Deciding which advisories affect a component.
//!
//! The rules, in the order in which they are asked:
//! - A package of a distribution is looked up by its source package, in the feed of its own release and stream, and
//!   nowhere else. Without a release there is no answer, and that is said.
//! - All others are looked up by the name in their registry.
//! - A version that an advisory lists is affected; else its ranges decide, in the order of the ecosystem.
//! - A vendor's record that a package is not affected is an answer, not silence.
//! - What belongs to a package of a distribution whose feed is complete is decided by that feed alone; where the feed is
//!   not complete, by the feed where it speaks.
//! - What cannot be decided is unknown, never absent.
//!
//! CPE names are never matched.

mod decide;
mod distribution;
mod group;
mod name;
mod row;
mod target;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use crate::error::SnapshotError;
use crate::record::{Severity, Status};
use decide::{Decision, Question};
use distribution::Fit;
use row::Entry;
use target::Candidate;

pub use distribution::Distribution;
pub use group::grouped;
pub use name::normalise_name;
pub(crate) use row::{Row, Rows, row_key};
pub use target::Target;

/// What an advisory says of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Match {
    /// The id of the advisory.
    pub id: String,
    /// Its aliases, and the ids of what it derives from.
    pub aliases: Vec<String>,
    /// The ecosystem and release of the entry: `Debian:12`.
    pub ecosystem: String,
    /// The name of the package in the advisory, normalised: of the source package where distributions speak of those.
    pub package: String,
    /// Which entry of `affected` it is, counted from 0.
    pub entry: u32,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// The package is an attack itself.
    pub malicious: bool,
    /// It is no vulnerability, but this: `unmaintained`.
    pub informational: Option<String>,
    /// What follows.
    pub state: State,
    /// What the publisher says of the versions.
    pub status: Status,
    /// Why.
    pub rule: Rule,
    /// Fixed versions above that of the component, the nearest first.
    pub fixed: Vec<String>,
}

/// Whether a component is affected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum State {
    /// It is.
    Affected,
    /// It may be; the rule says what is missing.
    Unknown,
    /// It is not, says who is responsible for it.
    NotAffected,
}

impl State {
    /// The state as a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Affected => "affected",
            Self::Unknown => "unknown",
            Self::NotAffected => "not-affected",
        }
    }
}

/// Why an advisory was decided as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The advisory lists the version.
    Listed,
    /// The version is in a range of the advisory.
    Range,
    /// The advisory is about every version.
    AllVersions,
    /// The advisory names the commit.
    Commit,
    /// Who publishes the package says so.
    Vendor,
    /// It belongs to a package of a distribution, whose feed decides.
    OwnedBySystem,
    /// The version does not follow the rules of its ecosystem.
    VersionUnreadable,
    /// The component has no version.
    VersionMissing,
    /// The advisory names neither versions nor ranges.
    NothingSaid,
    /// The ecosystem has no order of versions.
    NoOrder,
    /// The advisory names commits, and this is none of them.
    CommitsOnly,
    /// The advisory is about a stream of a module and does not say about which.
    ModuleUnsaid,
    /// Only another stream of the release is spoken of.
    OtherStream,
    /// The advisory is about every version of a Go module, and by what its makers call versions not about this one.
    OtherVersions,
}

impl Rule {
    /// The rule as a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Range => "range",
            Self::AllVersions => "all-versions",
            Self::Commit => "commit",
            Self::Vendor => "vendor",
            Self::OwnedBySystem => "owned-by-system",
            Self::VersionUnreadable => "version-unreadable",
            Self::VersionMissing => "version-missing",
            Self::NothingSaid => "nothing-said",
            Self::NoOrder => "no-order",
            Self::CommitsOnly => "commits-only",
            Self::ModuleUnsaid => "module-unsaid",
            Self::OtherStream => "other-stream",
            Self::OtherVersions => "other-versions",
        }
    }

    /// The rule in a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Listed => "the advisory lists the version",
            Self::Range => "the version is in a range of the advisory",
            Self::AllVersions => "the advisory is about every version",
            Self::Commit => "the advisory names the commit",
            Self::Vendor => "who publishes the package says so",
            Self::OwnedBySystem => "it belongs to a package of a distribution, whose own advisories decide",
            Self::VersionUnreadable => "the version does not follow the rules of its ecosystem",
            Self::VersionMissing => "the component has no version",
            Self::NothingSaid => "the advisory names neither versions nor ranges",
            Self::NoOrder => "versions of the ecosystem have no order",
            Self::CommitsOnly => "the advisory names commits, and this is none of them",
            Self::ModuleUnsaid => "the advisory does not say which stream of the module it is about",
            Self::OtherStream => "only another support stream of the release is spoken of",
            Self::OtherVersions => {
                "the advisory is about all versions that Go knows, and by its makers' own versions not about this one"
            }
        }
    }
}

/// Why nothing, or not all, could be said about a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Gap {
    /// Packages of this type have no ecosystem of advisories.
    NoEcosystem,
    /// It is a package of a distribution, and which release is not known.
    NoRelease,
    /// There are no advisories about its ecosystem or distribution.
    NoFeed,
    /// It has no version.
    NoVersion,
    /// Its version does not follow the rules of its ecosystem.
    VersionUnreadable,
}

impl Gap {
    /// The gap as a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoEcosystem => "no-ecosystem",
            Self::NoRelease => "no-release",
            Self::NoFeed => "no-feed",
            Self::NoVersion => "no-version",
            Self::VersionUnreadable => "version-unreadable",
        }
    }

    /// The gap in a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoEcosystem => "no advisories are published for packages of this type",
            Self::NoRelease => "the release of the distribution is not known (distro=)",
            Self::NoFeed => "the advisories hold nothing about its ecosystem",
            Self::NoVersion => "it has no version",
            Self::VersionUnreadable => "its version does not follow the rules of its ecosystem",
        }
    }
}

/// What is known of one component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Matched {
    /// The advisories that concern it, by id.
    pub matches: Vec<Match>,
    /// Why there may be more.
    pub gaps: Vec<Gap>,
}

impl Matched {
    /// The advisories that affect it.
    pub fn affected(&self) -> impl Iterator<Item = &Match> {
        self.matches.iter().filter(|found| found.state == State::Affected)
    }
}

/// Which feeds answer for a package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coverage {
    /// The ecosystems that are there.
    pub feeds: Vec<&'static str>,
    /// What keeps it from being looked up; those that [`Matched::gaps`] has, but for versions that cannot be read.
    pub gaps: Vec<Gap>,
}

/// What a package is looked up in, and what is missing for that.
pub(crate) fn coverage(lookup: &dyn Lookup, target: &Target) -> Coverage {
    let mut work = Work::default();
    let candidates = work.candidates(lookup, target);
    let mut feeds: Vec<&'static str> = candidates.iter().map(|candidate| candidate.ecosystem).collect();
    feeds.retain(|feed| lookup.covers(feed));
    feeds.sort_unstable();
    feeds.dedup();
    Coverage { feeds, gaps: work.gaps }
}

/// Where rows come from: a file, or records in memory.
pub(crate) trait Lookup: Sync {
    /// What is said of a package of this normalised name, in all releases.
    fn rows(&self, ecosystem: &str, name: &str) -> Result<Vec<Arc<Row>>, SnapshotError>;

    /// Whether anything is said about an ecosystem.
    fn covers(&self, ecosystem: &str) -> bool;
}

/// Matches each of the targets.
pub(crate) fn match_all(lookup: &dyn Lookup, targets: &[Target]) -> Result<Vec<Matched>, SnapshotError> {
    targets.par_iter().map(|target| match_one(lookup, target)).collect()
}

fn match_one(lookup: &dyn Lookup, target: &Target) -> Result<Matched, SnapshotError> {
    let mut work = Work::default();
    work.target(lookup, target)?;
    let mut found = work.found;
    if let Some(owner) = target.owner().filter(|_| !target.is_system()) {
        let mut vendor = Work::default();
        vendor.target(lookup, owner)?;
        defer(&mut found, &vendor, owner);
    }
    found.sort_by(|left, right| (&left.id, left.state, left.entry).cmp(&(&right.id, right.state, right.entry)));
    found.dedup_by(|later, first| later.id == first.id);
    work.gaps.sort_unstable();
    work.gaps.dedup();
    Ok(Matched { matches: found, gaps: work.gaps })
}

/// Leaves it to the distribution to say whether what belongs to it is affected.
fn defer(found: &mut [Match], vendor: &Work, owner: &Target) {
    let complete = owner.distribution().is_some_and(Distribution::is_comprehensive)
        && !vendor.gaps.iter().any(|gap| matches!(gap, Gap::NoFeed | Gap::NoRelease));
    for one in found.iter_mut().filter(|one| one.state != State::NotAffected && !one.malicious) {
        let names = || std::iter::once(&one.id).chain(&one.aliases);
        let spoken = names().any(|name| vendor.spoken.contains(name));
        let affected = vendor.found.iter().filter(|said| said.state != State::NotAffected);
        let says_so =
            affected.into_iter().any(|said| names().any(|name| said.id == *name || said.aliases.contains(name)));
        if !says_so && (complete || spoken) {
            one.state = State::NotAffected;
            one.rule = Rule::OwnedBySystem;
        }
    }
}

/// What was found for one target.
#[derive(Default)]
struct Work {
    found: Vec<Match>,
    gaps: Vec<Gap>,
    /// The ids and aliases of all that was said of the package in its own release and stream, whatever it was.
    spoken: BTreeSet<String>,
}

impl Work {
    /// The names under which a package is looked up, and what is missing for that.
    fn candidates(&mut self, lookup: &dyn Lookup, target: &Target) -> Vec<Candidate> {
        let release = target.distribution().is_some_and(Distribution::has_release);
        if target.is_system() && !release {
            let known = target.distribution().is_some_and(|distribution| distribution.feeds().is_empty());
            self.gaps.push(if known && target.distribution().is_some_and(|of| !of.id().is_empty()) {
                Gap::NoFeed
            } else {
                Gap::NoRelease
            });
            return Vec::new();
        }
        let candidates = target.candidates();
        if candidates.is_empty() {
            self.gaps.push(if target.is_system() { Gap::NoFeed } else { Gap::NoEcosystem });
        } else if !candidates.iter().any(|candidate| lookup.covers(candidate.ecosystem)) {
            self.gaps.push(Gap::NoFeed);
        }
        if !candidates.is_empty() && candidates.iter().all(|candidate| candidate.version.is_none()) {
            self.gaps.push(Gap::NoVersion);
        }
        candidates
    }

    fn target(&mut self, lookup: &dyn Lookup, target: &Target) -> Result<(), SnapshotError> {
        for candidate in &self.candidates(lookup, target) {
            let rows = lookup.rows(candidate.ecosystem, &candidate.name)?;
            self.candidate(target, candidate, &rows);
        }
        Ok(())
    }

    /// The rows of one name, those of the release and stream itself first.
    fn candidate(&mut self, target: &Target, candidate: &Candidate, rows: &[Arc<Row>]) {
        let version = candidate.version.as_deref().unwrap_or_default();
        let fit = |row: &Row| fit(target, row, version);
        let mut fitting: Vec<(Fit, &Row)> = rows.iter().filter_map(|row| Some((fit(row)?, &**row))).collect();
        fitting.sort_by_key(|(fit, row)| (*fit, &row.suffix));
        let before: BTreeSet<String> = self.spoken.clone();
        let mut exact = before.clone();
        for (fit, row) in fitting {
            let question = Question::new(row, target, version);
            if !version.is_empty() && !question.is_valid() && row.ecosystem != "GIT" {
                self.gaps.push(Gap::VersionUnreadable);
            }
            for entry in row.entries.iter().filter(|entry| question.concerns(entry)) {
                // What was said under a name or in a stream that says more is not said again.
                let known = if fit == Fit::Exact { &before } else { &exact };
                if entry.is_said(known) {
                    continue;
                }
                if target.is_system() {
                    self.spoken.extend(entry.names().map(str::to_owned));
                }
                self.found.extend(decided(&question, version, entry, fit).map(|decision| row.found(entry, decision)));
            }
            if fit == Fit::Exact {
                exact.clone_from(&self.spoken);
            }
        }
    }
}

/// What an entry says, for a version or for want of one.
fn decided(question: &Question<'_>, version: &str, entry: &Entry, fit: Fit) -> Option<Decision> {
    let mut decision = question.ask(entry);
    if version.is_empty() {
        // Without a version only what is said of all of them is known.
        let all = decision.as_ref().is_some_and(|decision| decision.rule == Rule::AllVersions);
        if !all {
            decision = Some(Decision { state: State::Unknown, rule: Rule::VersionMissing, fixed: Vec::new() });
        }
    }
    let mut decision = decision?;
    if fit == Fit::OtherStream && decision.state == State::Affected {
        decision.state = State::Unknown;
        decision.rule = Rule::OtherStream;
    }
    Some(decision)
}

/// Whether a row is about the release or repository of a target.
fn fit(target: &Target, row: &Row, version: &str) -> Option<Fit> {
    match target.distribution() {
        Some(distribution) if target.is_system() => {
            let (_, rebuilt) = row.suffix.split_once(':').unwrap_or_default();
            if target::REBUILDERS.iter().any(|(name, _)| *name == row.ecosystem) {
                let (base, _) = row.suffix.split_once(':').unwrap_or((&row.suffix, ""));
                return distribution
                    .feeds()
                    .contains(&base)
                    .then(|| distribution.fit(base, rebuilt, version))
                    .flatten();
            }
            distribution.fit(&row.ecosystem, &row.suffix, version)
        }
        _ => {
            let repository = target.purl().qualifiers().find(|(key, _)| *key == "repository_url");
            let same = repository.is_none_or(|(_, url)| {
                normalise_name("GIT", "", url).contains(&*normalise_name("GIT", "", &row.suffix))
            });
            same.then_some(Fit::Exact)
        }
    }
}

impl Row {
    fn found(&self, entry: &Entry, decision: Decision) -> Match {
        let release = if self.suffix.is_empty() { String::new() } else { format!(":{}", self.suffix) };
        Match {
            id: entry.id.clone(),
            aliases: entry.aliases.clone(),
            ecosystem: format!("{}{release}", self.ecosystem),
            package: self.name.clone(),
            entry: entry.affected,
            severity: entry.severity.clone(),
            malicious: entry.malicious,
            informational: entry.informational.clone(),
            state: decision.state,
            status: entry.status,
            rule: decision.rule,
            fixed: decision.fixed,
        }
    }
}

impl Entry {
    /// Whether the same advisory, or others about all that it is about, have spoken.
    fn is_said(&self, known: &BTreeSet<String>) -> bool {
        known.contains(&self.id) || (!self.aliases.is_empty() && self.aliases.iter().all(|name| known.contains(name)))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id).chain(&self.aliases).map(String::as_str)
    }
}
