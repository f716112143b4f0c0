//! Columns for people.

use std::io::Write;

use comfy_table::{ContentArrangement, presets};
use plimsoll_model::{Component, Span, printable};

use crate::{EncodeError, Encoder, Loss, Observation};

/// Writes name, version, type, scope and first place of each component.
pub(crate) struct Table;

impl Encoder for Table {
    fn encode(&self, document: &Observation, out: &mut dyn Write) -> Result<Loss, EncodeError> {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(["NAME", "VERSION", "TYPE", "SCOPE", "FOUND IN"]);
        for (_, component) in document.graph.components() {
            table.add_row(row(component));
        }
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end().trim_start_matches(' '))?;
        }
        let mut loss = Loss::default();
        loss.add("relationship", document.graph.relationships().len());
        Ok(loss)
    }
}

fn row(component: &Component) -> [String; 5] {
    let name = match &component.group {
        Some(group) => format!("{group}/{}", component.name),
        None => component.name.to_string(),
    };
    let version = component.version.as_deref().or(component.version_range.as_deref()).unwrap_or("-");
    let kind = component.purl.as_ref().map_or("-", |purl| purl.kind());
    let place = component.evidence.first().map(|evidence| match evidence.span {
        Some(Span::Line(line)) => format!("{}:{line}", evidence.file),
        _ => evidence.file.to_string(),
    });
    let more = match component.evidence.len() {
        0 | 1 => String::new(),
        count => format!(" (+{})", count.saturating_sub(1)),
    };
    [
        printable(&name),
        printable(version),
        kind.to_owned(),
        component.scope.word().unwrap_or("-").to_owned(),
        place.unwrap_or_default() + &more,
    ]
}
