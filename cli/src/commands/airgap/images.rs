//! Images into the layout of a folder.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::Digest;
use plimsoll_registry::{Copied, CopyOptions, CopyPlace, LayoutReference, Role, copy};
use plimsoll_verify::airgap::{IMAGES, Image};

use super::draft::Draft;
use crate::args::{ImageArgument, PackArguments, layout_name};
use crate::failure::Failure;
use crate::output::Ui;

/// Refuses images that would take each other's place where they are imported.
pub(super) fn check_names(images: &[ImageArgument]) -> Result<(), Failure> {
    let mut names = BTreeSet::new();
    for name in images.iter().filter_map(|image| layout_name(&image.repository, image.tag.as_deref())) {
        if !names.insert(name.clone()) {
            return Err(Failure::usage(format!("two images are called {name}"))
                .hint("give one of them another name: NAME=IMAGE"));
        }
    }
    Ok(())
}

/// Copies all images.
pub(super) fn pack(arguments: &PackArguments, draft: &Draft, ui: &mut Ui) -> Result<Vec<Image>, Failure> {
    let mut options = CopyOptions::default();
    options.referrers = !arguments.no_referrers;
    options.max_referrers = arguments.max_referrers;
    let network = arguments.network.options();
    let mut tags: BTreeMap<String, Digest> = BTreeMap::new();
    let mut images = Vec::new();
    for image in &arguments.image {
        let tag = layout_name(&image.repository, image.tag.as_deref());
        let layout = LayoutReference { path: draft.path().join(IMAGES), tag, digest: None };
        let progress = ui.progress(format!("packing {}", image.place));
        let copied = copy(&image.place, &CopyPlace::Layout(layout), &network, &options);
        progress.finish_and_clear();
        let copied = copied?;
        told(&copied, &image.place, ui);
        for (tag, digest) in cosign(&copied) {
            if tags.insert(tag.clone(), digest.clone()).is_some_and(|held| held != digest) {
                let error =
                    anyhow::anyhow!("{} has something else under the tag {tag} than an image before it", image.place);
                return Err(Failure::failed(error).hint("pack the same image from one place only"));
            }
        }
        images.push(Image {
            source: shown(&image.place),
            repository: image.repository.clone(),
            tag: image.tag.clone(),
            digest: copied.digest.clone(),
            referrers: options.referrers,
            manifests: manifests(&copied),
            left_out: copied.left_out,
        });
    }
    Ok(images)
}

/// The digests of what was copied, in order.
pub(super) fn manifests(copied: &Copied) -> Vec<Digest> {
    let all: BTreeSet<&Digest> = copied.manifests.iter().map(|manifest| &manifest.descriptor.digest).collect();
    all.into_iter().cloned().collect()
}

/// Says what the user should know.
pub(super) fn told(copied: &Copied, source: &CopyPlace, ui: &mut Ui) {
    for notice in &copied.notices {
        ui.warning(notice);
    }
    for digest in &copied.left_out {
        ui.warning(&format!("{digest} was left out: it may not be distributed, and {source} lacks it"));
    }
}

fn cosign(copied: &Copied) -> impl Iterator<Item = (String, Digest)> + '_ {
    copied.manifests.iter().filter_map(|manifest| match &manifest.role {
        Role::Cosign(tag) => Some((tag.clone(), manifest.descriptor.digest.clone())),
        _ => None,
    })
}

/// Where an image was taken from, without what would tell of the machine.
fn shown(place: &CopyPlace) -> String {
    let CopyPlace::Layout(layout) = place else { return place.to_string() };
    let mut layout = layout.clone();
    layout.path = layout.path.file_name().map(Into::into).unwrap_or_default();
    CopyPlace::Layout(layout).to_string()
}
