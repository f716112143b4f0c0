//! Digests of bytes as they pass.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use plimsoll_model::{Digest, DigestAlgorithm};
use sha2::Digest as _;

/// A running digest, by one of the algorithms that OCI registers (image-spec, descriptor.md).
#[derive(Debug, Clone)]
pub struct Hasher(Running);

#[derive(Debug, Clone)]
enum Running {
    Sha256(Box<sha2::Sha256>),
    Sha512(Box<sha2::Sha512>),
}

impl Hasher {
    /// `None` for an algorithm that no image may use.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm) -> Option<Self> {
        match algorithm {
            DigestAlgorithm::Sha256 => Some(Self(Running::Sha256(Box::default()))),
            DigestAlgorithm::Sha512 => Some(Self(Running::Sha512(Box::default()))),
            _ => None,
        }
    }

    /// More bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Running::Sha256(hasher) => hasher.update(bytes),
            Running::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// The digest of all bytes.
    #[must_use]
    pub fn finish(self) -> Option<Digest> {
        let (algorithm, bytes) = match self.0 {
            Running::Sha256(hasher) => (DigestAlgorithm::Sha256, hasher.finalize().to_vec()),
            Running::Sha512(hasher) => (DigestAlgorithm::Sha512, hasher.finalize().to_vec()),
        };
        Digest::from_bytes(algorithm, bytes).ok()
    }
}

/// The digest of bytes in memory; `None` for an algorithm that no image may use.
#[must_use]
pub fn digest_of(algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Digest> {
    let mut hasher = Hasher::new(algorithm)?;
    hasher.update(bytes);
    hasher.finish()
}

/// A digest and length of all that is read through it.
pub(crate) struct HashingReader<R> {
    inner: R,
    hasher: Option<Hasher>,
    length: Arc<AtomicU64>,
}

impl<R: Read> HashingReader<R> {
    pub(crate) fn new(inner: R, hasher: Option<Hasher>) -> Self {
        Self { inner, hasher, length: Arc::default() }
    }

    /// How many bytes were read, also while something else holds this reader.
    pub(crate) fn length(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.length)
    }

    /// What is read from.
    pub(crate) fn into_inner(self) -> R {
        self.inner
    }

    /// Reads what is left, and ends the digest.
    pub(crate) fn finish(&mut self) -> io::Result<Option<Digest>> {
        let mut rest = vec![0; 64 << 10];
        loop {
            match self.read(&mut rest) {
                Ok(0) => return Ok(self.hasher.take().and_then(Hasher::finish)),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let (Some(hasher), Some(read)) = (&mut self.hasher, buffer.get(..count)) {
            hasher.update(read);
        }
        self.length.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
