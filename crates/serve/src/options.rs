//! How a server is started.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use plimsoll_inventory::Location;
use plimsoll_model::Limits;
use serde_json::Value;

use crate::oidc::OidcOptions;

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Takes lines of the access log: one object for each request.
pub type Log = Arc<dyn Fn(&Value) + Send + Sync>;

/// How a server is started.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Where to listen; port 0 for any that is free.
    pub listen: SocketAddr,
    /// Where the inventory is. It is made when it is not there.
    pub store: Location,
    /// What time it is.
    pub now: Clock,
    /// Who is told of requests.
    pub log: Log,
    /// How the server is reached from outside, `https://plimsoll.example`, when not at the address that it listens on.
    pub base_url: Option<String>,
    /// The file of advisories, for questions by CVE and the like.
    pub advisories: Option<PathBuf>,
    /// How many days old advisories may be before questions that need them are refused; 0 for any age.
    pub max_age_days: u32,
    /// The directory of VEX documents that count as added locally, where administrators may add some.
    pub vex_directory: Option<PathBuf>,
    /// Whose tokens are taken besides our own.
    pub oidc: Option<OidcOptions>,
    /// How many bytes a request may have.
    pub max_upload: usize,
    /// Limits on what documents make the program do.
    pub limits: Limits,
    /// How many questions are answered at once.
    pub readers: usize,
    /// How many connections are open at once; others wait.
    pub connections: usize,
    /// How long the headers of a request may take.
    pub header_timeout: Duration,
    /// How long a request may take, from its headers to the headers of the answer.
    pub request_timeout: Duration,
    /// How long a connection may stand still.
    pub idle_timeout: Duration,
}

impl Options {
    /// On this machine only, on any port.
    #[must_use]
    pub fn new(store: Location, now: Clock) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            store,
            now,
            log: Arc::new(|_| {}),
            base_url: None,
            advisories: None,
            max_age_days: 5,
            vex_directory: None,
            oidc: None,
            max_upload: 64 << 20,
            limits: Limits::DEFAULT,
            readers: 8,
            connections: 512,
            header_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(90),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("listen", &self.listen).field("store", &self.store).finish_non_exhaustive()
    }
}
