//! Evidence of any shape as a bundle of v0.3, where it has all that such a bundle must have.
//! <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>
//!
//! Nothing is made up: what is missing has to be supplied (a certificate, a log entry with its proof). Nothing is verified
//! either; an upgraded bundle proves what it proved before.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use plimsoll_model::DigestAlgorithm;
use serde::Deserialize;
use serde_json::{Value, json};
use sigstore_types::MediaType;

use super::parts::{Content, Entry, Parts, Proof, Signer};
use super::{Evidence, Form, hold, pem};
use crate::VerifyError;

impl Evidence {
    /// The same evidence with the certificate of who signed, where it has none: PEM, base64 of it, or DER.
    ///
    /// # Errors
    /// It has one already, or this is none.
    pub fn with_certificate(&self, certificate: &[u8]) -> Result<Self, VerifyError> {
        let changed = || {
            let mut parts = self.parts()?;
            if matches!(parts.signer, Signer::Certificates(_)) {
                return Err("it has a certificate already".to_owned());
            }
            parts.signer = pem::signer(certificate)?;
            Ok(Self { form: hold::form(parts)?, ..self.clone() })
        };
        changed().map_err(|reason| VerifyError::Evidence { reason })
    }

    /// The evidence as a bundle of v0.3, in JSON.
    ///
    /// # Errors
    /// Such a bundle must have what this has not: one signature; a proof for each log entry; a log entry or a timestamp.
    pub fn to_bundle_json(&self) -> Result<Value, VerifyError> {
        let written = || {
            if self.claim.is_some() {
                return Err("a claim about an image has no form as a bundle: sign the image again".to_owned());
            }
            bundle(&self.parts()?)
        };
        written().map_err(|reason| VerifyError::Evidence { reason })
    }

    pub(super) fn parts(&self) -> Result<Parts, String> {
        match &self.form {
            Form::Bundle(bundle) => hold::parts(bundle).ok_or_else(|| "its content is not known".to_owned()),
            Form::Parts(parts) => Ok((**parts).clone()),
            Form::CloudBuild(_) => Err("provenance of Google Cloud Build has no form as a bundle".into()),
            Form::Unreadable(reason) => Err(reason.clone()),
        }
    }
}

fn bundle(parts: &Parts) -> Result<Value, String> {
    if parts.entries.is_empty() && parts.timestamps.is_empty() {
        return Err("it has neither log entry nor timestamp: nothing would say when it was signed".into());
    }
    let entries = parts.entries.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    let mut material = json!({ "tlogEntries": entries });
    let (key, signer) = match &parts.signer {
        Signer::Certificates(chain) => {
            let leaf = chain.first().ok_or("it has no certificate")?;
            ("certificate", json!({ "rawBytes": BASE64.encode(leaf) }))
        }
        Signer::Key(hint) => ("publicKey", json!({ "hint": hint })),
        Signer::Unknown => ("publicKey", json!({ "hint": "" })),
    };
    set(&mut material, key, signer);
    if !parts.timestamps.is_empty() {
        let stamp = |token: &Vec<u8>| json!({ "signedTimestamp": BASE64.encode(token) });
        let stamps: Vec<Value> = parts.timestamps.iter().map(stamp).collect();
        set(&mut material, "timestampVerificationData", json!({ "rfc3161Timestamps": stamps }));
    }
    let (key, content) = match &parts.content {
        Content::Message { signature, digest } => {
            let mut message = json!({ "signature": BASE64.encode(signature) });
            let named = parts.entries.iter().find_map(|entry| logged(&entry.body));
            if let Some((algorithm, value)) = digest.clone().or(named) {
                let name = match algorithm {
                    DigestAlgorithm::Sha384 => "SHA2_384",
                    DigestAlgorithm::Sha512 => "SHA2_512",
                    _ => "SHA2_256",
                };
                set(&mut message, "messageDigest", json!({ "algorithm": name, "digest": BASE64.encode(&value) }));
            }
            ("messageSignature", message)
        }
        Content::Envelope(envelope) if envelope.signatures.len() == 1 => ("dsseEnvelope", envelope.to_json()),
        Content::Envelope(_) => return Err("its envelope has several signatures, and a bundle has one".into()),
    };
    let mut bundle = json!({ "mediaType": MediaType::Bundle0_3.as_str(), "verificationMaterial": material });
    set(&mut bundle, key, content);
    Ok(bundle)
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

fn entry(entry: &Entry) -> Result<Value, String> {
    let proof = entry.proof.as_ref().filter(|proof| !proof.checkpoint.is_empty());
    let proof = proof.ok_or(
        "its log entry has no proof of inclusion: supply one that has, with --rekor-entry, or ask the log with --fetch",
    )?;
    let mut value = json!({
        "logIndex": entry.log_index.to_string(),
        "logId": { "keyId": BASE64.encode(&entry.log_id) },
        "kindVersion": { "kind": entry.kind, "version": entry.version },
        "inclusionProof": inclusion(proof),
        "canonicalizedBody": BASE64.encode(&entry.body),
    });
    if let Some(time) = entry.integrated_time {
        set(&mut value, "integratedTime", time.to_string().into());
    }
    if let Some(promise) = &entry.promise {
        set(&mut value, "inclusionPromise", json!({ "signedEntryTimestamp": BASE64.encode(promise) }));
    }
    Ok(value)
}

fn inclusion(proof: &Proof) -> Value {
    json!({
        "logIndex": proof.log_index.to_string(),
        "rootHash": BASE64.encode(&proof.root_hash),
        "treeSize": proof.tree_size.to_string(),
        "hashes": proof.hashes.iter().map(|hash| BASE64.encode(hash)).collect::<Vec<_>>(),
        "checkpoint": { "envelope": proof.checkpoint },
    })
}

/// The digest of the artifact in the body of a `hashedrekord` 0.0.1. Readers of bundles want it, to find the artifact by.
fn logged(body: &[u8]) -> Option<(DigestAlgorithm, Vec<u8>)> {
    #[derive(Deserialize)]
    struct Body {
        spec: Spec,
    }
    #[derive(Deserialize)]
    struct Spec {
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        hash: Hash,
    }
    #[derive(Deserialize)]
    struct Hash {
        algorithm: String,
        value: String,
    }
    let Hash { algorithm, value } = serde_json::from_slice::<Body>(body).ok()?.spec.data.hash;
    let known = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512];
    let algorithm = known.into_iter().find(|known| known.token() == algorithm)?;
    Some((algorithm, HEXLOWER_PERMISSIVE.decode(value.as_bytes()).ok()?))
}
