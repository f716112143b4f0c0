//! SPDX RDF/XML: read and judged; and SPDX XML, written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding};
use plimsoll_sbom::validate_tree;

fuzz_target!(|bytes: &[u8]| {
    for encoding in [Encoding::SpdxRdfXml, Encoding::SpdxXml] {
        let Ok(parsed) = encoding::read(bytes, encoding, &Limits::DEFAULT) else { continue };
        let _ = validate_tree(&parsed);
        let mut written = Vec::new();
        let xml = Encoding::SpdxXml;
        let omissions = encoding::write_with_omissions(&parsed.tree, xml, parsed.version, &mut written).unwrap();
        let again = encoding::read(&written, xml, &Limits::DEFAULT).unwrap();
        assert!(!omissions.is_empty() || parsed.tree == again.tree);
    }
});
