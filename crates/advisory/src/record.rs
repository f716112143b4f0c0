//! What an advisory says, whatever format it came in.
//!
//! The shape is that of OSV (<https://ossf.github.io/osv-schema/>), the only one that all other formats can be turned
//! into without guessing: an advisory names packages, and of each the versions that are affected. What surprises:
//! - `versions` is an enumeration that is as good as the ranges: a version in either is affected.
//! - An entry may say that a package is *not* affected ([`Status::NotAffected`]). Distributors publish such records, so
//!   that nobody believes a general advisory about what they have mended or never shipped.
//! - A withdrawn advisory is kept, so that it can be shown, and matches nothing.

mod severity;
mod time;

use plimsoll_version::{Event, Range, Scheme};
use serde::{Deserialize, Serialize};

use crate::ecosystem::Ecosystem;

pub use jiff::Timestamp;
pub(crate) use severity::worst;
pub use severity::{Rating, Score, Severity, SeverityKind};

/// One advisory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Advisory {
    /// The identifier in its database: `GHSA-…`, `DSA-5532-1`, `CVE-…`.
    pub id: String,
    /// Other identifiers of the same vulnerability in the same code.
    pub aliases: Vec<String>,
    /// Identifiers of what this one derives from: the CVEs that a distributor's update mends.
    pub upstream: Vec<String>,
    /// Identifiers of what is alike.
    pub related: Vec<String>,
    /// One line.
    pub summary: String,
    /// All of it, in Markdown.
    pub details: String,
    /// When it was first said.
    #[serde(with = "time")]
    pub published: Option<Timestamp>,
    /// When it was last changed.
    #[serde(with = "time")]
    pub modified: Option<Timestamp>,
    /// When it was taken back.
    #[serde(with = "time")]
    pub withdrawn: Option<Timestamp>,
    /// How bad it is, in general.
    pub severities: Vec<Severity>,
    /// The packages that it speaks about.
    pub affected: Vec<Affected>,
    /// Where to read on.
    pub references: Vec<Reference>,
    /// The package is an attack itself, and no version of it is to be mended.
    pub malicious: bool,
    /// The kinds of weakness that it is (CWE), by number.
    pub weaknesses: Vec<u32>,
    /// It tells of something that is no vulnerability, in the word of its database: `unmaintained`, `unsound`, `notice`.
    pub informational: Option<String>,
    /// Who says so: the prefix of the identifier, or the publisher of a CSAF document.
    pub database: String,
}

impl Advisory {
    /// An advisory that says nothing yet.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        let database = id.split_once('-').map_or(id.as_str(), |(prefix, _)| prefix).to_owned();
        Self {
            malicious: id.starts_with("MAL-"),
            id,
            aliases: Vec::new(),
            upstream: Vec::new(),
            related: Vec::new(),
            summary: String::new(),
            details: String::new(),
            published: None,
            modified: None,
            withdrawn: None,
            severities: Vec::new(),
            weaknesses: Vec::new(),
            affected: Vec::new(),
            references: Vec::new(),
            informational: None,
            database,
        }
    }

    /// How bad it is: the worst that a score says, and only without a score what its database says in a word.
    #[must_use]
    pub fn severity(&self) -> Option<&Severity> {
        worst(&self.severities)
    }

    /// Every identifier that somebody may look for it by: its own, the aliases, and what it derives from.
    pub fn identifiers(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id).chain(&self.aliases).chain(&self.upstream).map(String::as_str)
    }

    /// The CVEs that it is about, the first one named first.
    pub fn cves(&self) -> impl Iterator<Item = &str> {
        self.identifiers().filter(|id| id.starts_with("CVE-"))
    }
}

/// What an advisory says of one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Affected {
    /// Where the package is published, and in which release of a distribution.
    pub ecosystem: Ecosystem,
    /// The name as the ecosystem writes it. Empty for an entry that has only ranges of commits.
    pub name: String,
    /// The package URL without a version, when the advisory gives one.
    pub purl: Option<String>,
    /// What is said of the versions.
    pub status: Status,
    /// The ranges of versions.
    pub ranges: Vec<VersionRange>,
    /// Ranges of the versions that the makers of a Go module write, where the module has none that Go's rules take; the ranges then
    /// have all versions.
    pub custom_ranges: Vec<VersionRange>,
    /// Single versions, which count as much as the ranges.
    pub versions: Vec<String>,
    /// How bad it is here, when that differs.
    pub severities: Vec<Severity>,
    /// The part of the package that is at fault.
    pub code: Vec<VulnerableCode>,
    /// The module stream of a modular rpm: `nodejs:18`.
    pub module: Option<String>,
}

impl Affected {
    /// An entry that is affected in no version yet.
    #[must_use]
    pub fn new(ecosystem: Ecosystem, name: impl Into<String>) -> Self {
        Self {
            ecosystem,
            name: name.into(),
            purl: None,
            status: Status::Affected,
            ranges: Vec::new(),
            custom_ranges: Vec::new(),
            versions: Vec::new(),
            severities: Vec::new(),
            code: Vec::new(),
            module: None,
        }
    }

    /// How to compare versions, when the ecosystem has an order.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        self.ecosystem.scheme()
    }

    /// What is known about whether a program that has the package can reach the fault.
    #[must_use]
    pub fn reach(&self) -> Reach {
        match self.code.as_slice() {
            [] => Reach::Unsaid,
            code if code.iter().any(|part| part.symbols.is_empty()) => Reach::Import,
            _ => Reach::Symbols,
        }
    }

    /// The first version on each branch in which it is mended, in the order of the advisory.
    pub fn fixed_versions(&self) -> impl Iterator<Item = &str> {
        let versions = self.ranges.iter().chain(&self.custom_ranges).filter(|range| range.kind != RangeKind::Git);
        versions.flat_map(|range| &range.events).filter_map(|event| match event {
            RangeEvent::Fixed(version) => Some(version.as_str()),
            _ => None,
        })
    }
}

/// What is said of the versions of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Status {
    /// They are affected.
    Affected,
    /// They are affected, and will stay so: no fix is planned.
    WontFix,
    /// Somebody is looking.
    UnderInvestigation,
    /// They are mended.
    Fixed,
    /// They never were affected.
    NotAffected,
}

/// Where in a package a fault is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VulnerableCode {
    /// The import path of Go, the module of others; empty when the symbols are written in full.
    pub path: String,
    /// The functions and methods; empty when all of the path is at fault.
    pub symbols: Vec<String>,
    /// The platforms that it is limited to (`windows`, `amd64`); empty for all.
    pub platforms: Vec<String>,
}

impl VulnerableCode {
    /// A part of a package.
    #[must_use]
    pub fn new(path: impl Into<String>, symbols: Vec<String>) -> Self {
        Self { path: path.into(), symbols, platforms: Vec::new() }
    }
}

/// How closely an advisory says where the fault is. It is evidence and never hides a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reach {
    /// It says nothing: the whole package has to be taken as at fault.
    Unsaid,
    /// Whoever imports the named parts may reach it.
    Import,
    /// Only who calls the named symbols reaches it.
    Symbols,
}

/// Versions between events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VersionRange {
    /// What the events name.
    pub kind: RangeKind,
    /// The repository, for commits.
    pub repository: Option<String>,
    /// The events, in the order of the advisory.
    pub events: Vec<RangeEvent>,
}

impl VersionRange {
    /// A range of versions of the ecosystem.
    #[must_use]
    pub fn new(kind: RangeKind, events: Vec<RangeEvent>) -> Self {
        Self { kind, repository: None, events }
    }

    /// The versions in it; `None` for commits, which have no order without their repository.
    #[must_use]
    pub fn to_range(&self, scheme: Scheme) -> Option<Range> {
        let events: Vec<Event<'_>> = self.events.iter().map(RangeEvent::as_event).collect();
        (self.kind != RangeKind::Git).then(|| Range::from_events(scheme, &events))
    }
}

/// What the events of a range name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RangeKind {
    /// Semantic versions.
    Semver,
    /// Versions in the order of the ecosystem.
    Ecosystem,
    /// Commits.
    Git,
}

/// What happens at a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RangeEvent {
    /// It begins here; `0` is before every version.
    Introduced(String),
    /// It is gone from here on.
    Fixed(String),
    /// It is gone after this version.
    LastAffected(String),
    /// Nothing is said of this version and later ones.
    Limit(String),
}

impl RangeEvent {
    /// The event as the orders of versions take it.
    #[must_use]
    pub fn as_event(&self) -> Event<'_> {
        match self {
            Self::Introduced(version) => Event::Introduced(version),
            Self::Fixed(version) => Event::Fixed(version),
            Self::LastAffected(version) => Event::LastAffected(version),
            Self::Limit(version) => Event::Limit(version),
        }
    }
}

/// Where to read on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reference {
    /// What is there, in the words of OSV: `ADVISORY`, `FIX`, `WEB`, …
    pub kind: String,
    /// The address.
    pub url: String,
}

impl Reference {
    /// A reference.
    #[must_use]
    pub fn new(kind: impl Into<String>, url: impl Into<String>) -> Self {
        Self { kind: kind.into(), url: url.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_entry_knows() {
        let mut entry = Affected::new(Ecosystem::parse("Go"), "stdlib");
        assert_eq!(entry.reach(), Reach::Unsaid);
        entry.code.push(VulnerableCode::new("net/http", vec!["Serve".into()]));
        assert_eq!(entry.reach(), Reach::Symbols);
        entry.code.push(VulnerableCode::new("net", Vec::new()));
        assert_eq!(entry.reach(), Reach::Import);
        let events = vec![RangeEvent::Introduced("0".into()), RangeEvent::Fixed("1.18.6".into())];
        entry.ranges.push(VersionRange::new(RangeKind::Semver, events.clone()));
        entry.ranges.push(VersionRange::new(RangeKind::Git, vec![RangeEvent::Fixed("abc".into())]));
        assert_eq!(entry.fixed_versions().collect::<Vec<_>>(), ["1.18.6"]);
        assert!(entry.ranges[0].to_range(Scheme::GOLANG).unwrap().contains("1.18.5"));
        assert!(entry.ranges[1].to_range(Scheme::GOLANG).is_none());
    }

    #[test]
    fn an_identifier_says_who() {
        assert_eq!(Advisory::new("RUSTSEC-2021-0003").database, "RUSTSEC");
        assert!(Advisory::new("MAL-2024-1").malicious);
        let mut advisory = Advisory::new("DSA-1-1");
        advisory.upstream.push("CVE-2024-1".into());
        assert_eq!(advisory.cves().collect::<Vec<_>>(), ["CVE-2024-1"]);
    }
}
