//! `plimsoll purl types`: the list is the table that the reader works by.

use std::io::{self, Write};

use plimsoll_model::{Letters, Presence, PurlRule, PurlType, QualifierRule, purl_types};
use serde_json::{Value, json};

use super::SCHEMA;
use crate::args::ReportFormat;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, write_json};

pub(super) fn run(format: ReportFormat) -> Result<u8, Failure> {
    Target::Stdout.write(|out| match format {
        ReportFormat::Text => purl_types().iter().try_for_each(|held| text(out, held)),
        ReportFormat::Json => {
            let types: Vec<Value> = purl_types().iter().map(type_entry).collect();
            write_json(out, &json!({ "schema": SCHEMA, "types": types }))
        }
        ReportFormat::Markdown => markdown(out),
    })?;
    Ok(exit::DONE)
}

/// A type as JSON.
pub(super) fn type_entry(held: &PurlType) -> Value {
    let qualifier =
        |rule: &QualifierRule| json!({ "key": rule.key, "required": rule.required, "default": rule.default });
    let letters = |letters: Letters| match letters {
        Letters::Lower => "lower".to_owned(),
        Letters::Upper => "upper".to_owned(),
        Letters::LowerAt(server) => format!("lower@{server}"),
        _ => "kept".to_owned(),
    };
    json!({
        "type": held.id, "title": held.title, "registered": !held.has(PurlRule::Unregistered),
        "namespace": held.namespace.word(),
        "letters": {
            "namespace": letters(held.namespace_letters), "name": letters(held.name_letters),
            "version": letters(held.version_letters),
        },
        "qualifiers": held.qualifiers.iter().map(qualifier).collect::<Vec<_>>(),
        "repository": held.repository, "note": held.note,
    })
}

fn text(out: &mut dyn Write, held: &PurlType) -> io::Result<()> {
    writeln!(out, "{}: {}; namespace {}", held.id, held.title, held.namespace.word())?;
    if !held.qualifiers.is_empty() {
        writeln!(out, "    qualifiers: {}", qualifiers(held, ""))?;
    }
    if let Some(repository) = held.repository {
        writeln!(out, "    repository: {repository}")?;
    }
    Ok(())
}

fn qualifiers(held: &PurlType, quote: &str) -> String {
    let one = |rule: &QualifierRule| {
        let required = if rule.required { " (required)" } else { "" };
        let default = rule.default.map(|value| format!(" (default {value})")).unwrap_or_default();
        format!("{quote}{}{quote}{required}{default}", rule.key)
    };
    held.qualifiers.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What happens to the letters of the parts, in words.
fn letters(held: &PurlType) -> String {
    let namespace = (held.namespace != Presence::Prohibited).then_some(("namespace", held.namespace_letters));
    let parts = namespace.into_iter().chain([("name", held.name_letters), ("version", held.version_letters)]);
    let words = parts.filter_map(|(part, letters)| match letters {
        Letters::Lower => Some(format!("{part} in lower case")),
        Letters::Upper => Some(format!("{part} in upper case")),
        Letters::LowerAt(server) => Some(format!("{part} in lower case on {server}")),
        _ => None,
    });
    words.collect::<Vec<_>>().join(", ")
}

fn markdown(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| type | for | namespace | letters | qualifiers | default repository | note |")?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for held in purl_types() {
        writeln!(
            out,
            "| `{}` | {} | {} | {} | {} | {} | {} |",
            held.id,
            held.title,
            held.namespace.word(),
            letters(held),
            qualifiers(held, "`"),
            held.repository.map(|url| format!("<{url}>")).unwrap_or_default(),
            held.note.unwrap_or_default()
        )?;
    }
    Ok(())
}
