//! Where the parts of an image lie: in a directory, in an archive, or in a stream that has gone by.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use plimsoll_model::Digest;

use super::manifest::Descriptor;
use super::remote::RemoteBlob;
use crate::input::Section;
use crate::layered::Watched;
use crate::{Body as _, SourceError};

/// A part of an image.
#[derive(Debug, Clone)]
pub(super) enum Blob {
    /// It can be read.
    Section(Section),
    /// It is fetched when it is walked.
    Remote(RemoteBlob),
    /// It was walked when it went by, as the layer of this number.
    Passed { number: usize, length: u64 },
}

impl Blob {
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Section(section) => section.len(),
            Self::Remote(blob) => blob.size,
            Self::Passed { length, .. } => *length,
        }
    }
}

/// Finds the parts of an image by their names.
pub(super) trait Store {
    /// A layer; `None` when there is nothing of that name.
    fn blob(&self, name: &str) -> Result<Option<Blob>, SourceError>;

    /// A JSON document; `None` when there is nothing of that name.
    fn document(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self.blob(name)? {
            Some(Blob::Section(section)) => read_document(&section, name).map(Some),
            Some(Blob::Passed { .. } | Blob::Remote(_)) => Err(SourceError::malformed(name, "it is not a document")),
            None => Ok(None),
        }
    }

    /// An index, manifest or config by its digest.
    fn described(
        &self,
        _descriptor: &Descriptor,
        digest: &Digest,
        _kind: Kind,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        self.document(&blob_name(digest))
    }

    /// A layer by its digest.
    fn layer(&self, _descriptor: &Descriptor, digest: &Digest) -> Result<Option<Blob>, SourceError> {
        self.blob(&blob_name(digest))
    }
}

/// What sort of document is asked for: registries keep manifests apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Manifest,
    Config,
}

/// Where a layout keeps the blob (image-layout.md).
pub(super) fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().token(), digest.hex())
}

/// Manifests are at most 4 MiB in registries (OCI distribution-spec); configs with long histories need more.
pub(super) const DOCUMENT_LIMIT: u64 = 16 << 20;

pub(super) fn read_document(section: &Section, name: &str) -> Result<Vec<u8>, SourceError> {
    let length = usize::try_from(section.len()).ok().filter(|&length| length as u64 <= DOCUMENT_LIMIT);
    let length = length.ok_or_else(|| SourceError::malformed(name, "it is too large for a document"))?;
    let bytes = section.head(length).map_err(|error| SourceError::reading(name, error))?;
    if bytes.len() == length {
        Ok(bytes)
    } else {
        Err(SourceError::Truncated { what: name.to_owned(), reason: "the file became shorter".into() })
    }
}

/// An OCI layout in a directory.
pub(super) struct Directory {
    root: PathBuf,
    /// What was opened.
    pub(super) files: Mutex<Vec<Watched>>,
}

impl Directory {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), files: Mutex::default() }
    }
}

impl Store for Directory {
    /// Only names that this crate made reach this place: fixed ones, and those of checked digests.
    fn blob(&self, name: &str) -> Result<Option<Blob>, SourceError> {
        let path = self.root.join(name);
        match Section::open(&path) {
            Ok(section) => {
                self.files.lock().unwrap_or_else(|poison| poison.into_inner()).push(Watched::new(&section));
                Ok(Some(Blob::Section(section)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SourceError::Open { path, source }),
        }
    }
}
