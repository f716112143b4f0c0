//! `plimsoll sbom merge`.

use std::path::Path;

use plimsoll_sbom::Format;
use plimsoll_sbom::merge::{Conflict, Input, MergeError, Merged, OnConflict, Options, Root, Strategy, merge};
use serde_json::{Value, json};

use super::written;
use crate::args::{ConflictArgument, MergeArguments, StrategyArgument};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;

const SCHEMA: &str = "plimsoll.sbom.merge/1";

/// Conflicts that are told one by one; the rest is in the report.
const SHOWN: usize = 20;

pub(super) fn run(arguments: &MergeArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let limits = arguments.limits.limits();
    let mut inputs = Vec::new();
    for path in &arguments.documents {
        let bytes = input::bytes(path, &limits)?;
        let parsed = plimsoll_sbom::open(&bytes, &limits).map_err(|error| {
            Failure::failed(anyhow::Error::new(error).context(format!("cannot read {}", path.display())))
        })?;
        for fault in &parsed.faults {
            ui.warning(&format!("{}: {fault}", path.display()));
        }
        inputs.push(Input::new(parsed, label(path), &bytes));
    }
    let Some(first) = inputs.first() else { return Err(Failure::usage("no documents to merge")) };
    let output = written(arguments.output.as_ref(), &first.parsed)?;
    let options = options(arguments, &output);
    let merged = match merge(&inputs, &options) {
        Ok(merged) => merged,
        Err(MergeError::Conflicts(conflicts)) => {
            tell_conflicts(&conflicts, &inputs, ui);
            super::report(
                arguments.report.as_deref(),
                &json!({
                    "schema": SCHEMA,
                    "format": output.name(),
                    "inputs": inputs.iter().map(|input| json!({ "label": input.label, "sha256": input.sha256 })).collect::<Vec<_>>(),
                    "conflicts": conflicts.iter().map(|conflict| conflict_json(conflict, &inputs)).collect::<Vec<_>>(),
                }),
            )?;
            ui.error(&format!("{} values differ between the documents; nothing was written", conflicts.len()));
            return Ok(exit::NO);
        }
        Err(error) => return Err(Failure::usage(format!("{error}; give --name"))),
    };
    output.write(&merged.tree)?;
    tell(&merged, &inputs, ui);
    super::report(arguments.report.as_deref(), &report(&merged, &inputs, &output.name()))?;
    let lossy = merged.losses.iter().any(plimsoll_sbom::convert::Losses::is_first_order);
    Ok(if lossy && !arguments.accept_loss { exit::INCOMPLETE } else { exit::DONE })
}

/// The name of the file, not where it lies.
fn label(path: &Path) -> String {
    path.file_name().map_or_else(|| "standard input".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn options(arguments: &MergeArguments, output: &super::Written) -> Options {
    let mut options = Options::new(output.encoding, output.version);
    options.strategy = match arguments.strategy {
        StrategyArgument::Flat => Strategy::Flat,
        StrategyArgument::Hierarchical => Strategy::Hierarchical,
        StrategyArgument::Assembly => Strategy::Assembly,
        StrategyArgument::Overlay => Strategy::Overlay,
    };
    options.on_conflict = match arguments.on_conflict {
        ConflictArgument::Union => OnConflict::Union,
        ConflictArgument::First => OnConflict::First,
        ConflictArgument::Last => OnConflict::Last,
        ConflictArgument::Newest => OnConflict::Newest,
        ConflictArgument::Fail => OnConflict::Fail,
    };
    options.root = arguments.name.clone().map(|name| Root {
        name,
        version: arguments.version.clone(),
        group: arguments.group.clone(),
    });
    options.tool = Some(plimsoll_sbom::Tool {
        vendor: None,
        name: "plimsoll".to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    });
    options
}

fn tell(merged: &Merged, inputs: &[Input], ui: &mut Ui) {
    let same = merged.same_as.iter().enumerate().filter(|(at, same)| at != *same).count();
    let repeated = if same > 0 { format!(", {same} of them the same as another") } else { String::new() };
    ui.status(&format!(
        "{} documents{repeated}: {} components, of {}; {} references renamed",
        inputs.len(),
        merged.things,
        merged.things_before,
        merged.renamed.len(),
    ));
    for (input, losses) in inputs.iter().zip(&merged.losses) {
        if losses.rows().is_empty() {
            continue;
        }
        let counts: Vec<String> =
            losses.counts().iter().map(|(kind, count)| format!("{} {count}", kind.word())).collect();
        let text = format!("{}: the format of the result has no place for: {}", input.label, counts.join(", "));
        if losses.is_first_order() {
            ui.warning(&text)
        } else {
            ui.status(&text)
        }
        for row in losses.rows() {
            let fact = row.fact.as_deref().map(|fact| format!(" {fact}")).unwrap_or_default();
            ui.detail(&format!("{}: {} {}{fact}: {}", input.label, row.kind.word(), row.pointer, row.reason.word()));
        }
    }
    for note in &merged.notes {
        ui.warning(note);
    }
    tell_conflicts(&merged.conflicts, inputs, ui);
}

fn tell_conflicts(conflicts: &[Conflict], inputs: &[Input], ui: &mut Ui) {
    let name = |at: usize| inputs.get(at).map(|input| input.label.as_str()).unwrap_or_default();
    for conflict in conflicts.iter().take(SHOWN) {
        let others: Vec<String> =
            conflict.others.iter().map(|(at, value)| format!("{:?} ({})", short(value), name(*at))).collect();
        let (at, kept) = &conflict.kept;
        ui.status(&format!(
            "{}: {} is {:?} ({}), not {}",
            conflict.element,
            conflict.field,
            short(kept),
            name(*at),
            others.join(", "),
        ));
    }
    let rest = conflicts.len().saturating_sub(SHOWN);
    if rest > 0 {
        ui.status(&format!("… and {rest} more values that differ; --report lists all"));
    }
}

fn short(text: &str) -> String {
    if text.chars().count() > 80 {
        format!("{}…", text.chars().take(79).collect::<String>())
    } else {
        text.to_owned()
    }
}

fn conflict_json(conflict: &Conflict, inputs: &[Input]) -> Value {
    let one = |(at, value): &(usize, String)| json!({ "input": inputs.get(*at).map(|input| input.label.clone()), "value": value });
    json!({
        "element": conflict.element,
        "field": conflict.field,
        "kept": one(&conflict.kept),
        "others": conflict.others.iter().map(one).collect::<Vec<_>>(),
    })
}

fn report(merged: &Merged, inputs: &[Input], format: &str) -> Value {
    let of = |at: usize| inputs.get(at).map(|input| input.label.clone());
    let sources = inputs.iter().enumerate().map(|(at, input)| {
        let same = merged.same_as.get(at).copied().filter(|same| *same != at).and_then(of);
        let losses = merged.losses.get(at);
        json!({
            "label": input.label,
            "format": Format::Standard(input.parsed.encoding, input.parsed.version).to_string(),
            "sha256": input.sha256,
            "sameAs": same,
            "lost": losses.map(super::convert::rows).unwrap_or_default(),
        })
    });
    json!({
        "schema": SCHEMA,
        "format": format,
        "inputs": sources.collect::<Vec<_>>(),
        "componentsBefore": merged.things_before,
        "components": merged.things,
        "renamed": merged.renamed.iter().map(|(at, from, to)| json!({ "input": of(*at), "from": from, "to": to })).collect::<Vec<_>>(),
        "conflicts": merged.conflicts.iter().map(|conflict| conflict_json(conflict, inputs)).collect::<Vec<_>>(),
        "notes": merged.notes,
    })
}
