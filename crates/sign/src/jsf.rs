//! Signatures that a document holds itself: JSON Signature Format 0.82 ([`plimsoll_attest::JsfDocument`]).
//!
//! What was made is verified before anybody sees it, as everything here is. All but the signature stays byte for byte as it
//! was, though what is signed is the canonical form (RFC 8785).

use der::asn1::UintRef;
use der::{Decode as _, Sequence};
use plimsoll_attest::{AttestError, JsfAlgorithm, JsfCore, JsfDocument, JsfForm};
use plimsoll_verify::{ExcludesRule, JsfExpectation, JsfRule, VerifyError, verify_jsf};

use crate::signer::{Scheme, Signer, SignerError};

/// How a document is signed.
#[derive(Debug, Clone)]
pub struct JsfSigning {
    /// One signature, or one more of several.
    pub form: JsfForm,
    /// Whether signatures that are there are thrown away.
    pub replace: bool,
    /// A name for the key.
    pub key_id: Option<String>,
    /// Whether the public key is put into the document. It tells which key it was, not whose that is.
    pub with_public_key: bool,
}

/// Why a document was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsfSignError {
    /// It cannot be signed.
    #[error("cannot sign the document")]
    Document(#[source] AttestError),
    /// It has a signature, and nobody said what is to become of it.
    #[error("the document is signed already")]
    Signed,
    /// The key did not sign.
    #[error("cannot sign the document")]
    Signer(#[from] SignerError),
    /// The public key cannot be used to verify.
    #[error("cannot verify what was signed")]
    Key(#[source] VerifyError),
    /// What was made does not verify.
    #[error("what was signed does not verify: {0}")]
    NotVerified(String),
}

/// The document with a signature.
///
/// # Errors
/// It is no JSON that can be signed, has a signature that is in the way, or the key cannot be used.
pub fn sign_jsf(text: &[u8], signer: &dyn Signer, signing: &JsfSigning) -> Result<Vec<u8>, JsfSignError> {
    let mut document = JsfDocument::parse(text).map_err(JsfSignError::Document)?;
    if signing.replace {
        document = document.without_signature();
    } else if document.signature().is_some() && signing.form == JsfForm::Single {
        return Err(JsfSignError::Signed);
    }
    let key =
        plimsoll_verify::PublicKey::from_der(signer.public_key().spki_der().to_vec()).map_err(JsfSignError::Key)?;
    let (algorithm, half) = match signer.scheme() {
        Scheme::EcdsaP256Sha256 => (JsfAlgorithm::Es256, Some(32)),
        Scheme::EcdsaP384Sha384 => (JsfAlgorithm::Es384, Some(48)),
        Scheme::RsaPkcs1Sha256(_) => (JsfAlgorithm::Rs256, None),
        Scheme::Ed25519 => (JsfAlgorithm::Ed25519, None),
    };
    let core = JsfCore {
        algorithm,
        key_id: signing.key_id.clone(),
        public_key: if signing.with_public_key { key.to_jwk() } else { None },
        has_certificates: false,
        value: Vec::new(),
    };
    let (signature, bytes) = document.to_sign(signing.form, &core).map_err(JsfSignError::Document)?;
    let value = signer.sign_message(&bytes)?;
    let value = match half {
        Some(half) => to_fixed(&value, half).ok_or_else(|| SignerError::BadSignature { key: signer.describe() })?,
        None => value,
    };
    let signed = JsfDocument::signed_with(text, signature, &value).map_err(JsfSignError::Document)?;
    let document = JsfDocument::parse(&signed).map_err(JsfSignError::Document)?;
    let last = document.signature().map_or(0, |signature| signature.cores().len().saturating_sub(1));
    let expectation = JsfExpectation { keys: vec![key], signatures: JsfRule::One, excludes: ExcludesRule::Refused };
    let outcome = verify_jsf(&document, &expectation);
    if !outcome.is_verified() || !outcome.verified().iter().any(|verified| verified.index() == last) {
        let reason = outcome.refused().last().map_or_else(String::new, |refusal| refusal.reason().to_owned());
        return Err(JsfSignError::NotVerified(reason));
    }
    Ok(signed)
}

/// RFC 3279 §2.2.3.
#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Both numbers in the length of the curve (RFC 7518 §3.4).
fn to_fixed(der: &[u8], half: usize) -> Option<Vec<u8>> {
    let signature = EcdsaSignature::from_der(der).ok()?;
    let mut fixed = Vec::with_capacity(half.saturating_mul(2));
    for number in [signature.r.as_bytes(), signature.s.as_bytes()] {
        fixed.resize(fixed.len().saturating_add(half.checked_sub(number.len())?), 0);
        fixed.extend_from_slice(number);
    }
    Some(fixed)
}

#[cfg(test)]
mod tests;
