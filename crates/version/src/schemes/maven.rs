//! Maven: ComparableVersion. <https://maven.apache.org/pom.html#version-order-specification>
//!
//! Maven compares pairwise, and not always as an order: to it `1 < 1-1 < 1.0.rc1 < 1`. What it says of zeros before a
//! pre-release after a dot (`4.0.0.Beta1`) is resolved here as it is meant: after all pre-releases with a hyphen,
//! before the release. A qualifier after a dot sorts before the same with a hyphen, as until Maven 3.8 and in OSV.

use crate::key::{Atom, Key, Section};
use crate::native::brackets;
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "maven", aliases: &[], purl: &["maven"], osv: &["Maven"], valid, key, native: Some(brackets::maven) };

/// Ranks in the order of Maven. Those of qualifiers are for a dot; a hyphen moves them up by [`rank::HYPHENS`].
mod rank {
    pub(super) const ALPHA: u8 = 1;
    pub(super) const BETA: u8 = 2;
    pub(super) const MILESTONE: u8 = 3;
    pub(super) const CANDIDATE: u8 = 4;
    pub(super) const SNAPSHOT: u8 = 5;
    /// Zeros before a pre-release that follows a dot.
    pub(super) const ZEROS: u8 = 20;
    pub(super) const RELEASE: u8 = 21;
    pub(super) const SERVICE_PACK: u8 = 22;
    /// A word that Maven does not know.
    pub(super) const WORD: u8 = 23;
    /// What a hyphen, or a change from digits to letters, adds to the rank of a qualifier.
    pub(super) const HYPHENS: u8 = 10;
    /// A number after a hyphen or a word.
    pub(super) const HYPHEN: u8 = 40;
    /// A number after a dot.
    pub(super) const DOT: u8 = 41;
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
    Key::of([Section { atoms: settle(section.atoms), pad: section.pad }])
}

/// Puts a mark for zeros that stand before a pre-release: they count for nothing, but it is nearer to the release.
fn settle(atoms: Vec<Atom>) -> Vec<Atom> {
    let release = Atom::rank(rank::RELEASE);
    let mut settled: Vec<Atom> = Vec::with_capacity(atoms.len());
    let mut zeros = Vec::new();
    for atom in atoms {
        if nothing(&atom) {
            zeros.push(atom);
            continue;
        }
        if atom < release && !zeros.is_empty() {
            settled.push(Atom::small(rank::ZEROS, zeros.len().try_into().unwrap_or(u64::MAX)));
            zeros.clear();
        }
        settled.append(&mut zeros);
        settled.push(atom);
    }
    settled
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
            if hyphen {
                trim(section);
            }
            section.push(qualifier(run, !after.is_empty(), if hyphen { rank::HYPHENS } else { 0 }));
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

fn qualifier(word: &str, before_number: bool, hyphens: u8) -> Atom {
    let rank = match word {
        "a" if before_number => rank::ALPHA,
        "b" if before_number => rank::BETA,
        "m" if before_number => rank::MILESTONE,
        "alpha" => rank::ALPHA,
        "beta" => rank::BETA,
        "milestone" => rank::MILESTONE,
        "rc" | "cr" => rank::CANDIDATE,
        "snapshot" => rank::SNAPSHOT,
        "ga" | "final" | "release" => return Atom::rank(rank::RELEASE),
        "sp" => rank::SERVICE_PACK,
        word => return Atom::text(rank::WORD.saturating_add(hyphens), word),
    };
    Atom::rank(rank.saturating_add(hyphens))
}

/// Takes off what counts as nothing at the end.
fn trim(section: &mut Section) {
    while section.atoms.last().is_some_and(nothing) {
        section.atoms.pop();
    }
}

fn nothing(atom: &Atom) -> bool {
    [Atom::small(rank::HYPHEN, 0), Atom::small(rank::DOT, 0), Atom::rank(rank::RELEASE)].contains(atom)
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
        ascending(Scheme::MAVEN, "2.0 2.0-a 2-1 2.0.2 2.0.123 2.1.0 2.1-a 2.1b 2.1-1 2.1.0.1 2.2 2.123");
    }

    #[test]
    fn dots_before_qualifiers() {
        ascending(
            Scheme::MAVEN,
            "2.9.RC1 2.9-RC1 2.9.0.Beta1 2.9.0.RC1 2.9.0.RC2 2.9.0 2.9.0-sp 2.9.0-word 2.9.0-1 2.9.0.sp 2.9.0.word 2.9.1",
        );
        ascending(Scheme::MAVEN, "1.5.9.RC1 1.5.9-RC0 1.5.9.sec10 1.5.9_sec9");
    }

    #[test]
    fn nothing_counts_as_nothing() {
        equal(Scheme::MAVEN, "1 1.0 1.0.0 1-0 1.ga 1-final 1.RELEASE 1.0.0-ga 1. 1- 01");
        equal(Scheme::MAVEN, "1a1 1-a1 1-alpha-1 1.0-alpha1");
        equal(Scheme::MAVEN, "1-1.foo-bar1baz-.1 1-1.foo-bar-1-baz-0.1");
        // A hash is no pre-release, and its "a" no alpha.
        ascending(Scheme::MAVEN, "1-alpha 1 1a 1-5ec03a8b");
        valid(Scheme::MAVEN, "1 1.0-SNAPSHOT r09 20040616");
        invalid(Scheme::MAVEN, "[1,2) a:b 1|2");
    }
}
