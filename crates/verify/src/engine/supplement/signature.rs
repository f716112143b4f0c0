//! The signature itself: over the artifact, or over the encoding of an envelope.
//!
//! An envelope that a certificate signed has one signature, as Sigstore demands. Of one with several by managed keys, any that
//! the given key made is enough; the others stay unchecked. Ed25519 is over the bytes, never over a digest of them: Ed25519ph
//! is another algorithm that shares its keys, and is not verified.
//!
//! The DSSE specification leaves open how a signature of ECDSA is written. Sigstore wants DER, and so do certificates here; of
//! managed keys both ways are taken, as Google signs its summaries in the other. Only what is exactly as long as two numbers of
//! the curve is tried in that way, so that no signature is understood in two.

use plimsoll_attest::{Envelope, is_in_toto_payload};
use plimsoll_model::DigestAlgorithm;
use sigstore_crypto::{KeyAlgorithm, SigningScheme, VerificationKey};
use sigstore_types::{DerPublicKey, HashAlgorithm, SignatureBytes};

use super::Made;
use crate::Code;
use crate::ecdsa::from_fixed;
use crate::engine::Refused;
use crate::evidence::{Parts, PartsContent};

/// Verifies the signature, and gives it. `key` is a `SubjectPublicKeyInfo`.
pub(super) fn verify<'a>(parts: &'a Parts, made: &Made<'_>, by_certificate: bool) -> Result<&'a [u8], Refused> {
    let spki = DerPublicKey::new(made.key.to_vec());
    let unsupported = |error: sigstore_crypto::Error| Refused::new(Code::Unsupported, error.to_string());
    let algorithm = KeyAlgorithm::from_spki(&spki).map_err(unsupported)?;
    let scheme = match &parts.content {
        PartsContent::Message { digest: Some((stated, _)), .. } => {
            algorithm.resolve_signing_scheme(hash(*stated)?).map_err(unsupported)?
        }
        _ => algorithm.default_signing_scheme(),
    };
    let key = VerificationKey::from_spki_with_scheme(&spki, scheme).map_err(unsupported)?;
    match &parts.content {
        PartsContent::Message { signature, digest } => {
            if let Some((stated, value)) = digest
                && made.subject_digest(hash(*stated)?)? != *value
            {
                return Err(Refused::new(Code::Subject, "it is about another artifact"));
            }
            message(&key, scheme, signature, made)?;
            Ok(signature)
        }
        PartsContent::Envelope(envelope) => of_envelope(&key, algorithm, envelope, by_certificate),
    }
}

fn wrong() -> Refused {
    Refused::new(Code::Signature, "the signature was not made over this with that key")
}

fn message(key: &VerificationKey, scheme: SigningScheme, signature: &[u8], made: &Made<'_>) -> Result<(), Refused> {
    let signature = SignatureBytes::from_bytes(signature);
    match scheme.hash_algorithm() {
        Some(algorithm) => key.verify_prehashed(&made.subject_digest(algorithm)?, &signature),
        None => key.verify(made.subject_bytes()?, &signature),
    }
    .map_err(|_| wrong())
}

fn of_envelope<'a>(
    key: &VerificationKey,
    algorithm: KeyAlgorithm,
    envelope: &'a Envelope,
    by_certificate: bool,
) -> Result<&'a [u8], Refused> {
    if !is_in_toto_payload(&envelope.payload_type) {
        let reason = format!("the payload is {:?}, and no in-toto statement", envelope.payload_type);
        return Err(Refused::new(Code::Statement, reason));
    }
    if by_certificate && envelope.signatures.len() != 1 {
        let reason = format!("the envelope has {} signatures, and a certificate makes one", envelope.signatures.len());
        return Err(Refused::new(Code::Unsupported, reason));
    }
    let pae = envelope.pae();
    let half = match algorithm {
        KeyAlgorithm::EcdsaP256 if !by_certificate => Some(32),
        KeyAlgorithm::EcdsaP384 if !by_certificate => Some(48),
        _ => None,
    };
    let holds = |signature: &[u8]| key.verify(&pae, &SignatureBytes::from_bytes(signature)).is_ok();
    let made = envelope.signatures.iter().find(|one| {
        let fixed = || half.and_then(|half| from_fixed(&one.signature, half));
        holds(&one.signature) || fixed().is_some_and(|signature| holds(&signature))
    });
    made.map(|one| &*one.signature).ok_or_else(wrong)
}

fn hash(algorithm: DigestAlgorithm) -> Result<HashAlgorithm, Refused> {
    match algorithm {
        DigestAlgorithm::Sha256 => Ok(HashAlgorithm::Sha2256),
        DigestAlgorithm::Sha384 => Ok(HashAlgorithm::Sha2384),
        DigestAlgorithm::Sha512 => Ok(HashAlgorithm::Sha2512),
        other => {
            Err(Refused::new(Code::Unsupported, format!("{} is not a digest that signatures are over", other.token())))
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_attest::{EnvelopeSignature, IN_TOTO_PAYLOAD_TYPE};
    use sigstore_crypto::KeyPair;

    use super::*;

    #[test]
    fn one_of_several_signatures_is_enough_for_a_key_and_not_for_a_certificate() {
        let pair = KeyPair::generate_ecdsa_p256().unwrap();
        let key = VerificationKey::from_spki(&pair.public_key_der().unwrap()).unwrap();
        let mut envelope =
            Envelope { payload_type: IN_TOTO_PAYLOAD_TYPE.into(), payload: b"{}".to_vec(), signatures: Vec::new() };
        let right = pair.sign(&envelope.pae()).unwrap().as_bytes().to_vec();
        let over_the_payload = pair.sign(&envelope.payload).unwrap().as_bytes().to_vec();
        let with = |signatures: &[&[u8]]| {
            let one = |signature: &&[u8]| EnvelopeSignature { keyid: String::new(), signature: signature.to_vec() };
            Envelope { signatures: signatures.iter().map(one).collect(), ..envelope.clone() }
        };
        let both = with(&[&over_the_payload, &right]);
        let code = |result: Result<&[u8], Refused>| result.map(<[u8]>::to_vec).map_err(|refused| refused.code);
        assert_eq!(code(of_envelope(&key, KeyAlgorithm::EcdsaP256, &both, false)), Ok(right.clone()));
        assert_eq!(code(of_envelope(&key, KeyAlgorithm::EcdsaP256, &both, true)), Err(Code::Unsupported));
        assert_eq!(
            code(of_envelope(&key, KeyAlgorithm::EcdsaP256, &with(&[&over_the_payload]), false)),
            Err(Code::Signature)
        );
        assert_eq!(code(of_envelope(&key, KeyAlgorithm::EcdsaP256, &with(&[]), false)), Err(Code::Signature));
        envelope.payload_type = "application/json".into();
        let other_type = Envelope { signatures: both.signatures.clone(), ..envelope };
        assert_eq!(code(of_envelope(&key, KeyAlgorithm::EcdsaP256, &other_type, false)), Err(Code::Statement));
    }
    #[test]
    fn both_ways_to_write_a_signature_are_taken_of_keys_and_one_of_certificates() {
        let pair = KeyPair::generate_ecdsa_p256().unwrap();
        let key = VerificationKey::from_spki(&pair.public_key_der().unwrap()).unwrap();
        let mut envelope =
            Envelope { payload_type: IN_TOTO_PAYLOAD_TYPE.into(), payload: b"{}".to_vec(), signatures: Vec::new() };
        let der = pair.sign(&envelope.pae()).unwrap().as_bytes().to_vec();
        // SEQUENCE { INTEGER, INTEGER }, each with a length of one byte.
        let numbers = der.get(2..).unwrap();
        let (r, rest) = numbers.get(2..).unwrap().split_at(usize::from(numbers[1]));
        let mut fixed = vec![0; 64];
        for (number, place) in [(r, 0), (rest.get(2..).unwrap(), 32)] {
            let number = number.strip_prefix(&[0]).unwrap_or(number);
            fixed[place + 32 - number.len()..place + 32].copy_from_slice(number);
        }
        let mut judge = |signature: Vec<u8>, by_certificate| {
            envelope.signatures = vec![EnvelopeSignature { keyid: String::new(), signature }];
            of_envelope(&key, KeyAlgorithm::EcdsaP256, &envelope, by_certificate).is_ok()
        };
        assert!(judge(der.clone(), true) && judge(der, false) && judge(fixed.clone(), false));
        assert!(!judge(fixed.clone(), true));
        assert!(!judge([&fixed[..], &[0]].concat(), false) && !judge(fixed[1..].to_vec(), false));
        assert!(!judge(vec![0; 64], false) && !judge([&fixed[32..], &fixed[..32]].concat(), false));
    }
}
