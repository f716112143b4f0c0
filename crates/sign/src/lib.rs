//! Obtains identities, certificates, log entries and timestamps, and returns a verified bundle.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod identity;
#[cfg(test)]
mod loopback;
mod remote;
mod secret;
mod signer;

pub use identity::{
    AmbientOptions, Claims, Environment, Identity, IdentityError, IdentityToken, Provider, TOKEN_LIMIT, TokenError,
    TokenSource, Visibility, ambient,
};
pub use remote::CallError;
pub use secret::{Secret, SecretBytes, SecretText};
pub use signer::{
    ED25519_LIMIT, PublicKey, PublicKeyError, RsaSize, Scheme, Signed, Signer, SignerError, SoftwareSigner, sign_reader,
};
