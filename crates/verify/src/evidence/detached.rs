//! A signature and a certificate in files of their own, as `cosign sign-blob --output-signature --output-certificate` wrote
//! them: base64 or the bytes themselves; PEM, or base64 of it.

use plimsoll_attest::decode_base64;

use super::{Evidence, EvidenceKind, cosign, hold, pem, rekor};
use crate::VerifyError;

/// A signature in a file is an envelope at most.
const MAX_SIGNATURE: usize = 64 << 20;

impl Evidence {
    /// A signature, the certificate of who signed, if any, and the log entry, if any: Rekor's answer, what cosign kept of it, or
    /// the entry of a bundle.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn detached(
        signature: &[u8],
        certificate: Option<&[u8]>,
        log_entry: Option<&[u8]>,
        place: &str,
    ) -> Result<Self, VerifyError> {
        read(signature, certificate, log_entry, place).map_err(|reason| VerifyError::Evidence { reason })
    }
}

fn read(
    signature: &[u8],
    certificate: Option<&[u8]>,
    log_entry: Option<&[u8]>,
    place: &str,
) -> Result<Evidence, String> {
    if signature.len() > MAX_SIGNATURE {
        return Err(format!("the signature is larger than {MAX_SIGNATURE} bytes"));
    }
    let text = pem::without_lines(signature.trim_ascii());
    let signature = decode_base64(&text).ok().filter(|_| text.is_ascii()).unwrap_or_else(|| signature.to_vec());
    let entry = log_entry.map(rekor::read).transpose().map_err(|reason| format!("the log entry: {reason}"))?;
    let parts = cosign::assemble(cosign::content(signature)?, certificate, entry, Vec::new())?;
    Ok(Evidence::new(EvidenceKind::Detached, place, hold::form(parts)?))
}
