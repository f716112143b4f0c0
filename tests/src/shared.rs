//! The folder with the official schemas and suites, `shared` beside the repository. Nothing of it is in the project.

use std::io::Write as _;
use std::path::PathBuf;

/// A path in the shared folder, or `None`, which is said aloud, where it is absent.
///
/// # Panics
/// It is absent and the environment says `CI=true`, where nothing may be skipped.
pub fn shared(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PLIMSOLL_SHARED")
        .map_or_else(|| crate::workspace().parent().map(|above| above.join("shared")), |given| Some(given.into()))?;
    let path = root.join(part);
    if path.exists() {
        return Some(path);
    }
    skip(&format!("{} is not present", path.display()));
    None
}

/// Says that a test was skipped, and why.
///
/// # Panics
/// The environment says `CI=true`.
pub fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{reason}, and CI=true allows no skipping");
    note(&format!("{reason}: skipped"));
}

/// Says that a test was skipped because a program is not installed.
///
/// # Panics
/// The environment says `CI=true`, and `PLIMSOLL_UNAVAILABLE` does not say that the program cannot be had.
pub fn skip_without(program: &str) {
    let unavailable = std::env::var("PLIMSOLL_UNAVAILABLE").unwrap_or_default();
    let reason = format!("{program} is not present");
    if unavailable.split_whitespace().any(|named| named == program) {
        note(&format!("{reason}: skipped"));
    } else {
        skip(&reason);
    }
}

/// Says something to whoever runs the tests, straight to stderr: the test harness would swallow `eprintln`.
pub fn note(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}
