//! Signatures and attestations as cosign keeps them in registries: layers of the images `sha256-HEX.sig` and `.att`, with what
//! belongs to each in its annotations. <https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>

use std::collections::BTreeMap;

use plimsoll_attest::{Envelope, decode_base64, refuse_duplicates};
use serde::Deserialize;

use super::lines::chain;
use super::parts::{Content, Entry};
use super::rekor::RekorBundle;
use super::simple_signing::SimpleSigning;
use super::wire::Bytes;
use super::{Evidence, EvidenceKind, MAX_EVIDENCE_BYTES, bundle, cosign, hold};
use crate::VerifyError;

/// The layer of a signature.
const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The layer of an attestation.
const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";
/// The layer of a Sigstore bundle, in any of its spellings.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";

const SIGNATURE_ANNOTATION: &str = "dev.cosignproject.cosign/signature";
const CERTIFICATE_ANNOTATION: &str = "dev.sigstore.cosign/certificate";
const BUNDLE_ANNOTATION: &str = "dev.sigstore.cosign/bundle";
const TIMESTAMP_ANNOTATION: &str = "dev.sigstore.cosign/rfc3161timestamp";

type Annotations = BTreeMap<String, String>;

impl Evidence {
    /// What a layer holds that cosign wrote: the claim about an image, an envelope, or a bundle. Whoever fetched the layer has
    /// checked its digest.
    ///
    /// # Errors
    /// It is of another media type, or cannot be read.
    pub fn from_cosign_layer(
        media_type: &str,
        bytes: &[u8],
        annotations: &BTreeMap<String, String>,
        place: &str,
    ) -> Result<Self, VerifyError> {
        read(media_type, bytes, annotations, place).map_err(|reason| VerifyError::Evidence { reason })
    }
}

fn read(media_type: &str, bytes: &[u8], annotations: &Annotations, place: &str) -> Result<Evidence, String> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_EVIDENCE_BYTES {
        return Err(format!("it is larger than {MAX_EVIDENCE_BYTES} bytes"));
    }
    match media_type {
        SIMPLE_SIGNING => {
            let signature = annotations.get(SIGNATURE_ANNOTATION).map(|text| text.trim_ascii()).unwrap_or_default();
            let signature = decode_base64(signature.as_bytes()).map_err(|error| format!("the signature: {error}"))?;
            if signature.is_empty() {
                return Err(format!("it has no signature ({SIGNATURE_ANNOTATION})"));
            }
            let claim = SimpleSigning::parse(bytes)?;
            let content = Content::Message { signature, digest: None };
            Ok(assemble(EvidenceKind::SimpleSigning, content, annotations, place)?.with_claim(claim))
        }
        ENVELOPE => {
            let envelope = Envelope::parse(bytes).map_err(|error| chain(&error))?;
            assemble(EvidenceKind::Envelope, Content::Envelope(envelope), annotations, place)
        }
        bundle if bundle.starts_with(BUNDLE) => {
            refuse_duplicates(bytes).map_err(|error| error.to_string())?;
            bundle::read(bytes, place)
        }
        other => Err(format!("{other:?} is no layer of a signature")),
    }
}

fn assemble(kind: EvidenceKind, content: Content, annotations: &Annotations, place: &str) -> Result<Evidence, String> {
    let present = |key: &str| annotations.get(key).filter(|text| !text.is_empty()).map(String::as_bytes);
    let certificate = present(CERTIFICATE_ANNOTATION);
    let entry = present(BUNDLE_ANNOTATION).map(log_entry).transpose()?;
    let stamps = present(TIMESTAMP_ANNOTATION).map(timestamp).transpose()?;
    let parts = cosign::assemble(content, certificate, entry, stamps.into_iter().collect())?;
    Ok(Evidence::new(kind, place, hold::form(parts)?))
}

fn log_entry(annotation: &[u8]) -> Result<Entry, String> {
    refuse_duplicates(annotation).map_err(|error| format!("{BUNDLE_ANNOTATION}: {error}"))?;
    let bundle: RekorBundle =
        serde_json::from_slice(annotation).map_err(|error| format!("{BUNDLE_ANNOTATION}: {error}"))?;
    bundle.into_entry()
}

/// `{"SignedRFC3161Timestamp": BASE64}`.
fn timestamp(annotation: &[u8]) -> Result<Vec<u8>, String> {
    #[derive(Deserialize)]
    struct Rfc3161 {
        #[serde(rename = "SignedRFC3161Timestamp")]
        token: Bytes,
    }
    refuse_duplicates(annotation).map_err(|error| format!("{TIMESTAMP_ANNOTATION}: {error}"))?;
    let stamp: Rfc3161 =
        serde_json::from_slice(annotation).map_err(|error| format!("{TIMESTAMP_ANNOTATION}: {error}"))?;
    Ok(stamp.token.0)
}
