//! What is stated.

use std::path::Path;

use plimsoll_attest::{PredicateType, refuse_duplicates};
use plimsoll_model::Limits;
use plimsoll_sbom::encoding::Encoding;
use plimsoll_sbom::{Document, map};
use serde_json::Value;

use crate::args::AttestArguments;
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;

/// What is stated: its type, and what it says.
pub(super) struct Predicate {
    pub(super) uri: String,
    pub(super) value: Value,
    /// What was let pass.
    pub(super) allowed: Vec<&'static str>,
}

/// Reads what the flags name.
pub(super) fn read(arguments: &AttestArguments, ui: &mut Ui) -> Result<Predicate, Failure> {
    match (&arguments.sbom, &arguments.predicate, &arguments.predicate_type) {
        (Some(path), ..) => sbom(path, arguments.allow_incomplete, ui),
        (None, Some(path), Some(name)) => {
            let known = PredicateType::parse(name)
                .ok_or_else(|| Failure::usage(format!("--type {name}: neither a known name nor a URI")))?;
            let value = json(path, &input::bytes(path, &Limits::DEFAULT)?)?;
            Ok(Predicate { uri: known.uri().to_owned(), value, allowed: Vec::new() })
        }
        _ => Err(Failure::usage("say what is stated: --type and --predicate, --sbom, --scan, or --statement")),
    }
}

/// JSON in which no key is twice: two readers may take different ones.
pub(super) fn json(path: &Path, bytes: &[u8]) -> Result<Value, Failure> {
    let failed = |error: serde_json::Error| {
        Failure::failed(anyhow::Error::new(error).context(format!("cannot state what {} says", path.display())))
    };
    refuse_duplicates(bytes).map_err(failed)?;
    serde_json::from_slice(bytes).map_err(failed)
}

/// An SBOM, under the type of its standard. It has to be JSON: that is what a statement can hold.
fn sbom(path: &Path, allow_incomplete: bool, ui: &mut Ui) -> Result<Predicate, Failure> {
    let bytes = input::bytes(path, &Limits::DEFAULT)?;
    let parsed = input::opened(path, &bytes, &Limits::DEFAULT)?;
    let name = match parsed.encoding {
        Encoding::CycloneDxJson => "cyclonedx",
        Encoding::SpdxJson | Encoding::Spdx3Json => "spdx",
        _ => {
            return Err(Failure::usage(format!("{} is no JSON, which a statement needs", path.display()))
                .hint("convert it first: plimsoll sbom convert FILE -o cyclonedx-json=OTHER"));
        }
    };
    let known = PredicateType::parse(name).ok_or_else(|| Failure::usage("no such type"))?;
    let value = json(path, &bytes)?;
    let mut allowed = Vec::new();
    let document = map::document(&parsed);
    for what in marks(&document) {
        allow(&path.display().to_string(), what, allow_incomplete, ui)?;
        allowed.push(what);
    }
    Ok(Predicate { uri: known.uri().to_owned(), value, allowed })
}

/// Fails for what makes an SBOM prove less, unless the user lets it pass, which is said.
pub(super) fn allow(name: &str, what: &str, allowed: bool, ui: &mut Ui) -> Result<(), Failure> {
    if !allowed {
        return Err(Failure {
            code: exit::INCOMPLETE,
            error: anyhow::anyhow!("the SBOM of {name} is not signed: {what}"),
            hint: Some("make it whole, or sign it all the same with --allow-incomplete, which is recorded".into()),
        });
    }
    ui.warning(&format!("{name}: {what} (--allow-incomplete)"));
    Ok(())
}

/// What a scan says of itself that makes its SBOM prove less.
fn marks(document: &Document) -> Vec<&'static str> {
    let mut marks = Vec::new();
    let says = |name: &str| document.properties.iter().any(|property| property.name == name);
    if says("plimsoll:insecure-skip-digests") {
        marks.push("the scan skipped digests (--insecure-skip-digests)");
    }
    if document.completeness.iter().any(|held| held.aggregate == "incomplete") {
        marks.push("it says that it is incomplete");
    }
    marks
}
