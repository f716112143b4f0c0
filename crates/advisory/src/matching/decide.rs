//! Whether what an advisory says of a package holds for a version of it.

use std::cmp::Ordering;

use plimsoll_version::{Range, Scheme, Version};

use super::row::{Entry, Row};
use super::target::Target;
use super::{Rule, State};
use crate::ecosystem::Ecosystem;
use crate::record::{RangeEvent, RangeKind, Status, VersionRange};

/// What an entry says of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) state: State,
    pub(crate) rule: Rule,
    pub(crate) fixed: Vec<String>,
}

/// A version, ready for one row.
pub(crate) struct Question<'a> {
    row: &'a Row,
    scheme: Option<Scheme>,
    version: Option<Version>,
    /// As given, without what the ecosystem does not write.
    text: &'a str,
    valid: bool,
    without_epoch: bool,
    target: &'a Target,
}

impl<'a> Question<'a> {
    pub(crate) fn new(row: &'a Row, target: &'a Target, version: &'a str) -> Self {
        let scheme = Ecosystem::new(&row.ecosystem, &row.suffix).scheme();
        let scheme = scheme.or_else(|| row.has_semver().then_some(Scheme::SEMVER));
        let (mut text, mut compared) = (version, version);
        if row.ecosystem == "Go" {
            text = version.strip_prefix("go").or_else(|| version.strip_prefix('v')).unwrap_or(version);
            compared = text;
        }
        if row.ecosystem == "PyPI" {
            // PEP 440: a local version is not looked at where the other side has none.
            compared = version.split_once('+').map_or(version, |(public, _)| public);
        }
        // Releases of Go itself are no semantic versions (`1.19`, `1.19rc1`); with a `go` before them they are known as such.
        let release = row.ecosystem == "Go" && ["stdlib", "toolchain"].contains(&&*row.name);
        let valid = |text: &str| scheme.is_some_and(|scheme| scheme.is_valid(text));
        let valid = valid(compared) || (release && valid(&format!("go{compared}")));
        let version_read = scheme.map(|scheme| scheme.read(compared));
        let without_epoch = scheme == Some(Scheme::RPM) && !version.contains(':');
        Self { row, scheme, version: version_read, text, valid, without_epoch, target }
    }

    /// Whether the version follows the rules of its ecosystem.
    pub(crate) fn is_valid(&self) -> bool {
        self.valid
    }

    /// `None` when the entry does not concern the version.
    pub(crate) fn ask(&self, entry: &Entry) -> Option<Decision> {
        let module = self.module(entry);
        if module == Module::Other {
            return None;
        }
        let (inside, rule) = self.inside(entry)?;
        let state = match (inside, entry.status) {
            (Inside::No, Status::Affected) if self.row.is_system() && entry.is_never() => State::NotAffected,
            (Inside::No, _) => return None,
            (Inside::Yes, Status::Affected | Status::WontFix) if module == Module::Unsaid => State::Unknown,
            (Inside::Yes, Status::Affected | Status::WontFix) => State::Affected,
            (Inside::Yes, Status::Fixed | Status::NotAffected) => State::NotAffected,
            (Inside::Yes, Status::UnderInvestigation) | (Inside::Unknown, _) => State::Unknown,
        };
        let rule = match (state, module) {
            (State::Unknown, Module::Unsaid) if inside == Inside::Yes => Rule::ModuleUnsaid,
            (State::NotAffected, _) => Rule::Vendor,
            _ => rule,
        };
        Some(Decision { state, rule, fixed: self.fixed(entry) })
    }

    /// Whether an entry speaks of the version at all, whatever it says: its release, its module.
    pub(crate) fn concerns(&self, entry: &Entry) -> bool {
        self.module(entry) != Module::Other
    }

    fn inside(&self, entry: &Entry) -> Option<(Inside, Rule)> {
        if self.row.ecosystem == "GIT" {
            return Some(self.inside_commits(entry));
        }
        if self.row.lists(entry, self.text) || self.lists_equal(entry) {
            return Some((Inside::Yes, Rule::Listed));
        }
        if entry.ranges.is_empty() {
            return Some(match (entry.listed.is_empty(), self.row.ecosystem.as_str()) {
                // golang.org/x/vuln: "no ranges implies all versions are affected".
                (true, "Go") => (Inside::Yes, Rule::AllVersions),
                // A vendor's word needs no range; anybody else's says nothing.
                (true, _) if entry.status != Status::Affected => (Inside::Yes, Rule::AllVersions),
                (true, _) => (Inside::Unknown, Rule::NothingSaid),
                (false, _) if self.valid => (Inside::No, Rule::Listed),
                (false, _) => (Inside::No, Rule::Listed),
            });
        }
        let (Some(scheme), Some(version)) = (self.scheme, &self.version) else {
            return Some((Inside::Unknown, Rule::NoOrder));
        };
        if !self.valid {
            // Of every version, also of those that cannot be read.
            let all = entry.ranges.iter().any(|range| range.events.as_slice() == [RangeEvent::Introduced("0".into())]);
            return Some(if all {
                (Inside::Yes, Rule::AllVersions)
            } else {
                (Inside::Unknown, Rule::VersionUnreadable)
            });
        }
        let within = if self.without_epoch {
            entry
                .ranges
                .iter()
                .any(|range| range_without_epochs(range, scheme).is_some_and(|range| range.contains_version(version)))
        } else {
            entry.read_ranges(scheme).iter().any(|range| range.contains_version(version))
        };
        if within && self.row.ecosystem == "Go" && !entry.custom.is_empty() && !is_pseudo(self.text) {
            // The ranges take all versions, as Go sees none of these. A program that was built from a checkout has one.
            let named = entry.custom.iter().filter_map(|range| range.to_range(scheme));
            let own = named.into_iter().any(|range| range.contains_version(version));
            return Some(if own { (Inside::Yes, Rule::Range) } else { (Inside::Unknown, Rule::OtherVersions) });
        }
        Some((if within { Inside::Yes } else { Inside::No }, Rule::Range))
    }

    /// Where an entry has no ranges, its list is all there is: `1.0` is `1.0.0` where the ecosystem says so.
    fn lists_equal(&self, entry: &Entry) -> bool {
        let (Some(version), true, true) = (&self.version, entry.ranges.is_empty(), self.valid) else { return false };
        let listed = entry.listed.iter().filter_map(|place| self.row.versions.get(usize::try_from(*place).ok()?));
        listed.into_iter().any(|held| version.scheme().read(held) == *version)
    }

    /// Commits have no order without their repository: only those that are named are known.
    fn inside_commits(&self, entry: &Entry) -> (Inside, Rule) {
        if self.row.lists(entry, self.text) {
            return (Inside::Yes, Rule::Listed);
        }
        let events = || entry.ranges.iter().flat_map(|range| &range.events);
        let named = |commit: &str| commit.eq_ignore_ascii_case(self.text);
        if events().any(|event| matches!(event, RangeEvent::Fixed(commit) | RangeEvent::Limit(commit) if named(commit)))
        {
            return (Inside::No, Rule::Commit);
        }
        let begins = |event: &RangeEvent| match event {
            RangeEvent::Introduced(commit) | RangeEvent::LastAffected(commit) => named(commit),
            _ => false,
        };
        if events().any(begins) {
            return (Inside::Yes, Rule::Commit);
        }
        let commit = self.text.len() >= 40 && self.text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if commit || entry.listed.is_empty() {
            (Inside::Unknown, Rule::CommitsOnly)
        } else {
            (Inside::No, Rule::Listed)
        }
    }

    /// The fixed versions above this one, the nearest first.
    fn fixed(&self, entry: &Entry) -> Vec<String> {
        let (Some(scheme), Some(version)) = (self.scheme, &self.version) else { return Vec::new() };
        let ranges = entry.ranges.iter().chain(&entry.custom);
        let all = ranges.filter(|range| range.kind != RangeKind::Git).flat_map(|range| &range.events);
        let above = all.filter_map(|event| match event {
            RangeEvent::Fixed(fixed) if fixed != "0" => {
                let read = scheme.read(if self.without_epoch { without_epoch(fixed) } else { fixed });
                (!self.valid || read > *version).then_some((read, fixed))
            }
            _ => None,
        });
        let mut above: Vec<_> = above.collect();
        above.sort_by(|(left, left_text), (right, right_text)| match left.cmp(right) {
            Ordering::Equal => left_text.cmp(right_text),
            order => order,
        });
        above.dedup_by(|(_, left), (_, right)| left == right);
        above.into_iter().map(|(_, text)| text.clone()).collect()
    }

    /// Whether the module stream of an entry is that of the package.
    fn module(&self, entry: &Entry) -> Module {
        if self.scheme != Some(Scheme::RPM) {
            return Module::Same;
        }
        let modular_version = |text: &str| text.contains(".module");
        let ours = self.target.module();
        let our_stream = ours.map(|label| label.split(':').take(2).collect::<Vec<_>>().join(":"));
        let modular = ours.is_some() || modular_version(self.text);
        if let Some(label) = &entry.module {
            let stream = label.split(':').take(2).collect::<Vec<_>>().join(":");
            return match our_stream {
                Some(ours) if ours == stream => Module::Same,
                Some(_) => Module::Other,
                None if modular => Module::Unsaid,
                None => Module::Other,
            };
        }
        let versions = entry.ranges.iter().flat_map(|range| &range.events).filter_map(|event| match event {
            RangeEvent::Fixed(version) | RangeEvent::LastAffected(version) => Some(version.as_str()),
            _ => None,
        });
        let versions: Vec<&str> = versions.filter(|version| *version != "0").collect();
        match (modular, versions.iter().any(|version| modular_version(version))) {
            _ if versions.is_empty() => Module::Same,
            (false, false) => Module::Same,
            // Which of the streams is meant is not said.
            (true, true) => Module::Unsaid,
            _ => Module::Other,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Yes,
    No,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Module {
    Same,
    Other,
    Unsaid,
}

/// Whether a version of Go stands for a commit: `0.0.0-20231016150651-428517fef5b9`. <https://go.dev/ref/mod#pseudo-versions>
fn is_pseudo(version: &str) -> bool {
    let mut parts = version.rsplit('-');
    let commit = parts.next().is_some_and(|hex| hex.len() == 12 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let time = |text: &str| text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit());
    commit && parts.next().is_some_and(|part| time(part.rsplit('.').next().unwrap_or_default()))
}

/// A range of versions that have lost their epochs.
fn range_without_epochs(range: &VersionRange, scheme: Scheme) -> Option<Range> {
    let plain = |version: &String| without_epoch(version).to_owned();
    let events = range.events.iter().map(|event| match event {
        RangeEvent::Introduced(version) => RangeEvent::Introduced(plain(version)),
        RangeEvent::Fixed(version) => RangeEvent::Fixed(plain(version)),
        RangeEvent::LastAffected(version) => RangeEvent::LastAffected(plain(version)),
        RangeEvent::Limit(version) => RangeEvent::Limit(plain(version)),
    });
    VersionRange::new(range.kind, events.collect()).to_range(scheme)
}

fn without_epoch(version: &str) -> &str {
    version.split_once(':').map_or(version, |(_, rest)| rest)
}

impl Row {
    /// Whether the packages are those of a distribution, who decides about them.
    pub(crate) fn is_system(&self) -> bool {
        let kind = Ecosystem::new(&self.ecosystem, "").purl_type();
        kind.is_some_and(|kind| matches!(kind, "deb" | "rpm" | "apk")) || self.ecosystem == "Root"
    }

    fn has_semver(&self) -> bool {
        self.entries.iter().flat_map(|entry| &entry.ranges).any(|range| range.kind == RangeKind::Semver)
    }
}

impl Entry {
    /// It says that no version ever was affected: fixed in `0`.
    pub(crate) fn is_never(&self) -> bool {
        let never = |range: &VersionRange| range.events.contains(&RangeEvent::Fixed("0".into()));
        !self.ranges.is_empty() && self.listed.is_empty() && self.ranges.iter().all(never)
    }
}
