//! Credential helpers: `docker-credential-NAME get`, the server on its input, JSON on its output
//! (docker/docker-credential-helpers).
//!
//! They are programs that the user's own configuration names. They get ten seconds and a mebibyte, what they print is
//! never repeated, and what they write to stderr is not read.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::Credential;
use super::file::basic;
use crate::pace::Stopwatch;
use crate::secret::Secret;

/// An answer has a few hundred bytes.
const LIMIT: u64 = 1 << 20;

/// The helper's words for "I do not know that server", with status 1.
const NOT_FOUND: &[u8] = b"credentials not found";

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Username", default)]
    name: String,
    #[serde(rename = "Secret", default)]
    secret: Option<Secret>,
}

/// Asks a helper; `None` when it does not know the server.
pub(super) fn ask(name: &str, server: &str, limit: Duration) -> Result<Option<Credential>, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || !name.bytes().all(allowed) {
        return Err("its name is malformed".into());
    }
    ask_program(Path::new(&format!("docker-credential-{name}")), server, limit)
}

/// Runs the program of a helper.
pub(crate) fn ask_program(program: &Path, server: &str, limit: Duration) -> Result<Option<Credential>, String> {
    let mut command = Command::new(program);
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("it cannot be run: {}", error.kind()))?;
    let outcome = talk(&mut child, server, limit);
    // One that has ended is not hit, and one that has not is not waited for.
    let _ = child.kill();
    let _ = child.wait();
    outcome
}

fn talk(child: &mut Child, server: &str, limit: Duration) -> Result<Option<Credential>, String> {
    let watch = Stopwatch::start();
    if let Some(mut input) = child.stdin.take() {
        // Shorter than any pipe. A helper that does not read it says so by its answer.
        let _ = writeln!(input, "{server}");
    }
    let output = child.stdout.take().ok_or("it has no output")?;
    let (sender, receiver) = channel();
    // Not joined: something that the helper started may hold the pipe open for longer than anyone should wait.
    let reader = thread::Builder::new().name("helper".into()).spawn(move || {
        let mut bytes = Zeroizing::new(Vec::new());
        let read = output.take(LIMIT.saturating_add(1)).read_to_end(&mut bytes);
        let _ = sender.send(read.map(|_| bytes));
    });
    reader.map_err(|error| error.to_string())?;
    let bytes = match receiver.recv_timeout(watch.left(limit)) {
        Ok(Ok(bytes)) if bytes.len() as u64 > LIMIT => return Err("it printed too much".into()),
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => return Err("its answer cannot be read".into()),
        Err(RecvTimeoutError::Timeout) => return Err(format!("it did not answer in {} s", limit.as_secs())),
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => break,
            Ok(Some(_)) if bytes.trim_ascii_start().starts_with(NOT_FOUND) => return Ok(None),
            Ok(Some(status)) => return Err(format!("it failed ({status})")),
            Ok(None) if watch.left(limit).is_zero() => return Err(format!("it did not end in {} s", limit.as_secs())),
            Ok(None) => thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(error.kind().to_string()),
        }
    }
    // The text of the error may quote the answer.
    let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| "its answer is malformed".to_owned())?;
    Ok(answer.secret.filter(|secret| !secret.is_empty()).map(|secret| basic(answer.name, secret)))
}
