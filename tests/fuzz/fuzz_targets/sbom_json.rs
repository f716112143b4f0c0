//! CycloneDX and SPDX JSON: any bytes; what is read is written, and reads back as the same tree.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{Encoding, read, write};

fuzz_target!(|bytes: &[u8]| {
    for encoding in [Encoding::CycloneDxJson, Encoding::SpdxJson, Encoding::Spdx3Json] {
        let Ok(parsed) = read(bytes, encoding, &Limits::DEFAULT) else { continue };
        let mut written = Vec::new();
        write(&parsed.tree, encoding, parsed.version, &mut written).expect("writing to memory does not fail");
        let again = read(&written, encoding, &Limits::DEFAULT).expect("what we write can be read");
        assert_eq!(parsed.tree, again.tree);
        assert!(again.faults.is_empty());
    }
});
