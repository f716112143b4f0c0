//! `[vulnerabilities]` of a policy: what an audit refuses.
//!
//! ```toml
//! [vulnerabilities]
//! fail_on = ["high", "kev", "malicious"]
//! min_epss_percent = 10
//! ignore_unfixed = true
//! max_age_days = 3
//!
//! [vulnerabilities.grace_days]
//! critical = 7
//! high = 30
//! ```

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use plimsoll_advisory::Rating;

use super::{AuditRow, RowSort, RowState};
use crate::PolicyError;
use crate::file::Fields;
use crate::words::{nearest, quote};

/// The keys of the table.
pub(crate) const VULNERABILITIES: &[&str] =
    &["fail_on", "min_epss_percent", "ignore_unfixed", "max_age_days", "unsearched", "grace_days"];
/// The keys of the grace periods.
pub(crate) const GRACE: &[&str] = &["low", "medium", "high", "critical", "kev"];
const SECONDS_A_DAY: i64 = 86_400;

/// What is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Condition {
    /// The package is an attack. It is refused whenever anything is.
    Malicious,
    /// It is known to be exploited.
    KnownExploited,
    /// It is this bad or worse.
    Severity(Rating),
    /// A version without it is there.
    Fixable,
    /// Whether it affects the component is not known.
    Unknown,
    /// Anything at all, notices too.
    Any,
}

impl Condition {
    /// The words for it.
    pub const WORDS: [&'static str; 9] =
        ["low", "medium", "high", "critical", "kev", "malicious", "fixable", "unknown", "any"];

    /// Reads a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "low" => Self::Severity(Rating::Low),
            "medium" => Self::Severity(Rating::Medium),
            "high" => Self::Severity(Rating::High),
            "critical" => Self::Severity(Rating::Critical),
            "kev" => Self::KnownExploited,
            "malicious" => Self::Malicious,
            "fixable" => Self::Fixable,
            "unknown" => Self::Unknown,
            "any" => Self::Any,
            _ => return None,
        })
    }

    /// Whether it is true of a row.
    #[must_use]
    pub fn is_met(self, row: &AuditRow) -> bool {
        let is_fault = row.certain && row.sort != RowSort::Notice;
        match self {
            Self::Malicious => row.sort == RowSort::Malicious,
            Self::KnownExploited => row.certain && !row.kev.is_empty(),
            Self::Severity(least) => is_fault && row.rating().is_some_and(|rating| rating >= least),
            Self::Fixable => is_fault && !row.fixed.is_empty(),
            Self::Unknown => !row.certain,
            Self::Any => true,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malicious => f.write_str("malicious"),
            Self::KnownExploited => f.write_str("kev"),
            Self::Severity(least) => write!(f, "{least}"),
            Self::Fixable => f.write_str("fixable"),
            Self::Unknown => f.write_str("unknown"),
            Self::Any => f.write_str("any"),
        }
    }
}

/// What a policy says of vulnerabilities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VulnerabilityRules {
    /// What is refused; nothing when it is empty.
    pub fail_on: Vec<Condition>,
    /// A probability of exploitation that is refused, in hundred-thousandths.
    pub min_epss: Option<u32>,
    /// What has no version without it is not refused.
    pub ignore_unfixed: bool,
    /// How old the advisories may be.
    pub max_age_days: Option<u32>,
    /// For how many days after it was published something is not refused, by `low`, `medium`, `high`, `critical` and `kev`. What is
    /// malicious has no grace.
    pub grace_days: BTreeMap<String, u32>,
}

impl VulnerabilityRules {
    /// Whether anything is refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fail_on.is_empty() && self.min_epss.is_none()
    }

    /// Why a row is refused; `None` when it is not.
    #[must_use]
    pub fn refuses(&self, row: &AuditRow, now: Timestamp) -> Option<String> {
        if self.is_empty() || row.state != RowState::Open {
            return None;
        }
        if row.sort == RowSort::Malicious {
            return Some("malicious".to_owned());
        }
        if (self.ignore_unfixed && row.fixed.is_empty()) || self.in_grace(row, now) {
            return None;
        }
        let met = self.fail_on.iter().find(|condition| condition.is_met(row)).map(ToString::to_string);
        let likely = self.min_epss.filter(|least| row.certain && row.epss.is_some_and(|epss| epss >= *least));
        met.or_else(|| likely.map(|least| format!("epss {}%", least / 1000)))
    }

    /// Whether there is still time. What is known to be exploited has its own.
    fn in_grace(&self, row: &AuditRow, now: Timestamp) -> bool {
        let key = if row.kev.is_empty() { row.rating_word() } else { "kev" };
        let (Some(days), Some(since)) = (self.grace_days.get(key), row.since) else { return false };
        let end = since.as_second().saturating_add(i64::from(*days).saturating_mul(SECONDS_A_DAY));
        now.as_second() < end
    }
}

/// Reads the table out of a policy. It is a rule of a gate as well, which reads what comes of components that nothing covers.
pub(crate) fn read(root: &Fields<'_>) -> Result<Option<VulnerabilityRules>, PolicyError> {
    let known = [crate::gate::HEAD, VULNERABILITIES].concat();
    root.table("vulnerabilities", &known)?.map(|table| read_table(&table)).transpose()
}

/// Reads the table.
pub(crate) fn read_table(table: &Fields<'_>) -> Result<VulnerabilityRules, PolicyError> {
    let mut rules = VulnerabilityRules::default();
    for word in table.texts("fail_on")? {
        let condition = Condition::from_word(word).ok_or_else(|| {
            table.fault("fail_on", format!("{} is nothing to fail on{}", quote(word), nearest(word, &Condition::WORDS)))
        })?;
        rules.fail_on.push(condition);
    }
    rules.min_epss = table.within("min_epss_percent", 0, 100)?.map(|percent| u32::from(percent).saturating_mul(1000));
    rules.ignore_unfixed = table.boolean("ignore_unfixed")?.unwrap_or(false);
    rules.max_age_days = days(table, "max_age_days")?;
    if let Some(grace) = table.table("grace_days", GRACE)? {
        for key in GRACE {
            if let Some(days) = days(&grace, key)? {
                rules.grace_days.insert((*key).to_owned(), days);
            }
        }
    }
    Ok(rules)
}

fn days(table: &Fields<'_>, key: &str) -> Result<Option<u32>, PolicyError> {
    let Some(days) = table.integer(key)? else { return Ok(None) };
    let days = u32::try_from(days).map_err(|_| table.fault(key, format!("{key} has to be a number of days")))?;
    Ok(Some(days))
}
