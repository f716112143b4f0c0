//! Debian and its relatives: dpkg.
//! <https://www.debian.org/doc/debian-policy/ch-controlfields.html#version>
//!
//! `[epoch:]upstream[-revision]`. A tilde sorts before everything, even the end; letters before other characters;
//! what is not ASCII after all that is.

use crate::key::{Atom, Key, Section};
use crate::native::relations;
use crate::scan::{digits, is_number, is_word};
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "deb",
    aliases: &["debian", "ubuntu"],
    purl: &["deb"],
    osv: &["Debian", "Ubuntu", "Echo"],
    valid,
    key,
    native: Some(relations::deb),
};

mod rank {
    pub(super) const TILDE: u8 = 1;
    /// The end of a run of other characters, and of the version.
    pub(super) const NUMBER: u8 = 2;
    pub(super) const LETTER: u8 = 3;
    pub(super) const OTHER: u8 = 4;
}

fn parts(text: &str) -> (&str, &str, &str) {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if is_number(epoch) => (epoch, rest),
        _ => ("", text),
    };
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch, upstream, revision)
}

fn valid(text: &str) -> bool {
    let (_, upstream, revision) = parts(text);
    upstream.starts_with(|first: char| first.is_ascii_digit())
        && is_word(upstream, ".+-~:")
        && (is_word(revision, ".+~") || (revision.is_empty() && !text.ends_with('-')))
}

fn key(text: &str) -> Key {
    let (epoch, upstream, revision) = parts(text.trim());
    Key::of([Section::one(Atom::number(rank::NUMBER, epoch)), section(upstream), section(revision)])
}

/// Runs of other characters and numbers in turn; both may be empty.
pub(super) fn section(text: &str) -> Section {
    let mut section = Section::new(Atom::small(rank::NUMBER, 0));
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if next.is_ascii_digit() {
            let (number, after) = digits(rest);
            section.push(Atom::number(rank::NUMBER, number));
            rest = after;
            continue;
        }
        section.push(match next {
            '~' => Atom::rank(rank::TILDE),
            letter if letter.is_ascii_alphabetic() => Atom::small(rank::LETTER, u64::from(u32::from(letter))),
            other => Atom::small(rank::OTHER, u64::from(u32::from(other))),
        });
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    section
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn policy() {
        ascending(Scheme::DEB, "~~ ~~a ~ 0 a");
        ascending(Scheme::DEB, "1.0~~ 1.0~ 1.0~rc1-1 1.0-1~bpo1 1.0-1 1.0-1+b1 1.0-1.1 1.0a 1.0+x 1.0.1 1:0.1");
        equal(Scheme::DEB, "1.0 0:1.0 1.0-0 1.00 01.0");
        ascending(Scheme::DEB, "1.0-13ubuntu1 1.0-13+deb9u1");
        ascending(Scheme::DEB, "1-2-1 1-2-2 1-10-1");
        ascending(Scheme::DEB, "9999999999999999999999:1 10000000000000000000000:0");
        valid(Scheme::DEB, "1 1:2-3 1.2-3~x+y 1.0-1-2");
        invalid(Scheme::DEB, "a 1- 1_2 1é");
    }
}
