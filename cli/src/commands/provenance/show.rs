//! `plimsoll provenance show`.

use std::io::{self, Write};
use std::path::Path;

use plimsoll_attest::{Provenance, Statement};
use plimsoll_model::printable;
use plimsoll_registry::{CopyPlace, EvidenceOptions, unsigned_statements_of};
use plimsoll_verify::{BuildView, Evidence, SourceView, read_evidence};
use serde_json::{Value, json};

use crate::args::{DataFormat, ProvenanceShowArguments};
use crate::commands::{evidence, referrers};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

const SCHEMA: &str = "plimsoll.provenance.show/1";
/// Parameters and dependencies that are shown; the report for programs has all.
const SHOWN: usize = 40;

/// A statement, and what there is of a signature.
struct Shown {
    place: String,
    /// Whether there is a signature, which is not looked at.
    signed: bool,
    /// The image that it is listed for.
    image: Option<String>,
    /// What it tells, or why that cannot be told.
    build: Result<(Statement, BuildView), String>,
}

pub(super) fn run(arguments: &ProvenanceShowArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let mut shown = Vec::new();
    for name in &arguments.places {
        if name.starts_with("registry:") || name.starts_with("oci-layout:") {
            let place = CopyPlace::parse(name)?;
            referrers::refuse_offline(&[&place], offline)?;
            image(&place, arguments, &mut shown, ui)?;
        } else {
            file(name.strip_prefix("file:").unwrap_or(name).as_ref(), &mut shown)?;
        }
    }
    match arguments.format {
        DataFormat::Text => Target::Stdout.write(|out| text(out, &shown))?,
        DataFormat::Json => Target::Stdout.write(|out| write_json(out, &report(&shown)))?,
    }
    if shown.is_empty() {
        ui.status("there is no provenance");
    }
    // What is there and cannot be read is an answer: no.
    Ok(if shown.iter().any(|one| one.build.is_ok()) { exit::DONE } else { exit::NO })
}

/// A file of evidence, or a statement by itself.
fn file(path: &Path, shown: &mut Vec<Shown>) -> Result<(), Failure> {
    let (bytes, place) = (evidence::bytes(path)?, path.display().to_string());
    match read_evidence(&bytes, &place) {
        Ok(pieces) => shown.extend(pieces.iter().filter_map(signed)),
        Err(error) => match Statement::parse(&bytes) {
            Ok(statement) => shown.push(Shown { place, signed: false, image: None, build: build(statement) }),
            Err(_) => return Err(evidence::refused(path, error)),
        },
    }
    Ok(())
}

fn image(
    place: &CopyPlace,
    arguments: &ProvenanceShowArguments,
    shown: &mut Vec<Shown>,
    ui: &mut Ui,
) -> Result<(), Failure> {
    let network = arguments.network.options();
    let attached = evidence::attached(place, &network)?;
    shown.extend(attached.evidence.iter().filter_map(signed));
    let beside = unsigned_statements_of(place, &network, &EvidenceOptions::default())?;
    for notice in attached.notices.iter().chain(&beside.notices) {
        ui.warning(notice);
    }
    for one in &beside.statements {
        let platform = one.platform.as_deref().map(|platform| format!(" {platform}")).unwrap_or_default();
        let image = one.about.as_ref().map(|digest| format!("{digest}{platform}"));
        let place = one.place.clone();
        match Statement::parse(&one.bytes) {
            Ok(statement) if !Provenance::is_type(statement.predicate_type()) => {}
            Ok(statement) => shown.push(Shown { place, signed: false, image, build: build(statement) }),
            Err(error) => {
                shown.push(Shown { place, signed: false, image, build: Err(anyhow::Error::new(error).to_string()) });
            }
        }
    }
    for (place, reason) in beside.unread {
        shown.push(Shown { place, signed: false, image: None, build: Err(reason) });
    }
    Ok(())
}

/// A piece of evidence; `None` when it is of another type.
fn signed(piece: &Evidence) -> Option<Shown> {
    let build = match piece.unverified_statement() {
        Some(statement) if !Provenance::is_type(statement.predicate_type()) => return None,
        Some(statement) => build(statement),
        None => Err(piece.inspect().unreadable.unwrap_or_else(|| "it holds no statement".to_owned())),
    };
    Some(Shown { place: piece.place().to_owned(), signed: true, image: None, build })
}

fn build(statement: Statement) -> Result<(Statement, BuildView), String> {
    let provenance = Provenance::incomplete(&statement).map_err(|error| format!("{:#}", anyhow::Error::new(error)))?;
    let view = BuildView::of(&provenance, statement.predicate_type())?;
    Ok((statement, view))
}

fn text(out: &mut dyn Write, shown: &[Shown]) -> io::Result<()> {
    for one in shown {
        let label = if one.signed { "UNVERIFIED" } else { "UNSIGNED: proves nothing" };
        writeln!(out, "{}: {label}", printable(&one.place))?;
        match &one.build {
            Ok((statement, view)) => build_text(out, one, statement, view)?,
            Err(reason) => writeln!(out, "  cannot be read: {}", printable(reason))?,
        }
    }
    Ok(())
}

fn build_text(out: &mut dyn Write, one: &Shown, statement: &Statement, view: &BuildView) -> io::Result<()> {
    let mut line = |name: &str, value: &str| writeln!(out, "  {name:<12}{}", printable(value));
    if let Some(image) = &one.image {
        line("image", image)?;
    }
    for subject in statement.subjects().iter().take(SHOWN) {
        let digests: Vec<String> = subject.digest.iter().map(|(name, hex)| format!("{name}:{hex}")).collect();
        line("about", &format!("{} {}", subject.name, digests.join(" ")))?;
    }
    line("predicate", &view.predicate_type)?;
    line("builder", if view.builder_id.is_empty() { "not stated" } else { &view.builder_id })?;
    line("build type", if view.build_type.is_empty() { "not stated" } else { &view.build_type })?;
    line("known as", view.adapter.unwrap_or("nothing: each parameter has to be expected by its path"))?;
    match &view.source {
        Some(source) => source_text(&mut line, "source", source)?,
        None => line("source", "not stated")?,
    }
    if let Some(definition) =
        view.definition.as_ref().filter(|one| Some(&one.uri) != view.source.as_ref().map(|s| &s.uri))
    {
        source_text(&mut line, "definition", definition)?;
    }
    let stated = [
        ("workflow", &view.workflow),
        ("event", &view.event),
        ("branch", &view.branch),
        ("run", &view.invocation),
        ("began", &view.started_on),
        ("ended", &view.finished_on),
    ];
    for (name, value) in stated {
        if let Some(value) = value {
            line(name, value)?;
        }
    }
    for (name, value) in &view.inputs {
        line("input", &format!("{name}={}", plain(value)))?;
    }
    for parameter in view.parameters.iter().take(SHOWN) {
        let unknown = if parameter.known { "" } else { "  (has to be expected)" };
        line("parameter", &format!("{}={}{unknown}", parameter.path, plain(&parameter.value)))?;
    }
    let more = view.parameters.len().saturating_sub(SHOWN);
    if more > 0 {
        line("", &format!("and {more} more"))?;
    }
    line("dependencies", &format!(" {}", view.dependencies.len()))
}

fn source_text(line: &mut dyn FnMut(&str, &str) -> io::Result<()>, name: &str, source: &SourceView) -> io::Result<()> {
    line(name, &source.uri)?;
    if let Some(reference) = &source.reference {
        line("ref", reference)?;
    }
    match &source.commit {
        Some(commit) => line("commit", commit),
        None => Ok(()),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn report(shown: &[Shown]) -> Value {
    let one = |one: &Shown| {
        let (subjects, view, unreadable) = match &one.build {
            Ok((statement, view)) => {
                let subject =
                    |subject: &plimsoll_attest::Subject| json!({ "name": subject.name, "digest": subject.digest });
                let subjects: Vec<Value> = statement.subjects().iter().map(subject).collect();
                (subjects, view.to_json(), None)
            }
            Err(reason) => (Vec::new(), Value::Null, Some(reason)),
        };
        json!({
            "place": one.place, "signed": one.signed, "image": one.image, "subjects": subjects, "build": view,
            "unreadable": unreadable,
        })
    };
    json!({ "schema": SCHEMA, "verified": false, "provenance": shown.iter().map(one).collect::<Vec<_>>() })
}
