//! `plimsoll sbom show`.

use std::io::{self, Write};

use plimsoll_model::printable;
use plimsoll_sbom::encoding::{Encoding, ReadError};
use plimsoll_sbom::outline::{Line, Node, Outline};
use plimsoll_sbom::{Format, detect, lean, map};
use serde_json::{Value, json};

use crate::args::{ShowArguments, TableFormat};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, csv, markdown, write_json};

const SCHEMA: &str = "plimsoll.sbom.show/1";

/// A document to show.
struct Shown {
    format: String,
    outline: Outline,
}

pub(super) fn run(arguments: &ShowArguments) -> Result<u8, Failure> {
    if arguments.tree && arguments.format != TableFormat::Text {
        return Err(Failure::usage("--tree is for --format text"));
    }
    let shown = read(arguments)?;
    Target::Stdout.write::<Failure>(|out| {
        match arguments.format {
            TableFormat::Text => text(out, &shown, arguments)?,
            TableFormat::Json => write_json(out, &report(&shown, arguments))?,
            TableFormat::Markdown => table(out, &shown, arguments)?,
            TableFormat::Csv => {
                csv::row(out, COLUMNS)?;
                nodes(&shown, arguments)
                    .try_for_each(|(_, node)| csv::row(out, cells(node, &node.licenses.join(", "))))?;
            }
        }
        Ok(())
    })?;
    Ok(exit::DONE)
}

/// Reads as little of the document as will do.
fn read(arguments: &ShowArguments) -> Result<Shown, Failure> {
    let limits = arguments.document.limits.limits();
    let path = &arguments.document.path;
    let filtered = arguments.filter.as_ref().is_some_and(plimsoll_sbom::outline::Filter::needs_all);
    if arguments.format == TableFormat::Text && !arguments.licenses && !filtered {
        let bytes = input::bytes(path, &limits)?;
        let failed = |error: ReadError| {
            Failure::failed(anyhow::Error::new(error).context(format!("cannot read {}", path.display())))
        };
        let encoding = detect(&bytes).map_err(failed)?;
        if matches!(encoding, Encoding::CycloneDxJson | Encoding::SpdxJson) {
            let text = lean::text(&bytes).map_err(failed)?;
            let lean = lean::lean(&text, encoding, &limits).map_err(failed)?;
            let version = lean.version.trim_start_matches("SPDX-");
            let format = format!("{}@{version}", encoding.name());
            return Ok(Shown { format, outline: Outline::from(&lean) });
        }
        let parsed = input::opened(path, &bytes, &limits)?;
        let format = Format::Standard(parsed.encoding, parsed.version).to_string();
        return Ok(Shown { format, outline: Outline::from(&map::document(&parsed)) });
    }
    let parsed = input::document(&arguments.document)?;
    let format = Format::Standard(parsed.encoding, parsed.version).to_string();
    Ok(Shown { format, outline: Outline::from(&map::document(&parsed)) })
}

/// What the filter means, all without one.
fn nodes<'a>(shown: &'a Shown, arguments: &'a ShowArguments) -> impl Iterator<Item = (usize, &'a Node)> {
    let fits = |node: &Node| arguments.filter.as_ref().is_none_or(|filter| filter.matches(node));
    shown.outline.nodes.iter().enumerate().filter(move |(_, node)| fits(node))
}

/// The few words about the whole, as pairs.
fn head(shown: &Shown) -> Vec<(&'static str, String)> {
    let outline = &shown.outline;
    let subjects: Vec<String> = outline.roots.iter().filter_map(|at| outline.nodes.get(*at)).map(Node::label).collect();
    let mut counts: Vec<(&str, usize)> = outline.counts().into_iter().collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let counts: Vec<String> = counts.into_iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    let mut completeness = outline.completeness.clone();
    completeness.sort();
    completeness.dedup();
    let components = outline.nodes.len().saturating_sub(outline.roots.len());
    let mut head = vec![
        ("format", shown.format.clone()),
        ("subject", subjects.join(", ")),
        ("created", outline.created.clone()),
        ("created by", outline.tools.join(", ")),
        ("complete", completeness.join(", ")),
        ("components", format!("{components} ({})", counts.join(", "))),
        ("edges", outline.edges().to_string()),
    ];
    if outline.files > 0 {
        head.push(("files", outline.files.to_string()));
    }
    for (_, value) in head.iter_mut().filter(|(_, value)| value.is_empty()) {
        value.push_str("not said");
    }
    head
}

fn text(out: &mut dyn Write, shown: &Shown, arguments: &ShowArguments) -> io::Result<()> {
    for (name, value) in head(shown) {
        writeln!(out, "{name:<10}  {}", printable(&value))?;
    }
    writeln!(out)?;
    if arguments.tree {
        let lines = shown.outline.tree(arguments.filter.as_ref(), arguments.depth);
        return lines.iter().try_for_each(|line| writeln!(out, "{}", drawn(line, arguments)));
    }
    let mut rows = vec![vec!["NAME".to_owned(), "VERSION".to_owned(), "TYPE".to_owned()]];
    if arguments.licenses {
        rows.iter_mut().for_each(|row| row.extend(["SCOPE".to_owned(), "LICENSES".to_owned()]));
    }
    for (_, node) in nodes(shown, arguments) {
        let mut row = vec![printable(&node.name), printable(&node.version), printable(node.family())];
        if arguments.licenses {
            row.extend([printable(&node.scope), printable(&node.licenses.join(", "))]);
        }
        rows.push(row);
    }
    columns(out, &rows)
}

/// Widths of columns; one long name does not push all the others away.
const WIDEST: usize = 60;

fn columns(out: &mut dyn Write, rows: &[Vec<String>]) -> io::Result<()> {
    let count = rows.first().map_or(0, Vec::len);
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells.map(|cell| cell.chars().count()).filter(|width| *width <= WIDEST).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    for row in rows {
        let cell = |(cell, width): (&String, &usize)| {
            let cell = if cell.is_empty() { "-" } else { cell.as_str() };
            format!("{cell:<width$}")
        };
        let line: Vec<String> = row.iter().zip(&widths).map(cell).collect();
        writeln!(out, "{}", line.join("  ").trim_end())?;
    }
    Ok(())
}

fn drawn(line: &Line<'_>, arguments: &ShowArguments) -> String {
    let mut out = String::new();
    if let Some((last, above)) = line.more.split_last() {
        above.iter().for_each(|more| out.push_str(if *more { "│   " } else { "    " }));
        out.push_str(if *last { "├── " } else { "└── " });
    }
    out.push_str(&printable(&line.node.label()));
    if arguments.licenses && !line.node.licenses.is_empty() {
        out.push_str(&format!(" [{}]", printable(&line.node.licenses.join(", "))));
    }
    if line.repeated {
        out.push_str(" (*)");
    }
    if line.cut {
        out.push_str(" …");
    }
    out
}

const COLUMNS: [&str; 6] = ["name", "version", "type", "scope", "licenses", "purl"];

fn cells<'a>(node: &'a Node, licenses: &'a str) -> [&'a str; 6] {
    [&node.name, &node.version, node.family(), &node.scope, licenses, &node.purl]
}

fn table(out: &mut dyn Write, shown: &Shown, arguments: &ShowArguments) -> io::Result<()> {
    for (name, value) in head(shown) {
        writeln!(out, "- {name}: {}", markdown::text(&value))?;
    }
    writeln!(out)?;
    markdown::head(out, &COLUMNS)?;
    nodes(shown, arguments).try_for_each(|(_, node)| markdown::row(out, cells(node, &node.licenses.join(", "))))
}

fn report(shown: &Shown, arguments: &ShowArguments) -> Value {
    let outline = &shown.outline;
    let id = |at: &usize| outline.nodes.get(*at).map(|node| node.id.clone());
    let components = nodes(shown, arguments).map(|(at, node)| {
        let children = outline.children.get(at).into_iter().flatten();
        json!({
            "id": node.id,
            "name": node.name,
            "version": some(&node.version),
            "type": node.family(),
            "kind": some(&node.kind),
            "purl": some(&node.purl),
            "scope": some(&node.scope),
            "licenses": node.licenses,
            "dependencies": children.filter_map(id).collect::<Vec<_>>(),
        })
    });
    json!({
        "schema": SCHEMA,
        "format": shown.format,
        "subjects": outline.roots.iter().filter_map(id).collect::<Vec<_>>(),
        "created": some(&outline.created),
        "tools": outline.tools,
        "completeness": outline.completeness,
        "counts": outline.counts(),
        "edges": outline.edges(),
        "files": outline.files,
        "components": components.collect::<Vec<_>>(),
    })
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
