//! `plimsoll sbom enrich`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use plimsoll_model::Limits;
use plimsoll_sbom::encoding::Parsed;
use plimsoll_sbom::enrich::{Enriched, Knowledge, LicenseText, enrich};
use plimsoll_sbom::{Document, MAX_LICENSE_TEXT};
use plimsoll_scan::{ScanOptions, scan};
use plimsoll_source::{Scheme, SourceReference};
use serde_json::json;

use super::{converted, written};
use crate::args::EnrichArguments;
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;

const SCHEMA: &str = "plimsoll.sbom.enrich/1";

/// How deep directories of licence texts go: `@scope/name@1/LICENSE`, and some more.
const DEPTH: usize = 6;

pub(super) fn run(arguments: &EnrichArguments, ui: &mut Ui) -> Result<u8, Failure> {
    if arguments.from.is_empty() && arguments.licenses_from.is_empty() {
        return Err(Failure::usage("nothing to take facts from: give --from or --licenses-from"));
    }
    let limits = arguments.document.limits.limits();
    let parsed = input::document(&arguments.document)?;
    for fault in &parsed.faults {
        ui.warning(&fault.to_string());
    }
    let output = written(arguments.output.as_ref(), &parsed)?;
    let (parsed, losses) = converted(parsed, &output);
    let mut sources = Vec::new();
    for path in &arguments.from {
        sources.push(knowledge(path, &parsed, &limits, ui)?);
    }
    let mut texts = Vec::new();
    for directory in &arguments.licenses_from {
        read_texts(directory, directory, DEPTH, &mut texts)?;
    }
    let enriched = enrich(&parsed, &sources, &texts);
    output.write(&enriched.tree)?;
    tell(&enriched, ui);
    super::report(arguments.report.as_deref(), &report(&enriched, &output.name()))?;
    if losses.is_first_order() {
        ui.warning("the format of the result has no place for all of the document; 'sbom convert' says for what");
        return Ok(exit::INCOMPLETE);
    }
    Ok(exit::DONE)
}

/// What a document, or a scan of a directory, knows.
fn knowledge(path: &Path, like: &Parsed, limits: &Limits, ui: &mut Ui) -> Result<Knowledge, Failure> {
    let label = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    if !path.is_dir() {
        return Ok(Knowledge { parsed: input::parsed(path, limits)?, label });
    }
    let reference = SourceReference { scheme: Scheme::Directory, path: path.to_owned() };
    let scans =
        scan(&reference, &ScanOptions { limits: limits.clone(), ignore_claims: true, ..ScanOptions::default() })?;
    let Some(found) = scans.into_iter().next() else {
        return Err(Failure::failed(anyhow::anyhow!("nothing was scanned in {}", path.display())));
    };
    ui.diagnostics(&found.document.diagnostics);
    Ok(Knowledge::of(&Document::from(&found.document), like, label))
}

/// Licence texts under a directory; symbolic links are not followed.
fn read_texts(root: &Path, directory: &Path, depth: usize, out: &mut Vec<LicenseText>) -> Result<(), Failure> {
    let unreadable = |path: &Path, error: std::io::Error| {
        Failure::failed(anyhow::Error::new(error).context(format!("cannot read {}", path.display())))
    };
    let mut entries: Vec<PathBuf> = fs::read_dir(directory)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(|error| unreadable(directory, error))?;
    entries.sort();
    for path in entries {
        let kind = fs::symlink_metadata(&path).map_err(|error| unreadable(&path, error))?.file_type();
        if kind.is_dir() {
            if let Some(depth) = depth.checked_sub(1) {
                read_texts(root, &path, depth, out)?;
            }
            continue;
        }
        let name = path.file_name().map(|name| name.to_string_lossy().to_uppercase()).unwrap_or_default();
        let is_text = ["LICENSE", "LICENCE", "COPYING", "UNLICENSE"].iter().any(|start| name.starts_with(start));
        if !kind.is_file() || !is_text {
            continue;
        }
        let mut bytes = Vec::new();
        let file = fs::File::open(&path).map_err(|error| unreadable(&path, error))?;
        file.take(MAX_LICENSE_TEXT as u64).read_to_end(&mut bytes).map_err(|error| unreadable(&path, error))?;
        let relative = path.strip_prefix(root).unwrap_or(&path);
        let owner = relative.parent().map(|parent| parent.to_string_lossy().into_owned()).unwrap_or_default();
        let (name, version) = match owner.rsplit_once('@').filter(|(name, _)| !name.is_empty() && !name.ends_with('/'))
        {
            Some((name, version)) => (name.to_owned(), Some(version.to_owned())),
            None => (owner, None),
        };
        out.push(LicenseText {
            name,
            version,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            label: relative.to_string_lossy().into_owned(),
        });
    }
    Ok(())
}

fn tell(enriched: &Enriched, ui: &mut Ui) {
    let mut counts = std::collections::BTreeMap::new();
    for added in &enriched.added {
        let count: &mut usize = counts.entry(added.field.as_str()).or_default();
        *count = count.saturating_add(1);
        ui.detail(&format!(
            "{}: {} {} from {} (by {})",
            added.element, added.field, added.value, added.source, added.matched_by
        ));
    }
    let counts: Vec<String> = counts.iter().map(|(field, count)| format!("{field} {count}")).collect();
    let counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    ui.status(&format!("{} of {} components recognised; added: {counts}", enriched.matched, enriched.components));
    for note in &enriched.notes {
        ui.warning(note);
    }
}

fn report(enriched: &Enriched, format: &str) -> serde_json::Value {
    let added = enriched.added.iter().map(|added| {
        json!({
            "element": added.element,
            "field": added.field,
            "value": added.value,
            "source": added.source,
            "matchedBy": added.matched_by,
        })
    });
    json!({
        "schema": SCHEMA,
        "format": format,
        "components": enriched.components,
        "matched": enriched.matched,
        "added": added.collect::<Vec<_>>(),
        "notes": enriched.notes,
    })
}
