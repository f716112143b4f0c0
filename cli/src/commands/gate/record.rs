//! The record of a decision, and all that it was made from, by digest.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde_json::Value;

use super::Decided;
use crate::commands::gather::{Content, Grounds, Material};
use crate::failure::Failure;
use crate::output::{Target, write_json};

/// The record in a directory.
pub(super) const FILE: &str = "decision.json";
/// Where the inputs are in it.
pub(super) const BLOBS: &str = "sha256";

pub(super) fn write(path: &Path, report: &Value) -> Result<(), Failure> {
    Target::File(path.to_owned()).write(|out| write_json(out, report)).map_err(|error| cannot(path, error))
}

/// Copies everything that the decision was made from.
pub(super) fn keep(directory: &Path, all: &[Decided], grounds: &Grounds, report: &Value) -> Result<(), Failure> {
    let blobs = directory.join(BLOBS);
    fs::create_dir_all(&blobs).map_err(|error| cannot(&blobs, error))?;
    let own = all.iter().flat_map(|one| &one.gathered.materials);
    for material in grounds.materials.iter().chain(own) {
        copy(material, &blobs)?;
    }
    write(&directory.join(FILE), report)
}

fn copy(material: &Material, blobs: &Path) -> Result<(), Failure> {
    let Some(sha256) = material.sha256()? else { return Ok(()) };
    let path = blobs.join(sha256);
    if path.is_file() {
        return Ok(());
    }
    let written = Target::File(path.clone()).write(|out| match &material.content {
        Content::Bytes(bytes) => out.write_all(bytes),
        Content::File(file) => io::copy(&mut File::open(file)?, out).map(drop),
        Content::Nothing => Ok(()),
    });
    written.map_err(|error| cannot(&path, error))
}

fn cannot(path: &Path, error: io::Error) -> Failure {
    Failure::failed(anyhow::Error::new(error).context(format!("cannot write {}", path.display())))
}
