//! Why nothing was signed.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use plimsoll_attest::AttestError;
use plimsoll_verify::VerifyError;

use crate::identity::IdentityError;
use crate::signer::{Scheme, SignerError};

/// Why a service gave no answer that can be used. Nothing that was sent is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The address is none that may be asked.
    #[error("the address of the {service} ({host}) {reason}")]
    Address {
        /// `certificate authority`, `transparency log`, `timestamp authority`.
        service: &'static str,
        /// Who was to be asked.
        host: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// A file of certificates for TLS is of no use.
    #[error("cannot use the certificates in {path}: {reason}")]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The client could not be made.
    #[error("cannot prepare the connection")]
    Client(#[source] reqwest::Error),
    /// The service could not be reached, or stopped in the middle.
    #[error("no answer from the {service} {host}")]
    Transport {
        /// What it is.
        service: &'static str,
        /// Who was asked.
        host: String,
        /// What the network says, without the address.
        #[source]
        source: reqwest::Error,
    },
    /// The answer could not be read to its end.
    #[error("the answer of the {service} {host} broke off")]
    Broken {
        /// What it is.
        service: &'static str,
        /// Who was asked.
        host: String,
        /// What the network says.
        #[source]
        source: io::Error,
    },
    /// The answer is larger than any should be.
    #[error("the answer of the {service} {host} has more than {limit} bytes")]
    TooMuch {
        /// What it is.
        service: &'static str,
        /// Who was asked.
        host: String,
        /// What is read.
        limit: u64,
    },
    /// The service said no.
    #[error("the {service} {host} answered with status {status}{}", .said.as_ref().map(|said| format!(": {said}")).unwrap_or_default())]
    Refused {
        /// What it is.
        service: &'static str,
        /// Who was asked.
        host: String,
        /// The status of HTTP.
        status: u16,
        /// Its words, where they are harmless.
        said: Option<String>,
    },
    /// The answer is not what it should be.
    #[error("the answer of the {service} cannot be used: {reason}")]
    Malformed {
        /// What it is.
        service: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// Why nothing was signed. Where something was signed that does not verify, nothing of it is given out either.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// There is no identity.
    #[error("there is no identity to sign with")]
    Identity(#[from] IdentityError),
    /// The key did not sign.
    #[error("the key did not sign")]
    Signer(#[from] SignerError),
    /// A service gave no answer that can be used.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// What is to be signed is no statement.
    #[error("this is no statement that can be signed")]
    Statement(#[from] AttestError),
    /// The statement names its subjects by digests that nobody could verify.
    #[error("no subject of the statement has a digest that names one thing: SHA-2, a commit")]
    NoDigest,
    /// The trusted root is of no use.
    #[error("the trusted root cannot be used")]
    TrustedRoot(#[source] VerifyError),
    /// What is to be signed could not be read.
    #[error("cannot read {what}")]
    Read {
        /// Its name.
        what: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A signing configuration is none.
    #[error("the signing configuration cannot be used: {0}")]
    Config(String),
    /// The signing configuration names no service of a kind that is needed, or none that is valid now.
    #[error("the signing configuration names no {service} that can be used at {now}: {reason}")]
    NoService {
        /// What is missing.
        service: &'static str,
        /// When.
        now: Timestamp,
        /// What there is instead.
        reason: String,
    },
    /// The key cannot be used for this.
    #[error("{scheme} cannot be used here: {wanted}")]
    Scheme {
        /// The scheme of the key.
        scheme: Scheme,
        /// What is wanted.
        wanted: &'static str,
    },
    /// The certificate was issued to somebody else.
    #[error("the certificate is for the {what} {found}, but the token speaks for {wanted}")]
    CertificateFor {
        /// `identity` or `issuer`.
        what: &'static str,
        /// What the token says.
        wanted: String,
        /// What the certificate says.
        found: String,
    },
    /// The statement is larger than the log is known to take.
    #[error("the log {url} has to be sent the whole statement, which has {size} bytes, and takes about {limit}")]
    TooLargeForLog {
        /// The log.
        url: String,
        /// Bytes of the statement.
        size: usize,
        /// Bytes of a request that the log takes.
        limit: usize,
    },
    /// The log said that the statement is too large.
    #[error("the log {url} refused the entry of {size} bytes as too large")]
    RefusedAsTooLarge {
        /// The log.
        url: String,
        /// Bytes of the request.
        size: usize,
    },
    /// The log has this very signature already.
    #[error("the log has this signature already, and proves an entry only to who makes it")]
    AlreadyLogged {
        /// What it said.
        #[source]
        source: ServiceError,
    },
    /// A public log would learn of what is not public.
    #[error("this would be published in the public log {log}, and {why}")]
    NotPublic {
        /// The log.
        log: String,
        /// `the identity says that its repository is not public`.
        why: &'static str,
    },
    /// What came back from all services together does not verify.
    #[error("what was signed does not verify ({code}): {reason}")]
    DoesNotVerify {
        /// The reason, for programs.
        code: String,
        /// The reason, for people.
        reason: String,
    },
    /// cosign's older layout keeps what the log of version 1 promises.
    #[error("cosign's older layout needs a transparency log of version 1, and none is used")]
    CosignLayout,
    /// Something could not be encoded.
    #[error("cannot encode the {0}")]
    Encode(&'static str),
}

impl SignError {
    /// What to do about it, when there is something.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Identity(error) => error.hint(),
            Self::TooLargeForLog { .. } | Self::RefusedAsTooLarge { .. } => Some(
                "a log of version 2 takes only a hash, whatever the size: name one with --signing-config; or sign with a \
                 key and --no-tlog",
            ),
            Self::NotPublic { .. } => {
                Some("add --public-log to publish it all the same, or sign at an instance of your own")
            }
            Self::CosignLayout => {
                Some("leave --cosign-layout out, name a log with --rekor-url, or sign with a key and --no-tlog")
            }
            Self::AlreadyLogged { .. } => Some("use the bundle that was made then"),
            Self::NoService { .. } => Some(
                "name a signing configuration with --signing-config, or an instance with --trust or --trust-config",
            ),
            _ => None,
        }
    }
}
