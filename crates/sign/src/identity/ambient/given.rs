//! Tokens that are simply there: in a variable or a file.
//!
//! GitLab writes the token of `id_tokens:` into a variable whose name its users choose; `SIGSTORE_ID_TOKEN` is the one that
//! all clients know, and `<AUDIENCE>_ID_TOKEN` serves those with another audience.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::super::{IdentityError, IdentityToken, Provider, TOKEN_LIMIT, TokenError, TokenSource};
use super::{AmbientOptions, missing, token};
use crate::secret::SecretText;

type Found = Result<Option<Box<dyn TokenSource>>, IdentityError>;

pub(super) fn named_file(options: &AmbientOptions) -> Found {
    Ok(options.token_file.clone().map(|path| Box::new(TokenFile(path)) as _))
}

pub(super) fn mounted_file(options: &AmbientOptions) -> Found {
    let path = &options.places.token_file;
    Ok(path.is_file().then(|| Box::new(TokenFile(path.clone())) as _))
}

pub(super) fn variable(options: &AmbientOptions) -> Found {
    from_variable(options, "SIGSTORE_ID_TOKEN")
}

pub(super) fn gitlab(options: &AmbientOptions) -> Found {
    if !options.environment.says_yes("GITLAB_CI") {
        return Ok(None);
    }
    let name: String = options.audience.chars().map(variable_letter).chain("_ID_TOKEN".chars()).collect();
    match from_variable(options, &name)? {
        Some(found) => Ok(Some(found)),
        None => missing(Provider::GitLab, format!("{name} is not set")),
    }
}

fn variable_letter(letter: char) -> char {
    let upper = letter.to_ascii_uppercase();
    if upper.is_ascii_alphanumeric() { upper } else { '_' }
}

fn from_variable(options: &AmbientOptions, name: &str) -> Found {
    let Some(text) = options.environment.secret(name) else { return Ok(None) };
    Ok(Some(Box::new(Variable(token(name, &text)?))))
}

/// A variable does not change while the program runs.
struct Variable(IdentityToken);

impl TokenSource for Variable {
    fn fetch(&mut self) -> Result<IdentityToken, IdentityError> {
        Ok(self.0.clone())
    }

    fn is_renewable(&self) -> bool {
        false
    }
}

/// Whoever mounts a token renews it in place.
struct TokenFile(PathBuf);

impl TokenSource for TokenFile {
    fn fetch(&mut self) -> Result<IdentityToken, IdentityError> {
        token(self.0.display().to_string(), &read(&self.0)?)
    }

    fn is_renewable(&self) -> bool {
        true
    }
}

fn read(path: &Path) -> Result<SecretText, IdentityError> {
    let failed = |source| IdentityError::File { path: path.to_owned(), source };
    let refused = |source| IdentityError::Token { from: path.display().to_string(), source };
    let mut bytes = Zeroizing::new(Vec::new());
    let taken = (TOKEN_LIMIT as u64).saturating_add(64);
    File::open(path).map_err(failed)?.take(taken).read_to_end(&mut bytes).map_err(failed)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(SecretText::new(text.to_owned())),
        Err(_) => Err(refused(TokenError::Malformed("it is not text"))),
    }
}
