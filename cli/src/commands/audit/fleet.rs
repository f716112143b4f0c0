//! Everything in the inventory.

use std::collections::BTreeMap;

use plimsoll_advisory::Severity;
use plimsoll_inventory::{
    Denominator, Excuse, Finding, FindingFilter, FindingRow, FindingSort, FindingState, Grounds as Against, Page, Query,
};
use plimsoll_model::Purl;
use plimsoll_policy::Name;
use plimsoll_policy::audit::{Audit, AuditRow, RowSort, RowState, excuse};

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
        let names = [Name::Image { repository: finding.lineage.to_owned(), tag: None }];
        let sort = sort(finding.sort);
        let Grounds { exceptions, now, .. } = self.0;
        excuse(exceptions, finding.subject, &names, finding.ids, sort, *now).map(|exception| exception.id.clone())
    }
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
    let findings = inventory.findings(&filter)?;
    let everything = inventory.find(&Query::Everything, Page::default())?;
    let mut audit = Audit::default();
    audit.rows = findings.into_iter().map(row).collect();
    audit.denominator.advisories = grounds.snapshot.as_of();
    audit.denominator.incomplete = everything.denominator.partial > 0;
    let events = done.events.into_iter().map(|(kind, count)| (kind.word(), count)).collect();
    let fleet = Fleet { denominator: everything.denominator, events };
    let root = Root { name: "fleet".to_owned(), ..Root::default() };
    Ok(Found { subject: location.to_string(), root, audit, fleet: Some(fleet) })
}

fn row(finding: FindingRow) -> AuditRow {
    let purl = Purl::parse(&finding.component).ok();
    let named = |purl: &Purl| match purl.namespace() {
        Some(namespace) => format!("{namespace}/{}", purl.name()),
        None => purl.name().to_owned(),
    };
    let artifact = &finding.artifact;
    let label =
        |wanted: &str| artifact.labels.iter().find(|label| label.name == wanted).map(|label| label.value.clone());
    let severity = finding.severity.map(|rating| Severity::from_word(rating.as_str()));
    AuditRow {
        artifact: match artifact.version.as_str() {
            "" => artifact.name.clone(),
            version => format!("{}:{version}", artifact.name),
        },
        digest: artifact.digest.clone(),
        team: label("team").or_else(|| label("owner")).unwrap_or_default(),
        name: purl.as_ref().map_or_else(|| finding.component.clone(), named),
        installed: purl.as_ref().and_then(Purl::version).unwrap_or_default().to_owned(),
        component: finding.component,
        fixed: finding.fixed,
        advisory: finding.advisory,
        aliases: finding.aliases,
        sort: sort(finding.sort),
        severity,
        epss: finding.epss,
        kev: if finding.kev { "yes".to_owned() } else { String::new() },
        rule: finding.rule,
        claim: finding.claim.word().to_owned(),
        certain: finding.certain,
        state: match finding.state {
            FindingState::Vexed => RowState::Vexed,
            FindingState::Excepted => RowState::Excepted,
            _ => RowState::Open,
        },
        said: finding.said,
        since: finding.opened,
        ..AuditRow::default()
    }
}
