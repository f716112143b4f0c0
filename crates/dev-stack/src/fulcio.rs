//! The authority that certifies keys for an identity.
//! <https://github.com/sigstore/fulcio/blob/main/docs/how-certificate-issuing-works.md>
//!
//! A token says who asks, a signature over its subject (or a certificate signing request) that they have the key. The
//! certificate lives ten minutes and carries a timestamp of the CT log. Clients differ in where they put the token: both
//! places are read.

mod extensions;
mod request;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Json, Router};
use const_oid::db::rfc5280;
use serde_json::{Value, json};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::name::Name;

use crate::DevStackError;
use crate::answer::Answer;
use crate::certificate::{Authority, Extensions, Period, Request, shifted, sign, unsigned};
use crate::ct::CtLog;
use crate::fault::Fault;
use crate::key;
use crate::oidc::Claims;
use crate::stack::Shared;

/// How long a certificate is valid.
const LIFETIME: i64 = 600;

/// The authority, an impostor of the same name, and the log of certificates.
pub(crate) struct Fulcio {
    pub(crate) authority: Authority,
    impostor: Authority,
    pub(crate) ct: CtLog,
}

impl Fulcio {
    pub(crate) fn new(period: Period, with_index: bool) -> Result<Self, DevStackError> {
        let authority = || {
            Authority::root("CN=plimsoll dev-stack root,O=plimsoll dev-stack", period, 1)?.intermediate(
                "CN=plimsoll dev-stack intermediate,O=plimsoll dev-stack",
                period,
                rfc5280::ID_KP_CODE_SIGNING,
            )
        };
        Ok(Self { authority: authority()?, impostor: authority()?, ct: CtLog::new(with_index)? })
    }

    /// The chain of a certificate for a key, as PEM; the certificate first.
    fn certify(
        &self,
        stack: &Shared,
        key: SubjectPublicKeyInfoOwned,
        claims: &Claims,
    ) -> Result<Vec<String>, DevStackError> {
        let on = |fault| stack.faults.is_on(fault);
        let now = (stack.now)();
        let authority = if on(Fault::CertificateWrongAuthority) { &self.impostor } else { &self.authority };
        let start = if on(Fault::CertificateExpired) { shifted(now, -7200) } else { now };
        let purpose =
            if on(Fault::CertificateWrongUsage) { rfc5280::ID_KP_SERVER_AUTH } else { rfc5280::ID_KP_CODE_SIGNING };
        let extensions = Extensions::default().signer(purpose, false)?.keys(&key, &authority.key.public()?)?;
        let extensions = extensions::of(claims, &stack.url, extensions)?;
        let period = Period { start, end: shifted(start, LIFETIME) };
        let request = Request { subject: Name::default(), key, period, extensions };
        let mut tbs = unsigned(request, authority.name.clone(), &authority.key)?;
        if !on(Fault::CertificateWithoutSct) {
            self.ct.stamp(&mut tbs, authority.key.spki(), start, on(Fault::CertificateWrongSct))?;
        }
        let certificate = key::to_der(&sign(tbs, &authority.key)?, "certificate")?;
        std::iter::once(&certificate).chain(&authority.chain).map(|der| key::to_pem("CERTIFICATE", der)).collect()
    }
}

/// The routes.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v2/signingCert", post(signing_certificate))
        .route("/api/v1/signingCert", post(first_signing_certificate))
        .route("/api/v2/trustBundle", get(trust_bundle))
        .route("/api/v1/rootCert", get(root_certificate))
        .route("/api/v2/configuration", get(configuration))
}

async fn signing_certificate(State(stack): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Answer<Json<Value>> {
    let (key, claims) = request::read(&stack, &headers, &body)?;
    let certificates = stack.fulcio.certify(&stack, key, &claims)?;
    Ok(Json(json!({ "signedCertificateEmbeddedSct": { "chain": { "certificates": certificates } } })))
}

/// The older interface: PEM, one certificate after the other.
async fn first_signing_certificate(State(stack): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Answer {
    let (key, claims) = request::read_first(&stack, &headers, &body)?;
    let certificates = stack.fulcio.certify(&stack, key, &claims)?;
    let content_type = [("content-type", "application/pem-certificate-chain")];
    Ok((StatusCode::CREATED, content_type, certificates.concat()).into_response())
}

fn chain(stack: &Shared) -> Result<Vec<String>, DevStackError> {
    stack.fulcio.authority.chain.iter().map(|der| key::to_pem("CERTIFICATE", der)).collect()
}

async fn trust_bundle(State(stack): State<Arc<Shared>>) -> Answer<Json<Value>> {
    Ok(Json(json!({ "chains": [{ "certificates": chain(&stack)? }] })))
}

async fn root_certificate(State(stack): State<Arc<Shared>>) -> Answer {
    let content_type = [("content-type", "application/pem-certificate-chain")];
    Ok((content_type, chain(&stack)?.concat()).into_response())
}

async fn configuration(State(stack): State<Arc<Shared>>) -> Json<Value> {
    use crate::oidc::{AUDIENCE, IssuerKind};
    let issuer = |kind: IssuerKind, claim: &str| {
        json!({
            "issuerUrl": kind.url(&stack.url), "audience": AUDIENCE, "challengeClaim": claim,
            "issuerType": if kind == IssuerKind::People { "email" } else { "ci-provider" },
        })
    };
    Json(json!({ "issuers": [issuer(IssuerKind::People, "email"), issuer(IssuerKind::Workflows, "sub")] }))
}
