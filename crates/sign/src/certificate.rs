//! A certificate for one signature: what has to be known of it before it is used.
//!
//! Whether it is to be believed is decided later, when the whole bundle is verified. What is looked at here is what may be
//! wrong before anything is logged: whose it is, and until when it can be used.

use der::{Decode as _, Encode as _};
use jiff::Timestamp;
use spki::ObjectIdentifier;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::SignError;
use crate::identity::Claims;

/// Fulcio's object identifiers: the issuer as UTF8String, and its older form as bare bytes.
const ISSUER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.8");
const ISSUER_V1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.1");
/// RFC 5280 §4.2.1.6.
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
/// Fulcio's `otherName`, for identities that are neither addresses nor URIs.
const USERNAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.7");

/// A certificate, parsed.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    der: Vec<u8>,
    chain: Vec<Vec<u8>>,
    spki: Vec<u8>,
    identity: String,
    issuer: String,
    not_after: Timestamp,
}

impl Certificate {
    /// Reads a certificate of Fulcio.
    pub(crate) fn parse(der: Vec<u8>) -> Result<Self, String> {
        let read = x509_cert::Certificate::from_der(&der).map_err(|error| format!("the certificate: {error}"))?;
        let tbs = read.tbs_certificate;
        let extension = |wanted: ObjectIdentifier| {
            let all = tbs.extensions.iter().flatten();
            all.into_iter().find(|extension| extension.extn_id == wanted).map(|found| found.extn_value.as_bytes())
        };
        let names = extension(SUBJECT_ALT_NAME).ok_or("the certificate names nobody")?;
        let identity = identity(names).ok_or("the certificate names not exactly one identity")?;
        let issuer = match (extension(ISSUER), extension(ISSUER_V1)) {
            (Some(text), _) => String::from_der(text).ok(),
            (None, Some(bytes)) => String::from_utf8(bytes.to_vec()).ok(),
            (None, None) => None,
        };
        let not_after = tbs.validity.not_after.to_unix_duration().as_secs();
        let not_after = i64::try_from(not_after).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        Ok(Self {
            spki: tbs.subject_public_key_info.to_der().map_err(|error| error.to_string())?,
            identity,
            issuer: issuer.ok_or("the certificate does not say who issued the identity")?,
            not_after: not_after.ok_or("the certificate has no end")?,
            der,
            chain: Vec::new(),
        })
    }

    /// With the certificates above it, as the authority names them.
    pub(crate) fn with_chain(self, chain: Vec<Vec<u8>>) -> Self {
        Self { chain, ..self }
    }

    /// The certificates above it, in DER.
    pub(crate) fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Whom it was issued to: an address, a URI, a user name.
    pub(crate) fn identity(&self) -> &str {
        &self.identity
    }

    /// Who vouched for that identity.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Until when it can be used.
    pub(crate) fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Fails when it was issued to somebody else than the token speaks for, as far as that can be told.
    pub(crate) fn speaks_for(&self, claims: &Claims) -> Result<(), SignError> {
        let wrong = |what, wanted: &str, found: &str| {
            Err(SignError::CertificateFor { what, wanted: wanted.to_owned(), found: found.to_owned() })
        };
        // An issuer that stands in for others says whom: the authority certifies that one.
        let federated = claims.federated_issuer();
        if self.issuer != claims.issuer() && federated.as_deref() != Some(self.issuer.as_str()) {
            return wrong("issuer", claims.issuer(), &self.issuer);
        }
        match claims.known_principal() {
            Some(wanted) if wanted != self.identity => wrong("identity", &wanted, &self.identity),
            _ => Ok(()),
        }
    }
}

/// The one name in a list of names.
fn identity(names: &[u8]) -> Option<String> {
    let names = SubjectAltName::from_der(names).ok()?;
    let [name] = names.0.as_slice() else { return None };
    match name {
        GeneralName::Rfc822Name(address) => Some(address.to_string()),
        GeneralName::UniformResourceIdentifier(uri) => Some(uri.to_string()),
        GeneralName::OtherName(other) if other.type_id == USERNAME => other.value.decode_as::<String>().ok(),
        _ => None,
    }
}
