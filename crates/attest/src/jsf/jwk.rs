//! Public keys as JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2): the kinds that JSF knows.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::WHAT;
use crate::AttestError;

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Jwk {
    /// A point on a curve; both coordinates have the length that the curve gives them.
    Ec {
        /// `P-256`, `P-384`, `P-521`
        curve: String,
        /// The first coordinate.
        x: Vec<u8>,
        /// The second coordinate.
        y: Vec<u8>,
    },
    /// A key for EdDSA.
    Okp {
        /// `Ed25519`, `Ed448`
        curve: String,
        /// The key.
        x: Vec<u8>,
    },
    /// An RSA key; no number has a leading zero.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
}

impl Jwk {
    /// Reads a key.
    ///
    /// # Errors
    /// It has a member that JSF does not give it, lacks one, or is of another kind.
    pub fn parse(value: &Value) -> Result<Self, AttestError> {
        let bad = |reason: &str| AttestError::invalid(WHAT, format!("its publicKey {reason}"));
        let members = value.as_object().ok_or_else(|| bad("is no object"))?;
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let bytes = |name: &str| {
            let text = text(name).ok_or_else(|| bad(&format!("has no {name}")))?;
            BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| bad(&format!("has a {name} that is no base64url")))
        };
        let only = |names: &[&str]| match members.keys().find(|key| !names.contains(&key.as_str())) {
            Some(key) => Err(bad(&format!("has the member {key:?}"))),
            None => Ok(()),
        };
        match text("kty") {
            Some("EC") => {
                only(&["kty", "crv", "x", "y"])?;
                Ok(Self::Ec { curve: text("crv").unwrap_or_default().to_owned(), x: bytes("x")?, y: bytes("y")? })
            }
            Some("OKP") => {
                only(&["kty", "crv", "x"])?;
                Ok(Self::Okp { curve: text("crv").unwrap_or_default().to_owned(), x: bytes("x")? })
            }
            Some("RSA") => {
                only(&["kty", "n", "e"])?;
                Ok(Self::Rsa { n: bytes("n")?, e: bytes("e")? })
            }
            _ => Err(bad("is none of EC, OKP and RSA")),
        }
    }

    /// The key as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let base64 = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        match self {
            Self::Ec { curve, x, y } => json!({ "kty": "EC", "crv": curve, "x": base64(x), "y": base64(y) }),
            Self::Okp { curve, x } => json!({ "kty": "OKP", "crv": curve, "x": base64(x) }),
            Self::Rsa { n, e } => json!({ "kty": "RSA", "n": base64(n), "e": base64(e) }),
        }
    }
}
