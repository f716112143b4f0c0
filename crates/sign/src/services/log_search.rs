//! Entries that are in a log of version 1 already. <https://github.com/sigstore/rekor/blob/main/openapi.yaml>
//!
//! What the log answers is handed over as it is: whoever asked decides whether an entry is about their signature. The index
//! of digests is not part of the log, and proves nothing.

use reqwest::Method;
use serde_json::{Value, json};

use super::http::{ANSWER_LIMIT, Http, NetworkOptions, Request};
use crate::ServiceError;
use crate::secret::SecretBytes;

const SERVICE: &str = "transparency log";
/// Entries that are looked at for one digest.
const MOST: usize = 100;
/// Entries that the log takes in one question.
const AT_ONCE: usize = 10;

/// Asks a log of version 1 for entries.
#[derive(Debug)]
pub struct LogSearch {
    http: Http,
    base: String,
}

impl LogSearch {
    /// At this address.
    #[must_use]
    pub fn new(url: &str, network: NetworkOptions) -> Self {
        Self { http: Http::new(network), base: url.trim_end_matches('/').to_owned() }
    }

    /// The entry at a place, with its proof: `{UUID: ENTRY}`.
    ///
    /// # Errors
    /// The log does not answer, or has no such entry.
    pub fn at(&self, index: u64) -> Result<Vec<u8>, ServiceError> {
        self.ask(Method::GET, &format!("/api/v1/log/entries?logIndex={index}"), None)
    }

    /// All entries that the log lists under a digest (`sha256:HEX`), each as `{UUID: ENTRY}`.
    ///
    /// # Errors
    /// The log does not answer as it should, or lists more than are looked at.
    pub fn about(&self, hash: &str) -> Result<Vec<Vec<u8>>, ServiceError> {
        let answer = self.ask(Method::POST, "/api/v1/index/retrieve", Some(&json!({ "hash": hash })))?;
        let uuids: Vec<String> = parse(&answer)?;
        if uuids.len() > MOST {
            return Err(malformed(format!("it lists {} entries, and {MOST} are looked at", uuids.len())));
        }
        let mut found = Vec::new();
        for some in uuids.chunks(AT_ONCE) {
            let question = json!({ "entryUUIDs": some });
            let answer = self.ask(Method::POST, "/api/v1/log/entries/retrieve", Some(&question))?;
            let entries: Vec<Value> = parse(&answer)?;
            found.extend(entries.iter().map(|entry| entry.to_string().into_bytes()));
        }
        Ok(found)
    }

    fn ask(&self, method: Method, path: &str, question: Option<&Value>) -> Result<Vec<u8>, ServiceError> {
        let request = Request {
            method,
            service: SERVICE,
            url: format!("{}{path}", self.base),
            content_type: "application/json",
            accept: "application/json",
            body: SecretBytes::new(question.map(|question| question.to_string().into_bytes()).unwrap_or_default()),
            bearer: None,
            secret: None,
            limit: ANSWER_LIMIT,
        };
        Ok(self.http.ask(&request, &[])?.body)
    }
}

fn parse<'a, T: serde::Deserialize<'a>>(answer: &'a [u8]) -> Result<T, ServiceError> {
    serde_json::from_slice(answer).map_err(|error| malformed(error.to_string()))
}

fn malformed(reason: String) -> ServiceError {
    ServiceError::Malformed { service: SERVICE, reason }
}
