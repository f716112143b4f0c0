//! `plimsoll audit`.

mod csv;
mod disclosure;
mod fleet;
mod grounds;
mod json;
mod machine;
mod markdown;
mod subject;
mod text;

use jiff::Timestamp;
use plimsoll_advisory::AdvisorySource;
use plimsoll_policy::audit::{Audit, AuditOrder, AuditRow, RowSort, RowState, VulnerabilityRules};

use crate::args::{AuditArguments, AuditFormat, SortArgument};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};
use grounds::Grounds;
pub(super) use grounds::{MAX_AGE_DAYS, refuse_old};
pub(super) use subject::sbom;

/// What is written.
struct Report<'a> {
    /// What was looked at.
    subject: String,
    /// Its own identity in the document: name, version, purl.
    root: Root,
    audit: Audit,
    /// Rows that are shown, each with why it is refused.
    shown: Vec<(AuditRow, Option<String>)>,
    /// Rows that were not asked for.
    hidden: usize,
    suppressed: usize,
    refused: usize,
    fleet: Option<fleet::Fleet>,
    now: Timestamp,
    advisories: &'a dyn AdvisorySource,
    rules: VulnerabilityRules,
    allow_incomplete: bool,
}

/// What a document is about.
#[derive(Debug, Clone, Default)]
struct Root {
    name: String,
    version: String,
    purl: String,
}

pub(super) fn run(arguments: &AuditArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let grounds = Grounds::read(arguments, ui)?;
    let reports = if arguments.fleet {
        vec![fleet::audit(arguments, &grounds)?]
    } else {
        subject::audit(arguments, &grounds, offline, ui)?
    };
    let mut status = exit::DONE;
    for found in reports {
        grounds.refuse_old(&found.audit)?;
        let report = report(arguments, &grounds, found);
        write(arguments.format, &report)?;
        tell(&report, ui);
        status = status.max_refusal(verdict(&report, ui));
    }
    Ok(status)
}

/// That something is refused counts before that something is missing.
trait Worse {
    fn max_refusal(self, other: u8) -> u8;
}

impl Worse for u8 {
    fn max_refusal(self, other: u8) -> u8 {
        match (self, other) {
            (exit::NO, _) | (_, exit::NO) => exit::NO,
            (one, other) => one.max(other),
        }
    }
}

/// What was found in one subject, before anything is left out.
struct Found {
    subject: String,
    root: Root,
    audit: Audit,
    fleet: Option<fleet::Fleet>,
}

fn report<'a>(arguments: &AuditArguments, grounds: &'a Grounds, found: Found) -> Report<'a> {
    let Found { subject, root, mut audit, fleet } = found;
    audit.sort(match arguments.sort {
        SortArgument::Severity => AuditOrder::Severity,
        SortArgument::Epss => AuditOrder::Exploitation,
    });
    let judged: Vec<(AuditRow, Option<String>)> =
        audit.rows.iter().map(|row| (row.clone(), grounds.rules.refuses(row, grounds.now))).collect();
    let refused = judged.iter().filter(|(_, reason)| reason.is_some()).count();
    let all = judged.len();
    let suppressed = audit.rows.iter().filter(|row| row.state != RowState::Open).count();
    let wanted = |row: &AuditRow| {
        let bad = arguments.severity.is_none_or(|least| row.rating().is_none_or(|rating| rating >= least));
        let fixable = !arguments.fixable_only || !row.fixed.is_empty();
        (row.sort == RowSort::Malicious || (bad && fixable))
            && (arguments.show_suppressed || row.state == RowState::Open)
    };
    // What is refused is never hidden.
    let shown: Vec<_> = judged.into_iter().filter(|(row, reason)| reason.is_some() || wanted(row)).collect();
    let open = all.saturating_sub(if arguments.show_suppressed { 0 } else { suppressed });
    Report {
        subject,
        root,
        hidden: open.saturating_sub(shown.len()),
        shown,
        suppressed,
        refused,
        audit,
        fleet,
        now: grounds.now,
        advisories: &grounds.snapshot,
        rules: grounds.rules.clone(),
        allow_incomplete: arguments.allow_incomplete,
    }
}

fn write(format: AuditFormat, report: &Report<'_>) -> Result<(), Failure> {
    Target::Stdout.write(|out| -> Result<(), Failure> {
        match format {
            AuditFormat::Text => text::write(out, report)?,
            AuditFormat::Json => write_json(out, &json::report(report))?,
            AuditFormat::Sarif => write_json(out, &machine::sarif(report))?,
            AuditFormat::Cyclonedx => write_json(out, &disclosure::report(report)?)?,
            AuditFormat::Junit => machine::junit(out, report)?,
            AuditFormat::Markdown => markdown::write(out, report)?,
            AuditFormat::Csv => csv::write(out, report)?,
        }
        Ok(())
    })
}

/// Says what must not be overlooked.
fn tell(report: &Report<'_>, ui: &mut Ui) {
    for row in report.audit.rows.iter().filter(|row| row.sort == RowSort::Malicious && row.state == RowState::Open) {
        let place = if row.artifact.is_empty() { String::new() } else { format!(" in {}", row.artifact) };
        ui.error(&format!("{} is MALICIOUS ({}){place}", row.component, row.advisory));
    }
    ui.status(&text::summary(report));
    for line in text::denominator(report) {
        ui.status(&line);
    }
}

/// The exit status, and why.
fn verdict(report: &Report<'_>, ui: &mut Ui) -> u8 {
    if report.rules.is_empty() {
        return exit::DONE;
    }
    if report.refused > 0 {
        let malicious = report.shown.iter().any(|(row, reason)| reason.is_some() && row.sort == RowSort::Malicious);
        let what = if malicious { "refused: malicious packages, and in all" } else { "refused:" };
        ui.error(&format!("{what} {}", text::counted(report.refused, "finding")));
        return exit::NO;
    }
    if report.audit.denominator.incomplete && !report.allow_incomplete {
        ui.error("nothing is refused, but what was looked at is incomplete (--allow-incomplete accepts that)");
        return exit::INCOMPLETE;
    }
    exit::DONE
}
