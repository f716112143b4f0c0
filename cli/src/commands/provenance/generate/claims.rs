//! The claims of a token that is at hand, without asking anybody for one.

use plimsoll_model::Limits;
use plimsoll_provenance::generate::TokenClaims;
use plimsoll_sign::{Environment, IdentityToken, SecretText};
use serde_json::{Map, Value};

use crate::args::{BuildFacts, SigningArguments};
use crate::failure::Failure;
use crate::input;

/// Variables in which a platform leaves a token. The audience of the second is the organisation, which does not change what is
/// claimed of the build.
const TOKENS: &[&str] = &["SIGSTORE_ID_TOKEN", "CIRCLE_OIDC_TOKEN_V2"];

/// Recorded claims, the token of a file, or that of a variable.
pub(super) fn offered(build: &BuildFacts, signing: &SigningArguments) -> Result<Option<TokenClaims>, Failure> {
    if let Some(path) = &build.claims {
        let bytes = input::bytes(path, &Limits::DEFAULT)?;
        return TokenClaims::parse(&bytes)
            .map(Some)
            .map_err(|error| Failure::usage(format!("{}: {error}", path.display())));
    }
    let (from, token) = if let Some(path) = &signing.identity_token_file {
        (path.display().to_string(), SecretText::new(input::text(path)?))
    } else if build.env_file.is_some() {
        // What is made again is made of what was recorded.
        return Ok(None);
    } else {
        let environment = Environment::new(|name| std::env::var_os(name));
        let found = TOKENS.iter().find_map(|name| Some((*name, environment.secret(name)?)));
        let Some((name, token)) = found else { return Ok(None) };
        (name.to_owned(), token)
    };
    let token =
        IdentityToken::parse(&token).map_err(|error| Failure::usage(format!("the token of {from}: {error}")))?;
    let claims: Map<String, Value> = token.claims().all().clone().into_iter().collect();
    Ok(Some(claims.into()))
}
