//! `plimsoll sbom validate`.

use std::io::Write;
use std::path::Path;

use plimsoll_model::printable;
use plimsoll_sbom::encoding::ReadError;
use plimsoll_sbom::validate::{Verdict, validate};
use plimsoll_sbom::{Fault, Format, detect};
use serde_json::{Value, json};

use crate::args::{FaultFormat, ValidateArguments};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, sarif, write_json};

const SCHEMA: &str = "plimsoll.sbom.validate/1";

/// One document and what was found.
struct Checked {
    name: String,
    /// What it claims to be; `None` when not even that is known.
    verdict: Option<Verdict>,
    faults: Vec<Fault>,
    valid: bool,
}

pub(super) fn run(arguments: &ValidateArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let checked: Vec<Checked> =
        arguments.documents.iter().map(|path| check(path, arguments)).collect::<Result<_, _>>()?;
    match arguments.format {
        FaultFormat::Text => Target::Stdout.write(|out| text(out, &checked, arguments.show))?,
        FaultFormat::Json => Target::Stdout.write(|out| write_json(out, &report(&checked)))?,
        FaultFormat::Sarif => {
            let report = sarif::report("sbom validate", checked.iter().flat_map(results));
            Target::Stdout.write(|out| write_json(out, &report))?;
        }
        FaultFormat::Junit => Target::Stdout.write(|out| junit(out, &checked))?,
    }
    let invalid = checked.iter().filter(|one| !one.valid).count();
    if checked.len() > 1 {
        ui.status(&format!("{} of {} documents are valid", checked.len().saturating_sub(invalid), checked.len()));
    }
    Ok(if invalid > 0 { exit::NO } else { exit::DONE })
}

fn check(path: &Path, arguments: &ValidateArguments) -> Result<Checked, Failure> {
    let limits = arguments.limits.limits();
    let bytes = input::bytes(path, &limits)?;
    let name = path.display().to_string();
    let verdict = detect(&bytes).and_then(|encoding| validate(&bytes, encoding, &limits));
    Ok(match verdict {
        Ok(mut verdict) => {
            let faults = std::mem::take(&mut verdict.faults);
            let valid = verdict.is_valid() && (!arguments.strict || faults.is_empty());
            Checked { name, verdict: Some(verdict), faults, valid }
        }
        Err(ReadError::Syntax(fault) | ReadError::Limit(fault)) => {
            Checked { name, verdict: None, faults: vec![*fault], valid: false }
        }
        Err(error) => {
            return Err(Failure::failed(anyhow::Error::new(error).context(format!("cannot validate {name}"))));
        }
    })
}

fn claims(one: &Checked) -> String {
    one.verdict.as_ref().map_or_else(
        || "no known document".to_owned(),
        |verdict| Format::Standard(verdict.encoding, verdict.version).to_string(),
    )
}

fn text(out: &mut dyn Write, checked: &[Checked], show: usize) -> Result<(), Failure> {
    for one in checked {
        let wrong = one.faults.iter().filter(|fault| !fault.advice).count();
        let advice = one.faults.len().saturating_sub(wrong);
        let state = if one.valid { "valid" } else { "NOT VALID" };
        let counts = one.verdict.as_ref().map(|verdict| {
            let of = |name: &str| match verdict.counts.of(name) {
                0 => String::new(),
                count => format!(", {count} {name} objects"),
            };
            ["component", "package", "dependency", "relationship"].map(of).concat()
        });
        let counts = counts.unwrap_or_default();
        let name = printable(&one.name);
        writeln!(out, "{name}: {state} {}{counts}, {wrong} wrong, {advice} advised", claims(one))?;
        let most = if show == 0 { usize::MAX } else { show };
        let mut faults: Vec<&Fault> = one.faults.iter().collect();
        // What is wrong comes before what is advised.
        faults.sort_by_key(|fault| fault.advice);
        for fault in faults.iter().take(most) {
            let word = if fault.advice { "advice" } else { "fault" };
            writeln!(out, "  {word} [{}] {}", fault.kind.word(), printable(&fault.to_string()))?;
        }
        if faults.len() > most {
            writeln!(out, "  and {} more (--show 0)", faults.len().saturating_sub(most))?;
        }
    }
    Ok(())
}

fn report(checked: &[Checked]) -> Value {
    let documents: Vec<Value> = checked
        .iter()
        .map(|one| {
            let counts = one.verdict.iter().flat_map(|verdict| verdict.counts.iter());
            json!({
                "document": one.name,
                "valid": one.valid,
                "format": one.verdict.as_ref().map(|_| claims(one)),
                "counts": counts.map(|(name, count)| (name.to_owned(), count.into())).collect::<serde_json::Map<_, _>>(),
                "faults": one.faults.iter().map(fault).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "schema": SCHEMA, "documents": documents })
}

fn fault(fault: &Fault) -> Value {
    json!({
        "kind": fault.kind.word(),
        "severity": if fault.advice { "advice" } else { "fault" },
        "pointer": fault.pointer.as_str(),
        "line": fault.line,
        "message": fault.message,
    })
}

fn results(one: &Checked) -> impl Iterator<Item = sarif::Finding> {
    one.faults.iter().map(|fault| sarif::Finding {
        rule: format!("sbom-{}", fault.kind.word()),
        level: if fault.advice { "note" } else { "error" },
        message: fault.to_string(),
        file: one.name.clone(),
        line: fault.line,
    })
}

fn junit(out: &mut dyn Write, checked: &[Checked]) -> Result<(), Failure> {
    let failures = checked.iter().filter(|one| !one.valid).count();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuite name="plimsoll sbom validate" tests="{}" failures="{failures}">"#, checked.len())?;
    for one in checked {
        let name = xml(&one.name);
        if one.valid {
            writeln!(out, r#"  <testcase name="{name}"/>"#)?;
            continue;
        }
        writeln!(out, r#"  <testcase name="{name}">"#)?;
        for fault in one.faults.iter().filter(|fault| !fault.advice) {
            writeln!(out, r#"    <failure type="{}" message="{}"/>"#, fault.kind.word(), xml(&fault.to_string()))?;
        }
        writeln!(out, "  </testcase>")?;
    }
    writeln!(out, "</testsuite>")?;
    Ok(())
}

/// Text within an attribute of XML.
fn xml(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
