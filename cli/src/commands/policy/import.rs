//! `plimsoll policy import`.

use std::io::{self, Write};

use plimsoll_model::printable;
use plimsoll_policy::import::{self, From, ImportError, Imported, Remark, Source};
use serde_json::{Value, json};

use crate::args::{DataFormat, ImportFrom, PolicyImportArguments};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, write_json};

const SCHEMA: &str = "plimsoll.policy.import/1";

pub(super) fn run(arguments: &PolicyImportArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let mut files = Vec::new();
    for path in &arguments.files {
        files.push((path.display().to_string(), input::text(path)?));
    }
    let from = match arguments.from {
        ImportFrom::Auto => From::Any,
        ImportFrom::Kyverno => From::Kyverno,
        ImportFrom::Cip => From::Sigstore,
    };
    let imported = import::import(&files, from).map_err(failure)?;
    if let Some(path) = &arguments.output {
        Target::File(path.clone()).write(|out| out.write_all(imported.policy.as_bytes()))?;
    }
    match (arguments.format, &arguments.output) {
        (DataFormat::Json, _) => Target::Stdout.write(|out| write_json(out, &report(&imported)))?,
        (DataFormat::Text, Some(_)) => Target::Stdout.write(|out| text(out, &imported))?,
        (DataFormat::Text, None) => {
            Target::Stdout.write(|out| out.write_all(imported.policy.as_bytes()))?;
            imported.remarks.iter().for_each(|remark| ui.status(&line(remark)));
        }
    }
    ui.status("read it before you rely on it: `plimsoll policy explain` says what it means");
    Ok(if arguments.strict && !imported.is_whole() { exit::INCOMPLETE } else { exit::DONE })
}

fn failure(error: ImportError) -> Failure {
    let text = anyhow::Error::new(error);
    Failure::failed(text)
}

fn text(out: &mut dyn Write, imported: &Imported) -> io::Result<()> {
    for source in &imported.sources {
        let (file, name) = (printable(&source.file), printable(&source.name));
        writeln!(out, "{} {name} ({file}:{}): {} rules", source.kind, source.line, source.rules)?;
    }
    imported.remarks.iter().try_for_each(|remark| writeln!(out, "{}", line(remark)))
}

/// A remark on one line.
fn line(remark: &Remark) -> String {
    let weakens = remark.weakens.map(|weakens| format!(" (left out, {weakens})")).unwrap_or_default();
    let (file, path) = (printable(&remark.file), printable(&remark.path));
    format!("{:<8} {file}:{} {path}: {}{weakens}", remark.effect.word(), remark.line, printable(&remark.why))
}

fn report(imported: &Imported) -> Value {
    let source = |source: &Source| {
        json!({
            "file": source.file,
            "line": source.line,
            "kind": source.kind,
            "name": source.name,
            "rules": source.rules,
        })
    };
    let remark = |remark: &Remark| {
        json!({
            "effect": remark.effect.word(),
            "file": remark.file,
            "line": remark.line,
            "path": remark.path,
            "why": remark.why,
            "weakens": remark.weakens,
        })
    };
    json!({
        "schema": SCHEMA,
        "complete": imported.is_whole(),
        "sources": imported.sources.iter().map(source).collect::<Vec<_>>(),
        "remarks": imported.remarks.iter().map(remark).collect::<Vec<_>>(),
        "policy": imported.policy,
    })
}
