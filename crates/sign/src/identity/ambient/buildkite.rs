//! Buildkite: with the access token of the job's agent, `POST jobs/ID/oidc/tokens` of the agent's API; otherwise the program
//! `buildkite-agent`. <https://buildkite.com/docs/agent/v3/cli-oidc>

use super::super::{Environment, IdentityError, IdentityToken, Provider, TokenSource};
use super::program::{Program, find_program};
use super::{AmbientOptions, answered, missing, token};
use crate::remote::{Call, Remote, escaped};
use crate::secret::SecretText;

const ENDPOINT: &str = "https://agent.buildkite.com/v3";
const PROVIDER: Provider = Provider::Buildkite;

pub(super) fn find(options: &AmbientOptions) -> Result<Option<Box<dyn TokenSource>>, IdentityError> {
    let environment = &options.environment;
    let bearer = environment.secret("BUILDKITE_AGENT_ACCESS_TOKEN");
    if bearer.is_none() && !environment.says_yes("BUILDKITE") {
        return Ok(None);
    }
    if let (Some(bearer), Some(job)) = (bearer, environment.text("BUILDKITE_JOB_ID")) {
        let endpoint = environment.text("BUILDKITE_AGENT_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned());
        let url = format!("{}/jobs/{}/oidc/tokens", endpoint.trim_end_matches('/'), escaped(&job));
        let audience = options.audience.clone();
        return Ok(Some(Box::new(Api { url, bearer, audience, remote: options.remote() })));
    }
    by_program(environment, &options.audience, options)
}

fn by_program(
    environment: &Environment,
    audience: &str,
    options: &AmbientOptions,
) -> Result<Option<Box<dyn TokenSource>>, IdentityError> {
    const NAME: &str = "buildkite-agent";
    let Some(path) = find_program(environment, NAME) else {
        return missing(
            PROVIDER,
            "neither BUILDKITE_AGENT_ACCESS_TOKEN and BUILDKITE_JOB_ID nor `buildkite-agent` is there",
        );
    };
    let arguments = ["oidc", "request-token", "--audience", audience].map(str::to_owned).to_vec();
    Ok(Some(Box::new(Program { name: NAME, path, arguments, timeout: options.timeout })))
}

struct Api {
    url: String,
    bearer: SecretText,
    audience: String,
    remote: Remote,
}

impl TokenSource for Api {
    fn fetch(&mut self) -> Result<IdentityToken, IdentityError> {
        let call = Call::post_json(&self.url, &serde_json::json!({ "audience": self.audience }))
            .with("Authorization", format!("Token {}", self.bearer.expose()));
        let answer = self.remote.call(&call).map_err(|source| IdentityError::Call { provider: PROVIDER, source })?;
        token(PROVIDER.name(), &answered(PROVIDER, &answer)?)
    }

    fn is_renewable(&self) -> bool {
        true
    }
}
