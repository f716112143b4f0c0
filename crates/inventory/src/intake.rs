//! Documents, read outside the store: what an inventory keeps of one.
//!
//! This is where the time of an ingest goes, so it needs no store and many can be done at once.

mod collect;
mod read;

use std::cell::RefCell;

use jiff::Timestamp;
use plimsoll_model::{Digest, DigestAlgorithm, Limits, Purl};
use sha2::{Digest as _, Sha256};

use crate::artifact::{Claim, Coverage, Label};
use crate::error::InventoryError;
pub(crate) use collect::{Collected, Subject, digest_key, same_digest, shorten};

/// How hard documents are compressed: level 3 takes twice the time and saves 7 %.
const COMPRESSION: i32 = 1;

/// The table of a compressor, as a power of two: this one stays in the nearest memory, which takes 10 % less time than the usual one of
/// this level and costs 4 % of size.
const COMPRESSION_TABLE: u32 = 13;

/// Bytes that a thread keeps for the next document.
const KEPT_ROOM: usize = 4 << 20;

/// What is known of a document besides what it says.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Context {
    /// The name of the artifact, instead of what the document says.
    pub name: Option<String>,
    /// Its version or tag, instead of what the document says.
    pub version: Option<String>,
    /// Its digest, instead of what the document says.
    pub digest: Option<Digest>,
    /// Who says it.
    pub claim: Claim,
    /// What to call the artifact besides.
    pub labels: Vec<Label>,
    /// The document is known not to be whole.
    pub partial: bool,
}

/// A document that was read and is ready to be kept.
#[derive(Debug)]
pub struct Intake {
    /// SHA-256 of its bytes.
    pub(crate) content: [u8; 32],
    pub(crate) format: String,
    pub(crate) bytes: u64,
    pub(crate) claim: Claim,
    pub(crate) coverage: Coverage,
    /// Seconds since 1970; 0 for unknown.
    pub(crate) created: i64,
    pub(crate) subject: Subject,
    pub(crate) labels: Vec<Label>,
    pub(crate) collected: Collected,
    /// The document, compressed.
    pub(crate) body: Vec<u8>,
}

impl Intake {
    /// Reads an SBOM of any format.
    ///
    /// # Errors
    /// It is none, broken, or beyond a limit.
    pub fn read(bytes: &[u8], context: &Context, limits: &Limits) -> Result<Self, InventoryError> {
        let read = read::read(bytes, limits)?;
        let content: [u8; 32] = Sha256::digest(bytes).into();
        let created = read.created.parse::<Timestamp>().map_or(0, Timestamp::as_second);
        let mut subject = read.subject;
        if let Some(name) = &context.name {
            subject.name.clone_from(name);
        }
        if let Some(version) = &context.version {
            subject.version.clone_from(version);
        }
        if let Some(digest) = &context.digest {
            subject.digest = Some(digest.clone());
        }
        let partial = context.partial || read.partial || !read.collected.shortened.is_empty();
        let body = compress(bytes).map_err(|error| InventoryError::store("compress", error))?;
        Ok(Self {
            content,
            format: read.format,
            bytes: bytes.len() as u64,
            claim: context.claim,
            coverage: if partial { Coverage::Partial } else { Coverage::Complete },
            created,
            subject,
            labels: context.labels.clone(),
            collected: read.collected,
            body,
        })
    }

    /// How many components it lists.
    #[must_use]
    pub fn components(&self) -> usize {
        self.collected.items.len()
    }

    /// The name that its artifact has.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.subject.name
    }

    /// About how many bytes it takes up.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.body.len().saturating_add(self.collected.weight())
    }

    /// What tells its artifact from others, and the name of the algorithm: its digest, or else a digest of its name and version;
    /// the document itself for one without either.
    pub(crate) fn identity(&self) -> (Vec<u8>, String) {
        if let Some(digest) = &self.subject.digest {
            return match digest.algorithm() {
                DigestAlgorithm::Sha256 => (digest.bytes().to_vec(), "sha256".to_owned()),
                _ => (digest.to_string().into_bytes(), "other".to_owned()),
            };
        }
        let mut hash = Sha256::new();
        hash.update(b"artifact\0");
        if self.subject.name.is_empty() {
            hash.update(self.content);
        } else {
            for part in [&self.subject.name, &self.subject.version] {
                hash.update(part.as_bytes());
                hash.update([0]);
            }
            if self.subject.version.is_empty() {
                hash.update(self.content);
            }
        }
        (hash.finalize().to_vec(), String::new())
    }
}

/// Compresses a document, with memory that each thread keeps for the next.
fn compress(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    thread_local! {
        static COMPRESSOR: RefCell<Option<(zstd::bulk::Compressor<'static>, Vec<u8>)>> = const { RefCell::new(None) };
    }
    COMPRESSOR.with_borrow_mut(|held| {
        let (compressor, room) = match held {
            Some(held) => held,
            None => {
                let mut compressor = zstd::bulk::Compressor::new(COMPRESSION)?;
                compressor.set_parameter(zstd::zstd_safe::CParameter::HashLog(COMPRESSION_TABLE))?;
                held.insert((compressor, Vec::new()))
            }
        };
        room.clear();
        room.reserve(zstd::zstd_safe::compress_bound(bytes.len()));
        compressor.compress_to_buffer(bytes, room)?;
        let body = room.as_slice().to_vec();
        if room.capacity() > KEPT_ROOM {
            *room = Vec::new();
        }
        Ok(body)
    })
}

/// Purl types whose versions are digests, tags or nothing: what a document is about is not looked for as one of these.
const UNORDERED: &[&str] = &["docker", "generic", "oci"];

/// Whether the subject of a document may be asked for as a component.
pub(crate) fn is_package(purl: &Purl) -> bool {
    !UNORDERED.contains(&purl.kind())
}
