//! Semantic Versioning 2.0.0. <https://semver.org>
//!
//! A leading `v` is allowed, as everywhere it is used. What is not a semantic version is read as loosely as npm's
//! loose mode: missing numbers are zero, further numbers count, and whatever follows the numbers is a pre-release.

use crate::key::{Atom, Key, Section};
use crate::native::npm;
use crate::scan::{digits, is_number, is_word, without_v};
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "semver",
    aliases: &[],
    purl: &["semver", "bazel", "bitnami", "helm", "julia", "vscode-extension", "otp"],
    osv: &["Bitnami", "Docker Hardened Images", "GHC", "GitHub Actions", "Julia", "Kubernetes", "VSCode", "VSCodium"],
    valid,
    key,
    native: Some(npm::range),
};

/// What the relatives of semver do otherwise.
#[derive(Clone, Copy, Default)]
pub(super) struct Variant {
    /// Letters of pre-releases have no case.
    pub(super) fold_case: bool,
    /// The build decides between versions that are otherwise equal.
    pub(super) order_build: bool,
}

mod rank {
    pub(super) const END: u8 = 1;
    pub(super) const NUMBER: u8 = 2;
    pub(super) const TEXT: u8 = 3;
    /// Not a pre-release: after all pre-releases.
    pub(super) const RELEASE: u8 = 4;
}

pub(super) fn valid(text: &str) -> bool {
    valid_numbers(text, 3..=3)
}

/// Whether a text is `numbers[-pre][+build]`, with as many numbers as given.
pub(super) fn valid_numbers(text: &str, count: std::ops::RangeInclusive<usize>) -> bool {
    let (text, build) = split(without_v(text), '+');
    let (core, pre) = split(text, '-');
    let plain = |number: &str| is_number(number) && (number.len() == 1 || !number.starts_with('0'));
    let pre_good = |id: &str| is_word(id, "-") && (!is_number(id) || plain(id));
    count.contains(&core.split('.').count())
        && core.split('.').all(plain)
        && pre.is_none_or(|pre| pre.split('.').all(pre_good))
        && build.is_none_or(|build| build.split('.').all(|id| is_word(id, "-")))
}

fn split(text: &str, separator: char) -> (&str, Option<&str>) {
    text.split_once(separator).map_or((text, None), |(before, after)| (before, Some(after)))
}

pub(super) fn key(text: &str) -> Key {
    key_of(text, Variant::default())
}

pub(super) fn key_of(text: &str, variant: Variant) -> Key {
    let (text, build) = split(without_v(text), '+');
    let (numbers, rest) = numbers(text);
    let mut pre = Section::new(Atom::rank(rank::END));
    match rest {
        "" => pre.push(Atom::rank(rank::RELEASE)),
        rest => identifiers(&mut pre, rest, variant),
    }
    let mut sections = vec![numbers, pre];
    if let (true, Some(build)) = (variant.order_build, build) {
        let mut section = Section::new(Atom::rank(rank::END));
        identifiers(&mut section, build, variant);
        sections.push(section);
    }
    Key::of(sections)
}

/// The numbers at the beginning, and what follows them without its hyphen or dot.
fn numbers(text: &str) -> (Section, &str) {
    let mut section = Section::new(Atom::small(rank::NUMBER, 0));
    let mut rest = text;
    loop {
        let (number, after) = digits(rest);
        if number.is_empty() {
            break;
        }
        section.push(Atom::number(rank::NUMBER, number));
        rest = after;
        match rest.strip_prefix('.') {
            Some(next) if next.starts_with(|next: char| next.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    (section, rest.strip_prefix(['-', '.']).unwrap_or(rest))
}

fn identifiers(section: &mut Section, text: &str, variant: Variant) {
    for id in text.split('.') {
        section.push(match id {
            id if is_number(id) => Atom::number(rank::NUMBER, id),
            id if variant.fold_case => Atom::folded(rank::TEXT, id),
            id => Atom::text(rank::TEXT, id),
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn precedence() {
        // semver.org §11.
        ascending(
            Scheme::SEMVER,
            "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1",
        );
        ascending(Scheme::SEMVER, "1.0.0-99999999999999999999 1.0.0-100000000000000000000 1.0.0-a");
        equal(Scheme::SEMVER, "1.0.0 1.0.0+a 1.0.0+b v1.0.0 1.0 1");
        ascending(Scheme::SEMVER, "1.2.3beta 1.2.3 1.2.3.4 1.2.4");
    }

    #[test]
    fn grammar() {
        valid(Scheme::SEMVER, "1.2.3 v1.2.3 1.2.3-0 1.2.3--- 1.2.3-a.b+001 0.0.0");
        invalid(Scheme::SEMVER, "1 1.2 1.2.3.4 01.2.3 1.2.3-01 1.2.3- 1.2.3+ a.b.c 1.2.3-ä");
    }
}
