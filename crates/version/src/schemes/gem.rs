//! RubyGems: `Gem::Version`. <https://docs.ruby-lang.org/en/master/Gem/Version.html>
//!
//! A letter anywhere makes a pre-release. A hyphen stands for `.pre.`. Zeros at the end, and before the first letters,
//! do not count.

use crate::key::{Atom, Key, Section};
use crate::native::gem;
use crate::scan::{Run, is_number, is_word, runs};
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "gem",
    aliases: &["rubygems"],
    purl: &["gem", "cocoapods"],
    osv: &["RubyGems"],
    valid,
    key,
    native: Some(gem::range),
};

const WORD: u8 = 1;
const NUMBER: u8 = 2;

fn valid(text: &str) -> bool {
    let (version, pre) = text.split_once('-').map_or((text, None), |(version, pre)| (version, Some(pre)));
    let mut segments = version.split('.');
    segments.next().is_some_and(is_number)
        && segments.all(|segment| is_word(segment, ""))
        && pre.is_none_or(|pre| pre.split('.').all(|segment| is_word(segment, "-")))
}

fn key(text: &str) -> Key {
    let zero = Atom::small(NUMBER, 0);
    let mut section = Section::new(zero.clone());
    let trim = |section: &mut Section| {
        while section.atoms.last() == Some(&zero) {
            section.atoms.pop();
        }
    };
    let mut words = false;
    let mut word = |section: &mut Section, text: &str| {
        if !words {
            trim(section);
            words = true;
        }
        section.push(Atom::text(WORD, text));
    };
    for run in runs(text.trim()) {
        match run {
            Run::Digits(number) => section.push(Atom::number(NUMBER, number)),
            Run::Letters(letters) => word(&mut section, letters),
            Run::Other(other) => other.matches('-').for_each(|_| word(&mut section, "pre")),
        }
    }
    Key::of([section])
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn letters() {
        ascending(Scheme::GEM, "0.9 1.0.a.2 1.0.b1 1.0.b10 1.0.pre 1.0.rc1 1.0 1.0.1.pre 1.0.1 1.0.10");
        equal(Scheme::GEM, "1 1.0 1.0.0");
        equal(Scheme::GEM, "1.0.a2 1.a.2 1.a2.0 1.0.0.a.2");
        equal(Scheme::GEM, "1.0-1 1.0.pre.1");
        valid(Scheme::GEM, "1 1.2.rc1 1.2-3 1.2-x86-mingw");
        invalid(Scheme::GEM, "a 1. .1 1..2 1_2 1+2");
    }
}
