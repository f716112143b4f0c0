//! What refers to a manifest: signatures, SBOMs, attestations (distribution-spec 1.1, "Listing Referrers").
//!
//! A registry that knows referrers lists them, in pages. For one that does not, those who attach keep an index under the
//! tag `sha256-HEX` ("Referrers Tag Schema"), and every client that adds to it must keep what others wrote: entries are
//! copied as they stand, with their annotations and artifact types. Old clients left those out of the index; then the
//! manifest itself is asked.
//!
//! A list is a claim. That a manifest is about its subject is known only from the manifest (`Repository::referrer`).

use std::collections::BTreeSet;

use plimsoll_model::Digest;
use plimsoll_source::digest_of;
use reqwest::Url;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::document::{ACCEPT, Document, MANIFEST_LIMIT};
use crate::endpoint::Endpoint;
use crate::exchange::Ask;
use crate::host::shown;
use crate::manifest::{INDEX, IndexText, Manifest, malformed};
use crate::pages::next_page;
use crate::repository::has_size;
use crate::wire::OutDescriptor;
use crate::{CosignTag, Descriptor, RegistryError, Repository};

/// A manifest that is said to be about another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Referrer {
    /// What it is, as it was listed.
    pub descriptor: Descriptor,
    /// Where it was found.
    pub place: ReferrerPlace,
}

/// Keys of annotations: of bundles as referrers, of cosign's attestation layers, of BuildKit's.
const PREDICATE_TYPES: [&str; 3] = ["dev.sigstore.bundle.predicateType", "predicateType", "in-toto.io/predicate-type"];

impl Descriptor {
    /// What an attestation says, if its annotations say that much. It is a claim of whoever pushed it.
    #[must_use]
    pub fn predicate_type(&self) -> Option<&str> {
        PREDICATE_TYPES.iter().find_map(|key| self.annotations.get(*key)).map(String::as_str)
    }
}

/// Where a referrer was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReferrerPlace {
    /// In the list of the registry.
    Api,
    /// In the index that clients keep for registries without such a list.
    FallbackTag,
    /// Under a tag as cosign makes it.
    CosignTag(CosignTag),
    /// In the image index, where BuildKit puts attestations beside the images that they are about.
    Index,
    /// In an OCI layout.
    Layout,
}

/// Entries of other types that are read on the way.
const MOST_ENTRIES: usize = 1 << 14;
const MOST_PAGES: usize = 256;
const MOST_BYTES: u64 = 64 << 20;
/// How often the index is written again when somebody else writes it at the same time.
const REWRITES: u32 = 3;

impl Repository {
    /// What refers to a manifest; of one artifact type, when one is named.
    ///
    /// # Errors
    /// The registry does not say, says nonsense, or there are more than are read.
    pub fn referrers(&self, subject: &Digest, artifact_type: Option<&str>) -> Result<Vec<Referrer>, RegistryError> {
        let found = self.remote.each_list(|endpoint| {
            let listing = Listing { repository: self, endpoint, subject, artifact_type };
            match listing.of_registry()? {
                Some(found) => Ok(found),
                None => listing.of_tag(),
            }
        })?;
        Ok(found)
    }

    /// Fetches a referrer, which says itself what it is about.
    ///
    /// # Errors
    /// It cannot be had, is not what it was listed as, or is about something else.
    pub fn referrer(&self, subject: &Digest, listed: &Descriptor) -> Result<Manifest, RegistryError> {
        let manifest = self.described(listed)?;
        match manifest.subject() {
            Some(own) if own.digest == *subject => Ok(manifest),
            own => {
                let own = own.map_or_else(|| "nothing".to_owned(), |own| own.digest.to_string());
                let what = format!("manifest {}", listed.digest);
                Err(malformed(&what, format!("it is listed as about {subject}, and is about {own}")))
            }
        }
    }

    /// Writes a manifest that is about another, so that it is found there.
    pub(crate) fn put_referrer(&self, manifest: &Manifest) -> Result<(), RegistryError> {
        let listed = self.put(manifest, None)?;
        match manifest.subject() {
            Some(subject) if !listed => self.add_to_tag(&subject.digest, manifest.descriptor()),
            _ => Ok(()),
        }
    }

    /// Adds to the index that stands for the list of a registry without one.
    fn add_to_tag(&self, subject: &Digest, referrer: &Descriptor) -> Result<(), RegistryError> {
        let tag = fallback_tag(subject);
        let mut attempt = 0;
        loop {
            let held = self.tagged_at_origin(&tag)?;
            let mut index = match &held {
                Some(document) => IndexText::parse(&document.bytes, &format!("tag {tag}"), MOST_ENTRIES)?,
                None => IndexText::default(),
            };
            if index.entries.iter().any(|(entry, _)| entry.digest == referrer.digest) {
                return Ok(());
            }
            if attempt >= REWRITES {
                return Err(malformed(&format!("tag {tag}"), "somebody else goes on replacing it".to_owned()));
            }
            let entry = serde_json::value::to_raw_value(&OutDescriptor::listed(referrer));
            let entry = entry.map_err(|error| malformed("descriptor", error.to_string()))?;
            index.entries.push((referrer.clone(), entry));
            let bytes = index_bytes(&index)?;
            let digest = digest_of(plimsoll_model::DigestAlgorithm::Sha256, &bytes);
            let digest = digest.ok_or_else(|| malformed("index", "it has no digest".to_owned()))?;
            self.put_bytes(INDEX, &digest, &bytes, Some(&tag))?;
            // There is no lock: two who read the same index write two that lack one entry each. The next round sees it.
            attempt = attempt.saturating_add(1);
        }
    }
}

/// The tag of the index of referrers: algorithm and value, each cut to what a tag can hold.
pub(crate) fn fallback_tag(subject: &Digest) -> String {
    format!("{:.32}-{:.64}", subject.algorithm().token(), subject.hex())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutIndex<'a> {
    schema_version: u32,
    media_type: &'static str,
    manifests: Vec<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<&'a RawValue>,
}

pub(crate) fn index_bytes(index: &IndexText) -> Result<Vec<u8>, RegistryError> {
    let out = OutIndex {
        schema_version: 2,
        media_type: INDEX,
        manifests: index.entries.iter().map(|(_, text)| &**text).collect(),
        annotations: index.annotations.as_deref(),
    };
    serde_json::to_vec(&out).map_err(|error| malformed("index", error.to_string()))
}

/// A list of referrers that is being read.
struct Listing<'a> {
    repository: &'a Repository,
    endpoint: &'a Endpoint,
    subject: &'a Digest,
    artifact_type: Option<&'a str>,
}

/// What was read of a list.
#[derive(Default)]
struct Read {
    found: Vec<Referrer>,
    /// Manifests that were asked for what their entries leave out.
    asked: usize,
}

impl Listing<'_> {
    /// All pages of the registry's list; `None` when it keeps none.
    fn of_registry(&self) -> Result<Option<Vec<Referrer>>, RegistryError> {
        let transport = &self.repository.remote.transport;
        let mut url = self.endpoint.url(transport, &format!("referrers/{}", self.subject))?;
        if let Some(artifact_type) = self.artifact_type {
            url.query_pairs_mut().append_pair("artifactType", artifact_type);
        }
        let (mut seen, mut read) = (BTreeSet::new(), Read::default());
        let (mut entries, mut bytes) = (0_usize, 0_u64);
        loop {
            let document = match Document::fetch(transport, self.endpoint, Ask::page(&url, INDEX), MANIFEST_LIMIT) {
                Ok(document) => document,
                Err(error) if seen.is_empty() && is_absent(&error, &url) => return Ok(None),
                Err(error) => return Err(error),
            };
            // What redirects to a page for people, or answers everything with one, has no such list.
            if document.media_type() != INDEX && seen.is_empty() {
                return Ok(None);
            }
            let what = format!("list of referrers of {}", self.subject);
            let page = IndexText::parse(&document.bytes, &what, MOST_ENTRIES)?;
            entries = entries.saturating_add(page.entries.len());
            bytes = bytes.saturating_add(document.bytes.len() as u64);
            let next = next_page(&document, &url)?;
            let circle = !seen.insert(url.to_string());
            if entries > MOST_ENTRIES || bytes > MOST_BYTES || seen.len() > MOST_PAGES {
                return Err(RegistryError::TooMany { what, limit: MOST_ENTRIES as u64 });
            }
            self.take(page, ReferrerPlace::Api, &mut read)?;
            match next {
                Some(next) if circle || seen.contains(next.as_str()) => {
                    return Err(RegistryError::Answer {
                        host: shown(&next),
                        reason: "its pages go in a circle".into(),
                    });
                }
                Some(next) => url = next,
                None => return Ok(Some(read.found)),
            }
        }
    }

    /// The index under the fallback tag.
    fn of_tag(&self) -> Result<Vec<Referrer>, RegistryError> {
        let tag = fallback_tag(self.subject);
        let transport = &self.repository.remote.transport;
        let path = format!("manifests/{tag}");
        let document = match Document::fetch(transport, self.endpoint, Ask::document(&path, ACCEPT), MANIFEST_LIMIT) {
            Ok(document) => document,
            Err(RegistryError::NotFound { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        document.digest()?;
        let index = IndexText::parse(&document.bytes, &format!("tag {tag}"), MOST_ENTRIES)?;
        let mut read = Read::default();
        self.take(index, ReferrerPlace::FallbackTag, &mut read)?;
        Ok(read.found)
    }

    /// Keeps what is wanted of a page, once.
    fn take(&self, page: IndexText, place: ReferrerPlace, read: &mut Read) -> Result<(), RegistryError> {
        let limit = self.repository.max_referrers;
        let what = || format!("referrers of {}", self.subject);
        let too_many = || RegistryError::TooMany { what: what(), limit: limit as u64 };
        for (mut descriptor, _) in page.entries {
            if read.found.iter().any(|held| held.descriptor.digest == descriptor.digest) {
                continue;
            }
            let is_bare = descriptor.annotations.is_empty() && place == ReferrerPlace::FallbackTag;
            if descriptor.artifact_type.is_none() || is_bare {
                if read.asked >= limit {
                    return Err(too_many());
                }
                read.asked = read.asked.saturating_add(1);
                self.complete(&mut descriptor)?;
            }
            if self.artifact_type.is_some_and(|wanted| descriptor.artifact_type.as_deref() != Some(wanted)) {
                continue;
            }
            if read.found.len() >= limit {
                return Err(too_many());
            }
            read.found.push(Referrer { descriptor, place });
        }
        Ok(())
    }

    /// Asks the manifest for what its entry leaves out. One that is gone stays as it is listed.
    fn complete(&self, descriptor: &mut Descriptor) -> Result<(), RegistryError> {
        match self.repository.manifest(&descriptor.digest) {
            Ok(manifest) => {
                has_size(descriptor, manifest.bytes().len() as u64)?;
                descriptor.artifact_type.clone_from(&manifest.descriptor().artifact_type);
                descriptor.annotations.clone_from(manifest.annotations());
                Ok(())
            }
            Err(RegistryError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Whether a registry says that it keeps no list of referrers, in one of the ways that are seen: the specification has
/// 404, older registries do not know the path, or send those who ask to a page for people.
fn is_absent(error: &RegistryError, asked: &Url) -> bool {
    match error {
        RegistryError::NotFound { .. } => true,
        RegistryError::Status { status, .. } => matches!(status, 400 | 405 | 406 | 501),
        RegistryError::Denied { host, .. } => *host != shown(asked),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_cut() {
        let sha512 = Digest::from_bytes(plimsoll_model::DigestAlgorithm::Sha512, [0xab; 64]).unwrap();
        assert_eq!(fallback_tag(&sha512), format!("sha512-{}", "ab".repeat(32)));
    }
}
