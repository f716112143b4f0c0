//! The local directory: what whoever runs this says, and `audit` takes for their word.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use plimsoll_advisory::vex::{VexDocument, read};
use plimsoll_model::Limits;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::input;
use crate::output::{Target, write_json};

/// The local directory: the flag, `PLIMSOLL_VEX`, else below the data directory. Never the working directory.
///
/// # Errors
/// Nothing says where it is.
pub(crate) fn directory(flag: Option<&Path>) -> Result<PathBuf, Failure> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = || set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
    let directory = flag.map(Path::to_owned).or_else(|| set("PLIMSOLL_VEX"));
    let directory = directory.or_else(|| Some(data()?.join("plimsoll/vex")));
    directory.ok_or_else(|| Failure::usage("there is no data directory: set HOME, or give --vex-dir"))
}

/// The documents of the local directory, by name; none when there is no such directory.
///
/// # Errors
/// One of them cannot be read: a statement that is silently missing would be a finding that comes and goes.
pub(crate) fn documents(directory: &Path, limits: &Limits) -> Result<Vec<(PathBuf, VexDocument)>, Failure> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>),
    };
    let failed = |error: io::Error| {
        Failure::failed(anyhow::Error::new(error).context(format!("cannot read {}", directory.display())))
    };
    let mut paths: Vec<PathBuf> = entries.map_err(failed)?.into_iter().map(|entry| entry.path()).collect();
    // Other files, such as those of an editor, are not ours.
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let document = |path: PathBuf| {
        let bytes = input::bytes(&path, limits)?;
        let document = read(&bytes, limits).map_err(|error| super::unreadable(&path.display().to_string(), error))?;
        Ok((path, document))
    };
    paths.into_iter().map(document).collect()
}

/// Keeps a document; gives where. The same content has the same place.
pub(super) fn keep(directory: &Path, vulnerability: &str, document: &Value) -> Result<PathBuf, Failure> {
    let failed = |error: io::Error| {
        Failure::failed(anyhow::Error::new(error).context(format!("cannot write to {}", directory.display())))
    };
    fs::create_dir_all(directory).map_err(failed)?;
    let plain = |character: char| if character.is_ascii_alphanumeric() || character == '-' { character } else { '_' };
    let name: String = vulnerability.chars().map(plain).take(64).collect();
    let digest = HEXLOWER.encode(&Sha256::digest(document.to_string().as_bytes()));
    let path = directory.join(format!("{name}-{}.json", digest.get(..12).unwrap_or_default()));
    Target::File(path.clone()).write(|out| write_json(out, document)).map_err(failed)?;
    Ok(path)
}
