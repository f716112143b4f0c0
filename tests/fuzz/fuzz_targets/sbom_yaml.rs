//! SPDX in this encoding: read, judged, written, and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding};
use plimsoll_sbom::validate_tree;

const ENCODING: Encoding = Encoding::SpdxYaml;

fuzz_target!(|bytes: &[u8]| {
    let Ok(parsed) = encoding::read(bytes, ENCODING, &Limits::DEFAULT) else { return };
    let _ = validate_tree(&parsed);
    let mut written = Vec::new();
    let omissions = encoding::write_with_omissions(&parsed.tree, ENCODING, parsed.version, &mut written).unwrap();
    let Ok(again) = encoding::read(&written, ENCODING, &Limits::DEFAULT) else {
        // Only what could not be written may make the second unreadable: its version.
        assert!(!omissions.is_empty());
        return;
    };
    assert!(!omissions.is_empty() || parsed.tree == again.tree);
    let mut second = Vec::new();
    encoding::write(&again.tree, ENCODING, again.version, &mut second).unwrap();
    assert!(!omissions.is_empty() || written == second);
});
