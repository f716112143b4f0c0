//! Instances from their TUF repositories. <https://theupdateframework.github.io/specification/latest/>
//!
//! `sigstore-tuf` does the checking: thresholds, consecutive roots, rollback, expiry. What it fetches comes through
//! [`Fetch`], within its limits; the metadata that it accepted is kept, so that an older state is not accepted later.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;
use plimsoll_verify::BuiltIn;
use sigstore_tuf::transport::FetchFuture;
use sigstore_tuf::{FileStore, Repository, Updater};

use super::{Instance, InstanceError, Instances, Origin, TUF, well_known};

/// Gets a file from a repository.
pub trait Fetch: Send + Sync {
    /// The bytes of a URL, at most `max`; `None` when there is nothing.
    ///
    /// # Errors
    /// It cannot be had.
    fn fetch(&self, url: &str, max: u64) -> Result<Option<Vec<u8>>, FetchError>;
}

/// Why something cannot be fetched.
pub type FetchError = Box<dyn std::error::Error + Send + Sync>;

/// Why an instance cannot be brought up to date.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TufError {
    /// It does not say where its repository is.
    #[error("{name} does not come from a TUF repository")]
    NoRepository {
        /// Its name.
        name: String,
    },
    /// The repository cannot be reached, or what it has is not to be trusted.
    #[error("cannot trust what {url} has")]
    Repository {
        /// Where it is.
        url: String,
        /// Why not.
        #[source]
        source: sigstore_tuf::Error,
    },
    /// What it has is no trusted root.
    #[error("{url} has no trusted root that can be used")]
    Target {
        /// Where it is.
        url: String,
    },
    /// It cannot be kept.
    #[error(transparent)]
    Instance(#[from] InstanceError),
}

const TRUSTED_ROOT_TARGET: &str = "trusted_root.json";
const SIGNING_CONFIG_TARGET: &str = "signing_config.v0.2.json";
/// Where trust in a repository that was added begins; kept beside its instance.
const FIRST_ROOT: &str = "first_root.json";

impl Instances {
    /// Adds an instance from its TUF repository; `root` is the root metadata where trust begins.
    ///
    /// # Errors
    /// The name is taken, or the repository is not to be trusted.
    pub fn add_from_tuf(
        &self,
        name: &str,
        url: &str,
        root: &str,
        fetch: &Arc<dyn Fetch>,
        now: Timestamp,
    ) -> Result<Instance, TufError> {
        if BuiltIn::named(name).is_some() || self.folder(name)?.exists() {
            return Err(InstanceError::Exists { name: name.to_owned() }.into());
        }
        let instance = self.fetched(name, url, root.as_bytes(), fetch, now)?;
        super::write(&self.folder(name)?.join(FIRST_ROOT), root)?;
        Ok(instance)
    }

    /// Brings an instance up to date from its TUF repository.
    ///
    /// # Errors
    /// It has none, or the repository cannot be reached or is not to be trusted. What there was stays.
    pub fn update(&self, name: &str, fetch: &Arc<dyn Fetch>, now: Timestamp) -> Result<Instance, TufError> {
        if let Some(known) = BuiltIn::named(name).and_then(well_known) {
            return self.fetched(name, known.tuf_url(), known.tuf_root(), fetch, now);
        }
        let instance = self.get(name)?;
        let Origin::Tuf { url } = instance.origin else {
            return Err(TufError::NoRepository { name: name.to_owned() });
        };
        let root = super::read(&self.folder(name)?.join(FIRST_ROOT))?;
        self.fetched(name, &url, root.as_bytes(), fetch, now)
    }

    fn fetched(
        &self,
        name: &str,
        url: &str,
        root: &[u8],
        fetch: &Arc<dyn Fetch>,
        now: Timestamp,
    ) -> Result<Instance, TufError> {
        let refused = |source| TufError::Repository { url: url.to_owned(), source };
        let store = self.folder(name)?.join(TUF);
        std::fs::create_dir_all(&store).map_err(|source| InstanceError::File { path: store.clone(), source })?;
        let files = gather(url, root, &store, fetch, now).map_err(refused)?;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| TufError::Target { url: url.to_owned() });
        let instance = Instance {
            name: name.to_owned(),
            trusted_root: text(files.0)?,
            signing_config: files.1.map(text).transpose()?,
            origin: Origin::Tuf { url: url.to_owned() },
            as_of: Some(now),
        };
        self.write(&instance)?;
        Ok(instance)
    }
}

/// The two files of an instance, once all metadata was accepted.
fn gather(
    url: &str,
    root: &[u8],
    store: &Path,
    fetch: &Arc<dyn Fetch>,
    now: Timestamp,
) -> sigstore_tuf::Result<(Vec<u8>, Option<Vec<u8>>)> {
    let repository = Remote { base: url.trim_end_matches('/').to_owned(), fetch: Arc::clone(fetch) };
    let mut updater = Updater::new(repository, root)?.with_store(FileStore::new(store));
    complete(updater.refresh(now))?;
    let trusted_root = complete(updater.get_target(TRUSTED_ROOT_TARGET, now))?;
    let signing_config = match complete(updater.get_target(SIGNING_CONFIG_TARGET, now)) {
        Ok(config) => Some(config),
        // GitHub has none: it signs for its own alone.
        Err(sigstore_tuf::Error::TargetNotFound(_)) => None,
        Err(error) => return Err(error),
    };
    Ok((trusted_root, signing_config))
}

/// A repository over HTTP.
struct Remote {
    base: String,
    fetch: Arc<dyn Fetch>,
}

impl Remote {
    fn get(&self, path: &str, max: u64) -> sigstore_tuf::Result<Option<Vec<u8>>> {
        let fetched = self.fetch.fetch(&format!("{}/{path}", self.base), max);
        fetched.map_err(|error| sigstore_tuf::Error::transport_with_source("cannot fetch", error))
    }
}

impl Repository for Remote {
    fn fetch_metadata<'a>(&'a self, name: &'a str, max_length: u64) -> FetchFuture<'a> {
        Box::pin(std::future::ready(self.get(name, max_length)))
    }

    fn fetch_target<'a>(&'a self, path: &'a str, max_length: u64) -> FetchFuture<'a> {
        Box::pin(std::future::ready(self.get(&format!("targets/{path}"), max_length)))
    }
}

/// Runs what never waits for anything but its own thread.
fn complete<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::yield_now();
    }
}
