//! How registries are reached.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use plimsoll_registry::{Environment, Host, Mirror, NetworkOptions, TokenHost};

/// Flags of commands that can reach registries.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Network (proxies are those of HTTPS_PROXY and NO_PROXY)")]
pub(crate) struct NetworkArguments {
    /// Trust the certificate authorities of a file (PEM) besides the system's. May be given several times
    #[arg(long, value_name = "FILE")]
    ca_cert: Vec<PathBuf>,
    /// Speak HTTP to a host (or HOST:PORT) that has no TLS; loopback needs no such leave. May be given several times
    #[arg(long, value_name = "HOST")]
    plain_http: Vec<Host>,
    /// Look for the images of HOST at another registry first; may be given several times
    #[arg(long, value_name = "HOST=MIRROR[/PREFIX]")]
    registry_mirror: Vec<Mirror>,
    /// Let HOST, which REGISTRY names as its token service, know the credentials for REGISTRY
    #[arg(long, value_name = "REGISTRY=HOST")]
    token_host: Vec<TokenHost>,
    /// How often a request or a cut transfer is tried again
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(..=100))]
    retries: u32,
    /// Seconds to wait for a connection, an answer, or the next bytes
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

impl NetworkArguments {
    /// For who has no time to wait as long as others may.
    pub(crate) fn hurry(&mut self, retries: u32, seconds: u64) {
        self.retries = self.retries.min(retries);
        self.timeout = self.timeout.min(seconds);
    }

    pub(crate) fn options(&self) -> NetworkOptions {
        let mut options = NetworkOptions::default();
        options.ca_certificates.clone_from(&self.ca_cert);
        options.plain_http.clone_from(&self.plain_http);
        options.mirrors.clone_from(&self.registry_mirror);
        options.token_hosts.clone_from(&self.token_host);
        options.retries = self.retries;
        options.timeout = Duration::from_secs(self.timeout);
        options.environment = Environment::new(|name| std::env::var_os(name));
        options
    }

    /// The same for services that are no registries: those of signing, repositories of TUF.
    pub(crate) fn services(&self) -> plimsoll_sign::NetworkOptions {
        let mut options = plimsoll_sign::NetworkOptions::default();
        options.ca_certificates.clone_from(&self.ca_cert);
        options.plain_http = self.plain_http.iter().map(ToString::to_string).collect();
        options.retries = self.retries;
        options.timeout = Duration::from_secs(self.timeout);
        options
    }
}
