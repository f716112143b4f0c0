//! JSON and JSON with comments.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_extract::syntax::json;
use plimsoll_model::Limits;

fuzz_target!(|data: &[u8]| {
    drop(json::from_slice::<serde::de::IgnoredAny>(data, &Limits::DEFAULT));
    drop(json::from_slice::<serde::de::IgnoredAny>(&json::strip_jsonc(data), &Limits::DEFAULT));
});
