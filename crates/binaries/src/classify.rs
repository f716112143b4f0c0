//! Signatures: what a program and the libraries linked into it say of themselves in strings.
//!
//! A rule is data (`rules/*.toml`, [`rule`]). It names literal *anchors* and what must stand around them. The anchors of
//! all rules are one automaton ([`engine`]), so that a file is read once whatever the number of rules, and only its data
//! sections are read ([`sections`]). A string alone proves little: programs quote each other's names. So a rule counts
//! independent signals ([`verdict`]): the string, the name of the file, its soname, what it exports, other strings that
//! only this product has.
//!
//! It refuses to execute anything, to unpack packed programs, and to guess a version that no string states.

mod engine;
mod examples;
mod glob;
mod names;
mod rule;
mod sections;
mod symbols;
mod verdict;

use std::sync::LazyLock;

use plimsoll_extract::Interest;

pub(crate) use engine::{Engine, Target};
pub(crate) use rule::Role;
pub use rule::{RuleError, Rules};
pub(crate) use sections::data_ranges;
pub(crate) use verdict::Verdict;

/// The files of rules that are compiled in, by name.
const BUILT_IN: &[(&str, &str)] = &[
    ("archives", include_str!("classify/rules/archives.toml")),
    ("cryptography", include_str!("classify/rules/cryptography.toml")),
    ("databases", include_str!("classify/rules/databases.toml")),
    ("go", include_str!("classify/rules/go.toml")),
    ("java", include_str!("classify/rules/java.toml")),
    ("libraries", include_str!("classify/rules/libraries.toml")),
    ("media", include_str!("classify/rules/media.toml")),
    ("network", include_str!("classify/rules/network.toml")),
    ("runtimes", include_str!("classify/rules/runtimes.toml")),
    ("servers", include_str!("classify/rules/servers.toml")),
    ("tools", include_str!("classify/rules/tools.toml")),
];

/// The rules that are compiled in. A file that cannot be read is left out here and fails a test.
pub(crate) fn built_in_rules() -> Rules {
    let mut rules = Rules::default();
    BUILT_IN.iter().filter_map(|(_, text)| Rules::parse(text).ok()).for_each(|more| rules.extend(more));
    rules
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(built_in_rules()));

/// The engine of the rules that are compiled in. Made when the first executable asks for it.
pub(crate) fn built_in() -> &'static Engine {
    &ENGINE
}

/// The names of files that rules ask for, whatever the files start with.
pub(crate) const NAMES: &[Interest] = names::NAMES;

#[cfg(test)]
mod tests;
