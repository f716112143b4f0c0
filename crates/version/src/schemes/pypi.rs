//! Python: PEP 440. <https://packaging.python.org/specifications/version-specifiers/>
//!
//! What is not PEP 440 sorts below everything that is, by the older rule of setuptools, as old versions of
//! `packaging` did: such versions exist, and advisories name them.

use crate::key::{Atom, Key, Section};
use crate::native::pypi;
use crate::scan::{Run, digits, is_word, leading, runs};
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "pypi",
    aliases: &["pep440"],
    purl: &["pypi"],
    osv: &["PyPI"],
    valid,
    key,
    native: Some(pypi::range),
};

mod rank {
    pub(super) const LEGACY: u8 = 0;
    pub(super) const END: u8 = 1;
    /// A development release of a final release: before its pre-releases.
    pub(super) const DEVELOPMENT: u8 = 2;
    pub(super) const ALPHA: u8 = 3;
    pub(super) const BETA: u8 = 4;
    pub(super) const CANDIDATE: u8 = 5;
    pub(super) const FINAL: u8 = 6;
    pub(super) const TEXT: u8 = 7;
    pub(super) const NUMBER: u8 = 8;
    /// Not a development release.
    pub(super) const DONE: u8 = 9;
}

/// The parts of a version, numbers as they are written.
#[derive(Debug, Default)]
pub(crate) struct Parts<'a> {
    pub(crate) epoch: &'a str,
    pub(crate) release: Vec<&'a str>,
    pub(crate) pre: Option<(u8, &'a str)>,
    pub(crate) post: Option<&'a str>,
    pub(crate) dev: Option<&'a str>,
    pub(crate) local: Option<&'a str>,
}

const PRE: [(&str, u8); 8] = [
    ("alpha", rank::ALPHA),
    ("a", rank::ALPHA),
    ("beta", rank::BETA),
    ("b", rank::BETA),
    ("preview", rank::CANDIDATE),
    ("pre", rank::CANDIDATE),
    ("rc", rank::CANDIDATE),
    ("c", rank::CANDIDATE),
];
const POST: [(&str, u8); 3] = [("post", 0), ("rev", 0), ("r", 0)];
const DEV: [(&str, u8); 1] = [("dev", 0)];

/// Reads a version, which must be in lower case.
pub(crate) fn parts(text: &str) -> Option<Parts<'_>> {
    let mut parts = Parts::default();
    let mut rest = text.strip_prefix('v').unwrap_or(text);
    if let (epoch @ [_, ..], after) = (digits(rest).0.as_bytes(), digits(rest).1)
        && let Some(after) = after.strip_prefix('!')
    {
        parts.epoch = std::str::from_utf8(epoch).ok()?;
        rest = after;
    }
    loop {
        let (number, after) = digits(rest);
        if number.is_empty() {
            return None;
        }
        parts.release.push(number);
        rest = after;
        match rest.strip_prefix('.') {
            Some(next) if next.starts_with(|next: char| next.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    if let Some((rank, number, after)) = tagged(rest, &PRE) {
        (parts.pre, rest) = (Some((rank, number)), after);
    }
    // `1.0-1` is a post-release without its word.
    if let Some((number @ [_, ..], after)) = rest.strip_prefix('-').map(digits).map(|(n, rest)| (n.as_bytes(), rest)) {
        (parts.post, rest) = (std::str::from_utf8(number).ok(), after);
    } else if let Some((_, number, after)) = tagged(rest, &POST) {
        (parts.post, rest) = (Some(number), after);
    }
    if let Some((_, number, after)) = tagged(rest, &DEV) {
        (parts.dev, rest) = (Some(number), after);
    }
    if let Some(local) = rest.strip_prefix('+') {
        (parts.local, rest) = (Some(local), "");
        if !local.split(['.', '-', '_']).all(|part| is_word(part, "")) {
            return None;
        }
    }
    rest.is_empty().then_some(parts)
}

/// `[separator]word[separator][number]` at the beginning of a text.
fn tagged<'a>(text: &'a str, words: &[(&str, u8)]) -> Option<(u8, &'a str, &'a str)> {
    let separators = ['.', '-', '_'];
    let text = text.strip_prefix(separators).unwrap_or(text);
    let (word, after) = leading(text, |byte| byte.is_ascii_alphabetic());
    let (_, rank) = words.iter().find(|(known, _)| *known == word)?;
    let (number, rest) = digits(after.strip_prefix(separators).unwrap_or(after));
    if number.is_empty() { Some((*rank, "", after)) } else { Some((*rank, number, rest)) }
}

fn valid(text: &str) -> bool {
    parts(&text.to_ascii_lowercase()).is_some()
}

fn key(text: &str) -> Key {
    let lower = text.trim().to_ascii_lowercase();
    parts(&lower).map_or_else(|| legacy(&lower), |parts| modern(&parts))
}

fn modern(parts: &Parts<'_>) -> Key {
    let mut release = Section::new(Atom::small(rank::NUMBER, 0));
    release.atoms.extend(parts.release.iter().map(|number| Atom::number(rank::NUMBER, number)));
    let pre = match parts.pre {
        Some((rank, number)) => Atom::number(rank, number),
        None if parts.post.is_none() && parts.dev.is_some() => Atom::rank(rank::DEVELOPMENT),
        None => Atom::rank(rank::FINAL),
    };
    let post = parts.post.map_or(Atom::rank(rank::END), |number| Atom::number(rank::NUMBER, number));
    let dev = parts.dev.map_or(Atom::rank(rank::DONE), |number| Atom::number(rank::NUMBER, number));
    let mut local = Section::new(Atom::rank(rank::END));
    for part in parts.local.iter().flat_map(|local| local.split(['.', '-', '_'])) {
        let number = part.bytes().all(|byte| byte.is_ascii_digit());
        local.push(if number { Atom::number(rank::NUMBER, part) } else { Atom::text(rank::TEXT, part) });
    }
    let epoch = Section::one(Atom::number(rank::NUMBER, parts.epoch));
    Key::of([epoch, release, Section { atoms: vec![pre, post, dev], pad: Atom::rank(rank::END) }, local])
}

/// The order that setuptools had before PEP 440: words of pre-releases, then the end, then others, then numbers.
fn legacy(text: &str) -> Key {
    const PRE_RELEASE: u8 = 2;
    const FINAL: u8 = 3;
    const PATCH: u8 = 4;
    const WORD: u8 = 5;
    const NUMBER: u8 = 6;
    let mut section = Section::new(Atom::rank(FINAL));
    let zero = Atom::small(NUMBER, 0);
    for run in runs(text) {
        match run {
            Run::Digits(number) => section.push(Atom::number(NUMBER, number)),
            Run::Letters(word) => {
                let word = match word {
                    "pre" | "preview" | "rc" => "c",
                    // Sorts before all letters.
                    "dev" => "@",
                    word => word,
                };
                if word < "final" {
                    while section.atoms.last() == Some(&Atom::rank(PATCH)) {
                        section.atoms.pop();
                    }
                }
                while section.atoms.last() == Some(&zero) {
                    section.atoms.pop();
                }
                section.push(Atom::text(if word < "final" { PRE_RELEASE } else { WORD }, word));
            }
            Run::Other(other) => {
                section.atoms.extend(other.bytes().filter(|byte| *byte == b'-').map(|_| Atom::rank(PATCH)));
            }
        }
    }
    Key::of([Section::one(Atom::rank(rank::LEGACY)), section])
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn phases_of_a_release() {
        ascending(
            Scheme::PYPI,
            "1.0.dev1 1.0a1.dev1 1.0a1 1.0a2 1.0a12.dev4 1.0a12 1.0b1.dev2 1.0b2 1.0b2.post1.dev3 1.0b2.post1 1.0rc1 \
             1.0 1.0+abc 1.0+abc.5 1.0+abc.7 1.0+5 1.0.post1.dev1 1.0.post1 1.0.1 1.1.dev1 1!0.1",
        );
    }

    #[test]
    fn spellings() {
        equal(Scheme::PYPI, "1.0a1 1.0alpha1 1.0-A.1 1.0_alpha_1 v1.0.0a1 01.0a01");
        equal(Scheme::PYPI, "1.0rc1 1.0c1 1.0pre1 1.0-preview-1");
        equal(Scheme::PYPI, "1.0.post1 1.0-1 1.0r1 1.0.rev.1 1.post1");
        equal(Scheme::PYPI, "1.0 1 1.0.0 0!1");
        equal(Scheme::PYPI, "1.0+ubuntu-1 1.0+ubuntu_1 1.0+UBUNTU.1");
        equal(Scheme::PYPI, "1.0a 1.0a0");
    }

    #[test]
    fn legacy_is_below() {
        ascending(Scheme::PYPI, "0.1-bulbasaur 0.1-charmander 2013-01-21T20:33:09+0100 0.0.dev0 0");
        valid(Scheme::PYPI, "1 1.0.post1.dev2+x.y 1!2.3 V1");
        invalid(Scheme::PYPI, "1.0+ 1.0+a..b 1.0-x 1. .1 1.0.dev1.post1 1!");
    }
}
