//! Building again, elsewhere, and comparing: `--reproduce`.
//!
//! The tree is copied as it was before the first build, to a place with another name; the command runs there later, with
//! another umask, time zone, locale and, where the system lets us, host name. That two builds on one machine agree does not
//! prove that those of another would, so the result is a property of our own, not `SLSA_BUILD_REPRODUCED`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use plimsoll_attest::StatementBuilder;
use serde_json::json;

use super::{BUILDER, Launch, ObserveError, Output, Places, Product, Setup, Source, products, source};

/// The type of predicate: a simple verification result.
pub const SVR: &str = "https://in-toto.io/attestation/svr/v0.2";
/// What is said of a build that came out the same.
pub const REBUILT: &str = "PLIMSOLL_REBUILT_LOCALLY";

/// Copies a source tree: what version control knows of, and its own directory; without version control, everything.
///
/// # Errors
/// Something could not be read or written.
pub fn copy(source: &Source, to: &Path, environment: &BTreeMap<String, String>) -> Result<(), ObserveError> {
    match source::files(&source.root, environment).filter(|_| source.commit.is_some()) {
        Some(files) => {
            for file in files {
                copy_entry(&source.root.join(&file), &to.join(&file))?;
            }
            copy_tree(&source.root.join(".git"), &to.join(".git"))
        }
        None => copy_tree(&source.root, to),
    }
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ObserveError {
    move |source| ObserveError::File { what, path: path.to_owned(), source }
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), ObserveError> {
    let mut left = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = left.pop() {
        let Ok(metadata) = fs::symlink_metadata(&from) else { continue };
        if !metadata.is_dir() {
            copy_entry(&from, &to)?;
            continue;
        }
        fs::create_dir_all(&to).map_err(failed("create", &to))?;
        for entry in fs::read_dir(&from).map_err(failed("read", &from))? {
            let entry = entry.map_err(failed("read", &from))?;
            left.push((entry.path(), to.join(entry.file_name())));
        }
    }
    Ok(())
}

/// One file or link. What is neither, such as a socket, is no source.
fn copy_entry(from: &Path, to: &Path) -> Result<(), ObserveError> {
    // Listed by version control, but deleted.
    let Ok(metadata) = fs::symlink_metadata(from) else { return Ok(()) };
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(failed("create", parent))?;
    }
    #[cfg(unix)]
    if metadata.is_symlink() {
        let target = fs::read_link(from).map_err(failed("read", from))?;
        return std::os::unix::fs::symlink(target, to).map_err(failed("create", to));
    }
    if metadata.is_dir() {
        // A submodule.
        return copy_tree(from, to);
    }
    if metadata.is_file() {
        fs::copy(from, to).map_err(failed("copy", from))?;
    }
    Ok(())
}

/// What is different the `number`th time, for a build whose tree was copied to `tree`.
#[must_use]
pub fn again(first: &Launch, places: &Places, tree: &Path, number: u32) -> Launch {
    let mut launch = first.clone();
    launch.directory = match first.directory.strip_prefix(&places.source) {
        Ok(below) => tree.join(below),
        Err(_) => tree.to_owned(),
    };
    let mut set = |name: &str, value: &str| launch.environment.insert(OsString::from(name), OsString::from(value));
    let odd = number.is_multiple_of(2);
    set("TZ", if odd { "Asia/Kathmandu" } else { "America/St_Johns" });
    set("LC_ALL", if odd { "POSIX" } else { "C.UTF-8" });
    // An output directory elsewhere would hold what was built already.
    set("CARGO_TARGET_DIR", &tree.join("target").to_string_lossy());
    launch.output = Output::ToStderr;
    launch.setup = Setup {
        umask: Some(if odd { 0o077 } else { 0o027 }),
        host_name: Some(format!("rebuild-{number}")),
        ..first.setup.clone()
    };
    launch
}

/// A product that came out different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub name: String,
    /// Which rebuild, from 1.
    pub rebuild: u32,
    /// The SHA-256 that it had then; `None` when it was not made.
    pub then: Option<String>,
}

/// Compares what was built again in `tree` with the products.
#[must_use]
pub fn compare(first: &[Product], places: &Places, tree: &Path, rebuild: u32) -> Vec<Difference> {
    let mut differences = Vec::new();
    for product in first {
        let path: PathBuf = match product.path.strip_prefix(&places.source) {
            Ok(below) => tree.join(below),
            // What is built at a fixed place was built there again.
            Err(_) => product.path.clone(),
        };
        let then = products::digest(&path).ok();
        if then.as_ref() != Some(&product.digest) {
            let then = then.and_then(|digest| digest.get("sha256").cloned());
            differences.push(Difference { name: product.name.clone(), rebuild, then });
        }
    }
    differences
}

/// A statement that products came out the same again: the bytes to sign.
///
/// # Errors
/// There is no product, or more than a statement can be about.
pub fn statement(products: &[Product], at: Timestamp) -> Result<Vec<u8>, ObserveError> {
    let predicate = json!({
        "verifier": {"id": BUILDER, "policies": []},
        "timeCreated": super::documents::seconds(at),
        "properties": [REBUILT],
    });
    let mut builder = StatementBuilder::new(SVR, predicate);
    for product in products {
        builder = builder.subject(product.name.clone(), product.digest.clone());
    }
    Ok(builder.build()?.1)
}
