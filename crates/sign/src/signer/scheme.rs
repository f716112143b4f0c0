//! The schemes that signatures are made in, by their names in Sigstore's registry of algorithms.
//!
//! The registry (sigstore/architecture-docs, `algorithm-registry.md`) also has Ed25519ph, which would sign a digest; it is
//! refused here because no verifier of bundles at hand reads it. A scheme that cannot be verified is not offered.

use std::fmt;

use plimsoll_model::{Digest, DigestAlgorithm};
use sha2::{Digest as _, Sha256, Sha384};

use super::SignerError;

/// Length of an RSA modulus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RsaSize {
    /// 2048 bits.
    Bits2048,
    /// 3072 bits.
    Bits3072,
    /// 4096 bits.
    Bits4096,
}

impl RsaSize {
    /// The size with this many bits, if it is one that is used.
    #[must_use]
    pub fn from_bits(bits: usize) -> Option<Self> {
        match bits {
            2048 => Some(Self::Bits2048),
            3072 => Some(Self::Bits3072),
            4096 => Some(Self::Bits4096),
            _ => None,
        }
    }

    /// How many bits the modulus has.
    #[must_use]
    pub fn bits(self) -> usize {
        match self {
            Self::Bits2048 => 2048,
            Self::Bits3072 => 3072,
            Self::Bits4096 => 4096,
        }
    }
}

/// A kind of key and how it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// ECDSA on P-256 with SHA-256. What keyless signatures use.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384Sha384,
    /// RSA, PKCS #1 v1.5, with SHA-256.
    RsaPkcs1Sha256(RsaSize),
    /// Ed25519 (RFC 8032). It signs the message itself.
    Ed25519,
}

impl Scheme {
    /// What a message is digested with before it is signed; `None` where the message itself is.
    #[must_use]
    pub fn digest_algorithm(self) -> Option<DigestAlgorithm> {
        match self {
            Self::EcdsaP256Sha256 | Self::RsaPkcs1Sha256(_) => Some(DigestAlgorithm::Sha256),
            Self::EcdsaP384Sha384 => Some(DigestAlgorithm::Sha384),
            Self::Ed25519 => None,
        }
    }

    /// The name in the registry of algorithms, as in `publicKeyDetails` of a trusted root.
    #[must_use]
    pub fn registry_name(self) -> &'static str {
        match self {
            Self::EcdsaP256Sha256 => "PKIX_ECDSA_P256_SHA_256",
            Self::EcdsaP384Sha384 => "PKIX_ECDSA_P384_SHA_384",
            Self::RsaPkcs1Sha256(RsaSize::Bits2048) => "PKIX_RSA_PKCS1V15_2048_SHA256",
            Self::RsaPkcs1Sha256(RsaSize::Bits3072) => "PKIX_RSA_PKCS1V15_3072_SHA256",
            Self::RsaPkcs1Sha256(RsaSize::Bits4096) => "PKIX_RSA_PKCS1V15_4096_SHA256",
            Self::Ed25519 => "PKIX_ED25519",
        }
    }

    /// The digest of a message that this scheme signs.
    ///
    /// # Errors
    /// The scheme signs the message itself.
    pub fn digest(self, message: &[u8]) -> Result<Digest, SignerError> {
        let algorithm = self.digest_algorithm().ok_or(SignerError::NeedsMessage(self))?;
        let bytes = match algorithm {
            DigestAlgorithm::Sha384 => Sha384::digest(message).to_vec(),
            _ => Sha256::digest(message).to_vec(),
        };
        Digest::from_bytes(algorithm, bytes).map_err(|_| SignerError::Cryptography)
    }

    /// Refuses a digest that this scheme does not sign.
    pub(crate) fn accept(self, digest: &Digest) -> Result<(), SignerError> {
        match self.digest_algorithm() {
            None => Err(SignerError::NeedsMessage(self)),
            Some(algorithm) if algorithm == digest.algorithm() => Ok(()),
            Some(_) => Err(SignerError::WrongDigest { scheme: self, algorithm: digest.algorithm() }),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaP256Sha256 => "ECDSA P-256 with SHA-256",
            Self::EcdsaP384Sha384 => "ECDSA P-384 with SHA-384",
            Self::RsaPkcs1Sha256(RsaSize::Bits2048) => "RSA-2048 PKCS #1 v1.5 with SHA-256",
            Self::RsaPkcs1Sha256(RsaSize::Bits3072) => "RSA-3072 PKCS #1 v1.5 with SHA-256",
            Self::RsaPkcs1Sha256(RsaSize::Bits4096) => "RSA-4096 PKCS #1 v1.5 with SHA-256",
            Self::Ed25519 => "Ed25519",
        })
    }
}
