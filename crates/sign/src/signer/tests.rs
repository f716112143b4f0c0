use std::io::Read as _;

use super::*;

const SCHEMES: [Scheme; 4] =
    [Scheme::EcdsaP256Sha256, Scheme::EcdsaP384Sha384, Scheme::RsaPkcs1Sha256(RsaSize::Bits2048), Scheme::Ed25519];

#[test]
fn every_scheme_signs_what_its_public_key_verifies() {
    for scheme in SCHEMES {
        let signer = SoftwareSigner::generate(scheme).unwrap();
        assert_eq!(signer.scheme(), scheme);
        let signature = signer.sign_message(b"ship").unwrap();
        assert!(signer.public_key().verifies_message(b"ship", &signature), "{scheme}");
        assert!(!signer.public_key().verifies_message(b"shop", &signature), "{scheme}");
        let read = PublicKey::from_pem(signer.public_key().to_pem().as_bytes()).unwrap();
        assert_eq!(&read, signer.public_key());
        let again = SoftwareSigner::from_pkcs8_der(&signer.to_pkcs8_der().unwrap(), "again").unwrap();
        assert_eq!(again.public_key(), signer.public_key());
    }
}

#[test]
fn a_digest_and_a_stream_sign_the_message() {
    let message = vec![7; 300_000];
    for scheme in SCHEMES {
        let signer = SoftwareSigner::generate(scheme).unwrap();
        let signed = sign_reader(&signer, &mut message.as_slice()).unwrap();
        assert!(signer.public_key().verifies_message(&message, signed.signature()), "{scheme}");
        assert_eq!(signed.length(), 300_000);
        match scheme.digest_algorithm() {
            Some(_) => {
                let digest = scheme.digest(&message).unwrap();
                assert_eq!(signed.digest(), &digest);
                let signature = signer.sign_digest(&digest).unwrap();
                assert!(signer.public_key().verifies_digest(&digest, &signature));
                assert!(signer.public_key().verifies_message(&message, &signature));
            }
            None => {
                let digest = Scheme::EcdsaP256Sha256.digest(&message).unwrap();
                assert!(matches!(signer.sign_digest(&digest), Err(SignerError::NeedsMessage(_))));
            }
        }
    }
}

#[test]
fn digests_of_another_algorithm_are_refused() {
    let signer = SoftwareSigner::ephemeral().unwrap();
    let digest = Scheme::EcdsaP384Sha384.digest(b"").unwrap();
    assert!(matches!(signer.sign_digest(&digest), Err(SignerError::WrongDigest { .. })));
    assert!(!signer.public_key().verifies_digest(&digest, &[]));
}

#[test]
fn ed25519_refuses_what_it_would_have_to_keep() {
    let signer = SoftwareSigner::generate(Scheme::Ed25519).unwrap();
    let mut long = std::io::repeat(0).take(ED25519_LIMIT as u64 + 1);
    let error = sign_reader(&signer, &mut long).unwrap_err();
    assert!(error.to_string().contains("needs the whole message in memory"), "{error}");
}

#[test]
fn keys_of_other_kinds_are_named() {
    let signer = SoftwareSigner::ephemeral().unwrap();
    let good = signer.public_key().spki_der().to_vec();
    // The last byte of the object identifier of the curve: 1.2.840.10045.3.1.7 becomes .1, which is P-192.
    let mut curve = good.clone();
    curve[22] = 1;
    assert!(PublicKey::from_spki_der(&curve).unwrap_err().to_string().contains("1.2.840.10045.3.1.1"));
    let mut off = good.clone();
    *off.last_mut().unwrap() ^= 1;
    assert_eq!(PublicKey::from_spki_der(&off), Err(PublicKeyError::Malformed));
    let mut longer = good.clone();
    longer.push(0);
    assert_eq!(PublicKey::from_spki_der(&longer), Err(PublicKeyError::Malformed));
    for length in 0..good.len() {
        assert!(PublicKey::from_spki_der(&good[..length]).is_err());
    }
    let pem = signer.public_key().to_pem();
    assert!(PublicKey::from_pem(format!("{pem}{pem}").as_bytes()).is_err());
    assert!(PublicKey::from_pem(b"").is_err());
}

#[test]
fn private_keys_are_not_shown() {
    let signer = SoftwareSigner::ephemeral().unwrap();
    let shown = format!("{signer:?}");
    assert!(shown.contains("fingerprint") && !shown.contains("pair"), "{shown}");
}
