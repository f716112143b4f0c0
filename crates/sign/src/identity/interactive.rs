//! A person signs in: OpenID Connect with an authorization code and PKCE (RFC 6749 §4.1, RFC 7636), by a browser that comes
//! back to this machine (RFC 8252 §7.3) or a code that is typed, or the device flow (RFC 8628).
//!
//! Whether anybody is there to sign in is for the caller to say; nothing here runs in CI by itself. The token comes straight
//! from the issuer over TLS, which stands for its signature (OpenID Connect Core §3.1.3.7); its issuer, audience and nonce are
//! compared. The state is compared in constant time before the code is used.

mod browser;
mod device;
mod listener;
mod provider;

#[cfg(test)]
mod tests;

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};

use super::{Environment, IdentityError, IdentityToken};
use crate::deadline::Deadline;
use crate::remote::escaped;
use crate::secret::SecretText;
use listener::Listener;
use provider::Endpoints;

pub use device::sign_in_with_device;

/// Where a person signs in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignInOptions {
    /// The issuer; its endpoints are discovered.
    pub issuer: String,
    /// The client that asks, which is the audience of the token.
    pub client_id: String,
    /// What some issuers want of a client besides its name. It is no secret in a program that everybody has.
    pub client_secret: Option<SecretText>,
    /// `BROWSER`, `PATH`, and whether there is a display.
    pub environment: Environment,
    /// How long to wait for the person.
    pub patience: Duration,
    /// How long the issuer may take to answer.
    pub timeout: Duration,
    /// The shortest time between two questions of the device flow.
    pub(crate) pace: Duration,
}

impl SignInOptions {
    /// The public instance of Sigstore.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self {
            issuer: "https://oauth2.sigstore.dev/auth".to_owned(),
            client_id: "sigstore".to_owned(),
            client_secret: None,
            environment,
            patience: Duration::from_secs(300),
            timeout: Duration::from_secs(30),
            pace: Duration::from_secs(1),
        }
    }
}

/// What the person is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Prompt {
    /// A browser was opened at this address, or is to be.
    Visit {
        /// The address.
        url: String,
        /// Whether a browser was started.
        opened: bool,
    },
    /// This address is to be visited anywhere, and this code typed there.
    Device {
        /// The address.
        url: String,
        /// The code.
        code: String,
    },
}

/// Signs in with a browser on this machine. `tell` shows the address, for when no browser opens.
///
/// # Errors
/// The issuer cannot be asked, nobody signed in in time, or what came back is not what was asked for.
pub fn sign_in_with_browser(
    options: &SignInOptions,
    tell: &mut dyn FnMut(&Prompt),
) -> Result<IdentityToken, IdentityError> {
    let endpoints = Endpoints::discover(options)?;
    let listener = Listener::start()?;
    let attempt = Attempt::new(&listener.redirect_uri())?;
    let url = attempt.url(&endpoints, options);
    let opened = browser::open(&options.environment, &url);
    tell(&Prompt::Visit { url, opened });
    let end = Deadline::after(options.patience);
    let code =
        listener.wait(&attempt.state, end)?.ok_or_else(|| IdentityError::TimedOut(options.patience.as_secs()))?;
    attempt.finish(&endpoints, options, &code)
}

/// Signs in with a browser anywhere: `ask` shows the address and gives the code that the person brings back.
///
/// # Errors
/// The issuer cannot be asked, there is no code, or what came back is not what was asked for.
pub fn sign_in_with_code(
    options: &SignInOptions,
    ask: &mut dyn FnMut(&Prompt) -> Option<SecretText>,
) -> Result<IdentityToken, IdentityError> {
    let endpoints = Endpoints::discover(options)?;
    let attempt = Attempt::new("urn:ietf:wg:oauth:2.0:oob")?;
    let url = attempt.url(&endpoints, options);
    let code = ask(&Prompt::Visit { url, opened: false }).map(|code| SecretText::new(code.expose().trim().to_owned()));
    let code =
        code.filter(|code| !code.is_empty()).ok_or_else(|| IdentityError::SignIn("no code was given".to_owned()))?;
    attempt.finish(&endpoints, options, &code)
}

/// One try, with the numbers that tie its parts together.
struct Attempt {
    redirect_uri: String,
    state: SecretText,
    nonce: SecretText,
    /// RFC 7636 §4.1
    verifier: SecretText,
}

impl Attempt {
    fn new(redirect_uri: &str) -> Result<Self, IdentityError> {
        Ok(Self { redirect_uri: redirect_uri.to_owned(), state: random()?, nonce: random()?, verifier: random()? })
    }

    fn url(&self, endpoints: &Endpoints, options: &SignInOptions) -> String {
        let joint = if endpoints.authorization.contains('?') { '&' } else { '?' };
        let parameters = [
            ("response_type", "code"),
            ("client_id", &options.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", "openid email"),
            ("state", self.state.expose()),
            ("nonce", self.nonce.expose()),
            ("code_challenge", &challenge(&self.verifier)),
            ("code_challenge_method", "S256"),
        ];
        format!("{}{joint}{}", endpoints.authorization, form(&parameters))
    }

    /// Exchanges the code for a token, which must be the one that was asked for.
    fn finish(
        &self,
        endpoints: &Endpoints,
        options: &SignInOptions,
        code: &SecretText,
    ) -> Result<IdentityToken, IdentityError> {
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code.expose().as_str()),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", self.verifier.expose()),
        ];
        let token = endpoints.exchange(options, &parameters)?;
        let nonce = token.claims().text("nonce").unwrap_or_default();
        if verify_slices_are_equal(nonce.as_bytes(), self.nonce.expose().as_bytes()).is_err() {
            return Err(IdentityError::SignIn("the token was made for another sign-in (its nonce differs)".to_owned()));
        }
        Ok(token)
    }
}

/// RFC 7636 §4.2, S256.
fn challenge(verifier: &SecretText) -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(verifier.expose().as_bytes()))
}

/// 256 bits that nobody can guess, as text.
fn random() -> Result<SecretText, IdentityError> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    aws_lc_rs::rand::fill(bytes.as_mut_slice())
        .map_err(|_| IdentityError::SignIn("there is no randomness".to_owned()))?;
    Ok(SecretText::new(BASE64URL_NOPAD.encode(bytes.as_slice())))
}

/// Parameters as in a query or form.
fn form(parameters: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    pairs.join("&")
}
