//! RFC 3161 timestamps: over this signature, by an authority that is trusted for that time.
//!
//! Whoever signed is found among the certificates of the trusted root, never among those that the token brings along: to take
//! the first of those that is no authority is how CVE-2026-39984 came about.

use cms::content_info::CmsVersion;
use cms::signed_data::{SignerIdentifier, SignerInfo};
use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5912, rfc6268};
use data_encoding::HEXLOWER;
use der::asn1::{AnyRef, OctetStringRef, SetOfVec};
use der::{Any, Decode as _, Encode as _, Reader as _, Tag};
use sha2::{Digest as _, Sha256};
use sigstore_crypto::{KeyAlgorithm, SigningScheme, verify_signature};
use sigstore_trust_root::TrustedRoot as Material;
use sigstore_types::{DerPublicKey, HashAlgorithm, SignatureBytes, TsaAuthority};
use x509_cert::Certificate;
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectKeyIdentifier};

use super::certificate::{self, chain_code};
use super::token::{TST_INFO, Token, hash};
use super::{digest, time};
use crate::engine::Refused;
use crate::{Code, VerifiedTime};

/// `id-aa-signingCertificateV2` (RFC 5035)
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// `id-Ed25519` (RFC 8410)
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Whether the library cannot read this token, although it is one: a fraction of a second, or an accuracy finer than one.
pub(crate) fn is_finer_than_the_library(token: &[u8]) -> bool {
    Token::parse(token).is_ok_and(|token| token.info.fine_accuracy || token.info.time.subsec_nanosecond() != 0)
}

/// The time that a token proves for a signature.
pub(super) fn verify(token: &[u8], signature: &[u8], material: &Material) -> Result<VerifiedTime, Refused> {
    let refused = |reason: String| Refused::new(Code::Timestamp, reason);
    let token = Token::parse(token).map_err(refused)?;
    if digest(token.info.algorithm, signature).as_deref() != Some(&token.info.imprint) {
        return Err(refused("the timestamp is over another signature".into()));
    }
    let mut last = refused("the trusted root names no timestamp authority".into());
    for authority in &material.tsa_authorities() {
        match by_authority(&token, authority) {
            Ok(by) => return Ok(VerifiedTime { time: token.info.time, by: format!("timestamp authority {by}") }),
            // The authority that signed it has the last word on its time.
            Err(refused) if refused.code == Code::AuthorityWithdrawn => return Err(refused),
            Err(refused) => last = refused,
        }
    }
    Err(last)
}

/// Whether this authority signed it, when it was allowed to. Its name is the fingerprint of its certificate.
fn by_authority(token: &Token, authority: &TsaAuthority) -> Result<String, Refused> {
    let refused = |reason: String| Refused::new(Code::Timestamp, reason);
    let leaf = Certificate::from_der(authority.leaf.as_bytes())
        .map_err(|error| refused(format!("the certificate of the authority cannot be read: {error}")))?;
    if !is_signer(&token.signer.sid, &leaf) {
        return Err(refused("no trusted authority signed the timestamp".into()));
    }
    signed_by(token, authority, &leaf).map_err(refused)?;
    let intermediates: Vec<&[u8]> = authority.intermediates.iter().map(|certificate| certificate.as_bytes()).collect();
    let anchors = [certificate::anchor(authority.root.as_bytes()).map_err(refused)?];
    for second in time::seconds(token.info.time) {
        certificate::chain(
            authority.leaf.as_bytes(),
            &intermediates,
            &anchors,
            second,
            rfc5912::ID_KP_TIME_STAMPING.as_bytes(),
        )
        .map_err(|error| {
            let code = match chain_code(&error) {
                Code::Expired | Code::NotYetValid => Code::AuthorityWithdrawn,
                _ => Code::Timestamp,
            };
            Refused::new(code, format!("the chain of the authority: {error}"))
        })?;
    }
    usage(&leaf).map_err(refused)?;
    if authority.valid_for.is_some_and(|window| !window.contains(token.info.time)) {
        let reason = format!("the timestamp authority is not trusted for {}", token.info.time);
        return Err(Refused::new(Code::AuthorityWithdrawn, reason));
    }
    Ok(HEXLOWER.encode(&Sha256::digest(authority.leaf.as_bytes())))
}

fn is_signer(sid: &SignerIdentifier, leaf: &Certificate) -> bool {
    let tbs = &leaf.tbs_certificate;
    match sid {
        SignerIdentifier::IssuerAndSerialNumber(signer) => {
            signer.issuer == tbs.issuer && signer.serial_number == tbs.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(signer) => {
            matches!(tbs.get::<SubjectKeyIdentifier>(), Ok(Some((_, own))) if own == *signer)
        }
    }
}

/// RFC 3161 §2.3: time stamping, critical, and nothing else.
fn usage(leaf: &Certificate) -> Result<(), String> {
    match leaf.tbs_certificate.get::<ExtendedKeyUsage>() {
        Ok(Some((true, usage))) if usage.0 == [rfc5912::ID_KP_TIME_STAMPING] => Ok(()),
        _ => Err("the certificate of the authority is not for timestamps alone".into()),
    }
}

/// The signature of the token (RFC 5652 §5.4): over the signed attributes, which hold the digest of the content.
fn signed_by(token: &Token, authority: &TsaAuthority, leaf: &Certificate) -> Result<(), String> {
    let signer = &token.signer;
    let attributes = signer.signed_attrs.as_ref().ok_or("the timestamp has no signed attributes")?;
    let malformed = |error: der::Error| format!("the timestamp is malformed: {error}");
    let content_type =
        only(attributes, rfc6268::ID_CONTENT_TYPE)?.ok_or("the timestamp names no type of its content")?;
    if ObjectIdentifier::from_der(&content_type).map_err(malformed)? != TST_INFO {
        return Err("the timestamp names another type of content".into());
    }
    let algorithm = hash(&signer.digest_alg.oid).ok_or("the digest of the timestamp is too weak or unknown")?;
    let stated = only(attributes, rfc6268::ID_MESSAGE_DIGEST)?.ok_or("the timestamp names no digest of its content")?;
    let stated = OctetStringRef::from_der(&stated).map_err(malformed)?.as_bytes();
    if digest(algorithm, &token.content).as_deref() != Some(stated) {
        return Err("the content of the timestamp was changed".into());
    }
    if let Some(value) = only(attributes, SIGNING_CERTIFICATE_V2)? {
        signing_certificate(&value, authority.leaf.as_bytes())?;
    }
    let spki = leaf.tbs_certificate.subject_public_key_info.to_der().map_err(malformed)?;
    let key = DerPublicKey::new(spki);
    let scheme = scheme(&key, algorithm, signer)?;
    // In the token the set is [0] IMPLICIT; it is signed as what it is, a SET OF (RFC 5652 §5.4).
    let set = SetOfVec::try_from(attributes.iter().cloned().collect::<Vec<Attribute>>()).map_err(malformed)?;
    let message = set.to_der().map_err(malformed)?;
    verify_signature(&key, &message, &SignatureBytes::from_bytes(signer.signature.as_bytes()), scheme)
        .map_err(|_| "the signature of the timestamp is wrong".to_owned())
}

/// The value of an attribute that may be there once and has one value.
fn only(attributes: &Attributes, oid: ObjectIdentifier) -> Result<Option<Vec<u8>>, String> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let Some(attribute) = found.next() else { return Ok(None) };
    let value = attribute.values.get(0).filter(|_| attribute.values.len() == 1 && found.next().is_none());
    let value = value.ok_or_else(|| format!("the timestamp has the attribute {oid} more than once"))?;
    value.to_der().map(Some).map_err(|error| error.to_string())
}

/// `SigningCertificateV2`: the first of its certificates is the signer's (RFC 5035 §3).
fn signing_certificate(value: &[u8], leaf: &[u8]) -> Result<(), String> {
    let first = AnyRef::from_der(value).and_then(|any| {
        any.sequence(|reader| {
            let first = AnyRef::decode(reader)?.sequence(|reader| {
                let first = AnyRef::decode(reader)?.sequence(|reader| {
                    let mut algorithm = rfc5912::ID_SHA_256;
                    if reader.peek_tag()? == Tag::Sequence {
                        algorithm = AnyRef::decode(reader)?.sequence(|reader| {
                            let algorithm = ObjectIdentifier::decode(reader)?;
                            reader.read_slice(reader.remaining_len())?;
                            Ok(algorithm)
                        })?;
                    }
                    let value = OctetStringRef::decode(reader)?.as_bytes();
                    reader.read_slice(reader.remaining_len())?;
                    Ok((algorithm, value))
                })?;
                reader.read_slice(reader.remaining_len())?;
                Ok(first)
            })?;
            reader.read_slice(reader.remaining_len())?;
            Ok(first)
        })
    });
    let (algorithm, stated) = first.map_err(|error| format!("the timestamp is malformed: {error}"))?;
    match hash(&algorithm).and_then(|algorithm| digest(algorithm, leaf)) {
        Some(own) if own == stated => Ok(()),
        _ => Err("the timestamp names another certificate than the authority's".into()),
    }
}

/// How the signature was made, by the key.
fn scheme(key: &DerPublicKey, algorithm: HashAlgorithm, signer: &SignerInfo) -> Result<SigningScheme, String> {
    use const_oid::db::rfc5912::{ID_EC_PUBLIC_KEY, RSA_ENCRYPTION};
    let kind = KeyAlgorithm::from_spki(key).map_err(|error| error.to_string())?;
    let family = match kind {
        KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 => Some(ID_EC_PUBLIC_KEY),
        KeyAlgorithm::Rsa => Some(RSA_ENCRYPTION),
        KeyAlgorithm::Ed25519 => Some(ED25519),
        _ => None,
    };
    if family.is_none() || family != said(signer)? {
        return Err("the signature of the timestamp is of another algorithm than the authority's".into());
    }
    kind.resolve_signing_scheme(algorithm).map_err(|error| error.to_string())
}

/// What a token says about how it was signed, which nobody signs: the algorithm of the key, or with the digest. Where it
/// contradicts itself or has what RFC 5754 does not know, two readers may differ.
fn said(signer: &SignerInfo) -> Result<Option<ObjectIdentifier>, String> {
    use HashAlgorithm::{Sha2256, Sha2384};
    use const_oid::db::rfc5912::{
        ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384, ECDSA_WITH_SHA_512, ID_EC_PUBLIC_KEY, RSA_ENCRYPTION,
        SHA_256_WITH_RSA_ENCRYPTION, SHA_384_WITH_RSA_ENCRYPTION, SHA_512_WITH_RSA_ENCRYPTION,
    };
    let algorithm = hash(&signer.digest_alg.oid).ok_or("the digest of the timestamp is too weak or unknown")?;
    let of = |with_256, with_384, with_512| match algorithm {
        Sha2256 => with_256,
        Sha2384 => with_384,
        _ => with_512,
    };
    let stated = signer.signature_algorithm.oid;
    let ecdsa = of(ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384, ECDSA_WITH_SHA_512);
    let rsa = of(SHA_256_WITH_RSA_ENCRYPTION, SHA_384_WITH_RSA_ENCRYPTION, SHA_512_WITH_RSA_ENCRYPTION);
    let version = match signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(_) => CmsVersion::V1,
        SignerIdentifier::SubjectKeyIdentifier(_) => CmsVersion::V3,
    };
    let absent = |parameters: &Option<Any>| parameters.as_ref().is_none_or(|one| one.is_null());
    let parameters = absent(&signer.digest_alg.parameters)
        && (stated == ID_EC_PUBLIC_KEY || absent(&signer.signature_algorithm.parameters));
    if signer.version != version || !parameters {
        return Err("the signer of the timestamp is malformed".into());
    }
    Ok([(ID_EC_PUBLIC_KEY, ecdsa), (RSA_ENCRYPTION, rsa), (ED25519, ED25519)]
        .into_iter()
        .find(|(bare, full)| [*bare, *full].contains(&stated))
        .map(|(family, _)| family))
}

/// What the library leaves unsaid about a token: that it has one signer, and does not contradict itself.
pub(super) fn agrees(token: &[u8]) -> Result<(), Refused> {
    let said = Token::parse(token).and_then(|token| said(&token.signer));
    match said {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Refused::new(Code::Timestamp, "the signature of the timestamp is of an unknown algorithm")),
        Err(reason) => Err(Refused::new(Code::Timestamp, reason)),
    }
}

/// The times that all tokens prove; one that proves nothing is an attempt to deceive.
pub(super) fn verify_all(
    tokens: &[Vec<u8>],
    signature: &[u8],
    material: &Material,
) -> Result<Vec<VerifiedTime>, Refused> {
    tokens.iter().map(|token| verify(token, signature, material)).collect()
}

#[cfg(test)]
mod tests;
