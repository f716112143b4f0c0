//! Obtains identities, certificates, log entries and timestamps, and returns a verified bundle.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod bundle;
mod certificate;
mod cosign_layer;
mod deadline;
mod error;
mod identity;
pub mod instance;
mod jsf;
mod keys;
#[cfg(test)]
mod loopback;
mod remote;
mod secret;
mod services;
mod session;
mod signer;
mod signing_config;

pub use cosign_layer::CosignLayer;
pub use error::{ServiceError, SignError};
pub use identity::{
    AmbientOptions, Claims, Environment, Identity, IdentityError, IdentityToken, Prompt, Provider, SignInOptions,
    TOKEN_LIMIT, TokenError, TokenSource, Visibility, ambient, sign_in_with_browser, sign_in_with_code,
    sign_in_with_device,
};
pub use jsf::{JsfSignError, JsfSigning, sign_jsf};
pub use keys::{
    KEY_FILE_LIMIT, KeyError, KeyFile, KeyFormat, read_key_file, read_public_key, to_cosign_pem, to_encrypted_pem,
    write_key_pair,
};
pub use remote::CallError;
pub use secret::{Secret, SecretBytes, SecretText};
pub use services::attestation_store::AttestationStore;
pub use services::download::Downloads;
pub use services::http::NetworkOptions;
pub use services::log_search::LogSearch;
pub use session::{Artifact, Entry, Means, Plan, PlannedIdentity, Session, SignedBundle};
pub use signer::{
    ED25519_LIMIT, KeyOptions, PublicKey, PublicKeyError, RsaSize, Scheme, Signed, Signer, SignerError, SoftwareSigner,
    key_needs_network, open_key, sign_reader,
};
pub use signing_config::{Log, LogVersion, Needs, Overrides, Services, SigningConfig};
