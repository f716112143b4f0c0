//! Validation of any bytes: it ends, and a tree has the verdict of the bytes that it was read from.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{Encoding, read};
use plimsoll_sbom::{lean, validate, validate_tree};

fuzz_target!(|bytes: &[u8]| {
    for encoding in [Encoding::CycloneDxJson, Encoding::SpdxJson, Encoding::Spdx3Json] {
        let verdict = validate(bytes, encoding, &Limits::DEFAULT);
        if let Ok(parsed) = read(bytes, encoding, &Limits::DEFAULT)
            && parsed.faults.is_empty()
        {
            let verdict = verdict.expect("what can be read can be judged");
            assert_eq!(verdict.is_valid(), validate_tree(&parsed).is_valid());
        }
        if let Ok(text) = lean::text(bytes) {
            let _ = lean::lean(&text, encoding, &Limits::DEFAULT);
        }
    }
});
