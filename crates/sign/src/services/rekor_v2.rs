//! The transparency log, version 2. <https://github.com/sigstore/rekor-tiles/blob/main/CLIENTS.md>
//!
//! It logs digests only: of an artifact, or of the encoding that an envelope's signature is over. So statements may be of
//! any size. It promises nothing and knows no time: the answer comes when the entry is in the tree, which may take seconds,
//! and a timestamp authority has to say when. Where the log is changes every few months; it is never known here, only from a
//! signing configuration.

use data_encoding::BASE64;
use plimsoll_model::Digest;
use reqwest::Method;
use serde_json::json;
use sigstore_types::bundle::TransparencyLogEntry;

use super::http::{ANSWER_LIMIT, Http, Request, refused};
use crate::bundle::Signatory;
use crate::secret::SecretBytes;
use crate::signer::Scheme;
use crate::{ServiceError, SignError};

const SERVICE: &str = "transparency log";
const CONFLICT: u16 = 409;

/// Logs a signature over a digest.
pub(crate) fn log(
    http: &Http,
    url: &str,
    digest: &Digest,
    signature: &[u8],
    signatory: &Signatory,
    scheme: Scheme,
) -> Result<TransparencyLogEntry, SignError> {
    let (name, bytes) = match signatory {
        Signatory::Certificate(certificate) => ("x509Certificate", certificate.der()),
        Signatory::Key(key) => ("publicKey", key.spki_der()),
    };
    let mut verifier = json!({ "keyDetails": scheme.registry_name() });
    if let Some(verifier) = verifier.as_object_mut() {
        verifier.insert(name.to_owned(), json!({ "rawBytes": BASE64.encode(bytes) }));
    }
    let entry = json!({ "hashedRekordRequestV002": {
        "digest": BASE64.encode(digest.bytes()),
        "signature": { "content": BASE64.encode(signature), "verifier": verifier },
    } });
    let request = Request {
        method: Method::POST,
        service: SERVICE,
        url: format!("{}/api/v2/log/entries", url.trim_end_matches('/')),
        content_type: "application/json",
        accept: "application/json",
        body: SecretBytes::new(entry.to_string().into_bytes()),
        bearer: None,
        secret: None,
        limit: ANSWER_LIMIT,
    };
    let answer = http.ask(&request, &[CONFLICT])?;
    if answer.status == CONFLICT {
        return Err(SignError::AlreadyLogged { source: refused(&answer, &request) });
    }
    let entry: TransparencyLogEntry = serde_json::from_slice(&answer.body)
        .map_err(|error| ServiceError::Malformed { service: SERVICE, reason: error.to_string() })?;
    if entry.inclusion_proof.is_none() {
        let reason = "the entry comes without proof".to_owned();
        return Err(ServiceError::Malformed { service: SERVICE, reason }.into());
    }
    Ok(entry)
}
