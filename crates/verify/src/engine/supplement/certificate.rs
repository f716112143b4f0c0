//! The certificate of the signer: its chain to an authority of the trusted root, at every time that is proven.
//!
//! Certificates that the evidence brings along only help to build a path; none of them is believed for being there.

use const_oid::db::rfc5912::ID_KP_CODE_SIGNING;
use der::{Any, Decode as _, Encode as _, Tag};
use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use sigstore_crypto::{CertificateInfo, WEBPKI_VERIFICATION_ALGS, parse_certificate_info};
use sigstore_trust_root::TrustedRoot as Material;
use sigstore_types::DerCertificate;
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::Certificate;

use super::time;
use crate::engine::Refused;
use crate::{Code, VerifiedTime};

/// Reads the certificate that a signature says it was made with.
pub(super) fn read(leaf: &[u8]) -> Result<CertificateInfo, Refused> {
    parse_certificate_info(&DerCertificate::new(leaf.to_vec()))
        .map_err(|error| Refused::new(Code::Certificate, format!("the certificate cannot be read: {error}")))
}

/// Verifies the chain at every time. Gives the key of whoever issued the certificate (`SubjectPublicKeyInfo` in DER), by the
/// path that was verified: authorities may share a name and not the key.
pub(super) fn verify(
    certificates: &[Vec<u8>],
    times: &[VerifiedTime],
    material: &Material,
) -> Result<Vec<u8>, Refused> {
    let (leaf, others) =
        certificates.split_first().ok_or_else(|| Refused::new(Code::Certificate, "it brings no certificate"))?;
    let others: Vec<&[u8]> = others.iter().map(Vec::as_slice).collect();
    let mut issuer = None;
    for time in times {
        let anchors = anchors(material, time.time)?;
        for second in time::seconds(time.time) {
            let key = chain(leaf, &others, &anchors, second, ID_KP_CODE_SIGNING.as_bytes()).map_err(|error| {
                let reason = format!("at {}, the chain of the certificate is not valid: {error}", time.time);
                Refused::new(chain_code(&error), reason)
            })?;
            issuer = Some(key);
        }
    }
    issuer.ok_or_else(|| Refused::new(Code::NoTime, "nothing trusted says when it was signed"))
}

/// When a certificate begins, for where nobody says when it was used.
pub(super) fn beginning(leaf: Option<&[u8]>) -> Result<VerifiedTime, Refused> {
    let read = leaf.and_then(|leaf| Certificate::from_der(leaf).ok());
    let begins = read.map(|leaf| leaf.tbs_certificate.validity.not_before.to_unix_duration());
    let seconds = begins.and_then(|begins| i64::try_from(begins.as_secs()).ok());
    let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let time = time.ok_or_else(|| Refused::new(Code::Certificate, "the certificate does not say when it begins"))?;
    Ok(VerifiedTime { time, by: "certificate".to_owned() })
}

/// The authorities that the trusted root trusts for this time.
fn anchors(material: &Material, time: Timestamp) -> Result<Vec<TrustAnchor<'_>>, Refused> {
    let authorities = &material.certificate_authorities;
    let trusted: Vec<_> = authorities
        .iter()
        .filter(|authority| authority.valid_for.is_none_or(|window| window.contains(time)))
        .flat_map(|authority| &authority.cert_chain.certificates)
        .collect();
    if trusted.is_empty() {
        let reason = format!("the trusted root trusts no certificate authority for {time}");
        return Err(Refused::new(Code::AuthorityWithdrawn, reason));
    }
    trusted
        .into_iter()
        .map(|certificate| anchor(certificate.raw_bytes.as_bytes()))
        .collect::<Result<_, _>>()
        .map_err(|reason| Refused::new(Code::Authority, reason))
}

/// A certificate of a trusted root as an anchor.
pub(super) fn anchor(der: &[u8]) -> Result<TrustAnchor<'static>, String> {
    webpki::anchor_from_trusted_cert(&CertificateDer::from(der))
        .map(|anchor| anchor.to_owned())
        .map_err(|error| format!("a certificate of the trusted root cannot be read: {error}"))
}

/// Verifies a chain at one second, and gives the key of the issuer.
pub(super) fn chain(
    leaf: &[u8],
    intermediates: &[&[u8]],
    anchors: &[TrustAnchor<'_>],
    second: u64,
    usage: &'static [u8],
) -> Result<Vec<u8>, webpki::Error> {
    let leaf = CertificateDer::from(leaf);
    let intermediates: Vec<_> = intermediates.iter().map(|der| CertificateDer::from(*der)).collect();
    let end = EndEntityCert::try_from(&leaf)?;
    let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(second));
    let usage = KeyUsage::required(usage);
    let path = end.verify_for_usage(WEBPKI_VERIFICATION_ALGS, anchors, &intermediates, time, usage, None, None)?;
    match path.intermediate_certificates().next() {
        Some(issuer) => Ok(issuer.subject_public_key_info().as_ref().to_vec()),
        // Of an anchor webpki keeps what is within the sequence.
        None => Any::new(Tag::Sequence, path.anchor().subject_public_key_info.as_ref())
            .and_then(|any| any.to_der())
            .map_err(|_| webpki::Error::BadDer),
    }
}

/// Why a chain is refused.
pub(super) fn chain_code(error: &webpki::Error) -> Code {
    match error {
        webpki::Error::CertExpired { .. } => Code::Expired,
        webpki::Error::CertNotValidYet { .. } => Code::NotYetValid,
        webpki::Error::UnknownIssuer | webpki::Error::InvalidSignatureForPublicKey => Code::Authority,
        _ => Code::Certificate,
    }
}
