//! A blob on its way to a registry, compared with its digest before the last of it is handed over.

use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use plimsoll_source::Hasher;

use crate::document::agree;
use crate::endpoint::lock;
use crate::manifest::malformed;
use crate::{Descriptor, RegistryError};

/// What was wrong with a blob: the client that sends it tells no more than that it could not be read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fault(Arc<Mutex<Option<RegistryError>>>);

impl Fault {
    pub(crate) fn take(&self) -> Option<RegistryError> {
        lock(&self.0).take()
    }
}

/// Passes bytes on. The last are kept back, with an error in their place, unless all are what the digest names.
pub(crate) struct Checked {
    reader: Box<dyn Read + Send>,
    blob: Descriptor,
    hasher: Option<Hasher>,
    left: u64,
    fault: Fault,
}

impl Checked {
    pub(crate) fn new(reader: Box<dyn Read + Send>, blob: &Descriptor, fault: &Fault) -> Self {
        let hasher = Hasher::new(blob.digest.algorithm());
        Self { reader, blob: blob.clone(), hasher, left: blob.size, fault: fault.clone() }
    }

    fn next(&mut self, buffer: &mut [u8]) -> Result<usize, RegistryError> {
        let what = format!("blob {}", self.blob.digest);
        let failed = |error: io::Error| match error.downcast::<RegistryError>() {
            Ok(error) => error,
            Err(error) => malformed(&what, error.to_string()),
        };
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let part = buffer.get_mut(..most).unwrap_or_default();
        if part.is_empty() {
            return Ok(0);
        }
        let count = self.reader.read(part).map_err(failed)?;
        if count == 0 {
            return Err(malformed(&what, format!("it ends before its {} bytes", self.blob.size)));
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(part.get(..count).unwrap_or_default());
        }
        self.left = self.left.saturating_sub(count as u64);
        if self.left == 0 {
            if self.reader.read(&mut [0]).map_err(failed)? != 0 {
                return Err(malformed(&what, format!("it does not end after {} bytes", self.blob.size)));
            }
            agree(&what, &self.blob.digest, self.hasher.take().and_then(Hasher::finish))?;
        }
        Ok(count)
    }
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.next(buffer).map_err(|error| {
            *lock(&self.fault.0) = Some(error);
            io::Error::other("it is not sent on")
        })
    }
}
