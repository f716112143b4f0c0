//! For people.

use std::io::{self, Write};

use plimsoll_advisory::Severity;
use plimsoll_model::printable;
use plimsoll_policy::audit::{AuditRow, RowSort, RowState};

use super::Report;

const HEAD: [&str; 7] = ["SEVERITY", "COMPONENT", "INSTALLED", "FIXED IN", "ADVISORY", "EPSS", "KEV"];
/// The widest that a cell makes a column; what is longer sticks out, as nothing is cut.
const WIDEST: usize = 100;

pub(super) fn write(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    // What there is to say then is said after it, on the other channel.
    if report.shown.is_empty() {
        return Ok(());
    }
    let rows: Vec<[String; 7]> = report.shown.iter().map(|(row, _)| cells(row).map(|cell| printable(&cell))).collect();
    let mut widths = HEAD.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count().min(WIDEST));
        }
    }
    line(out, &HEAD.map(str::to_owned), &widths)?;
    for ((row, reason), cells) in report.shown.iter().zip(&rows) {
        line(out, cells, &widths)?;
        for more in details(row, reason.as_deref()) {
            writeln!(out, "    {}", printable(&more))?;
        }
    }
    Ok(())
}

fn line(out: &mut dyn Write, cells: &[String; 7], widths: &[usize; 7]) -> io::Result<()> {
    let padded: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    writeln!(out, "{}", padded.join("  ").trim_end())
}

fn cells(row: &AuditRow) -> [String; 7] {
    let name = if row.artifact.is_empty() { row.name.clone() } else { format!("{}: {}", row.artifact, row.name) };
    [
        label(row),
        name,
        or_dash(&row.installed),
        or_dash(&row.fixed.join(" ")),
        row.advisory.clone(),
        row.epss.map_or_else(|| "-".to_owned(), percent),
        or_dash(&row.kev),
    ]
}

/// `CRITICAL 9.8`, `MALICIOUS`, `high?` for what is not certain.
pub(super) fn label(row: &AuditRow) -> String {
    let word = match row.sort {
        RowSort::Malicious => "MALICIOUS".to_owned(),
        RowSort::Notice => "notice".to_owned(),
        _ => match row.severity.as_ref().and_then(Severity::score) {
            Some(score) => format!("{} {score}", row.rating_word()),
            None => row.rating_word().to_owned(),
        },
    };
    let state = if row.state == RowState::Open { String::new() } else { format!(" ({})", row.state.word()) };
    format!("{word}{}{state}", if row.certain { "" } else { "?" })
}

fn details(row: &AuditRow, reason: Option<&str>) -> Vec<String> {
    let mut all = Vec::new();
    if !row.summary.is_empty() {
        all.push(row.summary.clone());
    }
    if !row.aliases.is_empty() {
        all.push(format!("also {}", row.aliases.join(", ")));
    }
    if row.has_path {
        let way = if row.path.is_empty() { "directly".to_owned() } else { format!("through {}", row.path.join(" > ")) };
        all.push(format!("{way}; matched by {}; {}", row.rule, row.claim));
    } else {
        let claim = if row.claim.is_empty() { String::new() } else { format!("; {}", row.claim) };
        all.push(format!("matched by {}{claim}", row.rule));
    }
    if !row.certain {
        all.push("uncertain: it may or may not be affected".to_owned());
    }
    if !row.said.is_empty() {
        all.push(format!("VEX or exception: {}", row.said));
    }
    all.extend(row.claims.iter().map(|claim| format!("claimed {claim}")));
    if !row.team.is_empty() {
        all.push(format!("team {}", row.team));
    }
    all.extend(reason.map(|reason| format!("REFUSED: {reason}")));
    all
}

pub(super) fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// Hundred-thousandths as a percentage: `97.6%`.
pub(super) fn percent(value: u32) -> String {
    let tenths = value.saturating_add(50) / 100;
    format!("{}.{}%", tenths / 10, tenths % 10)
}

pub(super) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// `3 findings (1 malicious, 1 critical, 1 uncertain) in app.cdx.json, 1 suppressed, 2 not shown`
pub(super) fn summary(report: &Report<'_>) -> String {
    let open = || report.audit.rows.iter().filter(|row| row.state == RowState::Open);
    let mut parts = Vec::new();
    let mut add = |count: usize, word: &str| {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    };
    add(open().filter(|row| row.sort == RowSort::Malicious).count(), "MALICIOUS");
    for word in ["critical", "high", "medium", "low", "none", "unknown"] {
        let of = |row: &&AuditRow| row.sort == RowSort::Vulnerability && row.certain && row.rating_word() == word;
        add(open().filter(of).count(), if word == "unknown" { "unrated" } else { word });
    }
    add(open().filter(|row| row.sort == RowSort::Notice).count(), "to note");
    add(open().filter(|row| !row.certain && row.sort == RowSort::Vulnerability).count(), "uncertain");
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    let mut text = format!("{}{parts} in {}", counted(open().count(), "finding"), report.subject);
    if report.suppressed > 0 {
        text.push_str(&format!(", {} suppressed", report.suppressed));
    }
    if report.hidden > 0 {
        text.push_str(&format!(", {} not shown", report.hidden));
    }
    text
}

/// Out of what.
pub(super) fn denominator(report: &Report<'_>) -> Vec<String> {
    let held = &report.audit.denominator;
    let as_of = held.advisories.map_or_else(|| "unknown".to_owned(), |time| time.to_string());
    let mut lines = Vec::new();
    match &report.fleet {
        Some(fleet) => {
            let of = &fleet.denominator;
            let artifacts = counted(usize::try_from(of.artifacts).unwrap_or(usize::MAX), "artifact");
            lines.push(format!("{artifacts}: {} complete, {} partial; advisories of {as_of}", of.complete, of.partial));
            lines.push(format!("{} of {} distinct components checked", held.checked, held.components));
        }
        None => {
            let state = if held.incomplete { "INCOMPLETE" } else { "not said to be incomplete" };
            lines.push(format!(
                "{} of {} components checked; {state}; advisories of {as_of}",
                held.checked, held.components
            ));
        }
    }
    let searched: Vec<String> = held.not_searched.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    if !searched.is_empty() {
        lines.push(format!("not searched, as no advisories cover them: {}", searched.join(", ")));
    }
    let missing = [
        (held.without_purl, "without a purl"),
        (held.without_version, "without a version"),
        (held.unreadable_version, "with a version that cannot be compared"),
        (held.without_release, "of an unknown release of a distribution"),
    ];
    let missing: Vec<String> =
        missing.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if !missing.is_empty() {
        lines.push(format!("components {}", missing.join(", ")));
    }
    if let Some(fleet) = &report.fleet {
        let events: Vec<String> = fleet.events.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        lines.push(format!("since the last time: {}", or_nothing(&events)));
    }
    lines
}

fn or_nothing(parts: &[String]) -> String {
    if parts.is_empty() { "nothing changed".to_owned() } else { parts.join(", ") }
}
