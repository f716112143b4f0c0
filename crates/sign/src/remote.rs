//! One call to a service that is given a secret: metadata servers, token endpoints, key management.
//!
//! The rules: HTTPS, or plain HTTP to this machine; no redirect is followed; what is sent is in no error; an answer has a
//! limited size and comes in a limited time. Calls that had no answer, or one that says "later", are made again.

use std::io::Read as _;
use std::thread;
use std::time::Duration;

use reqwest::blocking::{Client, Response};
use reqwest::header::HeaderValue;
use reqwest::{Method, Url, redirect, retry};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::secret::{SecretBytes, SecretText};

/// Bytes of an answer.
const ANSWER_LIMIT: u64 = 256 << 10;
/// How often a call is made.
const ATTEMPTS: u32 = 4;

/// Why a call gave no answer. It never shows what was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The address is none that secrets may be sent to.
    #[error("the address {address} {reason}")]
    Address {
        /// Scheme and host, nothing else.
        address: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// A header would not be one line of text.
    #[error("a token or name holds characters that cannot be sent")]
    Header,
    /// The client could not be made.
    #[error("cannot prepare the connection")]
    Client(#[source] reqwest::Error),
    /// The service could not be reached, or stopped in the middle.
    #[error("no answer from {host}")]
    Transport {
        /// Who was asked.
        host: String,
        /// What the network says, without the address.
        #[source]
        source: reqwest::Error,
    },
    /// The answer could not be read to its end.
    #[error("the answer of {host} broke off")]
    Broken {
        /// Who was asked.
        host: String,
        /// What the network says.
        #[source]
        source: std::io::Error,
    },
    /// The answer is larger than any should be.
    #[error("the answer of {host} has more than {} bytes", ANSWER_LIMIT)]
    TooLarge {
        /// Who was asked.
        host: String,
    },
}

/// Which addresses a call may go to without TLS, besides this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    /// None.
    No,
    /// The metadata server of a cloud: link-local, or by its well-known names.
    Metadata,
}

/// A call.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) plain: Plain,
    pub(crate) headers: Vec<(&'static str, SecretText)>,
    pub(crate) body: Option<SecretBytes>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    body: SecretBytes,
    /// What it says for people, if it is an error.
    said: Option<String>,
}

impl<'a> Call<'a> {
    pub(crate) fn get(url: &'a str) -> Self {
        Self { method: Method::GET, url, plain: Plain::No, headers: Vec::new(), body: None }
    }

    pub(crate) fn post(url: &'a str, content_type: &str, body: Vec<u8>) -> Self {
        let call = Self { method: Method::POST, body: Some(SecretBytes::new(body)), ..Self::get(url) };
        call.with("Content-Type", content_type)
    }

    pub(crate) fn post_json(url: &'a str, body: &Value) -> Self {
        Self::post(url, "application/json", body.to_string().into_bytes())
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, SecretText::new(value.into())));
        self
    }

    /// `Authorization: Bearer …`
    pub(crate) fn bearer(self, token: &SecretText) -> Self {
        let value = Zeroizing::new(format!("Bearer {}", token.expose()));
        self.with("Authorization", value.as_str())
    }

    /// The call may go to a cloud's metadata server.
    pub(crate) fn in_the_cloud(mut self) -> Self {
        self.plain = Plain::Metadata;
        self
    }
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn body(&self) -> &[u8] {
        self.body.expose()
    }

    /// What the service says for people, if it refused. Nothing of what it was sent is in it.
    pub(crate) fn said(&self) -> Option<&str> {
        self.said.as_deref()
    }
}

/// Makes calls.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    pub(crate) timeout: Duration,
    pub(crate) backoff: Duration,
    pub(crate) attempts: u32,
}

impl Remote {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { timeout, backoff: Duration::from_millis(500), attempts: ATTEMPTS }
    }

    /// Makes a call and reads the answer, whatever its status.
    pub(crate) fn call(&self, call: &Call<'_>) -> Result<Answer, CallError> {
        let (url, local) = address(call.url, call.plain)?;
        let client = self.client(local)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut wait = self.backoff;
        let mut left = self.attempts;
        loop {
            left = left.saturating_sub(1);
            let outcome = once(&client, &url, call).map_err(|source| match source {
                CallError::Transport { source, .. } => CallError::Transport { host: host.clone(), source },
                other => other,
            });
            let again = match &outcome {
                Ok(response) => matches!(response.status().as_u16(), 408 | 429 | 500 | 502..=504),
                Err(CallError::Transport { .. }) => true,
                Err(_) => false,
            };
            if !again || left == 0 {
                return read(outcome?, &host).map(|answer| answer.heard(call));
            }
            thread::sleep(wait);
            wait = wait.saturating_mul(2);
        }
    }

    fn client(&self, local: bool) -> Result<Client, CallError> {
        let mut builder = Client::builder()
            .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
            .http1_only()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .connect_timeout(self.timeout)
            .timeout(self.timeout);
        if local {
            builder = builder.no_proxy().tls_certs_only([]);
        }
        builder.build().map_err(CallError::Client)
    }
}

fn once(client: &Client, url: &Url, call: &Call<'_>) -> Result<Response, CallError> {
    let mut request = client.request(call.method.clone(), url.clone());
    for (name, value) in &call.headers {
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| CallError::Header)?;
        value.set_sensitive(true);
        request = request.header(*name, value);
    }
    if let Some(body) = &call.body {
        request = request.body(body.expose().clone());
    }
    request.send().map_err(|source| CallError::Transport { host: String::new(), source: source.without_url() })
}

fn read(response: Response, host: &str) -> Result<Answer, CallError> {
    let status = response.status().as_u16();
    let mut body = Zeroizing::new(Vec::new());
    let taken = ANSWER_LIMIT.saturating_add(1);
    response
        .take(taken)
        .read_to_end(&mut body)
        .map_err(|source| CallError::Broken { host: host.to_owned(), source })?;
    if body.len() as u64 > ANSWER_LIMIT {
        return Err(CallError::TooLarge { host: host.to_owned() });
    }
    Ok(Answer { status, body: SecretBytes::new(std::mem::take(&mut body)), said: None })
}

/// The address of a call, if it may be used, and whether it is on this machine or its own network segment.
fn address(text: &str, plain: Plain) -> Result<(Url, bool), CallError> {
    let Ok(url) = Url::parse(text) else {
        return Err(CallError::Address { address: String::new(), reason: "is no URL" });
    };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let shown = format!("{}://{host}", url.scheme());
    let refuse = |reason| Err(CallError::Address { address: shown.clone(), reason });
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("holds credentials");
    }
    let loopback = is_loopback(&host);
    let metadata = plain == Plain::Metadata && is_metadata(&host);
    match url.scheme() {
        "http" if loopback || metadata => Ok((url, true)),
        "http" => refuse("is not encrypted"),
        "https" if is_link_local(&host) => refuse("is link-local"),
        "https" if host.is_empty() => refuse("names no host"),
        "https" => Ok((url, false)),
        _ => refuse("is neither HTTPS nor HTTP"),
    }
}

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_link_local(host: &str) -> bool {
    match host.parse() {
        Ok(std::net::IpAddr::V4(address)) => address.is_link_local() || address.is_unspecified(),
        Ok(std::net::IpAddr::V6(address)) => {
            address.segments().first().is_some_and(|first| first & 0xffc0 == 0xfe80) || address.is_unspecified()
        }
        Err(_) => false,
    }
}

/// Link-local addresses, and the names under which Google's machines know theirs.
fn is_metadata(host: &str) -> bool {
    is_link_local(host) || matches!(host, "metadata" | "metadata.google.internal" | "fd20:ce::254")
}

/// A value as it stands in a query or path: all but the unreserved characters of RFC 3986 §2.3 is escaped.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

impl Answer {
    /// Keeps the words of a service that refused, unless it repeats what it was sent.
    fn heard(mut self, call: &Call<'_>) -> Self {
        if self.is_success() {
            return self;
        }
        let Some(said) = complaint(self.body()) else { return self };
        let secrets = call.headers.iter().filter_map(|(_, value)| value.expose().split(' ').next_back());
        let repeats = secrets.filter(|secret| secret.len() >= 8).any(|secret| said.contains(secret))
            || call.url.split_once('?').is_some_and(|(_, query)| said.contains(query));
        self.said = (!repeats).then(|| plimsoll_model::printable(&said).chars().take(200).collect());
        self
    }
}

/// The sentence in an answer that is an error: `message`, `error_description`, `error`, `error.message` or `errors[0]`.
pub(crate) fn complaint(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let places = [
        body.get("message"),
        body.get("Message"),
        body.get("error_description"),
        body.get("error").and_then(|error| error.get("message")),
        body.get("error"),
        body.get("errors").and_then(|errors| errors.get(0)),
    ];
    places.into_iter().flatten().find_map(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_only_where_they_may() {
        for good in ["https://vault.example:8200/v1/x", "http://127.0.0.1:1/", "http://localhost/", "http://[::1]:8/"] {
            assert!(address(good, Plain::No).is_ok(), "{good}");
        }
        for bad in [
            "http://vault.example/",
            "http://169.254.169.254/",
            "https://169.254.169.254/",
            "https://user:hunter2@vault.example/",
            "file:///etc/passwd",
            "vault.example",
            "http://metadata/",
            "http://127.0.0.1.evil.test/",
            "http://0.0.0.0/",
        ] {
            let error = address(bad, Plain::No).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
        for good in ["http://metadata.google.internal/x", "http://169.254.169.254/x", "http://127.0.0.1:8/"] {
            assert!(address(good, Plain::Metadata).is_ok(), "{good}");
        }
        assert!(address("http://metadata.evil.test/", Plain::Metadata).is_err());
    }

    #[test]
    fn values_are_escaped() {
        assert_eq!(escaped("a b/ü?&~"), "a%20b%2F%C3%BC%3F%26~");
    }
}
