//! Signed certificate timestamps: that a trusted certificate log has, or will have, the certificate.
//! RFC 6962 §3.2 and §3.3; static logs put an index into `extensions`, which is signed too.

use const_oid::db::rfc6962::CT_PRECERT_SCTS;
use der::asn1::OctetStringRef;
use der::{Decode as _, Encode as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sigstore_crypto::{SigningScheme, VerificationKey};
use sigstore_trust_root::TrustedRoot as Material;
use sigstore_types::SignatureBytes;
use x509_cert::Certificate;

use crate::Code;
use crate::engine::Refused;

/// More of them in one certificate are not looked at.
const MAX_SCTS: usize = 16;

/// One of them.
struct Sct<'a> {
    log: &'a [u8],
    milliseconds: u64,
    extensions: &'a [u8],
    /// Hash and signature algorithm of TLS 1.2 (RFC 5246 §7.4.1.4.1).
    algorithm: [u8; 2],
    signature: &'a [u8],
}

/// At least one of the certificate's SCTs is of a log that the trusted root trusts for that time. `issuer` is the key of who
/// issued the certificate, by the path that was verified.
pub(super) fn verify(leaf: &[u8], issuer: &[u8], material: &Material) -> Result<(), Refused> {
    let refused = |reason: &str| Refused::new(Code::CertificateLog, reason);
    let malformed = |_| refused("the certificate cannot be read");
    let mut certificate = Certificate::from_der(leaf).map_err(malformed)?;
    let extensions = certificate.tbs_certificate.extensions.as_mut();
    let extensions = extensions.ok_or_else(|| refused("the certificate has no signed certificate timestamp"))?;
    // What was logged is the certificate without them (RFC 6962 §3.2).
    let mut lists = extensions.extract_if(.., |extension| extension.extn_id == CT_PRECERT_SCTS);
    let (list, second) = (lists.next(), lists.next());
    drop(lists);
    let list = list
        .filter(|_| second.is_none())
        .ok_or_else(|| refused("the certificate has not exactly one list of signed certificate timestamps"))?;
    let tbs = certificate.tbs_certificate.to_der().map_err(malformed)?;
    let scts = OctetStringRef::from_der(list.extn_value.as_bytes()).ok().and_then(|list| parse(list.as_bytes()));
    let scts = scts.ok_or_else(|| refused("the signed certificate timestamps are malformed"))?;
    let issuer = Sha256::digest(issuer);
    let verified = scts
        .iter()
        .any(|sct| signed(sct, &issuer, &tbs).is_some_and(|message| is_of_a_trusted_log(sct, &message, material)));
    verified.then_some(()).ok_or_else(|| refused("no trusted certificate log signed a timestamp of the certificate"))
}

fn is_of_a_trusted_log(sct: &Sct<'_>, message: &[u8], material: &Material) -> bool {
    let scheme = match sct.algorithm {
        [4, 3] => SigningScheme::EcdsaP256Sha256,
        [5, 3] => SigningScheme::EcdsaP384Sha384,
        [4, 1] => SigningScheme::RsaPkcs1Sha256,
        [5, 1] => SigningScheme::RsaPkcs1Sha384,
        [6, 1] => SigningScheme::RsaPkcs1Sha512,
        _ => return false,
    };
    let Some(time) = i64::try_from(sct.milliseconds).ok().and_then(|time| Timestamp::from_millisecond(time).ok())
    else {
        return false;
    };
    let signature = SignatureBytes::from_bytes(sct.signature);
    material
        .ctlogs
        .iter()
        .filter(|log| log.log_id.key_id.as_bytes() == sct.log)
        .filter(|log| log.public_key.valid_for.is_none_or(|window| window.contains(time)))
        .filter_map(|log| VerificationKey::from_der(&log.public_key.raw_bytes, scheme).ok())
        .any(|key| key.verify(message, &signature).is_ok())
}

/// What the log signs: version, kind of signature, time, kind of entry, the issuer's key, the certificate, extensions.
fn signed(sct: &Sct<'_>, issuer: &[u8], tbs: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(tbs.len()).ok().filter(|length| *length < 1 << 24)?.to_be_bytes();
    let mut out = vec![0, 0];
    out.extend_from_slice(&sct.milliseconds.to_be_bytes());
    out.extend_from_slice(&[0, 1]);
    out.extend_from_slice(issuer);
    out.extend_from_slice(length.get(1..)?);
    out.extend_from_slice(tbs);
    out.extend_from_slice(&u16::try_from(sct.extensions.len()).ok()?.to_be_bytes());
    out.extend_from_slice(sct.extensions);
    Some(out)
}

/// Reads `SignedCertificateTimestampList`; `None` when it is malformed.
fn parse(list: &[u8]) -> Option<Vec<Sct<'_>>> {
    let (mut list, []) = vector(list)? else { return None };
    let mut scts = Vec::new();
    while !list.is_empty() {
        let (sct, rest) = vector(list)?;
        list = rest;
        if scts.len() == MAX_SCTS {
            return None;
        }
        // Of later versions nothing is known but their length.
        let Some((0, sct)) = sct.split_first().map(|(version, sct)| (*version, sct)) else { continue };
        let (log, sct) = sct.split_at_checked(32)?;
        let (time, sct) = sct.split_first_chunk::<8>()?;
        let (extensions, sct) = vector(sct)?;
        let (algorithm, sct) = sct.split_first_chunk::<2>()?;
        let (signature, []) = vector(sct)? else { return None };
        let milliseconds = u64::from_be_bytes(*time);
        scts.push(Sct { log, milliseconds, extensions, algorithm: *algorithm, signature });
    }
    Some(scts)
}

/// Bytes that two bytes of length precede, and what follows them.
fn vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_to_their_last_byte() {
        let mut sct = vec![0];
        sct.extend([7; 32]);
        sct.extend(5_u64.to_be_bytes());
        sct.extend([0, 1, 9, 4, 3, 0, 2, 8, 8]);
        let list = |scts: &[&[u8]]| {
            let inner: Vec<u8> = scts
                .iter()
                .flat_map(|sct| u16::try_from(sct.len()).unwrap().to_be_bytes().into_iter().chain(sct.iter().copied()))
                .collect();
            [u16::try_from(inner.len()).unwrap().to_be_bytes().to_vec(), inner].concat()
        };
        let read = list(&[&sct, &[1, 2, 3]]);
        let read = parse(&read).unwrap();
        assert_eq!(
            (read.len(), read[0].milliseconds, read[0].extensions, read[0].signature),
            (1, 5, &[9][..], &[8, 8][..])
        );
        assert_eq!(parse(&list(&[])).unwrap().len(), 0);
        let whole = list(&[&sct]);
        for cut in 0..whole.len() {
            assert!(parse(&whole[..cut]).is_none(), "{cut}");
        }
        assert!(parse(&[whole.as_slice(), &[0]].concat()).is_none());
        assert!(parse(&list(&[&[sct.as_slice(), &[0]].concat()])).is_none());
        assert!(parse(&list(&vec![sct.as_slice(); MAX_SCTS + 1])).is_none());
    }
}
