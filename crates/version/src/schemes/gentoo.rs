//! Gentoo: Package Manager Specification 8, §3.2 and §3.3. <https://projects.gentoo.org/pms/8/pms.html>
//!
//! Like apk, which copied it, with three differences: fractions lose their trailing zeros, a missing number is zero,
//! and so is a missing revision.

use crate::key::{Atom, Key, Section};
use crate::scan::{digits, is_number, leading};
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "gentoo", aliases: &["ebuild"], purl: &["ebuild"], osv: &[], valid, key, native: None };

mod rank {
    pub(super) const BEFORE: u8 = 1;
    pub(super) const END: u8 = 2;
    pub(super) const AFTER: u8 = 3;
    pub(super) const FRACTION: u8 = 4;
    pub(super) const NUMBER: u8 = 5;
}

const SUFFIXES: [(&str, u8, u64); 5] = [
    ("alpha", rank::BEFORE, 1),
    ("beta", rank::BEFORE, 2),
    ("pre", rank::BEFORE, 3),
    ("rc", rank::BEFORE, 4),
    ("p", rank::AFTER, 1),
];

/// The key, and what could not be read.
fn read(text: &str) -> (Key, &str) {
    let (numbers_text, mut rest) = leading(text, |byte| byte.is_ascii_digit() || byte == b'.');
    let mut numbers = Section::new(Atom::rank(rank::END));
    for (index, number) in numbers_text.split('.').enumerate() {
        numbers.push(if index > 0 && number.starts_with('0') {
            Atom::text(rank::FRACTION, number.trim_end_matches('0'))
        } else {
            Atom::number(rank::NUMBER, number)
        });
    }
    let mut letter = Section::new(Atom::rank(rank::END));
    if let Some((first, after)) = rest.split_at_checked(1)
        && first.bytes().all(|byte| byte.is_ascii_lowercase())
    {
        letter.push(Atom::text(rank::NUMBER, first));
        rest = after;
    }
    let mut suffixes = Section::new(Atom::rank(rank::END));
    while let Some((word, after)) =
        rest.strip_prefix('_').map(|suffix| leading(suffix, |byte| byte.is_ascii_lowercase()))
    {
        let Some((_, rank, order)) = SUFFIXES.iter().find(|(known, ..)| *known == word) else { break };
        let (number, after) = digits(after);
        suffixes.push(Atom::small(*rank, *order));
        suffixes.push(Atom::number(rank::NUMBER, number));
        rest = after;
    }
    let mut revision = "";
    if let Some((number, after)) = rest.strip_prefix("-r").map(digits) {
        (revision, rest) = (number, after);
    }
    let last = Section::one(Atom::number(rank::NUMBER, revision));
    (Key::of([numbers, letter, suffixes, last, Section { atoms: unread(rest), pad: Atom::rank(0) }]), rest)
}

/// What could not be read sorts after the version that was, by its text.
fn unread(rest: &str) -> Vec<Atom> {
    if rest.is_empty() { Vec::new() } else { vec![Atom::text(rank::NUMBER, rest)] }
}

fn valid(text: &str) -> bool {
    let (numbers, rest) = leading(text, |byte| byte.is_ascii_digit() || byte == b'.');
    numbers.split('.').all(is_number) && !rest.ends_with("-r") && read(text).1.is_empty()
}

fn key(text: &str) -> Key {
    read(text.trim()).0
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn pms() {
        ascending(
            Scheme::GENTOO,
            "1_alpha 1_alpha1 1_beta 1_pre20 1_rc1 1_rc1_p1 1 1-r1 1_p 1_p1 1a 1b 1.01 1.02 1.1 1.9 1.10 1.10.0 2",
        );
        equal(Scheme::GENTOO, "1.0 1.00 1.0-r0");
        equal(Scheme::GENTOO, "1.010 1.01");
        equal(Scheme::GENTOO, "1_p 1_p0");
        valid(Scheme::GENTOO, "1 1.2b_rc3_p4-r5 9999");
        invalid(Scheme::GENTOO, "1. a 1_foo 1-r 1-2 1ab");
    }
}
