//! Policies of Kyverno and policy-controller: any text. What is written is a policy of ours that can be read, and what was not converted
//! is named.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_policy::Policy;
use plimsoll_policy::import::{From, import};

fuzz_target!(|text: &str| {
    let files = [("fuzz.yaml".to_owned(), text.to_owned())];
    if let Ok(imported) = import(&files, From::Any) {
        let mut open = |_: &str| Err("it names a file".to_owned());
        assert!(Policy::parse("fuzz", &imported.policy, &mut open).is_ok(), "{}", imported.policy);
    }
});
