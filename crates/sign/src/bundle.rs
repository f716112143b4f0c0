//! Bundles as they are written: version 0.3.
//! <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>
//!
//! One certificate and no chain, as version 0.3 wants it; the fields are always in the same order. A key is named by the
//! hint that cosign gives it: base64 of SHA-256 over its SubjectPublicKeyInfo.

use data_encoding::BASE64;
use der::pem::LineEnding;
use plimsoll_attest::Envelope;
use plimsoll_model::{Digest, DigestAlgorithm};
use sigstore_types::bundle::{
    CertificateContent, MessageDigest, MessageSignature, PublicKeyIdentifier, Rfc3161Timestamp,
    TimestampVerificationData, TransparencyLogEntry, VerificationMaterial, VerificationMaterialContent,
};
use sigstore_types::{
    Bundle, DerCertificate, DigestBytes, DsseEnvelope, DsseSignature, HashAlgorithm, KeyId, MediaType, PayloadBytes,
    SignatureBytes, SignatureContent, TimestampToken,
};

use crate::SignError;
use crate::certificate::Certificate;
use crate::signer::PublicKey;

/// What a signature is checked with.
#[derive(Debug, Clone)]
pub(crate) enum Signatory {
    Certificate(Certificate),
    Key(PublicKey),
}

impl Signatory {
    /// As logs of version 1 want it.
    pub(crate) fn pem(&self) -> Result<String, SignError> {
        match self {
            Self::Certificate(certificate) => der::pem::encode_string("CERTIFICATE", LineEnding::LF, certificate.der())
                .map_err(|_| SignError::Encode("certificate")),
            Self::Key(key) => Ok(key.to_pem()),
        }
    }
}

/// What was signed, and the signature.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// An artifact.
    Message { digest: Digest, signature: Vec<u8> },
    /// A statement.
    Envelope(Envelope),
}

impl Content {
    pub(crate) fn signature(&self) -> &[u8] {
        match self {
            Self::Message { signature, .. } => signature,
            Self::Envelope(envelope) => {
                envelope.signatures.first().map_or(&[], |signature| signature.signature.as_slice())
            }
        }
    }
}

/// The bundle as JSON, with a final newline.
pub(crate) fn encode(
    content: &Content,
    signatory: &Signatory,
    entries: Vec<TransparencyLogEntry>,
    timestamps: Vec<Vec<u8>>,
) -> Result<Vec<u8>, SignError> {
    let material = VerificationMaterial::new(match signatory {
        Signatory::Certificate(certificate) => VerificationMaterialContent::Certificate(CertificateContent::new(
            DerCertificate::new(certificate.der().to_vec()),
        )),
        Signatory::Key(key) => {
            VerificationMaterialContent::PublicKey(PublicKeyIdentifier::new(BASE64.encode(&key.fingerprint())))
        }
    });
    let stamps = timestamps.into_iter().map(|token| Rfc3161Timestamp::new(TimestampToken::new(token))).collect();
    let material =
        material.with_tlog_entries(entries).with_timestamp_verification_data(TimestampVerificationData::new(stamps));
    let signed = match content {
        Content::Message { digest, signature } => {
            let digest = MessageDigest::new(algorithm(digest), DigestBytes::new(digest.bytes().to_vec()));
            let message = MessageSignature::new(SignatureBytes::from_bytes(signature));
            SignatureContent::MessageSignature(message.with_message_digest(digest))
        }
        Content::Envelope(envelope) => {
            let signature = SignatureBytes::from_bytes(content.signature());
            SignatureContent::DsseEnvelope(DsseEnvelope::new(
                envelope.payload_type.clone(),
                PayloadBytes::from_bytes(&envelope.payload),
                DsseSignature::new(signature, KeyId::default()),
            ))
        }
    };
    let bundle = Bundle::new(MediaType::Bundle0_3, material, signed);
    let mut json = bundle.to_json().map_err(|_| SignError::Encode("bundle"))?.into_bytes();
    json.push(b'\n');
    Ok(json)
}

fn algorithm(digest: &Digest) -> HashAlgorithm {
    match digest.algorithm() {
        DigestAlgorithm::Sha384 => HashAlgorithm::Sha2384,
        DigestAlgorithm::Sha512 => HashAlgorithm::Sha2512,
        _ => HashAlgorithm::Sha2256,
    }
}
