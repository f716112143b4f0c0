//! Sigstore bundles, v0.1, v0.2 and v0.3.
//! <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>
//!
//! A bundle without media type is read as v0.1, as cosign wrote them. Nothing is relaxed because the media type, which nobody
//! signs, says so.

use sigstore_types::Bundle;

use super::{Evidence, EvidenceKind, Form};

/// Log entries and timestamps that one bundle may bring, and certificates of a chain.
const MAX_ENTRIES: usize = 32;
const MAX_CERTIFICATES: usize = 16;

pub(super) fn read(document: &[u8], place: &str) -> Result<Evidence, String> {
    let text = std::str::from_utf8(document).map_err(|error| error.to_string())?;
    let bundle = Bundle::from_json(text).map_err(|error| super::lines::chain(&error))?;
    let material = &bundle.verification_material;
    if material.tlog_entries.len() > MAX_ENTRIES {
        return Err(format!("it has more than {MAX_ENTRIES} log entries"));
    }
    if material.timestamp_verification_data.rfc3161_timestamps.len() > MAX_ENTRIES {
        return Err(format!("it has more than {MAX_ENTRIES} timestamps"));
    }
    if let sigstore_types::bundle::VerificationMaterialContent::X509CertificateChain { certificates } =
        &material.content
        && certificates.len() > MAX_CERTIFICATES
    {
        return Err(format!("it has more than {MAX_CERTIFICATES} certificates"));
    }
    Ok(Evidence::new(EvidenceKind::Bundle, place, Form::Bundle(Box::new(bundle))))
}
