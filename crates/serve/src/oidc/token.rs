//! JSON Web Tokens (RFC 7519) in the compact form of RFC 7515, and the claims that every token needs here.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// How far clocks may be apart, in seconds.
const LEEWAY: f64 = 60.0;

/// How a token may be signed. There is neither `none` nor a secret that both sides share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    /// By its name (RFC 7518 §3.1, RFC 8037, RFC 9864).
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// A token of which nothing is believed yet.
pub(super) struct Token<'t> {
    pub(super) algorithm: Algorithm,
    pub(super) key: String,
    /// What the signature is over.
    pub(super) signed: &'t str,
    pub(super) signature: Vec<u8>,
    claims: Value,
}

/// Claims that hold.
pub(super) struct Claims<'t> {
    pub(super) subject: &'t str,
    pub(super) all: &'t Value,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

impl<'t> Token<'t> {
    /// Takes a token apart.
    pub(super) fn parse(text: &'t str) -> Result<Self, &'static str> {
        let whole = "it is no JSON Web Token";
        let (signed, signature) = text.rsplit_once('.').ok_or(whole)?;
        let (header, claims) = signed.split_once('.').ok_or(whole)?;
        let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| whole);
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| whole)?;
        let algorithm = Algorithm::of(&header.alg).ok_or("its algorithm is none of RS256, ES256 and EdDSA")?;
        let key = header.kid.filter(|key| !key.is_empty()).ok_or("it names no key (kid)")?;
        if header.crit.is_some() {
            // RFC 7515 §4.1.11: what is critical and not understood.
            return Err("its header asks for more than is understood (crit)");
        }
        // RFC 8725 §3.11, RFC 9068 §2.1: tokens that mean something else say so.
        let kind = header.typ.unwrap_or_else(|| "JWT".to_owned()).to_ascii_lowercase();
        if !matches!(kind.trim_start_matches("application/"), "jwt" | "at+jwt") {
            return Err("it is another kind of token (typ)");
        }
        let claims: Value = serde_json::from_slice(&decode(claims)?).map_err(|_| whole)?;
        Ok(Self { algorithm, key, signed, signature: decode(signature)?, claims })
    }

    /// The claims, if it is from this issuer, for this audience, and of this time. To be asked after the signature was checked.
    pub(super) fn claims(&self, issuer: &str, audience: &str, now: Timestamp) -> Result<Claims<'_>, &'static str> {
        let text = |name: &str| self.claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(issuer) {
            return Err("it is of another issuer");
        }
        let for_us = match self.claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(audience)),
            _ => false,
        };
        if !for_us {
            return Err("it is for another audience");
        }
        // Numbers of seconds, which may have fractions (RFC 7519 §2).
        let second = |name: &str| match self.claims.get(name) {
            None => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or("one of its times is no number"),
        };
        let now = now.as_duration().as_secs_f64();
        if second("exp")?.ok_or("it does not say until when it is good")? + LEEWAY <= now {
            return Err("it has expired");
        }
        if second("nbf")?.is_some_and(|from| from - LEEWAY > now) {
            return Err("it is not good yet");
        }
        if second("iat")?.is_some_and(|from| from - LEEWAY > now) {
            return Err("it was issued in the future");
        }
        let plain = |text: &&str| !text.is_empty() && !text.chars().any(char::is_control);
        let subject = text("sub").filter(plain).ok_or("it does not say who it is of (sub)")?;
        Ok(Claims { subject, all: &self.claims })
    }
}
