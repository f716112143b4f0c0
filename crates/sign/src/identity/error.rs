//! Why there is no identity.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use super::Provider;
use crate::remote::CallError;

/// Why text is no identity token that can be used. Nothing of the token is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// There is no text.
    #[error("the token is empty")]
    Empty,
    /// It is larger than any token.
    #[error("the token has more than {} bytes", super::TOKEN_LIMIT)]
    TooLarge,
    /// It is no JWT in compact form (RFC 7519, RFC 7515 §7.1).
    #[error("the token is no JWT: {0}")]
    Malformed(&'static str),
    /// It is encrypted (RFC 7516), so that nobody could say what it claims.
    #[error("the token is encrypted (JWE)")]
    Encrypted,
    /// Its header says that nobody signed it.
    #[error("the token is not signed (algorithm `none`)")]
    Unsigned,
    /// A claim that must be there is missing or has the wrong type.
    #[error("the token has no usable claim `{0}`")]
    Claim(&'static str),
}

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// A platform was recognised, but it gives this job no token.
    #[error("{provider} gives no identity token: {missing}")]
    Missing {
        /// The platform.
        provider: Provider,
        /// What is not there.
        missing: String,
    },
    /// A platform was recognised that issues no tokens that can be asked for.
    #[error("{0} issues no identity token that Plimsoll can ask for")]
    Unsupported(Provider),
    /// What was given is no token.
    #[error("the identity token of {from} cannot be used")]
    Token {
        /// Where it came from.
        from: String,
        /// Why not.
        #[source]
        source: TokenError,
    },
    /// The token is for somebody else.
    #[error("the identity token of {from} is for the audience {found}, not {wanted}")]
    Audience {
        /// Where it came from.
        from: String,
        /// What it says.
        found: String,
        /// What it should say.
        wanted: String,
    },
    /// The token has expired and cannot be renewed.
    #[error("the identity token of {from} expired at {expired}")]
    Expired {
        /// Where it came from.
        from: String,
        /// When.
        expired: Timestamp,
    },
    /// A file could not be read.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A service could not be asked.
    #[error("cannot ask {provider} for an identity token")]
    Call {
        /// Who was asked.
        provider: Provider,
        /// Why not.
        #[source]
        source: CallError,
    },
    /// A service said no.
    #[error("{provider} refused to give an identity token: {reason}")]
    Refused {
        /// Who was asked.
        provider: Provider,
        /// Its status and, where it is harmless, its words.
        reason: String,
    },
    /// A program that knows the token did not give it.
    #[error("{program} gives no identity token: {reason}")]
    Program {
        /// Its name.
        program: &'static str,
        /// Why not.
        reason: String,
    },
    /// Signing in did not work.
    #[error("signing in failed: {0}")]
    SignIn(String),
    /// Nobody signed in in time.
    #[error("nobody signed in within {0} seconds")]
    TimedOut(u64),
}

impl IdentityError {
    /// What to do about it, when there is something.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Missing { provider, .. } | Self::Unsupported(provider) | Self::Refused { provider, .. } => {
                Some(provider.hint())
            }
            Self::Expired { .. } => Some("sign closer to when the token is made, or let Plimsoll ask for it itself"),
            Self::Audience { .. } => {
                Some("ask for a token with the audience `sigstore`, or with that of your own Fulcio and --audience")
            }
            Self::SignIn(_) | Self::TimedOut(_) => Some("try again, or give a token in SIGSTORE_ID_TOKEN"),
            _ => None,
        }
    }
}
