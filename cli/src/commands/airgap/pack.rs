//! `plimsoll airgap pack`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use plimsoll_sign::Artifact;
use plimsoll_verify::Subject;
use plimsoll_verify::airgap::{BUNDLE, FilePath, IMAGES, MANIFEST, Manifest, Section, list};
use serde_json::json;

use super::draft::Draft;
use super::folder::contents;
use super::{images, trust};
use crate::args::{DataFormat, PackArguments};
use crate::commands::referrers::refuse_offline;
use crate::commands::signing::{Opened, Options, open};
use crate::commands::time::timestamp;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

const SCHEMA: &str = "plimsoll.airgap.pack/1";
const ARTIFACTS: &str = "artifacts";
/// Directories that the folder fills itself.
const RESERVED: &[&str] = &[IMAGES, ARTIFACTS, "trust"];

pub(super) fn run(arguments: &PackArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    check(arguments, offline)?;
    let created = match timestamp(arguments.timestamp.as_deref())? {
        Some(time) => Some(time.to_string().parse().map_err(Failure::failed)?),
        None => None,
    };
    // Before anything is packed, so that nobody waits for a wrong password.
    let mut signer = signer(arguments, offline, ui)?;
    let draft = Draft::begin(&arguments.output)?;
    let mut manifest = Manifest {
        created,
        unsigned: signer.is_none(),
        images: images::pack(arguments, &draft, ui)?,
        trust: trust::pack(arguments, &draft)?,
        artifacts: artifacts(arguments, &draft)?,
        sections: sections(arguments, &draft)?,
        files: BTreeMap::new(),
    };
    manifest.files = list(draft.path()).map_err(Failure::failed)?;
    let bytes = manifest.to_json().map_err(Failure::failed)?;
    write(&draft, MANIFEST, &bytes)?;
    if let Some(signer) = &mut signer {
        let signed = signer.session.sign(&Artifact::Bytes(bytes.clone()), Timestamp::now())?;
        write(&draft, BUNDLE, signed.json())?;
    }
    draft.finish()?;
    let digest = Subject::bytes(bytes).to_string();
    ui.status(&format!("{}: {}", arguments.output.display(), summary(&manifest)));
    Target::Stdout.write(|out| match arguments.format {
        DataFormat::Text => writeln!(out, "{digest}").map_err(Failure::from),
        DataFormat::Json => {
            let report = json!({
                "schema": SCHEMA,
                "folder": arguments.output.display().to_string(),
                "manifest": digest,
                "signed": !manifest.unsigned,
                "contents": contents(&manifest),
            });
            Ok(write_json(out, &report)?)
        }
    })?;
    Ok(exit::DONE)
}

/// What signs; `None` where the folder is not to be signed.
fn signer(arguments: &PackArguments, offline: bool, ui: &mut Ui) -> Result<Option<Opened>, Failure> {
    if arguments.unsigned {
        ui.warning("the folder is not signed (--unsigned): nobody accepts it until airgap.json is");
        return Ok(None);
    }
    open(&arguments.signing, &Options { network: &arguments.network, offline, cosign_layout: false }, ui).map(Some)
}

fn check(arguments: &PackArguments, offline: bool) -> Result<(), Failure> {
    let places: Vec<_> = arguments.image.iter().map(|image| &image.place).collect();
    refuse_offline(&places, offline)?;
    images::check_names(&arguments.image)?;
    if let Some(named) = arguments.include.iter().find(|named| RESERVED.contains(&named.name.as_str())) {
        return Err(Failure::usage(format!("--include {}: the folder has a use of its own for that name", named.name)));
    }
    let empty = arguments.image.is_empty() && arguments.artifact.is_empty() && arguments.bundle.is_empty();
    let empty = empty && arguments.include.is_empty() && arguments.include_trusted_root.is_empty();
    if empty && arguments.include_trust.is_empty() {
        return Err(Failure::usage("there is nothing to pack").hint("name it with --image, --artifact or --include"));
    }
    Ok(())
}

fn artifacts(arguments: &PackArguments, draft: &Draft) -> Result<Vec<FilePath>, Failure> {
    let mut all = Vec::new();
    for file in arguments.artifact.iter().chain(&arguments.bundle) {
        all.push(draft.take(file, ARTIFACTS)?);
    }
    all.sort();
    Ok(all)
}

fn sections(arguments: &PackArguments, draft: &Draft) -> Result<Vec<Section>, Failure> {
    let mut named: BTreeMap<&str, Vec<&PathBuf>> = BTreeMap::new();
    for include in &arguments.include {
        named.entry(&include.name).or_default().push(&include.path);
    }
    let mut sections = Vec::new();
    for (name, paths) in named {
        let mut files = Vec::new();
        for path in paths {
            files.extend(draft.take_all(path, name)?);
        }
        files.sort();
        sections.push(Section { name: name.to_owned(), files });
    }
    Ok(sections)
}

fn write(draft: &Draft, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    draft.write(&FilePath::new(name).map_err(Failure::failed)?, bytes)
}

fn summary(manifest: &Manifest) -> String {
    let referring: usize = manifest.images.iter().map(|image| image.manifests.len()).sum();
    format!(
        "images: {} (manifests: {referring}), artifacts: {}, instances: {}; files: {} ({} bytes)",
        manifest.images.len(),
        manifest.artifacts.len(),
        manifest.trust.len(),
        manifest.files.len(),
        manifest.bytes(),
    )
}
