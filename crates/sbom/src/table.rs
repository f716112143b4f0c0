//! Columns for people.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, presets};
use plimsoll_model::{Purl, printable};

use crate::Document;
use crate::document::Element;

/// Writes name, version, type, scope and first place of each component; what the document is about is left out.
pub(crate) fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let mut table = comfy_table::Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["NAME", "VERSION", "TYPE", "SCOPE", "FOUND IN"]);
    for (_, component) in document.components().filter(|(at, _)| !document.roots.contains(at)) {
        table.add_row(row(component));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end().trim_start_matches(' '))?;
    }
    Ok(())
}

fn row(component: &Element) -> [String; 5] {
    let version = component.version.as_deref().filter(|version| !version.is_empty());
    let range = || property(component, "plimsoll:version-range").or(component.version_range.as_deref());
    let purl = component.purls.first().and_then(|purl| Purl::parse(purl).ok());
    let place = component.sightings.first().map(|seen| match seen.line {
        Some(line) => format!("{}:{line}", seen.location),
        None => seen.location.clone(),
    });
    let more = match component.sightings.len() {
        0 | 1 => String::new(),
        count => format!(" (+{})", count.saturating_sub(1)),
    };
    [
        printable(&component.full_name()),
        printable(version.or_else(range).unwrap_or("-")),
        purl.as_ref().map_or("-", |purl| purl.kind()).to_owned(),
        printable(scope(component)),
        printable(&(place.unwrap_or_default() + &more)),
    ]
}

fn property<'a>(component: &'a Element, name: &str) -> Option<&'a str> {
    component.properties.iter().find(|property| property.name == name).map(|property| property.value.as_str())
}

/// The scope in our words, which tell development from building.
fn scope(component: &Element) -> &str {
    match (property(component, "plimsoll:scope"), component.scope.as_deref()) {
        (Some(word), _) => word,
        (None, Some("required")) => "runtime",
        (None, Some(word)) => word,
        (None, None) => "-",
    }
}
