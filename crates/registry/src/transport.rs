//! Connections: TLS, proxies, time limits, and which URLs may be asked at all.

use std::fs;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::{Certificate, Url, redirect, retry};

use crate::host::{is_link_local, is_loopback, shown, url_host};
use crate::{NetworkOptions, RegistryError};

/// Makes clients when they are first needed: one without TLS reads no certificates, one for loopback uses no proxy.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) options: NetworkOptions,
    https: OnceLock<Client>,
    https_loopback: OnceLock<Client>,
    http: OnceLock<Client>,
    http_loopback: OnceLock<Client>,
}

/// Told to servers.
pub(crate) const USER_AGENT: &str = concat!("plimsoll/", env!("CARGO_PKG_VERSION"));

/// Certificates of an authority are a few KiB; a whole bundle is some hundred.
const CERTIFICATE_FILE: u64 = 16 << 20;

/// What every client has in common: it follows nothing and repeats nothing by itself.
pub(crate) fn client(timeout: Duration) -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .http1_only()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .connect_timeout(timeout)
        // In this client it is the time for an answer to begin, and for each read of its body.
        .timeout(timeout)
}

impl Transport {
    pub(crate) fn new(options: NetworkOptions) -> Self {
        Self {
            options,
            https: OnceLock::new(),
            https_loopback: OnceLock::new(),
            http: OnceLock::new(),
            http_loopback: OnceLock::new(),
        }
    }

    /// The client for a URL.
    pub(crate) fn client(&self, url: &Url) -> Result<&Client, RegistryError> {
        let (tls, loopback) = (url.scheme() == "https", is_loopback(&url_host(url)));
        let slot = match (tls, loopback) {
            (true, false) => &self.https,
            (true, true) => &self.https_loopback,
            (false, false) => &self.http,
            (false, true) => &self.http_loopback,
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let mut builder = client(self.options.timeout);
        builder = if tls { builder.tls_certs_merge(self.certificates()?) } else { builder.tls_certs_only([]) };
        if loopback {
            // As curl and Go do not: no proxy knows this machine's loopback.
            builder = builder.no_proxy();
        }
        let made = builder.build().map_err(RegistryError::Client)?;
        Ok(slot.get_or_init(|| made))
    }

    fn certificates(&self) -> Result<Vec<Certificate>, RegistryError> {
        let mut all = Vec::new();
        for path in &self.options.ca_certificates {
            let failed =
                |source: Box<dyn std::error::Error + Send + Sync>| RegistryError::File { path: path.clone(), source };
            let length = fs::metadata(path).map_err(|error| failed(error.into()))?.len();
            if length > CERTIFICATE_FILE {
                return Err(failed("it is too large for a file of certificates".into()));
            }
            let pem = fs::read(path).map_err(|error| failed(error.into()))?;
            let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| failed(error.into()))?;
            if certificates.is_empty() {
                return Err(failed("it holds no certificate in PEM".into()));
            }
            all.extend(certificates);
        }
        Ok(all)
    }

    /// Whether the user lets a host be spoken to without TLS.
    pub(crate) fn plain_http(&self, url: &Url) -> bool {
        self.options.plain_http.iter().any(|host| host.covers(url))
    }

    /// Fails for a URL that a server at `from` names and that is not to be asked.
    pub(crate) fn check(&self, url: &Url, from: &Url) -> Result<(), RegistryError> {
        let refuse = |reason| {
            let target = format!("{}://{}", url.scheme(), shown(url));
            Err(RegistryError::Target { host: shown(from), target, reason })
        };
        let host = url_host(url);
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it holds credentials");
        }
        if is_link_local(&host) {
            return refuse("the address is link-local");
        }
        let local = is_loopback(&url_host(from));
        if is_loopback(&host) && !local {
            return refuse("it is this machine");
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if is_loopback(&host) || self.plain_http(url) => Ok(()),
            "http" => refuse("it is not encrypted"),
            _ => refuse("it is neither HTTPS nor HTTP"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_judged() {
        let mut options = NetworkOptions::default();
        options.plain_http.push("plain.example".parse().unwrap());
        let transport = Transport::new(options);
        let url = |text: &str| Url::parse(text).unwrap();
        let from = url("https://registry.example/");
        for good in ["https://cdn.example/x?sig=1", "http://plain.example/x", "https://10.0.0.1/x"] {
            transport.check(&url(good), &from).unwrap();
        }
        for bad in [
            "http://cdn.example/x",
            "ftp://cdn.example/x",
            "https://user:password@cdn.example/",
            "https://169.254.169.254/latest/meta-data",
            "https://[fe80::1]/",
            "https://0.0.0.0/",
            "http://127.0.0.1:2375/",
            "https://localhost/",
            "http://plain.example.evil.test/",
        ] {
            assert!(transport.check(&url(bad), &from).is_err(), "{bad}");
        }
        transport.check(&url("http://127.0.0.2:1/"), &url("http://127.0.0.1:5000/")).unwrap();
    }
}
