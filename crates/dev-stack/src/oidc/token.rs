//! Tokens: JSON Web Tokens (RFC 7519) signed with ES256 (RFC 7518 §3.4).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::Refusal;
use crate::certificate::shifted;
use crate::fault::Fault;
use crate::identity::Identity;
use crate::stack::Shared;
use crate::text::Secret;
use crate::{DevStackError, oidc::IssuerKind};

/// What Fulcio wants its tokens to be for.
pub(crate) const AUDIENCE: &str = "sigstore";
/// Longer tokens are not read.
const MAX_TOKEN: usize = 64 << 10;

/// The claims of a token that was checked.
pub(crate) struct Claims {
    pub(crate) issuer: IssuerKind,
    values: Map<String, Value>,
}

impl Claims {
    /// A claim that is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.values.get(name).and_then(Value::as_bool).unwrap_or(false)
    }
}

/// Makes a token.
pub(crate) fn issue(
    stack: &Shared,
    identity: &Identity,
    audience: &str,
    nonce: Option<&str>,
) -> Result<Secret, DevStackError> {
    let now = (stack.now)();
    let (from, until) = if stack.faults.is_on(Fault::TokenExpired) {
        (shifted(now, -7200), shifted(now, -3600))
    } else {
        (now, shifted(now, stack.token_lifetime))
    };
    let kind = match identity {
        Identity::Email(_) => IssuerKind::People,
        Identity::Workflow(_) => IssuerKind::Workflows,
    };
    let mut claims = identity.claims(&kind.url(&stack.url), audience, from, until);
    if let Some(nonce) = nonce {
        claims.insert("nonce".to_owned(), nonce.into());
    }
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": stack.issuer.key_name() });
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(&header), part(&Value::Object(claims)));
    let signature = stack.issuer.key.sign(signed.as_bytes())?;
    Ok(Secret::new(format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))))
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
}

/// Checks what Fulcio checks of a token: its signature, issuer, audience and time.
pub(crate) fn check(stack: &Shared, token: &str) -> Result<Claims, Refusal> {
    let refused = |why: &str| Refusal::unauthorised(format!("There was an error processing the identity token: {why}"));
    if token.len() > MAX_TOKEN {
        return Err(refused("it is too long"));
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(|| refused("it is no JWT"))?;
    let (header, claims) = signed.split_once('.').ok_or_else(|| refused("it is no JWT"))?;
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| refused("it is not base64"));
    let header: Header =
        serde_json::from_slice(&decode(header)?).map_err(|_| refused("its header has no algorithm or key"))?;
    if header.alg != "ES256" || header.kid != stack.issuer.key_name() {
        return Err(refused("it is not signed by a known key"));
    }
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, stack.issuer.key.raw())
        .verify(signed.as_bytes(), &decode(signature)?)
        .map_err(|_| refused("its signature is wrong"))?;
    let values: Map<String, Value> =
        serde_json::from_slice(&decode(claims)?).map_err(|_| refused("its claims are no object"))?;
    let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default();
    let issuer = [IssuerKind::People, IssuerKind::Workflows]
        .into_iter()
        .find(|kind| kind.url(&stack.url) == text("iss"))
        .ok_or_else(|| refused("its issuer is not known"))?;
    if text("aud") != AUDIENCE {
        return Err(refused("it is for another audience"));
    }
    let now = (stack.now)().as_second();
    let second = |name: &str| values.get(name).and_then(Value::as_i64);
    if second("exp").is_none_or(|until| until <= now) {
        return Err(refused("it has expired"));
    }
    if second("nbf").is_some_and(|from| from > now) {
        return Err(refused("it is not valid yet"));
    }
    Ok(Claims { issuer, values })
}
