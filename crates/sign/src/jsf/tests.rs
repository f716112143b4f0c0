use plimsoll_verify::PublicKey;

use super::*;
use crate::signer::{RsaSize, SoftwareSigner};

const SBOM: &str = "{\n    \"bomFormat\": \"CycloneDX\",\n    \"specVersion\": \"1.6\",\n    \"version\": 1.0,\n    \"components\": [\n        { \"name\": \"ä\\u000fb\", \"score\": 7.50 }\n    ]\n}\n";

fn signing(form: JsfForm) -> JsfSigning {
    JsfSigning { form, replace: false, key_id: Some("release".to_owned()), with_public_key: true }
}

fn holds(text: &[u8], signers: &[&SoftwareSigner], signatures: JsfRule) -> bool {
    let Ok(document) = JsfDocument::parse(text) else { return false };
    let keys =
        signers.iter().map(|signer| PublicKey::from_der(signer.public_key().spki_der().to_vec()).unwrap()).collect();
    verify_jsf(&document, &JsfExpectation { keys, signatures, excludes: ExcludesRule::Refused }).is_verified()
}

#[test]
fn every_scheme_signs_and_the_rest_stays() {
    for scheme in
        [Scheme::EcdsaP256Sha256, Scheme::EcdsaP384Sha384, Scheme::Ed25519, Scheme::RsaPkcs1Sha256(RsaSize::Bits2048)]
    {
        let signer = SoftwareSigner::generate(scheme).unwrap();
        let signed = sign_jsf(SBOM.as_bytes(), &signer, &signing(JsfForm::Single)).unwrap();
        let text = String::from_utf8(signed.clone()).unwrap();
        let kept = SBOM.trim_end().strip_suffix("\n}").unwrap();
        assert!(text.starts_with(&format!("{kept},\n    \"signature\": {{\n")), "{text}");
        assert!(holds(&signed, &[&signer], JsfRule::All), "{scheme}");
        assert!(!holds(&signed, &[&SoftwareSigner::generate(scheme).unwrap()], JsfRule::One), "{scheme}");
        // Other spacing and spelling are the same document.
        let value: serde_json::Value = serde_json::from_slice(&signed).unwrap();
        assert!(holds(value.to_string().as_bytes(), &[&signer], JsfRule::All), "{scheme}");
    }
}

#[test]
fn several_sign_independently_or_in_a_chain() {
    let (first, second) = (SoftwareSigner::ephemeral().unwrap(), SoftwareSigner::generate(Scheme::Ed25519).unwrap());
    for form in [JsfForm::Signers, JsfForm::Chain] {
        let once = sign_jsf(SBOM.as_bytes(), &first, &signing(form)).unwrap();
        let twice = sign_jsf(&once, &second, &signing(form)).unwrap();
        assert!(holds(&twice, &[&first, &second], JsfRule::All));
        assert!(holds(&twice, &[&first], JsfRule::One) && !holds(&twice, &[&first], JsfRule::All));
        assert!(matches!(sign_jsf(&once, &second, &signing(JsfForm::Single)), Err(JsfSignError::Signed)));
        let other = if form == JsfForm::Chain { JsfForm::Signers } else { JsfForm::Chain };
        assert!(matches!(sign_jsf(&once, &second, &signing(other)), Err(JsfSignError::Document(_))));
        let anew = JsfSigning { replace: true, ..signing(other) };
        let anew = sign_jsf(&twice, &second, &anew).unwrap();
        assert!(holds(&anew, &[&second], JsfRule::All));
        // Without its first signature, the second of a chain is over something else; of independent ones, it is not.
        let mut value: serde_json::Value = serde_json::from_slice(&twice).unwrap();
        value["signature"][if form == JsfForm::Chain { "chain" } else { "signers" }].as_array_mut().unwrap().remove(0);
        assert_eq!(holds(value.to_string().as_bytes(), &[&second], JsfRule::One), form == JsfForm::Signers);
    }
}

/// Each byte of a signed document, changed in a way that depends on where it is.
#[test]
fn changed_documents_are_refused() {
    let signer = SoftwareSigner::ephemeral().unwrap();
    let signed = sign_jsf(SBOM.as_bytes(), &signer, &signing(JsfForm::Single)).unwrap();
    let original: serde_json::Value = serde_json::from_slice(&signed).unwrap();
    for index in 0..signed.len() {
        for bit in [0x01, 0x02, 0x10, 0x20] {
            let mut changed = signed.clone();
            changed[index] ^= bit;
            // Blank space between tokens is not part of the document.
            if serde_json::from_slice::<serde_json::Value>(&changed).is_ok_and(|value| value == original) {
                continue;
            }
            assert!(!holds(&changed, &[&signer], JsfRule::One), "{index} {bit}");
        }
    }
}

#[test]
fn numbers_that_readers_disagree_about_are_not_signed() {
    let signer = SoftwareSigner::ephemeral().unwrap();
    let text = br#"{"version":9007199254740993}"#;
    assert!(matches!(sign_jsf(text, &signer, &signing(JsfForm::Single)), Err(JsfSignError::Document(_))));
}
