//! Where things are in the repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The top of the repository.
///
/// # Panics
/// The package lies somewhere else than in `tests`.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| panic!("no workspace"))
}

/// The directories of all fixtures, sorted: those that hold an `expected.json`.
#[must_use]
pub fn fixtures() -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&workspace().join("testdata"), &mut found);
    found.sort();
    found
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(listing) = fs::read_dir(directory) else { return };
    let entries: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
    if entries.iter().any(|path| path.ends_with("expected.json")) {
        found.push(directory.to_owned());
    } else {
        entries.iter().filter(|path| path.is_dir()).for_each(|path| collect(path, found));
    }
}

/// The files that git knows or would take, relative to the top.
///
/// # Panics
/// git cannot be run.
#[must_use]
pub fn tracked_files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(workspace())
        .output()
        .unwrap_or_else(|error| panic!("cannot run git: {error}"));
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8_lossy(&output.stdout);
    let paths = names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
    paths.filter(|path| workspace().join(path).exists()).collect()
}
