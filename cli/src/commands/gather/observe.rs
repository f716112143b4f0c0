//! Looking into the artifact.

use std::ffi::OsString;

use plimsoll_model::{DiagnosticCode, Digest};
use plimsoll_registry::CopyPlace;
use plimsoll_sbom::check::{Source, Unread};
use plimsoll_sbom::{Document, Format};
use plimsoll_scan::ScanOptions;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::material::{Material, Role};
use super::subject::{Kind, Subject};
use crate::args::{GatherArguments, SourceArguments};
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
///
/// What is decided about is the digest: of a layout that is the image of this digest, whatever else is in it. An index, or an archive of
/// several images, of which one was looked into is not known as a whole, and neither is what was looked into in part.
pub(super) fn observed(
    subject: &Subject,
    digest: Option<&Digest>,
    arguments: &GatherArguments,
    offline: bool,
    ui: &mut Ui,
) -> Result<Material, Failure> {
    if arguments.source.insecure_skip_digests {
        return Err(Failure::usage(
            "--insecure-skip-digests: what is found so may be of something else; leave it away",
        ));
    }
    let source = Named::parse(&place(subject, digest)?, offline)?;
    let options = source_options(&arguments.source, arguments.limits.limits())?;
    // A document proves nothing about what it lies in.
    let options = ScanOptions { ignore_claims: true, manifest: digest.cloned(), ..options };
    let mut open = |options: &ScanOptions| source.open(&arguments.network, options, ui);
    let all = open(&ScanOptions { platform: Some("all".to_owned()), ..options.clone() });
    // A layout may lack images of other platforms.
    let only = all.ok().filter(|all| all.sources().len() == 1);
    let is_whole = only.is_some();
    let opened = match only.filter(|_| options.platform.is_none()) {
        Some(only) => only,
        None => open(&options)?,
    };
    let progress = ui.progress(format!("scanning {}", subject.name));
    let scans = opened.scan(&options);
    progress.finish_and_clear();
    let scans = scans?;
    let [scan] = scans.as_slice() else {
        return Err(Failure::usage(format!("{} is several things to look into", subject.name))
            .hint("name one platform with --platform, or the image by its digest"));
    };
    if !is_whole {
        ui.warning(&format!("{} is several images, of which one was looked into: name it by its digest", subject.name));
    }
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
        .with("incomplete", scan.document.is_incomplete() || !is_whole || leaves_out(&arguments.source))
        .with("layers", json!(held.layers()))
        .with("unread", json!(hidden)))
}

/// Where the artifact is, as what is scanned is named: by its digest, whatever a tag points to by now.
fn place(subject: &Subject, digest: Option<&Digest>) -> Result<OsString, Failure> {
    Ok(match (&subject.kind, digest) {
        (Kind::File(path), _) => path.into(),
        (Kind::Packed(source, _), _) => source.clone(),
        (Kind::Image(CopyPlace::Registry(image)), Some(digest)) => {
            format!("registry:{}/{}@{digest}", image.host(), image.repository()).into()
        }
        (Kind::Image(CopyPlace::Layout(layout)), Some(_)) => {
            let mut source = OsString::from("oci-layout:");
            source.push(&layout.path);
            source
        }
        _ => return Err(Failure::usage(format!("{} cannot be looked into", subject.name))),
    })
}

/// Whether flags say to pass over a part of what is there.
fn leaves_out(arguments: &SourceArguments) -> bool {
    !arguments.exclude.is_empty() || arguments.exclude_os_owned || arguments.minus_base || arguments.no_classify
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
