//! What all advisories say of one package in one release: what is decided by.
//!
//! Versions that advisories list are kept once for the package, as a distributor lists the same ones for each of
//! thousands of vulnerabilities of its kernel.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use plimsoll_version::{Range, Scheme};
use serde::{Deserialize, Serialize};

use super::name::normalise_name;
use crate::record::{Advisory, RangeKind, Severity, Status, VersionRange};

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
    rows: BTreeMap<Vec<u8>, Vec<(Entry, Vec<String>)>>,
    places: BTreeMap<Vec<u8>, (String, String, String)>,
}

impl Rows {
    /// Adds what an advisory says. One that is withdrawn says nothing.
    pub(crate) fn add(&mut self, advisory: &Advisory) {
        if advisory.withdrawn.is_some() {
            return;
        }
        let aliases: Vec<String> = advisory.aliases.iter().chain(&advisory.upstream).cloned().collect();
        for (number, affected) in advisory.affected.iter().enumerate() {
            let severity = crate::record::worst(&affected.severities).or_else(|| advisory.severity());
            let entry = Entry {
                id: advisory.id.clone(),
                aliases: aliases.clone(),
                severity: severity.cloned(),
                malicious: advisory.malicious,
                informational: advisory.informational.clone(),
                affected: u32::try_from(number).unwrap_or(u32::MAX),
                status: affected.status,
                ranges: affected.ranges.iter().filter(|range| range.kind != RangeKind::Git).cloned().collect(),
                listed: Vec::new(),
                module: affected.module.clone(),
                read: OnceLock::new(),
            };
            let ecosystem = affected.ecosystem.name();
            if !affected.name.is_empty() {
                let place = (ecosystem, affected.ecosystem.suffix(), affected.name.as_str());
                self.place(place, entry.clone(), affected.versions.clone());
            }
            for range in affected.ranges.iter().filter(|range| range.kind == RangeKind::Git) {
                let Some(repository) = range.repository.as_deref() else { continue };
                let entry = Entry { ranges: vec![range.clone()], ..entry.clone() };
                self.place(("GIT", "", repository), entry, affected.versions.clone());
            }
        }
    }

    fn place(&mut self, (ecosystem, suffix, name): (&str, &str, &str), entry: Entry, versions: Vec<String>) {
        let name = normalise_name(ecosystem, suffix, name);
        let key = row_key(ecosystem, &name, suffix);
        self.places.entry(key.clone()).or_insert_with(|| (ecosystem.to_owned(), suffix.to_owned(), name));
        self.rows.entry(key).or_default().push((entry, versions));
    }

    /// The rows, sorted, their entries by advisory.
    pub(crate) fn finish(mut self) -> impl Iterator<Item = (Vec<u8>, Row)> {
        self.rows.into_iter().map(move |(key, mut parts)| {
            parts.sort_by(|(left, _), (right, _)| (&left.id, left.affected).cmp(&(&right.id, right.affected)));
            let (ecosystem, suffix, name) = self.places.remove(&key).unwrap_or_default();
            let mut versions: Vec<String> = parts.iter().flat_map(|(_, listed)| listed).cloned().collect();
            versions.sort_unstable();
            versions.dedup();
            let entries = parts.into_iter().map(|(mut entry, listed)| {
                let place = |version: &String| versions.binary_search(version).ok();
                let places = listed.iter().filter_map(place).filter_map(|place| u32::try_from(place).ok());
                entry.listed = places.collect();
                entry.listed.sort_unstable();
                entry.listed.dedup();
                entry
            });
            let entries = entries.collect();
            (key, Row { ecosystem, suffix, name, versions, entries })
        })
    }
}
