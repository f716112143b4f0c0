//! One request and its answer: redirects, and what a status means.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use reqwest::blocking::{Body, RequestBuilder, Response};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue,
    LOCATION, RANGE, RETRY_AFTER,
};
use reqwest::{Method, Url};
use serde::Deserialize;

use crate::RegistryError;
use crate::host::{same_origin, shown};
use crate::token::withheld_text;
use crate::transport::Transport;

/// A request to the registry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a Method,
    pub(crate) place: Place<'a>,
    pub(crate) accept: Option<&'static str>,
    /// The first byte that is wanted, when it is not the first of all.
    pub(crate) from: u64,
    pub(crate) payload: Option<Payload<'a>>,
}

/// Where a request goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// Below `/v2/REPOSITORY/`.
    Path(&'a str),
    /// Where the registry said: to continue an upload, for the next page. It may be another host, which gets no
    /// credentials.
    Named(&'a Url),
}

/// What is sent along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Payload<'a> {
    pub(crate) media_type: &'a str,
    pub(crate) content: Sent<'a>,
    /// The first byte of a part of a blob.
    pub(crate) at: Option<u64>,
}

/// The bytes that are sent.
#[derive(Clone, Copy)]
pub(crate) enum Sent<'a> {
    Bytes(&'a [u8]),
    /// As they are read; from the start again for each request.
    Stream {
        size: u64,
        open: &'a Open<'a>,
    },
}

/// Opens a blob from its start.
pub(crate) type Open<'a> = dyn Fn() -> Result<Box<dyn Read + Send>, RegistryError> + 'a;

impl fmt::Debug for Sent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.size())
    }
}

impl Sent<'_> {
    fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stream { size, .. } => *size,
        }
    }
}

impl<'a> Ask<'a> {
    fn new(method: &'a Method, place: Place<'a>) -> Self {
        Self { method, place, accept: None, from: 0, payload: None }
    }

    /// A document, in one of these media types.
    pub(crate) fn document(path: &'a str, accept: &'static str) -> Self {
        Self { accept: Some(accept), ..Self::new(&Method::GET, Place::Path(path)) }
    }

    /// Bytes as they are, from this one on.
    pub(crate) fn bytes(path: &'a str, from: u64) -> Self {
        Self { from, ..Self::new(&Method::GET, Place::Path(path)) }
    }

    /// Whether something is there.
    pub(crate) fn head(path: &'a str) -> Self {
        Self::new(&Method::HEAD, Place::Path(path))
    }

    /// Whatever is at a place that the registry named.
    pub(crate) fn get(url: &'a Url) -> Self {
        Self::new(&Method::GET, Place::Named(url))
    }

    /// A document at a place that the registry named.
    pub(crate) fn page(url: &'a Url, accept: &'static str) -> Self {
        Self { accept: Some(accept), ..Self::get(url) }
    }

    pub(crate) fn delete(url: &'a Url) -> Self {
        Self::new(&Method::DELETE, Place::Named(url))
    }

    /// Something is sent there.
    pub(crate) fn send(method: &'a Method, place: Place<'a>, payload: Payload<'a>) -> Self {
        Self { payload: Some(payload), ..Self::new(method, place) }
    }
}

/// Registries redirect once, to where the blob is.
const REDIRECTS: u32 = 5;
/// A name that is not known or a port that is closed will hardly be otherwise in half a minute.
const UNREACHED: u32 = 2;
/// Silence costs the whole time limit each time.
const SILENT: u32 = 1;
/// What is sent may take a second more for each so many bytes.
const SENT_PER_SECOND: u64 = 64 << 10;

/// Why a request did not work, and how often another is worth it.
pub(crate) struct Failed {
    pub(crate) error: RegistryError,
    pub(crate) retries: u32,
    pub(crate) after: Option<Duration>,
}

impl Failed {
    pub(crate) fn finally(error: RegistryError) -> Self {
        Self { error, retries: 0, after: None }
    }
}

/// Fails for a URL that is not followed: where a server at `from` redirects to, or wants an upload to go.
pub(crate) fn check_target(transport: &Transport, target: &Url, from: &Url) -> Result<(), RegistryError> {
    transport.check(target, from)?;
    if from.scheme() == "https" && target.scheme() == "http" && !transport.plain_http(target) {
        let shown_target = format!("http://{}", shown(target));
        let reason = "it leads from an encrypted connection to one that is not";
        return Err(RegistryError::Target { host: shown(from), target: shown_target, reason });
    }
    Ok(())
}

/// Sends a request and follows where it is redirected to. The authorization goes to the host of `api` only.
pub(crate) fn follow(
    transport: &Transport,
    ask: Ask<'_>,
    first: &Url,
    api: &Url,
    authorization: Option<&HeaderValue>,
) -> Result<Response, Failed> {
    let mut url = first.clone();
    for _ in 0..=REDIRECTS {
        let client = transport.client(&url).map_err(Failed::finally)?;
        let mut request = client.request(ask.method.clone(), url.clone()).header(ACCEPT_ENCODING, "identity");
        if let Some(accept) = ask.accept {
            request = request.header(ACCEPT, accept);
        }
        if ask.from > 0 {
            request = request.header(RANGE, format!("bytes={}-", ask.from));
        }
        if let Some(payload) = ask.payload {
            request = with_payload(transport, request, payload).map_err(Failed::finally)?;
        }
        if let Some(authorization) = authorization.filter(|_| same_origin(&url, api)) {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let response = request.send().map_err(|error| unsent(&url, error))?;
        if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(response);
        }
        let answer = |reason: &str| RegistryError::Answer { host: shown(&url), reason: reason.to_owned() };
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let location = location.ok_or_else(|| Failed::finally(answer("it redirects to nowhere")))?;
        let mut target = url.join(location).map_err(|_| Failed::finally(answer("it redirects to no URL")))?;
        target.set_fragment(None);
        check_target(transport, &target, &url).map_err(Failed::finally)?;
        // The others turn what is sent into a question (RFC 9110 §15.4).
        if ask.payload.is_some() && !matches!(response.status().as_u16(), 307 | 308) {
            return Err(Failed::finally(answer("it redirects what is sent to it")));
        }
        url = target;
    }
    Err(Failed::finally(RegistryError::Answer { host: shown(first), reason: "it redirects too often".into() }))
}

/// Adds what is sent, and time to send it in.
fn with_payload(
    transport: &Transport,
    request: RequestBuilder,
    payload: Payload<'_>,
) -> Result<RequestBuilder, RegistryError> {
    let length = payload.content.size();
    let seconds = length.checked_div(SENT_PER_SECOND).unwrap_or_default();
    let request = request
        .header(CONTENT_TYPE, payload.media_type)
        .timeout(transport.options.timeout.saturating_add(Duration::from_secs(seconds)));
    let mut request = match payload.content {
        Sent::Bytes(bytes) => request.body(bytes.to_vec()),
        Sent::Stream { size, open } => request.body(Body::sized(open()?, size)),
    };
    if let Some((at, last)) = payload.at.and_then(|at| Some((at, at.checked_add(length)?.checked_sub(1)?))) {
        // Without the unit that HTTP has here (distribution-spec, "Pushing a blob in chunks").
        request = request.header(CONTENT_RANGE, format!("{at}-{last}"));
    }
    Ok(request)
}

/// The error of a request that got no answer.
fn unsent(url: &Url, error: reqwest::Error) -> Failed {
    let retries = match () {
        () if error.is_builder() => 0,
        () if error.is_timeout() => SILENT,
        () if error.is_connect() => UNREACHED,
        () => u32::MAX,
    };
    let error = RegistryError::Request { host: shown(url), source: error.without_url().into() };
    Failed { error, retries, after: None }
}

pub(crate) fn is_temporary(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// The answer, when it is one.
pub(crate) fn judge(response: Response, asked: &Url, withheld: Option<&str>) -> Result<Response, Failed> {
    let status = response.status();
    let host = shown(response.url());
    if status.is_success() {
        let encoded = response.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
        if encoded {
            let reason = "it compresses what was to be sent as it is".to_owned();
            return Err(Failed::finally(RegistryError::Answer { host, reason }));
        }
        return Ok(response);
    }
    let after = retry_after(response.headers());
    let here = same_origin(response.url(), asked);
    let error = match status.as_u16() {
        404 => RegistryError::NotFound { host, detail: detail(response) },
        401 | 403 => {
            let withheld = withheld.filter(|_| here).map(withheld_text);
            RegistryError::Denied { host, detail: withheld.unwrap_or_else(|| detail(response)) }
        }
        status => RegistryError::Status { host, status, detail: detail(response) },
    };
    Err(Failed { error, retries: if is_temporary(status.as_u16()) { u32::MAX } else { 0 }, after })
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[derive(Deserialize)]
struct Errors {
    #[serde(default)]
    errors: Vec<ErrorEntry>,
}

#[derive(Deserialize)]
struct ErrorEntry {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// What the server says about an error (distribution-spec, "Error Codes"), in few words; empty when it says nothing.
pub(crate) fn detail(response: Response) -> String {
    let mut bytes = Vec::new();
    // What cannot be read is not said.
    let _ = response.take(4 << 10).read_to_end(&mut bytes);
    let errors = serde_json::from_slice::<Errors>(&bytes).map(|errors| errors.errors).unwrap_or_default();
    let Some(first) = errors.into_iter().next() else { return String::new() };
    let text: String = format!("{} {}", first.code, first.message).trim().chars().take(200).collect();
    if text.is_empty() { text } else { format!(": {text}") }
}
