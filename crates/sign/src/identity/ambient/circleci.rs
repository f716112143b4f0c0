//! CircleCI: `circleci run oidc get` gives a token with an audience of one's own choice; those in `CIRCLE_OIDC_TOKEN` and
//! `CIRCLE_OIDC_TOKEN_V2` are for the organisation, and Fulcio would refuse them.
//! <https://circleci.com/docs/guides/permissions-authentication/oidc-tokens-with-custom-claims/>

use super::super::{IdentityError, Provider, TokenSource};
use super::program::{Program, find_program};
use super::{AmbientOptions, missing};

pub(super) fn find(options: &AmbientOptions) -> Result<Option<Box<dyn TokenSource>>, IdentityError> {
    const NAME: &str = "circleci";
    if !options.environment.says_yes("CIRCLECI") {
        return Ok(None);
    }
    let Some(path) = find_program(&options.environment, NAME) else {
        return missing(Provider::CircleCi, "the program `circleci` is not in the PATH");
    };
    let claims = serde_json::json!({ "aud": options.audience }).to_string();
    let arguments = ["run", "oidc", "get", "--root-issuer", "--claims", &claims].map(str::to_owned).to_vec();
    Ok(Some(Box::new(Program { name: NAME, path, arguments, timeout: options.timeout })))
}
