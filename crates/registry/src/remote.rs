//! A registry and its mirrors, to read from.

use std::io::{self, Read};
use std::sync::Arc;

use plimsoll_model::Digest;

use crate::blob::BlobReader;
use crate::document::{ACCEPT, Document, MANIFEST_LIMIT};
use crate::endpoint::Endpoint;
use crate::exchange::Ask;
use crate::permits::{Permit, Permits};
use crate::transport::Transport;
use crate::{ImageReference, NetworkOptions, RegistryError};

/// The registry of an image and its mirrors, those first.
#[derive(Debug)]
pub(crate) struct Remote {
    pub(crate) transport: Arc<Transport>,
    endpoints: Vec<Arc<Endpoint>>,
    transfers: Arc<Permits>,
}

/// Transfers at once; Docker takes three by default.
const TRANSFERS: usize = 6;

/// A transfer and its leave to go on.
struct Transfer {
    reader: BlobReader,
    _permit: Permit,
}

impl Read for Transfer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl Remote {
    pub(crate) fn new(reference: &ImageReference, network: &NetworkOptions) -> Self {
        let repository = reference.repository();
        let mirrors = network.mirrors.iter().filter(|mirror| mirror.of == *reference.host());
        let mut endpoints: Vec<Arc<Endpoint>> = mirrors
            .map(|mirror| {
                let path = mirror
                    .prefix
                    .as_ref()
                    .map_or_else(|| repository.to_owned(), |prefix| format!("{prefix}/{repository}"));
                Arc::new(Endpoint::new(mirror.host.clone(), path))
            })
            .collect();
        endpoints.push(Arc::new(Endpoint::new(reference.host().clone(), repository.to_owned())));
        let transport = Arc::new(Transport::new(network.clone()));
        Self { transport, endpoints, transfers: Permits::new(TRANSFERS) }
    }

    pub(crate) fn notices(&self) -> Vec<String> {
        self.endpoints.iter().flat_map(|endpoint| endpoint.take_notices()).collect()
    }

    /// Asks one server after the other, until one has it. The last one's refusal counts.
    fn each<T>(&self, ask: impl Fn(&Arc<Endpoint>) -> Result<T, RegistryError>) -> Result<T, RegistryError> {
        let (last, mirrors) = self.split()?;
        for mirror in mirrors {
            match ask(mirror) {
                Err(error) if error.is_unavailable() => {}
                other => return other,
            }
        }
        ask(last)
    }

    /// Asks one server after the other, until one has something to say. The last one's answer counts.
    pub(crate) fn each_list<T>(
        &self,
        ask: impl Fn(&Arc<Endpoint>) -> Result<Vec<T>, RegistryError>,
    ) -> Result<Vec<T>, RegistryError> {
        let (last, mirrors) = self.split()?;
        for mirror in mirrors {
            match ask(mirror) {
                // A mirror need not have what refers to its images.
                Ok(found) if found.is_empty() => {}
                Err(error) if error.is_unavailable() => {}
                other => return other,
            }
        }
        ask(last)
    }

    fn split(&self) -> Result<(&Arc<Endpoint>, &[Arc<Endpoint>]), RegistryError> {
        self.endpoints.split_last().ok_or(RegistryError::Option { text: String::new(), wanted: "a host" })
    }

    /// A manifest by tag or digest, not yet compared with it.
    pub(crate) fn manifest(&self, name: &str) -> Result<Document, RegistryError> {
        let path = format!("manifests/{name}");
        self.each(|endpoint| Document::fetch(&self.transport, endpoint, Ask::document(&path, ACCEPT), MANIFEST_LIMIT))
    }

    /// A blob of at most this many bytes, not yet compared with its digest.
    pub(crate) fn small_blob(&self, digest: &Digest, limit: u64) -> Result<Vec<u8>, RegistryError> {
        let path = format!("blobs/{digest}");
        let document = self.each(|endpoint| Document::fetch(&self.transport, endpoint, Ask::bytes(&path, 0), limit));
        document.map(|document| document.bytes)
    }

    /// Whether a blob is there.
    pub(crate) fn has_blob(&self, digest: &Digest) -> Result<bool, RegistryError> {
        let path = format!("blobs/{digest}");
        match self.each(|endpoint| endpoint.send(&self.transport, Ask::head(&path))) {
            Ok(_) => Ok(true),
            Err(RegistryError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A blob of a known size, as it comes.
    pub(crate) fn stream(&self, digest: &Digest, size: u64) -> Result<Box<dyn Read + Send>, RegistryError> {
        let path = format!("blobs/{digest}");
        let open = |endpoint: &Arc<Endpoint>| {
            BlobReader::open(Arc::clone(&self.transport), Arc::clone(endpoint), path.clone(), size)
        };
        let permit = self.transfers.take();
        let reader = self.each(open)?;
        Ok(Box::new(Transfer { reader, _permit: permit }))
    }
}
