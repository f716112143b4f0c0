//! Looking up the components of a document.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use plimsoll_advisory::vex::{Assessment, Effect, Identity, Subject, Unheard, VexBook, Voice};
use plimsoll_advisory::{Advisory, AdvisorySource, Gap, Match, Matched, SnapshotError, State, Target, grouped};
use plimsoll_sbom::Document;

use super::subjects::{self, Component, Ways};
use super::{Audit, AuditDenominator, AuditOrder, AuditRow, RowSort, RowState, excuse};
use crate::{Exceptions, Name};

/// What is looked up, and by what it is judged.
pub struct AuditInput<'a> {
    /// The document.
    pub document: &'a Document,
    /// What it is about, as VEX statements name it; `None` when that is not known.
    pub artifact: Option<Identity>,
    /// Names of it that exceptions may have.
    pub names: Vec<Name>,
    /// Who says what is in the document: `observed`, `signed claim`, `unsigned claim`.
    pub claim: &'a str,
    /// The advisories.
    pub advisories: &'a dyn AdvisorySource,
    /// What is said about them.
    pub vex: &'a VexBook,
    /// What is let pass.
    pub exceptions: &'a Exceptions,
    /// The time.
    pub now: Timestamp,
}

/// Looks up all components of a document.
///
/// # Errors
/// The advisories cannot be read.
pub fn audit(input: &AuditInput<'_>) -> Result<Audit, SnapshotError> {
    let components = subjects::components(input.document);
    let targets: Vec<Target> = components.iter().filter_map(|component| component.target.clone()).collect();
    let mut matched = input.advisories.matches(&targets)?.into_iter();
    let mut audit = Audit::default();
    audit.denominator.advisories = as_of(input.advisories, &targets);
    audit.denominator.incomplete = is_incomplete(input.document);
    let mut found: Vec<(&Component<'_>, &Target, Match)> = Vec::new();
    for component in &components {
        let Some(target) = &component.target else {
            audit.denominator.note(None, &[]);
            continue;
        };
        let Matched { matches, gaps, .. } = matched.next().unwrap_or_default();
        audit.denominator.note(Some(target), &gaps);
        audit.gaps.extend(gaps.iter().map(|gap| (text(component), *gap)));
        let told = grouped(matches.into_iter().filter(|one| one.state != State::NotAffected).collect());
        found.extend(told.into_iter().map(|one| (component, target, one)));
    }
    let ways = if found.is_empty() { None } else { Some(Ways::new(input.document)) };
    let mut told = Told { input, known: BTreeMap::new() };
    for (component, target, one) in found {
        let row = told.row(component, target, ways.as_ref(), one)?;
        audit.rows.push(row);
    }
    audit.sort(AuditOrder::Severity);
    Ok(audit)
}

fn count(number: &mut u64) {
    *number = number.saturating_add(1);
}

/// The oldest date of the feeds that answer for some packages; that of all where none does.
fn as_of(advisories: &dyn AdvisorySource, targets: &[Target]) -> Option<Timestamp> {
    let feeds: BTreeSet<&str> = targets.iter().flat_map(|target| advisories.coverage(target).feeds).collect();
    let feeds: Vec<&str> = feeds.into_iter().collect();
    if feeds.is_empty() { advisories.as_of() } else { advisories.as_of_feeds(&feeds) }
}

impl AuditDenominator {
    /// Counts a component that was looked for: as what, none without a purl, and what could not be said of it.
    pub fn note(&mut self, target: Option<&Target>, gaps: &[Gap]) {
        count(&mut self.components);
        let Some(target) = target else { return count(&mut self.without_purl) };
        let mut checked = true;
        for gap in gaps {
            match gap {
                Gap::NoEcosystem | Gap::NoFeed => {
                    checked = false;
                    let purl = target.purl();
                    // Packages of distributions are covered by distribution.
                    let kind = match (purl.kind(), purl.namespace()) {
                        (kind @ ("deb" | "rpm" | "apk" | "alpm"), Some(namespace)) => format!("{kind}/{namespace}"),
                        (kind, _) => kind.to_owned(),
                    };
                    count(self.not_searched.entry(kind).or_default());
                }
                Gap::NoRelease => {
                    checked = false;
                    count(&mut self.without_release);
                }
                Gap::NoVersion => count(&mut self.without_version),
                Gap::VersionUnreadable => count(&mut self.unreadable_version),
                _ => {}
            }
        }
        if checked {
            count(&mut self.checked);
        }
    }
}

fn is_incomplete(document: &Document) -> bool {
    document.completeness.iter().any(|held| held.aggregate.starts_with("incomplete"))
}

/// The purl of a component, or its name and version.
fn text(component: &Component<'_>) -> String {
    component.element.purls.first().cloned().unwrap_or_else(|| subjects::name(component.element))
}

/// What statements say that are not heard, and why they are not.
#[must_use]
pub fn claims(assessment: &Assessment<'_>) -> Vec<String> {
    let told = |(voice, why): &(Voice<'_>, Unheard)| format!("{} ({})", voice.status().word(), why.reason());
    let claims: BTreeSet<String> = assessment.unheard.iter().map(told).collect();
    claims.into_iter().collect()
}

/// An advisory in a line: its summary, or how its details begin.
#[must_use]
pub fn headline(record: &Advisory) -> String {
    let text = if record.summary.is_empty() { &record.details } else { &record.summary };
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().take(200).collect()
}

/// What was read of advisories.
struct Told<'a> {
    input: &'a AuditInput<'a>,
    /// The line about an advisory, and when it was published.
    known: BTreeMap<String, (String, Option<Timestamp>)>,
}

impl Told<'_> {
    fn row(
        &mut self,
        component: &Component<'_>,
        target: &Target,
        ways: Option<&Ways>,
        one: Match,
    ) -> Result<AuditRow, SnapshotError> {
        let (summary, since) = self.about(&one.id)?;
        let (epss, kev) = self.exploitation(&one)?;
        let path = ways.and_then(|ways| ways.to(self.input.document, component.at));
        let mut row = AuditRow {
            component: text(component),
            reference: component.element.id.clone(),
            name: component.element.full_name(),
            installed: target.version().unwrap_or_default().to_owned(),
            sort: match &one {
                Match { malicious: true, .. } => RowSort::Malicious,
                Match { informational: Some(_), .. } => RowSort::Notice,
                _ => RowSort::Vulnerability,
            },
            rule: one.rule.as_str().to_owned(),
            certain: one.state == State::Affected,
            advisory: one.id,
            aliases: one.aliases,
            fixed: one.fixed,
            severity: one.severity,
            epss,
            kev,
            has_path: path.is_some(),
            path: path.unwrap_or_default(),
            claim: self.input.claim.to_owned(),
            summary,
            since,
            ..AuditRow::default()
        };
        self.judge(target, &mut row);
        Ok(row)
    }

    /// Whether a row counts.
    fn judge(&self, target: &Target, row: &mut AuditRow) {
        let subject = Subject { component: target.identity(), artifact: self.input.artifact.clone() };
        let ids: Vec<&str> = row.ids().collect();
        let assessment = self.input.vex.assess(&subject, &ids);
        let claims = claims(&assessment);
        let excused = excuse(self.input.exceptions, &subject, &self.input.names, &ids, row.sort, self.input.now);
        let decided = match (assessment.effect, &assessment.decided_by) {
            (Effect::Status(status), Some(voice)) => format!("{}, {}", status.word(), voice.trust.label()),
            _ => String::new(),
        };
        let (state, said) = match (assessment.suppresses(), excused) {
            (true, _) => (RowState::Vexed, decided),
            (false, Some(exception)) => (RowState::Excepted, exception.id.clone()),
            (false, None) => (RowState::Open, decided),
        };
        (row.state, row.said, row.claims) = (state, said, claims);
    }

    fn about(&mut self, id: &str) -> Result<(String, Option<Timestamp>), SnapshotError> {
        if let Some(known) = self.known.get(id) {
            return Ok(known.clone());
        }
        let record = self.input.advisories.record(id)?;
        let about = record.map(|record| (headline(&record), record.published)).unwrap_or_default();
        self.known.insert(id.to_owned(), about.clone());
        Ok(about)
    }

    /// The highest probability, and since when any is known to be exploited.
    fn exploitation(&self, one: &Match) -> Result<(Option<u32>, String), SnapshotError> {
        let (mut epss, mut kev) = (None, String::new());
        let cves = std::iter::once(&one.id).chain(&one.aliases);
        for cve in cves.filter_map(|id| id.find("CVE-").and_then(|at| id.get(at..))) {
            let Some(known) = self.input.advisories.exploitation(cve)? else { continue };
            epss = epss.max(known.probability.map(|probability| probability.score));
            if let Some(exploited) = known.known_exploited {
                kev = if exploited.added.is_empty() { "yes".to_owned() } else { exploited.added };
            }
        }
        Ok((epss, kev))
    }
}
