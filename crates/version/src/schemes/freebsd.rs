//! FreeBSD: `pkg version`. <https://docs.freebsd.org/en/books/porters-handbook/makefiles/#makefile-versions>,
//! `libpkg/pkg_version.c`.
//!
//! `version[_revision][,epoch]`; the epoch decides first. A component is a number, a letter and a number. A component
//! that begins with a word is a pre-release (`1.0.rc1` before `1.0`), as are `alpha`, `beta`, `pre` and `rc` anywhere;
//! other words count by their first letter and are later (`1.0a` after `1.0`). What is missing is zero.

use crate::key::{Atom, Key, Section};
use crate::scan::{digits, is_number, is_word, leading};
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "freebsd", aliases: &[], purl: &["freebsd"], osv: &["FreeBSD"], valid, key, native: None };

/// Less than zero.
const NEGATIVE: u8 = 1;
const NUMBER: u8 = 2;

/// Words with a dot before them in thought, and the letters that they count as.
const STAGES: [(&str, u8); 5] = [("alpha", b'a'), ("beta", b'b'), ("pl", b'`'), ("pre", b'p'), ("rc", b'r')];

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
    let number = |digits| Section::one(Atom::number(NUMBER, digits));
    let mut sections = vec![number(epoch)];
    // A plus aligns the components on both of its sides.
    sections.extend(version.split('+').map(components));
    Key { sections, then: Some(Box::new(Key::of([number(revision)]))) }
}

fn components(text: &str) -> Section {
    let mut section = Section::new(Atom::small(NUMBER, 0));
    let other = |byte: u8| !byte.is_ascii_alphanumeric();
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = digits(rest);
        let (word, after_word) = leading(after, |byte| byte.is_ascii_alphabetic());
        let lower = word.to_ascii_lowercase();
        let stage = STAGES.iter().find(|(name, _)| *name == lower).map(|(_, letter)| *letter);
        section.push(if number.is_empty() { Atom::rank(NEGATIVE) } else { Atom::number(NUMBER, number) });
        // After a number, such a word begins the next component.
        let letter = if number.is_empty() { stage } else { None }.or_else(|| lower.bytes().next());
        rest = match letter {
            Some(letter) if number.is_empty() || stage.is_none() => {
                section.push(Atom::small(NUMBER, u64::from(letter.saturating_sub(b'`'))));
                let (patch, after) = digits(after_word);
                section.push(if patch.is_empty() { Atom::rank(NEGATIVE) } else { Atom::number(NUMBER, patch) });
                after
            }
            _ => {
                section.push(Atom::small(NUMBER, 0));
                section.push(Atom::small(NUMBER, 0));
                after
            }
        };
        let (skipped, after) = leading(rest, other);
        // A character that is not ASCII is no separator, but must be passed all the same.
        rest = match after.chars().next() {
            Some(next) if !next.is_ascii() => after.get(next.len_utf8()..).unwrap_or_default(),
            _ if skipped.is_empty() && number.is_empty() && word.is_empty() => "",
            _ => after,
        };
    }
    section
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn handbook() {
        ascending(Scheme::FREEBSD, "1.0.a1 1.0.b1 1.0.rc1 1.0 1.0_1 1.0_2 1.0.1 1.0a 1.0b 1.1 0.9,1 1.0,1");
        ascending(Scheme::FREEBSD, "1.0alpha1 1.0beta2 1.0pre 1.0rc1 1.0");
        ascending(Scheme::FREEBSD, "1.0pl1 1.0.a1");
        ascending(Scheme::FREEBSD, "1.0+1.9 1.0+2.0 1.0.1+1");
        equal(Scheme::FREEBSD, "1 1.0 1.0.0 1..0");
        valid(Scheme::FREEBSD, "1.0_2,1 3.2.p8");
        invalid(Scheme::FREEBSD, "1-2 1,a");
    }
}
