//! `plimsoll inventory export`: what was added, as it was, in a directory or a tar archive that `inventory add` reads.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use plimsoll_inventory::{ArtifactRef, Inventory, Query};

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
    let artifacts: Vec<ArtifactRef> = artifacts.into_iter().map(|artifact| ArtifactRef::from(artifact.id)).collect();
    let output = &arguments.output;
    let is_tar = output == Path::new("-") || output.extension().is_some_and(|extension| extension == "tar");
    let written = if is_tar {
        let target = if output == Path::new("-") { Target::Stdout } else { Target::File(output.clone()) };
        let mut written = 0;
        target.write::<Failure>(|out| {
            written = files(&mut inventory, &artifacts, |name, bytes| Ok(member(out, name, bytes)?))?;
            // Two blocks of zeros are the end.
            Ok(out.write_all(&[0; 1024])?)
        })?;
        written
    } else {
        fs::create_dir_all(output).map_err(|error| {
            Failure::failed(anyhow::Error::new(error).context(format!("cannot make {}", output.display())))
        })?;
        files(&mut inventory, &artifacts, |name, bytes| {
            Target::File(output.join(name)).write::<Failure>(|out| Ok(out.write_all(bytes)?))
        })?
    };
    let documents = if written == 1 { "1 document".to_owned() } else { format!("{written} documents") };
    let place = if output == Path::new("-") { PathBuf::from("standard output") } else { output.clone() };
    ui.status(&format!("{documents} written to {}", place.display()));
    Ok(exit::DONE)
}

/// Hands over each document and attestation once, named by its digest: what a document says of itself names no file.
fn files(
    inventory: &mut Inventory,
    artifacts: &[ArtifactRef],
    mut each: impl FnMut(&str, &[u8]) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for artifact in artifacts {
        let detail = inventory.artifact(artifact)?;
        for document in detail.documents {
            let body = inventory.document(document.id)?;
            let name = format!("{}.{}", body.digest.trim_start_matches("sha256:"), extension(&body.format));
            if names.insert(name.clone()) {
                each(&name, &body.bytes)?;
            }
        }
        for attestation in inventory.attestations(detail.summary.id)? {
            let name = format!("{}.intoto.json", attestation.digest.trim_start_matches("sha256:"));
            if names.insert(name.clone()) {
                each(&name, &inventory.attestation(attestation.number)?)?;
            }
        }
    }
    Ok(u64::try_from(names.len()).unwrap_or(u64::MAX))
}

/// A file of a tar archive (POSIX ustar). It has no time and no owner, so that the same documents are the same bytes.
fn member(out: &mut dyn Write, name: &str, bytes: &[u8]) -> io::Result<()> {
    let too_large = || io::Error::other("a document is larger than a tar archive can hold");
    let size = format!("{:011o}\0", bytes.len());
    // Fields of the header, one after the other: name, mode, owner, group, size, time, checksum, type, link, magic.
    let fields: [(&[u8], usize); 10] = [
        (name.as_bytes(), 100),
        (b"0000644\0", 8),
        (b"0000000\0", 8),
        (b"0000000\0", 8),
        (size.as_bytes(), 12),
        (b"00000000000\0", 12),
        (b"        ", 8),
        (b"0", 1),
        (b"", 100),
        (b"ustar\x0000", 255),
    ];
    let mut header = Vec::with_capacity(512);
    for (value, width) in fields {
        if value.len() > width {
            return Err(too_large());
        }
        let end = header.len().saturating_add(width);
        header.extend_from_slice(value);
        header.resize(end, 0);
    }
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let checksum = format!("{sum:06o}\0 ");
    if let Some(field) = header.get_mut(148..156) {
        field.copy_from_slice(checksum.as_bytes());
    }
    out.write_all(&header)?;
    out.write_all(bytes)?;
    let rest = bytes.len().next_multiple_of(512).saturating_sub(bytes.len());
    out.write_all(&vec![0; rest])
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
