use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding};
use plimsoll_sbom::validate_tree;

/// Reads a document, judges it, writes it, and reads it again as the same.
fn round_trip(bytes: &[u8], wanted: Encoding) {
    let Ok(parsed) = encoding::read(bytes, wanted, &Limits::DEFAULT) else { return };
    let _ = validate_tree(&parsed);
    let mut written = Vec::new();
    let omissions = encoding::write_with_omissions(&parsed.tree, wanted, parsed.version, &mut written).unwrap();
    let Ok(again) = encoding::read(&written, wanted, &Limits::DEFAULT) else {
        // Only what could not be written may make the second unreadable: its version.
        assert!(!omissions.is_empty());
        return;
    };
    assert!(!omissions.is_empty() || parsed.tree == again.tree);
    let mut second = Vec::new();
    encoding::write(&again.tree, wanted, again.version, &mut second).unwrap();
    assert!(!omissions.is_empty() || written == second);
}
