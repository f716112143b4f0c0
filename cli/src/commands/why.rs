//! `plimsoll why`.

use std::io::{self, Write};
use std::path::Path;

use plimsoll_inventory::{ArtifactRef, ComponentQuery, Context, Intake, InventoryError, PathLimits, Why, WhyMatch};
use plimsoll_model::{Limits, printable};
use serde_json::{Value, json};

use super::find::{artifact_json, name};
use super::inventory::open;
use crate::args::{ReportFormat, WhyArguments};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, markdown, write_json};

const SCHEMA: &str = "plimsoll.why/1";

pub(super) fn run(arguments: &WhyArguments) -> Result<u8, Failure> {
    let query = ComponentQuery::parse(&arguments.component)?;
    let mut limits = PathLimits::default();
    limits.paths = arguments.paths;
    let why = match file(&arguments.artifact) {
        Some(path) => {
            let bytes = input::bytes(path, &Limits::DEFAULT)?;
            let intake = Intake::read(&bytes, &Context::default(), &Limits::DEFAULT)?;
            intake.why(&query, &limits)?
        }
        None => {
            let mut inventory = open::open(&open::location(&arguments.store)?)?;
            let found = inventory.artifact(&ArtifactRef::parse(&arguments.artifact)).map_err(unknown)?;
            inventory.why(found.summary.id, &query, &limits)?
        }
    };
    Target::Stdout.write(|out| match arguments.format {
        ReportFormat::Text => text(out, &why, &arguments.component),
        ReportFormat::Json => write_json(out, &json(&why, &arguments.component)),
        ReportFormat::Markdown => table(out, &why),
    })?;
    Ok(if why.matches.is_empty() { exit::NO } else { exit::DONE })
}

/// The SBOM that is meant, if it is one.
fn file(artifact: &str) -> Option<&Path> {
    match artifact.strip_prefix("sbom:") {
        Some(path) => Some(Path::new(path)),
        None => Some(Path::new(artifact)).filter(|path| path.is_file()),
    }
}

/// What nobody can look for is a matter of usage.
fn unknown(error: InventoryError) -> Failure {
    let ambiguous = matches!(error, InventoryError::Ambiguous { .. });
    let failure = Failure::from(error);
    if ambiguous {
        Failure { code: exit::USAGE, ..failure }.hint("say which by its number or version")
    } else {
        failure
    }
}

fn text(out: &mut dyn Write, why: &Why, asked: &str) -> io::Result<()> {
    let artifact = printable(&name(&why.artifact));
    if why.matches.is_empty() {
        return writeln!(out, "{artifact} does not list {}", printable(asked));
    }
    for found in &why.matches {
        writeln!(out, "{} is in {artifact}", printable(&found.text))?;
        for path in &found.paths.shown {
            let steps: Vec<String> = path.iter().map(|step| printable(step)).collect();
            writeln!(out, "    {}", steps.join(" > "))?;
        }
        match rest(found) {
            Some(rest) => writeln!(out, "    {rest}")?,
            None if found.paths.shown.is_empty() => writeln!(out, "    {LOOSE}")?,
            None => {}
        }
    }
    if why.more > 0 {
        writeln!(out, "{} more components are like this", why.more)?;
    }
    Ok(())
}

const LOOSE: &str = "listed without a dependency that leads to it";

/// What is said of ways that are not shown.
fn rest(found: &WhyMatch) -> Option<String> {
    found.paths.rest()
}

fn table(out: &mut dyn Write, why: &Why) -> io::Result<()> {
    markdown::head(out, &["component", "through"])?;
    for found in &why.matches {
        for path in &found.paths.shown {
            markdown::row(out, [found.text.as_str(), &path.join(" > ")])?;
        }
        if let Some(rest) = rest(found) {
            markdown::row(out, [found.text.as_str(), &rest])?;
        } else if found.paths.shown.is_empty() {
            markdown::row(out, [found.text.as_str(), LOOSE])?;
        }
    }
    Ok(())
}

fn json(why: &Why, asked: &str) -> Value {
    let matches: Vec<Value> = why
        .matches
        .iter()
        .map(|found| {
            json!({
                "component": found.text, "paths": found.paths.shown, "more": found.paths.more,
                "complete": found.paths.complete,
            })
        })
        .collect();
    json!({
        "schema": SCHEMA, "artifact": artifact_json(&why.artifact), "component": asked, "matches": matches,
        "more": why.more,
    })
}
