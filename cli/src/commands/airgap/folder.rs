//! `plimsoll airgap verify`, and what `import` does first.

use std::io::{self, Write};
use std::path::Path;

use plimsoll_model::{Limits, printable};
use plimsoll_verify::airgap::{BUNDLE, Fault, Folder, Image, Judgement, MANIFEST, Manifest};
use plimsoll_verify::{Evidence, MAX_EVIDENCE_BYTES, VerifyError, read_evidence};
use serde_json::{Value, json};

use crate::args::{AirgapVerifyArguments, DataFormat, FolderArguments};
use crate::commands::expected::{self, Expected};
use crate::commands::verify::{nobody_named, report};
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};
use crate::{exit, input};

const SCHEMA: &str = "plimsoll.airgap.verify/1";
/// Faults that are shown before the rest is only counted.
const SHOWN: usize = 40;

pub(super) fn run(arguments: &AirgapVerifyArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let (judged, expected) = judge(&arguments.folder, ui)?;
    Target::Stdout.write(|out| match arguments.format {
        DataFormat::Text => text(out, &judged, &expected),
        DataFormat::Json => write_json(out, &json(SCHEMA, &judged, &expected, None)),
    })?;
    Ok(answer(&judged, ui))
}

/// Verifies a folder.
pub(super) fn judge(arguments: &FolderArguments, ui: &mut Ui) -> Result<(Judgement, Expected), Failure> {
    let expected = expected::read(&arguments.expected, ui)?;
    if expected.expectation.predicate_type.is_some() {
        return Err(Failure::usage("--type: a folder is signed itself; no statement stands in for that"));
    }
    let shown = arguments.folder.display();
    let failed = |error: VerifyError| Failure::failed(anyhow::Error::new(error).context(shown.to_string()));
    let folder = Folder::open(&arguments.folder)
        .map_err(|error| failed(error).hint("a folder that `airgap pack` made has the file airgap.json"))?;
    let mut evidence = Vec::new();
    for path in &arguments.bundle {
        let mut limits = Limits::DEFAULT;
        limits.member_bytes = MAX_EVIDENCE_BYTES;
        evidence.extend(read(&input::bytes(path, &limits)?, path)?);
    }
    if let Some(bundle) = folder.bundle().filter(|_| arguments.bundle.is_empty()) {
        evidence = read(bundle, &arguments.folder.join(BUNDLE))?;
    }
    let progress = ui.progress(format!("verifying {shown}"));
    let judged = folder.verify(&evidence, &expected.expectation, &expected.roots);
    progress.finish_and_clear();
    let judged = judged.map_err(failed)?;
    if expected.names_nobody {
        return Err(nobody_named([judged.signature()]));
    }
    Ok((judged, expected))
}

/// Evidence that cannot be read proves nothing, which is an answer and no failure to work.
fn read(bytes: &[u8], path: &Path) -> Result<Vec<Evidence>, Failure> {
    let name = path.display().to_string();
    read_evidence(bytes, &name).map_err(|error| Failure {
        code: exit::NO,
        error: anyhow::Error::new(error).context(name),
        hint: None,
    })
}

/// Tells what is wrong, and gives the exit status.
pub(super) fn answer(judged: &Judgement, ui: &mut Ui) -> u8 {
    if !judged.signature().is_verified() {
        report::refused(ui, MANIFEST, judged.signature());
        ui.error("the files of the folder were not looked at: nobody vouches for what they should be");
    }
    for fault in judged.faults().iter().take(SHOWN) {
        ui.error(&format!("{} {}: {}", fault.code, fault.path, fault.reason));
        if let (Some(expected), Some(actual)) = (&fault.expected, &fault.actual) {
            ui.error(&format!("  expected  {expected}"));
            ui.error(&format!("  actual    {actual}"));
        }
        ui.status(&format!("  {}", fault.code.next_step()));
    }
    let more = judged.faults().len().saturating_sub(SHOWN);
    if more > 0 {
        ui.error(&format!("… and {more} more; --format json lists them all"));
    }
    if judged.sealed().is_some() { exit::DONE } else { exit::NO }
}

/// The report for people.
pub(super) fn text(out: &mut dyn Write, judged: &Judgement, expected: &Expected) -> io::Result<()> {
    let Some(sealed) = judged.sealed() else { return Ok(()) };
    report::proven(out, MANIFEST, judged.signature())?;
    report::trusted(out, expected)?;
    let manifest = sealed.manifest();
    writeln!(out, "whole: files {}, bytes {}", manifest.files.len(), manifest.bytes())?;
    if let Some(created) = manifest.created {
        writeln!(out, "  packed        {created}")?;
    }
    for image in &manifest.images {
        writeln!(out, "  image         {} {}", printable(&name(image)), image.digest)?;
    }
    for entry in &manifest.trust {
        writeln!(out, "  instance      {}", printable(&entry.name))?;
    }
    for path in &manifest.artifacts {
        writeln!(out, "  artifact      {path}")?;
    }
    for section in &manifest.sections {
        writeln!(out, "  {:<13} files: {}", printable(&section.name), section.files.len())?;
    }
    Ok(())
}

/// `REPOSITORY[:TAG]`.
pub(super) fn name(image: &Image) -> String {
    let tag = image.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
    format!("{}{tag}", image.repository)
}

/// The report for programs, with what was imported where something was to be.
pub(super) fn json(schema: &str, judged: &Judgement, expected: &Expected, imported: Option<Value>) -> Value {
    let signature = judged.signature();
    let mut report = json!({
        "schema": schema,
        "verified": judged.sealed().is_some(),
        "at": expected.expectation.at.to_string(),
        "trustedRoots": report::roots(expected),
        "manifest": signature.subject().to_string(),
        "signature": {
            "verified": signature.is_verified(),
            "evidence": signature.verified().iter().map(report::verified).collect::<Vec<_>>(),
            "refused": signature.refused().iter().map(report::refusal).collect::<Vec<_>>(),
        },
        "faults": judged.faults().iter().map(fault).collect::<Vec<_>>(),
        "contents": judged.sealed().map(|sealed| contents(sealed.manifest())),
    });
    if let (Some(imported), Some(members)) = (imported, report.as_object_mut()) {
        members.insert("imported".to_owned(), imported);
    }
    report
}

fn fault(fault: &Fault) -> Value {
    json!({
        "code": fault.code.id(),
        "name": fault.code.name(),
        "path": fault.path,
        "reason": fault.reason,
        "expected": fault.expected,
        "actual": fault.actual,
        "nextStep": fault.code.next_step(),
    })
}

/// What is in a folder, for programs.
pub(super) fn contents(manifest: &Manifest) -> Value {
    let images = manifest.images.iter().map(|image| {
        json!({
            "name": name(image), "source": image.source, "digest": image.digest.to_string(),
            "referrers": image.referrers, "manifests": image.manifests.len(),
        })
    });
    let sections = manifest.sections.iter();
    json!({
        "created": manifest.created.map(|time| time.to_string()),
        "unsigned": manifest.unsigned,
        "images": images.collect::<Vec<_>>(),
        "trust": manifest.trust.iter().map(|entry| &*entry.name).collect::<Vec<_>>(),
        "artifacts": manifest.artifacts.iter().map(|path| path.as_str()).collect::<Vec<_>>(),
        "sections": sections.map(|one| json!({ "name": one.name, "files": one.files.len() })).collect::<Vec<_>>(),
        "files": manifest.files.len(),
        "bytes": manifest.bytes(),
    })
}
