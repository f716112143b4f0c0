//! The device flow (RFC 8628): the person signs in on any other device, with a code that is shown here.

use std::thread;
use std::time::Duration;

use serde::Deserialize;

use super::super::{IdentityError, IdentityToken, Provider};
use super::provider::{Endpoints, error_code, is_safe};
use super::{Prompt, SignInOptions, challenge, random};
use crate::deadline::Deadline;

/// RFC 8628 §3.2.
#[derive(Deserialize)]
struct Granted {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: Option<u64>,
    interval: Option<u64>,
}

/// RFC 8628 §3.5: how much longer to wait when asked to.
const SLOWER: Duration = Duration::from_secs(5);

/// Signs in on another device. `tell` shows the address and the code.
///
/// # Errors
/// The issuer cannot be asked or has no such flow, or nobody signed in in time.
pub fn sign_in_with_device(
    options: &SignInOptions,
    tell: &mut dyn FnMut(&Prompt),
) -> Result<IdentityToken, IdentityError> {
    let endpoints = Endpoints::discover(options)?;
    let failed = |reason: &str| IdentityError::SignIn(reason.to_owned());
    let url = endpoints.device.as_deref().ok_or_else(|| failed("the issuer has no device flow"))?;
    let verifier = random()?;
    let challenge = challenge(&verifier);
    let asked = [("scope", "openid email"), ("code_challenge", &*challenge), ("code_challenge_method", "S256")];
    let answer = endpoints.post(options, url, &asked)?;
    if !answer.is_success() {
        return Err(IdentityError::Refused { provider: Provider::Browser, reason: error_code(&answer) });
    }
    let granted: Granted =
        serde_json::from_slice(answer.body()).map_err(|_| failed("the issuer's answer is not what it should be"))?;
    let url = granted.verification_uri_complete.filter(|url| is_safe(url)).unwrap_or(granted.verification_uri);
    if !is_safe(&url) {
        return Err(failed("the issuer names an address to sign in at that is not HTTPS"));
    }
    let code: String = plimsoll_model::printable(&granted.user_code).chars().take(40).collect();
    tell(&Prompt::Device { url, code });

    let patience =
        granted.expires_in.map_or(options.patience, |seconds| options.patience.min(Duration::from_secs(seconds)));
    let end = Deadline::after(patience);
    let mut interval = Duration::from_secs(granted.interval.unwrap_or(5).min(60)).max(options.pace);
    let parameters = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", &*granted.device_code),
        ("code_verifier", verifier.expose()),
    ];
    loop {
        if end.left() < interval {
            return Err(IdentityError::TimedOut(patience.as_secs()));
        }
        thread::sleep(interval);
        match endpoints.ask(options, &parameters)? {
            Ok(token) => return Ok(token),
            Err(error) => match error.as_str() {
                "authorization_pending" => {}
                "slow_down" => interval = interval.saturating_add(SLOWER.min(options.pace.saturating_mul(5))),
                _ => return Err(IdentityError::Refused { provider: Provider::Browser, reason: error }),
            },
        }
    }
}
