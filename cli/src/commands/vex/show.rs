//! `plimsoll vex show`.

use std::io::{self, Write};

use plimsoll_advisory::vex::{Identifiers, VexDocument, VexProduct, VexStatement};
use plimsoll_model::{Purl, printable};
use serde_json::{Map, Value, json};

use super::local;
use crate::args::{TableFormat, VexShowArguments};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, csv, markdown, write_json};

const SCHEMA: &str = "plimsoll.vex.show/1";
const COLUMNS: [&str; 7] = ["vulnerability", "status", "product", "component", "reason", "time", "document"];

/// A document to show.
struct Shown {
    name: String,
    document: VexDocument,
    enveloped: bool,
}

pub(super) fn run(arguments: &VexShowArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let limits = arguments.limits.limits();
    let mut shown = Vec::new();
    for path in &arguments.documents {
        let (mut document, enveloped) = super::open(path, &limits)?;
        super::warn(path, &document, ui);
        filter(&mut document, arguments);
        let name = path.display().to_string();
        if enveloped {
            ui.status(&format!("{name} is signed, and the signature was not verified"));
        }
        shown.push(Shown { name, document, enveloped });
    }
    if arguments.local {
        let directory = local::directory(arguments.vex_dir.as_deref())?;
        for (path, mut document) in local::documents(&directory, &limits)? {
            super::warn(&path, &document, ui);
            filter(&mut document, arguments);
            shown.push(Shown { name: path.display().to_string(), document, enveloped: false });
        }
    }
    Target::Stdout.write(|out| write(out, arguments.format, &shown).map_err(Failure::from))?;
    Ok(exit::DONE)
}

fn write(out: &mut dyn Write, format: TableFormat, shown: &[Shown]) -> io::Result<()> {
    match format {
        TableFormat::Text => shown.iter().try_for_each(|one| text(out, one)),
        TableFormat::Json => {
            let documents: Vec<Value> = shown.iter().map(document).collect();
            write_json(out, &json!({ "schema": SCHEMA, "documents": documents }))
        }
        TableFormat::Markdown => {
            markdown::head(out, &COLUMNS)?;
            rows(shown).try_for_each(|row| markdown::row(out, row.iter().map(String::as_str)))
        }
        TableFormat::Csv => {
            csv::row(out, COLUMNS)?;
            rows(shown).try_for_each(|row| csv::row(out, row.iter().map(String::as_str)))
        }
    }
}

/// Keeps what was asked for.
fn filter(document: &mut VexDocument, arguments: &VexShowArguments) {
    if let Some(id) = &arguments.vulnerability {
        document.statements.retain(|statement| statement.vulnerability.is(id));
    }
    if let Some(text) = &arguments.product {
        let wanted = Purl::parse(text).ok();
        let names = |identifiers: &Identifiers| match &wanted {
            Some(wanted) => identifiers.purls.iter().any(|purl| same(wanted, purl)),
            None => identifiers.label().contains(text.as_str()),
        };
        for statement in &mut document.statements {
            statement
                .products
                .retain(|product| names(&product.identifiers) || product.subcomponents.iter().any(&names));
        }
        document.statements.retain(|statement| !statement.products.is_empty());
    }
}

/// Whether two package URLs are of one package, and of one version where both have one.
fn same(wanted: &Purl, purl: &Purl) -> bool {
    let package = |purl: &Purl| (purl.kind().to_owned(), purl.namespace().map(str::to_owned), purl.name().to_owned());
    let versions = wanted.version().zip(purl.version());
    package(wanted) == package(purl) && versions.is_none_or(|(wanted, version)| wanted == version)
}

fn text(out: &mut dyn Write, shown: &Shown) -> io::Result<()> {
    let document = &shown.document;
    let optional = |label: &str, value: Option<&str>| value.map(|value| format!(", {label}{}", printable(value)));
    writeln!(
        out,
        "{}: {} {}{}{}{}",
        printable(&shown.name),
        document.format,
        printable(&document.format_version),
        optional("", document.id.as_deref()).unwrap_or_default(),
        optional("revision ", document.version.as_deref()).unwrap_or_default(),
        optional("by ", document.author.as_deref()).unwrap_or_default(),
    )?;
    for statement in &document.statements {
        let aliases: Vec<String> = statement.vulnerability.aliases.iter().map(|alias| printable(alias)).collect();
        let aliases = if aliases.is_empty() { String::new() } else { format!(" ({})", aliases.join(", ")) };
        let nuance = statement.nuance.map(|nuance| format!(", {}", nuance.word())).unwrap_or_default();
        let sound = if statement.sound { "" } else { "; never suppresses: it is not valid" };
        let id = printable(&statement.vulnerability.id);
        writeln!(out, "  {id}{aliases}: {}{nuance}{sound}", statement.status)?;
        for product in &statement.products {
            writeln!(out, "    {}", printable(&label(product)))?;
        }
        let mut line = |name: &str, value: Option<&str>| match value {
            Some(value) => value.lines().try_for_each(|line| writeln!(out, "      {name} {}", printable(line))),
            None => Ok(()),
        };
        line("because", statement.justification.as_ref().map(|reason| reason.word()))?;
        line("because", statement.impact.as_deref())?;
        line("do", statement.action.as_deref())?;
        line("note", statement.notes.as_deref())?;
        let responses: Vec<&str> = statement.responses.iter().map(|response| response.word()).collect();
        line("response", Some(responses.join(", ")).as_deref().filter(|text| !text.is_empty()))?;
        line("since", statement.effective().map(|time| time.to_string()).as_deref())?;
    }
    Ok(())
}

fn label(product: &VexProduct) -> String {
    let understood = |identifiers: &Identifiers| if identifiers.understood { "" } else { " (not understood)" };
    let whole = format!("{}{}", product.identifiers.label(), understood(&product.identifiers));
    let parts = product.subcomponents.iter().map(|part| format!("{}{}", part.label(), understood(part)));
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { whole } else { format!("{whole}: {}", parts.join(", ")) }
}

/// A row for each component of each product of each statement.
fn rows(shown: &[Shown]) -> impl Iterator<Item = [String; COLUMNS.len()]> {
    let statements = shown.iter().flat_map(|one| one.document.statements.iter().map(move |next| (one, next)));
    statements.flat_map(|(one, statement)| {
        let row = move |product: &VexProduct, part: Option<&Identifiers>| {
            let reason = statement.justification.as_ref().map(|reason| reason.word().to_owned());
            let texts = [&statement.impact, &statement.action, &statement.notes];
            let texts = texts.into_iter().filter_map(|text| text.as_deref().map(str::to_owned));
            [
                statement.vulnerability.id.to_string(),
                statement.status.to_string(),
                product.identifiers.label(),
                part.map(Identifiers::label).unwrap_or_default(),
                reason.into_iter().chain(texts).collect::<Vec<_>>().join("; "),
                statement.effective().map(|time| time.to_string()).unwrap_or_default(),
                one.name.clone(),
            ]
        };
        statement.products.iter().flat_map(move |product| {
            let parts = product.subcomponents.iter().map(move |part| row(product, Some(part)));
            let whole = product.subcomponents.is_empty().then(|| row(product, None));
            parts.chain(whole)
        })
    })
}

fn document(shown: &Shown) -> Value {
    let document = &shown.document;
    let mut out = Map::new();
    out.insert("document".into(), shown.name.as_str().into());
    out.insert("format".into(), document.format.name().into());
    out.insert("formatVersion".into(), (*document.format_version).into());
    out.insert("signatureNotVerified".into(), shown.enveloped.into());
    put(&mut out, "id", document.id.as_deref());
    put(&mut out, "author", document.author.as_deref());
    put(&mut out, "role", document.role.as_deref());
    put(&mut out, "version", document.version.as_deref());
    put(&mut out, "tooling", document.tooling.as_deref());
    put(&mut out, "timestamp", document.timestamp.map(|time| time.to_string()).as_deref());
    put(&mut out, "lastUpdated", document.last_updated.map(|time| time.to_string()).as_deref());
    out.insert("statements".into(), document.statements.iter().map(statement).collect());
    Value::Object(out)
}

fn statement(statement: &VexStatement) -> Value {
    let mut out = Map::new();
    put(&mut out, "id", statement.id.as_deref());
    out.insert("pointer".into(), (*statement.pointer).into());
    out.insert("vulnerability".into(), (*statement.vulnerability.id).into());
    let texts = |list: &[Box<str>]| list.iter().map(|text| Value::from(&**text)).collect::<Value>();
    out.insert("aliases".into(), texts(&statement.vulnerability.aliases));
    put(&mut out, "description", statement.vulnerability.description.as_deref());
    out.insert("status".into(), statement.status.word().into());
    put(&mut out, "nuance", statement.nuance.map(|nuance| nuance.word()));
    put(&mut out, "justification", statement.justification.as_ref().map(|reason| reason.word()));
    put(&mut out, "impact", statement.impact.as_deref());
    put(&mut out, "action", statement.action.as_deref());
    put(&mut out, "notes", statement.notes.as_deref());
    out.insert("responses".into(), statement.responses.iter().map(|response| response.word()).collect());
    put(&mut out, "timestamp", statement.timestamp.map(|time| time.to_string()).as_deref());
    put(&mut out, "lastUpdated", statement.last_updated.map(|time| time.to_string()).as_deref());
    put(&mut out, "supplier", statement.supplier.as_deref());
    out.insert("sound".into(), statement.sound.into());
    let products = statement.products.iter().map(|product| {
        let mut whole = identifiers(&product.identifiers);
        let parts = product.subcomponents.iter().map(|part| Value::Object(identifiers(part)));
        whole.insert("components".into(), parts.collect());
        Value::Object(whole)
    });
    out.insert("products".into(), products.collect());
    Value::Object(out)
}

fn identifiers(identifiers: &Identifiers) -> Map<String, Value> {
    let mut out = Map::new();
    let texts = |list: &[Box<str>]| list.iter().map(|text| Value::from(&**text)).collect::<Value>();
    out.insert("label".into(), identifiers.label().into());
    out.insert("purls".into(), identifiers.purls.iter().map(ToString::to_string).collect());
    put(&mut out, "range", identifiers.range.as_ref().map(ToString::to_string).as_deref());
    out.insert("cpes".into(), texts(&identifiers.cpes));
    out.insert("digests".into(), identifiers.digests.iter().map(ToString::to_string).collect());
    out.insert("names".into(), texts(&identifiers.names));
    out.insert("understood".into(), identifiers.understood.into());
    out
}

fn put(out: &mut Map<String, Value>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.insert(key.to_owned(), value.into());
    }
}
