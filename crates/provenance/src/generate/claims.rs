//! What an identity token claims: a JSON object (RFC 7519 §4). The token itself is never here.

use std::fmt;

use plimsoll_attest::refuse_duplicates;
use serde_json::{Map, Value};

use super::GenerateError;

/// The claims of a token. Whoever calls has them from a token that an authority accepts, or has recorded them.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenClaims(Map<String, Value>);

impl TokenClaims {
    /// Reads them as JSON.
    ///
    /// # Errors
    /// It is no object, or has a key twice.
    pub fn parse(json: &[u8]) -> Result<Self, GenerateError> {
        refuse_duplicates(json).map_err(GenerateError::Claims)?;
        serde_json::from_slice(json).map(Self).map_err(GenerateError::Claims)
    }

    /// Who issued the token (`iss`).
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.0.get("iss").and_then(Value::as_str)
    }

    /// A claim as text; numbers and booleans are written out. Absent, `null` and empty are the same.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, GenerateError> {
        let mut value: Option<&Value> = None;
        for part in parts(name) {
            value = match value {
                None => self.0.get(part),
                Some(Value::Object(inner)) => inner.get(part),
                Some(_) => None,
            };
            if value.is_none() {
                break;
            }
        }
        match value {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Bool(said)) => Ok(Some(said.to_string())),
            Some(Value::Array(_) | Value::Object(_)) => {
                Err(GenerateError::malformed(format!("the claim {name:?}"), "is no text"))
            }
        }
    }
}

/// The names on the way to a claim. Names may hold slashes themselves, so only one that starts with a slash is a way.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    let inner = name.strip_prefix('/');
    let single = if inner.is_none() { Some(name) } else { None };
    inner.into_iter().flat_map(|inner| inner.split('/')).chain(single)
}

impl From<Map<String, Value>> for TokenClaims {
    fn from(claims: Map<String, Value>) -> Self {
        Self(claims)
    }
}

impl fmt::Debug for TokenClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenClaims(…)")
    }
}
