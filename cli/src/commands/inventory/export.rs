//! `plimsoll inventory export`.

use std::fs;

use plimsoll_inventory::{ArtifactRef, Query};

use super::{open, select};
use crate::args::InventoryExportArguments;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

pub(super) fn run(arguments: &InventoryExportArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let selection = &arguments.selection;
    let mut inventory = open::open(&open::location(&arguments.store)?)?;
    let everything = selection.artifacts.is_empty() && selection.name.is_none() && selection.with_label.is_empty();
    let artifacts = match everything {
        true => select::matching(&mut inventory, &Query::Everything)?,
        false => select::artifacts(&mut inventory, selection, None)?,
    };
    fs::create_dir_all(&arguments.output).map_err(|error| {
        Failure::failed(anyhow::Error::new(error).context(format!("cannot make {}", arguments.output.display())))
    })?;
    let mut written = 0_u64;
    for artifact in artifacts {
        for document in inventory.artifact(&ArtifactRef::from(artifact.id))?.documents {
            let body = inventory.document(document.id)?;
            // By its digest: what a document says of itself names no file.
            let hex = body.digest.trim_start_matches("sha256:");
            let path = arguments.output.join(format!("{hex}.{}", extension(&body.format)));
            Target::File(path).write::<Failure>(|out| Ok(out.write_all(&body.bytes)?))?;
            written = written.saturating_add(1);
        }
    }
    ui.status(&format!("{written} documents written to {}", arguments.output.display()));
    Ok(exit::DONE)
}

/// What files of a format are called.
fn extension(format: &str) -> &'static str {
    let name = format.split('@').next().unwrap_or(format);
    match name {
        "cyclonedx-json" => "cdx.json",
        "cyclonedx-xml" => "cdx.xml",
        "cyclonedx-protobuf" => "cdx.pb",
        "spdx-json" | "spdx3-json" => "spdx.json",
        "spdx-yaml" => "spdx.yaml",
        "spdx-tag-value" => "spdx",
        "spdx-rdf-xml" => "spdx.rdf",
        _ if name.ends_with("json") => "json",
        _ if name.ends_with("xml") => "xml",
        _ => "sbom",
    }
}
