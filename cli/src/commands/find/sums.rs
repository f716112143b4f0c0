//! Answers summed up: by line of builds or label, by what brings it in, by what to upgrade.

use std::io::{self, Write};

use plimsoll_inventory::{Answer, AnswerGroup, BlastRadius, Listing, PatchPlan, Through, Upgrade};
use plimsoll_model::printable;
use serde_json::{Value, json};

use super::rows::{artifact_json, counts_text, head, name, put};
use super::{Asked, artifacts};
use crate::args::{FindArguments, FindFormat};
use crate::output::{csv, markdown, write_json, write_json_line};

/// A table in any of the formats.
struct Table<'t> {
    /// What the list is called in JSON.
    key: &'static str,
    columns: &'t [&'t str],
    /// Lines of text, cells, and JSON of each row.
    rows: Vec<(Vec<String>, Vec<String>, Value)>,
}

fn write(
    out: &mut dyn Write,
    asked: &Asked,
    answer: &Answer,
    more: Value,
    table: &Table<'_>,
    format: FindFormat,
) -> io::Result<()> {
    let mut report = head(asked, answer);
    if let (Some(report), Value::Object(more)) = (report.as_object_mut(), more) {
        report.extend(more);
    }
    match format {
        FindFormat::Text => {
            counts_text(out, asked, answer)?;
            for line in table.rows.iter().flat_map(|(lines, ..)| lines) {
                writeln!(out, "{}", printable(line))?;
            }
            Ok(())
        }
        FindFormat::Json => {
            put(&mut report, table.key, table.rows.iter().map(|(.., value)| value.clone()).collect::<Value>());
            write_json(out, &report)
        }
        FindFormat::Jsonl => {
            table.rows.iter().try_for_each(|(.., value)| write_json_line(out, value))?;
            write_json_line(out, &report)
        }
        FindFormat::Csv => {
            csv::row(out, table.columns.iter().copied())?;
            table.rows.iter().try_for_each(|(_, cells, _)| csv::row(out, cells.iter().map(String::as_str)))
        }
        FindFormat::Markdown => {
            markdown::head(out, table.columns)?;
            table.rows.iter().try_for_each(|(_, cells, _)| markdown::row(out, cells.iter().map(String::as_str)))
        }
    }
}

pub(super) fn groups(
    out: &mut dyn Write,
    asked: &Asked,
    answer: &Answer,
    groups: &Listing<AnswerGroup>,
    format: FindFormat,
) -> io::Result<()> {
    let rows = groups.rows.iter().map(group).collect();
    let columns = &["group", "artifacts", "first seen", "last seen", "in the newest build"];
    let table = Table { key: "groups", columns, rows };
    write(out, asked, answer, json!({ "groupCount": groups.total, "next": groups.next }), &table, format)
}

fn group(group: &AnswerGroup) -> (Vec<String>, Vec<String>, Value) {
    let time = |artifact: &plimsoll_inventory::ArtifactSummary| artifact.built.or(artifact.added);
    let seen = |artifact: &plimsoll_inventory::ArtifactSummary| {
        let day = time(artifact).map(|time| format!(" ({})", time.strftime("%Y-%m-%d"))).unwrap_or_default();
        format!("{}{day}", name(artifact))
    };
    let current = match group.current {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    let title = if group.name.is_empty() { "(none)" } else { &group.name };
    let mut lines = vec![
        format!("{title}: {}", group.artifacts),
        format!("    first seen in {}", seen(&group.first)),
        format!("    last seen in {}", seen(&group.last)),
    ];
    match group.current {
        Some(true) => lines.push("    the newest build has it".to_owned()),
        Some(false) => lines.push("    the newest build does not have it".to_owned()),
        None => {}
    }
    let cells = vec![
        group.name.clone(),
        group.artifacts.to_string(),
        seen(&group.first),
        seen(&group.last),
        current.to_owned(),
    ];
    let value = json!({
        "name": group.name, "artifacts": group.artifacts, "first": artifact_json(&group.first),
        "last": artifact_json(&group.last), "current": group.current,
    });
    (lines, cells, value)
}

pub(super) fn blast_radius(
    out: &mut dyn Write,
    asked: &Asked,
    blast: &BlastRadius,
    arguments: &FindArguments,
) -> io::Result<()> {
    let mut rows: Vec<_> = blast.through.iter().take(arguments.limit).map(through).collect();
    if arguments.format == FindFormat::Text {
        let mut lines = Vec::new();
        if blast.loose > 0 {
            let verb = if blast.loose == 1 { "lists" } else { "list" };
            lines.push(format!("{} {verb} it without a dependency that leads to it", artifacts(blast.loose)));
        }
        if blast.examined < blast.answer.artifacts {
            lines.push(format!("looked into {} of {}", blast.examined, artifacts(blast.answer.artifacts)));
        }
        rows.push((lines, Vec::new(), Value::Null));
    }
    let columns = &["direct dependency", "artifacts", "is it", "brings in"];
    let table = Table { key: "through", columns, rows };
    let more = json!({ "examined": blast.examined, "loose": blast.loose, "throughCount": blast.through.len() });
    write(out, asked, &blast.answer, more, &table, arguments.format)
}

fn through(through: &Through) -> (Vec<String>, Vec<String>, Value) {
    let brings = through.brings.iter().filter(|text| **text != through.text).cloned().collect::<Vec<_>>().join(" ");
    let mut lines = vec![format!("{}: {}", through.text, through.artifacts)];
    if !brings.is_empty() {
        lines.push(format!("    brings in {brings}"));
    }
    let itself = if through.itself { "yes" } else { "no" };
    let cells = vec![through.text.clone(), through.artifacts.to_string(), itself.to_owned(), through.brings.join(" ")];
    let value = json!({
        "component": through.text, "artifacts": through.artifacts, "itself": through.itself, "brings": through.brings,
    });
    (lines, cells, value)
}

pub(super) fn plan(out: &mut dyn Write, asked: &Asked, plan: &PatchPlan, arguments: &FindArguments) -> io::Result<()> {
    let mut rows: Vec<_> = plan.upgrades.iter().take(arguments.limit).map(upgrade).collect();
    if arguments.format == FindFormat::Text {
        let mut lines = Vec::new();
        if plan.examined < plan.answer.artifacts {
            lines.push(format!("looked into {} of {}", plan.examined, artifacts(plan.answer.artifacts)));
        }
        // Files and classes are in no dictionary of packages.
        if plan.upgrades.is_empty() && plan.answer.artifacts > 0 {
            lines.push("no package is known that brings it in: a file or a class is not upgraded by itself".to_owned());
            lines.push("find says where it is; ask for the package that has it there".to_owned());
        }
        rows.push((lines, Vec::new(), Value::Null));
    }
    let columns = &["package", "from", "to", "said by", "artifacts", "clears", "brings in", "or pin to"];
    let table = Table { key: "upgrades", columns, rows };
    let more = json!({ "examined": plan.examined, "upgradeCount": plan.upgrades.len() });
    write(out, asked, &plan.answer, more, &table, arguments.format)
}

fn upgrade(upgrade: &Upgrade) -> (Vec<String>, Vec<String>, Value) {
    let (from, brings) = (upgrade.from.join(", "), upgrade.brings.join(" "));
    let said = match (&upgrade.to, upgrade.advised) {
        (None, _) => "",
        (_, true) => "advisory",
        (_, false) => "inventory",
    };
    let mut lines = Vec::new();
    match &upgrade.to {
        Some(to) => lines.push(format!("upgrade {} from {from} to {to}: clears {}", upgrade.package, upgrade.clears)),
        None => lines.push(format!("upgrade {} from {from}: clears {}", upgrade.package, upgrade.clears)),
    }
    lines.push(format!("    in {}; brings in {brings}", artifacts(upgrade.artifacts)));
    match (&upgrade.to, upgrade.advised, upgrade.pin.is_empty()) {
        (None, _, true) => lines.push("    no version without it is known here".to_owned()),
        (None, _, false) => {
            lines.push(format!(
                "    no version without it is known here; or pin what it brings in to {}",
                upgrade.pin.join(", ")
            ));
        }
        (Some(_), false, _) => {
            lines.push("    the version is the next that an artifact here has without it".to_owned())
        }
        _ => {}
    }
    let cells = vec![
        upgrade.package.clone(),
        from,
        upgrade.to.clone().unwrap_or_default(),
        said.to_owned(),
        upgrade.artifacts.to_string(),
        upgrade.clears.to_string(),
        brings,
        upgrade.pin.join(" "),
    ];
    let value = json!({
        "package": upgrade.package, "from": upgrade.from, "to": upgrade.to, "advised": upgrade.advised,
        "artifacts": upgrade.artifacts, "clears": upgrade.clears, "brings": upgrade.brings, "pin": upgrade.pin,
    });
    (lines, cells, value)
}
