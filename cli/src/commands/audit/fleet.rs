//! Everything in the inventory.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_advisory::vex::{Effect, Identity, Subject};
use plimsoll_advisory::{AdvisorySource as _, Score, Severity, Snapshot, State, Target, grouped};
use plimsoll_inventory::{
    Denominator, Excuse, Finding, FindingFilter, FindingRow, FindingSort, FindingState, Grounds as Against, Inventory,
    Page, Query,
};
use plimsoll_model::{Digest, Purl};
use plimsoll_policy::Name;
use plimsoll_policy::audit::{Audit, AuditDenominator, AuditRow, RowSort, RowState, claims, excuse, headline};

use super::grounds::Grounds;
use super::{Found, Root};
use crate::args::AuditArguments;
use crate::commands::inventory::open;
use crate::failure::Failure;

/// How much of the fleet was looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Fleet {
    pub(super) denominator: Denominator,
    /// What happened since the last time, by kind.
    pub(super) events: BTreeMap<&'static str, u64>,
}

/// Exceptions for findings of the inventory.
struct Excuses<'a>(&'a Grounds);

impl Excuse for Excuses<'_> {
    fn fingerprint(&self) -> String {
        let Grounds { exceptions, now, .. } = self.0;
        let held = exceptions.all().iter().filter(|held| *now >= held.created && *now < held.expires);
        held.map(|held| {
            format!(
                "{} {:?} {:?};",
                held.id,
                held.rules,
                held.scope.iter().map(|scope| scope.as_str()).collect::<Vec<_>>()
            )
        })
        .collect()
    }

    fn excuse(&self, finding: &Finding<'_>) -> Option<String> {
        excused(self.0, finding.lineage, finding.subject, finding.ids, finding.sort)
    }
}

/// The exception that lets a finding pass.
fn excused(grounds: &Grounds, lineage: &str, subject: &Subject, ids: &[&str], kind: FindingSort) -> Option<String> {
    let names = [Name::Image { repository: lineage.to_owned(), tag: None }];
    let exception = excuse(&grounds.exceptions, subject, &names, ids, sort(kind), grounds.now);
    exception.map(|exception| exception.id.clone())
}

fn sort(sort: FindingSort) -> RowSort {
    match sort {
        FindingSort::Malicious => RowSort::Malicious,
        FindingSort::Notice => RowSort::Notice,
        _ => RowSort::Vulnerability,
    }
}

pub(super) fn audit(arguments: &AuditArguments, grounds: &Grounds) -> Result<Found, Failure> {
    let location = open::location(&arguments.store)?;
    let mut inventory = open::open(&location)?;
    let excuses = Excuses(grounds);
    let against = Against::new(&grounds.snapshot, &grounds.vex).with_exceptions(&excuses);
    let done = inventory.reassess(&against, grounds.now)?;
    let states = vec![FindingState::Open, FindingState::Vexed, FindingState::Excepted];
    let filter = FindingFilter { states, ..FindingFilter::default() };
    let mut findings = inventory.findings(&filter)?;
    let others = inventory.other_versions(&findings)?;
    findings.extend(affected_too(others, grounds)?);
    let ways = inventory.ways(&findings)?;
    let everything = inventory.find(&Query::Everything, Page::default())?;
    let mut audit = Audit::default();
    let mut told = Told { grounds, known: BTreeMap::new() };
    for (finding, way) in findings.into_iter().zip(ways) {
        audit.rows.push(told.row(finding, way)?);
    }
    audit.denominator = searched(&mut inventory, &grounds.snapshot)?;
    audit.denominator.incomplete = everything.denominator.partial > 0;
    let events = done.events.into_iter().map(|(kind, count)| (kind.word(), count)).collect();
    let fleet = Fleet { denominator: everything.denominator, events };
    let root = Root { name: "fleet".to_owned(), ..Root::default() };
    Ok(Found { subject: location.to_string(), root, audit, fleet: Some(fleet) })
}

/// Of other versions of packages with findings those that the same advisory is about, as it is for each of them.
fn affected_too(others: Vec<FindingRow>, grounds: &Grounds) -> Result<Vec<FindingRow>, Failure> {
    let mut kept = Vec::new();
    for mut finding in others {
        let Ok(purl) = Purl::parse(&finding.component) else { continue };
        let target = Target::new(purl);
        let found = grounds.snapshot.matches(std::slice::from_ref(&target))?.pop().unwrap_or_default().matches;
        let told = grouped(found.into_iter().filter(|one| one.state != State::NotAffected).collect());
        let Some(one) = told.into_iter().find(|one| one.id == finding.advisory) else { continue };
        let ids: Vec<&str> = std::iter::once(&one.id).chain(&one.aliases).map(String::as_str).collect();
        let subject = subject(&finding, Some(&target));
        let severity = one.severity.as_ref().and_then(Severity::rating);
        let excused = excused(grounds, &finding.artifact.name, &subject, &ids, finding.sort);
        let vexed = grounds.vex.assess(&subject, &ids);
        (finding.state, finding.said) = match (vexed.effect, &vexed.decided_by, excused) {
            (Effect::Status(status), Some(voice), _) if status.clears() => {
                (FindingState::Vexed, format!("{}, {}", status.word(), voice.trust.label()))
            }
            (.., Some(exception)) => (FindingState::Excepted, exception),
            _ => (FindingState::Open, String::new()),
        };
        finding.certain = one.state == State::Affected;
        finding.severity = severity;
        finding.score = one.severity.as_ref().and_then(Severity::score).map(Score::tenths);
        finding.rule = one.rule.as_str().to_owned();
        finding.fixed = one.fixed;
        kept.push(finding);
    }
    Ok(kept)
}

/// What a finding is about, as VEX names it.
fn subject(finding: &FindingRow, target: Option<&Target>) -> Subject {
    let mut artifact = Identity::default();
    artifact.digests.extend(Digest::from_prefixed(&finding.artifact.digest).ok());
    artifact.names.push(finding.artifact.name.as_str().into());
    Subject { component: target.map(Target::identity).unwrap_or_default(), artifact: Some(artifact) }
}

/// What all packages of the inventory were looked up in.
fn searched(inventory: &mut Inventory, advisories: &Snapshot) -> Result<AuditDenominator, Failure> {
    let mut denominator = AuditDenominator::default();
    let mut feeds: BTreeSet<&str> = BTreeSet::new();
    inventory.each_component(|purl| {
        let target = Purl::parse(purl).ok().map(Target::new);
        let coverage = target.as_ref().map(|target| advisories.coverage(target)).unwrap_or_default();
        denominator.note(target.as_ref(), &coverage.gaps);
        feeds.extend(coverage.feeds);
    })?;
    denominator.advisories = if feeds.is_empty() { advisories.as_of() } else { advisories.as_of_feeds(feeds) };
    Ok(denominator)
}

/// What was read of advisories: the line about each, and its severities.
struct Told<'a> {
    grounds: &'a Grounds,
    known: BTreeMap<String, (String, Vec<Severity>)>,
}

impl Told<'_> {
    fn about(&mut self, id: &str) -> Result<&(String, Vec<Severity>), Failure> {
        if !self.known.contains_key(id) {
            let about = self.grounds.snapshot.record(id)?.map(|record| {
                let own = record.affected.iter().flat_map(|entry| &entry.severities);
                (headline(&record), own.chain(&record.severities).cloned().collect())
            });
            self.known.insert(id.to_owned(), about.unwrap_or_default());
        }
        Ok(self.known.entry(id.to_owned()).or_default())
    }

    /// Since when it is known to be exploited.
    fn exploited(&self, finding: &FindingRow) -> Result<String, Failure> {
        if !finding.kev {
            return Ok(String::new());
        }
        let ids = std::iter::once(&finding.advisory).chain(&finding.aliases);
        for cve in ids.filter_map(|id| id.find("CVE-").and_then(|at| id.get(at..))) {
            let known = self.grounds.snapshot.exploitation(cve)?.and_then(|known| known.known_exploited);
            if let Some(known) = known.filter(|known| !known.added.is_empty()) {
                return Ok(known.added);
            }
        }
        Ok("yes".to_owned())
    }

    /// What is said of it without being heard.
    fn claims(&self, finding: &FindingRow, purl: Option<&Purl>) -> Vec<String> {
        if self.grounds.vex.is_empty() {
            return Vec::new();
        }
        let target = purl.map(|purl| Target::new(purl.clone()));
        let subject = subject(finding, target.as_ref());
        let ids: Vec<&str> = std::iter::once(&finding.advisory).chain(&finding.aliases).map(String::as_str).collect();
        claims(&self.grounds.vex.assess(&subject, &ids))
    }

    fn row(&mut self, finding: FindingRow, way: Option<Vec<String>>) -> Result<AuditRow, Failure> {
        let purl = Purl::parse(&finding.component).ok();
        let kev = self.exploited(&finding)?;
        let claims = self.claims(&finding, purl.as_ref());
        let (summary, severities) = self.about(&finding.advisory)?;
        let scored = |severity: &&Severity| severity.score().map(Score::tenths) == finding.score;
        let severity = match finding.score {
            Some(_) => severities.iter().find(scored).cloned(),
            None => None,
        };
        let artifact = &finding.artifact;
        let label =
            |wanted: &str| artifact.labels.iter().find(|label| label.name == wanted).map(|label| label.value.clone());
        Ok(AuditRow {
            artifact: match artifact.version.as_str() {
                "" => artifact.name.clone(),
                version => format!("{}:{version}", artifact.name),
            },
            digest: artifact.digest.clone(),
            team: label("team").or_else(|| label("owner")).unwrap_or_default(),
            name: purl.as_ref().map_or_else(|| finding.component.clone(), name),
            installed: purl.as_ref().and_then(Purl::version).unwrap_or_default().to_owned(),
            severity: severity.or_else(|| finding.severity.map(|rating| Severity::from_word(rating.as_str()))),
            summary: summary.clone(),
            has_path: way.is_some(),
            path: way.unwrap_or_default().iter().map(|step| short(step)).collect(),
            component: finding.component,
            fixed: finding.fixed,
            advisory: finding.advisory,
            aliases: finding.aliases,
            sort: sort(finding.sort),
            epss: finding.epss,
            kev,
            rule: finding.rule,
            claim: finding.claim.word().to_owned(),
            certain: finding.certain,
            state: match finding.state {
                FindingState::Vexed => RowState::Vexed,
                FindingState::Excepted => RowState::Excepted,
                _ => RowState::Open,
            },
            said: finding.said,
            claims,
            since: finding.opened,
            ..AuditRow::default()
        })
    }
}

fn name(purl: &Purl) -> String {
    match purl.namespace() {
        Some(namespace) => format!("{namespace}/{}", purl.name()),
        None => purl.name().to_owned(),
    }
}

/// A component on the way, as people call it.
fn short(component: &str) -> String {
    let Ok(purl) = Purl::parse(component) else { return component.to_owned() };
    match purl.version() {
        Some(version) => format!("{}@{version}", name(&purl)),
        None => name(&purl),
    }
}
