//! From the name of an image to its sources.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use plimsoll_model::{Digest, DigestAlgorithm};
use plimsoll_source::{Blobs, OpenOptions, RemoteImage, Source, SourceError, open_remote};
use reqwest::Method;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use sha2::Digest as _;

use crate::blob::BlobReader;
use crate::endpoint::{Ask, Endpoint};
use crate::host::shown;
use crate::pace::{Pace, Stopwatch};
use crate::permits::{Permit, Permits};
use crate::reference::parse_digest;
use crate::transport::Transport;
use crate::{ImageReference, NetworkOptions, RegistryError};

/// An image that was found.
pub struct Opened {
    /// One source, or one for each platform.
    pub sources: Vec<Box<dyn Source>>,
    /// The digest that the name was resolved to: of the index, when there is one.
    pub digest: Digest,
    /// What the user should know, such as a credential helper that failed.
    pub notices: Vec<String>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// What is understood: OCI image-spec 1.1 and Docker schema 2. A registry that has nothing else sends that anyway.
const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// Registries take no larger ones (distribution-spec, "Pushing Manifests").
const MANIFEST_LIMIT: u64 = 4 << 20;
/// As for configs in files.
const CONFIG_LIMIT: u64 = 16 << 20;

/// Opens an image in a registry. The name is resolved once; all else is asked for by digest.
///
/// # Errors
/// The image cannot be had, or is not what its digests name.
pub fn open_registry(
    reference: &ImageReference,
    network: &NetworkOptions,
    options: &OpenOptions,
) -> Result<Opened, SourceError> {
    let remote = Arc::new(Remote::new(reference, network));
    let resolved = remote.resolve(reference);
    let image = resolved.map_err(|failed| match failed {
        Failed::Registry(error) => error.of(format!("{reference}{}", said(&remote.notices()))),
        Failed::Source(error) => error,
    })?;
    let blobs: Arc<dyn Blobs> = Arc::clone(&remote) as Arc<dyn Blobs>;
    let sources = open_remote(&image, blobs, options)?;
    Ok(Opened { sources, digest: image.digest, notices: remote.notices() })
}

/// Notices as a part of a failure that they may explain.
fn said(notices: &[String]) -> String {
    if notices.is_empty() { String::new() } else { format!(" ({})", notices.join("; ")) }
}

/// The registry of an image and its mirrors, those first.
#[derive(Debug)]
struct Remote {
    transport: Arc<Transport>,
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

enum Failed {
    Registry(RegistryError),
    Source(SourceError),
}

impl From<RegistryError> for Failed {
    fn from(error: RegistryError) -> Self {
        Self::Registry(error)
    }
}

impl Remote {
    fn new(reference: &ImageReference, network: &NetworkOptions) -> Self {
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

    fn notices(&self) -> Vec<String> {
        self.endpoints.iter().flat_map(|endpoint| endpoint.take_notices()).collect()
    }

    /// Asks one server after the other, until one has it. The last one's refusal counts.
    fn each<T>(&self, ask: impl Fn(&Arc<Endpoint>) -> Result<T, RegistryError>) -> Result<T, RegistryError> {
        let (last, mirrors) =
            self.endpoints.split_last().ok_or(RegistryError::Option { text: String::new(), wanted: "a host" })?;
        for mirror in mirrors {
            match ask(mirror) {
                Err(error) if error.is_unavailable() => {}
                other => return other,
            }
        }
        ask(last)
    }

    /// Fetches what the name stands for.
    fn resolve(&self, reference: &ImageReference) -> Result<RemoteImage, Failed> {
        let named = reference.digest().map(ToString::to_string);
        let path = format!("manifests/{}", named.as_deref().or(reference.tag()).unwrap_or("latest"));
        let (headers, manifest, host) = self.each(|endpoint| {
            let ask = Ask { method: &Method::GET, path: &path, accept: Some(ACCEPT), from: 0 };
            self.document(endpoint, ask, MANIFEST_LIMIT)
        })?;
        let digest = match reference.digest() {
            Some(digest) => digest.clone(),
            None => resolved(&headers, &manifest, &host)?,
        };
        Ok(RemoteImage {
            repository: reference.name(),
            tag: reference.tagged(),
            media_type: media_type(&headers),
            manifest,
            digest,
        })
    }

    /// A document with its headers and the host that sent it. One that is cut off is asked for again.
    fn document(
        &self,
        endpoint: &Endpoint,
        ask: Ask<'_>,
        limit: u64,
    ) -> Result<(HeaderMap, Vec<u8>, String), RegistryError> {
        let mut attempt = 0;
        loop {
            let response = endpoint.send(&self.transport, ask)?;
            let (headers, host) = (response.headers().clone(), shown(response.url()));
            match read(response, limit, Pace::new(self.transport.options.timeout)) {
                Ok(Some(bytes)) => return Ok((headers, bytes, host)),
                Ok(None) => {
                    return Err(RegistryError::Answer {
                        host,
                        reason: format!("it sends a document of more than {limit} bytes"),
                    });
                }
                Err(error) if attempt >= self.transport.options.retries => {
                    return Err(RegistryError::Request { host, source: error.into() });
                }
                Err(_) => std::thread::sleep(crate::endpoint::backoff(&self.transport, attempt)),
            }
            attempt = attempt.saturating_add(1);
        }
    }

    fn blob(&self, digest: &Digest) -> String {
        format!("blobs/{digest}")
    }
}

/// Reads a whole body; `None` when it is larger than the limit.
fn read(mut response: Response, limit: u64, mut pace: Pace) -> io::Result<Option<Vec<u8>>> {
    let length = response.content_length();
    if length.is_some_and(|length| length > limit) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 << 10];
    loop {
        let start = Stopwatch::start();
        let count = response.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if bytes.len() as u64 > limit {
            return Ok(None);
        }
        if !pace.goes_on(start, count) {
            return Err(io::ErrorKind::TimedOut.into());
        }
    }
    Ok(Some(bytes))
}

/// The digest of what a tag stands for. What the registry says it is must agree, if it says it.
fn resolved(headers: &HeaderMap, manifest: &[u8], host: &str) -> Result<Digest, Failed> {
    let own = Digest::from_bytes(DigestAlgorithm::Sha256, sha2::Sha256::digest(manifest).to_vec());
    let own =
        own.map_err(|_| RegistryError::Answer { host: host.to_owned(), reason: "its manifest has no digest".into() })?;
    let said = headers.get("docker-content-digest").and_then(|value| parse_digest(value.to_str().ok()?));
    match said {
        Some(said) if said.algorithm() == DigestAlgorithm::Sha256 && said != own => {
            Err(Failed::Source(SourceError::DigestMismatch {
                what: "manifest".into(),
                expected: said.to_string(),
                actual: own.to_string(),
            }))
        }
        // Compared when it is opened.
        Some(said) => Ok(said),
        None => Ok(own),
    }
}

/// The announced media type, if it is one of a manifest: old registries and proxies say `text/plain`.
fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if ACCEPT.split(", ").any(|known| known.trim() == name) { name } else { String::new() }
}

impl Blobs for Remote {
    fn manifest(&self, digest: &Digest) -> Result<Vec<u8>, SourceError> {
        let path = format!("manifests/{digest}");
        let ask = Ask { method: &Method::GET, path: &path, accept: Some(ACCEPT), from: 0 };
        let document = self.each(|endpoint| self.document(endpoint, ask, MANIFEST_LIMIT));
        document.map(|(_, bytes, _)| bytes).map_err(|error| error.of(format!("manifest {digest}")))
    }

    fn config(&self, digest: &Digest, size: u64) -> Result<Vec<u8>, SourceError> {
        if size > CONFIG_LIMIT {
            return Err(SourceError::Malformed { what: "image config".into(), reason: "it is too large".into() });
        }
        let path = self.blob(digest);
        let ask = Ask { method: &Method::GET, path: &path, accept: None, from: 0 };
        let document = self.each(|endpoint| self.document(endpoint, ask, size));
        document.map(|(_, bytes, _)| bytes).map_err(|error| error.of(format!("image config {digest}")))
    }

    fn has_layer(&self, digest: &Digest) -> Result<bool, SourceError> {
        let path = self.blob(digest);
        let ask = Ask { method: &Method::HEAD, path: &path, accept: None, from: 0 };
        match self.each(|endpoint| endpoint.send(&self.transport, ask)) {
            Ok(_) => Ok(true),
            Err(RegistryError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.of(format!("layer {digest}"))),
        }
    }

    fn layer(&self, digest: &Digest, size: u64, what: &str) -> Result<Box<dyn Read + Send>, SourceError> {
        let path = self.blob(digest);
        let open = |endpoint: &Arc<Endpoint>| {
            BlobReader::open(Arc::clone(&self.transport), Arc::clone(endpoint), path.clone(), size)
        };
        let permit = self.transfers.take();
        let reader = self.each(open).map_err(|error| error.of(what))?;
        Ok(Box::new(Transfer { reader, _permit: permit }))
    }
}
