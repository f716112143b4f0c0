//! Manifests as documents: OCI image-spec 1.1 index and manifest, with what 1.1 added for artifacts (`subject`,
//! `artifactType`), and their Docker schema 2 twins. Artifacts (signatures, SBOMs) are image manifests whose config says
//! nothing.
//!
//! What can be read as two kinds of document is refused: readers would disagree (CVE-2021-41190).

use std::collections::BTreeMap;

use plimsoll_model::Digest;
use plimsoll_source::digest_of;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::RegistryError;
use crate::document::compare;
use crate::reference::parse_digest;

/// An index, of manifests for several platforms or of referrers.
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// A manifest, of an image or of an artifact.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// Names content (image-spec, descriptor.md).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Descriptor {
    /// What it is.
    pub media_type: String,
    /// What it is named by.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    /// What an artifact is, when the descriptor says it.
    pub artifact_type: Option<String>,
    /// Annotations of the descriptor; in a list of referrers, those of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// `os/architecture[/variant]` of an image in an index.
    pub platform: Option<String>,
    /// Whether it may be left out, to be fetched from elsewhere.
    pub(crate) is_foreign: bool,
}

impl Descriptor {
    /// One without annotations.
    #[must_use]
    pub fn new(media_type: impl Into<String>, digest: Digest, size: u64) -> Self {
        let media_type = media_type.into();
        let annotations = BTreeMap::new();
        Self { media_type, digest, size, artifact_type: None, annotations, platform: None, is_foreign: false }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDescriptor {
    #[serde(default)]
    media_type: String,
    digest: String,
    size: u64,
    artifact_type: Option<String>,
    annotations: Option<BTreeMap<String, String>>,
    platform: Option<RawPlatform>,
    urls: Option<Vec<IgnoredAny>>,
}

#[derive(Deserialize)]
struct RawPlatform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
}

impl RawDescriptor {
    fn read(self, what: &str) -> Result<Descriptor, RegistryError> {
        let digest = parse_digest(&self.digest)
            .ok_or_else(|| malformed(what, format!("{:?} is not a sha256 or sha512 digest", self.digest)))?;
        let is_foreign = self.urls.is_some_and(|urls| !urls.is_empty())
            || self.media_type.contains("nondistributable")
            || self.media_type.contains(".foreign.");
        let platform = self.platform.map(|platform| {
            let variant = platform.variant.map(|variant| format!("/{variant}")).unwrap_or_default();
            format!("{}/{}{variant}", platform.os, platform.architecture)
        });
        Ok(Descriptor {
            media_type: self.media_type,
            digest,
            size: self.size,
            artifact_type: self.artifact_type.filter(|text| !text.is_empty()),
            annotations: self.annotations.unwrap_or_default(),
            platform,
            is_foreign,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawManifest {
    media_type: Option<String>,
    artifact_type: Option<String>,
    manifests: Option<Vec<RawDescriptor>>,
    layers: Option<Vec<RawDescriptor>>,
    config: Option<RawDescriptor>,
    fs_layers: Option<IgnoredAny>,
    subject: Option<RawDescriptor>,
    annotations: Option<BTreeMap<String, String>>,
}

/// What a manifest lists.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Manifests: an index, or Docker's manifest list.
    Index(Vec<Descriptor>),
    /// Blobs: of an image, or of an artifact.
    Blobs {
        /// The config of an image; of an artifact `{}`, or something of its own.
        config: Descriptor,
        /// Layers of an image; of an artifact what it consists of.
        layers: Vec<Descriptor>,
    },
}

/// A manifest or an index that is what its digest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    descriptor: Descriptor,
    bytes: Vec<u8>,
    content: Content,
    artifact_type: Option<String>,
    subject: Option<Descriptor>,
}

impl Manifest {
    /// Reads one that must have this digest, and was announced with this media type (empty for none).
    pub(crate) fn parse(bytes: Vec<u8>, announced: &str, digest: &Digest) -> Result<Self, RegistryError> {
        let what = format!("manifest {digest}");
        compare(&what, digest, &bytes)?;
        let raw: RawManifest = serde_json::from_slice(&bytes).map_err(|error| malformed(&what, error.to_string()))?;
        let bad = |reason: &str| malformed(&what, reason.to_owned());
        if raw.fs_layers.is_some() {
            return Err(bad("it is a Docker manifest of schema 1, which was replaced in 2016"));
        }
        let own = raw.media_type.unwrap_or_default();
        if !own.is_empty() && !announced.is_empty() && own != announced {
            return Err(bad(&format!("its media type is {own:?}, but it was announced as {announced:?}")));
        }
        let named = if own.is_empty() { announced.to_owned() } else { own };
        let list = |all: Vec<RawDescriptor>| -> Result<Vec<Descriptor>, RegistryError> {
            all.into_iter().map(|one| one.read(&what)).collect()
        };
        let (content, default) = match (raw.manifests, raw.layers, raw.config) {
            (Some(manifests), None, None) if ![MANIFEST, DOCKER_MANIFEST].contains(&named.as_str()) => {
                (Content::Index(list(manifests)?), INDEX)
            }
            (None, Some(layers), Some(config)) if ![INDEX, DOCKER_LIST].contains(&named.as_str()) => {
                (Content::Blobs { config: config.read(&what)?, layers: list(layers)? }, MANIFEST)
            }
            (Some(_), ..) => return Err(bad("it is an index and a manifest at once")),
            _ => return Err(bad("it is neither an index nor a manifest")),
        };
        let config_type = match &content {
            Content::Blobs { config, .. } => Some(config.media_type.clone()),
            Content::Index(_) => None,
        };
        let mut descriptor =
            Descriptor::new(if named.is_empty() { default } else { &named }, digest.clone(), bytes.len() as u64);
        descriptor.annotations = raw.annotations.unwrap_or_default();
        descriptor.artifact_type = raw.artifact_type.clone().filter(|text| !text.is_empty()).or(config_type);
        let subject = raw.subject.map(|subject| subject.read(&what)).transpose()?;
        let artifact_type = raw.artifact_type.filter(|text| !text.is_empty());
        Ok(Self { descriptor, bytes, content, artifact_type, subject })
    }

    /// One that was made here.
    pub(crate) fn made(bytes: Vec<u8>) -> Result<Self, RegistryError> {
        let digest = digest_of(plimsoll_model::DigestAlgorithm::Sha256, &bytes);
        let digest = digest.ok_or_else(|| malformed("manifest", "it has no digest".to_owned()))?;
        Self::parse(bytes, "", &digest)
    }

    /// Its descriptor as a list of referrers has it (distribution-spec, "Listing Referrers"): with the annotations of the
    /// manifest, and its artifact type, which is the media type of its config when it names none.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// The bytes that the digest names.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it lists.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// Layers; none of an index.
    #[must_use]
    pub fn layers(&self) -> &[Descriptor] {
        match &self.content {
            Content::Blobs { layers, .. } => layers,
            Content::Index(_) => &[],
        }
    }

    /// The artifact type, when the manifest names one.
    #[must_use]
    pub fn artifact_type(&self) -> Option<&str> {
        self.artifact_type.as_deref()
    }

    /// What it is about, when it says so.
    #[must_use]
    pub fn subject(&self) -> Option<&Descriptor> {
        self.subject.as_ref()
    }

    /// Its annotations.
    #[must_use]
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        &self.descriptor.annotations
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawIndex {
    media_type: Option<String>,
    manifests: Option<Vec<Box<RawValue>>>,
    layers: Option<IgnoredAny>,
    annotations: Option<Box<RawValue>>,
}

/// An index whose entries are kept as they are written, whatever they hold.
#[derive(Debug, Default)]
pub(crate) struct IndexText {
    pub(crate) entries: Vec<(Descriptor, Box<RawValue>)>,
    pub(crate) annotations: Option<Box<RawValue>>,
}

impl IndexText {
    /// Reads an index of at most so many entries.
    pub(crate) fn parse(bytes: &[u8], what: &str, limit: usize) -> Result<Self, RegistryError> {
        let raw: RawIndex = serde_json::from_slice(bytes).map_err(|error| malformed(what, error.to_string()))?;
        let is_index = raw.media_type.is_none_or(|name| name.is_empty() || name == INDEX);
        let (Some(manifests), None, true) = (raw.manifests, raw.layers, is_index) else {
            return Err(malformed(what, "it is no OCI image index".to_owned()));
        };
        if manifests.len() > limit {
            return Err(RegistryError::TooMany { what: what.to_owned(), limit: limit as u64 });
        }
        let mut entries = Vec::new();
        for text in manifests {
            let raw: RawDescriptor =
                serde_json::from_str(text.get()).map_err(|error| malformed(what, error.to_string()))?;
            entries.push((raw.read(what)?, text));
        }
        Ok(Self { entries, annotations: raw.annotations })
    }
}

pub(crate) fn malformed(what: &str, reason: String) -> RegistryError {
    RegistryError::Document { what: what.to_owned(), reason }
}
