//! `audit`: what advisories say of the components of a document, what that is worth, and whether it may pass.
//!
//! Nothing is left out: what cannot be decided is listed as uncertain, what no advisory speaks of is counted by type, and what somebody
//! lets pass says who. Of CPE names nothing is made.

mod excuse;
mod rules;
mod run;
mod subjects;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_advisory::{Gap, Severity};

pub use excuse::excuse;
pub use rules::{Condition, VulnerabilityRules};
pub(crate) use rules::{GRACE, VULNERABILITIES, read as read_rules, read_table};
pub use run::{AuditInput, audit, claims, headline};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// What affects the components, or may: attacks first, then by severity.
    pub rows: Vec<AuditRow>,
    /// Out of what.
    pub denominator: AuditDenominator,
    /// Components about which not all could be said, and why, in the order of the document.
    pub gaps: Vec<(String, Gap)>,
}

/// How many components there are, and how many of them could not be looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditDenominator {
    /// All of them.
    pub components: u64,
    /// Those that advisories were looked up for.
    pub checked: u64,
    /// Those that no source of advisories covers, by the type of their purl.
    pub not_searched: BTreeMap<String, u64>,
    /// Those without a purl.
    pub without_purl: u64,
    /// Those without a version.
    pub without_version: u64,
    /// Those whose version does not follow the rules of its ecosystem.
    pub unreadable_version: u64,
    /// Packages of a distribution whose release is not known.
    pub without_release: u64,
    /// What the advisories are of.
    pub advisories: Option<Timestamp>,
    /// The document says that something is missing.
    pub incomplete: bool,
}

/// How things are with a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RowState {
    /// It counts.
    #[default]
    Open,
    /// Somebody who counts says that it does not matter.
    Vexed,
    /// An exception lets it pass.
    Excepted,
}

impl RowState {
    /// As reports say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Vexed => "vexed",
            Self::Excepted => "excepted",
        }
    }
}

/// What sort of thing an advisory tells of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RowSort {
    /// The package is an attack itself.
    Malicious,
    /// A vulnerability.
    #[default]
    Vulnerability,
    /// Something to know: that nobody maintains the package.
    Notice,
}

impl RowSort {
    /// As reports say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malicious => "malicious",
            Self::Vulnerability => "vulnerability",
            Self::Notice => "notice",
        }
    }
}

/// An advisory that affects a component, or may.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditRow {
    /// The artifact, where there are several.
    pub artifact: String,
    /// Its digest; empty for none.
    pub digest: String,
    /// Who answers for the artifact; empty for nobody.
    pub team: String,
    /// The component: its purl, or name and version.
    pub component: String,
    /// Its reference in the document; empty when there is none.
    pub reference: String,
    /// Its name for people.
    pub name: String,
    /// The version that is there.
    pub installed: String,
    /// Versions that are mended, the nearest first.
    pub fixed: Vec<String>,
    /// The advisory.
    pub advisory: String,
    /// Its aliases.
    pub aliases: Vec<String>,
    /// What sort of thing it tells of.
    pub sort: RowSort,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// The probability of exploitation in hundred-thousandths.
    pub epss: Option<u32>,
    /// The day it was put into the catalogue of exploited vulnerabilities, or `yes`; empty when it is not there.
    pub kev: String,
    /// A shortest way from what the document is about to the component, without either.
    pub path: Vec<String>,
    /// Whether a way was found.
    pub has_path: bool,
    /// Why it matched, in a word.
    pub rule: String,
    /// Whether the component is affected for sure; else the rule says what is missing.
    pub certain: bool,
    /// Who says that the component is there: `observed`, `signed claim`, `unsigned claim`.
    pub claim: String,
    /// Whether it counts.
    pub state: RowState,
    /// Why it does not count.
    pub said: String,
    /// What is claimed of it without anybody answering for it.
    pub claims: Vec<String>,
    /// The advisory in a line.
    pub summary: String,
    /// When the advisory was published; in a fleet, when the finding was opened, which a grace period counts from.
    pub since: Option<Timestamp>,
}

impl AuditRow {
    /// The rating; `None` when nobody says.
    #[must_use]
    pub fn rating(&self) -> Option<plimsoll_advisory::Rating> {
        self.severity.as_ref().and_then(Severity::rating)
    }

    /// The rating as a word, `unknown` for none.
    #[must_use]
    pub fn rating_word(&self) -> &'static str {
        self.rating().map_or("unknown", plimsoll_advisory::Rating::as_str)
    }

    /// Every id, its own first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.advisory).chain(&self.aliases).map(String::as_str)
    }
}

/// What rows are sorted by. Attacks come first whatever it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditOrder {
    /// The worst first.
    #[default]
    Severity,
    /// The most likely to be exploited first: those that are, then by probability.
    Exploitation,
}

impl Audit {
    /// Sorts the rows.
    pub fn sort(&mut self, order: AuditOrder) {
        let epss = |row: &AuditRow| (row.kev.is_empty(), std::cmp::Reverse(row.epss));
        let score = |row: &AuditRow| {
            let score = row.severity.as_ref().and_then(Severity::score);
            (std::cmp::Reverse(row.rating()), std::cmp::Reverse(score))
        };
        let place = |row: &AuditRow| {
            (row.artifact.clone(), row.name.clone(), row.component.clone(), row.advisory.clone(), row.reference.clone())
        };
        match order {
            AuditOrder::Severity => {
                self.rows.sort_by_cached_key(|row| (row.sort, !row.certain, score(row), epss(row), place(row)))
            }
            AuditOrder::Exploitation => {
                self.rows.sort_by_cached_key(|row| (row.sort, !row.certain, epss(row), score(row), place(row)));
            }
        }
    }

    /// How many rows are in each state.
    #[must_use]
    pub fn count(&self, state: RowState) -> usize {
        self.rows.iter().filter(|row| row.state == state).count()
    }
}
