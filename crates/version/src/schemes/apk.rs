//! Alpine and its relatives. <https://wiki.alpinelinux.org/wiki/APKBUILD_Reference#pkgver>,
//! `src/version.c` of apk-tools.
//!
//! `digits{.digits}[letter]{_suffix[digits]}[~hash][-rN]`. The first number is a number; a later one with a leading
//! zero is a fraction (`1.05` before `1.1`). What follows a place that cannot be read does not count, and sorts before
//! the end.

use crate::key::{Atom, Key, Section};
use crate::scan::{digits, leading};
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "apk",
    aliases: &["alpine"],
    purl: &["apk"],
    osv: &["Alpine", "Alpaquita", "BellSoft Hardened Containers", "Chainguard", "CleanStart", "MinimOS", "Wolfi"],
    valid,
    key,
    native: None,
};

mod rank {
    /// What cannot be read.
    pub(super) const INVALID: u8 = 1;
    pub(super) const BEFORE: u8 = 2;
    pub(super) const END: u8 = 3;
    pub(super) const REVISION: u8 = 4;
    pub(super) const HASH: u8 = 5;
    pub(super) const SUFFIX_NUMBER: u8 = 6;
    pub(super) const AFTER: u8 = 7;
    /// Two dots in a row.
    pub(super) const EMPTY: u8 = 8;
    pub(super) const LETTER: u8 = 9;
    pub(super) const FRACTION: u8 = 10;
    pub(super) const NUMBER: u8 = 11;
}

const SUFFIXES: [(&str, u8, u64); 9] = [
    ("alpha", rank::BEFORE, 1),
    ("beta", rank::BEFORE, 2),
    ("pre", rank::BEFORE, 3),
    ("rc", rank::BEFORE, 4),
    ("cvs", rank::AFTER, 1),
    ("svn", rank::AFTER, 2),
    ("git", rank::AFTER, 3),
    ("hg", rank::AFTER, 4),
    ("p", rank::AFTER, 5),
];

fn valid(text: &str) -> bool {
    let atoms = section(text).atoms;
    let bad = [Atom::rank(rank::INVALID), Atom::rank(rank::EMPTY)];
    let revision = text.rsplit_once("-r").is_none_or(|(_, number)| !number.is_empty());
    // A number after a letter is understood, but not allowed.
    let (numbers, rest) = leading(text, |byte| byte.is_ascii_digit() || byte == b'.');
    let letter = rest.strip_prefix(|first: char| first.is_ascii_lowercase()).unwrap_or(rest);
    !numbers.is_empty()
        && revision
        && !letter.starts_with(|next: char| next.is_ascii_digit())
        && !atoms.iter().any(|atom| bad.contains(atom))
}

fn key(text: &str) -> Key {
    Key::of([section(text.trim())])
}

fn section(text: &str) -> Section {
    let mut section = Section::new(Atom::rank(rank::END));
    let rest = numbers(&mut section, text);
    let rest = suffixes(&mut section, rest);
    let rest = match rest.strip_prefix('~').map(|hash| leading(hash, |byte| byte.is_ascii_hexdigit())) {
        Some((hash, after)) if !hash.is_empty() => {
            section.push(Atom::text(rank::HASH, hash));
            after
        }
        _ => rest,
    };
    let revision = rest.strip_prefix("-r").map(digits);
    let rest = match revision {
        // `-r` alone is revision 0, and so it is before another hyphen.
        Some((number, after)) if !number.is_empty() || after.is_empty() || after.starts_with('-') => {
            section.push(Atom::number(rank::REVISION, number));
            after
        }
        _ => rest,
    };
    if !rest.is_empty() {
        section.push(Atom::rank(rank::INVALID));
    }
    section
}

/// The numbers, the letter and, though no version may have it, a number after the letter.
fn numbers<'a>(section: &mut Section, text: &'a str) -> &'a str {
    let mut rest = text;
    let mut first = true;
    loop {
        let (number, after) = digits(rest);
        section.atoms.extend(match number {
            "" if after.starts_with('.') || !first => Some(Atom::rank(rank::EMPTY)),
            "" => None,
            fraction if !first && fraction.starts_with('0') => Some(Atom::text(rank::FRACTION, fraction)),
            number => Some(Atom::number(rank::NUMBER, number)),
        });
        first = false;
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None => {
                rest = after;
                break;
            }
        }
    }
    let (letter, after) = rest.split_at_checked(1).unwrap_or((rest, ""));
    if letter.starts_with(|letter: char| letter.is_ascii_lowercase()) {
        section.push(Atom::text(rank::LETTER, letter));
        let (number, after) = digits(after);
        if !number.is_empty() {
            section.push(Atom::number(rank::SUFFIX_NUMBER, number));
        }
        return after;
    }
    rest
}

fn suffixes<'a>(section: &mut Section, text: &'a str) -> &'a str {
    let mut rest = text;
    while let Some(suffix) = rest.strip_prefix('_') {
        let (word, after) = leading(suffix, |byte| byte.is_ascii_lowercase());
        let Some((_, rank, order)) = SUFFIXES.iter().find(|(known, ..)| *known == word) else { break };
        section.push(Atom::small(*rank, *order));
        let (number, after) = digits(after);
        if !number.is_empty() {
            section.push(Atom::number(rank::SUFFIX_NUMBER, number));
        }
        rest = after;
    }
    rest
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn suffixes() {
        ascending(
            Scheme::APK,
            "1.2_alpha_pre2 1.2_alpha 1.2_alpha1 1.2_beta 1.2_pre 1.2_rc 1.2_rc1-r1 1.2_rc2 1.2 1.2-r0 1.2-r1 1.2-r10 \
             1.2_cvs1 1.2_svn 1.2_git20200101 1.2_hg 1.2_p1 1.2_p2-r1 1.2a 1.2b 1.2.0 1.2.1 1.3",
        );
    }

    #[test]
    fn fractions_and_garbage() {
        ascending(Scheme::APK, "1.001 1.01 1.05 1.1 1.9 1.10");
        equal(Scheme::APK, "006 6");
        ascending(Scheme::APK, "1_blah 1_alpha 1 1-r0 1.0");
        valid(Scheme::APK, "1 1.2.3b_alpha1_p2~abc-r3 20050718-r1");
        invalid(Scheme::APK, "1-r 1..2 .1 1a1 1_foo 1-r0-1 a 1A");
    }
}
