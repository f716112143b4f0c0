//! Instances of Sigstore that this machine knows: whom to trust, and where to sign.
//!
//! Three are part of the program. Others are added by their files, and any of them can be brought up to date from its TUF
//! repository. Each is a directory of its own: `trusted_root.json`, `signing_config.json`, `instance.json` with where they
//! come from and when, and the metadata of TUF, which keeps an older state from being taken for a newer one.

mod transfer;
mod update;

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use plimsoll_verify::{BuiltIn, TrustedRoot, VerifyError};
use serde::{Deserialize, Serialize};
use sigstore_trust_root::SigstoreInstance;

pub use transfer::{TrustConfig, TrustConfigError};
pub use update::{Fetch, FetchError, TufError};

/// The instances of this machine.
#[derive(Debug, Clone)]
pub struct Instances {
    directory: Option<PathBuf>,
}

/// One instance.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its name on the command line.
    pub name: String,
    /// Its trusted root, as JSON.
    pub trusted_root: String,
    /// Where to sign, as JSON; `None` where that is not public.
    pub signing_config: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// When its trusted root was made or last seen to be current, where that is known.
    pub as_of: Option<Timestamp>,
}

/// Where an instance comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[non_exhaustive]
pub enum Origin {
    /// It is part of the program.
    BuiltIn,
    /// From files.
    Files,
    /// From a TUF repository.
    Tuf {
        /// Where the repository is.
        url: String,
    },
}

/// What is written beside the files of an instance.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    origin: Origin,
    #[serde(default)]
    as_of: Option<Timestamp>,
}

/// Why an instance cannot be had or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstanceError {
    /// There is none of that name.
    #[error("there is no instance {name:?}: known are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A name that is none.
    #[error("{name:?} is no name for an instance: lower-case letters, digits and dashes")]
    Name {
        /// What was given.
        name: String,
    },
    /// It is part of the program, or there already.
    #[error("there is an instance {name:?} already")]
    Exists {
        /// Its name.
        name: String,
    },
    /// There is no place to keep it.
    #[error("there is no directory for instances")]
    NoDirectory,
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file of the instance is damaged.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How.
        #[source]
        source: serde_json::Error,
    },
    /// Its trusted root is of no use.
    #[error("instance {name}")]
    TrustedRoot {
        /// Its name.
        name: String,
        /// Why not.
        #[source]
        source: VerifyError,
    },
}

const TRUSTED_ROOT: &str = "trusted_root.json";
const SIGNING_CONFIG: &str = "signing_config.json";
const RECORD: &str = "instance.json";
const TUF: &str = "tuf";
/// Files of an instance are a few kilobytes.
const MAX_FILE: u64 = 4 << 20;

impl Instances {
    /// Those whose files are below `directory`, which need not be there, and those that are part of the program.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: Some(directory.into()) }
    }

    /// Only those that are part of the program.
    #[must_use]
    pub fn built_in() -> Self {
        Self { directory: None }
    }

    /// Where the files of an instance are, or would be.
    fn folder(&self, name: &str) -> Result<PathBuf, InstanceError> {
        if !is_name(name) {
            return Err(InstanceError::Name { name: name.to_owned() });
        }
        Ok(self.directory.as_ref().ok_or(InstanceError::NoDirectory)?.join(name))
    }

    /// All names, in alphabetical order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = BuiltIn::ALL.iter().map(|(_, name)| (*name).to_owned()).collect();
        let entries = self.directory.iter().flat_map(fs::read_dir).flatten().flatten();
        names.extend(entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| is_name(name)));
        names.sort();
        names.dedup();
        names
    }

    /// The instance of a name: as it was last brought up to date, else as it is part of the program.
    ///
    /// # Errors
    /// There is none, or its files are damaged.
    pub fn get(&self, name: &str) -> Result<Instance, InstanceError> {
        let kept = match self.folder(name) {
            Ok(folder) => Some(folder).filter(|folder| folder.join(TRUSTED_ROOT).exists()),
            Err(InstanceError::NoDirectory) => None,
            Err(error) => return Err(error),
        };
        let Some(folder) = kept else {
            return built_in(name)
                .ok_or_else(|| InstanceError::Unknown { name: name.to_owned(), known: self.names().join(", ") });
        };
        let trusted_root = read(&folder.join(TRUSTED_ROOT))?;
        let config = folder.join(SIGNING_CONFIG);
        let signing_config = if config.exists() { Some(read(&config)?) } else { None };
        let path = folder.join(RECORD);
        let record: Record =
            serde_json::from_str(&read(&path)?).map_err(|source| InstanceError::Damaged { path, source })?;
        Ok(Instance { name: name.to_owned(), trusted_root, signing_config, origin: record.origin, as_of: record.as_of })
    }

    /// Keeps an instance under its name.
    ///
    /// # Errors
    /// The name is none, is taken, its trusted root is of no use, or it cannot be written.
    pub fn add(&self, instance: &Instance) -> Result<(), InstanceError> {
        let name = &instance.name;
        if BuiltIn::named(name).is_some() || self.folder(name)?.exists() {
            return Err(InstanceError::Exists { name: name.clone() });
        }
        self.write(instance)
    }

    fn write(&self, instance: &Instance) -> Result<(), InstanceError> {
        instance.trusted_root()?;
        let folder = self.folder(&instance.name)?;
        fs::create_dir_all(&folder).map_err(|source| InstanceError::File { path: folder.clone(), source })?;
        let record = Record { origin: instance.origin.clone(), as_of: instance.as_of };
        let record = serde_json::to_string_pretty(&record)
            .map_err(|source| InstanceError::Damaged { path: folder.join(RECORD), source })?;
        write(&folder.join(RECORD), &record)?;
        if let Some(config) = &instance.signing_config {
            write(&folder.join(SIGNING_CONFIG), config)?;
        }
        // Last: without it the instance is not there.
        write(&folder.join(TRUSTED_ROOT), &instance.trusted_root)
    }
}

impl Instance {
    /// Its trusted root, ready to verify with.
    ///
    /// # Errors
    /// It is of no use.
    pub fn trusted_root(&self) -> Result<TrustedRoot, InstanceError> {
        TrustedRoot::parse(&self.name, &self.trusted_root, self.as_of)
            .map_err(|source| InstanceError::TrustedRoot { name: self.name.clone(), source })
    }
}

/// An instance that is part of the program.
fn built_in(name: &str) -> Option<Instance> {
    let built_in = BuiltIn::named(name)?;
    let signing_config = well_known(built_in)?.embedded_signing_config_json().map(str::to_owned);
    let as_of = built_in.trusted_root().ok().and_then(|root| root.as_of());
    let (name, origin) = (name.to_owned(), Origin::BuiltIn);
    Some(Instance { name, trusted_root: built_in.json().to_owned(), signing_config, origin, as_of })
}

/// What the library knows about it.
fn well_known(built_in: BuiltIn) -> Option<SigstoreInstance> {
    Some(match built_in {
        BuiltIn::PublicGood => SigstoreInstance::PublicGood,
        BuiltIn::Staging => SigstoreInstance::Staging,
        BuiltIn::GitHub => SigstoreInstance::GitHub,
        _ => return None,
    })
}

fn is_name(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= 64 && name.bytes().next().is_some_and(word) && name.bytes().all(|byte| word(byte) || byte == b'-')
}

fn read(path: &Path) -> Result<String, InstanceError> {
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_FILE).read_to_string(&mut text))
        .map_err(|source| InstanceError::File { path: path.to_owned(), source })?;
    Ok(text)
}

/// Writes a file whole or not at all. It is for its owner alone, as whoever can write it says whom to trust.
fn write(path: &Path, text: &str) -> Result<(), InstanceError> {
    let draft = path.with_extension(format!("{}.partial", std::process::id()));
    let written = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&draft, path));
    written.map_err(|source| {
        drop(fs::remove_file(&draft));
        InstanceError::File { path: path.to_owned(), source }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_kept_and_found() {
        let directory = std::env::temp_dir().join(format!("plimsoll-instances-{}", std::process::id()));
        let instances = Instances::new(&directory);
        assert_eq!(instances.names(), ["github", "public-good", "staging"]);
        let mut own = instances.get("staging").unwrap();
        assert!(matches!(instances.add(&own), Err(InstanceError::Exists { .. })));
        (own.name, own.origin) = ("acme".into(), Origin::Files);
        instances.add(&own).unwrap();
        let kept = instances.get("acme").unwrap();
        assert_eq!(
            (kept.trusted_root, kept.signing_config, kept.origin),
            (own.trusted_root.clone(), own.signing_config.clone(), Origin::Files)
        );
        assert!(matches!(instances.add(&own), Err(InstanceError::Exists { .. })));
        assert!(instances.names().contains(&"acme".to_owned()));
        for name in ["../x", "", "A", "-a", "a/b"] {
            own.name = name.into();
            assert!(matches!(instances.add(&own), Err(InstanceError::Name { .. })), "{name}");
        }
        assert!(matches!(instances.get("nobody"), Err(InstanceError::Unknown { .. })));
        fs::remove_dir_all(&directory).unwrap();
    }
}
