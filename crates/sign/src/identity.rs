//! Who signs: identity tokens (OpenID Connect), from what a CI system or platform gives, or from a person.
//!
//! A token is what Fulcio writes a certificate for. Here it is only carried, never trusted: its claims are read to be shown
//! before they are published, to know when it expires, and to decide whether a public log may learn of it. Nothing here
//! reads the process environment or the clock; both are arguments. A token goes to nobody but who it is for, over TLS or
//! within this machine, and no redirect is followed.

mod ambient;
mod claims;
mod environment;
mod error;
mod interactive;
mod provider;
mod source;
mod token;

#[cfg(test)]
mod tests;

pub use ambient::{AmbientOptions, ambient};
pub use claims::{Claims, Visibility};
pub use environment::Environment;
pub use error::{IdentityError, TokenError};
pub use interactive::{Prompt, SignInOptions, sign_in_with_browser, sign_in_with_code, sign_in_with_device};
pub use provider::Provider;
pub use source::{Identity, TokenSource};
pub use token::{IdentityToken, TOKEN_LIMIT};
