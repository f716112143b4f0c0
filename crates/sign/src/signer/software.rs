//! Keys in the memory of this process: made for one signature, or read from a file.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use plimsoll_model::Digest;

use super::public_key::aws_digest;
use super::{PublicKey, PublicKeyError, RsaSize, Scheme, Signer, SignerError};
use crate::secret::SecretBytes;

/// A private key in memory. The library of cryptography holds it and wipes it.
pub struct SoftwareSigner {
    pair: Pair,
    public_key: PublicKey,
    label: String,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SoftwareSigner {
    /// A new P-256 key for one signature, as keyless signing uses it.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn ephemeral() -> Result<Self, SignerError> {
        Self::generate(Scheme::EcdsaP256Sha256)
    }

    /// A new key.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn generate(scheme: Scheme) -> Result<Self, SignerError> {
        let pair = match scheme {
            Scheme::EcdsaP256Sha256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map(Pair::Ecdsa),
            Scheme::EcdsaP384Sha384 => EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).map(Pair::Ecdsa),
            Scheme::RsaPkcs1Sha256(size) => RsaKeyPair::generate(rsa_key_size(size)).map(Pair::Rsa),
            Scheme::Ed25519 => Ed25519KeyPair::generate().map(Pair::Ed25519),
        };
        Self::new(pair.map_err(|_| SignerError::Cryptography)?, "a key in memory")
    }

    /// The key of a PKCS #8 document (RFC 5208, RFC 5958), in DER. `label` says where it was, as in `release.key`.
    ///
    /// # Errors
    /// It is no private key of a supported kind, or its halves do not belong together.
    pub fn from_pkcs8_der(pkcs8: &SecretBytes, label: &str) -> Result<Self, SignerError> {
        let der = pkcs8.expose().as_slice();
        let ecdsa =
            |algorithm: &'static EcdsaSigningAlgorithm| EcdsaKeyPair::from_pkcs8(algorithm, der).ok().map(Pair::Ecdsa);
        let pair = ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING)
            .or_else(|| ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING))
            .or_else(|| Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok().map(Pair::Ed25519))
            .or_else(|| RsaKeyPair::from_pkcs8(der).ok().map(Pair::Rsa));
        let refused =
            || SignerError::Key { key: label.to_owned(), source: PublicKeyError::Unsupported("this key".to_owned()) };
        Self::new(pair.ok_or_else(refused)?, label)
    }

    pub(crate) fn from_ecdsa(pair: EcdsaKeyPair, label: &str) -> Result<Self, SignerError> {
        Self::new(Pair::Ecdsa(pair), label)
    }

    pub(crate) fn from_rsa(pair: RsaKeyPair, label: &str) -> Result<Self, SignerError> {
        Self::new(Pair::Rsa(pair), label)
    }

    /// The private key as PKCS #8, in DER.
    ///
    /// # Errors
    /// The library of cryptography failed.
    pub fn to_pkcs8_der(&self) -> Result<SecretBytes, SignerError> {
        let bytes = match &self.pair {
            Pair::Ecdsa(pair) => pair.to_pkcs8v1().map(|document| document.as_ref().to_vec()),
            Pair::Rsa(pair) => pair.as_der().map(|document: Pkcs8V1Der<'_>| document.as_ref().to_vec()),
            Pair::Ed25519(pair) => pair.to_pkcs8v1().map(|document| document.as_ref().to_vec()),
        };
        bytes.map(SecretBytes::new).map_err(|_| SignerError::Cryptography)
    }

    fn new(pair: Pair, label: &str) -> Result<Self, SignerError> {
        let spki: PublicKeyX509Der<'_> = match &pair {
            Pair::Ecdsa(pair) => pair.public_key().as_der(),
            Pair::Rsa(pair) => pair.public_key().as_der(),
            Pair::Ed25519(pair) => pair.public_key().as_der(),
        }
        .map_err(|_| SignerError::Cryptography)?;
        let public_key = PublicKey::from_spki_der(spki.as_ref())
            .map_err(|source| SignerError::Key { key: label.to_owned(), source })?;
        Ok(Self { pair, public_key, label: label.to_owned() })
    }
}

impl Signer for SoftwareSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign_digest(&self, digest: &Digest) -> Result<Vec<u8>, SignerError> {
        self.scheme().accept(digest)?;
        let imported = aws_digest(digest).ok_or(SignerError::Cryptography)?;
        let signature = match &self.pair {
            Pair::Ecdsa(pair) => pair.sign_digest(&imported).map(|signature| signature.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, &imported, &mut signature).map(|()| signature)
            }
            Pair::Ed25519(_) => return Err(SignerError::NeedsMessage(Scheme::Ed25519)),
        };
        signature.map_err(|_| SignerError::Cryptography)
    }

    fn sign_message(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signature = match &self.pair {
            Pair::Ecdsa(pair) => pair.sign(&SystemRandom::new(), message).map(|signature| signature.as_ref().to_vec()),
            Pair::Rsa(_) => return self.sign_digest(&self.scheme().digest(message)?),
            Pair::Ed25519(pair) => pair.try_sign(message).map(|signature| signature.as_ref().to_vec()),
        };
        signature.map_err(|_| SignerError::Cryptography)
    }

    fn describe(&self) -> String {
        self.label.clone()
    }
}

impl fmt::Debug for SoftwareSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareSigner").field("public_key", &self.public_key).finish_non_exhaustive()
    }
}

fn rsa_key_size(size: RsaSize) -> KeySize {
    match size {
        RsaSize::Bits2048 => KeySize::Rsa2048,
        RsaSize::Bits3072 => KeySize::Rsa3072,
        RsaSize::Bits4096 => KeySize::Rsa4096,
    }
}
