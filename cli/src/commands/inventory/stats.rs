//! `plimsoll inventory stats`.

use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp};
use plimsoll_inventory::{Breakdown, Share, Statistics, StatisticsQuery, StatisticsRow};
use plimsoll_model::printable;
use serde_json::{Value, json};

use super::open;
use crate::args::{BreakdownArgument, InventoryStatsArguments, StatsFormat};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, csv, write_json};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

pub(super) fn run(arguments: &InventoryStatsArguments, ui: &mut Ui) -> Result<u8, Failure> {
    // What happened in this second belongs to it.
    let now = || Timestamp::now().saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
    let to = arguments.to.unwrap_or_else(now);
    let before = to.checked_sub(SignedDuration::from_secs(90_i64.saturating_mul(DAY))).unwrap_or(to);
    let from = arguments.from.unwrap_or(before);
    if from >= to {
        return Err(Failure::usage("--from has to be before --to"));
    }
    let by = match arguments.by {
        BreakdownArgument::Team => Breakdown::Team,
        BreakdownArgument::Env => Breakdown::Environment,
        BreakdownArgument::Severity => Breakdown::Severity,
        BreakdownArgument::Lineage => Breakdown::Lineage,
    };
    let query = StatisticsQuery { from, to, by };
    let mut inventory = open::open(&open::location(&arguments.store)?)?;
    let told = inventory.statistics(&query)?;
    if told.assessed.is_none() {
        // No findings would read as if there were none to be found.
        return Err(Failure::failed(anyhow::anyhow!("nothing was audited yet"))
            .hint("`plimsoll audit --fleet` looks for findings and notes what happens to them"));
    }
    Target::Stdout.write(|out| -> Result<(), Failure> {
        match arguments.format {
            StatsFormat::Text => text(out, &told, arguments.by)?,
            StatsFormat::Csv => table(out, &told, &query)?,
            StatsFormat::Json => write_json(out, &report(&told, &query, arguments.by))?,
        }
        Ok(())
    })?;
    if let Some(assessed) = told.assessed {
        ui.status(&format!("findings are as of {assessed}"));
    }
    Ok(exit::DONE)
}

fn word(by: BreakdownArgument) -> &'static str {
    match by {
        BreakdownArgument::Team => "team",
        BreakdownArgument::Env => "env",
        BreakdownArgument::Severity => "severity",
        BreakdownArgument::Lineage => "lineage",
    }
}

/// The name of a group; what belongs to none has to be seen as such.
fn group(row: &StatisticsRow) -> &str {
    if row.group.is_empty() { "(none)" } else { &row.group }
}

/// Seconds as days with one place.
fn days(seconds: Option<i64>) -> String {
    seconds.map_or_else(
        || "-".to_owned(),
        |seconds| {
            let tenths = seconds.saturating_mul(10).saturating_add(DAY / 2) / DAY;
            format!("{}.{}", tenths / 10, tenths % 10)
        },
    )
}

fn cells(name: &str, row: &StatisticsRow) -> [String; 7] {
    [
        printable(name),
        row.new.to_string(),
        row.fixed.to_string(),
        row.open.to_string(),
        days(row.survival.median),
        days(row.survival.ninetieth),
        (row.exploited_seconds / HOUR).to_string(),
    ]
}

fn text(out: &mut dyn Write, told: &Statistics, by: BreakdownArgument) -> io::Result<()> {
    let head = [word(by), "new", "fixed", "open", "median days", "p90 days", "kev hours"].map(str::to_owned);
    let mut rows = vec![head];
    rows.extend(told.rows.iter().map(|row| cells(group(row), row)));
    rows.push(cells("all", &told.total));
    let width =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..7).map(width).collect();
    for row in &rows {
        let padded: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", padded.join("  ").trim_end())?;
    }
    writeln!(out)?;
    let coverage = &told.coverage;
    let of = if coverage.of_running { "builds that run" } else { "builds" };
    let share = |share: Share| format!("{} of {}", share.part, share.whole);
    writeln!(
        out,
        "of {of}: SBOM {}, signature {}, provenance {}",
        share(coverage.sbom),
        share(coverage.signature),
        share(coverage.provenance)
    )?;
    for week in &told.weeks {
        let start = week.start.map(|start| start.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
        writeln!(out, "week of {start}: {} new, {} fixed, {} open", week.new, week.fixed, week.open)?;
    }
    Ok(())
}

/// One row a group, with the span of time in each, so that files can be put together.
fn table(out: &mut dyn Write, told: &Statistics, query: &StatisticsQuery) -> io::Result<()> {
    let head = ["from", "to", "group", "new", "fixed", "open", "median_seconds", "p90_seconds", "kev_hours"];
    csv::row(out, head)?;
    let (from, to) = (query.from.to_string(), query.to.to_string());
    let number = |seconds: Option<i64>| seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
    for row in &told.rows {
        let cells = [
            from.clone(),
            to.clone(),
            row.group.clone(),
            row.new.to_string(),
            row.fixed.to_string(),
            row.open.to_string(),
            number(row.survival.median),
            number(row.survival.ninetieth),
            (row.exploited_seconds / HOUR).to_string(),
        ];
        csv::row(out, cells.iter().map(String::as_str))?;
    }
    Ok(())
}

fn figures(row: &StatisticsRow) -> Value {
    json!({
        "group": row.group, "new": row.new, "fixed": row.fixed, "open": row.open,
        "timeToFix": {
            "fixed": row.survival.fixed, "censored": row.survival.open, "medianSeconds": row.survival.median,
            "p90Seconds": row.survival.ninetieth,
        },
        "knownExploitedHours": row.exploited_seconds / HOUR,
    })
}

fn report(told: &Statistics, query: &StatisticsQuery, by: BreakdownArgument) -> Value {
    let share = |share: Share| json!({ "part": share.part, "whole": share.whole });
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let weeks = told
        .weeks
        .iter()
        .map(|week| json!({ "start": time(week.start), "new": week.new, "fixed": week.fixed, "open": week.open }));
    json!({
        "schema": "plimsoll.inventory.stats/1",
        "from": query.from.to_string(),
        "to": query.to.to_string(),
        "by": word(by),
        "assessed": time(told.assessed),
        "groups": told.rows.iter().map(figures).collect::<Vec<_>>(),
        "total": figures(&told.total),
        "coverage": {
            "of": if told.coverage.of_running { "running" } else { "builds" },
            "sbom": share(told.coverage.sbom),
            "signature": share(told.coverage.signature),
            "provenance": share(told.coverage.provenance),
        },
        "weeks": weeks.collect::<Vec<_>>(),
    })
}
