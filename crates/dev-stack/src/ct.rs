//! The log of certificates: signed timestamps over precertificates. RFC 6962 §3.2, §3.3.
//!
//! What is signed is the certificate without the list of timestamps, and the hash of the key that issues it. As static-ct-api
//! logs do, a timestamp may carry where in the log its entry is.
//! <https://github.com/C2SP/C2SP/blob/main/static-ct-api.md#sct-extension>

use std::sync::atomic::{AtomicU64, Ordering};

use const_oid::ObjectIdentifier;
use der::asn1::OctetString;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::Extension;

use crate::DevStackError;
use crate::key::{self, KeyKind, SigningKey};

/// The list of timestamps in a certificate (RFC 6962 §3.3).
pub(crate) const SCT_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.2");
/// RFC 5246 §7.4.1.4.1: SHA-256, ECDSA.
const SHA256_ECDSA: [u8; 2] = [4, 3];

/// The log.
pub(crate) struct CtLog {
    pub(crate) key: SigningKey,
    entries: AtomicU64,
    /// Whether timestamps say where the entry is.
    with_index: bool,
}

/// A length of so many octets, then the bytes.
fn opaque<const OCTETS: usize>(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_be_bytes();
    let mut out = length.iter().skip(length.len().saturating_sub(OCTETS)).copied().collect::<Vec<_>>();
    out.extend_from_slice(bytes);
    out
}

impl CtLog {
    pub(crate) fn new(with_index: bool) -> Result<Self, DevStackError> {
        Ok(Self { key: SigningKey::generate(KeyKind::Ecdsa)?, entries: AtomicU64::new(0), with_index })
    }

    /// Adds the list with one timestamp to a certificate that is about to be signed.
    pub(crate) fn stamp(
        &self,
        tbs: &mut TbsCertificate,
        issuer_spki: &[u8],
        now: Timestamp,
        spoiled: bool,
    ) -> Result<(), DevStackError> {
        let index = self.entries.fetch_add(1, Ordering::Relaxed);
        let extensions = if self.with_index {
            // Type 0 is the index, in 40 bits.
            [vec![0], opaque::<2>(index.to_be_bytes().get(3..).unwrap_or_default())].concat()
        } else {
            Vec::new()
        };
        let timestamp = u64::try_from(now.as_millisecond()).unwrap_or(0).to_be_bytes();
        let certificate = opaque::<3>(&key::to_der(tbs, "precertificate")?);
        let mut issuer: [u8; 32] = Sha256::digest(issuer_spki).into();
        if spoiled {
            issuer.reverse();
        }
        // v1, certificate_timestamp, the time, precert_entry.
        let signed =
            [&[0, 0], timestamp.as_slice(), &[0, 1], &issuer, &certificate, &opaque::<2>(&extensions)].concat();
        let signature = self.key.sign(&signed)?;
        let sct = [
            &[0],
            self.key.id().as_slice(),
            &timestamp,
            &opaque::<2>(&extensions),
            &SHA256_ECDSA,
            &opaque::<2>(&signature),
        ]
        .concat();
        let failed = |source| DevStackError::Encode { what: "list of SCTs", source };
        let list = OctetString::new(opaque::<2>(&opaque::<2>(&sct))).map_err(failed)?;
        let extn_value = OctetString::new(key::to_der(&list, "list of SCTs")?).map_err(failed)?;
        tbs.extensions.get_or_insert_default().push(Extension { extn_id: SCT_LIST, critical: false, extn_value });
        Ok(())
    }
}
