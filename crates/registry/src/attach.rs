//! Artifacts about other artifacts: an image manifest with a `subject` and a config that says nothing (image-spec 1.1,
//! "Guidelines for Artifact Usage").

use std::collections::BTreeMap;

use plimsoll_model::Digest;

use crate::manifest::malformed;
use crate::wire::OutManifest;
use crate::{Descriptor, Manifest, Referrer, RegistryError, Repository};

/// A blob of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// What it is.
    pub media_type: String,
    /// The blob.
    pub bytes: Vec<u8>,
    /// Annotations of its descriptor.
    pub annotations: BTreeMap<String, String>,
}

impl Layer {
    /// One without annotations.
    #[must_use]
    pub fn new(media_type: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { media_type: media_type.into(), bytes: bytes.into(), annotations: BTreeMap::new() }
    }

    /// Pushes it.
    pub(crate) fn push(&self, repository: &Repository) -> Result<Descriptor, RegistryError> {
        let mut descriptor = repository.push_blob(&self.media_type, &self.bytes)?;
        descriptor.annotations.clone_from(&self.annotations);
        Ok(descriptor)
    }
}

/// What is to be attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is: that of a Sigstore bundle is its media type.
    pub artifact_type: String,
    /// What it consists of. Without any the manifest says all.
    pub layers: Vec<Layer>,
    /// Annotations of the manifest, which lists of referrers repeat.
    pub annotations: BTreeMap<String, String>,
    /// The config; `{}` when there is none.
    pub config: Option<Layer>,
}

/// `{}`, for what must be there and says nothing (image-spec, manifest.md).
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// Media type and artifact type of a Sigstore bundle.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// Those of all versions: the older ones go on with `+json;version=`.
const BUNDLES: &str = "application/vnd.dev.sigstore.bundle";

impl Attachment {
    /// A Sigstore bundle, as cosign 3 attaches it (its `specs/BUNDLE_SPEC.md`). `content` is `dsse-envelope` or
    /// `message-signature`; of an envelope the predicate type is said too. No time is noted: what is attached twice is
    /// then one artifact.
    #[must_use]
    pub fn bundle(bytes: impl Into<Vec<u8>>, content: &str, predicate_type: Option<&str>) -> Self {
        let mut annotations = BTreeMap::new();
        annotations.insert("dev.sigstore.bundle.content".to_owned(), content.to_owned());
        if let Some(predicate_type) = predicate_type {
            annotations.insert("dev.sigstore.bundle.predicateType".to_owned(), predicate_type.to_owned());
        }
        Self { artifact_type: BUNDLE.to_owned(), layers: vec![Layer::new(BUNDLE, bytes)], annotations, config: None }
    }
}

impl Repository {
    /// The Sigstore bundles that are listed as about a manifest, of whatever version. Nothing of them is read yet.
    ///
    /// # Errors
    /// As [`Repository::referrers`].
    pub fn bundles(&self, subject: &Digest) -> Result<Vec<Referrer>, RegistryError> {
        let mut found = self.referrers(subject, None)?;
        found.retain(|one| one.descriptor.artifact_type.as_deref().is_some_and(|name| name.starts_with(BUNDLES)));
        Ok(found)
    }

    /// Reads a bundle of at most `limit` bytes that is listed as about a manifest. What is in it is not looked at.
    ///
    /// # Errors
    /// It cannot be had, is not what its digests name, is about something else, or there is not exactly one bundle in it.
    pub fn bundle(&self, subject: &Digest, listed: &Descriptor, limit: u64) -> Result<Vec<u8>, RegistryError> {
        let manifest = self.referrer(subject, listed)?;
        match manifest.layers() {
            [layer] if layer.media_type.starts_with(BUNDLES) => self.blob(layer, limit),
            _ => Err(malformed(&format!("manifest {}", listed.digest), "it does not hold one bundle".to_owned())),
        }
    }

    /// Attaches something to a manifest, which need not be there yet. What is attached again is there once.
    ///
    /// # Errors
    /// The registry does not take it.
    pub fn attach(&self, subject: &Descriptor, attachment: &Attachment) -> Result<Manifest, RegistryError> {
        let nothing = Layer::new(EMPTY, "{}");
        let config = attachment.config.as_ref().unwrap_or(&nothing).push(self)?;
        let mut layers = Vec::new();
        let given = attachment.layers.iter();
        for layer in given.chain(attachment.layers.is_empty().then_some(&nothing)) {
            layers.push(layer.push(self)?);
        }
        let out = OutManifest::new(&config, &layers);
        let out = out.about(subject, &attachment.artifact_type, &attachment.annotations);
        let manifest = Manifest::made(out.bytes()?)?;
        self.put_referrer(&manifest)?;
        Ok(manifest)
    }
}
