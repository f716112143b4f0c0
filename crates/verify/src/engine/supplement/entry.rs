//! The body of a log entry: that it is about this signature and no other (CVE-2022-36056 and its kin).
//!
//! The kinds, as Rekor writes them <https://github.com/sigstore/rekor/tree/main/pkg/types>:
//! - `hashedrekord` 0.0.1 and `rekord` 0.0.1 (what cosign wrote at first): digest, signature, key;
//! - `hashedrekord` 0.0.2: the same in Rekor v2, of an envelope the digest of what is signed;
//! - `dsse` 0.0.1: digest of the payload, signatures and their keys;
//! - `intoto` 0.0.2: the same, with base64 within base64;
//! - `intoto` 0.0.1: one key, the digest of the envelope as it was sent, and, by newer servers, that of the payload. The
//!   signature is not in it. It is bound only when the envelope can be written again as Go writes it; otherwise the entry
//!   says no more than that this key signed this payload, and the verdict says so.

mod attestation;

use data_encoding::{BASE64, HEXLOWER};
use plimsoll_attest::refuse_duplicates;
use serde::Deserialize;
use serde_json::Value;
use sigstore_crypto::KeyAlgorithm;
use sigstore_types::{DerCertificate, DerPublicKey, HashAlgorithm};

use super::{Made, digest};
use crate::Code;
use crate::engine::Refused;
use crate::evidence::{PartsContent, PartsEntry};
use attestation::{dsse, intoto, intoto_first};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    api_version: String,
    kind: String,
    spec: Value,
}

/// Whether an entry is about what was made; `Some` says what it leaves open.
pub(super) fn verify(entry: &PartsEntry, made: &Made<'_>) -> Result<Option<&'static str>, Refused> {
    let body = body(entry)?;
    let bound = match (body.kind.as_str(), body.api_version.as_str(), &made.content) {
        ("hashedrekord" | "rekord", "0.0.1", PartsContent::Message { .. }) => rekord(read(body.spec)?, made),
        ("hashedrekord", "0.0.2", _) => rekord_v2(read(body.spec)?, made),
        ("dsse", "0.0.1", PartsContent::Envelope(envelope)) => dsse(read(body.spec)?, envelope, made),
        ("intoto", "0.0.2", PartsContent::Envelope(envelope)) => intoto(read(body.spec)?, envelope, made),
        ("intoto", "0.0.1", PartsContent::Envelope(envelope)) => {
            return intoto_first(read(body.spec)?, envelope, made);
        }
        (kind, version, _) => {
            let reason = format!("a log entry of {kind} {version} is not verified for such a signature");
            return Err(Refused::new(Code::Unsupported, reason));
        }
    };
    bound.map(|()| None)
}

/// Whether the body is of the kind and version that the entry says; a second reader must not take it for another.
pub(crate) fn is_what_it_says(entry: &PartsEntry) -> Result<(), Refused> {
    body(entry).map(|_| ())
}

fn body(entry: &PartsEntry) -> Result<Body, Refused> {
    let malformed = |error: serde_json::Error| Refused::new(Code::Malformed, format!("the log entry: {error}"));
    refuse_duplicates(&entry.body).map_err(malformed)?;
    let body: Body = serde_json::from_slice(&entry.body).map_err(malformed)?;
    if (body.kind.as_str(), body.api_version.as_str()) != (entry.kind.as_str(), entry.version.as_str()) {
        let reason = format!(
            "the log entry is {} {} and is said to be {} {}",
            body.kind, body.api_version, entry.kind, entry.version
        );
        return Err(Refused::new(Code::EntryMismatch, reason));
    }
    Ok(body)
}

fn read<'a, T: Deserialize<'a>>(spec: Value) -> Result<T, Refused> {
    T::deserialize(spec).map_err(|error| Refused::new(Code::Malformed, format!("the log entry: {error}")))
}

fn differs(what: &str) -> Refused {
    Refused::new(Code::EntryMismatch, format!("the log entry is about another {what}"))
}

#[derive(Deserialize)]
struct Hash {
    algorithm: String,
    value: String,
}

impl Hash {
    /// Whether it is the digest of these bytes.
    fn is_of(&self, bytes: &[u8]) -> bool {
        self.algorithm == "sha256"
            && digest(HashAlgorithm::Sha2256, bytes).is_some_and(|own| HEXLOWER.encode(&own) == self.value)
    }
}

#[derive(Deserialize)]
struct Rekord {
    data: RekordData,
    signature: RekordSignature,
}

#[derive(Deserialize)]
struct RekordData {
    hash: Hash,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RekordSignature {
    content: String,
    #[serde(default)]
    format: Option<String>,
    public_key: RekordKey,
}

#[derive(Deserialize)]
struct RekordKey {
    content: String,
}

fn rekord(spec: Rekord, made: &Made<'_>) -> Result<(), Refused> {
    if spec.signature.format.is_some_and(|format| format != "x509") {
        return Err(Refused::new(Code::Unsupported, "the log entry is of a signature that is not X.509"));
    }
    let algorithm = match spec.data.hash.algorithm.as_str() {
        "sha256" => HashAlgorithm::Sha2256,
        "sha384" => HashAlgorithm::Sha2384,
        "sha512" => HashAlgorithm::Sha2512,
        other => return Err(Refused::new(Code::Unsupported, format!("the log entry has a digest of {other}"))),
    };
    if HEXLOWER.encode(&made.subject_digest(algorithm)?) != spec.data.hash.value {
        return Err(differs("artifact"));
    }
    same_signature(&spec.signature.content, made)?;
    same_signer(&spec.signature.public_key.content, made, false)
}

#[derive(Deserialize)]
struct RekordV2 {
    #[serde(rename = "hashedRekordV002")]
    inner: RekordV2Inner,
}

#[derive(Deserialize)]
struct RekordV2Inner {
    data: RekordV2Data,
    signature: RekordV2Signature,
}

#[derive(Deserialize)]
struct RekordV2Data {
    algorithm: String,
    digest: String,
}

#[derive(Deserialize)]
struct RekordV2Signature {
    content: String,
    verifier: RekordV2Verifier,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RekordV2Verifier {
    key_details: String,
    #[serde(default)]
    x509_certificate: Option<Raw>,
    #[serde(default)]
    public_key: Option<Raw>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    raw_bytes: String,
}

fn rekord_v2(spec: RekordV2, made: &Made<'_>) -> Result<(), Refused> {
    let RekordV2Inner { data, signature } = spec.inner;
    let algorithm = match data.algorithm.as_str() {
        "SHA2_256" => HashAlgorithm::Sha2256,
        "SHA2_384" => HashAlgorithm::Sha2384,
        "SHA2_512" => HashAlgorithm::Sha2512,
        other => return Err(Refused::new(Code::Unsupported, format!("the log entry has a digest of {other}"))),
    };
    let own = match &made.content {
        PartsContent::Message { .. } => made.subject_digest(algorithm)?,
        PartsContent::Envelope(envelope) => digest(algorithm, &envelope.pae()).unwrap_or_default(),
    };
    if base64(&data.digest)? != own {
        return Err(differs("artifact"));
    }
    same_signature(&signature.content, made)?;
    // Ed25519 and Ed25519ph share keys and nothing else, so that the name of the algorithm counts.
    let details = signature.verifier.key_details.as_str();
    let agrees = match KeyAlgorithm::from_spki(&DerPublicKey::new(made.key.to_vec())) {
        Ok(KeyAlgorithm::EcdsaP256) => details.starts_with("PKIX_ECDSA_P256_"),
        Ok(KeyAlgorithm::EcdsaP384) => details.starts_with("PKIX_ECDSA_P384_"),
        Ok(KeyAlgorithm::Ed25519) => details == "PKIX_ED25519",
        Ok(KeyAlgorithm::Rsa) => details.starts_with("PKIX_RSA_PKCS1V15_"),
        _ => false,
    };
    let verifier = signature.verifier;
    let same = match (made.leaf, verifier.x509_certificate, verifier.public_key) {
        (Some(leaf), Some(certificate), None) => base64(&certificate.raw_bytes)? == leaf,
        (None, None, Some(key)) => base64(&key.raw_bytes)? == made.key,
        _ => false,
    };
    (same && agrees).then_some(()).ok_or_else(|| differs("signer"))
}

fn base64(text: &str) -> Result<Vec<u8>, Refused> {
    BASE64
        .decode(text.as_bytes())
        .map_err(|error| Refused::new(Code::Malformed, format!("the log entry has no base64 where it should: {error}")))
}

fn same_signature(logged: &str, made: &Made<'_>) -> Result<(), Refused> {
    if base64(logged)? == made.signature { Ok(()) } else { Err(differs("signature")) }
}

/// Whether PEM within base64 is the certificate or the key of the signer. `or_its_key`: where Rekor was sent the key of a
/// certificate instead of the certificate.
fn same_signer(logged: &str, made: &Made<'_>, or_its_key: bool) -> Result<(), Refused> {
    let pem = String::from_utf8(base64(logged)?).map_err(|_| differs("signer"))?;
    let is_key = || DerPublicKey::from_pem(&pem).is_ok_and(|key| key.as_bytes() == made.key);
    let same = match made.leaf {
        Some(leaf) => match DerCertificate::from_pem(&pem) {
            Ok(certificate) => certificate.as_bytes() == leaf,
            Err(_) => or_its_key && is_key(),
        },
        None => is_key(),
    };
    same.then_some(()).ok_or_else(|| differs("signer"))
}

#[cfg(test)]
mod tests;
