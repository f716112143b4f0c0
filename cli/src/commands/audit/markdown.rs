//! For pages and comments.

use std::io::{self, Write};

use super::{Report, text};
use crate::output::markdown;

pub(super) fn write(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(out, "## Audit of {}\n", markdown::text(&report.subject))?;
    writeln!(out, "{}\n", markdown::text(&text::summary(report)))?;
    if !report.shown.is_empty() {
        markdown::head(out, &["Severity", "Component", "Installed", "Fixed in", "Advisory", "Through", "Refused"])?;
        for (row, reason) in &report.shown {
            let name =
                if row.artifact.is_empty() { row.name.clone() } else { format!("{}: {}", row.artifact, row.name) };
            let cells = [
                text::label(row),
                name,
                text::or_dash(&row.installed),
                text::or_dash(&row.fixed.join(" ")),
                row.ids().collect::<Vec<_>>().join(" "),
                text::or_dash(&row.path.join(" > ")),
                text::or_dash(reason.as_deref().unwrap_or_default()),
            ];
            markdown::row(out, cells.iter().map(String::as_str))?;
        }
        writeln!(out)?;
    }
    for line in text::denominator(report) {
        writeln!(out, "- {}", markdown::text(&line))?;
    }
    Ok(())
}
