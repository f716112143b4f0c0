//! XML, read whole or as far as it goes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_extract::syntax::xml;
use plimsoll_model::Limits;

fuzz_target!(|text: &str| {
    let (_, error) = xml::parse_partial(text, &Limits::DEFAULT);
    assert_eq!(xml::parse(text, &Limits::DEFAULT).is_err(), error.is_some());
});
