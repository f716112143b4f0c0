//! For code scanning and pages of tests.

use std::io::{self, Write};

use plimsoll_policy::audit::{AuditRow, RowSort, RowState};
use serde_json::Value;

use super::{Report, text};
use crate::output::junit::{self, Case, CaseResult, Suite};
use crate::output::sarif;

pub(super) fn sarif(report: &Report<'_>) -> Value {
    let findings =
        report.shown.iter().filter(|(row, _)| row.state == RowState::Open).map(|(row, reason)| sarif::Finding {
            rule: row.advisory.clone(),
            level: level(row, reason.is_some()),
            message: message(row),
            file: if row.artifact.is_empty() { report.subject.clone() } else { row.artifact.clone() },
            line: None,
        });
    sarif::report("audit", findings)
}

fn level(row: &AuditRow, refused: bool) -> &'static str {
    match row.rating_word() {
        _ if refused || row.sort == RowSort::Malicious => "error",
        "critical" | "high" if row.certain => "error",
        _ if row.sort == RowSort::Notice => "note",
        _ => "warning",
    }
}

/// A sentence that says all.
fn message(row: &AuditRow) -> String {
    let fixed =
        if row.fixed.is_empty() { "no fixed version".to_owned() } else { format!("fixed in {}", row.fixed.join(" ")) };
    let certain = if row.certain { "is affected by" } else { "may be affected by" };
    let through = if row.path.is_empty() { String::new() } else { format!(", through {}", row.path.join(" > ")) };
    let about = if row.summary.is_empty() { String::new() } else { format!(": {}", row.summary) };
    let ids: Vec<&str> = row.ids().collect();
    let label = text::label(row);
    plimsoll_model::printable(&format!(
        "{} {} {certain} {}{about} ({label}; {fixed}{through})",
        row.name,
        row.installed,
        ids.join(", ")
    ))
}

pub(super) fn junit(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    let case = |(row, reason): &(AuditRow, Option<String>)| Case {
        name: format!("{} {}", row.advisory, row.component),
        class: if row.artifact.is_empty() { report.subject.clone() } else { row.artifact.clone() },
        result: match (row.state, reason) {
            (RowState::Open, Some(reason)) => {
                CaseResult::Failed { code: row.advisory.clone(), message: reason.clone(), detail: message(row) }
            }
            // Without anything that is refused, all that is found is told.
            (RowState::Open, None) if report.rules.is_empty() => {
                CaseResult::Failed { code: row.advisory.clone(), message: text::label(row), detail: message(row) }
            }
            (RowState::Open, None) => CaseResult::Passed,
            (state, _) => CaseResult::Skipped(format!("{} {}", state.word(), row.said)),
        },
    };
    let suite = Suite { name: report.subject.clone(), cases: report.shown.iter().map(case).collect() };
    junit::write(out, "plimsoll audit", &[suite])
}
