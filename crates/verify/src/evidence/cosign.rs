//! What cosign wrote with `--bundle` before there were Sigstore bundles: `{base64Signature, cert, rekorBundle}`.
//! <https://github.com/sigstore/cosign/blob/v2.6.1/pkg/cosign/fetch.go> (`LocalSignedPayload`)
//!
//! `cert` is a certificate or a public key, PEM or base64 of PEM. The entry has the log's promise, and no proof. What
//! `attest-blob` signed is an envelope, in base64 where the signature would be.

use plimsoll_attest::{Envelope, decode_base64};
use serde::Deserialize;

use super::lines::chain;
use super::parts::{Content, Entry, Parts, Signer};
use super::rekor::RekorBundle;
use super::{Evidence, EvidenceKind, hold, pem};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LocalSignedPayload {
    base64_signature: String,
    cert: Option<String>,
    rekor_bundle: Option<RekorBundle>,
}

pub(super) fn read(document: &[u8], place: &str) -> Result<Vec<Evidence>, String> {
    let wire: LocalSignedPayload = serde_json::from_slice(document).map_err(|error| error.to_string())?;
    let signature = wire.base64_signature.trim_ascii();
    let signature = decode_base64(signature.as_bytes()).map_err(|error| format!("base64Signature: {error}"))?;
    let certificate = wire.cert.filter(|cert| !cert.is_empty());
    let parts = assemble(
        content(signature)?,
        certificate.as_deref().map(str::as_bytes),
        wire.rekor_bundle.map(RekorBundle::into_entry).transpose()?,
        Vec::new(),
    )?;
    Ok(vec![Evidence::new(EvidenceKind::CosignBundle, place, hold::form(parts)?)])
}

/// A signature, or the envelope that stands in its place. No signature in use begins with a brace and goes on as JSON.
pub(super) fn content(signature: Vec<u8>) -> Result<Content, String> {
    if signature.is_empty() {
        return Err("the signature is empty".into());
    }
    if signature.starts_with(b"{") && signature.ends_with(b"}") {
        return Ok(Content::Envelope(Envelope::parse(&signature).map_err(|error| chain(&error))?));
    }
    Ok(Content::Message { signature, digest: None })
}

/// The pieces that cosign keeps apart.
pub(super) fn assemble(
    content: Content,
    certificate: Option<&[u8]>,
    entry: Option<Entry>,
    timestamps: Vec<Vec<u8>>,
) -> Result<Parts, String> {
    let signer = certificate.map_or(Ok(Signer::Key(String::new())), pem::signer)?;
    Ok(Parts { content, signer, entries: entry.into_iter().collect(), timestamps })
}
