//! Where something is read from and written to: what is asked of a registry and of a layout.

use std::io::Read;
use std::sync::Mutex;

use plimsoll_model::Digest;

use crate::copy::Role;
use crate::endpoint::lock;
use crate::exchange::Open;
use crate::layout::{Layout, LayoutReference};
use crate::{
    CopyPlace, Descriptor, Manifest, NetworkOptions, Pushed, Referrer, ReferrerPlace, RegistryError, Repository,
};

/// Where it comes from.
#[derive(Debug)]
pub(crate) enum From {
    Registry(Box<Repository>),
    /// With what is meant, and how many referrers are read.
    Layout(Layout, LayoutReference, usize),
}

impl From {
    /// Opens what is named. Of a registry nothing is asked yet.
    pub(crate) fn open(
        place: &CopyPlace,
        network: &NetworkOptions,
        max_referrers: usize,
    ) -> Result<Self, RegistryError> {
        Ok(match place {
            CopyPlace::Registry(reference) => {
                Self::Registry(Box::new(Repository::open(reference, network).with_max_referrers(max_referrers)))
            }
            CopyPlace::Layout(reference) => {
                Self::Layout(Layout::open(&reference.path)?, reference.clone(), max_referrers)
            }
        })
    }

    pub(crate) fn resolve(&self) -> Result<Manifest, RegistryError> {
        match self {
            Self::Registry(repository) => repository.resolve(),
            Self::Layout(layout, reference, _) => layout.resolve(reference),
        }
    }

    pub(crate) fn described(&self, descriptor: &Descriptor) -> Result<Manifest, RegistryError> {
        match self {
            Self::Registry(repository) => repository.described(descriptor),
            Self::Layout(layout, ..) => layout.described(descriptor),
        }
    }

    pub(crate) fn referrers(
        &self,
        subject: &Digest,
        artifact_type: Option<&str>,
    ) -> Result<Vec<Referrer>, RegistryError> {
        match self {
            Self::Registry(repository) => repository.referrers(subject, artifact_type),
            Self::Layout(layout, _, limit) => {
                let found = layout.referrers(subject, *limit)?.into_iter();
                let wanted =
                    found.filter(|one| artifact_type.is_none_or(|wanted| one.artifact_type.as_deref() == Some(wanted)));
                Ok(wanted.map(|descriptor| Referrer { descriptor, place: ReferrerPlace::Layout }).collect())
            }
        }
    }

    pub(crate) fn referrer(&self, subject: &Digest, listed: &Descriptor) -> Result<Manifest, RegistryError> {
        match self {
            Self::Registry(repository) => repository.referrer(subject, listed),
            Self::Layout(layout, ..) => layout.described(listed),
        }
    }

    pub(crate) fn tagged(&self, tag: &str) -> Result<Option<Manifest>, RegistryError> {
        match self {
            Self::Registry(repository) => repository.tagged(tag),
            Self::Layout(layout, ..) => layout.tagged(tag),
        }
    }

    pub(crate) fn has_blob(&self, digest: &Digest) -> Result<bool, RegistryError> {
        match self {
            Self::Registry(repository) => repository.remote.has_blob(digest),
            Self::Layout(layout, ..) => Ok(layout.has_blob(digest)),
        }
    }

    pub(crate) fn read(&self, blob: &Descriptor) -> Result<Box<dyn Read + Send>, RegistryError> {
        Ok(match self {
            Self::Registry(repository) => repository.remote.stream(&blob.digest, blob.size)?,
            Self::Layout(layout, ..) => layout.read_blob(&blob.digest)?,
        })
    }

    /// A blob of at most `limit` bytes, compared with its digest.
    pub(crate) fn blob(&self, blob: &Descriptor, limit: u64) -> Result<Vec<u8>, RegistryError> {
        match self {
            Self::Registry(repository) => repository.blob(blob, limit),
            Self::Layout(layout, ..) => layout.blob(blob, limit),
        }
    }

    pub(crate) fn notices(&self) -> Vec<String> {
        match self {
            Self::Registry(repository) => repository.take_notices(),
            Self::Layout(..) => Vec::new(),
        }
    }
}

/// Where it goes.
#[derive(Debug)]
pub(crate) enum To {
    Registry(Box<Repository>),
    /// With what is to be listed in the end.
    Layout(Layout, Mutex<Vec<(Descriptor, Option<String>)>>),
}

impl To {
    pub(crate) fn layout(layout: Layout) -> Self {
        Self::Layout(layout, Mutex::default())
    }

    /// Whether a manifest is there and so all that it lists: a registry takes none whose blobs it lacks.
    pub(crate) fn has_whole(&self, digest: &Digest) -> Result<bool, RegistryError> {
        match self {
            Self::Registry(repository) => repository.has_manifest(digest),
            Self::Layout(..) => Ok(false),
        }
    }

    pub(crate) fn put_blob(&self, blob: &Descriptor, open: &Open<'_>) -> Result<Pushed, RegistryError> {
        match self {
            Self::Registry(repository) => repository.push_stream(blob, open),
            Self::Layout(layout, _) => layout.write_blob(blob, open),
        }
    }

    pub(crate) fn put(&self, manifest: &Manifest, role: &Role, tag: Option<&str>) -> Result<(), RegistryError> {
        match self {
            Self::Registry(repository) => {
                // What is named may be about something else, too.
                if manifest.subject().is_some() {
                    repository.put_referrer(manifest)?;
                }
                let tag = tag.filter(|_| *role != Role::Root);
                if manifest.subject().is_none() || tag.is_some() {
                    repository.put_manifest(manifest, tag)?;
                }
                Ok(())
            }
            Self::Layout(layout, listed) => {
                layout.write_manifest(manifest)?;
                let mut listed = lock(listed);
                match role {
                    Role::Member => {}
                    Role::Referrer => listed.push((manifest.descriptor().clone(), None)),
                    Role::Root | Role::Cosign(_) => {
                        let own = manifest.descriptor();
                        let bare = Descriptor::new(own.media_type.clone(), own.digest.clone(), own.size);
                        listed.push((bare, tag.map(str::to_owned)));
                    }
                }
                Ok(())
            }
        }
    }

    /// Gives what was copied its name.
    pub(crate) fn finish(&self, root: &Manifest, tag: Option<&str>) -> Result<(), RegistryError> {
        match self {
            Self::Registry(repository) => tag.map_or(Ok(()), |tag| repository.put_manifest(root, Some(tag))),
            Self::Layout(layout, listed) => layout.list(&lock(listed)),
        }
    }

    pub(crate) fn notices(&self) -> Vec<String> {
        match self {
            Self::Registry(repository) => repository.take_notices(),
            Self::Layout(..) => Vec::new(),
        }
    }
}
