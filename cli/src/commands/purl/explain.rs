//! `plimsoll purl explain`.

use std::io::{self, Write};

use plimsoll_model::{PartNote, PurlExplanation, PurlFault, PurlRule, PurlType, printable};
use serde_json::{Value, json};

use super::list_types::type_entry;
use super::{SCHEMA, entry};
use crate::args::DataFormat;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, write_json};

pub(super) fn run(text: &str, format: DataFormat) -> Result<u8, Failure> {
    let explained = PurlExplanation::new(text);
    Target::Stdout.write(|out| match format {
        DataFormat::Json => write_json(out, &report(text, &explained)),
        DataFormat::Text => write_text(out, text, &explained),
    })?;
    Ok(if explained.fault.is_none() { exit::DONE } else { exit::NO })
}

fn report(text: &str, explained: &PurlExplanation) -> Value {
    let mut out = entry(text, explained);
    let notes: Vec<Value> = explained
        .parts
        .iter()
        .map(|note| {
            json!({
                "part": note.part.word(), "written": note.written, "canonical": note.canonical, "notes": note.notes,
            })
        })
        .collect();
    out.insert("notes".into(), notes.into());
    if let Some(rules) = explained.purl_type {
        out.insert("typeRules".into(), type_entry(rules));
    }
    for (name, address) in addresses(explained) {
        out.insert(name.into(), address.into());
    }
    json!({ "schema": SCHEMA, "purls": [out] })
}

fn addresses(explained: &PurlExplanation) -> Vec<(&'static str, String)> {
    let Some(purl) = &explained.purl else { return Vec::new() };
    let addresses =
        [("repository", purl.repository().map(str::to_owned)), ("page", purl.page()), ("download", purl.download())];
    addresses.into_iter().filter_map(|(name, address)| Some((name, address?))).collect()
}

fn write_text(out: &mut dyn Write, text: &str, explained: &PurlExplanation) -> io::Result<()> {
    writeln!(out, "{}", printable(text))?;
    if let Some(fault) = &explained.fault {
        write_fault(out, text, fault)?;
    }
    match (&explained.purl, &explained.fault) {
        (Some(purl), None) if purl.to_string() == text => writeln!(out, "is in canonical form")?,
        (Some(purl), None) => writeln!(out, "canonical form: {purl}")?,
        (Some(purl), Some(_)) => writeln!(out, "normalises to: {purl}")?,
        (None, _) => {}
    }
    if !explained.parts.is_empty() {
        writeln!(out)?;
    }
    explained.parts.iter().try_for_each(|note| write_part(out, note))?;
    if let Some(rules) = explained.purl_type {
        writeln!(out)?;
        write_rules(out, rules)?;
    }
    for (name, address) in addresses(explained) {
        writeln!(out, "{name}: {}", printable(&address))?;
    }
    Ok(())
}

/// Points at the part of the line above that is at fault.
fn write_fault(out: &mut dyn Write, text: &str, fault: &PurlFault) -> io::Result<()> {
    let range = fault.range();
    let width = |part: Option<&str>| part.map_or(0, |part| printable(part).chars().count());
    let (before, marked) = (width(text.get(..range.start)), width(text.get(range)));
    writeln!(out, "{:before$}{} {}", "", "^".repeat(marked.max(1)), printable(&fault.to_string()))
}

fn write_part(out: &mut dyn Write, note: &PartNote) -> io::Result<()> {
    write!(out, "  {:<10} {}", note.part.word(), printable(&note.written))?;
    if let Some(canonical) = note.canonical.as_ref().filter(|canonical| **canonical != note.written) {
        write!(out, " -> {}", printable(canonical))?;
    }
    if !note.notes.is_empty() {
        write!(out, " ({})", printable(&note.notes.join("; ")))?;
    }
    writeln!(out)
}

fn write_rules(out: &mut dyn Write, rules: &PurlType) -> io::Result<()> {
    let registered = if rules.has(PurlRule::Unregistered) { ", not registered" } else { "" };
    writeln!(out, "{}: {}{registered}; namespace {}", rules.id, rules.title, rules.namespace.word())?;
    if let Some(note) = rules.note {
        writeln!(out, "{note}")?;
    }
    Ok(())
}
