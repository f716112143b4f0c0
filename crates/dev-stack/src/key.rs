//! Keys: made at the start, never written anywhere. And the checking of the few signatures that the services demand.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_ASN1,
    ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5912, rfc8410};
use der::{Any, Decode as _};
use sha2::{Digest as _, Sha256};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::DevStackError;

/// What kind of key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// ECDSA on P-256 with SHA-256; signatures in DER.
    Ecdsa,
    /// The same, signatures as two numbers side by side: what JOSE calls ES256.
    EcdsaFixed,
    /// Ed25519.
    Ed25519,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A key pair. There is no way to read the private half.
pub(crate) struct SigningKey {
    kind: KeyKind,
    pair: Pair,
    /// The public half as SubjectPublicKeyInfo.
    spki: Vec<u8>,
}

impl SigningKey {
    pub(crate) fn generate(kind: KeyKind) -> Result<Self, DevStackError> {
        let refused = |_| DevStackError::Key;
        let (pair, spki) = match kind {
            KeyKind::Ecdsa | KeyKind::EcdsaFixed => {
                let algorithm = if kind == KeyKind::Ecdsa {
                    &ECDSA_P256_SHA256_ASN1_SIGNING
                } else {
                    &ECDSA_P256_SHA256_FIXED_SIGNING
                };
                let pair = EcdsaKeyPair::generate(algorithm).map_err(refused)?;
                let spki = pair.public_key().as_der().map_err(refused)?.as_ref().to_vec();
                (Pair::Ecdsa(pair), spki)
            }
            KeyKind::Ed25519 => {
                let pair = Ed25519KeyPair::generate().map_err(refused)?;
                let spki = pair.public_key().as_der().map_err(refused)?.as_ref().to_vec();
                (Pair::Ed25519(pair), spki)
            }
        };
        Ok(Self { kind, pair, spki })
    }

    pub(crate) fn kind(&self) -> KeyKind {
        self.kind
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, DevStackError> {
        match &self.pair {
            Pair::Ecdsa(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(|_| DevStackError::Key)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }

    /// The public half as SubjectPublicKeyInfo, in DER.
    pub(crate) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The public half as its algorithm has it: a point, or 32 bytes.
    pub(crate) fn raw(&self) -> &[u8] {
        match &self.pair {
            Pair::Ecdsa(pair) => pair.public_key().as_ref(),
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    pub(crate) fn public(&self) -> Result<SubjectPublicKeyInfoOwned, DevStackError> {
        SubjectPublicKeyInfoOwned::from_der(&self.spki).map_err(DevStackError::encoding("public key"))
    }

    /// SHA-256 of the SubjectPublicKeyInfo: the log id of RFC 6962 and of Rekor v1.
    pub(crate) fn id(&self) -> [u8; 32] {
        Sha256::digest(&self.spki).into()
    }

    /// The name of the algorithm in certificates and CMS.
    pub(crate) fn algorithm(&self) -> AlgorithmIdentifierOwned {
        let oid = match self.kind {
            KeyKind::Ecdsa | KeyKind::EcdsaFixed => rfc5912::ECDSA_WITH_SHA_256,
            KeyKind::Ed25519 => rfc8410::ID_ED_25519,
        };
        AlgorithmIdentifierOwned { oid, parameters: None }
    }

    /// The name of the algorithm in trusted roots.
    pub(crate) fn details(&self) -> &'static str {
        match self.kind {
            KeyKind::Ecdsa | KeyKind::EcdsaFixed => "PKIX_ECDSA_P256_SHA_256",
            KeyKind::Ed25519 => "PKIX_ED25519",
        }
    }
}

/// Random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], DevStackError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| DevStackError::Key)?;
    Ok(bytes)
}

fn verification(spki: &SubjectPublicKeyInfoOwned) -> Option<&'static dyn VerificationAlgorithm> {
    let curve = || spki.algorithm.parameters.as_ref().and_then(|any: &Any| any.decode_as::<ObjectIdentifier>().ok());
    match spki.algorithm.oid {
        rfc5912::ID_EC_PUBLIC_KEY if curve() == Some(rfc5912::SECP_256_R_1) => Some(&ECDSA_P256_SHA256_ASN1),
        rfc5912::ID_EC_PUBLIC_KEY if curve() == Some(rfc5912::SECP_384_R_1) => Some(&ECDSA_P384_SHA384_ASN1),
        rfc5912::RSA_ENCRYPTION => Some(&RSA_PKCS1_2048_8192_SHA256),
        rfc8410::ID_ED_25519 => Some(&ED25519),
        _ => None,
    }
}

fn bytes_of(spki: &SubjectPublicKeyInfoOwned) -> Option<Vec<u8>> {
    spki.subject_public_key.as_bytes().map(<[u8]>::to_vec)
}

/// Whether this key signed this message. Keys of other kinds have signed nothing.
pub(crate) fn signed(spki: &SubjectPublicKeyInfoOwned, message: &[u8], signature: &[u8]) -> bool {
    let (Some(algorithm), Some(key)) = (verification(spki), bytes_of(spki)) else { return false };
    UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
}

/// Whether this key signed something with this digest. Ed25519 signs no digests: the answer is no, and Rekor's too.
pub(crate) fn signed_digest(spki: &SubjectPublicKeyInfoOwned, message: &[u8], signature: &[u8]) -> bool {
    let (Some(algorithm), Some(key)) = (verification(spki), bytes_of(spki)) else { return false };
    let kind = match message.len() {
        32 => &digest::SHA256,
        48 => &digest::SHA384,
        64 => &digest::SHA512,
        _ => return false,
    };
    let Ok(digest) = Digest::import_less_safe(message, kind) else { return false };
    UnparsedPublicKey::new(algorithm, key).verify_digest(&digest, signature).is_ok()
}

/// A public key or the key of a certificate, from PEM or DER.
pub(crate) fn public_key(bytes: &[u8]) -> Option<SubjectPublicKeyInfoOwned> {
    let der = pem(bytes).map_or_else(|| bytes.to_vec(), |(_, der)| der);
    let certificate = || x509_cert::Certificate::from_der(&der).ok();
    SubjectPublicKeyInfoOwned::from_der(&der)
        .ok()
        .or_else(|| certificate().map(|certificate| certificate.tbs_certificate.subject_public_key_info))
}

/// The label and content of a PEM document.
pub(crate) fn pem(text: &[u8]) -> Option<(String, Vec<u8>)> {
    let (label, der) = der::pem::decode_vec(text).ok()?;
    Some((label.to_owned(), der))
}

/// A PEM document as Go writes it: lines of 64 characters, each ended.
pub(crate) fn to_pem(label: &'static str, der: &[u8]) -> Result<String, DevStackError> {
    der::pem::encode_string(label, der::pem::LineEnding::LF, der)
        .map_err(|error| DevStackError::Encode { what: "PEM", source: error.into() })
}

/// DER of anything.
pub(crate) fn to_der(value: &impl der::Encode, what: &'static str) -> Result<Vec<u8>, DevStackError> {
    value.to_der().map_err(DevStackError::encoding(what))
}
