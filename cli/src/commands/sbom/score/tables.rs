//! Scores for people: text, Markdown and CSV.

use std::io::{self, Write};

use plimsoll_model::printable;
use plimsoll_sbom::encoding::Parsed;
use plimsoll_sbom::score::{FieldReport, Offender, Outcome, Report, Requirement, grade, points};

use super::format_of;
use crate::output::{csv as values, markdown as marks};

pub(super) fn text(out: &mut dyn Write, name: &str, parsed: &Parsed, reports: &[Report]) -> io::Result<()> {
    writeln!(out, "{} ({})", printable(name), format_of(parsed))?;
    for report in reports {
        writeln!(out, "\n{}: {}", report.profile.name, summary(report))?;
        if let Some(note) = report.profile.note {
            writeln!(out, "  {note}")?;
        }
        let mut group = None;
        for held in &report.fields {
            if group != held.field.group {
                group = held.field.group;
                if let Some(held) = group.and_then(|at| report.groups.get(at)) {
                    writeln!(out, "  {} (weight {}): {:.1}", held.group.title, held.group.weight, points(held.score))?;
                }
            }
            field(out, report, held)?;
        }
    }
    Ok(())
}

/// `94.1 of 100 (75.1 without what is said to be unknown), grade A; required 94.1 %, recommended 100.0 %; 90 components`
fn summary(report: &Report) -> String {
    let kinds = [Requirement::Required, Requirement::Recommended, Requirement::Optional];
    let share = |kind| Some(format!("{} {:.1} %", report.profile.word(kind), points(report.share_of(kind)?)));
    let shares: Vec<String> = kinds.into_iter().filter_map(share).collect();
    let components =
        if report.components == 1 { "1 component".to_owned() } else { format!("{} components", report.components) };
    let (score, known) = (points(report.score), points(report.known));
    let known = if known < score { format!(" ({known:.1} without what is said to be unknown)") } else { String::new() };
    format!("{score:.1} of 100{known}, grade {}; {}; {components}", grade(report.score), shares.join(", "))
}

fn field(out: &mut dyn Write, report: &Report, held: &FieldReport) -> io::Result<()> {
    let percent = percent(held);
    let word = report.profile.word(held.field.requirement);
    let counts = if held.field.is_of_components() { format!(" ({})", counts(held)) } else { document_state(held) };
    writeln!(out, "  {percent:>7}  {word:<11}  {}{counts}", held.field.title)?;
    for offender in &held.offenders {
        let name = offender.name.as_deref().map(|name| format!("{}: ", printable(name))).unwrap_or_default();
        writeln!(out, "             {name}{}", printable(&advice(held, offender)))?;
    }
    if held.more > 0 {
        writeln!(out, "             and {} more (--offenders all)", held.more)?;
    }
    Ok(())
}

/// What to do at a place.
fn advice(held: &FieldReport, offender: &Offender) -> String {
    match offender.outcome {
        Outcome::Unknown if held.field.unknown_counts => format!("said to be unknown at {}", place(offender)),
        Outcome::Unknown => format!("said to be unknown, which does not do here: {}", offender.fix),
        Outcome::CannotTell => format!("if there is one: {}", offender.fix),
        _ => offender.fix.clone(),
    }
}

fn place(offender: &Offender) -> &str {
    if offender.pointer.as_str().is_empty() { "the document" } else { offender.pointer.as_str() }
}

fn document_state(held: &FieldReport) -> String {
    if held.counts.unknown > 0 { " (said to be unknown)".to_owned() } else { String::new() }
}

fn percent(held: &FieldReport) -> String {
    held.share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", points(share * 100.0)))
}

/// `86 present, 2 unknown, 1 missing`
fn counts(held: &FieldReport) -> String {
    let counts = held.counts;
    let all = [
        (counts.present, "present"),
        (counts.unknown, "unknown"),
        (counts.missing, "missing"),
        (counts.cannot_tell, "cannot be told"),
        (counts.not_applicable, "not applicable"),
    ];
    let some: Vec<String> =
        all.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if some.is_empty() { "no components".to_owned() } else { some.join(", ") }
}

pub(super) fn markdown(out: &mut dyn Write, name: &str, parsed: &Parsed, reports: &[Report]) -> io::Result<()> {
    writeln!(out, "# Score of {}\n\n{}", marks::text(name), marks::text(&format_of(parsed)))?;
    for report in reports {
        let profile = report.profile;
        writeln!(
            out,
            "\n## {}\n\n[{}]({}): {}\n",
            profile.name,
            marks::text(profile.title),
            profile.source,
            summary(report)
        )?;
        marks::head(out, &["field", "requirement", "share", "present", "unknown", "missing", "cannot be told"])?;
        for held in &report.fields {
            let counts = held.counts;
            let numbers =
                [counts.present, counts.unknown, counts.missing, counts.cannot_tell].map(|count| count.to_string());
            let cells = [held.field.title, profile.word(held.field.requirement), &percent(held)];
            marks::row(out, cells.into_iter().chain(numbers.iter().map(String::as_str)))?;
        }
        if report.fields.iter().all(|held| held.offenders.is_empty()) {
            continue;
        }
        writeln!(out)?;
        marks::head(out, &["field", "component", "place", "what to do"])?;
        for held in &report.fields {
            for offender in &held.offenders {
                let name = offender.name.as_deref().unwrap_or_default();
                marks::row(out, [held.field.title, name, place(offender), &advice(held, offender)])?;
            }
            if held.more > 0 {
                marks::row(out, [held.field.title, "", "", &format!("and {} more", held.more)])?;
            }
        }
    }
    Ok(())
}

/// One row for each place, and one for each field that is all there.
pub(super) fn csv(out: &mut dyn Write, reports: &[Report]) -> io::Result<()> {
    let names = ["profile", "score", "field", "requirement", "share", "outcome", "id", "component", "pointer", "fix"];
    values::row(out, names)?;
    for report in reports {
        let score = format!("{:.1}", points(report.score));
        for held in &report.fields {
            let share = held.share.map(|share| format!("{:.1}", points(share * 100.0))).unwrap_or_default();
            let start =
                [report.profile.name, &score, held.field.name, report.profile.word(held.field.requirement), &share];
            if held.offenders.is_empty() {
                let outcome = if held.share.is_some() { Outcome::Present } else { Outcome::NotApplicable };
                values::row(out, start.into_iter().chain([outcome.word(), "", "", "", ""]))?;
            }
            for offender in &held.offenders {
                let (id, name) =
                    (offender.id.as_deref().unwrap_or_default(), offender.name.as_deref().unwrap_or_default());
                let end = [offender.outcome.word(), id, name, offender.pointer.as_str(), &offender.fix];
                values::row(out, start.into_iter().chain(end))?;
            }
        }
    }
    Ok(())
}
