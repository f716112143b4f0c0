//! Asking an issuer for its keys: OpenID Connect Discovery 1.0 §4, then the address that it gives.
//!
//! Over HTTPS, or plain HTTP to this machine; no redirects, an answer of limited size in limited time, and nothing secret sent.

use std::io::Read as _;
use std::time::Duration;

use reqwest::blocking::Client;
use reqwest::{Certificate, Url, redirect};
use serde::Deserialize;

use super::keys::KeySet;

const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer.
const MAX_ANSWER: u64 = 1 << 20;

#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

/// The keys that an issuer publishes.
pub(super) fn keys(issuer: &str, certificates: Option<&[u8]>) -> Result<KeySet, String> {
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let bytes = get(&address, certificates)?;
    let found: Discovered = serde_json::from_slice(&bytes)
        .map_err(|error| format!("what {address} answers is no configuration: {error}"))?;
    // §4.3: another issuer's configuration could name another issuer's keys.
    if found.issuer != issuer {
        return Err(format!("{address} is the configuration of {:?}", found.issuer));
    }
    let local = |address: &str| Url::parse(address).is_ok_and(|url| is_local(&url));
    if local(&found.jwks_uri) && !local(issuer) {
        return Err(format!("{address} names keys on this machine"));
    }
    KeySet::parse(&get(&found.jwks_uri, certificates)?)
}

fn get(address: &str, certificates: Option<&[u8]>) -> Result<Vec<u8>, String> {
    let url = Url::parse(address).map_err(|_| format!("{address} is no URL"))?;
    let local = is_local(&url);
    if url.scheme() != "https" && !(local && url.scheme() == "http") {
        return Err(format!("{address}: only HTTPS, or HTTP to this machine"));
    }
    let mut builder = Client::builder()
        .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(TIMEOUT)
        .timeout(TIMEOUT);
    if local {
        builder = builder.no_proxy();
    }
    if local && url.scheme() == "http" {
        builder = builder.tls_certs_only([]);
    } else if let Some(pem) = certificates {
        let parsed = Certificate::from_pem_bundle(pem).map_err(|_| "the certificates are not in PEM".to_owned())?;
        builder = builder.tls_certs_merge(parsed);
    }
    let client = builder.build().map_err(|_| "there is no TLS".to_owned())?;
    // Errors of the client name the address again.
    let response = client.get(url).send().map_err(|error| format!("{address}: {}", cause(&error)))?;
    if !response.status().is_success() {
        return Err(format!("{address} answers {}", response.status()));
    }
    let mut bytes = Vec::new();
    let read = response.take(MAX_ANSWER.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| format!("{address}: {error}"))?;
    if bytes.len() as u64 > MAX_ANSWER {
        return Err(format!("{address}: the answer is too long"));
    }
    Ok(bytes)
}

fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What lies below an error.
fn cause(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
