//! The key that `--key` names.

use std::path::Path;

use jiff::Timestamp;
use plimsoll_sign::{Environment, KeyFile, KeyOptions, Signer, key_needs_network, open_key, read_key_file};

use crate::args::PasswordArguments;
use crate::failure::Failure;
use crate::password;

/// Opens it: a key that is elsewhere, else a file.
pub(in crate::commands) fn open(
    reference: &str,
    arguments: &PasswordArguments,
    offline: bool,
) -> Result<Box<dyn Signer>, Failure> {
    if offline && key_needs_network(reference) == Some(true) {
        return Err(Failure::usage(format!("--key {reference} needs the network, and --offline refuses it")));
    }
    let options = KeyOptions::new(Environment::new(|name| std::env::var_os(name)), Timestamp::now);
    if let Some(signer) = open_key(reference, &options)? {
        return Ok(signer);
    }
    let path = Path::new(reference);
    let bytes = read_key_file(path)?;
    let key = KeyFile::parse(&bytes)
        .map_err(|error| Failure::failed(anyhow::Error::new(error).context(format!("cannot use {reference}"))))?;
    let signer = if key.format().is_encrypted() {
        key.unlock(&password::existing(arguments.password_file.as_deref(), reference)?, reference)?
    } else {
        key.unprotected(reference)?
    };
    Ok(Box::new(signer))
}
