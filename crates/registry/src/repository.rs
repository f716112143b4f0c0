//! One repository of a registry: manifests and blobs by name and digest, read and written.
//!
//! What is read may come from a mirror; what is written goes to the registry itself, and so does every question that
//! decides what to write. A token to push with is asked for by the first request that needs one.

use std::io::Cursor;
use std::sync::Arc;

use plimsoll_model::{Digest, DigestAlgorithm};
use plimsoll_source::digest_of;
use reqwest::{Method, StatusCode};

use crate::document::{ACCEPT, Document, MANIFEST_LIMIT, compare, said_digest};
use crate::endpoint::Endpoint;
use crate::exchange::{Ask, Open, Payload, Place, Sent};
use crate::host::shown;
use crate::manifest::{Manifest, malformed};
use crate::push::Push;
use crate::reference::{is_tag, parse_digest};
use crate::remote::Remote;
use crate::{Descriptor, ImageReference, NetworkOptions, Pushed, RegistryError};

/// A repository that a name stands in.
///
/// ```no_run
/// use plimsoll_registry::{Attachment, NetworkOptions, Repository};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let repository = Repository::open(&"ghcr.io/acme/app:1.4.0".parse()?, &NetworkOptions::default());
/// let image = repository.resolve()?;
/// let subject = &image.descriptor().digest;
/// for listed in repository.bundles(subject)? {
///     let bundle = repository.bundle(subject, &listed.descriptor, 64 << 20)?;
/// #   drop(bundle);
/// }
/// let bundle = Attachment::bundle("{…}", "dsse-envelope", Some("https://slsa.dev/provenance/v1"));
/// repository.attach(image.descriptor(), &bundle)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Repository {
    reference: ImageReference,
    pub(crate) remote: Arc<Remote>,
    writer: Endpoint,
    /// Another repository of the same registry, where blobs may be that are pushed.
    mount_from: Option<String>,
    pub(crate) max_referrers: usize,
    pub(crate) part: Option<u64>,
}

/// Of one subject. Who may push to a repository may attach any number.
pub(crate) const MAX_REFERRERS: usize = 256;

impl Repository {
    /// The repository of a name. Nothing is asked yet.
    #[must_use]
    pub fn open(reference: &ImageReference, network: &NetworkOptions) -> Self {
        let writer = Endpoint::writable(reference.host().clone(), reference.repository().to_owned(), None);
        Self {
            reference: reference.clone(),
            remote: Arc::new(Remote::new(reference, network)),
            writer,
            mount_from: None,
            max_referrers: MAX_REFERRERS,
            part: None,
        }
    }

    /// How many referrers of one subject are read; more are an error, never cut off. The default is 256.
    #[must_use]
    pub fn with_max_referrers(mut self, limit: usize) -> Self {
        self.max_referrers = limit;
        self
    }

    /// Looks for blobs to push in another repository of the registry first.
    pub(crate) fn mounting(mut self, from: &Self) -> Self {
        let own = &self.reference;
        if own.host() == from.reference.host() && own.repository() != from.reference.repository() {
            let other = from.reference.repository();
            self.writer = Endpoint::writable(own.host().clone(), own.repository().to_owned(), Some(other));
            self.mount_from = Some(other.to_owned());
        }
        self
    }

    /// The name it was opened with.
    #[must_use]
    pub fn reference(&self) -> &ImageReference {
        &self.reference
    }

    /// What should be said about credentials, once.
    #[must_use]
    pub fn take_notices(&self) -> Vec<String> {
        let mut notices = self.remote.notices();
        notices.extend(self.writer.take_notices());
        notices.dedup();
        notices
    }

    /// Fetches what the name stands for.
    ///
    /// # Errors
    /// It cannot be had, is not what its digest names, or is no manifest.
    pub fn resolve(&self) -> Result<Manifest, RegistryError> {
        match self.reference.digest() {
            Some(digest) => self.manifest(digest),
            None => checked(self.remote.manifest(&self.reference.identifier())?),
        }
    }

    /// Fetches a manifest.
    ///
    /// # Errors
    /// It cannot be had, is not what the digest names, or is no manifest.
    pub fn manifest(&self, digest: &Digest) -> Result<Manifest, RegistryError> {
        let document = self.remote.manifest(&digest.to_string())?;
        let media_type = document.media_type();
        Manifest::parse(document.bytes, &media_type, digest)
    }

    /// Fetches the manifest that a descriptor names; it has the size that the descriptor says.
    ///
    /// # Errors
    /// As [`Repository::manifest`].
    pub fn described(&self, descriptor: &Descriptor) -> Result<Manifest, RegistryError> {
        let manifest = self.manifest(&descriptor.digest)?;
        has_size(descriptor, manifest.bytes().len() as u64)?;
        Ok(manifest)
    }

    /// Fetches what a tag of the repository stands for, if there is such a tag.
    ///
    /// # Errors
    /// The registry does not say, or what it sends is no manifest.
    pub fn tagged(&self, tag: &str) -> Result<Option<Manifest>, RegistryError> {
        check_tag(tag)?;
        match self.remote.manifest(tag) {
            Ok(document) => checked(document).map(Some),
            Err(RegistryError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What a tag stands for at the registry itself, which is about to be written.
    pub(crate) fn tagged_at_origin(&self, tag: &str) -> Result<Option<Document>, RegistryError> {
        let path = format!("manifests/{tag}");
        let fetched =
            Document::fetch(&self.remote.transport, &self.writer, Ask::document(&path, ACCEPT), MANIFEST_LIMIT);
        match fetched {
            Ok(document) => document.digest().map(|_| Some(document)),
            Err(RegistryError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Fetches a blob of at most `limit` bytes.
    ///
    /// # Errors
    /// It is larger, cannot be had, or is not what its descriptor says.
    pub fn blob(&self, descriptor: &Descriptor, limit: u64) -> Result<Vec<u8>, RegistryError> {
        let what = format!("blob {}", descriptor.digest);
        if descriptor.size > limit {
            return Err(malformed(
                &what,
                format!("it has {} bytes, and no more than {limit} are read", descriptor.size),
            ));
        }
        let bytes = self.remote.small_blob(&descriptor.digest, descriptor.size)?;
        compare(&what, &descriptor.digest, &bytes)?;
        has_size(descriptor, bytes.len() as u64)?;
        Ok(bytes)
    }

    /// Makes the repository have a blob.
    ///
    /// # Errors
    /// The registry does not take it.
    pub fn push_blob(&self, media_type: &str, bytes: &[u8]) -> Result<Descriptor, RegistryError> {
        let digest = digest_of(DigestAlgorithm::Sha256, bytes);
        let digest = digest.ok_or_else(|| malformed("blob", "it has no digest".to_owned()))?;
        let descriptor = Descriptor::new(media_type, digest, bytes.len() as u64);
        let bytes: Arc<[u8]> = bytes.into();
        self.push_stream(&descriptor, &|| Ok(Box::new(Cursor::new(Arc::clone(&bytes)))))?;
        Ok(descriptor)
    }

    /// Makes the repository have a blob that is read as it is sent, and again from its start when it must be.
    pub(crate) fn push_stream(&self, blob: &Descriptor, open: &Open<'_>) -> Result<Pushed, RegistryError> {
        let push = Push {
            transport: &self.remote.transport,
            endpoint: &self.writer,
            blob,
            mount_from: self.mount_from.as_deref(),
            part: self.part,
        };
        push.run(open)
    }

    /// Whether the repository has a manifest.
    pub(crate) fn has_manifest(&self, digest: &Digest) -> Result<bool, RegistryError> {
        let path = format!("manifests/{digest}");
        let ask = Ask { accept: Some(ACCEPT), ..Ask::head(&path) };
        match self.writer.send(&self.remote.transport, ask) {
            Ok(_) => Ok(true),
            Err(RegistryError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes a manifest whose blobs and manifests the repository has, under a tag or its digest alone.
    ///
    /// # Errors
    /// The registry does not take it.
    pub fn put_manifest(&self, manifest: &Manifest, tag: Option<&str>) -> Result<(), RegistryError> {
        self.put(manifest, tag).map(|_| ())
    }

    /// Lets a tag stand for a manifest that the repository has.
    ///
    /// # Errors
    /// The registry does not take it.
    pub fn tag(&self, manifest: &Manifest, tag: &str) -> Result<(), RegistryError> {
        self.put_manifest(manifest, Some(tag))
    }

    /// Writes a manifest; whether the registry says that it lists it among the referrers of its subject.
    pub(crate) fn put(&self, manifest: &Manifest, tag: Option<&str>) -> Result<bool, RegistryError> {
        tag.map_or(Ok(()), check_tag)?;
        let descriptor = manifest.descriptor();
        self.put_bytes(&descriptor.media_type, &descriptor.digest, manifest.bytes(), tag).map(|listed| {
            let subject = manifest.subject().map(|subject| &subject.digest);
            listed.is_some() && listed.as_ref() == subject
        })
    }

    /// Writes the bytes of a manifest; the subject that the registry noticed.
    pub(crate) fn put_bytes(
        &self,
        media_type: &str,
        digest: &Digest,
        bytes: &[u8],
        tag: Option<&str>,
    ) -> Result<Option<Digest>, RegistryError> {
        if bytes.len() as u64 > MANIFEST_LIMIT {
            return Err(malformed(&format!("manifest {digest}"), format!("it has more than {MANIFEST_LIMIT} bytes")));
        }
        let path = format!("manifests/{}", tag.map_or_else(|| digest.to_string(), str::to_owned));
        let payload = Payload { media_type, content: Sent::Bytes(bytes), at: None };
        let ask = Ask::send(&Method::PUT, Place::Path(&path), payload);
        let response = self.writer.send(&self.remote.transport, ask)?;
        let answer = |reason: String| RegistryError::Answer { host: shown(response.url()), reason };
        if !matches!(response.status(), StatusCode::CREATED | StatusCode::OK | StatusCode::ACCEPTED) {
            return Err(answer(format!("status {} to a manifest", response.status())));
        }
        match said_digest(response.headers()) {
            Some(said) if said.algorithm() == digest.algorithm() && said != *digest => {
                Err(answer(format!("it keeps {said} for {digest}")))
            }
            _ => {
                let subject = response.headers().get("oci-subject").and_then(|value| value.to_str().ok());
                Ok(subject.and_then(|text| parse_digest(text.trim())))
            }
        }
    }
}

/// A document that a tag stands for.
pub(crate) fn checked(document: Document) -> Result<Manifest, RegistryError> {
    let (digest, media_type) = (document.digest()?, document.media_type());
    Manifest::parse(document.bytes, &media_type, &digest)
}

/// What is named has the size that its descriptor says.
pub(crate) fn has_size(descriptor: &Descriptor, size: u64) -> Result<(), RegistryError> {
    if descriptor.size == size {
        return Ok(());
    }
    let reason = format!("it has {size} bytes, and its descriptor says {}", descriptor.size);
    Err(malformed(&descriptor.digest.to_string(), reason))
}

fn check_tag(tag: &str) -> Result<(), RegistryError> {
    let bad = || RegistryError::Reference { text: tag.to_owned(), reason: "its tag is malformed" };
    if is_tag(tag) { Ok(()) } else { Err(bad()) }
}
