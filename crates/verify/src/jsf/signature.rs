//! Signatures as JWA writes them (RFC 7518 §3): those of ECDSA are both numbers in the length of the curve.

use der::asn1::UintRef;
use der::{Decode as _, Sequence};
use plimsoll_attest::{JsfAlgorithm, Jwk};
use sigstore_crypto::{SigningScheme, VerificationKey};
use sigstore_types::SignatureBytes;
use x509_cert::spki::SubjectPublicKeyInfoRef;

use crate::PublicKey;
use crate::ecdsa::from_fixed;

/// RFC 8017 §A.1.1.
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    n: UintRef<'a>,
    e: UintRef<'a>,
}

/// What the library calls it.
pub(super) fn scheme(algorithm: &JsfAlgorithm) -> Option<SigningScheme> {
    Some(match algorithm {
        JsfAlgorithm::Es256 => SigningScheme::EcdsaP256Sha256,
        JsfAlgorithm::Es384 => SigningScheme::EcdsaP384Sha384,
        JsfAlgorithm::Rs256 => SigningScheme::RsaPkcs1Sha256,
        JsfAlgorithm::Rs384 => SigningScheme::RsaPkcs1Sha384,
        JsfAlgorithm::Rs512 => SigningScheme::RsaPkcs1Sha512,
        JsfAlgorithm::Ps256 => SigningScheme::RsaPssSha256,
        JsfAlgorithm::Ps384 => SigningScheme::RsaPssSha384,
        JsfAlgorithm::Ps512 => SigningScheme::RsaPssSha512,
        JsfAlgorithm::Ed25519 => SigningScheme::Ed25519,
        _ => return None,
    })
}

/// Whether a key is of the kind that the algorithm is for.
pub(super) fn fits(key: &PublicKey, scheme: SigningScheme) -> bool {
    VerificationKey::from_spki_with_scheme(key.spki(), scheme).is_ok()
}

/// Whether the signature is that of these bytes.
pub(super) fn holds(key: &PublicKey, scheme: SigningScheme, bytes: &[u8], value: &[u8]) -> bool {
    let half = match scheme {
        SigningScheme::EcdsaP256Sha256 => Some(32),
        SigningScheme::EcdsaP384Sha384 => Some(48),
        _ => None,
    };
    let signature = match half {
        Some(half) => from_fixed(value, half),
        None => Some(value.to_vec()),
    };
    let Some(signature) = signature else { return false };
    VerificationKey::from_spki_with_scheme(key.spki(), scheme)
        .is_ok_and(|key| key.verify(bytes, &SignatureBytes::from_bytes(&signature)).is_ok())
}

impl PublicKey {
    /// The key as a JSON Web Key, where it is of a kind that has one here.
    #[must_use]
    pub fn to_jwk(&self) -> Option<Jwk> {
        let info = SubjectPublicKeyInfoRef::from_der(self.as_der()).ok()?;
        let raw = info.subject_public_key.as_bytes()?;
        let point = |curve: &str, half: usize| {
            let (x, y) = raw.strip_prefix(&[4])?.split_at_checked(half)?;
            (y.len() == half).then(|| Jwk::Ec { curve: curve.to_owned(), x: x.to_vec(), y: y.to_vec() })
        };
        if fits(self, SigningScheme::EcdsaP256Sha256) {
            point("P-256", 32)
        } else if fits(self, SigningScheme::EcdsaP384Sha384) {
            point("P-384", 48)
        } else if fits(self, SigningScheme::Ed25519) {
            Some(Jwk::Okp { curve: "Ed25519".to_owned(), x: raw.to_vec() })
        } else if fits(self, SigningScheme::RsaPkcs1Sha256) {
            let key = RsaPublicKey::from_der(raw).ok()?;
            Some(Jwk::Rsa { n: key.n.as_bytes().to_vec(), e: key.e.as_bytes().to_vec() })
        } else {
            None
        }
    }
}
