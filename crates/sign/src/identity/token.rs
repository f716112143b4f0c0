//! An identity token: a signed JWT in compact form (RFC 7515 §7.1, RFC 7519).
//!
//! Its signature is not checked here: that is for the authority it is shown to. Encrypted tokens (RFC 7516) are refused, and
//! so are those that say that they are not signed.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use plimsoll_attest::refuse_duplicates;
use serde::Deserialize;

use super::{Claims, TokenError};
use crate::secret::SecretText;

/// Bytes of a token. Those of CI systems have about two thousand.
pub const TOKEN_LIMIT: usize = 64 << 10;

/// A token and what it claims. The token itself is never shown.
#[derive(Clone)]
pub struct IdentityToken {
    text: SecretText,
    claims: Claims,
}

/// The header of a JWT (RFC 7515 §4, RFC 7516 §4).
#[derive(Deserialize)]
struct Header {
    alg: String,
    enc: Option<serde::de::IgnoredAny>,
}

impl IdentityToken {
    /// Reads a token. White space around it is left out.
    ///
    /// # Errors
    /// It is no signed JWT, or lacks what every identity token has.
    pub fn parse(text: &SecretText) -> Result<Self, TokenError> {
        let token = text.expose().trim();
        if token.is_empty() {
            return Err(TokenError::Empty);
        }
        if token.len() > TOKEN_LIMIT {
            return Err(TokenError::TooLarge);
        }
        // Not more than six parts are looked for, however many points there are.
        let mut parts = token.splitn(6, '.');
        let (Some(header), Some(payload), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(TokenError::Malformed("three parts are wanted"));
        };
        match parts.count() {
            0 => {}
            2 => return Err(TokenError::Encrypted),
            _ => return Err(TokenError::Malformed("three parts are wanted")),
        }
        let header = decode(header)?;
        let header: Header =
            serde_json::from_slice(&header).map_err(|_| TokenError::Malformed("the header is no JSON object"))?;
        if header.enc.is_some() {
            return Err(TokenError::Encrypted);
        }
        if header.alg.eq_ignore_ascii_case("none") || signature.is_empty() {
            return Err(TokenError::Unsigned);
        }
        decode(signature)?;
        let claims = Claims::read(&decode(payload)?)?;
        Ok(Self { text: SecretText::new(token.to_owned()), claims })
    }

    /// The token, for the one request that carries it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// What it claims.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// When it stops being accepted.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.claims.expires_at()
    }
}

impl fmt::Debug for IdentityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityToken").field("claims", &self.claims).finish_non_exhaustive()
    }
}

/// A part, which is JSON in which no key is twice, unless it is the signature.
fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| TokenError::Malformed("a part is not base64url"))
}

/// Refuses a payload that two readers may understand differently.
pub(super) fn unique(json: &[u8]) -> Result<(), TokenError> {
    refuse_duplicates(json).map_err(|_| TokenError::Malformed("the payload is no JSON object with each key once"))
}
