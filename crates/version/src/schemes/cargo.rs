//! crates.io: semantic versions. <https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html>
//!
//! Cargo orders versions that differ in their build metadata, but requirements ignore it; so does this scheme.

use super::semver;
use crate::native::cargo;
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "cargo",
    aliases: &["crates.io"],
    purl: &["cargo"],
    osv: &["crates.io"],
    native: Some(cargo::range),
    ..semver::RULES
};
