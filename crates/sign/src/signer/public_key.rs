//! Public keys: SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) in DER and PEM, also out of a certificate.
//!
//! Kinds: EC on P-256 and P-384 with an uncompressed point (RFC 5480), RSA with 2048, 3072 or 4096 bits (RFC 3279),
//! Ed25519 (RFC 8410). The PEM must hold one block, so that nobody is in doubt about which key was meant.

use std::fmt;

use aws_lc_rs::digest::{self, Digest as AwsDigest};
use aws_lc_rs::rsa::PublicKey as RsaPublicKey;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use der::asn1::ObjectIdentifier;
use der::pem::LineEnding;
use der::{Decode as _, Encode as _};
use plimsoll_model::{Digest, DigestAlgorithm};
use sha2::{Digest as _, Sha256};
use spki::SubjectPublicKeyInfoRef;
use x509_cert::Certificate;

use super::{RsaSize, Scheme};

/// RFC 5480 §2.1.1: id-ecPublicKey.
pub(super) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// RFC 5480 §2.1.1.1: secp256r1.
pub(super) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// RFC 5480 §2.1.1.1: secp384r1.
pub(super) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// RFC 3279 §2.3.1: rsaEncryption.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 8410 §3: id-Ed25519.
pub(super) const ED25519_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Bytes of a file that may hold a public key or certificate.
pub(crate) const PUBLIC_KEY_LIMIT: usize = 64 << 10;

/// A public key and the scheme that it is used in.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    spki: Vec<u8>,
    /// What the algorithm names: a point, an `RSAPublicKey`, 32 bytes.
    raw: Vec<u8>,
    scheme: Scheme,
}

/// Why bytes are no public key that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// It is not a PEM file with one block of this label.
    #[error("not one PEM block of {0}")]
    Pem(&'static str),
    /// It is no SubjectPublicKeyInfo.
    #[error("malformed public key")]
    Malformed,
    /// It is no certificate.
    #[error("malformed certificate")]
    Certificate,
    /// It is larger than any key.
    #[error("more than {} bytes", PUBLIC_KEY_LIMIT)]
    TooLarge,
    /// The algorithm, curve or size is none that is used.
    #[error("{0} is not supported: P-256, P-384, Ed25519 and RSA with 2048, 3072 or 4096 bits are")]
    Unsupported(String),
}

impl PublicKey {
    /// The key of a SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// It is malformed, or of a kind that is not used.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, PublicKeyError> {
        if der.len() > PUBLIC_KEY_LIMIT {
            return Err(PublicKeyError::TooLarge);
        }
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| PublicKeyError::Malformed)?;
        let raw = info.subject_public_key.as_bytes().ok_or(PublicKeyError::Malformed)?;
        let scheme = match info.algorithm.oid {
            EC => {
                let parameters = info.algorithm.parameters.ok_or(PublicKeyError::Malformed)?;
                // Curves given by their parameters are not used (RFC 5480 §2.1.1).
                let curve = ObjectIdentifier::try_from(parameters)
                    .map_err(|_| PublicKeyError::Unsupported("a curve without a name".to_owned()))?;
                ec_scheme(curve, raw)?
            }
            RSA => rsa_scheme(raw)?,
            // RFC 8410 §3: the parameters must be absent.
            ED25519_ID if raw.len() == 32 && info.algorithm.parameters.is_none() => Scheme::Ed25519,
            ED25519_ID => return Err(PublicKeyError::Malformed),
            other => return Err(PublicKeyError::Unsupported(format!("a key of type {other}"))),
        };
        let key = Self { spki: der.to_vec(), raw: raw.to_vec(), scheme };
        key.parse()?;
        Ok(key)
    }

    /// The key of a PEM file: `PUBLIC KEY`, or of the one certificate in it.
    ///
    /// # Errors
    /// It is neither, or the key is of a kind that is not used.
    pub fn from_pem(pem: &[u8]) -> Result<Self, PublicKeyError> {
        let (label, der) = one_pem_block(pem).ok_or(PublicKeyError::Pem("PUBLIC KEY or CERTIFICATE"))?;
        match label.as_str() {
            "PUBLIC KEY" => Self::from_spki_der(&der),
            "CERTIFICATE" => Self::from_certificate_der(&der),
            _ => Err(PublicKeyError::Pem("PUBLIC KEY or CERTIFICATE")),
        }
    }

    /// The key of a certificate in DER. Nothing else of the certificate is looked at.
    ///
    /// # Errors
    /// It is no certificate, or its key is of a kind that is not used.
    pub fn from_certificate_der(der: &[u8]) -> Result<Self, PublicKeyError> {
        if der.len() > PUBLIC_KEY_LIMIT {
            return Err(PublicKeyError::TooLarge);
        }
        let certificate = Certificate::from_der(der).map_err(|_| PublicKeyError::Certificate)?;
        let spki = certificate.tbs_certificate.subject_public_key_info.to_der();
        Self::from_spki_der(&spki.map_err(|_| PublicKeyError::Certificate)?)
    }

    /// The scheme that signatures of this key are in.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// SubjectPublicKeyInfo in PEM, with a final newline.
    #[must_use]
    pub fn to_pem(&self) -> String {
        // A label without odd characters and bytes in memory: it cannot fail, and an empty text would be seen.
        der::pem::encode_string("PUBLIC KEY", LineEnding::LF, &self.spki).unwrap_or_default()
    }

    /// SHA-256 of the SubjectPublicKeyInfo: what the hint of a bundle is made of.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(&self.spki).into()
    }

    /// Whether a signature is that of a message with this digest.
    #[must_use]
    pub fn verifies_digest(&self, digest: &Digest, signature: &[u8]) -> bool {
        if self.scheme.accept(digest).is_err() {
            return false;
        }
        aws_digest(digest).is_some_and(|digest| self.unparsed().verify_digest(&digest, signature).is_ok())
    }

    /// Whether a signature is that of a message.
    #[must_use]
    pub fn verifies_message(&self, message: &[u8], signature: &[u8]) -> bool {
        self.unparsed().verify(message, signature).is_ok()
    }

    fn unparsed(&self) -> UnparsedPublicKey<&[u8]> {
        let algorithm: &'static dyn VerificationAlgorithm = match self.scheme {
            Scheme::EcdsaP256Sha256 => &ECDSA_P256_SHA256_ASN1,
            Scheme::EcdsaP384Sha384 => &ECDSA_P384_SHA384_ASN1,
            Scheme::RsaPkcs1Sha256(_) => &RSA_PKCS1_2048_8192_SHA256,
            Scheme::Ed25519 => &ED25519,
        };
        UnparsedPublicKey::new(algorithm, &self.raw)
    }

    /// Whether it is a point on the curve, a sane modulus.
    fn parse(&self) -> Result<(), PublicKeyError> {
        self.unparsed().parse().map(drop).map_err(|_| PublicKeyError::Malformed)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fingerprint = data_encoding::HEXLOWER.encode(&self.fingerprint());
        f.debug_struct("PublicKey").field("scheme", &self.scheme).field("fingerprint", &fingerprint).finish()
    }
}

/// A digest as the library of cryptography wants it.
pub(crate) fn aws_digest(digest: &Digest) -> Option<AwsDigest> {
    let algorithm = match digest.algorithm() {
        DigestAlgorithm::Sha256 => &digest::SHA256,
        DigestAlgorithm::Sha384 => &digest::SHA384,
        DigestAlgorithm::Sha512 => &digest::SHA512,
        _ => return None,
    };
    AwsDigest::import_less_safe(digest.bytes(), algorithm).ok()
}

/// The only block of a PEM file: its label and bytes.
pub(crate) fn one_pem_block(pem: &[u8]) -> Option<(String, Vec<u8>)> {
    // What stands before the block, such as the attributes that OpenSSL writes, is skipped by the decoder.
    let text = pem.trim_ascii_end();
    let begins = memchr_count(text, b"-----BEGIN ");
    if pem.len() > PUBLIC_KEY_LIMIT || begins != 1 {
        return None;
    }
    let (label, bytes) = der::pem::decode_vec(text).ok()?;
    Some((label.to_owned(), bytes))
}

fn memchr_count(text: &[u8], needle: &[u8]) -> usize {
    text.windows(needle.len()).filter(|window| *window == needle).count()
}

fn ec_scheme(curve: ObjectIdentifier, point: &[u8]) -> Result<Scheme, PublicKeyError> {
    let (scheme, length) = match curve {
        P256 => (Scheme::EcdsaP256Sha256, 65),
        P384 => (Scheme::EcdsaP384Sha384, 97),
        other => return Err(PublicKeyError::Unsupported(format!("the curve {other}"))),
    };
    // SEC 1 §2.3.3: 04 and both coordinates.
    match point.first() {
        Some(4) if point.len() == length => Ok(scheme),
        Some(2 | 3) => Err(PublicKeyError::Unsupported("a compressed point".to_owned())),
        _ => Err(PublicKeyError::Malformed),
    }
}

fn rsa_scheme(raw: &[u8]) -> Result<Scheme, PublicKeyError> {
    let key = RsaPublicKey::from_der(raw).map_err(|_| PublicKeyError::Malformed)?;
    let modulus = key.modulus();
    let bytes = modulus.big_endian_without_leading_zero();
    let leading = bytes.first().map_or(0, |first| first.leading_zeros() as usize);
    let bits = bytes.len().saturating_mul(8).saturating_sub(leading);
    RsaSize::from_bits(bits)
        .map(Scheme::RsaPkcs1Sha256)
        .ok_or_else(|| PublicKeyError::Unsupported(format!("RSA with {bits} bits")))
}
