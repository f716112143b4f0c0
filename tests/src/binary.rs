//! The `plimsoll` binary, built once a test process. A separate package gets no `CARGO_BIN_EXE`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

/// What a run of the binary gave.
#[derive(Debug)]
pub struct Outcome {
    /// The exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// What it wrote to stdout, bytes that are no UTF-8 replaced.
    pub stdout: String,
    /// What it wrote to stderr, bytes that are no UTF-8 replaced.
    pub stderr: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The path of the binary: `PLIMSOLL_BIN` when set, else `cargo build` makes it.
///
/// # Panics
/// It cannot be built.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("PLIMSOLL_BIN") {
        Some(given) => std::path::absolute(&given).unwrap_or_else(|error| panic!("PLIMSOLL_BIN: {error}")),
        None => build(),
    })
}

fn build() -> PathBuf {
    let arguments = ["build", "--quiet", "--package", "plimsoll", "--message-format", "json-render-diagnostics"];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(crate::workspace())
        .output()
        .unwrap_or_else(|error| panic!("cannot run cargo: {error}"));
    let messages = String::from_utf8_lossy(&output.stdout);
    let executable = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(|message| {
        let named = message.pointer("/target/name").and_then(Value::as_str) == Some("plimsoll");
        message.get("executable").filter(|_| named)?.as_str().map(PathBuf::from)
    });
    executable.unwrap_or_else(|| panic!("cannot build plimsoll: {}", String::from_utf8_lossy(&output.stderr)))
}

/// A command of the binary in an empty environment, so that nothing of the machine shows.
pub fn plimsoll<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments).env_clear();
    command
}

/// Scans a directory and gives stdout.
///
/// # Panics
/// The exit status is not 0.
pub fn scan(directory: &Path, format: &str) -> String {
    let mut source = std::ffi::OsString::from("dir:");
    source.push(directory);
    let output = plimsoll([OsStr::new("scan"), &source, OsStr::new("--output"), OsStr::new(format)])
        .output()
        .unwrap_or_else(|error| panic!("cannot run plimsoll: {error}"));
    let outcome = Outcome::from(output);
    assert_eq!(outcome.status, Some(0), "scan {}: {}", directory.display(), outcome.stderr);
    outcome.stdout
}
