use data_encoding::BASE64;

use super::*;
use crate::key::signed;

#[test]
fn notes_have_their_parts_and_a_signature_over_the_text() {
    for kind in [KeyKind::Ed25519, KeyKind::Ecdsa] {
        let key = SigningKey::generate(kind).unwrap();
        let note = Checkpoint { origin: "log.example", size: 3, root: [7; 32] }.signed("log.example", &key).unwrap();
        let (text, signatures) = note.split_once("\n\n").unwrap();
        assert_eq!(text.lines().collect::<Vec<_>>(), ["log.example", "3", &BASE64.encode(&[7; 32])]);
        let signature = signatures.strip_prefix("\u{2014} log.example ").unwrap().strip_suffix('\n').unwrap();
        let signature = BASE64.decode(signature.as_bytes()).unwrap();
        let (hint, signature) = signature.split_at(4);
        assert_eq!(hint, &key_id("log.example", &key)[..4]);
        assert!(signed(&key.public().unwrap(), format!("{text}\n").as_bytes(), signature));
    }
}

#[test]
fn the_name_is_part_of_what_identifies_an_ed25519_key_only() {
    let key = SigningKey::generate(KeyKind::Ed25519).unwrap();
    assert_ne!(key_id("a", &key), key_id("b", &key));
    assert_ne!(key_id("a", &key), key.id());
    let key = SigningKey::generate(KeyKind::Ecdsa).unwrap();
    assert_eq!(key_id("a", &key), key.id());
}
