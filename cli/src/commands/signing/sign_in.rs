//! A person signs in, where one is there. In CI nobody is, and nothing here runs: a platform that gives no identity is an
//! error before.

use std::io::{self, IsTerminal as _};

use plimsoll_sign::{
    Environment, Identity, Prompt, Provider, SignInOptions, sign_in_with_browser, sign_in_with_device,
};

use crate::args::{SignIn, SigningArguments};
use crate::exit;
use crate::failure::Failure;
use crate::output::Ui;

/// Lets the person at the terminal sign in.
pub(super) fn sign_in(
    arguments: &SigningArguments,
    issuer: Option<&str>,
    environment: Environment,
    ui: &mut Ui,
) -> Result<Identity, Failure> {
    let somebody = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !somebody || environment.says_yes("CI") {
        return Err(Failure {
            code: exit::USAGE,
            error: anyhow::anyhow!("there is no identity to sign with, and nobody to ask"),
            hint: Some(
                "name a file with an OpenID Connect token with --identity-token-file, put one into SIGSTORE_ID_TOKEN, or \
                 sign with --key"
                    .to_owned(),
            ),
        });
    }
    let mut options = SignInOptions::new(environment);
    options.client_id.clone_from(&arguments.audience);
    if let Some(issuer) = issuer {
        options.issuer = issuer.to_owned();
    }
    let mut tell = |prompt: &Prompt| match prompt {
        Prompt::Visit { url, opened: true } => {
            ui.status(&format!("sign in with the browser; if none opened, visit {url}"))
        }
        Prompt::Visit { url, .. } => ui.status(&format!("sign in at {url}")),
        Prompt::Device { url, code } => ui.status(&format!("sign in at {url} with the code {code}")),
        _ => {}
    };
    let token = match arguments.sign_in {
        SignIn::Browser => sign_in_with_browser(&options, &mut tell)?,
        SignIn::Device => sign_in_with_device(&options, &mut tell)?,
    };
    Ok(Identity::fixed(Provider::Browser, arguments.audience.clone(), token))
}
