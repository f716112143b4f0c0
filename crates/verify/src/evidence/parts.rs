//! Signatures in pieces, for what is no bundle that the library can hold.

use plimsoll_attest::Envelope;
use plimsoll_model::DigestAlgorithm;

/// The pieces of a signature.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    /// What was signed, and the signature.
    pub(crate) content: Content,
    /// Whose signature it says it is.
    pub(crate) signer: Signer,
    /// Entries in transparency logs.
    pub(crate) entries: Vec<Entry>,
    /// RFC 3161 timestamps, in DER.
    pub(crate) timestamps: Vec<Vec<u8>>,
}

/// What was signed.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// The artifact itself.
    Message {
        /// The signature.
        signature: Vec<u8>,
        /// The digest that the bundle names, which proves nothing.
        digest: Option<(DigestAlgorithm, Vec<u8>)>,
    },
    /// A statement about it.
    Envelope(Envelope),
}

/// Whose signature it says it is.
#[derive(Debug, Clone)]
pub(crate) enum Signer {
    /// The certificate, and intermediates, in DER.
    Certificates(Vec<Vec<u8>>),
    /// A hint about the key, which proves nothing.
    Key(String),
    /// Nothing is said.
    Unknown,
}

/// An entry of a transparency log.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) log_index: u64,
    /// SHA-256 of the log's key.
    pub(crate) log_id: Vec<u8>,
    pub(crate) kind: String,
    pub(crate) version: String,
    /// Seconds since 1970.
    pub(crate) integrated_time: Option<i64>,
    /// The log's signature over body, time, index and its name.
    pub(crate) promise: Option<Vec<u8>>,
    pub(crate) proof: Option<Proof>,
    /// The entry, exactly as the log has it.
    pub(crate) body: Vec<u8>,
}

/// That an entry is in a log.
#[derive(Debug, Clone)]
pub(crate) struct Proof {
    pub(crate) log_index: u64,
    pub(crate) root_hash: Vec<u8>,
    pub(crate) tree_size: u64,
    pub(crate) hashes: Vec<Vec<u8>>,
    /// The signed note.
    pub(crate) checkpoint: String,
}
