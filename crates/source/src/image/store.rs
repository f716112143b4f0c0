//! Where the parts of an image lie: in a directory, in an archive, or in a stream that has gone by.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::input::Section;
use crate::layered::Watched;
use crate::{Body as _, SourceError};

/// A part of an image.
#[derive(Debug, Clone)]
pub(super) enum Blob {
    /// It can be read.
    Section(Section),
    /// It was walked when it went by, as the layer of this number.
    Passed { number: usize, length: u64 },
}

impl Blob {
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Section(section) => section.len(),
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
            Some(Blob::Passed { .. }) => Err(SourceError::malformed(name, "it is not a document")),
            None => Ok(None),
        }
    }
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
