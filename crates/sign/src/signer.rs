//! What makes signatures: keys in memory, in files, in tokens (PKCS #11) and in key management services.
//!
//! A [`Signer`] signs the digest of a message, so that an artifact of any size is read once and never kept; only Ed25519
//! needs the message itself. What a device or a service returns is checked against its public key before anybody sees it.

#[cfg(feature = "aws-kms")]
mod aws;
#[cfg(feature = "azure-kms")]
mod azure;
mod error;
#[cfg(feature = "gcp-kms")]
mod gcp;
#[cfg(any(feature = "azure-kms", feature = "pkcs11", feature = "vault"))]
mod material;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod public_key;
mod reference;
mod scheme;
#[cfg(any(feature = "aws-kms", feature = "azure-kms", feature = "gcp-kms", feature = "vault"))]
mod service;
mod software;
mod stream;
#[cfg(feature = "vault")]
mod vault;

#[cfg(test)]
mod tests;

pub use error::SignerError;
pub use public_key::{PublicKey, PublicKeyError};
pub use reference::{KeyOptions, key_needs_network, open_key};
pub use scheme::{RsaSize, Scheme};
pub use software::SoftwareSigner;
pub use stream::{ED25519_LIMIT, Signed, sign_reader};

use plimsoll_model::Digest;

/// Something that holds a private key and signs with it.
pub trait Signer: Send + Sync {
    /// The public half of the key, with the scheme that it is used in.
    fn public_key(&self) -> &PublicKey;

    /// Signs a message by its digest, which must be of the algorithm that [`Scheme::digest_algorithm`] names.
    ///
    /// ECDSA signatures are in DER (RFC 3279 §2.2.3).
    ///
    /// # Errors
    /// The scheme needs the message itself, the digest is of another algorithm, or the key cannot be used.
    fn sign_digest(&self, digest: &Digest) -> Result<Vec<u8>, SignerError>;

    /// Signs a message that is in memory.
    ///
    /// # Errors
    /// The key cannot be used.
    fn sign_message(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.sign_digest(&self.scheme().digest(message)?)
    }

    /// The scheme of the signatures.
    fn scheme(&self) -> Scheme {
        self.public_key().scheme()
    }

    /// Where the key is, to be shown: `hashivault://release`. Never a secret.
    fn describe(&self) -> String;
}
