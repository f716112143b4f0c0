//! SPDX 3 JSON-LD: whatever the bytes say, bytes and tree have one verdict, and the document that is read from them is
//! written as a valid one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{Encoding, read, write};
use plimsoll_sbom::map::{StandardKind, document, tree};
use plimsoll_sbom::validate::{validate, validate_tree};

fuzz_target!(|data: &[u8]| {
    let limits = Limits::DEFAULT;
    let verdict = validate(data, Encoding::Spdx3Json, &limits);
    let Ok(parsed) = read(data, Encoding::Spdx3Json, &limits) else { return };
    let of_tree = validate_tree(&parsed);
    assert!(verdict.is_ok_and(|verdict| verdict.is_valid() == of_tree.is_valid()));
    let version = StandardKind::Spdx3.table().latest();
    let written = tree(&document(&parsed), StandardKind::Spdx3, version);
    let mut bytes = Vec::new();
    write(&written, Encoding::Spdx3Json, version, &mut bytes).unwrap();
    let verdict = validate(&bytes, Encoding::Spdx3Json, &limits).unwrap();
    assert!(verdict.is_valid(), "{:?}", verdict.faults);
});
