//! Everything in the inventory.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plimsoll_advisory::{Severity, SeverityKind};
use plimsoll_inventory::{
    Denominator, Excuse, Finding, FindingFilter, FindingRow, FindingSort, FindingState, Grounds as Against, Inventory,
    Location, Query,
};
use plimsoll_model::Purl;
use plimsoll_policy::Name;
use plimsoll_policy::audit::{Audit, AuditRow, RowSort, RowState, excuse};

use super::grounds::Grounds;
use super::{Found, Root};
use crate::args::AuditArguments;
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
        held.map(|held| format!("{} {:?} {:?};", held.id, held.rules, held.scope.iter().map(|scope| scope.as_str()).collect::<Vec<_>>())).collect()
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
    let location = location(arguments.store.as_deref())?;
    let mut inventory = Inventory::open(&location).map_err(missing)?;
    let excuses = Excuses(grounds);
    let against = Against::new(&grounds.snapshot, &grounds.vex).with_exceptions(&excuses);
    let done = inventory.reassess(&against, grounds.now).map_err(missing)?;
    let states = vec![FindingState::Open, FindingState::Vexed, FindingState::Excepted];
    let filter = FindingFilter { states, ..FindingFilter::default() };
    let findings = inventory.findings(&filter).map_err(missing)?;
    let everything = inventory.find(&Query::Everything, plimsoll_inventory::Page::default()).map_err(missing)?;
    let mut audit = Audit::default();
    audit.rows = findings.into_iter().map(row).collect();
    audit.denominator.advisories = grounds.snapshot.as_of();
    audit.denominator.incomplete = everything.denominator.partial > 0;
    let events = done.events.into_iter().map(|(kind, count)| (kind.word(), count)).collect();
    let fleet = Fleet { denominator: everything.denominator, events };
    let root = Root { name: "fleet".to_owned(), ..Root::default() };
    Ok(Found { subject: location.to_string(), root, audit, fleet: Some(fleet) })
}

fn missing(error: plimsoll_inventory::InventoryError) -> Failure {
    Failure::failed(error)
}

/// `--store`, else `PLIMSOLL_STORE`, else a file below the data directory.
fn location(flag: Option<&str>) -> Result<Location, Failure> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let named = flag.map(str::to_owned).or_else(|| set("PLIMSOLL_STORE").and_then(|text| text.into_string().ok()));
    if let Some(text) = named {
        return Ok(Location::parse(&text));
    }
    let data = set("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.or_else(|| Some(PathBuf::from(set("HOME")?).join(".local/share")));
    let data = data.ok_or_else(|| Failure::usage("there is no data directory for the inventory").hint("name one with --store"))?;
    Ok(Location::File(data.join("plimsoll/inventory.db")))
}

fn row(finding: FindingRow) -> AuditRow {
    let purl = Purl::parse(&finding.component).ok();
    let named = |purl: &Purl| match purl.namespace() {
        Some(namespace) => format!("{namespace}/{}", purl.name()),
        None => purl.name().to_owned(),
    };
    let artifact = &finding.artifact;
    let label = |wanted: &str| artifact.labels.iter().find(|label| label.name == wanted).map(|label| label.value.clone());
    let severity = finding.severity.map(|rating| Severity::from_word(rating.as_str()));
    debug_assert!(severity.as_ref().is_none_or(|severity| severity.kind() == SeverityKind::Word));
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
