//! The two ends of a copy: what is asked of a registry and of a layout.

use std::io::Read;
use std::sync::Mutex;

use plimsoll_model::Digest;

use super::Role;
use crate::endpoint::lock;
use crate::layout::{Layout, LayoutReference};
use crate::push::Open;
use crate::{Descriptor, Manifest, Pushed, RegistryError, Repository};

/// Where it comes from.
#[derive(Debug)]
pub(super) enum From {
    Registry(Box<Repository>),
    /// With what is meant, and how many referrers are read.
    Layout(Layout, LayoutReference, usize),
}

impl From {
    pub(super) fn resolve(&self) -> Result<Manifest, RegistryError> {
        match self {
            Self::Registry(repository) => repository.resolve(),
            Self::Layout(layout, reference, _) => layout.resolve(reference),
        }
    }

    pub(super) fn described(&self, descriptor: &Descriptor) -> Result<Manifest, RegistryError> {
        match self {
            Self::Registry(repository) => repository.described(descriptor),
            Self::Layout(layout, ..) => layout.described(descriptor),
        }
    }

    pub(super) fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>, RegistryError> {
        match self {
            Self::Registry(repository) => {
                let found = repository.referrers(subject, None)?;
                Ok(found.into_iter().map(|referrer| referrer.descriptor).collect())
            }
            Self::Layout(layout, _, limit) => layout.referrers(subject, *limit),
        }
    }

    pub(super) fn referrer(&self, subject: &Digest, listed: &Descriptor) -> Result<Manifest, RegistryError> {
        match self {
            Self::Registry(repository) => repository.referrer(subject, listed),
            Self::Layout(layout, ..) => layout.described(listed),
        }
    }

    pub(super) fn tagged(&self, tag: &str) -> Result<Option<Manifest>, RegistryError> {
        match self {
            Self::Registry(repository) => repository.tagged(tag),
            Self::Layout(layout, ..) => layout.tagged(tag),
        }
    }

    pub(super) fn has_blob(&self, digest: &Digest) -> Result<bool, RegistryError> {
        match self {
            Self::Registry(repository) => repository.remote.has_blob(digest),
            Self::Layout(layout, ..) => Ok(layout.has_blob(digest)),
        }
    }

    pub(super) fn read(&self, blob: &Descriptor) -> Result<Box<dyn Read>, RegistryError> {
        Ok(match self {
            Self::Registry(repository) => repository.remote.stream(&blob.digest, blob.size)?,
            Self::Layout(layout, ..) => layout.read_blob(&blob.digest)?,
        })
    }

    pub(super) fn notices(&self) -> Vec<String> {
        match self {
            Self::Registry(repository) => repository.take_notices(),
            Self::Layout(..) => Vec::new(),
        }
    }
}

/// Where it goes.
#[derive(Debug)]
pub(super) enum To {
    Registry(Box<Repository>),
    /// With what is to be listed in the end.
    Layout(Layout, Mutex<Vec<(Descriptor, Option<String>)>>),
}

impl To {
    pub(super) fn layout(layout: Layout) -> Self {
        Self::Layout(layout, Mutex::default())
    }

    /// Whether a manifest is there and so all that it lists: a registry takes none whose blobs it lacks.
    pub(super) fn has_whole(&self, digest: &Digest) -> Result<bool, RegistryError> {
        match self {
            Self::Registry(repository) => repository.has_manifest(digest),
            Self::Layout(..) => Ok(false),
        }
    }

    pub(super) fn put_blob(&self, blob: &Descriptor, open: &Open<'_>) -> Result<Pushed, RegistryError> {
        match self {
            Self::Registry(repository) => repository.push_stream(blob, open),
            Self::Layout(layout, _) => layout.write_blob(blob, open),
        }
    }

    pub(super) fn put(&self, manifest: &Manifest, role: &Role, tag: Option<&str>) -> Result<(), RegistryError> {
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
    pub(super) fn finish(&self, root: &Manifest, tag: Option<&str>) -> Result<(), RegistryError> {
        match self {
            Self::Registry(repository) => tag.map_or(Ok(()), |tag| repository.put_manifest(root, Some(tag))),
            Self::Layout(layout, listed) => layout.list(&lock(listed)),
        }
    }

    pub(super) fn notices(&self) -> Vec<String> {
        match self {
            Self::Registry(repository) => repository.take_notices(),
            Self::Layout(..) => Vec::new(),
        }
    }
}
