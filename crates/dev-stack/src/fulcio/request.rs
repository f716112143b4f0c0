//! What Fulcio is asked: a token, and a key that the asker has.

use axum::http::{HeaderMap, header};
use data_encoding::BASE64;
use der::Decode as _;
use serde::Deserialize;
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::request::CertReq;

use crate::answer::{Answer, Refusal};
use crate::key;
use crate::oidc::{Claims, IssuerKind, check};
use crate::stack::Shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    credentials: Option<Credentials>,
    #[serde(default)]
    public_key_request: Option<KeyRequest>,
    /// Base64 of PEM.
    #[serde(default)]
    certificate_signing_request: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    oidc_identity_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyRequest {
    public_key: PublicKey,
    /// Base64.
    proof_of_possession: String,
}

#[derive(Deserialize)]
struct PublicKey {
    /// PEM; in the older interface, base64 of DER.
    content: String,
}

/// The older interface has the fields of the key at the top.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FirstWire {
    #[serde(default)]
    public_key: Option<PublicKey>,
    #[serde(default)]
    signed_email_address: Option<String>,
    #[serde(default)]
    certificate_signing_request: Option<String>,
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// Checks a request of version 2.
pub(super) fn read(stack: &Shared, headers: &HeaderMap, body: &[u8]) -> Answer<(SubjectPublicKeyInfoOwned, Claims)> {
    let wire: Wire = serde_json::from_slice(body).map_err(|error| Refusal::bad(format!("invalid request: {error}")))?;
    let token = wire.credentials.map(|credentials| credentials.oidc_identity_token).or_else(|| bearer(headers));
    let claims = claims_of(stack, token)?;
    let key = match (wire.public_key_request, wire.certificate_signing_request) {
        (Some(request), _) => possessed(request.public_key.content.as_bytes(), &request.proof_of_possession, &claims)?,
        (None, Some(request)) => requested(&request)?,
        (None, None) => return Err(Refusal::bad("there is neither a public key nor a certificate signing request")),
    };
    Ok((key, claims))
}

/// Checks a request of version 1.
pub(super) fn read_first(
    stack: &Shared,
    headers: &HeaderMap,
    body: &[u8],
) -> Answer<(SubjectPublicKeyInfoOwned, Claims)> {
    let wire: FirstWire =
        serde_json::from_slice(body).map_err(|error| Refusal::bad(format!("invalid request: {error}")))?;
    let claims = claims_of(stack, bearer(headers))?;
    let key = match (wire.public_key, wire.signed_email_address, wire.certificate_signing_request) {
        (Some(key), Some(proof), _) => possessed(&decode(&key.content)?, &proof, &claims)?,
        (_, _, Some(request)) => requested(&request)?,
        _ => return Err(Refusal::bad("there is neither a public key nor a certificate signing request")),
    };
    Ok((key, claims))
}

fn claims_of(stack: &Shared, token: Option<String>) -> Answer<Claims> {
    let token = token.ok_or_else(|| Refusal::unauthorised("there is no identity token"))?;
    let claims = check(stack, &token)?;
    if claims.issuer == IssuerKind::People && !claims.flag("email_verified") {
        return Err(Refusal::unauthorised("the address is not verified"));
    }
    Ok(claims)
}

fn decode(text: &str) -> Answer<Vec<u8>> {
    BASE64.decode(text.as_bytes()).map_err(|error| Refusal::bad(format!("this is not base64: {error}")))
}

/// The signature over who asks proves that the asker has the key.
fn possessed(key: &[u8], proof: &str, claims: &Claims) -> Answer<SubjectPublicKeyInfoOwned> {
    let key = key::public_key(key).ok_or_else(|| Refusal::bad("the public key supplied cannot be read"))?;
    let challenge = match claims.issuer {
        IssuerKind::People => "email",
        IssuerKind::Workflows => "sub",
    };
    let challenge = claims.text(challenge).unwrap_or_default();
    if !key::signed(&key, challenge.as_bytes(), &decode(proof)?) {
        return Err(Refusal::bad("the signature supplied in the request could not be verified"));
    }
    Ok(key)
}

/// A request that is signed with the key it names (RFC 2986). Nothing else of it is used, as with the real one.
fn requested(request: &str) -> Answer<SubjectPublicKeyInfoOwned> {
    let unreadable = || Refusal::bad("the certificate signing request cannot be read");
    let bytes = decode(request)?;
    let der = key::pem(&bytes).map_or(bytes, |(_, der)| der);
    let request = CertReq::from_der(&der).map_err(|_| unreadable())?;
    let signed = key::to_der(&request.info, "certificate signing request")?;
    let signature = request.signature.as_bytes().ok_or_else(unreadable)?;
    if !key::signed(&request.info.public_key, &signed, signature) {
        return Err(Refusal::bad("the signature of the certificate signing request could not be verified"));
    }
    Ok(request.info.public_key)
}
