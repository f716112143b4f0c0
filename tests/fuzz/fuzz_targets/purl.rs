//! A purl that is read writes itself, and what it writes reads as the same purl.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_model::Purl;

fuzz_target!(|text: &str| {
    if let Ok(purl) = Purl::parse(text) {
        assert_eq!(Purl::parse(&purl.to_string()), Ok(purl));
    }
});
