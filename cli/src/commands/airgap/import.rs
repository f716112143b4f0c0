//! `plimsoll airgap import`.

use std::collections::BTreeSet;

use plimsoll_model::{Digest, printable};
use plimsoll_registry::{Copied, CopyOptions, CopyPlace, LayoutReference, copy};
use plimsoll_verify::airgap::{Image, Sealed};
use serde_json::{Value, json};

use super::trust::Incoming;
use super::{folder, images, trust};
use crate::args::{DataFormat, ImportArguments};
use crate::commands::referrers::refuse_offline;
use crate::commands::trust::instances;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

const SCHEMA: &str = "plimsoll.airgap.import/1";

pub(super) fn run(arguments: &ImportArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let (judged, expected) = folder::judge(&arguments.folder, ui)?;
    let Some(sealed) = judged.sealed() else {
        if arguments.format == DataFormat::Json {
            Target::Stdout
                .write(|out| write_json(out, &folder::json(SCHEMA, &judged, &expected, Some(imported(&[], &[])))))?;
        }
        let code = folder::answer(&judged, ui);
        ui.error("nothing was imported");
        return Ok(code);
    };
    // Everything that can be wrong is found before anything is changed.
    let targets = targets(arguments, sealed, offline)?;
    let incoming = if arguments.add_trust { trust::incoming(sealed)? } else { Vec::new() };
    let mut copied = Vec::new();
    for (image, target) in targets {
        copied.push((copy_image(arguments, sealed, image, &target, ui)?, target));
    }
    for one in incoming.iter().filter(|one| !one.is_known) {
        instances().add(&one.instance)?;
    }
    Target::Stdout.write(|out| match arguments.format {
        DataFormat::Text => {
            folder::text(out, &judged, &expected)?;
            for (copied, target) in &copied {
                let (target, digest) = (target.to_string(), copied.digest.to_string());
                let digest = if target.ends_with(&digest) { String::new() } else { format!(" {digest}") };
                writeln!(out, "imported: {}{digest}", printable(&target))?;
            }
            for one in &incoming {
                let what = if one.is_known { "known already" } else { "added" };
                writeln!(out, "instance: {} ({what}); trust it with --trust {0}", printable(&one.instance.name))?;
            }
            Ok(())
        }
        DataFormat::Json => {
            write_json(out, &folder::json(SCHEMA, &judged, &expected, Some(imported(&copied, &incoming))))
        }
    })?;
    Ok(exit::DONE)
}

fn targets<'a>(
    arguments: &ImportArguments,
    sealed: &'a Sealed,
    offline: bool,
) -> Result<Vec<(&'a Image, CopyPlace)>, Failure> {
    let Some(to) = &arguments.to else { return Ok(Vec::new()) };
    let mut targets = Vec::new();
    for image in &sealed.manifest().images {
        targets.push((image, to.of(image)?));
    }
    refuse_offline(&targets.iter().map(|(_, place)| place).collect::<Vec<_>>(), offline)?;
    Ok(targets)
}

/// Copies an image by its digest, and compares what came with it with the manifest of the folder.
fn copy_image(
    arguments: &ImportArguments,
    sealed: &Sealed,
    image: &Image,
    target: &CopyPlace,
    ui: &mut Ui,
) -> Result<Copied, Failure> {
    let path = sealed.images();
    let source = CopyPlace::Layout(LayoutReference { path, tag: None, digest: Some(image.digest.clone()) });
    let mut options = CopyOptions::default();
    options.referrers = image.referrers;
    options.max_referrers = usize::MAX;
    let progress = ui.progress(format!("importing {target}"));
    let copied = copy(&source, target, &arguments.network.options(), &options);
    progress.finish_and_clear();
    let copied = copied?;
    images::told(&copied, &source, ui);
    let signed: BTreeSet<&Digest> = sealed.manifest().images.iter().flat_map(|image| &image.manifests).collect();
    let came = images::manifests(&copied);
    let lacks = image.manifests.iter().find(|digest| came.binary_search(digest).is_err());
    if let Some(digest) = lacks.or_else(|| came.iter().find(|digest| !signed.contains(digest))) {
        let error = anyhow::anyhow!("{digest} is not as the manifest of the folder has it");
        return Err(Failure::failed(error).hint("the folder was changed while it was imported: do not use it"));
    }
    Ok(copied)
}

/// What was imported, for programs.
fn imported(copied: &[(Copied, CopyPlace)], incoming: &[Incoming]) -> Value {
    let images = copied.iter().map(|(copied, target)| {
        json!({
            "target": target.to_string(), "digest": copied.digest.to_string(), "manifests": copied.manifests.len(),
            "sent": copied.sent, "sentBytes": copied.sent_bytes, "present": copied.present,
        })
    });
    let trust = incoming.iter().map(|one| json!({ "name": one.instance.name, "added": !one.is_known }));
    json!({ "images": images.collect::<Vec<_>>(), "trust": trust.collect::<Vec<_>>() })
}
