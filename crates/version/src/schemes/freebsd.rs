//! FreeBSD: `pkg version`. <https://docs.freebsd.org/en/books/porters-handbook/makefiles/#makefile-versions>
//!
//! `version[_revision][,epoch]`; the epoch decides first. A word counts by its first letter, and where no number
//! stands before it the component is a pre-release (`1.0.rc1` before `1.0`), while a letter after a number is later
//! (`1.0a` after `1.0`). `pl` is a patch level.

use crate::key::{Atom, Key, Section};
use crate::scan::{digits, is_number, is_word, leading};
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "freebsd", aliases: &[], purl: &["freebsd"], osv: &["FreeBSD"], valid, key, native: None };

mod rank {
    /// A component that begins with a word.
    pub(super) const WORD: u8 = 1;
    pub(super) const END: u8 = 2;
    pub(super) const NUMBER: u8 = 3;
}

/// Words that mean a pre-release after a number too.
const STAGES: [&str; 4] = ["alpha", "beta", "pre", "rc"];

fn parts(text: &str) -> (&str, &str, &str) {
    let (text, epoch) = match text.rsplit_once(',') {
        Some((text, epoch)) if is_number(epoch) => (text, epoch),
        _ => (text, ""),
    };
    let (version, revision) = match text.rsplit_once('_') {
        Some((version, revision)) if is_number(revision) => (version, revision),
        _ => (text, ""),
    };
    (epoch, version, revision)
}

fn valid(text: &str) -> bool {
    is_word(parts(text).1, ".+")
}

fn key(text: &str) -> Key {
    let (epoch, version, revision) = parts(text.trim());
    let mut section = Section::new(Atom::rank(rank::END));
    for component in version.split(['.', '+']).filter(|component| !component.is_empty()) {
        let mut rest = component;
        while !rest.is_empty() {
            let (number, after) = digits(rest);
            let (word, after) = leading(after, |byte| !byte.is_ascii_digit());
            let (word, after) = if number.is_empty() && word.is_empty() { (rest, "") } else { (word, after) };
            let lower = word.to_ascii_lowercase();
            if !number.is_empty() {
                section.push(Atom::number(rank::NUMBER, number));
            }
            if !word.is_empty() {
                let before = number.is_empty() || STAGES.contains(&lower.as_str());
                section.push(Atom::text(if before { rank::WORD } else { rank::NUMBER }, first_letter(&lower)));
            }
            rest = after;
        }
    }
    let number = |digits| Section::one(Atom::number(rank::NUMBER, digits));
    Key::of([number(epoch), section, number(revision)])
}

fn first_letter(word: &str) -> &str {
    if word == "pl" { "" } else { word.split_at_checked(1).map_or(word, |(first, _)| first) }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn handbook() {
        ascending(Scheme::FREEBSD, "1.0.a1 1.0.b1 1.0.rc1 1.0 1.0_1 1.0_2 1.0a 1.0.1 1.1 0.9,1 1.0,1");
        ascending(Scheme::FREEBSD, "1.0alpha1 1.0beta2 1.0rc1 1.0");
        valid(Scheme::FREEBSD, "1.0_2,1 3.2.p8");
        invalid(Scheme::FREEBSD, "1-2 1,a");
    }
}
