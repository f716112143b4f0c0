//! Documents: read whole, within a limit, and compared with their digests.

use std::io::{self, Read as _};

use plimsoll_model::{Digest, DigestAlgorithm};
use plimsoll_source::digest_of;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

use crate::RegistryError;
use crate::endpoint::{Endpoint, backoff};
use crate::exchange::Ask;
use crate::host::shown;
use crate::pace::{Pace, Stopwatch};
use crate::reference::parse_digest;
use crate::transport::Transport;

/// What is understood: OCI image-spec 1.1 and Docker schema 2. A registry that has nothing else sends that anyway.
pub(crate) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// Registries take no larger ones (distribution-spec, "Pushing Manifests").
pub(crate) const MANIFEST_LIMIT: u64 = 4 << 20;

/// A document as it came.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    /// Host and port that sent it.
    pub(crate) host: String,
}

impl Document {
    /// Asks for one. One that is cut off is asked for again.
    pub(crate) fn fetch(
        transport: &Transport,
        endpoint: &Endpoint,
        ask: Ask<'_>,
        limit: u64,
    ) -> Result<Self, RegistryError> {
        let mut attempt = 0;
        loop {
            let response = endpoint.send(transport, ask)?;
            let (headers, host) = (response.headers().clone(), shown(response.url()));
            match read(response, limit, Pace::new(transport.options.timeout)) {
                Ok(Some(bytes)) => return Ok(Self { headers, bytes, host }),
                Ok(None) => {
                    return Err(RegistryError::Answer {
                        host,
                        reason: format!("it sends a document of more than {limit} bytes"),
                    });
                }
                Err(error) if attempt >= transport.options.retries => {
                    return Err(RegistryError::Request { host, source: error.into() });
                }
                Err(_) => std::thread::sleep(backoff(transport, attempt)),
            }
            attempt = attempt.saturating_add(1);
        }
    }

    /// The announced media type, if it is one of a manifest: old registries and proxies say `text/plain`.
    pub(crate) fn media_type(&self) -> String {
        let text = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let name = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if ACCEPT.split(", ").any(|known| known.trim() == name) { name } else { String::new() }
    }

    /// The digest that the registry says this has.
    pub(crate) fn said_digest(&self) -> Option<Digest> {
        said_digest(&self.headers)
    }

    /// The digest of what a tag stands for. What the registry says it is must agree, if it says it.
    pub(crate) fn digest(&self) -> Result<Digest, RegistryError> {
        let own = digest_of(DigestAlgorithm::Sha256, &self.bytes);
        match self.said_digest() {
            Some(said) if said.algorithm() == DigestAlgorithm::Sha256 => {
                compare("manifest", &said, &self.bytes).map(|()| said)
            }
            // In another algorithm; compared when it is opened.
            Some(said) => Ok(said),
            None => own.ok_or_else(|| RegistryError::Answer {
                host: self.host.clone(),
                reason: "its manifest has no digest".into(),
            }),
        }
    }
}

/// `Docker-Content-Digest`, which OCI kept.
pub(crate) fn said_digest(headers: &HeaderMap) -> Option<Digest> {
    headers.get("docker-content-digest").and_then(|value| parse_digest(value.to_str().ok()?))
}

/// Fails unless the bytes are what a digest names.
pub(crate) fn compare(what: &str, expected: &Digest, bytes: &[u8]) -> Result<(), RegistryError> {
    agree(what, expected, digest_of(expected.algorithm(), bytes))
}

/// Fails unless two digests are one.
pub(crate) fn agree(what: &str, expected: &Digest, actual: Option<Digest>) -> Result<(), RegistryError> {
    if actual.as_ref() == Some(expected) {
        return Ok(());
    }
    let actual = actual.map_or_else(|| "of no algorithm that is known".to_owned(), |actual| actual.to_string());
    Err(RegistryError::Digest { what: what.to_owned(), expected: expected.to_string(), actual })
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
