//! What the library can hold: pieces become a bundle where that loses nothing, and a bundle becomes pieces.

use jiff::Timestamp;
use plimsoll_attest::{Envelope, EnvelopeSignature};
use plimsoll_model::DigestAlgorithm;
use sigstore_types::bundle::{Rfc3161Timestamp, TimestampVerificationData};
use sigstore_types::{
    Bundle, CanonicalizedBody, CertificateContent, CheckpointData, DerCertificate, DigestBytes, DsseEnvelope,
    DsseSignature, HashAlgorithm, InclusionPromise, InclusionProof, KeyId, KindVersion, LogId, LogIndex, LogKeyId,
    MediaType, MessageDigest, MessageSignature, PayloadBytes, PublicKeyIdentifier, Sha256Hash, SignatureBytes,
    SignatureContent, SignedTimestamp, TimestampToken, TransparencyLogEntry, VerificationMaterial,
    VerificationMaterialContent, X509Certificate,
};

use super::Form;
use super::lines::chain;
use super::parts::{Content, Entry, Parts, Proof, Signer};

/// The log entries that the library reads.
const KINDS: [(&str, &str, KindVersion); 4] = [
    ("hashedrekord", "0.0.1", KindVersion::HashedRekordV001),
    ("hashedrekord", "0.0.2", KindVersion::HashedRekordV002),
    ("dsse", "0.0.1", KindVersion::DsseV001),
    ("intoto", "0.0.2", KindVersion::IntotoV002),
];

/// Whether the library can hold the pieces at all. Whatever is malformed besides is refused, and never verified elsewhere.
pub(super) fn holds(parts: &Parts) -> bool {
    let one_signature = match &parts.content {
        Content::Envelope(envelope) => envelope.signatures.len() == 1,
        Content::Message { .. } => true,
    };
    let has_time = !parts.entries.is_empty() || !parts.timestamps.is_empty();
    one_signature && has_time && parts.entries.iter().all(|entry| kind(entry).is_some())
}

/// The form for the pieces. The version of the bundle is the one whose rules they keep: up to v0.1 the promise of a log is
/// enough, and after it there is a proof.
pub(super) fn form(parts: Parts) -> Result<Form, String> {
    if parts.entries.iter().any(|entry| entry.promise.is_none() && entry.proof.is_none()) {
        return Err("a log entry has neither promise nor proof".into());
    }
    let proven = parts.entries.iter().all(|entry| entry.proof.is_some());
    let media_type = if proven { MediaType::Bundle0_3 } else { MediaType::Bundle0_1 };
    if !holds(&parts) {
        return Ok(Form::Parts(Box::new(parts)));
    }
    let signer = match (parts.signer, media_type) {
        (Signer::Certificates(chain), MediaType::Bundle0_3) => {
            let leaf = chain.into_iter().next().ok_or("it has no certificate")?;
            VerificationMaterialContent::Certificate(CertificateContent::new(DerCertificate::new(leaf)))
        }
        (Signer::Certificates(chain), _) => VerificationMaterialContent::X509CertificateChain {
            certificates: chain.into_iter().map(|der| X509Certificate::new(DerCertificate::new(der))).collect(),
        },
        (Signer::Key(hint), _) => VerificationMaterialContent::PublicKey(PublicKeyIdentifier::new(hint)),
        (Signer::Unknown, _) => VerificationMaterialContent::PublicKey(PublicKeyIdentifier::new("")),
    };
    let entries = parts.entries.into_iter().map(entry).collect::<Result<_, _>>()?;
    let stamps = parts.timestamps.into_iter().map(|token| Rfc3161Timestamp::new(TimestampToken::new(token))).collect();
    let material = VerificationMaterial::new(signer)
        .with_tlog_entries(entries)
        .with_timestamp_verification_data(TimestampVerificationData::new(stamps));
    let content = match parts.content {
        Content::Message { signature, digest } => {
            let message = MessageSignature::new(SignatureBytes::new(signature));
            SignatureContent::MessageSignature(match digest {
                Some((algorithm, value)) => message.with_message_digest(MessageDigest::new(
                    hash(algorithm).ok_or("its digest is of an algorithm that signatures are not over")?,
                    DigestBytes::new(value),
                )),
                None => message,
            })
        }
        Content::Envelope(envelope) => {
            let signature = envelope.signatures.into_iter().next().ok_or("it has no signature")?;
            let signature = DsseSignature::new(SignatureBytes::new(signature.signature), KeyId::new(signature.keyid));
            let payload = PayloadBytes::new(envelope.payload);
            SignatureContent::DsseEnvelope(DsseEnvelope::new(envelope.payload_type, payload, signature))
        }
    };
    Ok(Form::Bundle(Box::new(Bundle::new(media_type, material, content))))
}

fn kind(entry: &Entry) -> Option<KindVersion> {
    let same = |(kind, version, _): &&(&str, &str, KindVersion)| *kind == entry.kind && *version == entry.version;
    KINDS.iter().find(same).map(|(_, _, kind)| *kind)
}

fn entry(entry: Entry) -> Result<TransparencyLogEntry, String> {
    let kind = kind(&entry).ok_or("its log entry is of an unknown kind")?;
    let index = LogIndex::new(entry.log_index).map_err(|error| chain(&error))?;
    let log = LogId::new(LogKeyId::new(entry.log_id));
    let mut held = TransparencyLogEntry::new(index, log, kind, CanonicalizedBody::new(entry.body));
    if let Some(seconds) = entry.integrated_time {
        held = held.with_integrated_time(Timestamp::from_second(seconds).map_err(|error| error.to_string())?);
    }
    if let Some(promise) = entry.promise {
        held = held.with_inclusion_promise(InclusionPromise::new(SignedTimestamp::new(promise)));
    }
    if let Some(proof) = entry.proof {
        let index = LogIndex::new(proof.log_index).map_err(|error| chain(&error))?;
        let hashes = proof.hashes.iter().map(|hash| sha256(hash)).collect::<Result<_, _>>()?;
        let checkpoint = CheckpointData::new(proof.checkpoint).map_err(|error| chain(&error))?;
        let root = sha256(&proof.root_hash)?;
        held = held.with_inclusion_proof(InclusionProof::new(index, root, proof.tree_size, hashes, checkpoint));
    }
    Ok(held)
}

fn sha256(bytes: &[u8]) -> Result<Sha256Hash, String> {
    let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| "a hash of the log is not 32 bytes long")?;
    Ok(Sha256Hash::new(bytes))
}

fn hash(algorithm: DigestAlgorithm) -> Option<HashAlgorithm> {
    match algorithm {
        DigestAlgorithm::Sha256 => Some(HashAlgorithm::Sha2256),
        DigestAlgorithm::Sha384 => Some(HashAlgorithm::Sha2384),
        DigestAlgorithm::Sha512 => Some(HashAlgorithm::Sha2512),
        _ => None,
    }
}

/// A bundle in pieces. `None` for content that came after this was written.
pub(super) fn parts(bundle: &Bundle) -> Option<Parts> {
    let material = &bundle.verification_material;
    let content = match &bundle.content {
        SignatureContent::MessageSignature(message) => Content::Message {
            signature: message.signature.as_bytes().to_vec(),
            digest: message.message_digest.as_ref().and_then(|digest| {
                let algorithm = match digest.algorithm {
                    HashAlgorithm::Sha2256 => DigestAlgorithm::Sha256,
                    HashAlgorithm::Sha2384 => DigestAlgorithm::Sha384,
                    HashAlgorithm::Sha2512 => DigestAlgorithm::Sha512,
                    _ => return None,
                };
                Some((algorithm, digest.digest.as_bytes().to_vec()))
            }),
        },
        SignatureContent::DsseEnvelope(envelope) => Content::Envelope(Envelope {
            payload_type: envelope.payload_type.clone(),
            payload: envelope.payload.as_bytes().to_vec(),
            signatures: vec![EnvelopeSignature {
                keyid: envelope.signature.keyid.as_str().to_owned(),
                signature: envelope.signature.sig.as_bytes().to_vec(),
            }],
        }),
        _ => return None,
    };
    let signer = match &material.content {
        VerificationMaterialContent::Certificate(leaf) => {
            Signer::Certificates(vec![leaf.raw_bytes.as_bytes().to_vec()])
        }
        VerificationMaterialContent::X509CertificateChain { certificates } => Signer::Certificates(
            certificates.iter().map(|certificate| certificate.raw_bytes.as_bytes().to_vec()).collect(),
        ),
        VerificationMaterialContent::PublicKey(key) => Signer::Key(key.hint.clone()),
        _ => return None,
    };
    let stamps = &material.timestamp_verification_data.rfc3161_timestamps;
    Some(Parts {
        content,
        signer,
        entries: material.tlog_entries.iter().map(entry_parts).collect(),
        timestamps: stamps.iter().map(|stamp| stamp.signed_timestamp.as_bytes().to_vec()).collect(),
    })
}

fn entry_parts(entry: &TransparencyLogEntry) -> Entry {
    Entry {
        log_index: entry.log_index.get(),
        log_id: entry.log_id.key_id.as_bytes().to_vec(),
        kind: entry.kind_version.kind().to_owned(),
        version: entry.kind_version.version().to_owned(),
        integrated_time: entry.integrated_time.map(Timestamp::as_second),
        promise: entry.inclusion_promise.as_ref().map(|promise| promise.signed_entry_timestamp.as_bytes().to_vec()),
        proof: entry.inclusion_proof.as_ref().map(|proof| Proof {
            log_index: proof.log_index.get(),
            root_hash: proof.root_hash.as_slice().to_vec(),
            tree_size: proof.tree_size,
            hashes: proof.hashes.iter().map(|hash| hash.as_slice().to_vec()).collect(),
            checkpoint: proof.checkpoint.envelope().to_owned(),
        }),
        body: entry.canonicalized_body.as_bytes().to_vec(),
    }
}
