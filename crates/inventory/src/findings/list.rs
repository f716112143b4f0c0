//! Findings and events, read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_advisory::Rating;

use super::delta::Held;
use super::evaluate;
use super::evaluate::Key;
use super::words::rating;
use super::write;
use super::{EventKind, FindingSort, FindingState};
use crate::answer::time;
use crate::artifact::{ArtifactSummary, Claim, ComponentId};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup::summary;
use crate::store::{Database, Value};

/// Which findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingFilter {
    /// Those in one of these states; all when it is empty.
    pub states: Vec<FindingState>,
    /// Those of this line of builds.
    pub lineage: Option<String>,
    /// Those of an advisory of this id or alias.
    pub advisory: Option<String>,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FindingRow {
    /// The build that counts and has it, or had it last.
    pub artifact: ArtifactSummary,
    /// The advisory.
    pub advisory: String,
    /// Its aliases.
    pub aliases: Vec<String>,
    /// The component: a purl, or name and version.
    pub component: String,
    /// Its number here.
    pub id: ComponentId,
    /// Who says that it is there, by the best of the build's documents.
    pub claim: Claim,
    /// How things are.
    pub state: FindingState,
    /// Why it is not open.
    pub said: String,
    /// What sort of thing it is.
    pub sort: FindingSort,
    /// Whether the component is affected for sure; else the rule says what is missing.
    pub certain: bool,
    /// How bad it is.
    pub severity: Option<Rating>,
    /// The CVSS score in tenths.
    pub score: Option<u8>,
    /// The probability of exploitation in hundred-thousandths.
    pub epss: Option<u32>,
    /// It is known to be exploited.
    pub kev: bool,
    /// Why it matched.
    pub rule: String,
    /// Versions that are mended.
    pub fixed: Vec<String>,
    /// Since when.
    pub opened: Option<Timestamp>,
    /// When anything about it last changed.
    pub changed: Option<Timestamp>,
    /// When it ceased to be; `None` while it is.
    pub closed: Option<Timestamp>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventRow {
    /// When.
    pub at: Option<Timestamp>,
    /// What.
    pub kind: EventKind,
    /// The name of the line of builds.
    pub lineage: String,
    /// The advisory.
    pub advisory: String,
    /// The component.
    pub component: String,
    /// How bad it was.
    pub severity: Option<Rating>,
    /// Who answered for it then; empty for nobody.
    pub team: String,
    /// More about it.
    pub detail: String,
}

impl Inventory {
    /// Findings as they were when [`Inventory::reassess`] last ran: by line of builds, advisory and package.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn findings(&mut self, filter: &FindingFilter) -> Result<Vec<FindingRow>, InventoryError> {
        let shard = self.shard;
        self.database.read(|database| {
            let sql = "SELECT lineage, advisory, package, component, artifact, state, sort, certain, severity, score, epss, \
                       kev, rule, fixed, aliases, said, opened, changed, closed FROM finding WHERE shard = ?1 \
                       ORDER BY lineage, advisory, package";
            let mut held = Vec::new();
            database.query(sql, &[Value::Int(shard)], |row| {
                let (key, finding) = write::read(row)?;
                let said = |id: &String| {
                    key.advisory == *id || finding.finding.aliases.split(' ').any(|alias| alias == id)
                };
                let state = filter.states.is_empty() || filter.states.contains(&finding.finding.state);
                if state && filter.advisory.as_ref().is_none_or(said) {
                    held.push((key, finding));
                }
                Ok(())
            })?;
            let mut rows = rows(database, shard, held)?;
            rows.retain(|row| filter.lineage.as_ref().is_none_or(|lineage| *lineage == row.artifact.name));
            rows.sort_by(|left: &FindingRow, right| {
                (&left.artifact.name, &left.advisory, &left.component).cmp(&(
                    &right.artifact.name,
                    &right.advisory,
                    &right.component,
                ))
            });
            Ok(rows)
        })
    }

    /// What happened to findings from one time to before another, in order.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn events(&mut self, from: Timestamp, to: Timestamp) -> Result<Vec<EventRow>, InventoryError> {
        let shard = self.shard;
        let sql = "SELECT e.at, e.kind, l.name, e.advisory, p.prefix, c.tail, e.severity, e.team, e.detail FROM event e \
                   JOIN lineage l ON l.shard = e.shard AND l.id = e.lineage \
                   JOIN component c ON c.shard = e.shard AND c.id = e.component \
                   JOIN package p ON p.shard = c.shard AND p.id = c.package \
                   WHERE e.shard = ?1 AND e.at >= ?2 AND e.at < ?3 ORDER BY e.id";
        let mut rows = Vec::new();
        let values = [Value::Int(shard), Value::Int(from.as_second()), Value::Int(to.as_second())];
        self.database.query(sql, &values, |row| {
            rows.push(EventRow {
                at: time(row.int(0)?),
                kind: EventKind::from_number(row.int(1)?),
                lineage: row.text(2)?,
                advisory: row.text(3)?,
                component: row.text(4)? + &row.text(5)?,
                severity: rating(row.int(6)?),
                team: row.text(7)?,
                detail: row.text(8)?,
            });
            Ok(())
        })?;
        Ok(rows)
    }
}

/// Findings as they are kept, with what they are about.
pub(super) fn rows(
    database: &mut Database,
    shard: i64,
    held: Vec<(Key, Held)>,
) -> Result<Vec<FindingRow>, InventoryError> {
    let mut artifacts: BTreeMap<u32, (ArtifactSummary, Claim)> = BTreeMap::new();
    let mut components: BTreeMap<u32, String> = BTreeMap::new();
    let mut rows = Vec::new();
    for (key, held) in held {
        let finding = held.finding;
        let (artifact, claim) = match artifacts.get(&finding.artifact) {
            Some(artifact) => artifact.clone(),
            None => {
                let sql = "SELECT min(claim) FROM document WHERE shard = ?1 AND artifact = ?2";
                let values = [Value::Int(shard), Value::Int(i64::from(finding.artifact))];
                let claim = database.one(sql, &values, |row| Ok(Claim::from_number(row.int(0)?)))?;
                let read = (summary(database, shard, finding.artifact)?, claim.unwrap_or_default());
                artifacts.insert(finding.artifact, read.clone());
                read
            }
        };
        let component = match components.get(&finding.component) {
            Some(text) => text.clone(),
            None => {
                let text = evaluate::text(database, shard, finding.component)?;
                components.insert(finding.component, text.clone());
                text
            }
        };
        let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        rows.push(FindingRow {
            artifact,
            advisory: key.advisory,
            aliases: words(&finding.aliases),
            component,
            id: ComponentId { shard: u32::try_from(shard).unwrap_or_default(), number: finding.component },
            claim,
            state: finding.state,
            said: finding.said,
            sort: finding.sort,
            certain: finding.certain,
            severity: rating(finding.severity),
            score: u8::try_from(finding.score).ok(),
            epss: u32::try_from(finding.epss).ok(),
            kev: finding.kev,
            rule: finding.rule,
            fixed: words(&finding.fixed),
            opened: time(held.opened),
            changed: time(held.changed),
            closed: time(held.closed),
        });
    }
    Ok(rows)
}
