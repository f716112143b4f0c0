//! `plimsoll inventory list`.

use std::io::{self, Write};

use plimsoll_inventory::{Answer, AnswerRow, Denominator, Page};
use plimsoll_model::printable;
use serde_json::{Value, json};

use super::{open, words};
use crate::args::{InventoryListArguments, TableFormat};
use crate::commands::find::{artifact_json, put};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, csv, markdown, write_json};

pub(super) fn run(arguments: &InventoryListArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let mut labels = arguments.label.iter().map(|text| words::label(text)).collect::<Result<Vec<_>, _>>()?;
    for (name, value) in [("environment", &arguments.env), ("team", &arguments.team)] {
        if let Some(value) = value {
            labels.push(words::label(&format!("{name}={value}"))?);
        }
    }
    let query = words::query(arguments.name.as_deref(), &labels);
    let mut inventory = open::open(&open::location(&arguments.store)?)?;
    let page = Page { rows: arguments.limit, after: arguments.after };
    let answer = inventory.find(&query, page)?;
    Target::Stdout.write(|out| match arguments.format {
        TableFormat::Text => text(out, &answer),
        TableFormat::Json => write_json(out, &json(&answer)),
        TableFormat::Markdown => table_markdown(out, &answer),
        TableFormat::Csv => table_csv(out, &answer),
    })?;
    if let Some(next) = answer.next {
        ui.status(&format!("more: --after {next}"));
    }
    ui.status(&counted(answer.artifacts, &answer.denominator));
    Ok(exit::DONE)
}

/// `3 of 12 artifacts (11 complete, 1 partial)`
fn counted(found: u64, of: &Denominator) -> String {
    let mut text =
        format!("{found} of {} ({} complete, {} partial)", words::artifacts(of.artifacts), of.complete, of.partial);
    if of.failed > 0 {
        text.push_str(&format!("; {} could not be read", of.failed));
    }
    if of.never_scanned > 0 {
        text.push_str(&format!("; {} run and were never scanned", of.never_scanned));
    }
    text
}

const COLUMNS: [&str; 6] = ["artifact", "version", "digest", "added", "says", "labels"];

fn cells(row: &AnswerRow) -> [String; 6] {
    let artifact = &row.artifact;
    let labels: Vec<String> = artifact.labels.iter().map(|label| format!("{}={}", label.name, label.value)).collect();
    [
        artifact.name.clone(),
        artifact.version.clone(),
        artifact.digest.clone(),
        artifact.added.map(|time| time.to_string()).unwrap_or_default(),
        format!("{}, {}", row.claim.word(), row.coverage.word()),
        labels.join(" "),
    ]
}

fn text(out: &mut dyn Write, answer: &Answer) -> io::Result<()> {
    for row in &answer.rows {
        let [name, version, digest, added, says, labels] = cells(row).map(|cell| printable(&cell));
        let at = if version.is_empty() { "" } else { "@" };
        let name = if name.is_empty() { "(no name)" } else { &name };
        writeln!(out, "{name}{at}{version}")?;
        for line in [digest, format!("added {added}, {says}"), labels].iter().filter(|line| !line.is_empty()) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

fn table_markdown(out: &mut dyn Write, answer: &Answer) -> io::Result<()> {
    markdown::head(out, &COLUMNS)?;
    answer.rows.iter().try_for_each(|row| markdown::row(out, cells(row).iter().map(String::as_str)))
}

fn table_csv(out: &mut dyn Write, answer: &Answer) -> io::Result<()> {
    csv::row(out, COLUMNS)?;
    answer.rows.iter().try_for_each(|row| csv::row(out, cells(row).iter().map(String::as_str)))
}

fn json(answer: &Answer) -> Value {
    json!({
        "schema": "plimsoll.inventory.list/1",
        "artifacts": answer.artifacts,
        "rows": answer.rows.iter().map(row_json).collect::<Vec<_>>(),
        "next": answer.next,
        "denominator": denominator(&answer.denominator),
    })
}

fn row_json(row: &AnswerRow) -> Value {
    let mut value = artifact_json(&row.artifact);
    put(&mut value, "claim", row.claim.word());
    put(&mut value, "coverage", row.coverage.word());
    value
}

/// The denominator of an answer, as reports have it.
pub(in crate::commands) fn denominator(of: &Denominator) -> Value {
    json!({
        "artifacts": of.artifacts,
        "complete": of.complete,
        "partial": of.partial,
        "unsearched": of.unsearched,
        "failed": of.failed,
        "neverScanned": of.never_scanned,
        "oldest": of.oldest.map(|time| time.to_string()),
    })
}
