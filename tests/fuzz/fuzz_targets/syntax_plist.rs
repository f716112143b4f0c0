//! Property lists, XML and binary, as far as they go.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_extract::syntax::plist;
use plimsoll_model::Limits;

fuzz_target!(|bytes: &[u8]| {
    let (value, fault) = plist::parse_partial(bytes, &Limits::DEFAULT);
    assert!(value.is_some() || fault.is_some());
});
