//! What all advisories say of one package in one release: what is decided by.
//!
//! Versions that advisories list are kept once for the package, as a distributor lists the same ones for each of
//! thousands of vulnerabilities of its kernel.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use plimsoll_version::{Range, Scheme};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::name::normalise_name;
use crate::record::{Advisory, RangeKind, Severity, Status, VersionRange, worst};

/// A package in a release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) ecosystem: String,
    pub(crate) suffix: String,
    pub(crate) name: String,
    /// Every version that an entry lists, sorted.
    pub(crate) versions: Vec<String>,
    pub(crate) entries: Vec<Entry>,
}

/// What one advisory says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: String,
    /// The aliases, and what it derives from.
    pub(crate) aliases: Vec<String>,
    pub(crate) severity: Option<Severity>,
    pub(crate) malicious: bool,
    pub(crate) informational: Option<String>,
    /// Which entry of the advisory.
    pub(crate) affected: u32,
    pub(crate) status: Status,
    pub(crate) ranges: Vec<VersionRange>,
    /// [`Affected::custom_ranges`](crate::Affected::custom_ranges).
    pub(crate) custom: Vec<VersionRange>,
    /// Places in the versions of the row, sorted.
    pub(crate) listed: Vec<u32>,
    pub(crate) module: Option<String>,
    /// The ranges once they were needed: a row has one scheme.
    #[serde(skip)]
    pub(crate) read: OnceLock<Vec<Range>>,
}

impl Entry {
    /// The ranges, ready to be asked.
    pub(crate) fn read_ranges(&self, scheme: Scheme) -> &[Range] {
        self.read.get_or_init(|| self.ranges.iter().filter_map(|range| range.to_range(scheme)).collect())
    }
}

impl Row {
    /// Whether an entry lists this version.
    pub(crate) fn lists(&self, entry: &Entry, version: &str) -> bool {
        let place = self.versions.binary_search_by(|held| held.as_str().cmp(version));
        let place = place.ok().and_then(|place| u32::try_from(place).ok());
        place.is_some_and(|place| entry.listed.binary_search(&place).is_ok())
    }
}

/// The key of a row: ecosystem, normalised name, release. Without a release it is what the keys of all releases start with.
pub(crate) fn row_key(ecosystem: &str, name: &str, suffix: &str) -> Vec<u8> {
    // What separates the parts cannot be in them.
    let plain = |text: &str| text.replace('\0', "\u{fffd}");
    let mut key = plain(ecosystem).into_bytes();
    key.push(0);
    key.extend(plain(name).into_bytes());
    key.push(0);
    key.extend(plain(suffix).into_bytes());
    key
}

/// Rows by their keys.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: BTreeMap<Vec<u8>, Draft>,
}

/// A row that is still added to: versions have the place at which they came.
#[derive(Debug, Default)]
struct Draft {
    row: Row,
    places: FxHashMap<String, u32>,
}

impl Rows {
    /// Adds what an advisory says. One that is withdrawn says nothing.
    pub(crate) fn add(&mut self, advisory: &Advisory) {
        if advisory.withdrawn.is_some() {
            return;
        }
        let aliases: Vec<String> = advisory.aliases.iter().chain(&advisory.upstream).cloned().collect();
        for (number, affected) in advisory.affected.iter().enumerate() {
            let severity = worst(&affected.severities).or_else(|| advisory.severity());
            let entry = |ranges: Vec<VersionRange>| Entry {
                id: advisory.id.clone(),
                aliases: aliases.clone(),
                severity: severity.cloned(),
                malicious: advisory.malicious,
                informational: advisory.informational.clone(),
                affected: u32::try_from(number).unwrap_or(u32::MAX),
                status: affected.status,
                ranges,
                custom: affected.custom_ranges.clone(),
                listed: Vec::new(),
                module: affected.module.clone(),
                read: OnceLock::new(),
            };
            let ecosystem = &affected.ecosystem;
            let (commits, versions): (Vec<_>, Vec<_>) =
                affected.ranges.iter().cloned().partition(|range| range.kind == RangeKind::Git);
            if !affected.name.is_empty() {
                let place = (ecosystem.name(), ecosystem.suffix(), affected.name.as_str());
                self.place(place, entry(versions), &affected.versions);
            }
            for range in commits {
                let Some(repository) = range.repository.clone() else { continue };
                self.place(("GIT", "", &repository), entry(vec![range]), &affected.versions);
            }
        }
    }

    fn place(&mut self, (ecosystem, suffix, name): (&str, &str, &str), mut entry: Entry, versions: &[String]) {
        let name = normalise_name(ecosystem, suffix, name);
        let draft = self.rows.entry(row_key(ecosystem, &name, suffix)).or_default();
        if draft.row.ecosystem.is_empty() {
            draft.row.ecosystem = ecosystem.to_owned();
            draft.row.suffix = suffix.to_owned();
            draft.row.name = name;
        }
        for version in versions {
            let place = match draft.places.get(version) {
                Some(place) => *place,
                None => {
                    let Ok(next) = u32::try_from(draft.places.len()) else { continue };
                    draft.places.insert(version.clone(), next);
                    next
                }
            };
            entry.listed.push(place);
        }
        draft.row.entries.push(entry);
    }

    /// The rows, sorted, their entries by advisory.
    pub(crate) fn finish(self) -> impl Iterator<Item = (Vec<u8>, Row)> {
        self.rows.into_iter().map(|(key, draft)| (key, draft.finish()))
    }
}

impl Draft {
    fn finish(self) -> Row {
        let Self { mut row, places } = self;
        let mut versions: Vec<(String, u32)> = places.into_iter().collect();
        versions.sort_unstable();
        let mut sorted = vec![0_u32; versions.len()];
        for (to, (_, from)) in (0_u32..).zip(&versions) {
            if let Some(place) = usize::try_from(*from).ok().and_then(|from| sorted.get_mut(from)) {
                *place = to;
            }
        }
        for entry in &mut row.entries {
            let place = |from: &u32| usize::try_from(*from).ok().and_then(|from| sorted.get(from)).copied();
            entry.listed = entry.listed.iter().filter_map(place).collect();
            entry.listed.sort_unstable();
            entry.listed.dedup();
        }
        row.entries.sort_by(|left, right| (&left.id, left.affected).cmp(&(&right.id, right.affected)));
        row.versions = versions.into_iter().map(|(version, _)| version).collect();
        row
    }
}
