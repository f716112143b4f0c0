//! Public keys that somebody manages, as opposed to certificates that live for minutes.

use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use sigstore_crypto::{KeyAlgorithm, VerificationKey};
use sigstore_types::DerPublicKey;
use x509_cert::Certificate;
use x509_cert::der::{DecodePem as _, Encode as _};

use crate::VerifyError;

/// A key that signatures are checked with.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    spki: DerPublicKey,
    algorithm: String,
}

/// A file of a key is smaller than this.
const MAX_PEM: usize = 64 << 10;

impl PublicKey {
    /// Reads PEM: a public key (`SubjectPublicKeyInfo`), or the one of a certificate.
    ///
    /// # Errors
    /// It is neither, or its algorithm or size is not used for signing here.
    pub fn from_pem(pem: &str) -> Result<Self, VerifyError> {
        let bad = |reason: String| VerifyError::Key { reason };
        if pem.len() > MAX_PEM {
            return Err(bad("it is too large".into()));
        }
        if pem.contains("PRIVATE KEY") {
            return Err(bad("it is a private key".into()));
        }
        if pem.contains("-----BEGIN CERTIFICATE-----") {
            let certificate = Certificate::from_pem(pem).map_err(|error| bad(error.to_string()))?;
            let spki = certificate.tbs_certificate.subject_public_key_info.to_der();
            return Self::from_der(spki.map_err(|error| bad(error.to_string()))?);
        }
        let key = DerPublicKey::from_pem(pem).map_err(|error| bad(error.to_string()))?;
        Self::from_der(key.as_bytes().to_vec())
    }

    /// Reads a `SubjectPublicKeyInfo` in DER.
    ///
    /// # Errors
    /// It is none, or its algorithm or size is not used for signing here.
    pub fn from_der(spki: Vec<u8>) -> Result<Self, VerifyError> {
        let spki = DerPublicKey::new(spki);
        let bad = |error: sigstore_crypto::Error| VerifyError::Key { reason: error.to_string() };
        VerificationKey::from_spki(&spki).map_err(bad)?;
        let algorithm = format!("{:?}", KeyAlgorithm::from_spki(&spki).map_err(bad)?);
        Ok(Self { spki, algorithm })
    }

    /// The `SubjectPublicKeyInfo` in DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        self.spki.as_bytes()
    }

    /// SHA-256 of the `SubjectPublicKeyInfo`, in hex: the name of the key in reports.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.spki.as_bytes()))
    }

    pub(crate) fn spki(&self) -> &DerPublicKey {
        &self.spki
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} sha256:{})", self.algorithm, self.fingerprint())
    }
}
