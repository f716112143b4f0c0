//! Any bytes as CycloneDX XML: what is read can be validated and written, and what is written reads as the same tree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding};

fuzz_target!(|data: &[u8]| {
    let read = |bytes: &[u8]| encoding::read(bytes, Encoding::CycloneDxXml, &Limits::DEFAULT);
    let Ok(parsed) = read(data) else { return };
    let _ = plimsoll_sbom::validate_tree(&parsed);
    let mut out = Vec::new();
    let omissions =
        encoding::write_with_omissions(&parsed.tree, Encoding::CycloneDxXml, parsed.version, &mut out).unwrap();
    let again = read(&out).unwrap();
    if omissions.is_empty() && parsed.faults.is_empty() {
        assert!(again.tree == parsed.tree);
    }
    for encoding in [Encoding::CycloneDxJson, Encoding::CycloneDxProtobuf] {
        let _ = encoding::write(&parsed.tree, encoding, parsed.version, &mut Vec::new());
    }
});
