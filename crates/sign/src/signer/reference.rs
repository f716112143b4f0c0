//! The names of keys that are not in files, as cosign has them: `hashivault://`, `awskms://`, `gcpkms://`, `azurekms://`,
//! and `pkcs11:` (RFC 7512).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Signer, SignerError};
use crate::identity::Environment;

/// Tells the time. Requests to AWS carry it.
type Clock = dyn Fn() -> Timestamp + Send + Sync;

/// How keys that are elsewhere are reached.
#[derive(Clone)]
#[non_exhaustive]
pub struct KeyOptions {
    /// Addresses and credentials: `VAULT_ADDR`, `AWS_REGION` and so on.
    pub environment: Environment,
    /// How long a service may take to answer.
    pub timeout: Duration,
    clock: Arc<Clock>,
}

impl KeyOptions {
    /// Options for an environment, and the clock.
    pub fn new(environment: Environment, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { environment, timeout: Duration::from_secs(30), clock: Arc::new(clock) }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

impl fmt::Debug for KeyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyOptions").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// What opens the key of a name.
type Opener = fn(&str, &KeyOptions) -> Result<Box<dyn Signer>, SignerError>;

/// Schemes, and what opens them where this program was built with it.
const SCHEMES: &[(&str, Option<Opener>)] = &[
    ("hashivault://", opener_vault()),
    ("awskms://", opener_aws()),
    ("gcpkms://", opener_gcp()),
    ("azurekms://", opener_azure()),
    ("pkcs11:", opener_pkcs11()),
];

/// Whether a key is elsewhere than in a file, and the network is needed to use it; `None` for files.
#[must_use]
pub fn key_needs_network(reference: &str) -> Option<bool> {
    let (scheme, _) = SCHEMES.iter().find(|(scheme, _)| reference.starts_with(scheme))?;
    Some(*scheme != "pkcs11:")
}

/// The key of a name; `None` where it is not such a name, but that of a file.
///
/// Its public key is fetched here, so that a key that cannot be used is known before anything is read.
///
/// # Errors
/// The name is malformed, or the key cannot be reached or used.
pub fn open_key(reference: &str, options: &KeyOptions) -> Result<Option<Box<dyn Signer>>, SignerError> {
    for (scheme, opener) in SCHEMES {
        if !reference.starts_with(scheme) {
            continue;
        }
        return match opener {
            Some(open) => open(reference, options).map(Some),
            None => Err(SignerError::Reference {
                key: (*scheme).to_owned(),
                reason: "this program was built without what opens it",
            }),
        };
    }
    Ok(None)
}

const fn opener_vault() -> Option<Opener> {
    #[cfg(feature = "vault")]
    return Some(super::vault::open);
    #[cfg(not(feature = "vault"))]
    None
}

const fn opener_aws() -> Option<Opener> {
    #[cfg(feature = "aws-kms")]
    return Some(super::aws::open);
    #[cfg(not(feature = "aws-kms"))]
    None
}

const fn opener_gcp() -> Option<Opener> {
    #[cfg(feature = "gcp-kms")]
    return Some(super::gcp::open);
    #[cfg(not(feature = "gcp-kms"))]
    None
}

const fn opener_azure() -> Option<Opener> {
    #[cfg(feature = "azure-kms")]
    return Some(super::azure::open);
    #[cfg(not(feature = "azure-kms"))]
    None
}

const fn opener_pkcs11() -> Option<Opener> {
    #[cfg(feature = "pkcs11")]
    return Some(super::pkcs11::open);
    #[cfg(not(feature = "pkcs11"))]
    None
}
