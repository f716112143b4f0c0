//! Passwords: from a file, a variable, or a person. Never from the command line, which everybody on the machine can read.

use std::env::VarError;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use plimsoll_sign::SecretText;

use crate::failure::Failure;
use crate::output::ask_secret;

/// Variables that may hold the password, the first one counts.
const VARIABLES: [&str; 2] = ["PLIMSOLL_PASSWORD", "COSIGN_PASSWORD"];
/// Bytes of a password.
const LIMIT: usize = 4096;

/// The password of a key that exists. `what` says which, as in `release.key`.
pub(crate) fn existing(file: Option<&Path>, what: &str) -> Result<SecretText, Failure> {
    match given(file)? {
        Some(password) => Ok(password),
        None => ask(&format!("Password of {what}: ")),
    }
}

/// A password for a new key, which a person types twice.
pub(crate) fn new(file: Option<&Path>) -> Result<SecretText, Failure> {
    if let Some(password) = given(file)? {
        return Ok(password);
    }
    let password = ask("Password of the new key: ")?;
    if ask("The same again: ")? != password {
        return Err(Failure::usage("the passwords differ"));
    }
    Ok(password)
}

/// The password in a file or variable. One that is set and empty is an empty password, as cosign has it.
fn given(file: Option<&Path>) -> Result<Option<SecretText>, Failure> {
    if let Some(path) = file {
        return read(path).map(Some);
    }
    for name in VARIABLES {
        match std::env::var(name) {
            Ok(password) => return Ok(Some(SecretText::new(password))),
            Err(VarError::NotPresent) => {}
            Err(VarError::NotUnicode(_)) => return Err(Failure::usage(format!("{name} is not UTF-8"))),
        }
    }
    Ok(None)
}

/// The text of a file, without the newline at its end.
pub(crate) fn read(path: &Path) -> Result<SecretText, Failure> {
    let failed = |error: std::io::Error| {
        Failure::failed(anyhow::Error::new(error).context(format!("cannot read {}", path.display())))
    };
    // With room for one byte more, so that no copy is left behind.
    let room = LIMIT.saturating_add(1);
    let mut text = String::with_capacity(room);
    File::open(path).map_err(failed)?.take(room as u64).read_to_string(&mut text).map_err(failed)?;
    if text.len() > LIMIT {
        return Err(Failure::usage(format!("{} is too long for a password", path.display())));
    }
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(SecretText::new(text))
}

fn ask(prompt: &str) -> Result<SecretText, Failure> {
    match ask_secret(prompt) {
        Ok(Some(password)) => Ok(password),
        Ok(None) => Err(Failure::usage("no password was given")),
        Err(_) => {
            let mut failure = Failure::usage("a password is needed, and there is no terminal to ask for it");
            failure.hint = Some("give it with --password-file, PLIMSOLL_PASSWORD or COSIGN_PASSWORD".to_owned());
            Err(failure)
        }
    }
}
