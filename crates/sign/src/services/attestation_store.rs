//! GitHub's store of attestations: `POST /repos/OWNER/NAME/attestations` with `{"bundle": …}`.
//! <https://docs.github.com/en/rest/repos/attestations>
//!
//! It is where `gh attestation verify` looks, by the digests of the subjects. Storing needs a token that may write attestations
//! (`permissions: attestations: write`); the store tells what it took by a number.

use reqwest::Method;
use serde::Deserialize;

use super::http::{Http, NetworkOptions, Request};
use crate::ServiceError;
use crate::secret::{SecretBytes, SecretText};

const SERVICE: &str = "attestation store";
/// Bytes of an answer: a number.
const ANSWER_LIMIT: u64 = 64 << 10;

/// Stores bundles.
#[derive(Debug)]
pub struct AttestationStore {
    http: Http,
    url: String,
}

/// The answer.
#[derive(Deserialize)]
struct Stored {
    id: u64,
}

impl AttestationStore {
    /// The store of a repository (`OWNER/NAME`), at the address of GitHub's API. `None` where that is no name of a repository.
    #[must_use]
    pub fn new(api: &str, repository: &str, network: NetworkOptions) -> Option<Self> {
        let plain = |part: &str| {
            !part.is_empty()
                && !part.bytes().all(|byte| byte == b'.')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let (owner, name) = repository.split_once('/')?;
        let url = format!("{}/repos/{owner}/{name}/attestations", api.trim_end_matches('/'));
        (plain(owner) && plain(name)).then(|| Self { http: Http::new(network), url })
    }

    /// Stores a bundle, and gives the number that it has there.
    ///
    /// # Errors
    /// The store does not answer, or does not take it.
    pub fn store(&self, bundle: &[u8], token: &SecretText) -> Result<u64, ServiceError> {
        let body = [b"{\"bundle\":".as_slice(), bundle, b"}"].concat();
        let request = Request {
            method: Method::POST,
            service: SERVICE,
            url: self.url.clone(),
            content_type: "application/json",
            accept: "application/vnd.github+json",
            body: SecretBytes::new(body),
            bearer: Some(token),
            secret: Some(token.expose()),
            limit: ANSWER_LIMIT,
        };
        let answer = self.http.ask(&request, &[])?;
        let stored: Stored = serde_json::from_slice(&answer.body)
            .map_err(|error| ServiceError::Malformed { service: SERVICE, reason: error.to_string() })?;
        Ok(stored.id)
    }
}
