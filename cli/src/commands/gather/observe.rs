//! Looking into the artifact.

use std::ffi::OsString;

use plimsoll_model::DiagnosticCode;
use plimsoll_registry::CopyPlace;
use plimsoll_sbom::check::{Source, Unread};
use plimsoll_sbom::{Document, Format};
use plimsoll_scan::ScanOptions;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::material::{Material, Role};
use super::subject::{Kind, Subject};
use crate::args::GatherArguments;
use crate::commands::scan::source_options;
use crate::failure::Failure;
use crate::output::Ui;
use crate::source::Named;

/// Something that could not be read, as a record has it.
#[derive(Serialize, Deserialize)]
struct Hidden {
    file: Option<String>,
    code: String,
    message: String,
}

/// Scans the artifact. What is found is written down as an SBOM, and read from that, so that a replay reads the same.
pub(super) fn observed(
    subject: &Subject,
    digest: Option<&str>,
    arguments: &GatherArguments,
    offline: bool,
    ui: &mut Ui,
) -> Result<Material, Failure> {
    if arguments.source.insecure_skip_digests {
        return Err(Failure::usage(
            "--insecure-skip-digests: what is found so may be of something else; leave it away",
        ));
    }
    let source: OsString = match &subject.kind {
        Kind::File(path) => path.into(),
        Kind::Packed(source, _) => source.clone(),
        // By the digest, whatever the tag points to by now.
        Kind::Image(CopyPlace::Registry(image)) => {
            format!("registry:{}/{}@{}", image.host(), image.repository(), digest.unwrap_or_default()).into()
        }
        Kind::Image(CopyPlace::Layout(layout)) => {
            let mut source = OsString::from("oci-layout:");
            source.push(&layout.path);
            source
        }
        _ => return Err(Failure::usage(format!("{} cannot be looked into", subject.name))),
    };
    let options = source_options(&arguments.source, arguments.limits.limits())?;
    // A document proves nothing about what it lies in.
    let options = ScanOptions { ignore_claims: true, ..options };
    let opened = Named::parse(&source, offline)?.open(&arguments.network, &options, ui)?;
    let progress = ui.progress(format!("scanning {}", subject.name));
    let scans = opened.scan(&options);
    progress.finish_and_clear();
    let scans = scans?;
    let same = |found: &&plimsoll_scan::Scan| {
        digest.is_none()
            || scans.len() == 1
            || found
                .document
                .properties
                .iter()
                .any(|(name, value)| name == "plimsoll:image:manifest-digest" && Some(value.as_str()) == digest)
    };
    let mut wanted = scans.iter().filter(same);
    let (Some(scan), None) = (wanted.next(), wanted.next()) else {
        return Err(Failure::usage(format!("{} is several things to look into", subject.name))
            .hint("name one platform with --platform, or the image by its digest"));
    };
    ui.diagnostics(&scan.document.diagnostics);
    let mut bytes = Vec::new();
    let format = Format::parse("cyclonedx-json").map_err(|error| Failure::usage(error.to_string()))?;
    format.write_observation(&scan.document, &mut bytes)?;
    let held = Source::from(&scan.document);
    let hidden: Vec<Hidden> = held
        .unread()
        .iter()
        .map(|one| Hidden { file: one.file.clone(), code: one.code.to_owned(), message: one.message.clone() })
        .collect();
    let material = Material::bytes_of(Role::Observation, format!("scan of {}", subject.name), bytes);
    Ok(material
        .with("incomplete", scan.document.is_incomplete())
        .with("layers", json!(held.layers()))
        .with("unread", json!(hidden)))
}

/// What a document is held against: what the scan found.
pub(super) fn source(material: &Material, document: &Document) -> Source {
    let list = |key: &str| material.details.get(key).cloned().unwrap_or_default();
    let layers: Vec<String> = serde_json::from_value(list("layers")).unwrap_or_default();
    let hidden: Vec<Hidden> = serde_json::from_value(list("unread")).unwrap_or_default();
    let unread = hidden.into_iter().map(|one| Unread {
        file: one.file,
        code: DiagnosticCode::from_id(&one.code).map_or("", |code| code.info().id),
        message: one.message,
    });
    Source::new(document.clone(), layers, unread.collect())
}
