//! The rules are sound, and say of their examples what the examples say.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use plimsoll_extract::prelude::{File, SourcePath};
use plimsoll_model::Budget;

use super::*;

#[test]
fn every_file_of_rules_is_valid() {
    let mut ids = BTreeSet::new();
    for (name, text) in BUILT_IN {
        let rules = Rules::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        rules.check().unwrap_or_else(|error| panic!("{name}: {error}"));
        for rule in &rules.rules {
            assert!(ids.insert(rule.id.to_string()), "{} is there twice", rule.id);
        }
    }
}
