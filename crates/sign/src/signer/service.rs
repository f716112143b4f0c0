//! What the key management services have in common: calls, their refusals, and the check of what comes back.

#[cfg(test)]
mod tests;

use data_encoding::BASE64;
use plimsoll_model::Digest;
use serde::de::DeserializeOwned;

use super::{KeyOptions, PublicKey, SignerError};
use crate::remote::{Answer, Call, Remote};

/// Reading the public key.
pub(super) const READ: &str = "read the public key";
/// Signing.
pub(super) const SIGN: &str = "sign";
/// Getting what one is let in with.
pub(super) const AUTHENTICATE: &str = "authenticate";

/// A service that has a key.
pub(super) struct Service {
    /// The name of the key, to be shown.
    pub(super) key: String,
    remote: Remote,
}

impl Service {
    pub(super) fn new(key: &str, options: &KeyOptions) -> Self {
        Self { key: key.to_owned(), remote: Remote::new(options.timeout) }
    }

    /// Makes a call that must succeed.
    pub(super) fn call(&self, operation: &'static str, call: &Call<'_>) -> Result<Answer, SignerError> {
        let answer = self.remote.call(call);
        let answer = answer.map_err(|source| SignerError::Transport { key: self.key.clone(), operation, source })?;
        if answer.is_success() {
            return Ok(answer);
        }
        let said = answer.said().map_or_else(String::new, |said| format!(": {said}"));
        Err(self.failed(operation, format!("status {}{said}", answer.status)))
    }

    /// Makes a call whose answer is JSON.
    pub(super) fn ask<T: DeserializeOwned>(&self, operation: &'static str, call: &Call<'_>) -> Result<T, SignerError> {
        let answer = self.call(operation, call)?;
        serde_json::from_slice(answer.body()).map_err(|_| self.malformed(operation))
    }

    pub(super) fn failed(&self, operation: &'static str, reason: impl Into<String>) -> SignerError {
        SignerError::Backend { key: self.key.clone(), operation, reason: reason.into() }
    }

    pub(super) fn malformed(&self, operation: &'static str) -> SignerError {
        self.failed(operation, "the answer is not what it should be")
    }

    pub(super) fn base64(&self, operation: &'static str, text: &str) -> Result<Vec<u8>, SignerError> {
        BASE64.decode(text.as_bytes()).map_err(|_| self.malformed(operation))
    }

    /// A setting without which the key cannot be used.
    pub(super) fn wanted(&self, name: &str) -> SignerError {
        SignerError::Configuration { key: self.key.clone(), reason: format!("{name} is not set") }
    }

    pub(super) fn usable<E: Into<super::PublicKeyError>>(
        &self,
        key: Result<PublicKey, E>,
    ) -> Result<PublicKey, SignerError> {
        key.map_err(|source| SignerError::Key { key: self.key.clone(), source: source.into() })
    }

    /// Passes a signature on if it is one.
    pub(super) fn checked(&self, key: &PublicKey, digest: &Digest, signature: Vec<u8>) -> Result<Vec<u8>, SignerError> {
        if key.verifies_digest(digest, &signature) {
            Ok(signature)
        } else {
            Err(SignerError::BadSignature { key: self.key.clone() })
        }
    }
}

/// `https://HOST`, or `http://` to this machine, where emulators are.
pub(super) fn origin(host: &str) -> String {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    let scheme = if crate::remote::is_loopback(name) { "http" } else { "https" };
    format!("{scheme}://{host}")
}

/// Whether text is the name of a host, with a port if need be, and nothing that would end it within a URL.
pub(super) fn is_host(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'[' | b']');
    !text.is_empty() && text.len() <= 255 && text.bytes().all(allowed)
}

/// Whether text is a name of a key or of its parts: letters, digits, and the few marks that services allow.
pub(super) fn is_name(text: &str, marks: &[u8]) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || marks.contains(&byte);
    !text.is_empty()
        && text.len() <= 512
        && text.bytes().all(allowed)
        && !text.split('/').any(|part| matches!(part, "" | "." | ".."))
}
