//! Pulls from registries that are made here, some of which are after the user's credentials.

mod authentication;
mod broken;
mod copy;
mod engines;
mod image;
mod leaks;
mod pull;
mod push;
mod push_leaks;
mod referrers;
mod server;
mod store;
mod tls;
mod transfer;
mod tree;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use data_encoding::BASE64;
use plimsoll_model::Budget;
use plimsoll_source::{File, FileId, OpenOptions, Source, SourceError, Visitor, Wanted};

use crate::{ImageReference, NetworkOptions, Opened, open_registry};

/// Never to be seen by anyone but the registry that it is for.
const PASSWORD: &str = "s3cret-passw0rd";
const NAME: &str = "captain";

/// Options that do not wait.
fn quick() -> NetworkOptions {
    let (backoff, timeout) = (Duration::from_millis(1), Duration::from_secs(5));
    NetworkOptions { backoff, timeout, retries: 3, ..NetworkOptions::default() }
}

/// A file of credentials that goes away.
struct Credentials(PathBuf);

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Credentials {
    fn new(json: &str) -> Self {
        let name = format!("plimsoll-registry-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, json).unwrap();
        Self(path)
    }

    /// Name and password for a host.
    fn password(host: &str) -> Self {
        let auth = BASE64.encode(format!("{NAME}:{PASSWORD}").as_bytes());
        Self::new(&format!(r#"{{"auths":{{"{host}":{{"auth":"{auth}"}}}}}}"#))
    }

    fn identity(host: &str) -> Self {
        Self::new(&format!(r#"{{"auths":{{"{host}":{{"identitytoken":"{PASSWORD}"}}}}}}"#))
    }

    fn options(&self) -> NetworkOptions {
        let mut options = quick();
        options.environment.credential_files.push(self.0.clone());
        options
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Takes every file.
#[derive(Default)]
struct All(Mutex<BTreeMap<String, usize>>);

impl Visitor for All {
    fn by_path(&self, _path: &[u8]) -> Wanted {
        Wanted::Yes
    }

    fn by_head(&self, _path: &[u8], _head: &[u8]) -> bool {
        true
    }

    fn file(&self, _id: FileId, file: &File<'_>) {
        self.0.lock().unwrap().insert(file.path().to_string(), file.bytes().unwrap().len());
    }
}

/// Wants one path.
struct Wants(&'static str);

impl Visitor for Wants {
    fn by_path(&self, path: &[u8]) -> Wanted {
        if path == self.0.as_bytes() { Wanted::Yes } else { Wanted::No }
    }

    fn by_head(&self, _path: &[u8], _head: &[u8]) -> bool {
        false
    }

    fn file(&self, _id: FileId, _file: &File<'_>) {}
}

/// Paths and sizes of the files of a source.
fn files(source: &dyn Source) -> Result<BTreeMap<String, usize>, SourceError> {
    let all = All::default();
    source.visit(&all, &Budget::default())?;
    Ok(all.0.into_inner().unwrap())
}

fn open(name: &str, network: &NetworkOptions) -> Result<Opened, SourceError> {
    let reference: ImageReference = name.parse().unwrap();
    open_registry(&reference, network, &OpenOptions::default())
}

/// Opens an image and reads all of it.
fn pull(name: &str, network: &NetworkOptions) -> Result<BTreeMap<String, usize>, SourceError> {
    files(&*open(name, network)?.sources[0])
}

/// The whole chain of an error's causes.
fn told(error: &SourceError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text += &format!(": {next}");
        cause = next.source();
    }
    assert!(!text.contains(PASSWORD), "{text}");
    text
}
