//! `[signed_by]`.

use serde_json::json;

use super::world::{Key, Piece, World, agree, told};

#[test]
fn one_signature_is_one_signer_however_often_it_is_named() {
    let world = World::new();
    let signature = || Piece::new("https://sigstore.dev/cosign/sign/v1", json!({}));
    let twice = "[signed_by]\nthreshold = 2\nsigner = [{ key = [\"release\", \"other\"] }, { key = \"release\" }]\n";
    let cases = [
        (vec![signature()], "deny signed_by.too-few"),
        (vec![signature(), signature()], "deny signed_by.too-few"),
        (vec![signature(), signature().by(Key::Other)], "pass"),
        (vec![signature().by(Key::Other)], "deny signed_by.too-few PLM-V0201"),
    ];
    agree(cases.map(|(pieces, expected)| {
        (format!("{} pieces", pieces.len()), told(&world.decide(twice, &pieces)), expected.to_owned())
    }));
}
