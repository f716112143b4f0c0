//! The same occurrences in plain normalised tables: what one would write first, to measure against.
//!
//! `package`, `version` (with its place in the order of versions, so that a range is a comparison), `artifact`, and
//! `occurrence (artifact, version)` with an index for each way. Rows come as numbers; no document is read or written.

mod postgresql;
mod sqlite;

pub(crate) use postgresql::sizes as postgres_sizes;
pub(crate) use sqlite::table_sizes;

use std::io::{self, Write as _};

use anyhow::{Result, ensure};
use plimsoll_bench::{Build, Builds, Component, PackageId, Universe};
use rustc_hash::FxHashMap;

use crate::measure::{Times, Watch};
use crate::options::{Arguments, Made};
use crate::questions::questions;

/// How many artifacts a page shows.
pub(crate) const PAGE: usize = 50;

/// A database that is filled and asked.
trait Engine {
    /// Stores one build; its components as numbers of `version` rows, those not seen before with their text.
    fn add(&mut self, artifact: u32, build: &Build<'_>, versions: &[u32], new: &[NewVersion<'_>]) -> Result<()>;
    /// All builds were added: makes what is made last.
    fn finish(&mut self) -> Result<()>;
    /// Bytes of each table and index.
    fn sizes(&mut self) -> Result<Vec<(String, u64)>>;
    /// Counts the artifacts with such a version and reads the first page of them.
    fn ask(&mut self, purl: &str, below: u16) -> Result<usize>;
    /// Processor seconds outside of this process.
    fn elsewhere(&mut self) -> Result<f64>;
}

/// A component that no build before had.
struct NewVersion<'a> {
    id: u32,
    package: u32,
    purl: &'a str,
    version: &'a str,
    place: u16,
}

pub(crate) fn run(made: &Made, arguments: &mut Arguments) -> Result<()> {
    report(&Universe::new(made.shape.seed, 100), made, arguments.flag("--postgres"))
}

/// Fills the tables, asks, and prints what it took as Markdown.
pub(crate) fn report(universe: &Universe, made: &Made, postgres: bool) -> Result<()> {
    let mut engine: Box<dyn Engine> =
        if postgres { Box::new(postgresql::Postgresql::new()?) } else { Box::new(sqlite::Sqlite::new()?) };
    let title = if postgres { "PostgreSQL" } else { "SQLite" };
    // Making the builds without storing them, to be subtracted.
    let watch = Watch::new()?;
    Builds::new(universe, made.shape).builds(made.order, |_| Ok::<_, anyhow::Error>(()))?;
    let making = watch.read()?.0;
    let watch = Watch::new()?;
    fill(universe, made, engine.as_mut())?;
    let (processor, wall) = watch.read()?;
    let processor = processor + engine.elsewhere()? - making;
    let (documents, occurrences) = (made.shape.documents() as f64, made.shape.occurrences() as f64);
    let mut out = io::stdout();
    writeln!(out, "\n### Normalised tables on {title}: {documents} documents, rows alone\n\n| | |\n|---|---|")?;
    writeln!(
        out,
        "| processor s; wall s; documents a second and core | {processor:.1}; {wall:.1}; {:.0} |",
        documents / processor
    )?;
    let sizes = engine.sizes()?;
    let all = sizes.iter().map(|(_, bytes)| bytes).sum::<u64>() as f64;
    writeln!(out, "| store | {:.1} MB, **{:.2} B an occurrence** |", all / 1e6, all / occurrences)?;
    for (name, bytes) in sizes.iter().filter(|(_, bytes)| *bytes as f64 > occurrences / 20.0) {
        writeln!(out, "| `{name}` | {:.1} MB, {:.2} B |", *bytes as f64 / 1e6, *bytes as f64 / occurrences)?;
    }
    writeln!(out, "\n| question | artifacts | median / 95th percentile (first), ms |\n|---|---|---|")?;
    for question in questions(universe, made)? {
        let mut found = 0;
        let times = Times::of(20, || {
            found = engine.ask(&question.purl, question.below)?;
            Ok(())
        })?;
        ensure!(found == question.artifacts, "{}: {found} found, not {}", question.purl, question.artifacts);
        writeln!(
            out,
            "| {}: `{}@<{}` | {found} | {} |",
            question.title,
            question.purl,
            question.version,
            times.text()
        )?;
    }
    Ok(())
}

fn fill(universe: &Universe, made: &Made, engine: &mut dyn Engine) -> Result<()> {
    let mut versions: FxHashMap<Component, u32> = FxHashMap::default();
    let mut packages: FxHashMap<PackageId, u32> = FxHashMap::default();
    let mut artifact = 0;
    let mut ids = Vec::new();
    Builds::new(universe, made.shape).builds(made.order, |build| -> Result<()> {
        ids.clear();
        let mut new = Vec::new();
        for component in build.components {
            let next = versions.len() as u32;
            let id = *versions.entry(*component).or_insert(next);
            if id == next {
                let package = packages.len() as u32;
                let package = *packages.entry(component.package).or_insert(package);
                let version = universe.version(component.package, component.version);
                let purl = universe.purl(component.package);
                new.push(NewVersion { id, package, purl, version, place: component.version });
            }
            ids.push(id);
        }
        ids.sort_unstable();
        engine.add(artifact, build, &ids, &new)?;
        artifact += 1;
        Ok(())
    })?;
    engine.finish()
}
