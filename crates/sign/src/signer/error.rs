//! Why something was not signed.

use std::io;

use plimsoll_model::DigestAlgorithm;

use super::{PublicKeyError, Scheme};
use crate::remote::CallError;

/// Why something was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The scheme signs messages, not digests.
    #[error("{0} signs a message, not its digest")]
    NeedsMessage(Scheme),
    /// The digest was made with another algorithm than the scheme uses.
    #[error("{scheme} does not sign a {} digest", .algorithm.token())]
    WrongDigest {
        /// The scheme of the key.
        scheme: Scheme,
        /// The algorithm of the digest.
        algorithm: DigestAlgorithm,
    },
    /// The scheme needs the whole message in memory, and it is larger than that is allowed for.
    #[error(
        "{scheme} needs the whole message in memory, and this one has more than {limit} bytes; sign it with a P-256 key"
    )]
    MessageTooLarge {
        /// The scheme of the key.
        scheme: Scheme,
        /// Bytes that are kept at most.
        limit: usize,
    },
    /// The message could not be read.
    #[error("cannot read what is to be signed")]
    Read(#[source] io::Error),
    /// The key is none that can sign here.
    #[error("cannot use the key {key}")]
    Key {
        /// Where the key is.
        key: String,
        /// Why it is refused.
        #[source]
        source: PublicKeyError,
    },
    /// The name of a key is not understood.
    #[error("{key} names no key: {reason}")]
    Reference {
        /// The name, without what may be secret.
        key: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// A setting that the key needs is missing or malformed.
    #[error("{key} cannot be used: {reason}")]
    Configuration {
        /// Where the key is.
        key: String,
        /// What is missing.
        reason: String,
    },
    /// The device or service did not sign.
    #[error("cannot {operation} with {key}: {reason}")]
    Backend {
        /// Where the key is.
        key: String,
        /// `sign`, `read the public key`.
        operation: &'static str,
        /// What it says, without secrets.
        reason: String,
    },
    /// The device or service could not be reached.
    #[error("cannot {operation} with {key}")]
    Transport {
        /// Where the key is.
        key: String,
        /// `sign`, `read the public key`.
        operation: &'static str,
        /// What the network says.
        #[source]
        source: CallError,
    },
    /// What came back is no signature of the message under the public key.
    #[error("{key} returned a signature that its own public key does not verify")]
    BadSignature {
        /// Where the key is.
        key: String,
    },
    /// The library of cryptography failed: no randomness, no memory.
    #[error("the signature could not be computed")]
    Cryptography,
}
