//! Encodings, lines, and PEP 508 requirements.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_extract::syntax::{pep508, text};

fuzz_target!(|data: &[u8]| {
    let decoded = text::decode(data);
    for (_, line) in text::lines(&decoded.text) {
        drop(pep508::Requirement::parse(line));
    }
});
