//! What was made and signed: for people, for the summary of a step, and for programs.

use std::io::{self, Write};
use std::path::Path;

use plimsoll_model::printable;
use plimsoll_provenance::generate::{CertificateCheck, Generated};
use serde_json::{Value, json};

use super::Signed;
use super::github::Stored;
use crate::args::{DataFormat, GenerateArguments};
use crate::commands::signing::{Attached, Opened, Written, bundle_json, text as signed_text};
use crate::failure::Failure;
use crate::output::{Target, markdown as md, write_json};

/// Where in the predicate the things are that people want to see first.
const SHOWN: &[(&str, &str)] = &[
    ("builder", "/runDetails/builder/id"),
    ("source", "/buildDefinition/resolvedDependencies/0/uri"),
    ("commit", "/buildDefinition/resolvedDependencies/0/digest/gitCommit"),
    ("run", "/runDetails/metadata/invocationId"),
    ("type", "/buildDefinition/buildType"),
];

/// Writes the report about a statement that nobody signed.
pub(super) fn write(
    arguments: &GenerateArguments,
    generated: &Generated,
    signed: Option<Value>,
    stored: Option<&Stored>,
) -> Result<(), Failure> {
    match arguments.format {
        DataFormat::Text => Target::Stdout.write(|out| text(out, generated))?,
        DataFormat::Json => {
            let report = json(arguments, generated, &[], signed, stored);
            Target::Stdout.write(|out| write_json(out, &report))?;
        }
    }
    Ok(())
}

/// Writes the report about a signed statement.
pub(super) fn signed(
    arguments: &GenerateArguments,
    opened: &Opened,
    signed: Signed,
    path: Option<&Path>,
    attached: Vec<Attached>,
    stored: Option<&Stored>,
) -> Result<(), Failure> {
    // Where the document or bundle itself went to stdout, nothing else does.
    let dash = Some(Path::new("-"));
    if path == dash || arguments.output.as_deref() == dash {
        return Ok(());
    }
    let subjects = signed.generated.statement().subjects();
    let subjects = subjects.iter().map(|subject| (subject.name.clone(), subject.digest.clone())).collect();
    let path = path.map(Path::to_owned);
    let written = Written { subjects, path, attached, bundle: signed.bundle, allowed: Vec::new() };
    match arguments.format {
        DataFormat::Text => Target::Stdout.write(|out| {
            signed_text(out, std::slice::from_ref(&written))?;
            text(out, &signed.generated)?;
            for check in signed.checks.iter().filter(|check| check.certified.is_some()) {
                writeln!(out, "  certificate agrees: {}", check.claim)?;
            }
            if let Some(stored) = stored {
                writeln!(out, "  stored: {}", printable(&stored.url))?;
            }
            Ok::<(), io::Error>(())
        })?,
        DataFormat::Json => {
            let bundle = bundle_json(opened, &written);
            let report = json(arguments, &signed.generated, &signed.checks, Some(bundle), stored);
            Target::Stdout.write(|out| write_json(out, &report))?;
        }
    }
    Ok(())
}

fn text(out: &mut dyn Write, generated: &Generated) -> io::Result<()> {
    for (name, place) in SHOWN {
        if let Some(value) = generated.text(place) {
            writeln!(out, "  {name}: {}", printable(value))?;
        }
    }
    for (place, how) in generated.marks() {
        writeln!(out, "  {how}: {}", printable(place))?;
    }
    Ok(())
}

fn json(
    arguments: &GenerateArguments,
    generated: &Generated,
    checks: &[CertificateCheck],
    signed: Option<Value>,
    stored: Option<&Stored>,
) -> Value {
    let subjects = generated.statement().subjects().iter();
    let subjects: Vec<Value> =
        subjects.map(|subject| json!({ "name": subject.name, "digests": subject.digest })).collect();
    let fields = generated.marks().map(|(place, how)| json!({ "place": place, "authenticated": how.word() }));
    let certificate = checks
        .iter()
        .map(|check| json!({ "claim": check.claim.name(), "stated": check.stated, "certified": check.certified }));
    json!({
        "schema": "plimsoll.provenance.generate/1",
        "platform": generated.platform().id(),
        "buildType": generated.text("/buildDefinition/buildType"),
        "builder": generated.text("/runDetails/builder/id"),
        "statement": arguments.output.as_ref().map(|path| path.display().to_string()),
        "subjects": subjects,
        "fields": fields.collect::<Vec<_>>(),
        "certificate": certificate.collect::<Vec<_>>(),
        "signed": signed,
        "stored": stored.map(|stored| json!({ "id": stored.id, "url": stored.url })),
    })
}

/// The summary of a step. Nothing in it is markup but what is written here.
pub(super) fn markdown(out: &mut dyn Write, generated: &Generated, stored: Option<&Stored>) -> io::Result<()> {
    writeln!(out, "### Provenance\n")?;
    md::head(out, &["artifact", "digest"])?;
    for subject in generated.statement().subjects() {
        let digest =
            subject.digest.iter().next().map(|(algorithm, hex)| format!("{algorithm}:{hex}")).unwrap_or_default();
        md::row(out, [subject.name.as_str(), digest.as_str()])?;
    }
    writeln!(out)?;
    let how = |place: &str| generated.marks().find(|(at, _)| *at == place).map_or("", |(_, how)| how.word());
    md::head(out, &["what", "value", "authenticated by"])?;
    for (name, place) in SHOWN {
        if let Some(value) = generated.text(place) {
            md::row(out, [*name, value, how(place)])?;
        }
    }
    writeln!(out, "\n{}", md::text(&generated.summary()))?;
    if let Some(stored) = stored {
        writeln!(out, "\nStored: {}", md::text(&stored.url))?;
    }
    Ok(())
}
