//! Who the user is to a registry: the files that `docker login` and `podman login` write, and the helpers they name.
//!
//! A host is compared whole, never as a part of a name: what is kept for `ghcr.io` is not for `ghcr.io.evil.test`. Nothing
//! is looked up before a registry asks for it.

mod file;
mod program;

use std::time::Duration;

use crate::secret::Secret;
use crate::{Environment, Host};
use file::{CredentialFile, Entry};
#[cfg(test)]
pub(crate) use program::ask_program;

/// What a registry can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    /// Name and password.
    Basic { name: String, password: Secret },
    /// A refresh token for the token service.
    Identity(Secret),
    /// A token for the registry itself.
    Bearer(Secret),
}

/// What was found, and what should be said about the search.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) credential: Option<Credential>,
    pub(crate) notices: Vec<String>,
}

/// A helper that has not answered by then does not.
const HELPER_TIME: Duration = Duration::from_secs(10);

/// Looks for the credential of a repository.
pub(crate) fn find(environment: &Environment, host: &Host, repository: &str) -> Found {
    let mut found = Found::default();
    for path in &environment.credential_files {
        let file = match CredentialFile::read(path) {
            Ok(Some(file)) => file,
            Ok(None) => continue,
            Err(error) => {
                found.notices.push(format!("credentials in {} were not used: {error}", path.display()));
                continue;
            }
        };
        found.credential = of_file(&file, host, repository, &mut found.notices);
        if found.credential.is_some() {
            break;
        }
    }
    found
}

fn of_file(file: &CredentialFile, host: &Host, repository: &str, notices: &mut Vec<String>) -> Option<Credential> {
    if let Some(name) = file.helper_of(host) {
        return ask(name, host, notices);
    }
    if let Some(credential) = file.entry(host, repository).and_then(Entry::credential) {
        return Some(credential);
    }
    ask(file.store()?, host, notices)
}

fn ask(name: &str, host: &Host, notices: &mut Vec<String>) -> Option<Credential> {
    let answer = program::ask(name, file::server_name(host).as_str(), HELPER_TIME);
    answer.unwrap_or_else(|reason| {
        notices.push(format!("the credential helper {name:?} gave nothing for {host}: {reason}"));
        None
    })
}
