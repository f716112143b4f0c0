//! How the webhook is started.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::ImageSource;
use crate::options::{Clock, Log};

/// What an answer is when it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// No.
    Deny,
    /// Yes, with a warning.
    Allow,
}

/// What becomes of objects of kinds that are not looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownKinds {
    /// They are allowed, with a warning.
    Warn,
    /// They are denied.
    Deny,
}

/// How the webhook is started.
#[derive(Clone)]
#[non_exhaustive]
pub struct AdmissionOptions {
    /// Where to listen; port 0 for any that is free.
    pub listen: SocketAddr,
    /// The certificates, PEM, its own first. Read again when it changes.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
    /// How often it is looked whether the certificate changed.
    pub look_every: Duration,
    /// What time it is.
    pub now: Clock,
    /// Who is told of reviews.
    pub log: Log,
    /// Where images come from, and who decides about them.
    pub source: Arc<dyn ImageSource>,
    /// What an answer is when it is not known.
    pub on_error: OnError,
    /// What becomes of objects of kinds that are not looked into.
    pub unknown_kinds: UnknownKinds,
    /// Everything is allowed, and what would be denied is told.
    pub dry_run: bool,
    /// An image named by a tag is denied.
    pub require_digest: bool,
    /// Whether decisions are recorded.
    pub records: bool,
    /// Namespaces that are not looked into.
    pub exempt_namespaces: BTreeSet<String>,
    /// How long a decision that allows is kept.
    pub keep: Duration,
    /// How long one that denies is kept.
    pub keep_denied: Duration,
    /// How long an error, or what a tag stands for, is kept.
    pub keep_briefly: Duration,
    /// How many decisions are kept.
    pub decisions: usize,
    /// How many images are worked on at once.
    pub workers: usize,
    /// How many may wait for that.
    pub queue: usize,
    /// How long a review may take.
    pub review_timeout: Duration,
    /// How many bytes a review may have.
    pub max_body: usize,
    /// How many connections are open at once; others wait.
    pub connections: usize,
    /// How long the headers of a request, its body, and the beginning of a connection may take, each.
    pub read_timeout: Duration,
    /// How long a connection may stand still.
    pub idle_timeout: Duration,
}

impl AdmissionOptions {
    /// On this machine only, on any port.
    #[must_use]
    pub fn new(certificate: PathBuf, key: PathBuf, source: Arc<dyn ImageSource>, now: Clock) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            certificate,
            key,
            look_every: Duration::from_secs(10),
            now,
            log: Arc::new(|_| {}),
            source,
            on_error: OnError::Deny,
            unknown_kinds: UnknownKinds::Warn,
            dry_run: false,
            require_digest: false,
            records: false,
            exempt_namespaces: BTreeSet::new(),
            keep: Duration::from_secs(300),
            keep_denied: Duration::from_secs(30),
            keep_briefly: Duration::from_secs(3),
            decisions: 10_000,
            workers: 16,
            queue: 256,
            review_timeout: Duration::from_secs(8),
            max_body: 3 << 20,
            connections: 512,
            read_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(90),
        }
    }
}

impl fmt::Debug for AdmissionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdmissionOptions").field("listen", &self.listen).finish_non_exhaustive()
    }
}
