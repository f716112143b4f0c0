//! The issuer: its endpoints (OpenID Connect Discovery 1.0 §4) and the exchange for a token.

use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::{IdentityError, IdentityToken, Provider, TokenError};
use super::{SignInOptions, form};
use crate::remote::{Answer, Call, Remote};
use crate::secret::SecretText;

const PROVIDER: Provider = Provider::Browser;

/// Where to ask for what.
pub(super) struct Endpoints {
    issuer: String,
    pub(super) authorization: String,
    token: String,
    pub(super) device: Option<String>,
    pub(super) remote: Remote,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    device_authorization_endpoint: Option<String>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: Option<String>,
}

/// RFC 6749 §5.2.
#[derive(Deserialize)]
struct Complaint {
    error: String,
}

impl Endpoints {
    pub(super) fn discover(options: &SignInOptions) -> Result<Self, IdentityError> {
        let remote = Remote::new(options.timeout);
        let issuer = options.issuer.trim_end_matches('/');
        let url = format!("{issuer}/.well-known/openid-configuration");
        let answer = call(&remote, &Call::get(&url))?;
        let found: Option<Discovery> =
            if answer.is_success() { serde_json::from_slice(answer.body()).ok() } else { None };
        let found = found.ok_or_else(|| IdentityError::SignIn(format!("{issuer} is no OpenID Connect issuer")))?;
        if found.issuer.trim_end_matches('/') != issuer {
            return Err(IdentityError::SignIn(format!("{issuer} says that it is another issuer")));
        }
        if !is_safe(&found.authorization_endpoint) {
            return Err(IdentityError::SignIn(format!("{issuer} names an address to sign in at that is not HTTPS")));
        }
        Ok(Self {
            issuer: found.issuer,
            authorization: found.authorization_endpoint,
            token: found.token_endpoint,
            device: found.device_authorization_endpoint,
            remote,
        })
    }

    /// Asks for a token, which must succeed.
    pub(super) fn exchange(
        &self,
        options: &SignInOptions,
        parameters: &[(&str, &str)],
    ) -> Result<IdentityToken, IdentityError> {
        self.ask(options, parameters)?.map_err(|error| IdentityError::Refused { provider: PROVIDER, reason: error })
    }

    /// Asks for a token: the token, or the code of the error.
    pub(super) fn ask(
        &self,
        options: &SignInOptions,
        parameters: &[(&str, &str)],
    ) -> Result<Result<IdentityToken, String>, IdentityError> {
        let answer = self.post(options, &self.token, parameters)?;
        if !answer.is_success() {
            return Ok(Err(error_code(&answer)));
        }
        let text = serde_json::from_slice::<TokenAnswer>(answer.body()).ok().and_then(|answer| answer.id_token);
        let text = SecretText::new(text.unwrap_or_default());
        let malformed = |source: TokenError| IdentityError::Token { from: PROVIDER.to_string(), source };
        let token = IdentityToken::parse(&text).map_err(malformed)?;
        // OpenID Connect Core §3.1.3.7, 2 and 3.
        if token.claims().issuer() != self.issuer {
            return Err(IdentityError::SignIn("the token is of another issuer".to_owned()));
        }
        if !token.claims().is_for(&options.client_id) {
            return Err(IdentityError::Audience {
                from: PROVIDER.to_string(),
                found: token.claims().audiences().join(", "),
                wanted: options.client_id.clone(),
            });
        }
        Ok(Ok(token))
    }

    /// Sends a form with the name of the client.
    pub(super) fn post(
        &self,
        options: &SignInOptions,
        url: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, IdentityError> {
        let mut all = vec![("client_id", options.client_id.as_str())];
        all.extend(options.client_secret.as_ref().map(|secret| ("client_secret", secret.expose().as_str())));
        all.extend(parameters);
        let body = Zeroizing::new(form(&all));
        // A code is good for one use: such a call is not made again by itself.
        let once = Remote { attempts: 1, ..self.remote.clone() };
        call(&once, &Call::post(url, "application/x-www-form-urlencoded", body.as_bytes().to_vec()))
    }
}

/// The code of an error, if it is one of letters, else its status.
pub(super) fn error_code(answer: &Answer) -> String {
    let code = serde_json::from_slice::<Complaint>(answer.body()).ok().map(|complaint| complaint.error);
    let plain = |code: &String| code.len() <= 60 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    code.filter(plain).unwrap_or_else(|| format!("status {}", answer.status))
}

fn call(remote: &Remote, call: &Call<'_>) -> Result<Answer, IdentityError> {
    remote.call(call).map_err(|source| IdentityError::Call { provider: PROVIDER, source })
}

/// Whether an address may be opened or shown: HTTPS or this machine, without anything that ends it.
pub(super) fn is_safe(url: &str) -> bool {
    let starts = ["https://", "http://127.0.0.1:", "http://127.0.0.1/", "http://localhost:", "http://localhost/"];
    url.len() <= 4096
        && starts.iter().any(|start| url.starts_with(start))
        && url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`'))
}
