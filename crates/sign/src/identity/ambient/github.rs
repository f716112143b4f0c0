//! GitHub Actions: `GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=…` with `$ACTIONS_ID_TOKEN_REQUEST_TOKEN` as bearer gives
//! `{"value": …}`. The two variables are there only with `permissions: id-token: write`.
//! <https://docs.github.com/en/actions/reference/security/oidc>
//!
//! The service is known to drop a request now and then: it is asked again, as every service here is.

use super::super::{IdentityError, IdentityToken, Provider, TokenSource};
use super::{AmbientOptions, answered, missing, token};
use crate::remote::{Call, Remote, escaped};
use crate::secret::SecretText;

pub(super) fn find(options: &AmbientOptions) -> Result<Option<Box<dyn TokenSource>>, IdentityError> {
    const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
    const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
    let environment = &options.environment;
    let (url, bearer) = match (environment.text(URL), environment.secret(TOKEN)) {
        (Some(url), Some(bearer)) => (url, bearer),
        (None, None) if !environment.says_yes("GITHUB_ACTIONS") => return Ok(None),
        (None, _) => return missing(Provider::GitHub, format!("{URL} is not set")),
        (_, None) => return missing(Provider::GitHub, format!("{TOKEN} is not set")),
    };
    let joint = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{joint}audience={}", escaped(&options.audience));
    Ok(Some(Box::new(GitHub { url, bearer, remote: options.remote() })))
}

struct GitHub {
    url: String,
    bearer: SecretText,
    remote: Remote,
}

impl TokenSource for GitHub {
    fn fetch(&mut self) -> Result<IdentityToken, IdentityError> {
        let provider = Provider::GitHub;
        let call = Call::get(&self.url).bearer(&self.bearer).with("Accept", "application/json; api-version=2.0");
        let answer = self.remote.call(&call).map_err(|source| IdentityError::Call { provider, source })?;
        token(provider.name(), &answered(provider, &answer)?)
    }

    fn is_renewable(&self) -> bool {
        true
    }
}
