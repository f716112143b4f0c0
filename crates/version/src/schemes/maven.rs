//! Maven: ComparableVersion. <https://maven.apache.org/pom.html#version-order-specification>
//!
//! A qualifier after a dot sorts as one after a hyphen, as since Maven 3.9 (`4.0.0.Beta1` before `4.0.0.Final`).
//! Zeros and words for "released" before a hyphen or a qualifier do not count.

use crate::key::{Atom, Key, Section};
use crate::native::brackets;
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "maven",
    aliases: &[],
    purl: &["maven"],
    osv: &["Maven"],
    valid,
    key,
    native: Some(brackets::maven),
};

mod rank {
    pub(super) const ALPHA: u8 = 1;
    pub(super) const BETA: u8 = 2;
    pub(super) const MILESTONE: u8 = 3;
    pub(super) const CANDIDATE: u8 = 4;
    pub(super) const SNAPSHOT: u8 = 5;
    pub(super) const RELEASE: u8 = 6;
    pub(super) const SERVICE_PACK: u8 = 7;
    /// A word that Maven does not know.
    pub(super) const WORD: u8 = 8;
    /// A number after a hyphen or a word.
    pub(super) const HYPHEN: u8 = 9;
    /// A number after a dot.
    pub(super) const DOT: u8 = 10;
}

fn valid(text: &str) -> bool {
    let forbidden = |found: char| found.is_whitespace() || found.is_control() || "[](),/\\:<>|?*\"".contains(found);
    !text.is_empty() && !text.contains(forbidden)
}

fn key(text: &str) -> Key {
    let lower = text.to_lowercase();
    let mut section = Section::new(Atom::rank(rank::RELEASE));
    let mut hyphen = false;
    // The separators are bytes, so each piece is whole characters.
    for part in lower.split_inclusive(['.', '-']) {
        let (token, next_hyphen) = match part.strip_suffix('-') {
            Some(token) => (token, true),
            None => (part.strip_suffix('.').unwrap_or(part), false),
        };
        token_atoms(&mut section, token, hyphen);
        hyphen = next_hyphen;
    }
    trim(&mut section);
    Key::of([section])
}

/// The atoms between two separators. A change between digits and letters counts as a hyphen.
fn token_atoms(section: &mut Section, token: &str, mut hyphen: bool) {
    if token.is_empty() {
        number(section, "", hyphen);
    }
    let mut rest = token;
    while let Some(first) = rest.bytes().next() {
        let digit = first.is_ascii_digit();
        let end = rest.bytes().position(|byte| byte.is_ascii_digit() != digit).unwrap_or(rest.len());
        let Some((run, after)) = rest.split_at_checked(end) else { return };
        if digit {
            number(section, run, hyphen);
        } else {
            trim(section);
            section.push(qualifier(run, !after.is_empty()));
        }
        hyphen = true;
        rest = after;
    }
}

fn number(section: &mut Section, digits: &str, hyphen: bool) {
    if hyphen {
        trim(section);
    }
    section.push(Atom::number(if hyphen { rank::HYPHEN } else { rank::DOT }, digits));
}

fn qualifier(word: &str, before_number: bool) -> Atom {
    Atom::rank(match word {
        "a" if before_number => rank::ALPHA,
        "b" if before_number => rank::BETA,
        "m" if before_number => rank::MILESTONE,
        "alpha" => rank::ALPHA,
        "beta" => rank::BETA,
        "milestone" => rank::MILESTONE,
        "rc" | "cr" => rank::CANDIDATE,
        "snapshot" => rank::SNAPSHOT,
        "ga" | "final" | "release" => rank::RELEASE,
        "sp" => rank::SERVICE_PACK,
        word => return Atom::text(rank::WORD, word),
    })
}

/// Takes off what counts as nothing at the end.
fn trim(section: &mut Section) {
    let nothing = |atom: &Atom| {
        [Atom::small(rank::HYPHEN, 0), Atom::small(rank::DOT, 0), Atom::rank(rank::RELEASE)].contains(atom)
    };
    while section.atoms.last().is_some_and(nothing) {
        section.atoms.pop();
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn qualifiers() {
        ascending(
            Scheme::MAVEN,
            "1-alpha2snapshot 1-alpha2 1-alpha-123 1-beta-2 1-beta123 1-m2 1-m11 1-rc 1-cr2 1-rc123 1-SNAPSHOT 1 1-sp \
             1-sp2 1-sp123 1-abc 1-def 1-pom-1 1-1-snapshot 1-1 1-2 1-123 1.0.1",
        );
        ascending(Scheme::MAVEN, "4.1.0.Alpha1 4.1.0.Beta1 4.1.0.CR1 4.1.0.Final 4.1.0.SP1 4.1.1.Beta1");
        ascending(Scheme::MAVEN, "2.0 2.0.a 2-1 2.0.2 2.0.123 2.1.0 2.1-a 2.1b 2.1-1 2.1.0.1 2.2 2.123");
    }

    #[test]
    fn nothing_counts_as_nothing() {
        equal(Scheme::MAVEN, "1 1.0 1.0.0 1-0 1.ga 1-final 1.RELEASE 1.0.0-ga 1. 1- 01");
        equal(Scheme::MAVEN, "1a1 1-a1 1-alpha-1 1.0.alpha1");
        equal(Scheme::MAVEN, "1-1.foo-bar1baz-.1 1-1.foo-bar-1-baz-0.1");
        // A hash is no pre-release, and its "a" no alpha.
        ascending(Scheme::MAVEN, "1-alpha 1 1a 1-5ec03a8b");
        valid(Scheme::MAVEN, "1 1.0-SNAPSHOT r09 20040616");
        invalid(Scheme::MAVEN, "[1,2) a:b 1|2");
    }
}
