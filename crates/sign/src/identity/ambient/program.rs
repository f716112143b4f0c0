//! Programs of a platform that print a token. They run only where the platform's own variable says that it is there.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use super::super::{Environment, IdentityError, IdentityToken, TOKEN_LIMIT, TokenSource};
use super::token;
use crate::secret::SecretText;

/// A program in the `PATH`. Relative entries are passed over: what lies in the working directory is not the platform's.
pub(in crate::identity) fn find_program(environment: &Environment, name: &str) -> Option<PathBuf> {
    let path = environment.path("PATH")?;
    std::env::split_paths(path.as_os_str()).filter(|directory| directory.is_absolute()).map(|d| d.join(name)).find(
        |candidate| candidate.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0),
    )
}

/// A program and how it is asked.
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) path: PathBuf,
    pub(super) arguments: Vec<String>,
    pub(super) timeout: Duration,
}

impl TokenSource for Program {
    fn fetch(&mut self) -> Result<IdentityToken, IdentityError> {
        let failed = |reason: String| IdentityError::Program { program: self.name, reason };
        let mut child = Command::new(&self.path)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // What it complains about may hold what it was given.
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(format!("it does not start: {error}")))?;
        let output = self.output(&mut child);
        if output.is_err() {
            drop(child.kill());
        }
        let status = child.wait().map_err(|error| failed(error.to_string()))?;
        let output = output.map_err(|reason| failed(reason.to_owned()))?;
        if !status.success() {
            return Err(failed(format!("it ended with {status}")));
        }
        token(format!("`{}`", self.name), &output)
    }

    fn is_renewable(&self) -> bool {
        true
    }
}

impl Program {
    /// What it prints, as long as that is not too much and does not take too long.
    fn output(&self, child: &mut Child) -> Result<SecretText, &'static str> {
        let stdout = child.stdout.take().ok_or("its output cannot be read")?;
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = Zeroizing::new(Vec::new());
            let taken = (TOKEN_LIMIT as u64).saturating_add(64);
            let read = stdout.take(taken).read_to_end(&mut bytes);
            drop(sender.send(read.map(|_| bytes)));
        });
        let read = receiver.recv_timeout(self.timeout).map_err(|_| "it takes too long")?;
        let bytes = read.map_err(|_| "its output cannot be read")?;
        if bytes.len() > TOKEN_LIMIT {
            return Err("it prints more than a token");
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| "it prints no text")?;
        Ok(SecretText::new(text.to_owned()))
    }
}
