//! Requests to the services that signing asks.
//!
//! The rules: HTTPS, or plain HTTP to this machine and to hosts that the user names; no redirect is followed, as a request
//! carries an identity token; an answer has a limited size and comes in a limited time; what is sent is in no error. All
//! that is asked here may be asked again: the worst that comes of it is one more certificate, timestamp or log entry.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::{Certificate, Method, Url, redirect, retry};

use super::super::remote::{complaint, is_loopback};
use crate::ServiceError;
use crate::secret::{SecretBytes, SecretText};

/// Bytes of an answer: certificates, entries without their content, timestamps.
pub(crate) const ANSWER_LIMIT: u64 = 4 << 20;
/// Bytes of a file of certificates.
const CERTIFICATE_FILE: u64 = 16 << 20;
/// The longest that a service may ask to be left alone.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How services are asked.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NetworkOptions {
    /// Files of certificates to trust for TLS besides those of the system.
    pub ca_certificates: Vec<PathBuf>,
    /// Hosts that may be asked without TLS: `HOST` or `HOST:PORT`.
    pub plain_http: Vec<String>,
    /// How long a service may take to answer. A log may well need twenty seconds.
    pub timeout: Duration,
    /// How often a request is made again that had no answer, or one that says "later".
    pub retries: u32,
    /// Before the first time that it is made again; then twice as long each time.
    pub backoff: Duration,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            ca_certificates: Vec::new(),
            plain_http: Vec::new(),
            timeout: Duration::from_secs(60),
            retries: 3,
            backoff: Duration::from_millis(500),
        }
    }
}

/// Makes requests. It has one client for this machine, which uses neither proxies nor TLS, and one for all others.
#[derive(Debug)]
pub(crate) struct Http {
    options: NetworkOptions,
    local: OnceLock<Client>,
    remote: OnceLock<Client>,
}

/// A request.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    /// What it is part of, for errors: `certificate authority`.
    pub(crate) service: &'static str,
    pub(crate) url: String,
    pub(crate) content_type: &'a str,
    pub(crate) accept: &'a str,
    pub(crate) body: SecretBytes,
    /// Who asks, for services that want to know: a token.
    pub(crate) bearer: Option<&'a SecretText>,
    /// What must not be shown if the service repeats it.
    pub(crate) secret: Option<&'a str>,
    /// Bytes of an answer.
    pub(crate) limit: u64,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Request<'_> {
    fn host(&self) -> String {
        Url::parse(&self.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl Http {
    pub(crate) fn new(options: NetworkOptions) -> Self {
        Self { options, local: OnceLock::new(), remote: OnceLock::new() }
    }

    /// Asks. An answer that is no success is an error, but for those statuses that the caller understands.
    pub(crate) fn ask(&self, request: &Request<'_>, understood: &[u16]) -> Result<Answer, ServiceError> {
        let (service, host) = (request.service, request.host());
        let url = self.address(request)?;
        let client = self.client(&url)?;
        let (mut wait, mut left) = (self.options.backoff, self.options.retries);
        loop {
            let outcome = once(client, &url, request);
            let pause = match &outcome {
                Err(_) => Some(wait),
                Ok(response) if matches!(response.status().as_u16(), 408 | 429 | 500 | 502..=504) => {
                    Some(asked_to_wait(response).unwrap_or(wait))
                }
                Ok(_) => None,
            };
            match pause {
                Some(pause) if left > 0 => thread::sleep(pause.min(LONGEST_WAIT)),
                _ => {
                    let failed = |source| ServiceError::Transport { service, host: host.clone(), source };
                    let answer = read(outcome.map_err(failed)?, request)?;
                    return settle(answer, request, understood);
                }
            }
            left = left.saturating_sub(1);
            wait = wait.saturating_mul(2);
        }
    }

    /// The address, if it may be asked.
    fn address(&self, request: &Request<'_>) -> Result<Url, ServiceError> {
        let refuse = |reason| ServiceError::Address { service: request.service, host: request.host(), reason };
        let url = Url::parse(&request.url).map_err(|_| refuse("is no URL"))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("holds credentials"));
        }
        let with_port = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        let allowed = self.options.plain_http.iter().any(|known| *known == host || *known == with_port);
        match url.scheme() {
            _ if host.is_empty() => Err(refuse("names no host")),
            "https" => Ok(url),
            "http" if is_loopback(&host) || allowed => Ok(url),
            "http" => Err(refuse("is not encrypted")),
            _ => Err(refuse("is neither HTTPS nor HTTP")),
        }
    }

    fn client(&self, url: &Url) -> Result<&Client, ServiceError> {
        let local =
            url.host_str().is_some_and(|host| is_loopback(host.trim_matches(['[', ']']))) && url.scheme() == "http";
        let slot = if local { &self.local } else { &self.remote };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let mut builder = Client::builder()
            .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
            .http1_only()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .connect_timeout(self.options.timeout)
            .timeout(self.options.timeout);
        builder =
            if local { builder.no_proxy().tls_certs_only([]) } else { builder.tls_certs_merge(self.certificates()?) };
        let made = builder.build().map_err(ServiceError::Client)?;
        Ok(slot.get_or_init(|| made))
    }

    fn certificates(&self) -> Result<Vec<Certificate>, ServiceError> {
        let mut all = Vec::new();
        for path in &self.options.ca_certificates {
            let failed = |reason: String| ServiceError::Certificates { path: path.clone(), reason };
            let length = fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
            if length > CERTIFICATE_FILE {
                return Err(failed("it is too large for a file of certificates".into()));
            }
            let pem = fs::read(path).map_err(|error| failed(error.to_string()))?;
            let read = Certificate::from_pem_bundle(&pem).map_err(|error| failed(error.to_string()))?;
            if read.is_empty() {
                return Err(failed("it holds no certificate in PEM".into()));
            }
            all.extend(read);
        }
        Ok(all)
    }
}

fn once(client: &Client, url: &Url, request: &Request<'_>) -> Result<Response, reqwest::Error> {
    let mut call = client.request(request.method.clone(), url.clone()).header(ACCEPT, request.accept);
    if let Some(token) = request.bearer {
        call = call.bearer_auth(token.expose());
    }
    if request.method != Method::GET {
        call = call.header(CONTENT_TYPE, request.content_type).body(request.body.expose().clone());
    }
    call.send().map_err(reqwest::Error::without_url)
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3). A date is not waited for.
fn asked_to_wait(response: &Response) -> Option<Duration> {
    response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

fn read(response: Response, request: &Request<'_>) -> Result<Answer, ServiceError> {
    let (service, host) = (request.service, request.host());
    let status = response.status().as_u16();
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut body = Vec::new();
    response.take(request.limit.saturating_add(1)).read_to_end(&mut body).map_err(|source| ServiceError::Broken {
        service,
        host: host.clone(),
        source,
    })?;
    if body.len() as u64 > request.limit {
        return Err(ServiceError::TooMuch { service, host, limit: request.limit });
    }
    Ok(Answer { status, location, body })
}

/// Keeps what succeeded or is understood; of the others, the words of the service unless they repeat a secret.
fn settle(answer: Answer, request: &Request<'_>, understood: &[u16]) -> Result<Answer, ServiceError> {
    if (200..300).contains(&answer.status) || understood.contains(&answer.status) {
        return Ok(answer);
    }
    Err(refused(&answer, request))
}

/// The refusal that an answer is.
pub(crate) fn refused(answer: &Answer, request: &Request<'_>) -> ServiceError {
    let said = complaint(&answer.body)
        .filter(|said| request.secret.is_none_or(|secret| !repeats(said, secret)))
        .map(|said| plimsoll_model::printable(&said).chars().take(300).collect());
    ServiceError::Refused { service: request.service, host: request.host(), status: answer.status, said }
}

/// Whether a text holds a secret or a good part of it: one of the parts of a token.
fn repeats(said: &str, secret: &str) -> bool {
    secret.split('.').filter(|part| part.len() >= 8).any(|part| said.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str) -> Request<'static> {
        Request {
            method: Method::GET,
            service: "log",
            url: url.to_owned(),
            content_type: "",
            accept: "*/*",
            body: SecretBytes::new(Vec::new()),
            bearer: None,
            secret: None,
            limit: ANSWER_LIMIT,
        }
    }

    #[test]
    fn only_encrypted_addresses_or_this_machine() {
        let options = NetworkOptions { plain_http: vec!["rekor.test:3000".into()], ..NetworkOptions::default() };
        let http = Http::new(options);
        for good in ["https://rekor.test/x", "http://127.0.0.1:1/", "http://[::1]:8/", "http://rekor.test:3000/x"] {
            assert!(http.address(&request(good)).is_ok(), "{good}");
        }
        for bad in ["http://rekor.test/", "https://user:hunter2@rekor.test/", "file:///etc/passwd", "rekor.test"] {
            let error = http.address(&request(bad)).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn words_that_repeat_a_token_are_not_shown() {
        let answer = |text: &str| Answer {
            status: 400,
            location: None,
            body: format!(r#"{{"message":"{text}"}}"#).into_bytes(),
        };
        let mut request = request("https://fulcio.test/");
        request.secret = Some("headerheader.payloadpayload.signature");
        let shown = refused(&answer("bad token xpayloadpayloadx"), &request).to_string();
        assert!(!shown.contains("payload"), "{shown}");
        assert!(refused(&answer("no such issuer"), &request).to_string().contains("no such issuer"));
    }
}
