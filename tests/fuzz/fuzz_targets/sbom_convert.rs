//! Any document as every other: what is written can be read, and no package URL or digest is gone unless the report says
//! that something of the first order is.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use plimsoll_model::Limits;
use plimsoll_sbom::convert::{Carry, convert};
use plimsoll_sbom::encoding::{self, Encoding};
use plimsoll_sbom::{Document, map, open};

fn facts(document: &Document) -> BTreeSet<String> {
    let purls = document.elements.iter().flat_map(|element| element.purls.iter().cloned());
    let hashes = document.elements.iter().flat_map(|element| &element.hashes);
    purls.chain(hashes.map(|hash| format!("{}:{}", hash.algorithm, hash.value.to_ascii_lowercase()))).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(parsed) = open(bytes, &Limits::DEFAULT) else { return };
    let before = facts(&map::document(&parsed));
    for encoding in Encoding::all().filter(|encoding| encoding.is_written()) {
        for carry in [Carry::None, Carry::Full] {
            let version = encoding.standard().latest();
            let conversion = convert(&parsed, encoding, version, carry);
            let mut written = Vec::new();
            encoding::write(&conversion.tree, encoding, version, &mut written).expect("memory takes all");
            let Ok(again) = encoding::read(&written, encoding, &Limits::DEFAULT) else {
                panic!("{encoding}: {}", String::from_utf8_lossy(&written));
            };
            if carry == Carry::None && !conversion.refused && !conversion.losses.is_first_order() {
                let after = facts(&map::document(&again));
                let gone: Vec<_> = before.difference(&after).collect();
                assert!(gone.is_empty(), "{encoding}: {gone:?}");
            }
        }
    }
});
