//! Policies and exceptions: any text. What is read can be explained, and a fault has a line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_policy::{Exceptions, NamePattern, Policy, PolicyError};

fuzz_target!(|text: &str| {
    let mut open = |name: &str| Err(format!("{name} is not there"));
    match Policy::parse("fuzz", text, &mut open) {
        Ok(policy) => assert!(!policy.explain().is_empty()),
        Err(PolicyError::Invalid { line, .. }) => assert!(line > 0),
        Err(_) => {}
    }
    drop(Exceptions::parse("fuzz", text));
    drop(NamePattern::parse(text));
});
