//! Lists of digests, as `sha256sum` and its kin write them.

use std::path::{Path, PathBuf};

use plimsoll_verify::Subject;

use crate::exit;
use crate::failure::Failure;
use crate::input;

/// A file, and what a list says that it is.
pub(super) struct Listed {
    /// As the list names it.
    pub(super) name: String,
    /// Where it is: beside the list.
    pub(super) path: PathBuf,
    /// Its digest.
    pub(super) digest: Subject,
}

/// Reads a list: digest, space, space or asterisk, name.
pub(super) fn read(path: &Path) -> Result<Vec<Listed>, Failure> {
    let text = input::text(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut listed = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let bad = || Failure::usage(format!("{}:{number}: not a digest and a name", path.display()));
        let (hex, name) = line.split_once(' ').ok_or_else(bad)?;
        let name = name.strip_prefix([' ', '*']).ok_or_else(bad)?;
        let algorithm = match hex.len() {
            64 => "sha256",
            96 => "sha384",
            128 => "sha512",
            _ => return Err(bad()),
        };
        let digest = Subject::digest(&format!("{algorithm}:{hex}")).map_err(|_| bad())?;
        listed.push(Listed { name: name.to_owned(), path: folder.join(name), digest });
    }
    if listed.is_empty() {
        return Err(Failure::usage(format!("{} names nothing", path.display())));
    }
    Ok(listed)
}

/// Fails when a file is not what a list says. It has to have been read for the digests of `listed`.
pub(super) fn compare(name: &str, found: &Subject, listed: &Subject) -> Result<(), Failure> {
    if listed.digests().all(|(algorithm, hex)| found.hex(algorithm) == Some(hex)) {
        return Ok(());
    }
    let error = anyhow::anyhow!("{name} is not what the list says: it is {found}, not {listed}");
    Err(Failure { code: exit::NO, error, hint: None })
}
