//! The stack as a whole: its parts, and the server that they are behind.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::DevStackError;
use crate::certificate::{Period, shifted};
use crate::connection::{Connection, Connections};
use crate::fault::{Fault, Faults};
use crate::fulcio::Fulcio;
use crate::identity::{Identity, Workflow};
use crate::key::KeyKind;
use crate::log::Log;
use crate::oidc::{self, Issuer};
use crate::text::Secret;
use crate::timestamp::TimestampAuthority;
use crate::tuf::Repository;
use crate::{rekor, rekor_v2, routes, trust};

/// Where it listens. Never anywhere else: anybody who can connect is given tokens.
pub(crate) const HOST: &str = "127.0.0.1";
const DAY: i64 = 86_400;

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The versions of Rekor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RekorVersion {
    /// Entries with a time that the log promises.
    V1,
    /// Tiles; times are for the timestamp authority.
    V2,
}

/// The key that signs checkpoints of Rekor v2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogKey {
    /// As the public ones.
    Ed25519,
    /// ECDSA on P-256.
    EcdsaP256,
}

/// How a stack is started.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// What time it is.
    pub now: Clock,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// What goes wrong from the start.
    pub faults: Vec<Fault>,
    /// Who the browser and device flows are for.
    pub person: String,
    /// Which job gets tokens as on GitHub Actions.
    pub job: Workflow,
    /// How long tokens are valid, in seconds.
    pub token_lifetime: i64,
    /// The largest request that Rekor v1 takes, in bytes.
    pub max_entry_size: Option<usize>,
    /// What signs checkpoints of Rekor v2.
    pub log_key: LogKey,
    /// Whether certificates' timestamps say where in the CT log they are, as static-ct-api logs do.
    pub sct_index: bool,
    /// How much later a slow service answers.
    pub delay: Duration,
}

impl Options {
    /// Nothing wrong, on any port.
    #[must_use]
    pub fn new(now: Clock) -> Self {
        Self {
            now,
            port: 0,
            faults: Vec::new(),
            person: "developer@plimsoll.dev".to_owned(),
            job: Workflow::of("plimsoll-sbom/example"),
            token_lifetime: 600,
            max_entry_size: None,
            log_key: LogKey::Ed25519,
            sct_index: false,
            delay: Duration::from_secs(3),
        }
    }
}

/// What all services know.
pub(crate) struct Shared {
    pub(crate) url: String,
    pub(crate) now: Clock,
    pub(crate) faults: Faults,
    pub(crate) identity: Identity,
    pub(crate) job: Identity,
    pub(crate) token_lifetime: i64,
    pub(crate) max_entry_size: Option<usize>,
    pub(crate) delay: Duration,
    pub(crate) started: Timestamp,
    pub(crate) period: Period,
    pub(crate) issuer: Issuer,
    pub(crate) fulcio: Fulcio,
    pub(crate) rekor: Log,
    pub(crate) rekor_v2: Log,
    pub(crate) timestamps: TimestampAuthority,
    pub(crate) repository: Repository,
}

impl Shared {
    fn new(options: Options, url: String) -> Result<Self, DevStackError> {
        let started = (options.now)();
        // From before now, as clocks of clients may be behind.
        let period = Period { start: shifted(started, -DAY), end: shifted(started, 3650 * DAY) };
        let kind = match options.log_key {
            LogKey::Ed25519 => KeyKind::Ed25519,
            LogKey::EcdsaP256 => KeyKind::Ecdsa,
        };
        Ok(Self {
            url,
            now: options.now,
            faults: Faults::new(&options.faults),
            identity: Identity::Email(options.person),
            job: Identity::Workflow(Box::new(options.job)),
            token_lifetime: options.token_lifetime,
            max_entry_size: options.max_entry_size,
            delay: options.delay,
            started,
            period,
            issuer: Issuer::new()?,
            fulcio: Fulcio::new(period, options.sct_index)?,
            rekor: rekor::log()?,
            rekor_v2: rekor_v2::log(kind)?,
            timestamps: TimestampAuthority::new(period)?,
            repository: Repository::new()?,
        })
    }
}

/// A stack that runs. It stops when this is dropped.
pub struct DevStack {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<thread::JoinHandle<()>>,
}

impl DevStack {
    /// Makes keys and authorities, and serves.
    ///
    /// # Errors
    /// The port is taken, the system gives no threads, or no keys can be made.
    pub fn start(options: Options) -> Result<Self, DevStackError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|source| DevStackError::Threads { source })?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let failed = |source| DevStackError::Listen { address, source };
        let listener = runtime.block_on(TcpListener::bind(address)).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let shared = Arc::new(Shared::new(options, format!("http://{HOST}:{port}"))?);
        let (stop, stopped) = oneshot::channel();
        let router = routes::router(Arc::clone(&shared));
        let server = thread::Builder::new()
            .name("dev-stack".to_owned())
            .spawn(move || serve(&runtime, listener, router, stopped))
            .map_err(|source| DevStackError::Threads { source })?;
        Ok(Self { shared, stop: Some(stop), server: Some(server) })
    }

    /// Where it is; the services are below. Fulcio is right here.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// Whom to trust.
    #[must_use]
    pub fn trusted_root_json(&self) -> String {
        pretty(&trust::trusted_root(&self.shared))
    }

    /// Where to sign, with these logs; the first is preferred by clients that take them in order.
    #[must_use]
    pub fn signing_config_json(&self, logs: &[RekorVersion]) -> String {
        pretty(&trust::signing_config(&self.shared, logs))
    }

    /// Both in one document.
    #[must_use]
    pub fn client_trust_config_json(&self, logs: &[RekorVersion]) -> String {
        let (root, config) = (trust::trusted_root(&self.shared), trust::signing_config(&self.shared, logs));
        pretty(&trust::client_trust_config(&root, &config))
    }

    /// The first root of the TUF repository, which clients must be given.
    ///
    /// # Errors
    /// The cryptographic library refuses to sign.
    pub fn tuf_root_json(&self) -> Result<String, DevStackError> {
        let root = self.shared.repository.root(self.shared.started)?;
        Ok(String::from_utf8_lossy(&root).into_owned())
    }

    /// Where the TUF repository is.
    #[must_use]
    pub fn tuf_url(&self) -> String {
        format!("{}/tuf", self.shared.url)
    }

    /// A token for somebody.
    ///
    /// # Errors
    /// The cryptographic library refuses to sign.
    pub fn token(&self, identity: &Identity) -> Result<Secret, DevStackError> {
        oidc::issue(&self.shared, identity, oidc::AUDIENCE, None)
    }

    /// Who issues tokens to this identity.
    #[must_use]
    pub fn issuer(&self, identity: &Identity) -> String {
        match identity {
            Identity::Email(_) => oidc::IssuerKind::People.url(&self.shared.url),
            Identity::Workflow(_) => oidc::IssuerKind::Workflows.url(&self.shared.url),
        }
    }

    /// What the job has for `ACTIONS_ID_TOKEN_REQUEST_URL`.
    #[must_use]
    pub fn request_url(&self) -> String {
        format!("{}/actions/token?api-version=2.0", self.shared.url)
    }

    /// What the job has for `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    #[must_use]
    pub fn request_token(&self) -> Secret {
        self.shared.issuer.request_token.clone()
    }

    /// Switches a fault on or off.
    pub fn set_fault(&self, fault: Fault, on: bool) {
        self.shared.faults.set(fault, on);
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn serve(runtime: &Runtime, listener: TcpListener, router: Router, stopped: oneshot::Receiver<()>) {
    runtime.block_on(async {
        let service = router.into_make_service_with_connect_info::<Connection>();
        let server = axum::serve(Connections(listener), service).into_future();
        // Connections are not waited for: clients keep them open.
        tokio::select! {
            _ = server => {}
            _ = stopped => {}
        }
    });
}

impl Drop for DevStack {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            drop(server.join());
        }
    }
}

#[cfg(test)]
#[path = "tests/stack.rs"]
mod tests;
