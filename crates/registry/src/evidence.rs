//! What is attached to an image that may prove something about it: Sigstore bundles among its referrers, and the signatures
//! and attestations under cosign's tags. They are fetched and compared with their digests; what they prove is decided
//! elsewhere.
//!
//! Who may push to a repository may attach anything. So one attachment that is broken does not hide the others: it is
//! handed over as unread, with the reason. A registry that cannot be reached, or more attachments than are read, is an
//! error: evidence that was not looked at is not evidence that is not there.

use std::collections::BTreeMap;

use plimsoll_model::Digest;

use crate::bounded::BoundedBlobs;
use crate::ends::From;
use crate::{Content, CopyPlace, CosignTag, Descriptor, Manifest, NetworkOptions, RegistryError};

/// Bytes of the config of an image.
const MAX_CONFIG: u64 = 8 << 20;

/// How much is read.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct EvidenceOptions {
    /// Of one subject, and layers of one attachment; more are an error.
    pub max_referrers: usize,
    /// Bytes of one piece; a larger one is not read, and told.
    pub max_bytes: u64,
    /// Bytes of all pieces; more are an error.
    pub max_total_bytes: u64,
    /// Whether the config of an image is read, too.
    pub config: bool,
}

impl Default for EvidenceOptions {
    fn default() -> Self {
        Self {
            max_referrers: crate::repository::MAX_REFERRERS,
            max_bytes: 64 << 20,
            max_total_bytes: 256 << 20,
            config: false,
        }
    }
}

/// An image, and what is attached to it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Evidenced {
    /// What the name stands for.
    pub manifest: Manifest,
    /// The config of an image, where it was asked for.
    pub config: Option<Vec<u8>>,
    /// What may prove something.
    pub pieces: Vec<EvidencePiece>,
    /// What should, and cannot be read: where it is, and why not.
    pub unread: Vec<(String, String)>,
    /// What else is attached: an SBOM without signature, say.
    pub others: usize,
    /// What the user should know, such as a credential helper that failed.
    pub notices: Vec<String>,
}

/// A blob that may prove something.
#[derive(Debug)]
#[non_exhaustive]
pub struct EvidencePiece {
    /// What it is.
    pub media_type: String,
    /// The blob.
    pub bytes: Vec<u8>,
    /// Annotations of its descriptor, where cosign keeps signatures.
    pub annotations: BTreeMap<String, String>,
    /// Where it was found.
    pub place: String,
}

/// Resolves a name once, and fetches what is attached to what it stands for.
///
/// # Errors
/// The image cannot be had, the registry does not say what is attached, or there is more than is read.
pub fn evidence_of(
    place: &CopyPlace,
    network: &NetworkOptions,
    options: &EvidenceOptions,
) -> Result<Evidenced, RegistryError> {
    evidence_kept_in(place, None, network, options)
}

/// The same for an image whose signatures and attestations are kept in another repository.
///
/// # Errors
/// Those of [`evidence_of`].
pub fn evidence_kept_in(
    place: &CopyPlace,
    repository: Option<&CopyPlace>,
    network: &NetworkOptions,
    options: &EvidenceOptions,
) -> Result<Evidenced, RegistryError> {
    let mut from = From::open(place, network, options.max_referrers)?;
    let manifest = from.resolve()?;
    let config = match manifest.content() {
        Content::Blobs { config, .. } if options.config => Some(from.blob(config, MAX_CONFIG)?),
        _ => None,
    };
    if let Some(repository) = repository {
        from = From::open(repository, network, options.max_referrers)?;
    }
    let subject = manifest.descriptor().digest.clone();
    let found = Evidenced { manifest, config, pieces: Vec::new(), unread: Vec::new(), others: 0, notices: Vec::new() };
    let blobs = BoundedBlobs::new(&from, options, format!("evidence about {subject}"));
    let mut gather = Gather { from: &from, options, subject, blobs, found };
    gather.referrers()?;
    for kind in [CosignTag::Signature, CosignTag::Attestation] {
        gather.tag(kind)?;
    }
    let mut found = gather.found;
    found.unread = gather.blobs.into_unread();
    found.notices = from.notices();
    Ok(found)
}

struct Gather<'a> {
    from: &'a From,
    options: &'a EvidenceOptions,
    subject: Digest,
    blobs: BoundedBlobs<'a>,
    found: Evidenced,
}

impl Gather<'_> {
    fn referrers(&mut self) -> Result<(), RegistryError> {
        for referrer in self.from.referrers(&self.subject, None)? {
            let listed = referrer.descriptor;
            if listed.artifact_type.as_deref().is_some_and(|artifact_type| !may_prove(artifact_type)) {
                self.found.others = self.found.others.saturating_add(1);
                continue;
            }
            let place = format!("referrer {}", listed.digest);
            match self.from.referrer(&self.subject, &listed) {
                Ok(manifest) => self.layers(&manifest, &place)?,
                Err(error) => self.blobs.unread(place, error)?,
            }
        }
        Ok(())
    }

    fn tag(&mut self, kind: CosignTag) -> Result<(), RegistryError> {
        let tag = kind.tag(&self.subject);
        let place = format!("tag {tag}");
        match self.from.tagged(&tag) {
            Ok(Some(manifest)) => self.layers(&manifest, &place),
            Ok(None) => Ok(()),
            Err(error) => self.blobs.unread(place, error),
        }
    }

    fn layers(&mut self, manifest: &Manifest, place: &str) -> Result<(), RegistryError> {
        if manifest.layers().len() > self.options.max_referrers {
            return Err(RegistryError::TooMany { what: place.to_owned(), limit: self.options.max_referrers as u64 });
        }
        let proving: Vec<&Descriptor> = manifest.layers().iter().filter(|layer| may_prove(&layer.media_type)).collect();
        if proving.is_empty() {
            self.found.others = self.found.others.saturating_add(1);
        }
        let several = proving.len() > 1;
        for (number, layer) in (1..).zip(proving) {
            let place = if several { format!("{place} layer {number}") } else { place.to_owned() };
            match self.blobs.fetch(layer) {
                Ok(bytes) => self.found.pieces.push(EvidencePiece {
                    media_type: layer.media_type.clone(),
                    bytes,
                    annotations: layer.annotations.clone(),
                    place,
                }),
                Err(error) => self.blobs.unread(place, error)?,
            }
        }
        Ok(())
    }
}

/// Whether something of this type may be a signature or a signed statement: a bundle in any of its spellings, an envelope,
/// or what cosign made before. That of an artifact may be left open.
fn may_prove(media_type: &str) -> bool {
    const EXACT: [&str; 5] = [
        "application/vnd.dsse.envelope.v1+json",
        "application/vnd.in-toto+json",
        "application/vnd.dev.cosign.simplesigning.v1+json",
        "application/vnd.dev.cosign.artifact.sig.v1+json",
        "application/vnd.dev.cosign.artifact.att.v1+json",
    ];
    media_type.starts_with("application/vnd.dev.sigstore.bundle") || EXACT.contains(&media_type)
}
