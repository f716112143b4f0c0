//! Blobs within limits, any of which may be at fault without the others being so.

use crate::ends::From;
use crate::manifest::malformed;
use crate::{Descriptor, EvidenceOptions, RegistryError};

/// Fetches blobs, and remembers which could not be.
pub(crate) struct BoundedBlobs<'a> {
    from: &'a From,
    options: &'a EvidenceOptions,
    /// What all of them are, as an error says it.
    what: String,
    total: u64,
    unread: Vec<(String, String)>,
}

impl<'a> BoundedBlobs<'a> {
    pub(crate) fn new(from: &'a From, options: &'a EvidenceOptions, what: String) -> Self {
        Self { from, options, what, total: 0, unread: Vec::new() }
    }

    pub(crate) fn fetch(&mut self, layer: &Descriptor) -> Result<Vec<u8>, RegistryError> {
        if layer.size > self.options.max_bytes {
            let reason = format!("it has {} bytes, and {} are read", layer.size, self.options.max_bytes);
            return Err(malformed(&format!("blob {}", layer.digest), reason));
        }
        self.total = self.total.saturating_add(layer.size);
        if self.total > self.options.max_total_bytes {
            let what = format!("bytes of {}", self.what);
            return Err(RegistryError::TooMany { what, limit: self.options.max_total_bytes });
        }
        self.from.blob(layer, self.options.max_bytes)
    }

    /// Goes on, when it is this one that is at fault.
    pub(crate) fn unread(&mut self, place: String, error: RegistryError) -> Result<(), RegistryError> {
        match error {
            RegistryError::Document { .. } | RegistryError::Digest { .. } | RegistryError::NotFound { .. } => {
                self.unread.push((place, error.to_string()));
                Ok(())
            }
            error => Err(error),
        }
    }

    /// What could not be read: where it is, and why not.
    pub(crate) fn into_unread(self) -> Vec<(String, String)> {
        self.unread
    }
}
