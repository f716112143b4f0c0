//! `plimsoll vex check`.

use std::io::{self, Write};

use plimsoll_advisory::vex::{FaultLevel, VexDocument, VexError, VexFault, read};
use plimsoll_model::printable;
use serde_json::{Value, json};

use crate::args::{FaultFormat, VexCheckArguments};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::junit::{self, Case, CaseResult, Suite};
use crate::output::{Target, Ui, sarif, write_json};

const SCHEMA: &str = "plimsoll.vex.check/1";

/// A document and what was found.
struct Checked {
    name: String,
    /// `None` when it could not be read at all.
    document: Option<VexDocument>,
    faults: Vec<Fault>,
    valid: bool,
}

/// A fault of a document, or why it could not be read.
struct Fault {
    level: FaultLevel,
    rule: &'static str,
    pointer: String,
    line: Option<u32>,
    message: String,
}

impl From<&VexFault> for Fault {
    fn from(fault: &VexFault) -> Self {
        Self {
            level: fault.level,
            rule: fault.rule,
            pointer: fault.pointer.to_string(),
            line: fault.line,
            message: fault.message.to_string(),
        }
    }
}

pub(super) fn run(arguments: &VexCheckArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let mut checked = Vec::new();
    for path in &arguments.documents {
        let limits = arguments.limits.limits();
        let bytes = input::bytes(path, &limits)?;
        let name = path.display().to_string();
        let outcome = match read(&bytes, &limits) {
            Err(VexError::Unknown) => super::enveloped(&bytes, &name, &limits).ok_or(VexError::Unknown),
            outcome => outcome,
        };
        checked.push(check(name, outcome, arguments.strict));
    }
    match arguments.format {
        FaultFormat::Text => Target::Stdout.write(|out| text(out, &checked).map_err(Failure::from))?,
        FaultFormat::Json => Target::Stdout.write(|out| write_json(out, &report(&checked)).map_err(Failure::from))?,
        FaultFormat::Sarif => {
            let report = sarif::report("vex check", checked.iter().flat_map(results));
            Target::Stdout.write(|out| write_json(out, &report).map_err(Failure::from))?;
        }
        FaultFormat::Junit => {
            let suites: Vec<Suite> = checked.iter().map(suite).collect();
            Target::Stdout.write(|out| junit::write(out, "plimsoll vex check", &suites).map_err(Failure::from))?;
        }
    }
    let invalid = checked.iter().filter(|one| !one.valid).count();
    if checked.len() > 1 {
        ui.status(&format!("{} of {} documents are valid", checked.len().saturating_sub(invalid), checked.len()));
    }
    Ok(if invalid > 0 { exit::NO } else { exit::DONE })
}

fn check(name: String, outcome: Result<VexDocument, VexError>, strict: bool) -> Checked {
    match outcome {
        Ok(document) => {
            let faults: Vec<Fault> = document.faults.iter().map(Fault::from).collect();
            let valid = if strict { faults.is_empty() } else { document.is_valid() };
            Checked { name, document: Some(document), faults, valid }
        }
        Err(error) => {
            let (line, message) = match &error {
                VexError::Syntax { source } => (source.line(), format!("not valid JSON: {source}")),
                _ => (None, error.to_string()),
            };
            let (level, pointer) = (FaultLevel::Error, String::new());
            Checked {
                name,
                document: None,
                faults: vec![Fault { level, rule: "format", pointer, line, message }],
                valid: false,
            }
        }
    }
}

fn format(one: &Checked) -> Option<String> {
    one.document.as_ref().map(|document| format!("{} {}", document.format, document.format_version))
}

fn place(fault: &Fault) -> String {
    let line = fault.line.map(|line| format!("{line}: ")).unwrap_or_default();
    let pointer = if fault.pointer.is_empty() { String::new() } else { format!("{}: ", fault.pointer) };
    format!("{line}{pointer}{}", fault.message)
}

fn text(out: &mut dyn Write, checked: &[Checked]) -> io::Result<()> {
    for one in checked {
        let state = if one.valid { "valid" } else { "NOT VALID" };
        let count = one.document.as_ref().map(|document| format!(", {} statements", document.statements.len()));
        let format = format(one).unwrap_or_else(|| "no known document".to_owned());
        writeln!(out, "{}: {state} {}{}", printable(&one.name), printable(&format), count.unwrap_or_default())?;
        for fault in &one.faults {
            writeln!(out, "  {} [{}] {}", fault.level.word(), fault.rule, printable(&place(fault)))?;
        }
    }
    Ok(())
}

fn report(checked: &[Checked]) -> Value {
    let documents = checked.iter().map(|one| {
        let faults = one.faults.iter().map(|fault| {
            json!({
                "rule": fault.rule, "level": fault.level.word(), "pointer": fault.pointer, "line": fault.line,
                "message": fault.message,
            })
        });
        let unsound = one.document.iter().flat_map(|document| &document.statements).filter(|next| !next.sound);
        json!({
            "document": one.name,
            "valid": one.valid,
            "format": one.document.as_ref().map(|document| document.format.name()),
            "formatVersion": one.document.as_ref().map(|document| &document.format_version),
            "statements": one.document.as_ref().map(|document| document.statements.len()),
            "unsound": unsound.map(|statement| &statement.pointer).collect::<Vec<_>>(),
            "faults": faults.collect::<Vec<_>>(),
        })
    });
    json!({ "schema": SCHEMA, "documents": documents.collect::<Vec<_>>() })
}

fn results(one: &Checked) -> impl Iterator<Item = sarif::Finding> {
    one.faults.iter().map(|fault| sarif::Finding {
        rule: format!("vex-{}", fault.rule),
        level: fault.level.word(),
        message: place(fault),
        file: one.name.clone(),
        line: fault.line,
    })
}

fn suite(one: &Checked) -> Suite {
    let class = format(one).unwrap_or_else(|| "VEX".to_owned());
    let case = |name: &str, result| Case { name: name.to_owned(), class: class.clone(), result };
    let mut cases: Vec<Case> = one
        .faults
        .iter()
        .filter(|fault| fault.level == FaultLevel::Error)
        .map(|fault| {
            let (code, message) = (format!("vex-{}", fault.rule), fault.message.clone());
            case(&fault.pointer, CaseResult::Failed { code, message, detail: place(fault) })
        })
        .collect();
    if cases.is_empty() {
        cases.push(case("document", CaseResult::Passed));
    }
    Suite { name: one.name.clone(), cases }
}
