//! Identities that a platform gives to what runs on it.
//!
//! Looked for in this order, the first one counts: a file that the user names, `SIGSTORE_ID_TOKEN`, the file of Tekton and
//! Kubernetes volumes, GitHub, GitLab, Buildkite, CircleCI, Google Cloud, SPIFFE. A platform that is recognised and gives no
//! token is an error that says what is missing there: a build that waits for a person is worse than one that fails.

mod buildkite;
mod circleci;
mod github;
mod given;
mod google;
mod program;
mod recognise;
mod spiffe;

pub(super) use program::find_program;

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::{Environment, Identity, IdentityError, IdentityToken, Provider, TokenError, TokenSource};
use crate::remote::{Answer, Remote};
use crate::secret::SecretText;

/// How to look for an identity.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AmbientOptions {
    /// Whom the token is for. The public Fulcio wants `sigstore`.
    pub audience: String,
    /// The variables of the platform.
    pub environment: Environment,
    /// A file with a token, which comes before everything else. It is read again when its token runs out.
    pub token_file: Option<PathBuf>,
    /// How long a service may take to answer.
    pub timeout: Duration,
    /// Where things are that have a fixed place.
    pub(crate) places: Places,
}

/// What has a fixed place on a platform, so that tests can have it elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// Where Tekton, Kubernetes and Jenkins mount a token for cosign.
    pub(crate) token_file: PathBuf,
    /// What the firmware says of the machine.
    pub(crate) product_name: PathBuf,
    /// Where SPIRE listens when no variable says it.
    pub(crate) spire_socket: PathBuf,
    /// Google's service of service accounts.
    pub(crate) iam_credentials: String,
    /// Before the first retry.
    pub(crate) backoff: Duration,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            token_file: "/var/run/sigstore/cosign/oidc-token".into(),
            product_name: "/sys/class/dmi/id/product_name".into(),
            spire_socket: "/tmp/spire-agent/public/api.sock".into(),
            iam_credentials: "https://iamcredentials.googleapis.com".to_owned(),
            backoff: Duration::from_millis(500),
        }
    }
}

impl AmbientOptions {
    /// Looks for a token for `sigstore` in an environment.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self {
            audience: "sigstore".to_owned(),
            environment,
            token_file: None,
            timeout: Duration::from_secs(30),
            places: Places::default(),
        }
    }

    fn remote(&self) -> Remote {
        Remote { backoff: self.places.backoff, ..Remote::new(self.timeout) }
    }
}

/// A place to look: the identity if there is one, nothing if this is not the platform.
type Finder = fn(&AmbientOptions) -> Result<Option<Box<dyn TokenSource>>, IdentityError>;

const FINDERS: &[(Provider, Finder)] = &[
    (Provider::File, given::named_file),
    (Provider::Variable, given::variable),
    (Provider::File, given::mounted_file),
    (Provider::GitHub, github::find),
    (Provider::GitLab, given::gitlab),
    (Provider::Buildkite, buildkite::find),
    (Provider::CircleCi, circleci::find),
    (Provider::Google, google::find),
    (Provider::Spiffe, spiffe::find),
];

/// The identity that the platform gives; `None` where there is no platform, which leaves a person to be asked.
///
/// Nothing is asked of anybody yet: that happens when the token is wanted.
///
/// # Errors
/// A platform was recognised that gives no token; the error says what is missing.
pub fn ambient(options: &AmbientOptions) -> Result<Option<Identity>, IdentityError> {
    for (provider, find) in FINDERS {
        if let Some(source) = find(options)? {
            return Ok(Some(Identity::new(*provider, options.audience.clone(), source)));
        }
    }
    match recognise::platform(&options.environment) {
        Some(provider) => Err(IdentityError::Unsupported(provider)),
        None => Ok(None),
    }
}

/// A token out of text that came from somewhere.
fn token(from: impl Into<String>, text: &SecretText) -> Result<IdentityToken, IdentityError> {
    IdentityToken::parse(text).map_err(|source| IdentityError::Token { from: from.into(), source })
}

/// The answer of services that give a token: its name differs.
#[derive(Deserialize)]
struct TokenAnswer {
    /// Google's `access_token`.
    #[serde(alias = "value", alias = "access_token")]
    token: Option<String>,
}

/// The text that a service answered with, under `token`, `value` or `access_token`.
fn answered(provider: Provider, answer: &Answer) -> Result<SecretText, IdentityError> {
    refuse(provider, answer)?;
    let read: Result<TokenAnswer, _> = serde_json::from_slice(answer.body());
    let text = read.ok().and_then(|read| read.token).map(SecretText::new);
    text.filter(|text| !text.is_empty())
        .ok_or_else(|| IdentityError::Token { from: provider.to_string(), source: TokenError::Empty })
}

/// Fails for an answer that says no. Its words are shown when they are few, and no token was asked for in vain.
fn refuse(provider: Provider, answer: &Answer) -> Result<(), IdentityError> {
    if answer.is_success() {
        return Ok(());
    }
    let said = answer.said().map_or_else(String::new, |said| format!(": {said}"));
    Err(IdentityError::Refused { provider, reason: format!("status {}{said}", answer.status) })
}

fn missing<T>(provider: Provider, what: impl Into<String>) -> Result<T, IdentityError> {
    Err(IdentityError::Missing { provider, missing: what.into() })
}

#[cfg(test)]
mod tests;
