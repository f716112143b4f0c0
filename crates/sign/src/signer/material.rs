//! Keys and signatures from their numbers, as services and devices give them.

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::signature::RsaPublicKeyComponents;
use der::asn1::{Any, BitString, OctetStringRef, UintRef};
use der::{Decode as _, Encode as _, Sequence};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::public_key::{EC, ED25519_ID, P256, P384};
use super::{PublicKey, PublicKeyError, Scheme};

/// RFC 3279 §2.2.3, Ecdsa-Sig-Value.
#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// An ECDSA signature in DER, from its two numbers of equal length.
pub(super) fn ecdsa_der(raw: &[u8]) -> Option<Vec<u8>> {
    if raw.is_empty() || !raw.len().is_multiple_of(2) {
        return None;
    }
    let (r, s) = raw.split_at(raw.len() / 2);
    EcdsaSignature { r: UintRef::new(r).ok()?, s: UintRef::new(s).ok()? }.to_der().ok()
}

/// An EC key from the scheme of its curve and an uncompressed point.
#[cfg_attr(not(feature = "azure-kms"), allow(dead_code, reason = "the keys of Azure need it"))]
pub(super) fn ec_key(scheme: Scheme, point: &[u8]) -> Result<PublicKey, PublicKeyError> {
    let curve = match scheme {
        Scheme::EcdsaP256Sha256 => P256,
        Scheme::EcdsaP384Sha384 => P384,
        _ => return Err(PublicKeyError::Malformed),
    };
    let algorithm = AlgorithmIdentifierOwned { oid: EC, parameters: Some(Any::from(curve)) };
    spki(algorithm, point)
}

/// An EC key from the DER of its curve's name and of its point, as PKCS #11 has them (`CKA_EC_PARAMS`, `CKA_EC_POINT`).
pub(super) fn ec_key_der(parameters: &[u8], point: &[u8]) -> Result<PublicKey, PublicKeyError> {
    let parameters = Any::from_der(parameters).map_err(|_| PublicKeyError::Malformed)?;
    // PKCS #11 v2.40 §2.3.3 wants an OCTET STRING; some devices give the point itself.
    let point = OctetStringRef::from_der(point).map_or(point, |octets| octets.as_bytes());
    spki(AlgorithmIdentifierOwned { oid: EC, parameters: Some(parameters) }, point)
}

/// An Ed25519 key from its 32 bytes.
#[cfg_attr(not(feature = "vault"), allow(dead_code, reason = "the keys of Vault need it"))]
pub(super) fn ed25519_key(bytes: &[u8]) -> Result<PublicKey, PublicKeyError> {
    spki(AlgorithmIdentifierOwned { oid: ED25519_ID, parameters: None }, bytes)
}

/// An RSA key from its modulus and exponent.
pub(super) fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey, PublicKeyError> {
    let strip = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
    let components = RsaPublicKeyComponents { n: strip(modulus), e: strip(exponent) };
    let der: PublicKeyX509Der<'_> = components.as_der().map_err(|_| PublicKeyError::Malformed)?;
    PublicKey::from_spki_der(der.as_ref())
}

fn spki(algorithm: AlgorithmIdentifierOwned, key: &[u8]) -> Result<PublicKey, PublicKeyError> {
    let subject_public_key = BitString::from_bytes(key).map_err(|_| PublicKeyError::Malformed)?;
    let der = SubjectPublicKeyInfoOwned { algorithm, subject_public_key }.to_der();
    PublicKey::from_spki_der(&der.map_err(|_| PublicKeyError::Malformed)?)
}
