//! Who signed, as files and annotations say it: a certificate or a public key in PEM, PEM within base64, or DER.
//!
//! Only the certificate of the signer is kept. Whatever follows it is the way to a root, which the trusted root knows: cosign
//! writes the root itself there, and nobody's root is believed because it came along.

use der::Decode as _;
use plimsoll_attest::decode_base64;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_cert::Certificate;

use super::parts::Signer;

/// What a file of a certificate may have.
const MAX_BYTES: usize = 64 << 10;

/// Reads a certificate or a public key.
pub(super) fn signer(bytes: &[u8]) -> Result<Signer, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("the certificate is larger than {MAX_BYTES} bytes"));
    }
    let trimmed = bytes.trim_ascii();
    if let Some(signer) = plain(trimmed)? {
        return Ok(signer);
    }
    let unwrapped = decode_base64(&without_lines(trimmed)).ok();
    match unwrapped.as_deref().map(|inner| plain(inner.trim_ascii())).transpose()?.flatten() {
        Some(signer) => Ok(signer),
        None => Err("it is neither a certificate nor a public key".into()),
    }
}

/// PEM or DER.
fn plain(bytes: &[u8]) -> Result<Option<Signer>, String> {
    let has = |label: &str| bytes.windows(label.len()).any(|window| window == label.as_bytes());
    if has("PRIVATE KEY-----") {
        return Err("it is a private key".into());
    }
    if has("-----BEGIN CERTIFICATE-----") {
        let leaf = CertificateDer::from_pem_slice(bytes).map_err(|error| format!("the certificate: {error:?}"))?;
        return Ok(Some(Signer::Certificates(vec![leaf.as_ref().to_vec()])));
    }
    if has("-----BEGIN PUBLIC KEY-----") {
        // Only a hint: which key is to be believed is for the verifier to say.
        return Ok(Some(Signer::Key(String::new())));
    }
    Ok(Certificate::from_der(bytes).is_ok().then(|| Signer::Certificates(vec![bytes.to_vec()])))
}

/// Base64 as `base64` writes it, in lines.
pub(super) fn without_lines(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect()
}
