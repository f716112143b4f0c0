//! The JSON documents of images: OCI image-spec 1.1 index, manifest and config, their Docker schema 2 twins, and the
//! `manifest.json` of `docker save`.

use std::collections::BTreeMap;

use plimsoll_model::{Digest, DigestAlgorithm};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::platform::Platform;
use crate::SourceError;

/// Points at a blob (descriptor.md).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    #[serde(default)]
    pub(super) media_type: String,
    digest: String,
    pub(super) size: u64,
    #[serde(default)]
    pub(super) annotations: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub(super) platform: Option<Platform>,
    #[serde(default)]
    urls: Option<Vec<IgnoredAny>>,
}

impl Descriptor {
    /// One that no document lists.
    pub(super) fn new(media_type: String, digest: String, size: u64) -> Self {
        Self { media_type, digest, size, annotations: None, platform: None, urls: None }
    }

    /// The digest, if it is written as the specification says; so it is safe to make a path of it.
    pub(super) fn digest(&self, what: &str) -> Result<Digest, SourceError> {
        parse_digest(&self.digest, what)
    }

    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(key).map(String::as_str)
    }

    /// BuildKit puts attestations next to the images, as manifests of no platform.
    pub(super) fn is_attestation(&self) -> bool {
        self.annotation("vnd.docker.reference.type") == Some("attestation-manifest")
            || self.platform.as_ref().is_some_and(Platform::is_unknown)
    }

    /// A layer that may not be copied, and so may be left out.
    pub(super) fn may_be_absent(&self) -> bool {
        self.urls.as_ref().is_some_and(|urls| !urls.is_empty())
            || self.media_type.contains("nondistributable")
            || self.media_type.contains(".foreign.")
    }
}

/// A digest in the one spelling that the specification allows.
pub(super) fn parse_digest(text: &str, what: &str) -> Result<Digest, SourceError> {
    let digest = Digest::from_prefixed(text).ok().filter(|digest| {
        matches!(digest.algorithm(), DigestAlgorithm::Sha256 | DigestAlgorithm::Sha512) && digest.to_string() == text
    });
    digest.ok_or_else(|| SourceError::malformed(what, format!("{text:?} is not a sha256 or sha512 digest")))
}

/// An index or a manifest: which one is told by what it holds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDocument {
    media_type: Option<String>,
    manifests: Option<Vec<Descriptor>>,
    layers: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    fs_layers: Option<IgnoredAny>,
    annotations: Option<BTreeMap<String, String>>,
}

/// An image index, or Docker's manifest list; or an image manifest.
#[derive(Debug)]
pub(super) enum Document {
    Index(Vec<Descriptor>),
    Manifest(Box<Manifest>),
}

/// An image manifest.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
    pub(super) annotations: BTreeMap<String, String>,
}

const INDEXES: &[&str] =
    &["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];
const MANIFESTS: &[&str] =
    &["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];
const CONFIGS: &[&str] =
    &["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

impl Document {
    /// Parses a document that was announced with this media type (empty for none).
    ///
    /// What can be read as two kinds of document is refused: readers would disagree (CVE-2021-41190).
    pub(super) fn parse(bytes: &[u8], announced: &str, what: &str) -> Result<Self, SourceError> {
        let raw: RawDocument = parse_json(bytes, what)?;
        let bad = |reason: &str| SourceError::malformed(what, reason);
        if raw.fs_layers.is_some() {
            return Err(SourceError::Unsupported {
                what: what.to_owned(),
                reason: "Docker manifest schema 1 was replaced in 2016; pull and save the image with a current tool"
                    .into(),
            });
        }
        let own = raw.media_type.as_deref().unwrap_or_default();
        if !own.is_empty() && !announced.is_empty() && own != announced {
            return Err(bad(&format!("its media type is {own:?}, but it was announced as {announced:?}")));
        }
        let media_type = if own.is_empty() { announced } else { own };
        match (raw.manifests, raw.layers, raw.config) {
            (Some(manifests), None, None) if !MANIFESTS.contains(&media_type) => Ok(Self::Index(manifests)),
            (None, Some(layers), Some(config)) if !INDEXES.contains(&media_type) => {
                let annotations = raw.annotations.unwrap_or_default();
                Ok(Self::Manifest(Box::new(Manifest { config, layers, annotations })))
            }
            (Some(_), ..) => Err(bad("it is an index and a manifest at once")),
            _ => Err(bad("it is neither an image index nor an image manifest")),
        }
    }
}

impl Manifest {
    /// Signatures, SBOMs and other artifacts are stored as manifests too, with a config of another type.
    pub(super) fn is_image(&self) -> bool {
        CONFIGS.contains(&self.config.media_type.as_str())
    }
}

/// An image config (config.md).
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    pub(super) os: Option<String>,
    pub(super) architecture: Option<String>,
    pub(super) variant: Option<String>,
    pub(super) created: Option<String>,
    config: Option<Execution>,
    rootfs: Option<RootFs>,
    history: Option<Vec<History>>,
}

#[derive(Debug, Deserialize)]
struct Execution {
    #[serde(rename = "Labels")]
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
struct RootFs {
    diff_ids: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct History {
    created_by: Option<String>,
    empty_layer: Option<bool>,
}

impl Config {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, SourceError> {
        parse_json(bytes, "image config")
    }

    pub(super) fn labels(&self) -> BTreeMap<String, String> {
        self.config.as_ref().and_then(|config| config.labels.clone()).unwrap_or_default()
    }

    /// The digests of the uncompressed layers, of which there must be `layers`.
    pub(super) fn diff_ids(&self, layers: usize) -> Result<Vec<Digest>, SourceError> {
        let what = "image config";
        let diff_ids = self.rootfs.as_ref().and_then(|rootfs| rootfs.diff_ids.as_deref()).unwrap_or_default();
        if diff_ids.len() != layers {
            let reason = format!("it has {} diff_ids for the {layers} layers of the manifest", diff_ids.len());
            return Err(SourceError::malformed(what, reason));
        }
        diff_ids.iter().map(|text| parse_digest(text, what)).collect()
    }

    /// The commands that made the layers; none where the history does not fit to them.
    pub(super) fn created_by(&self, layers: usize) -> Vec<Option<String>> {
        let history = self.history.as_deref().unwrap_or_default();
        let steps = history.iter().filter(|step| !step.empty_layer.unwrap_or_default());
        let commands: Vec<Option<String>> = steps.map(|step| step.created_by.clone()).collect();
        if commands.len() == layers { commands } else { vec![None; layers] }
    }
}

/// One image in the `manifest.json` of `docker save`.
#[derive(Debug, Deserialize)]
pub(super) struct DockerImage {
    #[serde(rename = "Config")]
    pub(super) config: String,
    #[serde(rename = "RepoTags")]
    pub(super) tags: Option<Vec<String>>,
    #[serde(rename = "Layers")]
    pub(super) layers: Option<Vec<String>>,
}

/// Whether a file named `manifest.json` is Docker's, and not one of the many others.
pub(crate) fn looks_like_docker_manifest(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Vec<DockerImage>>(bytes).is_ok_and(|images| !images.is_empty())
}

pub(super) fn parse_json<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &str) -> Result<T, SourceError> {
    serde_json::from_slice(bytes).map_err(|error| SourceError::malformed(what, error.to_string()))
}
