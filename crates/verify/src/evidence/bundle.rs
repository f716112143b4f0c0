//! Sigstore bundles, v0.1, v0.2 and v0.3.
//! <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>
//!
//! A bundle without media type is read as v0.1, as cosign wrote them. Nothing is relaxed because the media type, which nobody
//! signs, says so. What the library refuses only because it does not know the kind of log entry, or because an envelope has
//! several signatures, is read here, by the rules of the specification.

use std::str::FromStr as _;

use plimsoll_attest::{Envelope, EnvelopeSignature};
use plimsoll_model::DigestAlgorithm;
use serde::Deserialize;
use sigstore_types::{Bundle, MediaType};

use super::parts::{Content, Entry, Parts, Signer};
use super::wire::{Bytes, Capped, Entries};
use super::{Evidence, EvidenceKind, Form, MAX_CERTIFICATES, MAX_ENTRIES, MAX_SIGNATURES, hold};

pub(super) fn read(document: &[u8], place: &str) -> Result<Evidence, String> {
    let text = std::str::from_utf8(document).map_err(|error| error.to_string())?;
    let bundle = match Bundle::from_json(text) {
        Ok(bundle) => bundle,
        Err(error) => {
            return match wire(text) {
                Ok((parts, media_type)) if !hold::holds(&parts) => {
                    let form = Form::Parts(Box::new(parts));
                    Ok(Evidence::new(EvidenceKind::Bundle, place, form).with_media_type(media_type))
                }
                _ => Err(super::lines::chain(&error)),
            };
        }
    };
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
    let media_type = bundle.media_type;
    // A key has no end: it needs nobody to say when it signed, and the library would ask for it.
    let timeless = material.tlog_entries.is_empty()
        && material.timestamp_verification_data.rfc3161_timestamps.is_empty()
        && bundle.signing_certificate().is_none();
    let form = match timeless.then(|| hold::parts(&bundle)).flatten() {
        Some(parts) => Form::Parts(Box::new(parts)),
        None => Form::Bundle(Box::new(bundle)),
    };
    Ok(Evidence::new(EvidenceKind::Bundle, place, form).with_media_type(media_type))
}

/// Reads it without the library.
fn wire(text: &str) -> Result<(Parts, MediaType), String> {
    let wire: Wire = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let media_type = match wire.media_type {
        Some(media_type) => MediaType::from_str(&media_type).map_err(|error| error.to_string())?,
        None => MediaType::Bundle0_1,
    };
    let content = match (wire.message_signature, wire.dsse_envelope) {
        (Some(message), None) => message.into_content()?,
        (None, Some(envelope)) => envelope.into_content()?,
        _ => return Err("it has not one signature or envelope".into()),
    };
    let material = wire.verification_material.ok_or("it has no verification material")?;
    if media_type == MediaType::Bundle0_3 && material.x509_certificate_chain.is_some() {
        return Err("a bundle of v0.3 has one certificate and no chain".into());
    }
    let signer = match (material.public_key, material.x509_certificate_chain, material.certificate) {
        (Some(key), None, None) => Signer::Key(key.hint.unwrap_or_default()),
        (None, Some(chain), None) => {
            let certificates = chain.certificates.unwrap_or_default().0.into_iter();
            Signer::Certificates(certificates.map(Certificate::into_der).collect::<Result<_, _>>()?)
        }
        (None, None, Some(certificate)) => Signer::Certificates(vec![certificate.into_der()?]),
        _ => return Err("it has not one certificate or key".into()),
    };
    if matches!(&signer, Signer::Certificates(chain) if chain.is_empty()) {
        return Err("it has no certificate".into());
    }
    let entries = material.tlog_entries.unwrap_or_default().0.into_iter();
    let stamps = material.timestamp_verification_data.and_then(|data| data.rfc3161_timestamps).unwrap_or_default();
    let parts = Parts {
        content,
        signer,
        entries: entries.map(super::wire::TransparencyLogEntry::into_entry).collect::<Result<_, _>>()?,
        timestamps: stamps.0.into_iter().map(|stamp| stamp.signed_timestamp.0).collect(),
    };
    let lacks = |entry: &Entry| match media_type {
        MediaType::Bundle0_1 => entry.promise.is_none(),
        _ => entry.proof.is_none(),
    };
    if parts.entries.iter().any(lacks) {
        return Err("a log entry lacks the promise or proof that the version of the bundle asks for".into());
    }
    Ok((parts, media_type))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    #[serde(alias = "media_type")]
    media_type: Option<String>,
    #[serde(alias = "verification_material")]
    verification_material: Option<Material>,
    #[serde(alias = "message_signature")]
    message_signature: Option<Message>,
    #[serde(alias = "dsse_envelope")]
    dsse_envelope: Option<Dsse>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Material {
    #[serde(alias = "public_key")]
    public_key: Option<Key>,
    #[serde(alias = "x509_certificate_chain")]
    x509_certificate_chain: Option<Chain>,
    certificate: Option<Certificate>,
    #[serde(alias = "tlog_entries")]
    tlog_entries: Option<Entries>,
    #[serde(alias = "timestamp_verification_data")]
    timestamp_verification_data: Option<Timestamps>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    hint: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chain {
    certificates: Option<Capped<Certificate, MAX_CERTIFICATES>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Certificate {
    #[serde(alias = "raw_bytes")]
    raw_bytes: Option<Bytes>,
}

impl Certificate {
    fn into_der(self) -> Result<Vec<u8>, String> {
        let der = self.raw_bytes.map(|bytes| bytes.0).filter(|bytes| !bytes.is_empty());
        der.ok_or_else(|| "a certificate is empty".into())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Timestamps {
    #[serde(alias = "rfc3161_timestamps")]
    rfc3161_timestamps: Option<Capped<Timestamp, MAX_ENTRIES>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Timestamp {
    #[serde(alias = "signed_timestamp")]
    signed_timestamp: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Message {
    #[serde(alias = "message_digest")]
    message_digest: Option<Digest>,
    signature: Bytes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Digest {
    algorithm: String,
    digest: Bytes,
}

impl Message {
    fn into_content(self) -> Result<Content, String> {
        let digest = match self.message_digest {
            None => None,
            Some(digest) => {
                let algorithm = match digest.algorithm.as_str() {
                    "SHA2_256" => DigestAlgorithm::Sha256,
                    "SHA2_384" => DigestAlgorithm::Sha384,
                    "SHA2_512" => DigestAlgorithm::Sha512,
                    other => return Err(format!("{other:?} is not a digest that signatures are over")),
                };
                Some((algorithm, digest.digest.0))
            }
        };
        Ok(Content::Message { signature: self.signature.0, digest })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Dsse {
    payload: Bytes,
    #[serde(alias = "payload_type")]
    payload_type: String,
    signatures: Capped<Signature, MAX_SIGNATURES>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    sig: Bytes,
    keyid: Option<String>,
}

impl Dsse {
    fn into_content(self) -> Result<Content, String> {
        let signatures: Vec<EnvelopeSignature> = self
            .signatures
            .0
            .into_iter()
            .map(|one| EnvelopeSignature { keyid: one.keyid.unwrap_or_default(), signature: one.sig.0 })
            .collect();
        if signatures.is_empty() {
            return Err("its envelope has no signature".into());
        }
        Ok(Content::Envelope(Envelope { payload_type: self.payload_type, payload: self.payload.0, signatures }))
    }
}
