//! YAML, read whole or as far as it goes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_extract::syntax::yaml;
use plimsoll_model::Limits;

fuzz_target!(|text: &str| {
    let (_, error) = yaml::parse_partial(text, &Limits::DEFAULT);
    assert_eq!(yaml::parse(text, &Limits::DEFAULT).is_err(), error.is_some());
});
