//! Any software, where nothing better is known: the VERS scheme `generic`.
//!
//! Numbers count as numbers, separators only separate. Words that name a pre-release anywhere sort before the end,
//! other words after it and before numbers, without regard to case.

use crate::key::{Atom, Key, Section};
use crate::native::relations;
use crate::scan::{Run, runs, without_v};
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "generic",
    aliases: &["github", "other"],
    purl: &["generic", "bitbucket", "brew", "github", "luarocks", "qpkg", "vcpkg", "yocto"],
    osv: &[],
    valid,
    key,
    native: Some(relations::symbols),
};

const PRE_RELEASES: [&str; 15] = [
    "a",
    "alpha",
    "b",
    "beta",
    "canary",
    "cr",
    "dev",
    "m",
    "milestone",
    "nightly",
    "pre",
    "preview",
    "rc",
    "snapshot",
    "test",
];

const PRE: u8 = 1;
const END: u8 = 2;
const WORD: u8 = 3;
const NUMBER: u8 = 4;

fn valid(text: &str) -> bool {
    !text.is_empty() && !text.contains(|found: char| found.is_control() || found.is_whitespace())
}

fn key(text: &str) -> Key {
    let mut section = Section::new(Atom::rank(END));
    let mut all = runs(without_v(text.trim())).peekable();
    while let Some(run) = all.next() {
        match run {
            Run::Digits(number) => section.push(Atom::number(NUMBER, number)),
            Run::Letters(word) => {
                let lower = word.to_ascii_lowercase();
                // One letter is a pre-release only with its number: `1.0b2`, but OpenSSH's and others' `1.0b`.
                let pre = PRE_RELEASES.contains(&lower.as_str())
                    && (lower.len() > 1 || matches!(all.peek(), Some(Run::Digits(_))));
                section.push(Atom::text(if pre { PRE } else { WORD }, &lower));
            }
            Run::Other(_) => {}
        }
    }
    Key::of([section])
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn natural() {
        ascending(
            Scheme::GENERIC,
            "1.0a1 1.0-alpha 1.0-beta2 1.0rc1 1.0 1.0b 1.0p1 1.0-patch1 1.0.1 1.9 1.10 2024-01-02",
        );
        equal(Scheme::GENERIC, "1.0 v1.0 1-0 01_0");
        invalid(Scheme::GENERIC, "");
    }
}
