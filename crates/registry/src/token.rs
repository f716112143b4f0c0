//! Tokens: what a registry asks for is got from the service it names, if that may know who the user is.
//!
//! The answer to a challenge is the point where credentials leak (CVE-2020-15157, CVE-2026-48978 and others): any server
//! can name any realm. So a credential goes to a realm only when that is
//! - the registry itself: the same scheme, host and port; or the same host over HTTPS on another port, or
//! - the service that belongs to the registry by a table of the well known ones, over HTTPS, or
//! - a host that the user named for this registry with `--token-host`.
//!
//! Any other realm is asked without credentials, which is enough for public images. A scope is never taken from the
//! challenge: only pulling from the one repository is asked for, and pushing to it by what pushes.

use std::io::Read as _;

use data_encoding::BASE64;
use reqwest::Url;
use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::credentials::Credential;
use crate::host::{same_origin, shown, url_host};
use crate::secret::Secret;
use crate::transport::Transport;
use crate::{Host, RegistryError};

/// A token has at most some KiB.
const ANSWER_LIMIT: u64 = 1 << 20;

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    token: Option<Secret>,
    #[serde(default)]
    access_token: Option<Secret>,
}

/// What is asked of a token service, and for whom.
pub(crate) struct TokenRequest<'a> {
    pub(crate) transport: &'a Transport,
    /// The registry as the user names it.
    pub(crate) registry: &'a Host,
    /// The root of its API.
    pub(crate) api: &'a Url,
    pub(crate) scopes: &'a [String],
    pub(crate) realm: &'a str,
    pub(crate) service: Option<&'a str>,
}

/// A token, and whether a credential was kept back.
pub(crate) struct Granted {
    pub(crate) token: Secret,
    /// The realm that was not told who the user is.
    pub(crate) withheld_from: Option<String>,
}

impl TokenRequest<'_> {
    /// Gets a token.
    pub(crate) fn run(&self, credential: Option<&Credential>) -> Result<Granted, RegistryError> {
        let answer = |reason: &str| RegistryError::Answer { host: shown(self.api), reason: reason.to_owned() };
        let mut realm = Url::parse(self.realm).map_err(|_| answer("the realm of its challenge is no URL"))?;
        realm.set_fragment(None);
        self.transport.check(&realm, self.api)?;
        let trusted = self.may_know(&realm);
        let credential_sent = credential.filter(|_| trusted);
        let client = self.transport.client(&realm)?;
        let request = match credential_sent {
            Some(Credential::Identity(token)) => {
                let form = Zeroizing::new(form(&[
                    ("grant_type", "refresh_token"),
                    ("client_id", "plimsoll"),
                    ("service", self.service.unwrap_or_default()),
                    ("scope", &self.scopes.join(" ")),
                    ("refresh_token", token.expose()),
                ]));
                let request = client.post(realm.clone()).body(form.as_bytes().to_vec());
                request.header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            }
            other => {
                let mut pairs = realm.query_pairs_mut();
                pairs.extend_pairs(self.service.map(|service| ("service", service)));
                pairs.extend_pairs(self.scopes.iter().map(|scope| ("scope", scope)));
                drop(pairs);
                let request = client.get(realm.clone());
                match other {
                    Some(Credential::Basic { name, password }) => request.header(
                        AUTHORIZATION,
                        basic_header(name, password).ok_or_else(|| answer("the credential for it cannot be sent"))?,
                    ),
                    _ => request,
                }
            }
        };
        let withheld_from = (credential.is_some() && !trusted).then(|| shown(&realm));
        let token = send(request, &realm, withheld_from.as_deref())?;
        Ok(Granted { token, withheld_from })
    }

    /// Whether the realm may be told who the user is.
    fn may_know(&self, realm: &Url) -> bool {
        let host = url_host(realm);
        let same_host = host == url_host(self.api) && realm.scheme() == "https" && self.api.scheme() == "https";
        let named = self.transport.options.token_hosts.iter();
        same_origin(realm, self.api)
            || same_host
            || (realm.scheme() == "https" && realm.port().is_none() && companion(self.registry, &host))
            || named.filter(|named| named.registry == *self.registry).any(|named| named.host.covers(realm))
    }
}

/// Whether `host` is the token service of a registry that keeps it under another name.
fn companion(registry: &Host, host: &str) -> bool {
    let registry = registry.to_string();
    match registry.as_str() {
        "docker.io" => host == "auth.docker.io",
        "registry.gitlab.com" => host == "gitlab.com",
        "registry.digitalocean.com" => host == "api.digitalocean.com",
        _ => {
            // Alibaba: registry[-vpc|-intl].REGION.aliyuncs.com has dockerauth[-vpc|-intl].REGION.aliyuncs.com.
            let region =
                |name: &str, start: &str| name.strip_prefix(start)?.strip_suffix(".aliyuncs.com").map(str::to_owned);
            region(&registry, "registry").is_some_and(|own| {
                region(host, "dockerauth").is_some_and(|other| own == other && own.matches('.').count() == 1)
            })
        }
    }
}

/// `Basic …`, marked so that it is not shown.
pub(crate) fn basic_header(name: &str, password: &Secret) -> Option<HeaderValue> {
    let pair = Zeroizing::new(format!("{name}:{}", password.expose()));
    let text = Zeroizing::new(format!("Basic {}", BASE64.encode(pair.as_bytes())));
    sensitive(&text)
}

/// `Bearer …`, marked so that it is not shown.
pub(crate) fn bearer_header(token: &Secret) -> Option<HeaderValue> {
    sensitive(&Zeroizing::new(format!("Bearer {}", token.expose())))
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Sends one request. No redirect is followed: a token service that has moved is one that nobody named.
fn send(request: RequestBuilder, realm: &Url, withheld: Option<&str>) -> Result<Secret, RegistryError> {
    let host = shown(realm);
    let failed =
        |error: reqwest::Error| RegistryError::Request { host: host.clone(), source: error.without_url().into() };
    let response = request.header(ACCEPT, "application/json").send().map_err(failed)?;
    let status = response.status();
    if status.is_redirection() {
        return Err(RegistryError::Answer { host, reason: "a token service may not redirect".into() });
    }
    if !status.is_success() {
        let detail = match withheld {
            Some(_) => withheld_text(&host),
            None => crate::exchange::detail(response),
        };
        return Err(match status.as_u16() {
            400 | 401 | 403 => RegistryError::Denied { host, detail },
            status => RegistryError::Status { host, status, detail },
        });
    }
    token(response).ok_or_else(|| RegistryError::Answer { host, reason: "its answer holds no token".into() })
}

/// What is said when a credential would have been needed.
pub(crate) fn withheld_text(host: &str) -> String {
    format!(": credentials were not sent to {host}, which the registry names as its token service")
}

fn token(response: Response) -> Option<Secret> {
    let mut bytes = Zeroizing::new(Vec::new());
    response.take(ANSWER_LIMIT).read_to_end(&mut bytes).ok()?;
    let answer: Answer = serde_json::from_slice(&bytes).ok()?;
    answer.token.or(answer.access_token).filter(|token| !token.is_empty())
}

/// `application/x-www-form-urlencoded`
fn form(pairs: &[(&str, &str)]) -> String {
    let mut url = Url::parse("https://form/").ok();
    if let Some(url) = &mut url {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    url.as_ref().and_then(Url::query).unwrap_or_default().to_owned()
}
