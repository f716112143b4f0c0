//! `plimsoll sbom diff`.

use std::io::Write;

use plimsoll_model::printable;
use plimsoll_sbom::diff::{Change, ChangeKind, Difference, diff};
use plimsoll_sbom::{Document, map};
use serde_json::{Map, Value, json};

use crate::args::{DiffArguments, DiffFormat, DiffKind};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, csv, markdown, sarif, write_json};

const SCHEMA: &str = "plimsoll.sbom.diff/1";

pub(super) fn run(arguments: &DiffArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let limits = arguments.limits.limits();
    let before = map::document(&input::parsed(&arguments.before, &limits)?);
    let after = map::document(&input::parsed(&arguments.after, &limits)?);
    let difference = diff(&before, &after);
    let changes: Vec<&Change> =
        difference.changes().iter().filter(|change| !arguments.components_only || is_of_component(change)).collect();
    let file = arguments.after.display().to_string();
    Target::Stdout.write::<Failure>(|out| {
        match arguments.format {
            DiffFormat::Text => text(out, &changes)?,
            DiffFormat::Json => write_json(out, &report(arguments, [&before, &after], &difference, &changes))?,
            DiffFormat::Markdown => table(out, &changes)?,
            DiffFormat::Csv => rows(out, &changes)?,
            DiffFormat::Sarif => {
                write_json(out, &sarif::report("sbom diff", changes.iter().map(|change| finding(change, &file))))?;
            }
        }
        Ok(())
    })?;
    if changes.is_empty() {
        ui.status("nothing changed");
    }
    let failing = arguments.fail_on.iter().any(|kind| changes.iter().any(|change| matches(*kind, change.kind)));
    Ok(if failing { exit::NO } else { exit::DONE })
}

fn is_of_component(change: &Change) -> bool {
    !matches!(change.kind, ChangeKind::EdgeAdded | ChangeKind::EdgeRemoved | ChangeKind::Metadata)
}

fn matches(wanted: DiffKind, kind: ChangeKind) -> bool {
    match wanted {
        DiffKind::Any => true,
        DiffKind::Rehashed => kind == ChangeKind::Rehashed,
        DiffKind::Added => kind == ChangeKind::Added,
        DiffKind::Removed => kind == ChangeKind::Removed,
        DiffKind::Upgraded => kind == ChangeKind::Upgraded,
        DiffKind::Downgraded => kind == ChangeKind::Downgraded,
        DiffKind::Reversioned => kind == ChangeKind::Reversioned,
        DiffKind::Relicensed => kind == ChangeKind::Relicensed,
        DiffKind::Changed => kind == ChangeKind::Changed,
        DiffKind::Edges => matches!(kind, ChangeKind::EdgeAdded | ChangeKind::EdgeRemoved),
        DiffKind::Metadata => kind == ChangeKind::Metadata,
    }
}

/// `lodash 4.17.20 -> 4.17.21`
fn sentence(change: &Change) -> String {
    let of = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    let subject = &change.subject;
    match (change.kind, &change.field) {
        (ChangeKind::Added, _) => format!("{subject} {}", change.after.as_deref().unwrap_or_default()),
        (ChangeKind::Removed, _) => format!("{subject} {}", change.before.as_deref().unwrap_or_default()),
        (ChangeKind::EdgeAdded | ChangeKind::EdgeRemoved, Some(to)) => {
            let word = change.after.as_deref().or(change.before.as_deref()).unwrap_or_default();
            format!("{subject} {word} {to}")
        }
        (_, Some(field)) => format!("{subject} {field}: {} -> {}", of(&change.before), of(&change.after)),
        (_, None) => format!("{subject} {} -> {}", of(&change.before), of(&change.after)),
    }
}

const fn mark(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Rehashed => "!",
        ChangeKind::Added | ChangeKind::EdgeAdded => "+",
        ChangeKind::Removed | ChangeKind::EdgeRemoved => "-",
        ChangeKind::Upgraded => "^",
        ChangeKind::Downgraded => "v",
        _ => "~",
    }
}

fn text(out: &mut dyn Write, changes: &[&Change]) -> std::io::Result<()> {
    for kind in ChangeKind::ALL {
        let of: Vec<&&Change> = changes.iter().filter(|change| change.kind == kind).collect();
        if of.is_empty() {
            continue;
        }
        let alarm = if kind == ChangeKind::Rehashed { ": SAME VERSION, OTHER CONTENT" } else { "" };
        writeln!(out, "{} ({}){alarm}", kind.word(), of.len())?;
        for change in of {
            writeln!(out, "  {} {}", mark(kind), printable(sentence(change).trim_end()))?;
        }
    }
    Ok(())
}

fn table(out: &mut dyn Write, changes: &[&Change]) -> std::io::Result<()> {
    markdown::head(out, &["change", "what", "fact", "before", "after"])?;
    for change in changes {
        markdown::row(out, cells(change))?;
    }
    Ok(())
}

fn rows(out: &mut dyn Write, changes: &[&Change]) -> std::io::Result<()> {
    csv::row(out, ["change", "what", "fact", "before", "after"])?;
    changes.iter().try_for_each(|change| csv::row(out, cells(change)))
}

fn cells(change: &Change) -> [&str; 5] {
    [
        change.kind.word(),
        &change.subject,
        change.field.as_deref().unwrap_or_default(),
        change.before.as_deref().unwrap_or_default(),
        change.after.as_deref().unwrap_or_default(),
    ]
}

fn finding(change: &Change, file: &str) -> sarif::Finding {
    sarif::Finding {
        rule: format!("sbom-diff-{}", change.kind.word()),
        level: match change.kind {
            ChangeKind::Rehashed => "error",
            ChangeKind::Downgraded | ChangeKind::Relicensed => "warning",
            _ => "note",
        },
        message: format!("{}: {}", change.kind.word(), sentence(change)),
        file: file.to_owned(),
        line: None,
    }
}

fn report(
    arguments: &DiffArguments,
    [before, after]: [&Document; 2],
    difference: &Difference,
    changes: &[&Change],
) -> Value {
    let counts: Map<String, Value> =
        difference.counts().iter().map(|(kind, count)| (kind.word().to_owned(), json!(count))).collect();
    let side = |path: &std::path::Path, document: &Document| json!({ "document": path.display().to_string(), "components": document.components().count() });
    json!({
        "schema": SCHEMA,
        "before": side(&arguments.before, before),
        "after": side(&arguments.after, after),
        "counts": counts,
        "changes": changes.iter().map(|change| json!({
            "kind": change.kind.word(),
            "subject": change.subject,
            "field": change.field,
            "before": change.before,
            "after": change.after,
        })).collect::<Vec<_>>(),
    })
}
