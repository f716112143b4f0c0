//! Answers, artifact by artifact.

use std::io::{self, Write};

use plimsoll_inventory::{Answer, AnswerRow, ArtifactSummary};
use plimsoll_model::printable;
use serde_json::{Value, json};

use super::{Asked, found};
use crate::args::FindFormat;
use crate::commands::inventory::denominator;
use crate::output::{csv, markdown, write_json, write_json_line};

pub(super) const SCHEMA: &str = "plimsoll.find/1";

pub(super) fn write(out: &mut dyn Write, asked: &Asked, answer: &Answer, format: FindFormat) -> io::Result<()> {
    match format {
        FindFormat::Text => text(out, asked, answer),
        FindFormat::Json => {
            let mut report = head(asked, answer);
            put(&mut report, "rows", answer.rows.iter().map(row_json).collect::<Value>());
            put(&mut report, "next", answer.next);
            write_json(out, &report)
        }
        FindFormat::Jsonl => {
            answer.rows.iter().try_for_each(|row| write_json_line(out, &row_json(row)))?;
            let mut last = head(asked, answer);
            put(&mut last, "next", answer.next);
            write_json_line(out, &last)
        }
        FindFormat::Csv => {
            csv::row(out, COLUMNS)?;
            answer.rows.iter().try_for_each(|row| csv::row(out, cells(row).iter().map(String::as_str)))
        }
        FindFormat::Markdown => {
            markdown::head(out, &COLUMNS)?;
            answer.rows.iter().try_for_each(|row| markdown::row(out, cells(row).iter().map(String::as_str)))
        }
    }
}

/// Counts come before rows.
fn text(out: &mut dyn Write, asked: &Asked, answer: &Answer) -> io::Result<()> {
    counts_text(out, asked, answer)?;
    for row in &answer.rows {
        writeln!(out, "{}", printable(&name(&row.artifact)))?;
        for component in row.components.iter().chain(&row.files) {
            writeln!(out, "    {}", printable(component))?;
        }
        let [_, _, digest, added, says, labels, ..] = cells(row);
        let first = if added.is_empty() { says } else { format!("{says}, added {added}") };
        for line in [digest, labels, first].iter().filter(|line| !line.is_empty()) {
            writeln!(out, "    {}", printable(line))?;
        }
    }
    Ok(())
}

/// Gives an object a member.
pub(in crate::commands) fn put(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

/// The line or two that stand above every answer.
pub(super) fn counts_text(out: &mut dyn Write, asked: &Asked, answer: &Answer) -> io::Result<()> {
    writeln!(out, "{}", denominator_line(answer))?;
    if let Some(time) = asked.advisories {
        writeln!(out, "advisories as of {time}")?;
    }
    Ok(())
}

/// `3 of 12 artifacts; 11 fully read, 1 partial; 2 could not tell`
pub(super) fn denominator_line(answer: &Answer) -> String {
    let of = &answer.denominator;
    let mut line = format!("{}; {} fully read, {} partial", found(answer), of.complete, of.partial);
    if of.unsearched > 0 {
        line.push_str(&format!("; {} could not tell", of.unsearched));
    }
    if of.failed > 0 {
        line.push_str(&format!("; {} could not be read", of.failed));
    }
    if of.never_scanned > 0 {
        line.push_str(&format!("; {} run and were never scanned", of.never_scanned));
    }
    if let Some(oldest) = of.oldest {
        line.push_str(&format!("; oldest document of {}", oldest.strftime("%Y-%m-%d")));
    }
    if let Some(verified) = answer.verified.filter(|verified| verified.documents < verified.of) {
        line.push_str(&format!("; verified {} of {} documents", verified.documents, verified.of));
    }
    line
}

const COLUMNS: [&str; 8] = ["artifact", "version", "digest", "added", "says", "labels", "components", "files"];

fn cells(row: &AnswerRow) -> [String; 8] {
    let artifact = &row.artifact;
    [
        artifact.name.clone(),
        artifact.version.clone(),
        artifact.digest.clone(),
        artifact.added.map(|time| time.to_string()).unwrap_or_default(),
        format!("{}, {}", row.claim.word(), row.coverage.word()),
        labels(artifact),
        row.components.join(" "),
        row.files.join(" "),
    ]
}

fn labels(artifact: &ArtifactSummary) -> String {
    let labels = artifact.labels.iter().map(|label| format!("{}={}", label.name, label.value));
    labels.collect::<Vec<_>>().join(" ")
}

/// The name of an artifact with its version.
pub(in crate::commands) fn name(artifact: &ArtifactSummary) -> String {
    let name = if artifact.name.is_empty() { "(no name)" } else { &artifact.name };
    if artifact.version.is_empty() { name.to_owned() } else { format!("{name}@{}", artifact.version) }
}

/// What every report begins with.
pub(super) fn head(asked: &Asked, answer: &Answer) -> Value {
    json!({
        "schema": SCHEMA,
        "question": asked.text,
        "artifacts": answer.artifacts,
        "components": answer.components,
        "denominator": denominator(&answer.denominator),
        "verified": answer.verified.map(|verified| json!({ "documents": verified.documents, "of": verified.of })),
        "advisoriesAsOf": asked.advisories.map(|time| time.to_string()),
    })
}

/// An artifact, as reports have it.
pub(in crate::commands) fn artifact_json(artifact: &ArtifactSummary) -> Value {
    let labels: serde_json::Map<String, Value> =
        artifact.labels.iter().map(|label| (label.name.clone(), Value::from(label.value.as_str()))).collect();
    json!({
        "id": artifact.id.to_number(),
        "name": artifact.name,
        "version": artifact.version,
        "digest": artifact.digest,
        "built": artifact.built.map(|time| time.to_string()),
        "added": artifact.added.map(|time| time.to_string()),
        "labels": labels,
    })
}

fn row_json(row: &AnswerRow) -> Value {
    let mut value = artifact_json(&row.artifact);
    put(&mut value, "claim", row.claim.word());
    put(&mut value, "coverage", row.coverage.word());
    put(&mut value, "components", row.components.clone());
    put(&mut value, "files", row.files.clone());
    value
}
