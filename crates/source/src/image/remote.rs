//! Images whose parts lie elsewhere: in a registry, or with a container engine.
//!
//! This crate opens no connection. It is given the manifest that a name stands for and something that fetches the parts
//! by their digests, and does with them what it does with the parts of a layout: documents and layers are compared with
//! their digests, and layers are streamed.

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plimsoll_model::Digest;

use super::manifest::Descriptor;
use super::oci;
use super::store::{Blob, Kind, Store};
use super::stream::Streamed;
use crate::hashing::digest_of;
use crate::layer::compare;
use crate::{OpenOptions, Source, SourceError};

/// Fetches the parts of one image by their digests. What it returns is not believed: it is hashed here.
pub trait Blobs: fmt::Debug + Send + Sync {
    /// An index or a manifest, whole.
    ///
    /// # Errors
    /// It cannot be had, or is too large for a document.
    fn manifest(&self, digest: &Digest) -> Result<Vec<u8>, SourceError>;

    /// A config of `size` bytes, whole.
    ///
    /// # Errors
    /// It cannot be had, or is too large for a document.
    fn config(&self, digest: &Digest, size: u64) -> Result<Vec<u8>, SourceError>;

    /// Whether a layer can be had. Asked only for those that an image need not carry.
    ///
    /// # Errors
    /// The answer cannot be had.
    fn has_layer(&self, digest: &Digest) -> Result<bool, SourceError>;

    /// A layer of `size` bytes from its start. The reader gives that many bytes or an error.
    ///
    /// # Errors
    /// It cannot be had; `what` is its name for messages.
    fn layer(&self, digest: &Digest, size: u64, what: &str) -> Result<Box<dyn Read + Send>, SourceError>;
}

/// An image that a name was resolved to.
#[derive(Debug, Clone)]
pub struct RemoteImage {
    /// Registry and repository: `ghcr.io/acme/app`.
    pub repository: String,
    /// The full name with the tag, when it was asked for by one.
    pub tag: Option<String>,
    /// Media type that the manifest was announced with; empty for none that is known.
    pub media_type: String,
    /// The index or manifest, as it was sent.
    pub manifest: Vec<u8>,
    /// Its digest.
    pub digest: Digest,
}

/// Opens an image whose parts are fetched when they are needed: one source, or one for each platform.
///
/// # Errors
/// A document is not what its digest names, or there is no such platform.
pub fn open_remote(
    image: &RemoteImage,
    blobs: Arc<dyn Blobs>,
    options: &OpenOptions,
) -> Result<Vec<Box<dyn Source>>, SourceError> {
    compare("manifest", Some(&image.digest), digest_of(image.digest.algorithm(), &image.manifest))?;
    let store = Remote { blobs, image, documents: AtomicUsize::new(0) };
    let mut plans = oci::plan_listed(&store, vec![store.root()], options)?;
    for plan in &mut plans {
        // Names in annotations are the publisher's; this one is the user's.
        plan.info.tags = image.tag.iter().cloned().collect();
        plan.info.repository = Some(image.repository.clone());
        let chosen = plan.info.manifest_digest.as_ref() != Some(&image.digest);
        plan.info.index_digest = chosen.then(|| image.digest.clone());
    }
    Ok(oci::sources(plans, &image.repository, options, Vec::new))
}

/// Documents of one image: an index in an index, and a manifest and config for each platform.
const DOCUMENTS: usize = 1000;

struct Remote<'a> {
    blobs: Arc<dyn Blobs>,
    image: &'a RemoteImage,
    documents: AtomicUsize,
}

impl Remote<'_> {
    fn root(&self) -> Descriptor {
        let (digest, size) = (self.image.digest.to_string(), self.image.manifest.len() as u64);
        Descriptor::new(self.image.media_type.clone(), digest, size)
    }
}

impl Store for Remote<'_> {
    fn blob(&self, _name: &str) -> Result<Option<Blob>, SourceError> {
        Ok(None)
    }

    fn described(&self, descriptor: &Descriptor, digest: &Digest, kind: Kind) -> Result<Option<Vec<u8>>, SourceError> {
        if kind == Kind::Manifest && *digest == self.image.digest {
            return Ok(Some(self.image.manifest.clone()));
        }
        if self.documents.fetch_add(1, Ordering::Relaxed) >= DOCUMENTS {
            let reason =
                format!("more than {DOCUMENTS} documents are needed to tell its platforms; name one by digest");
            return Err(SourceError::malformed("image index", reason));
        }
        match kind {
            Kind::Manifest => self.blobs.manifest(digest),
            Kind::Config => self.blobs.config(digest, descriptor.size),
        }
        .map(Some)
    }

    fn layer(&self, descriptor: &Descriptor, digest: &Digest) -> Result<Option<Blob>, SourceError> {
        if descriptor.may_be_absent() && !self.blobs.has_layer(digest)? {
            return Ok(None);
        }
        let blob = RemoteBlob { blobs: Arc::clone(&self.blobs), digest: digest.clone(), size: descriptor.size };
        Ok(Some(Blob::Remote(blob)))
    }
}

/// A layer that is fetched when it is walked.
#[derive(Debug, Clone)]
pub(crate) struct RemoteBlob {
    blobs: Arc<dyn Blobs>,
    digest: Digest,
    pub(crate) size: u64,
}

impl RemoteBlob {
    pub(crate) fn open(&self, what: &str) -> Result<Box<dyn Read + Send>, SourceError> {
        self.blobs.layer(&self.digest, self.size, what)
    }
}

/// Starts an archive of an image from its beginning. Called again when links lead back.
pub trait OpenArchive: Send + Sync {
    /// The archive, as `docker save` writes it.
    ///
    /// # Errors
    /// It cannot be had.
    fn open(&self) -> Result<Box<dyn Read + Send>, SourceError>;
}

/// An archive of an image that is made anew each time it is asked for.
pub struct RemoteArchive {
    /// The image as the user called it.
    pub name: String,
    /// The full name with the tag, when it was asked for by one.
    pub tag: Option<String>,
    /// Where it comes from.
    pub archive: Box<dyn OpenArchive>,
}

/// Opens an image that is sent as an archive.
#[must_use]
pub fn open_archive_stream(archive: RemoteArchive, options: &OpenOptions) -> Box<dyn Source> {
    Box::new(Streamed::remote(archive, options))
}
