//! For spreadsheets.

use std::io::{self, Write};

use super::Report;
use super::text::percent;
use crate::output::csv;

const HEAD: [&str; 19] = [
    "artifact",
    "team",
    "component",
    "name",
    "installed",
    "fixed",
    "kind",
    "advisory",
    "aliases",
    "rating",
    "score",
    "epss",
    "kev",
    "path",
    "rule",
    "certain",
    "claim",
    "state",
    "refused",
];

pub(super) fn write(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    csv::row(out, HEAD)?;
    for (row, reason) in &report.shown {
        let score = super::json::score(row).map(|score| format!("{score:.1}")).unwrap_or_default();
        let cells: [&str; 19] = [
            &row.artifact,
            &row.team,
            &row.component,
            &row.name,
            &row.installed,
            &row.fixed.join(" "),
            row.sort.word(),
            &row.advisory,
            &row.aliases.join(" "),
            row.rating_word(),
            &score,
            &row.epss.map(percent).unwrap_or_default(),
            &row.kev,
            &row.path.join(" > "),
            &row.rule,
            if row.certain { "yes" } else { "no" },
            &row.claim,
            row.state.word(),
            reason.as_deref().unwrap_or_default(),
        ];
        csv::row(out, cells)?;
    }
    Ok(())
}
