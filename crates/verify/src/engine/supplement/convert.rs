//! Bundles as pieces, with the rules that their media types make.
//!
//! v0.1 has to bring a promise, later ones a proof, and v0.3 one certificate and no chain. Each entry brings one of the two:
//! that another does is not enough. <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>

use plimsoll_attest::{Envelope, EnvelopeSignature};
use plimsoll_model::DigestAlgorithm;
use sigstore_types::bundle::{TransparencyLogEntry, VerificationMaterialContent};
use sigstore_types::{Bundle, HashAlgorithm, MediaType, SignatureContent};

use crate::Code;
use crate::engine::Refused;
use crate::evidence::{Parts, PartsContent, PartsEntry, PartsProof, PartsSigner};

/// The pieces of a bundle. `logged`: whether log entries have to be proven.
pub(crate) fn convert(bundle: &Bundle, logged: bool) -> Result<Parts, Refused> {
    let malformed = |reason: &str| Refused::new(Code::Malformed, reason);
    let material = &bundle.verification_material;
    let signer = match &material.content {
        VerificationMaterialContent::Certificate(certificate) => {
            PartsSigner::Certificates(vec![certificate.raw_bytes.as_bytes().to_vec()])
        }
        VerificationMaterialContent::X509CertificateChain { .. } if bundle.media_type == MediaType::Bundle0_3 => {
            return Err(malformed("a bundle of v0.3 has one certificate and no chain"));
        }
        VerificationMaterialContent::X509CertificateChain { certificates } => {
            PartsSigner::Certificates(certificates.iter().map(|one| one.raw_bytes.as_bytes().to_vec()).collect())
        }
        VerificationMaterialContent::PublicKey(key) => PartsSigner::Key(key.hint.clone()),
        _ => return Err(malformed("the bundle has neither a certificate nor a key")),
    };
    if logged {
        let mut entries = material.tlog_entries.iter();
        let missing = match bundle.media_type {
            MediaType::Bundle0_1 => entries.any(|entry| entry.inclusion_promise.is_none()).then_some("promise"),
            _ => entries.any(|entry| entry.inclusion_proof.is_none()).then_some("proof"),
        };
        if let Some(missing) = missing {
            let reason = format!("a log entry of such a bundle needs a {missing}, and has none");
            return Err(Refused::new(Code::Inclusion, reason));
        }
    }
    let content = match &bundle.content {
        SignatureContent::MessageSignature(message) => {
            let digest = message.message_digest.as_ref().map(|stated| {
                let algorithm = match stated.algorithm {
                    HashAlgorithm::Sha2256 => Some(DigestAlgorithm::Sha256),
                    HashAlgorithm::Sha2384 => Some(DigestAlgorithm::Sha384),
                    HashAlgorithm::Sha2512 => Some(DigestAlgorithm::Sha512),
                    _ => None,
                };
                let algorithm = algorithm.ok_or_else(|| malformed("the digest of the bundle is of an unknown kind"))?;
                Ok((algorithm, stated.digest.as_bytes().to_vec()))
            });
            PartsContent::Message { signature: message.signature.as_bytes().to_vec(), digest: digest.transpose()? }
        }
        SignatureContent::DsseEnvelope(envelope) => PartsContent::Envelope(Envelope {
            payload_type: envelope.payload_type.clone(),
            payload: envelope.payload.as_bytes().to_vec(),
            signatures: vec![EnvelopeSignature {
                keyid: envelope.signature.keyid.to_string(),
                signature: envelope.signature.sig.as_bytes().to_vec(),
            }],
        }),
        _ => return Err(malformed("the bundle has neither a signature nor an envelope")),
    };
    let tokens = &material.timestamp_verification_data.rfc3161_timestamps;
    Ok(Parts {
        content,
        signer,
        entries: material.tlog_entries.iter().map(entry).collect(),
        timestamps: tokens.iter().map(|token| token.signed_timestamp.as_bytes().to_vec()).collect(),
    })
}

/// A log entry of a bundle.
pub(crate) fn entry(entry: &TransparencyLogEntry) -> PartsEntry {
    let proof = entry.inclusion_proof.as_ref().map(|proof| PartsProof {
        log_index: proof.log_index.get(),
        root_hash: proof.root_hash.as_bytes().to_vec(),
        tree_size: proof.tree_size,
        hashes: proof.hashes.iter().map(|hash| hash.as_bytes().to_vec()).collect(),
        checkpoint: proof.checkpoint.envelope().to_owned(),
    });
    PartsEntry {
        log_index: entry.log_index.get(),
        log_id: entry.log_id.key_id.as_bytes().to_vec(),
        kind: entry.kind_version.kind().to_owned(),
        version: entry.kind_version.version().to_owned(),
        integrated_time: entry.integrated_time.map(jiff::Timestamp::as_second),
        promise: entry.inclusion_promise.as_ref().map(|promise| promise.signed_entry_timestamp.as_bytes().to_vec()),
        proof,
        body: entry.canonicalized_body.as_bytes().to_vec(),
    }
}
