//! Measures jobs on one large CycloneDX document: CPU and memory of each, in a process of its own.
//!
//! `cargo run --release -p plimsoll-tests --example documents -- [COMPONENTS [RUNS]]` makes the document, runs each job that
//! often, and prints a Markdown table of medians (`docs/benchmarks.md`). It ends with 1 when a line of [`LINES`] is missed.
//! Linux only: it reads `/proc`.

use std::fs;
use std::hint::black_box;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use jsonschema::Registry;
use plimsoll_model::Limits;
use plimsoll_sbom::convert::{Carry, convert};
use plimsoll_sbom::encoding::{self, Encoding};
use plimsoll_sbom::{Format, diff, lean, map, open, validate};
use plimsoll_tests::{TemporaryDirectory, cyclonedx_json, shared};
use serde::de::IgnoredAny;
use serde_json::Value;

/// About 98 MB.
const COMPONENTS: usize = 48_000;

const RUNS: usize = 3;

/// The jobs, and what they are called in the table.
const JOBS: &[(&str, &str)] = &[
    ("lean", "components and dependencies (`lean`)"),
    ("validate", "**validate**, references and circles too"),
    ("read", "a tree that can be written back (`open`)"),
    ("document", "the neutral document (`open`, `map::document`)"),
    ("cyclonedx-xml@1.6", "convert to CycloneDX XML, read and written"),
    ("spdx-json@2.3", "convert to SPDX 2.3 JSON, losses counted, read and written"),
    ("spdx-json@3.0.1", "convert to SPDX 3.0.1 JSON-LD, the same"),
    ("diff", "diff with itself, both read"),
    ("serde-ignored", "serde_json 1.0, all of it ignored (`IgnoredAny`)"),
    ("serde-value", "serde_json 1.0 to `Value`"),
    ("jsonschema", "`jsonschema` 0.60 over that `Value` with the official schema, parsing included"),
];

/// What no run on an idle machine may be over: seconds of user CPU, and megabytes.
const LINES: &[(&str, f64, f64)] = &[("validate", 1.2, 250.0), ("lean", 0.15, 250.0)];

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, job, file] = arguments.as_slice()
        && word == "job"
    {
        perform(job, Path::new(file))?;
        writeln!(io::stdout(), "{} {}", user_seconds()?, peak_megabytes()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let number = |at: usize, otherwise| arguments.get(at).map_or(Ok(otherwise), |text| text.parse());
    table(number(0, COMPONENTS)?, number(1, RUNS)?.max(1))
}

/// Runs all jobs in turn, so that a busy moment of the machine meets all of them.
fn table(components: usize, runs: usize) -> Result<ExitCode> {
    let directory = TemporaryDirectory::new();
    let file = directory.path().join("bom.json");
    let bytes = cyclonedx_json(components);
    fs::write(&file, &bytes)?;
    let mut out = io::stdout();
    writeln!(out, "{components} components, {} bytes, {runs} runs", bytes.len())?;
    drop(bytes);
    let mut measured: Vec<Vec<(f64, f64)>> = vec![Vec::new(); JOBS.len()];
    for _ in 0..runs {
        for ((job, _), results) in JOBS.iter().zip(&mut measured) {
            if *job == "jsonschema" && shared("conformance/cyclonedx/schema").is_none() {
                continue;
            }
            results.push(run(job, &file)?);
        }
    }
    writeln!(out, "\n| job | CPU s | lowest–highest | peak MB |\n|---|---|---|---|")?;
    let mut missed = false;
    for ((job, title), results) in JOBS.iter().zip(&mut measured) {
        results.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (Some(first), Some(last)) = (results.first(), results.last()) else { continue };
        let (seconds, megabytes) = results.get(results.len() / 2).copied().unwrap_or(*first);
        writeln!(out, "| {title} | {seconds:.2} | {:.2}–{:.2} | {megabytes:.0} |", first.0, last.0)?;
        let line = LINES.iter().find(|(name, ..)| name == job);
        missed |= line.is_some_and(|(_, most, memory)| seconds > *most || megabytes > *memory);
    }
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn run(job: &str, file: &Path) -> Result<(f64, f64)> {
    let output = Command::new(std::env::current_exe()?).args(["job", job]).arg(file).output()?;
    if !output.status.success() {
        bail!("{job}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout)?;
    let (seconds, megabytes) = text.trim().split_once(' ').context("two numbers")?;
    Ok((seconds.parse()?, megabytes.parse()?))
}

fn perform(job: &str, file: &Path) -> Result<()> {
    let limits = Limits::DEFAULT;
    let bytes = fs::read(file)?;
    match job {
        "lean" => {
            let text = lean::text(&bytes)?;
            black_box(lean::lean(&text, Encoding::CycloneDxJson, &limits)?);
        }
        "validate" => {
            let verdict = validate(&bytes, Encoding::CycloneDxJson, &limits)?;
            if !verdict.is_valid() {
                bail!("the document is not valid: {:?}", verdict.faults.first());
            }
        }
        "read" => drop(black_box(open(&bytes, &limits)?)),
        "document" => drop(black_box(map::document(&open(&bytes, &limits)?))),
        "diff" => {
            let before = map::document(&open(&bytes, &limits)?);
            let after = map::document(&open(&bytes, &limits)?);
            if !diff::diff(&before, &after).changes().is_empty() {
                bail!("the document differs from itself");
            }
        }
        "serde-ignored" => drop(black_box(serde_json::from_slice::<IgnoredAny>(&bytes)?)),
        "serde-value" => drop(black_box(serde_json::from_slice::<Value>(&bytes)?)),
        "jsonschema" => {
            let document: Value = serde_json::from_slice(&bytes)?;
            if !validator()?.is_valid(&document) {
                bail!("the document is not valid");
            }
        }
        format => {
            let Format::Standard(encoding, version) = Format::parse(format)? else { bail!("no format of a standard") };
            let parsed = open(&bytes, &limits)?;
            drop(bytes);
            let conversion = convert(&parsed, encoding, version, Carry::None);
            encoding::write(&conversion.tree, encoding, version, &mut io::sink())?;
        }
    }
    Ok(())
}

/// The validator of the official schema.
fn validator() -> Result<jsonschema::Validator> {
    let root = shared("conformance/cyclonedx/schema").context("no official schemas")?;
    let read = |name: &str| -> Result<Value> {
        Ok(serde_json::from_slice(&fs::read(root.join(format!("{name}.schema.json")))?)?)
    };
    let mut registry = Registry::new();
    for name in ["spdx", "jsf-0.82"] {
        registry = registry.add(format!("http://cyclonedx.org/schema/{name}.schema.json"), read(name)?)?;
    }
    let registry = registry.prepare()?;
    Ok(jsonschema::options().with_registry(&registry).build(&read("bom-1.6")?)?)
}

/// CPU that this process spent outside of the kernel (proc_pid_stat(5), field 14, in hundredths of seconds).
fn user_seconds() -> Result<f64> {
    let text = fs::read_to_string("/proc/self/stat")?;
    let (_, after) = text.rsplit_once(") ").context("the name of the program")?;
    let ticks: f64 = after.split(' ').nth(11).context("user time")?.parse()?;
    Ok(ticks / 100.0)
}

/// The most memory that this process had.
fn peak_megabytes() -> Result<f64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024.0 / 1e6)
}
