//! Evidence of any shape: any bytes; what is read can be looked at, and what is written as a bundle reads back as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_verify::{Evidence, read_evidence};

fuzz_target!(|bytes: &[u8]| {
    drop(Evidence::detached(bytes, Some(bytes), None, "fuzz"));
    let Ok(found) = read_evidence(bytes, "fuzz") else { return };
    for piece in &found {
        drop(piece.inspect());
        drop(piece.with_log_entry(bytes));
        let Ok(bundle) = piece.to_bundle_json() else { continue };
        let again = read_evidence(bundle.to_string().as_bytes(), "fuzz").expect("what we write can be read");
        assert_eq!(again.first().and_then(|again| again.to_bundle_json().ok()), Some(bundle));
    }
});
