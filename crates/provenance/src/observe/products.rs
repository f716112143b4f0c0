//! What a build made that is worth a statement.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use globset::GlobSet;
use plimsoll_attest::DigestSet;
use sha2::{Digest as _, Sha256, Sha512};

use super::classify::hex;
use super::{Class, Inventory, ObserveError, Places, Trace};

/// A product of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its name: its path, relative to the source tree when it lies in it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its SHA-256 and SHA-512.
    pub digest: DigestSet,
}

/// Directories of what build tools make on the way.
const BETWEEN: &[&str] = &[
    ".fingerprint",
    ".git",
    ".gradle",
    ".tox",
    ".venv",
    "CMakeFiles",
    "__pycache__",
    "build-script-build",
    "deps",
    "incremental",
    "node_modules",
    "obj",
];

/// Endings of what is delivered.
const DELIVERED: &[&str] = &[
    "aar", "apk", "crate", "deb", "dll", "dylib", "ear", "exe", "gem", "jar", "nupkg", "phar", "rpm", "so", "tgz",
    "war", "wasm", "whl", "xz", "zip", "zst", "gz", "bz2",
];

/// Endings of what is made on the way, even if it may be executed.
const ON_THE_WAY: &[&str] = &["a", "d", "lo", "o", "pyc", "rlib", "rmeta", "sh"];

/// The products: what the user's patterns name among all that the build made, or without patterns what looks delivered.
///
/// # Errors
/// One of them cannot be read.
pub fn products(
    trace: &Trace,
    inventory: &Inventory,
    places: &Places,
    patterns: Option<&GlobSet>,
) -> Result<Vec<Product>, ObserveError> {
    let mut products = Vec::new();
    let made = inventory
        .files
        .iter()
        .filter(|(path, file)| file.class == Class::Output || trace.files.get(*path).is_some_and(|record| record.made));
    for (path, _) in made {
        let name = places.shown(path);
        let wanted = match patterns {
            Some(patterns) => patterns.is_match(&name) || patterns.is_match(path),
            None => path.starts_with(&places.source) && is_delivered(Path::new(&name), is_executable(path)),
        };
        if wanted && path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
            products.push(Product { digest: digest(path)?, name, path: path.clone() });
        }
    }
    Ok(products)
}

/// Whether a file that a build made is of those that are delivered, by its name.
fn is_delivered(name: &Path, executable: bool) -> bool {
    let between = |part: &std::ffi::OsStr| BETWEEN.iter().any(|between| part == *between);
    let parent = name.parent().unwrap_or(Path::new(""));
    if parent.components().any(|part| between(part.as_os_str())) || is_build_script(parent) {
        return false;
    }
    let ending = name.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    DELIVERED.contains(&ending) || executable && !ON_THE_WAY.contains(&ending)
}

/// `target/release/build/NAME-HASH/…` of Cargo.
fn is_build_script(parent: &Path) -> bool {
    let parts: Vec<_> = parent.components().map(|part| part.as_os_str()).collect();
    parts.windows(2).any(
        |pair| matches!(pair, [profile, build] if (*profile == "release" || *profile == "debug") && *build == "build"),
    )
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    false
}

/// The digests of a file, in one pass.
pub(super) fn digest(path: &Path) -> Result<DigestSet, ObserveError> {
    let failed = |source| ObserveError::File { what: "read", path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let (mut sha256, mut sha512) = (Sha256::new(), Sha512::new());
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = file.read(&mut buffer).map_err(failed)?;
        let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
        sha256.update(bytes);
        sha512.update(bytes);
    }
    let digests = [("sha256", hex(&sha256.finalize())), ("sha512", hex(&sha512.finalize()))];
    Ok(digests.into_iter().map(|(algorithm, value)| (algorithm.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_delivered() {
        for (name, executable, expected) in [
            ("target/release/demo", true, true),
            ("target/release/deps/demo-1a2b", true, false),
            ("target/release/build/serde-1a/build-script-build", true, false),
            ("target/release/libdemo.rlib", false, false),
            ("target/release/libdemo.so", true, true),
            ("dist/demo-1.0-py3-none-any.whl", false, true),
            ("build/libs/demo.jar", false, true),
            ("a.out", true, true),
            ("main.o", false, false),
            ("demo-1.0.tar.gz", false, true),
            ("node_modules/x/bin", true, false),
            ("notes.txt", false, false),
        ] {
            assert_eq!(is_delivered(Path::new(name), executable), expected, "{name}");
        }
    }
}
