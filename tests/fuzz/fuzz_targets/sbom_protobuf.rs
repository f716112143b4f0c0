//! Whatever is read from protobuf, in bytes or text, is the same tree after both forms were written and read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding, protobuf};

const FORMS: [Encoding; 2] = [Encoding::CycloneDxProtobuf, Encoding::CycloneDxTextproto];

fuzz_target!(|bytes: &[u8]| {
    for form in FORMS {
        let Ok(parsed) = encoding::read(bytes, form, &Limits::default()) else { continue };
        // Of what the version takes one of, all that are there are read, and one can be written.
        if !protobuf::loss(&parsed.tree, parsed.version).is_empty() {
            continue;
        }
        for form in FORMS {
            let mut written = Vec::new();
            encoding::write(&parsed.tree, form, parsed.version, &mut written).unwrap();
            assert_eq!(encoding::read(&written, form, &Limits::default()).unwrap().tree, parsed.tree);
        }
    }
});
