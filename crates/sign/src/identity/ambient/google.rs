//! Google Cloud: a machine's metadata server gives tokens for its service account; with `GOOGLE_SERVICE_ACCOUNT_NAME` the
//! token is that of another account, which the machine's may impersonate.
//! <https://cloud.google.com/compute/docs/instances/verifying-instance-identity>,
//! <https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken>

use std::fs;

use super::super::{IdentityError, IdentityToken, Provider, TokenSource};
use super::{AmbientOptions, answered, refuse, token};
use crate::remote::{Answer, Call, Remote, escaped};
use crate::secret::SecretText;

const PROVIDER: Provider = Provider::Google;

pub(super) fn find(options: &AmbientOptions) -> Result<Option<Box<dyn TokenSource>>, IdentityError> {
    let account = options.environment.text("GOOGLE_SERVICE_ACCOUNT_NAME");
    let metadata = options.environment.text("GCE_METADATA_HOST");
    // The name of the product, which a firmware writes: `Google` or `Google Compute Engine`.
    let product = fs::read_to_string(&options.places.product_name).unwrap_or_default();
    if account.is_none() && metadata.is_none() && !matches!(product.trim(), "Google" | "Google Compute Engine") {
        return Ok(None);
    }
    let host = metadata.unwrap_or_else(|| "metadata.google.internal".to_owned());
    Ok(Some(Box::new(Google {
        account,
        metadata: format!("http://{host}/computeMetadata/v1/instance/service-accounts/default"),
        access_token: options.environment.secret("GOOGLE_OAUTH_ACCESS_TOKEN"),
        iam_credentials: options.places.iam_credentials.clone(),
        audience: options.audience.clone(),
        remote: options.remote(),
    })))
}

struct Google {
    account: Option<String>,
    metadata: String,
    access_token: Option<SecretText>,
    iam_credentials: String,
    audience: String,
    remote: Remote,
}

impl Google {
    fn ask_metadata(&self, path: &str) -> Result<Answer, IdentityError> {
        let url = format!("{}/{path}", self.metadata);
        let call = Call::get(&url).with("Metadata-Flavor", "Google").in_the_cloud();
        let answer = self.remote.call(&call).map_err(|source| IdentityError::Call { provider: PROVIDER, source })?;
        refuse(PROVIDER, &answer)?;
        Ok(answer)
    }

    fn own(&self) -> Result<IdentityToken, IdentityError> {
        let answer = self.ask_metadata(&format!("identity?audience={}&format=full", escaped(&self.audience)))?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        token(PROVIDER.name(), &SecretText::new(text))
    }

    fn impersonated(&self, account: &str) -> Result<IdentityToken, IdentityError> {
        let bearer = match &self.access_token {
            Some(given) => given.clone(),
            None => answered(PROVIDER, &self.ask_metadata("token")?)?,
        };
        let account = escaped(account);
        let url = format!("{}/v1/projects/-/serviceAccounts/{account}:generateIdToken", self.iam_credentials);
        let body = serde_json::json!({ "audience": self.audience, "includeEmail": true });
        let call = Call::post_json(&url, &body).bearer(&bearer);
        let answer = self.remote.call(&call).map_err(|source| IdentityError::Call { provider: PROVIDER, source })?;
        token(PROVIDER.name(), &answered(PROVIDER, &answer)?)
    }
}

impl TokenSource for Google {
    fn fetch(&mut self) -> Result<IdentityToken, IdentityError> {
        match &self.account {
            Some(account) => self.impersonated(account),
            None => self.own(),
        }
    }

    fn is_renewable(&self) -> bool {
        true
    }
}
