//! Keys of an issuer: a JWK set (RFC 7517) of RSA, P-256 (RFC 7518) and Ed25519 (RFC 8037) keys, and signatures by them.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;

use super::token::{Algorithm, Token};

/// Keys that one issuer may have.
const MAX_KEYS: usize = 100;

/// The keys that tokens are checked with.
#[derive(Debug)]
pub(super) struct KeySet(Vec<Key>);

#[derive(Debug)]
struct Key {
    name: String,
    material: Material,
}

/// What a key is. Its algorithm follows from it, and never from a token.
#[derive(Debug)]
enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a set. Keys that are for something else are passed over; one without a name cannot be asked for.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let set: Set = serde_json::from_slice(bytes).map_err(|error| format!("no set of keys (JWKS): {error}"))?;
        let keys = set.keys.into_iter().take(MAX_KEYS).filter_map(|value| Key::of(serde_json::from_value(value).ok()?));
        let keys: Vec<Key> = keys.collect();
        if keys.is_empty() {
            return Err("it has no key with a name for RS256, ES256 or EdDSA".to_owned());
        }
        Ok(Self(keys))
    }

    /// Whether a token names one of the keys.
    pub(super) fn has(&self, token: &Token<'_>) -> bool {
        self.0.iter().any(|key| key.name == token.key)
    }

    /// Whether the key that a token names signed it.
    pub(super) fn check(&self, token: &Token<'_>) -> Result<(), &'static str> {
        let mut named = self.0.iter().filter(|key| key.name == token.key).peekable();
        if named.peek().is_none() {
            return Err("its key is not one of the issuer");
        }
        let mut fitting = named.filter(|key| key.material.algorithm() == token.algorithm).peekable();
        if fitting.peek().is_none() {
            return Err("its algorithm is not the one of its key");
        }
        if fitting.any(|key| key.material.signed(token)) { Ok(()) } else { Err("its signature is wrong") }
    }
}

impl Key {
    fn of(jwk: Jwk) -> Option<Self> {
        let verifies = jwk.key_ops.is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
        if !verifies || jwk.purpose.is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let bytes = |text: &Option<String>| {
            BASE64URL_NOPAD.decode(text.as_deref()?.trim_end_matches('=').as_bytes()).ok().filter(|b| b.len() <= 1024)
        };
        let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Material::Rsa { modulus: bytes(&jwk.n)?, exponent: bytes(&jwk.e)? },
            ("EC", Some("P-256")) => {
                let (x, y) = (bytes(&jwk.x)?, bytes(&jwk.y)?);
                if (x.len(), y.len()) != (32, 32) {
                    return None;
                }
                // SEC 1 §2.3.3: an uncompressed point.
                Material::P256([&[4], x.as_slice(), &y].concat())
            }
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes(&jwk.x)?),
            _ => return None,
        };
        let algorithm = material.algorithm();
        if jwk.alg.is_some_and(|alg| Algorithm::of(&alg) != Some(algorithm)) {
            return None;
        }
        Some(Self { name: jwk.kid.filter(|name| !name.is_empty())?, material })
    }
}

impl Material {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    fn signed(&self, token: &Token<'_>) -> bool {
        let (message, signature) = (token.signed.as_bytes(), token.signature.as_slice());
        let checked = match self {
            Self::Rsa { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
            Self::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature),
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
        };
        checked.is_ok()
    }
}
