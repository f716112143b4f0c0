//! One registry (or mirror) and one repository of it: requests with credentials, retries and redirects.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use reqwest::blocking::Response;
use reqwest::header::HeaderValue;
use reqwest::{StatusCode, Url};

use crate::challenge::Challenge;
use crate::credentials::{self, Credential, Found};
use crate::exchange::{Ask, Failed, Place, check_target, detail, follow, is_temporary, judge};
use crate::host::{same_origin, shown};
use crate::token::{Granted, TokenRequest, basic_header, bearer_header};
use crate::transport::Transport;
use crate::{Host, RegistryError};

/// A repository in a registry.
#[derive(Debug)]
pub(crate) struct Endpoint {
    host: Host,
    repository: String,
    /// What a token is to be good for (distribution, spec/auth/scope.md).
    scopes: Vec<String>,
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

/// A token may expire between two requests, and its successor before the next.
const CHALLENGES: u32 = 3;
/// A server that wants to be left alone for longer is told of instead.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Endpoint {
    /// To pull from.
    pub(crate) fn new(host: Host, repository: String) -> Self {
        let scopes = vec![format!("repository:{repository}:pull")];
        Self { host, repository, scopes, api: OnceLock::new(), session: Mutex::default(), notices: Mutex::default() }
    }

    /// To push to, perhaps with blobs that another repository of the registry has.
    pub(crate) fn writable(host: Host, repository: String, mounts: Option<&str>) -> Self {
        let own = format!("repository:{repository}:pull,push");
        let scopes = [Some(own), mounts.map(|from| format!("repository:{from}:pull"))];
        Self { scopes: scopes.into_iter().flatten().collect(), ..Self::new(host, repository) }
    }

    /// To ask which repositories there are.
    pub(crate) fn catalogue(host: Host) -> Self {
        Self { scopes: vec!["registry:catalog:*".to_owned()], ..Self::new(host, String::new()) }
    }

    /// Where the list of repositories begins.
    pub(crate) fn catalogue_url(&self, transport: &Transport) -> Result<Url, RegistryError> {
        let api = self.api(transport)?;
        api.join("v2/_catalog").map_err(|_| self.answer(api, "its URL cannot be made"))
    }

    /// `/v2/REPOSITORY/` and what follows.
    pub(crate) fn url(&self, transport: &Transport, path: &str) -> Result<Url, RegistryError> {
        let api = self.api(transport)?;
        api.join(&format!("v2/{}/{path}", self.repository)).map_err(|_| self.answer(api, "its URL cannot be made"))
    }

    /// What should be said about the credentials, once.
    pub(crate) fn take_notices(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.notices))
    }

    /// Sends a request until it is answered, as often as the options say.
    pub(crate) fn send(&self, transport: &Transport, ask: Ask<'_>) -> Result<Response, RegistryError> {
        self.send_within(transport, ask, transport.options.retries)
    }

    /// Sends a request once: it may have done its work although no answer came.
    pub(crate) fn send_once(&self, transport: &Transport, ask: Ask<'_>) -> Result<Response, RegistryError> {
        self.send_within(transport, ask, 0)
    }

    fn send_within(&self, transport: &Transport, ask: Ask<'_>, retries: u32) -> Result<Response, RegistryError> {
        let mut attempt = 0;
        loop {
            let failed = match self.attempt(transport, ask) {
                Ok(response) => return Ok(response),
                Err(failed) => failed,
            };
            if attempt >= failed.retries.min(retries) {
                return Err(failed.error);
            }
            let wait = failed.after.map_or_else(|| backoff(transport, attempt), |wait| wait.min(LONGEST_WAIT));
            thread::sleep(wait);
            attempt = attempt.saturating_add(1);
        }
    }

    fn attempt(&self, transport: &Transport, ask: Ask<'_>) -> Result<Response, Failed> {
        let api = self.api(transport).map_err(Failed::finally)?;
        let url = match ask.place {
            Place::Path(path) => self.url(transport, path).map_err(Failed::finally)?,
            Place::Named(url) => {
                check_target(transport, url, api).map_err(Failed::finally)?;
                url.clone()
            }
        };
        for _ in 0..CHALLENGES {
            let authorization = lock(&self.session).authorization.clone();
            let response = follow(transport, ask, &url, api, authorization.as_ref())?;
            if response.status() != StatusCode::UNAUTHORIZED {
                return judge(response, api, lock(&self.session).withheld_from.as_deref());
            }
            if !same_origin(response.url(), api) {
                // Whoever it redirected to is no registry that the user logged in to.
                return judge(response, api, None);
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
                    scopes: &self.scopes,
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
