//! What `docker save`, `podman save` and `skopeo copy … docker-archive:` write: a tar file with a `manifest.json` that
//! names the config and the layers as members (moby, image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset
//! Format").
//!
//! There is no digest of a manifest. A layer is checked against the config's diffID, a config against its own name when
//! that is a digest. Docker since version 25 adds an OCI layout of the same blobs, of which the manifest digest is taken.

use plimsoll_model::{Diagnostic, DiagnosticCode, Digest, DigestAlgorithm};

use super::manifest::{Config, DockerImage, parse_json};
use super::members::Members;
use super::oci::{self, Plan, PlannedLayer, describe, required};
use super::platform::Platform;
use super::store::Store;
use crate::hashing::digest_of;
use crate::layer::compare;
use crate::layered::Watched;
use crate::{LayerInfo, OpenOptions, Source, SourceError};

/// Opens an archive whose members are known.
pub(crate) fn open_docker(
    members: &Members,
    watched: impl Fn() -> Watched,
    name: &str,
    options: &OpenOptions,
) -> Result<Vec<Box<dyn Source>>, SourceError> {
    Ok(oci::sources(plan(members, options)?, name, options, || vec![watched()]))
}

/// Reads the documents of the image, or of each image under `--platform all`.
pub(super) fn plan(store: &dyn Store, options: &OpenOptions) -> Result<Vec<Plan>, SourceError> {
    let manifest = required(store.document("manifest.json")?, "manifest.json")?;
    let images: Vec<DockerImage> = parse_json(&manifest, "manifest.json")?;
    let all = options.platform.as_deref() == Some("all");
    let wanted = options.platform.as_deref().filter(|_| !all).map(Platform::parse).transpose()?;
    let count = images.len();
    let mut plans = Vec::new();
    for image in &images {
        let plan = read_image(store, image)?;
        let fits = wanted.as_ref().is_none_or(|wanted| oci::check_platform(&plan.info, Some(wanted)).is_ok());
        if fits || count == 1 {
            plans.push(plan);
        }
        if !all && !plans.is_empty() {
            break;
        }
    }
    let first = plans.first_mut().ok_or_else(|| SourceError::malformed("manifest.json", "it lists no such image"))?;
    if all {
        return Ok(plans);
    }
    oci::check_platform(&first.info, wanted.as_ref())?;
    if count > 1 {
        let name = first.info.tags.first().map_or("without a name", String::as_str);
        let message = format!("the archive has {count} images: the first was taken ({name})");
        first.notices.push(Diagnostic::new(DiagnosticCode::AMBIGUOUS_ARCHIVE, message));
    }
    Ok(plans)
}

fn read_image(store: &dyn Store, image: &DockerImage) -> Result<Plan, SourceError> {
    let bytes = required(store.document(&image.config)?, "image config")?;
    let named = named_digest(&image.config);
    let algorithm = named.as_ref().map_or(DigestAlgorithm::Sha256, Digest::algorithm);
    let digest = required(digest_of(algorithm, &bytes), "image config")?;
    compare("image config", named.as_ref(), Some(digest.clone()))?;
    let config = Config::parse(&bytes)?;
    let mut info = describe(&config, digest.clone());
    info.tags = image.tags.clone().unwrap_or_default();
    let names = image.layers.as_deref().unwrap_or_default();
    let promised = config.diff_ids(names.len())?.into_iter().zip(config.created_by(names.len()));
    let mut layers = Vec::new();
    for (position, (name, (diff_id, created_by))) in names.iter().zip(promised).enumerate() {
        let blob = store.blob(name)?;
        let blob = blob.ok_or_else(|| {
            SourceError::malformed(format!("layer {position}"), format!("the archive has no member {name:?}"))
        })?;
        let digest = named_digest(name).filter(|_| name.starts_with("blobs/"));
        info.layers.push(LayerInfo {
            digest: digest.clone(),
            diff_id: diff_id.clone(),
            media_type: "application/vnd.docker.image.rootfs.diff.tar".into(),
            size: blob.length(),
            created_by,
        });
        layers.push(PlannedLayer { blob: Some(blob), digest, diff_id });
    }
    if let Some(twin) = twin(store, &digest) {
        info.manifest_digest = twin.info.manifest_digest;
        info.annotations = twin.info.annotations;
    }
    Ok(Plan { info, layers, notices: Vec::new() })
}

/// The digest that the name of a member is: `blobs/sha256/HEX`, or `HEX.json`.
fn named_digest(name: &str) -> Option<Digest> {
    let (algorithm, hex) = match name.strip_prefix("blobs/") {
        Some(rest) => rest.split_once('/')?,
        None => ("sha256", name.strip_suffix(".json")?),
    };
    let digest = Digest::from_hex(DigestAlgorithm::from_name(algorithm)?, hex).ok()?;
    matches!(digest.algorithm(), DigestAlgorithm::Sha256 | DigestAlgorithm::Sha512).then_some(digest)
}

/// The same image in the OCI layout of the archive. A layout that cannot be read takes nothing from the image, whose
/// config and layers are checked without it.
fn twin(store: &dyn Store, config: &Digest) -> Option<Plan> {
    store.document("oci-layout").ok()??;
    let options = OpenOptions { platform: Some("all".into()), ..OpenOptions::default() };
    let plans = oci::plan(store, &options).ok()?;
    plans.into_iter().find(|plan| plan.info.config_digest.as_ref() == Some(config))
}
