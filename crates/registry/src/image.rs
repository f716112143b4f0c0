//! From the name of an image to its sources.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use plimsoll_model::Digest;
use plimsoll_source::{Blobs, OpenOptions, RemoteImage, Source, SourceError, open_remote};

use crate::remote::Remote;
use crate::{ImageReference, NetworkOptions, RegistryError};

/// An image that was found.
pub struct Opened {
    /// One source, or one for each platform.
    pub sources: Vec<Box<dyn Source>>,
    /// The digest that the name was resolved to: of the index, when there is one.
    pub digest: Digest,
    /// What the user should know, such as a credential helper that failed.
    pub notices: Vec<String>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// As for configs in files.
const CONFIG_LIMIT: u64 = 16 << 20;

/// Opens an image in a registry. The name is resolved once; all else is asked for by digest.
///
/// # Errors
/// The image cannot be had, or is not what its digests name.
pub fn open_registry(
    reference: &ImageReference,
    network: &NetworkOptions,
    options: &OpenOptions,
) -> Result<Opened, SourceError> {
    let remote = Arc::new(Remote::new(reference, network));
    let image = resolve(&remote, reference).map_err(|error| match error {
        RegistryError::Digest { what, expected, actual } => SourceError::DigestMismatch { what, expected, actual },
        error => error.of(format!("{reference}{}", said(&remote.notices()))),
    })?;
    let blobs: Arc<dyn Blobs> = Arc::clone(&remote) as Arc<dyn Blobs>;
    let sources = open_remote(&image, blobs, options)?;
    Ok(Opened { sources, digest: image.digest, notices: remote.notices() })
}

/// Notices as a part of a failure that they may explain.
fn said(notices: &[String]) -> String {
    if notices.is_empty() { String::new() } else { format!(" ({})", notices.join("; ")) }
}

/// Fetches what the name stands for.
fn resolve(remote: &Remote, reference: &ImageReference) -> Result<RemoteImage, RegistryError> {
    let document = remote.manifest(&reference.identifier())?;
    // One that is named is compared when it is opened.
    let digest = reference.digest().cloned().map_or_else(|| document.digest(), Ok)?;
    Ok(RemoteImage {
        repository: reference.name(),
        tag: reference.tagged(),
        media_type: document.media_type(),
        manifest: document.bytes,
        digest,
    })
}

impl Blobs for Remote {
    fn manifest(&self, digest: &Digest) -> Result<Vec<u8>, SourceError> {
        let document = self.manifest(&digest.to_string());
        document.map(|document| document.bytes).map_err(|error| error.of(format!("manifest {digest}")))
    }

    fn config(&self, digest: &Digest, size: u64) -> Result<Vec<u8>, SourceError> {
        if size > CONFIG_LIMIT {
            return Err(SourceError::Malformed { what: "image config".into(), reason: "it is too large".into() });
        }
        self.small_blob(digest, size).map_err(|error| error.of(format!("image config {digest}")))
    }

    fn has_layer(&self, digest: &Digest) -> Result<bool, SourceError> {
        self.has_blob(digest).map_err(|error| error.of(format!("layer {digest}")))
    }

    fn layer(&self, digest: &Digest, size: u64, what: &str) -> Result<Box<dyn Read + Send>, SourceError> {
        self.stream(digest, size).map_err(|error| error.of(what))
    }
}
