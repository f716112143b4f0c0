//! The authority that certifies a key for an identity: Fulcio's API, version 2.
//! <https://github.com/sigstore/fulcio/blob/main/fulcio.proto>
//!
//! That the asker has the key is proven by a certificate signing request (RFC 2986): its signature is over the request
//! itself. The other proof, a signature over the subject, needs to know which claim the authority takes for the subject,
//! which is configured there for each issuer. Nothing of the request but its key is used, so it names nobody.

use data_encoding::BASE64;
use der::asn1::BitString;
use der::pem::LineEnding;
use der::{Decode as _, Encode as _};
use reqwest::Method;
use serde::Deserialize;
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::attr::Attributes;
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, Version};
use zeroize::Zeroizing;

use super::http::{ANSWER_LIMIT, Http, Request};
use crate::certificate::Certificate;
use crate::identity::IdentityToken;
use crate::secret::SecretBytes;
use crate::signer::{Scheme, Signer};
use crate::{ServiceError, SignError};

const SERVICE: &str = "certificate authority";
/// RFC 5758 §3.2: ecdsa-with-SHA256.
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
/// Certificates of a chain.
const MAX_CHAIN: usize = 16;

/// Has a key certified for whom a token speaks for.
///
/// The certificate is for our key and this identity, or it is an error: what is wrong must not even be logged.
pub(crate) fn certify(
    http: &Http,
    url: &str,
    token: &IdentityToken,
    signer: &dyn Signer,
) -> Result<Certificate, SignError> {
    let request = signing_request(signer)?;
    let body = Zeroizing::new(format!(
        r#"{{"credentials":{{"oidcIdentityToken":"{}"}},"certificateSigningRequest":"{}"}}"#,
        // A token in compact form is of characters that JSON need not escape; that was checked when it was read.
        token.expose(),
        BASE64.encode(request.as_bytes()),
    ));
    let request = Request {
        method: Method::POST,
        service: SERVICE,
        url: format!("{}/api/v2/signingCert", url.trim_end_matches('/')),
        content_type: "application/json",
        accept: "application/json",
        body: SecretBytes::new(body.as_bytes().to_vec()),
        bearer: None,
        secret: Some(token.expose()),
        limit: ANSWER_LIMIT,
    };
    let answer = http.ask(&request, &[])?;
    let malformed = |reason: &str| ServiceError::Malformed { service: SERVICE, reason: reason.to_owned() };
    let wire: Wire = serde_json::from_slice(&answer.body).map_err(|error| malformed(&error.to_string()))?;
    let chain = match (wire.embedded, wire.detached) {
        (Some(embedded), _) => embedded.chain.certificates,
        // A bundle has no place for a timestamp of the CT log outside its certificate.
        (None, Some(_)) => return Err(malformed("the timestamp of the CT log is not in the certificate").into()),
        (None, None) => return Err(malformed("there is no certificate").into()),
    };
    if chain.len() > MAX_CHAIN {
        return Err(malformed("the chain is too long").into());
    }
    let mut chain = chain.iter().map(|text| {
        let (label, der) = der::pem::decode_vec(text.trim().as_bytes()).map_err(|_| malformed("it is not PEM"))?;
        if label == "CERTIFICATE" { Ok(der) } else { Err(malformed("it is no certificate")) }
    });
    let leaf = chain.next().ok_or_else(|| malformed("the chain is empty"))??;
    let above = chain.collect::<Result<Vec<_>, _>>()?;
    let certificate = Certificate::parse(leaf).map_err(|reason| malformed(&reason))?;
    if certificate.spki() != signer.public_key().spki_der() {
        return Err(malformed("the certificate is for another key").into());
    }
    certificate.speaks_for(token.claims())?;
    Ok(certificate.with_chain(above))
}

/// A certificate signing request in PEM.
fn signing_request(signer: &dyn Signer) -> Result<String, SignError> {
    let failed = |_: der::Error| SignError::Encode("certificate signing request");
    if signer.scheme() != Scheme::EcdsaP256Sha256 {
        return Err(SignError::Scheme { scheme: signer.scheme(), wanted: "a certificate is asked for a P-256 key" });
    }
    let info = CertReqInfo {
        version: Version::V1,
        subject: Name::default(),
        public_key: SubjectPublicKeyInfoOwned::from_der(signer.public_key().spki_der()).map_err(failed)?,
        attributes: Attributes::new(),
    };
    let signature = signer.sign_message(&info.to_der().map_err(failed)?)?;
    let request = CertReq {
        info,
        algorithm: AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA256, parameters: None },
        signature: BitString::from_bytes(&signature).map_err(failed)?,
    };
    let der = request.to_der().map_err(failed)?;
    der::pem::encode_string("CERTIFICATE REQUEST", LineEnding::LF, &der)
        .map_err(|_| SignError::Encode("certificate signing request"))
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "signedCertificateEmbeddedSct")]
    embedded: Option<Chained>,
    #[serde(rename = "signedCertificateDetachedSct")]
    detached: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Chained {
    chain: Chain,
}

#[derive(Deserialize)]
struct Chain {
    certificates: Vec<String>,
}
