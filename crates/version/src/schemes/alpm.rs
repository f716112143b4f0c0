//! Arch Linux: pacman's vercmp. <https://man.archlinux.org/man/vercmp.8>
//!
//! An older rpmvercmp: letters directly after a number mean a pre-release (`1.0rc` before `1.0`), and how many
//! separators stand before a segment matters. A missing pkgrel sorts before any, where vercmp calls it equal to all
//! of them, which is no order.

use crate::key::{Atom, Key, Section};
use crate::scan::{Run, is_number, is_word, runs};
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "alpm", aliases: &["arch", "archlinux"], purl: &["alpm"], osv: &[], valid, key, native: None };

mod rank {
    /// Letters without a separator before them.
    pub(super) const ATTACHED: u8 = 1;
    pub(super) const END: u8 = 2;
    pub(super) const NUMBER: u8 = 3;
    /// Separators, by their number.
    pub(super) const SEPARATED: u8 = 4;
    pub(super) const LETTERS: u8 = 1;
}

fn parts(text: &str) -> (&str, &str, Option<&str>) {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if is_number(epoch) => (epoch, rest),
        _ => ("", text),
    };
    let (version, release) = rest.rsplit_once('-').map_or((rest, None), |(version, rest)| (version, Some(rest)));
    (epoch, version, release)
}

fn valid(text: &str) -> bool {
    let (_, version, release) = parts(text);
    is_word(version, "._+") && release.is_none_or(|release| release.split('.').all(is_number))
}

fn key(text: &str) -> Key {
    let (epoch, version, release) = parts(text.trim());
    Key::of([
        Section::one(Atom::number(rank::NUMBER, epoch)),
        segments(version),
        Section::one(Atom::small(rank::NUMBER, u64::from(release.is_some()))),
        segments(release.unwrap_or_default()),
    ])
}

fn segments(text: &str) -> Section {
    let mut section = Section::new(Atom::rank(rank::END));
    let mut separators = 0_usize;
    for run in runs(text) {
        if let Run::Other(other) = run {
            separators = other.len();
            continue;
        }
        if separators > 0 {
            section.push(Atom::small(rank::SEPARATED, separators.try_into().unwrap_or(u64::MAX)));
        }
        section.push(match run {
            Run::Letters(letters) if section.atoms.is_empty() || separators > 0 => Atom::text(rank::LETTERS, letters),
            Run::Letters(letters) => Atom::text(rank::ATTACHED, letters),
            Run::Digits(number) | Run::Other(number) => Atom::number(rank::NUMBER, number),
        });
        separators = 0;
    }
    section
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn manual() {
        ascending(Scheme::ALPM, "1.0a 1.0b 1.0beta 1.0p 1.0pre 1.0rc 1.0 1.0.a 1.0.1");
        ascending(Scheme::ALPM, "1 1.0 1.1 1.1.1 1.2 2.0 3.0.0");
        ascending(Scheme::ALPM, "1.0 1.0-1 1.0-1.1 1.0-2 1.0..1 2.0-1 1:0.1-1");
        equal(Scheme::ALPM, "1.0 1_0 0:1.0 01.0");
        valid(Scheme::ALPM, "1:2.3-1 1.0.r5.gabc-1 1.0-1.1");
        invalid(Scheme::ALPM, "a:1 1-a 1~2");
    }
}
