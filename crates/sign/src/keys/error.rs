//! Why a key was not read or written.

use std::io;
use std::path::PathBuf;

use super::KeyFormat;
use crate::signer::{PublicKeyError, SignerError};

/// Why a key was not read or written. Nothing of a key or password is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file of that name is there; keys are never overwritten.
    #[error("{0} exists; a key is never overwritten")]
    Exists(PathBuf),
    /// It is larger than any key.
    #[error("more than {} bytes are no key", super::KEY_FILE_LIMIT)]
    TooLarge,
    /// It is no PEM file with one private key.
    #[error("not a PEM file with one private key: {0}")]
    Pem(&'static str),
    /// It is PEM, but of something else.
    #[error("`{0}` is no private key that can be read")]
    Label(String),
    /// It is none of its format.
    #[error("malformed {0}")]
    Malformed(KeyFormat),
    /// Unlocking it would take more memory or time than a key is worth.
    #[error("the key asks for too much work to unlock: {0}")]
    Cost(&'static str),
    /// It is encrypted in a way that is not read.
    #[error("the key is encrypted with {0}")]
    Cipher(String),
    /// It is encrypted, and there is no password.
    #[error("the key is encrypted and needs a password")]
    NeedsPassword,
    /// It is not encrypted, and that was not agreed to.
    #[error("the key is not encrypted")]
    NotEncrypted,
    /// The password is not that of the key, or the key is damaged.
    #[error("wrong password, or a damaged key")]
    Password,
    /// A new key would have an empty password.
    #[error("the password is empty")]
    EmptyPassword,
    /// It is no key that can sign.
    #[error("the key cannot be used")]
    Key(#[source] SignerError),
    /// It is no public key that can be used.
    #[error("cannot use the public key in {path}")]
    Public {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: PublicKeyError,
    },
    /// The library of cryptography failed: no randomness, no memory.
    #[error("the key could not be encrypted")]
    Cryptography,
}
