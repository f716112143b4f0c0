//! What `sigstore-verify` checks: certificate, SCT, timestamps, log entries, signature, and that they belong together.
//! Nothing else names that crate.

use std::fs::File;

use data_encoding::HEXLOWER;
use plimsoll_model::DigestAlgorithm;
use sigstore_trust_root::TrustedRoot as Material;
use sigstore_types::{Artifact, ArtifactDigest, Bundle, DigestBytes, HashAlgorithm, SignatureContent};
use sigstore_verify::crypto::KeyAlgorithm;
use sigstore_verify::{
    CertificateError, Error, Policy, PublicKeyVerificationPolicy, TimestampError, TransparencyLogError,
    VerificationPolicy, VerificationResult, Verifier,
};

use super::{Bound, Means, Proof, Question, Refused, claims};
use crate::evidence::chain;
use crate::{Code, Content, VerifiedTime};

/// A trusted root as the library wants it.
pub(crate) struct Library(Verifier);

/// Artifacts that have to be in memory as a whole (Ed25519 signs no digest) may be as large as this.
const MAX_IN_MEMORY: u64 = 256 << 20;

impl Library {
    pub(crate) fn new(material: &Material) -> Result<Self, Error> {
        Verifier::new(material).map(Self)
    }
}

/// Checks a bundle.
pub(super) fn prove(bundle: &Bundle, question: Question<'_>) -> Result<Proof, Refused> {
    let material = &bundle.verification_material;
    if question.logged && material.tlog_entries.is_empty() {
        return Err(Refused::new(Code::NoLogEntry, "it has no log entry"));
    }
    let policy: Box<dyn Policy> = match (question.means, bundle.signing_certificate()) {
        (Means::Certificate, None) => {
            return Err(Refused::new(Code::KindOfSigner, "it is signed with a key, and a certificate is expected"));
        }
        (Means::Key(_), Some(_)) => {
            return Err(Refused::new(Code::KindOfSigner, "it is signed with a certificate, and a key is expected"));
        }
        (Means::Certificate, Some(_)) => {
            let mut policy = VerificationPolicy::any_identity();
            if !question.logged {
                policy = policy.skip_tlog_unsafe();
            }
            if !question.root.has_certificate_logs() {
                policy = policy.skip_sct();
            }
            Box::new(policy)
        }
        (Means::Key(key), None) => {
            let policy = PublicKeyVerificationPolicy::new(key.spki().clone());
            Box::new(if question.logged { policy } else { policy.skip_tlog_unsafe() })
        }
    };
    let result = run(bundle, question, policy.as_ref())?;
    if question.logged && !result.tlog_verified() {
        return Err(Refused::new(Code::NoLogEntry, "no log entry was proven"));
    }
    if matches!(question.means, Means::Certificate) && !result.certificate_verified() {
        return Err(Refused::new(Code::Certificate, "its certificate was not verified"));
    }
    let mut logs: Vec<String> = if question.logged {
        material.tlog_entries.iter().map(|entry| HEXLOWER.encode(entry.log_id.key_id.as_bytes())).collect()
    } else {
        Vec::new()
    };
    logs.sort();
    logs.dedup();
    Ok(Proof {
        claims: result.certificate().map(claims::of).unwrap_or_default(),
        times: times(bundle, &question, &result),
        logs,
        certificate_logged: result.sct_verified(),
        open: Vec::new(),
    })
}

fn run(bundle: &Bundle, question: Question<'_>, policy: &dyn Policy) -> Result<VerificationResult, Refused> {
    let verifier = &question.root.library().0;
    let verify = |artifact: Artifact<'_>| verifier.verify(artifact, bundle, policy).map_err(refused);
    if let SignatureContent::DsseEnvelope(_) = &bundle.content {
        let Bound::Digest(algorithm, hex) = question.bound else {
            return Err(Refused::new(Code::Subject, "no digest of the statement is one of the artifact"));
        };
        return verify(Artifact::from_digest(digest(algorithm, hex)?));
    }
    // A digest is enough for a signature over SHA-256, which nearly all are.
    let over_sha256 = match question.means {
        Means::Certificate => bundle
            .signing_certificate()
            .and_then(|certificate| sigstore_verify::crypto::parse_certificate_info(certificate).ok())
            .map(|info| info.key_algorithm),
        Means::Key(key) => KeyAlgorithm::from_spki(key.spki()).ok(),
    }
    .is_some_and(|algorithm| algorithm.default_signing_scheme().hash_algorithm() == Some(HashAlgorithm::Sha2256));
    match question.subject.content() {
        Some(content) if !over_sha256 || question.subject.hex(DigestAlgorithm::Sha256).is_none() => {
            let bytes = read(content)?;
            verify(Artifact::from_blob(&bytes))
        }
        _ => {
            let (algorithm, hex) = question
                .subject
                .digests()
                .next()
                .ok_or_else(|| Refused::new(Code::Subject, "the artifact has no digest"))?;
            verify(Artifact::from_digest(digest(algorithm, hex)?))
        }
    }
}

pub(super) fn read(content: &Content) -> Result<std::borrow::Cow<'_, [u8]>, Refused> {
    let too_large = || {
        let reason = format!("such a signature is over the bytes themselves, and {MAX_IN_MEMORY} of them can be held");
        Refused::new(Code::Unsupported, reason)
    };
    match content {
        Content::Bytes(bytes) => Ok(bytes.into()),
        Content::File(path) => {
            let mut bytes = Vec::new();
            let read = File::open(path).and_then(|file| {
                std::io::Read::read_to_end(&mut std::io::Read::take(file, MAX_IN_MEMORY.saturating_add(1)), &mut bytes)
            });
            read.map_err(|error| Refused::new(Code::Subject, format!("the artifact cannot be read again: {error}")))?;
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_IN_MEMORY {
                return Err(too_large());
            }
            Ok(bytes.into())
        }
    }
}

fn digest(algorithm: DigestAlgorithm, hex: &str) -> Result<ArtifactDigest, Refused> {
    let unsupported = |reason: String| Refused::new(Code::Unsupported, reason);
    let known = match algorithm {
        DigestAlgorithm::Sha256 => HashAlgorithm::Sha2256,
        DigestAlgorithm::Sha384 => HashAlgorithm::Sha2384,
        DigestAlgorithm::Sha512 => HashAlgorithm::Sha2512,
        other => return Err(unsupported(format!("{} is not a digest that signatures are over", other.token()))),
    };
    let value = DigestBytes::from_hex(hex).map_err(|error| unsupported(error.to_string()))?;
    ArtifactDigest::new(known, value).map_err(|error| unsupported(error.to_string()))
}

/// When it was signed. The library gives the times of timestamps first, in their order, and then those of log entries.
fn times(bundle: &Bundle, question: &Question<'_>, result: &VerificationResult) -> Vec<VerifiedTime> {
    let material = &bundle.verification_material;
    let tokens = &material.timestamp_verification_data.rfc3161_timestamps;
    let from_logs = |time: &jiff::Timestamp| {
        let entry = material
            .tlog_entries
            .iter()
            .find(|entry| entry.integrated_time.as_ref() == Some(time) && entry.inclusion_promise.is_some());
        entry.map(|entry| format!("log {}", HEXLOWER.encode(entry.log_id.key_id.as_bytes())))
    };
    // Of a key, times of logs come first.
    let (logs_first, times) = (matches!(question.means, Means::Key(_)), result.verified_timestamps());
    let stamps = if logs_first { times.len().saturating_sub(tokens.len())..times.len() } else { 0..tokens.len() };
    let mut out = Vec::with_capacity(times.len());
    for (index, time) in times.iter().enumerate() {
        let by = if stamps.contains(&index) {
            let token = tokens.get(index.saturating_sub(stamps.start));
            let name = token.filter(|_| question.tell_authorities).and_then(|token| authority(bundle, question, token));
            format!("timestamp authority {}", name.unwrap_or_default()).trim_end().to_owned()
        } else {
            from_logs(time).unwrap_or_else(|| "log".to_owned())
        };
        out.push(VerifiedTime { time: *time, by });
    }
    out.sort();
    out.dedup();
    out
}

/// The authority that a timestamp is of: the fingerprint of its certificate.
fn authority(
    bundle: &Bundle,
    question: &Question<'_>,
    token: &sigstore_types::bundle::Rfc3161Timestamp,
) -> Option<String> {
    use sha2::{Digest as _, Sha256};
    let signature = match &bundle.content {
        SignatureContent::MessageSignature(message) => &message.signature,
        SignatureContent::DsseEnvelope(envelope) => &envelope.signature.sig,
        _ => return None,
    };
    let authorities = question.root.material().tsa_authorities();
    let of = authorities.iter().position(|authority| {
        sigstore_tsa::verify_timestamp_for_authority(&token.signed_timestamp, signature, authority).is_ok()
    })?;
    let chain = question.root.material().timestamp_authorities.get(of)?;
    let leaf = chain.cert_chain.certificates.first()?;
    Some(HEXLOWER.encode(&Sha256::digest(leaf.raw_bytes.as_bytes())))
}

/// What a certificate says of itself, unverified: its claims, and when it begins and ends.
pub(crate) fn describe_certificate(der: &[u8]) -> Option<(crate::Claims, jiff::Timestamp, jiff::Timestamp)> {
    let certificate = sigstore_types::DerCertificate::from_bytes(der);
    let info = sigstore_verify::crypto::parse_certificate_info(&certificate).ok()?;
    Some((claims::of(&info), info.not_before, info.not_after))
}

/// The library's reason as one of ours.
fn refused(error: Error) -> Refused {
    let code = match &error {
        Error::IdentityMismatch { .. } => Code::Identity,
        Error::IssuerMismatch { .. } => Code::Issuer,
        Error::SignatureInvalid(_) => Code::Signature,
        Error::ArtifactMismatch(_) => Code::Subject,
        Error::Certificate(certificate) => match certificate {
            CertificateError::NoValidAuthority { .. } => Code::AuthorityWithdrawn,
            CertificateError::NotYetValid { .. } => Code::NotYetValid,
            CertificateError::Expired { .. } => Code::Expired,
            CertificateError::Sct(_) => Code::CertificateLog,
            CertificateError::ChainInvalid(reason) => chain_code(reason),
            _ => Code::Certificate,
        },
        Error::TransparencyLog(log) => match log {
            TransparencyLogError::UnknownLog { .. } => Code::UnknownLog,
            TransparencyLogError::InclusionProof(_) => Code::Inclusion,
            TransparencyLogError::Checkpoint(_) => Code::Checkpoint,
            // The key of the log is looked for only here, when there is a promise.
            TransparencyLogError::InclusionPromise(reason) if reason.starts_with("No log key") => Code::UnknownLog,
            TransparencyLogError::InclusionPromise(_) => Code::Promise,
            TransparencyLogError::EntryMismatch(_) => Code::EntryMismatch,
            TransparencyLogError::IntegratedTime(_) => Code::Timestamp,
            _ => Code::Malformed,
        },
        Error::Timestamp(timestamp) => match timestamp {
            TimestampError::NoVerifiedTimestamp(_) => Code::NoTime,
            TimestampError::OutsideAuthorityValidity { .. } => Code::AuthorityWithdrawn,
            _ => Code::Timestamp,
        },
        Error::Crypto(_) => Code::Signature,
        Error::UnsupportedArtifact(_) | Error::UnsupportedBundle(_) => Code::Unsupported,
        _ => Code::Malformed,
    };
    Refused::new(code, chain(&error))
}

/// Why a chain is refused, by the words of webpki.
fn chain_code(reason: &str) -> Code {
    if reason.contains("CertExpired") {
        Code::Expired
    } else if reason.contains("CertNotValidYet") {
        Code::NotYetValid
    } else if reason.contains("UnknownIssuer") || reason.contains("InvalidSignature") {
        Code::Authority
    } else {
        Code::Certificate
    }
}
