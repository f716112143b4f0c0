//! TOML, read whole or as far as it goes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_extract::syntax::toml;
use plimsoll_model::Limits;

fuzz_target!(|text: &str| {
    let (document, error) = toml::parse_partial(text, &Limits::DEFAULT);
    document.root().iter().for_each(|(_, value)| assert!(value.line() > 0));
    assert_eq!(toml::parse(text, &Limits::DEFAULT).is_err(), error.is_some());
});
