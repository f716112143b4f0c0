//! One registry (or mirror) and one repository of it: requests with credentials, retries and redirects.

use std::io::Read as _;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use reqwest::blocking::Response;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderValue, LOCATION, RANGE, RETRY_AFTER,
};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;

use crate::challenge::Challenge;
use crate::credentials::{self, Credential, Found};
use crate::host::{same_origin, shown};
use crate::token::{Granted, TokenRequest, basic_header, bearer_header, withheld_text};
use crate::transport::Transport;
use crate::{Host, RegistryError};

/// A repository in a registry.
#[derive(Debug)]
pub(crate) struct Endpoint {
    host: Host,
    repository: String,
    api: OnceLock<Url>,
    session: Mutex<Session>,
    notices: Mutex<Vec<String>>,
}

/// What is known about the user there.
#[derive(Debug, Default)]
struct Session {
    /// The header that goes with each request to the registry, and to nobody else.
    authorization: Option<HeaderValue>,
    credential: Option<Option<Credential>>,
    withheld_from: Option<String>,
}

/// A request to the registry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a Method,
    /// Below `/v2/REPOSITORY/`.
    pub(crate) path: &'a str,
    pub(crate) accept: Option<&'static str>,
    /// The first byte that is wanted, when it is not the first of all.
    pub(crate) from: u64,
}

/// Registries redirect once, to where the blob is.
const REDIRECTS: u32 = 5;
/// A token may expire between two requests, and its successor before the next.
const CHALLENGES: u32 = 3;
/// A server that wants to be left alone for longer is told of instead.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A name that is not known or a port that is closed will hardly be otherwise in half a minute.
const UNREACHED: u32 = 2;
/// Silence costs the whole time limit each time.
const SILENT: u32 = 1;

/// Why a request did not work, and how often another is worth it.
struct Failed {
    error: RegistryError,
    retries: u32,
    after: Option<Duration>,
}

impl Failed {
    fn finally(error: RegistryError) -> Self {
        Self { error, retries: 0, after: None }
    }
}

impl Endpoint {
    pub(crate) fn new(host: Host, repository: String) -> Self {
        Self { host, repository, api: OnceLock::new(), session: Mutex::default(), notices: Mutex::default() }
    }

    /// What should be said about the credentials, once.
    pub(crate) fn take_notices(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.notices))
    }

    /// Sends a request until it is answered, as often as the options say.
    pub(crate) fn send(&self, transport: &Transport, ask: Ask<'_>) -> Result<Response, RegistryError> {
        let mut attempt = 0;
        loop {
            let failed = match self.attempt(transport, ask) {
                Ok(response) => return Ok(response),
                Err(failed) => failed,
            };
            if attempt >= failed.retries.min(transport.options.retries) {
                return Err(failed.error);
            }
            let wait = failed.after.map_or_else(|| backoff(transport, attempt), |wait| wait.min(LONGEST_WAIT));
            thread::sleep(wait);
            attempt = attempt.saturating_add(1);
        }
    }

    fn attempt(&self, transport: &Transport, ask: Ask<'_>) -> Result<Response, Failed> {
        let api = self.api(transport).map_err(Failed::finally)?;
        let path = format!("v2/{}/{}", self.repository, ask.path);
        let url = api.join(&path).map_err(|_| Failed::finally(self.answer(api, "its URL cannot be made")))?;
        for _ in 0..CHALLENGES {
            let authorization = lock(&self.session).authorization.clone();
            let response = follow(transport, ask, &url, authorization.as_ref())?;
            if response.status() != StatusCode::UNAUTHORIZED {
                return judge(response, &url, lock(&self.session).withheld_from.as_deref());
            }
            if !same_origin(response.url(), &url) {
                // Whoever it redirected to is no registry that the user logged in to.
                return judge(response, &url, None);
            }
            self.authenticate(transport, api, response, authorization.as_ref()).map_err(|error| {
                let again = matches!(&error, RegistryError::Request { .. })
                    || matches!(&error, RegistryError::Status { status, .. } if is_temporary(*status));
                Failed { error, retries: if again { u32::MAX } else { 0 }, after: None }
            })?;
        }
        let detail = ": it goes on asking for credentials".to_owned();
        Err(Failed::finally(RegistryError::Denied { host: shown(&url), detail }))
    }

    /// The root of the API. Over TLS, but for loopback, where it is found out, and for hosts that the user names.
    fn api(&self, transport: &Transport) -> Result<&Url, RegistryError> {
        if let Some(api) = self.api.get() {
            return Ok(api);
        }
        let url = |scheme| {
            let host = if self.host.to_string() == "docker.io" {
                "registry-1.docker.io".parse()
            } else {
                Ok(self.host.clone())
            };
            host?.url(scheme).ok_or_else(|| RegistryError::Option { text: self.host.to_string(), wanted: "a host" })
        };
        let plain = url("http")?;
        let scheme = if transport.plain_http(&plain) || (self.host.is_loopback() && speaks_plainly(transport, &plain)) {
            plain
        } else {
            url("https")?
        };
        Ok(self.api.get_or_init(|| scheme))
    }

    fn answer(&self, url: &Url, reason: &str) -> RegistryError {
        RegistryError::Answer { host: shown(url), reason: reason.to_owned() }
    }

    /// Answers a challenge. Of several requests that fail at once, one gets the new token for all.
    fn authenticate(
        &self,
        transport: &Transport,
        api: &Url,
        response: Response,
        used: Option<&HeaderValue>,
    ) -> Result<(), RegistryError> {
        let mut session = lock(&self.session);
        if session.authorization.as_ref() != used {
            return Ok(());
        }
        let challenge = Challenge::of(response.headers());
        let host = || shown(api);
        let credential = session.credential.get_or_insert_with(|| {
            let Found { credential, notices } =
                credentials::find(&transport.options.environment, &self.host, &self.repository);
            lock(&self.notices).extend(notices);
            credential
        });
        let unsendable = || self.answer(api, "its token or the credential for it cannot be sent");
        let header = match (challenge, &*credential) {
            (Some(Challenge::Bearer { .. }), Some(Credential::Bearer(token))) if used.is_none() => {
                bearer_header(token).ok_or_else(unsendable)?
            }
            (Some(Challenge::Bearer { realm, service }), credential) => {
                let request = TokenRequest {
                    transport,
                    registry: &self.host,
                    api,
                    repository: &self.repository,
                    realm: &realm,
                    service: service.as_deref(),
                };
                let Granted { token, withheld_from } = request.run(credential.as_ref())?;
                session.withheld_from = withheld_from;
                bearer_header(&token).ok_or_else(unsendable)?
            }
            (Some(Challenge::Basic), Some(Credential::Basic { name, password })) if used.is_none() => {
                basic_header(name, password).ok_or_else(unsendable)?
            }
            (Some(Challenge::Basic), Some(_)) => {
                let detail = ": it does not take the credentials for it".to_owned();
                return Err(RegistryError::Denied { host: host(), detail });
            }
            (Some(Challenge::Basic), None) => {
                let detail = ": it wants a name and a password, and there are none for it".to_owned();
                return Err(RegistryError::Denied { host: host(), detail });
            }
            (None, _) => return Err(RegistryError::Denied { host: host(), detail: detail(response) }),
        };
        session.authorization = Some(header);
        Ok(())
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long to wait after this many failures.
pub(crate) fn backoff(transport: &Transport, failures: u32) -> Duration {
    let factor = 1_u32.checked_shl(failures.min(16)).unwrap_or(u32::MAX);
    transport.options.backoff.saturating_mul(factor).min(LONGEST_WAIT)
}

/// Whether a registry on loopback speaks HTTP. It is told nothing but the question.
fn speaks_plainly(transport: &Transport, root: &Url) -> bool {
    let sent = root.join("v2/").ok().and_then(|url| Some(transport.client(root).ok()?.get(url).send()));
    match sent {
        // Most servers of TLS have an answer for those who forget it.
        Some(Ok(response)) => response.status() != StatusCode::BAD_REQUEST,
        // Nobody is there, which the request itself will say. What is no HTTP is TLS.
        Some(Err(error)) => error.is_connect() || error.is_timeout(),
        None => true,
    }
}

/// Sends a request and follows where it is redirected to. The authorization goes to the first host only.
fn follow(
    transport: &Transport,
    ask: Ask<'_>,
    first: &Url,
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
        if let Some(authorization) = authorization.filter(|_| same_origin(&url, first)) {
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
        transport.check(&target, &url).map_err(Failed::finally)?;
        if url.scheme() == "https" && target.scheme() == "http" && !transport.plain_http(&target) {
            let shown_target = format!("http://{}", shown(&target));
            let reason = "it leads from an encrypted connection to one that is not";
            return Err(Failed::finally(RegistryError::Target { host: shown(&url), target: shown_target, reason }));
        }
        url = target;
    }
    Err(Failed::finally(RegistryError::Answer { host: shown(first), reason: "it redirects too often".into() }))
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

fn is_temporary(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// The answer, when it is one.
fn judge(response: Response, asked: &Url, withheld: Option<&str>) -> Result<Response, Failed> {
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
