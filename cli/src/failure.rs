//! How a command fails: a status, a chain of reasons, and what to do.

use std::io;

use plimsoll_registry::RegistryError;
use plimsoll_scan::ScanError;
use plimsoll_sign::{IdentityError, KeyError, SignError, SignerError};
use plimsoll_source::SourceError;

use crate::exit;

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    pub(crate) error: anyhow::Error,
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: exit::USAGE, error: anyhow::Error::msg(message.into()), hint: None }
    }

    pub(crate) fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self { code: exit::FAILED, error: error.into(), hint: None }
    }

    /// With what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether nobody reads our output any more, which is no failure.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.error.chain().any(|cause| {
            cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
        })
    }
}

impl From<ScanError> for Failure {
    fn from(error: ScanError) -> Self {
        let (code, hint) = match &error {
            ScanError::Source(source) => {
                let registry = RegistryError::find(source);
                let hint = registry.and_then(RegistryError::hint).or_else(|| source_hint(source));
                let usage = registry.is_some_and(RegistryError::is_usage);
                (if usage { exit::USAGE } else { source_code(source) }, hint)
            }
            _ => (exit::FAILED, None),
        };
        Self { code, error: error.into(), hint: hint.map(str::to_owned) }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        ScanError::from(error).into()
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        let code = if error.is_usage() { exit::USAGE } else { exit::FAILED };
        Self { code, hint: error.hint().map(str::to_owned), error: error.into() }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let (code, hint) = match &error {
            KeyError::Exists(_) => (exit::USAGE, Some("choose another name with --output, or move the file away")),
            KeyError::EmptyPassword => (exit::USAGE, Some("a new key needs a password")),
            KeyError::NeedsPassword => {
                (exit::USAGE, Some("give it with --password-file, PLIMSOLL_PASSWORD or COSIGN_PASSWORD"))
            }
            KeyError::NotEncrypted => (exit::USAGE, Some("encrypt it with `plimsoll keys import`")),
            _ => (exit::FAILED, None),
        };
        Self { code, hint: hint.map(str::to_owned), error: error.into() }
    }
}

impl From<SignerError> for Failure {
    fn from(error: SignerError) -> Self {
        let code = match &error {
            SignerError::Reference { .. } | SignerError::Configuration { .. } => exit::USAGE,
            _ => exit::FAILED,
        };
        Self { code, hint: None, error: error.into() }
    }
}

impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Self {
        let code = match &error {
            IdentityError::Missing { .. } | IdentityError::Unsupported(_) | IdentityError::Audience { .. } => {
                exit::USAGE
            }
            _ => exit::FAILED,
        };
        Self { code, hint: error.hint().map(str::to_owned), error: error.into() }
    }
}

impl From<SignError> for Failure {
    fn from(error: SignError) -> Self {
        let code = match &error {
            SignError::Identity(IdentityError::Missing { .. } | IdentityError::Unsupported(_))
            | SignError::Identity(IdentityError::Audience { .. })
            | SignError::Config(_)
            | SignError::NoDigest
            | SignError::NoService { .. }
            | SignError::NotPublic { .. }
            | SignError::Scheme { .. }
            | SignError::TooLargeForLog { .. } => exit::USAGE,
            _ => exit::FAILED,
        };
        Self { code, hint: error.hint().map(str::to_owned), error: error.into() }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::failed(error)
    }
}

fn source_code(error: &SourceError) -> u8 {
    match error {
        SourceError::Reference { .. } => exit::USAGE,
        _ => exit::FAILED,
    }
}

fn source_hint(error: &SourceError) -> Option<&'static str> {
    Some(match error {
        SourceError::Reference { .. } => {
            "a source is a path, or dir: file: archive: docker-archive: oci-archive: oci-layout: disk: and a path, or \
             registry: docker: podman: and the name of an image, or -"
        }
        SourceError::Open { source, .. } if source.kind() == io::ErrorKind::NotFound => "check the path",
        SourceError::Open { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            "run as a user who may read it"
        }
        SourceError::Open { .. } => "leave the prefix out to let the content decide, or name the right one",
        SourceError::DigestMismatch { .. } => {
            "the content is not what its manifest names: fetch the image again; do not use this one"
        }
        SourceError::Truncated { .. } => "fetch it again and compare its digest",
        SourceError::Platform { .. } => "name one of these with --platform, or take all of them with --platform all",
        SourceError::Unrecognised { .. } => "say what it is with a prefix, such as docker-archive:PATH",
        SourceError::Budget { .. } => "raise the limit if you trust the input",
        _ => return None,
    })
}
