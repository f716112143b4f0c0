//! Token trees in every dialect.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_extract::syntax::trees;
use plimsoll_model::Limits;

fuzz_target!(|text: &str| {
    for dialect in [trees::ERLANG, trees::ELIXIR, trees::LUA, trees::OPAM, trees::ZON, trees::PROLOG] {
        let (trees, fault) = trees::parse_partial(text, &dialect, &Limits::DEFAULT);
        assert!(trees.iter().all(|tree| tree.line() > 0));
        assert!(!text.trim().is_empty() || trees.is_empty() && fault.is_none());
    }
});
