//! Conan 2. <https://docs.conan.io/2/tutorial/versioning/version_ranges.html>
//!
//! Like semantic versions with any count of numbers and with letters in them; the build decides last.

use crate::key::{Atom, Key, Section};
use crate::native::conan;
use crate::scan::{is_number, is_word};
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "conan",
    aliases: &[],
    purl: &["conan"],
    osv: &["ConanCenter"],
    valid,
    key,
    native: Some(conan::range),
};

const END: u8 = 1;
const NUMBER: u8 = 2;
const TEXT: u8 = 3;
const RELEASE: u8 = 4;

fn valid(text: &str) -> bool {
    is_word(text, "._+-") && text.starts_with(|first: char| first.is_ascii_alphanumeric())
}

fn key(text: &str) -> Key {
    let (text, build) = text.split_once('+').unwrap_or((text, ""));
    let (main, pre) = text.split_once('-').map_or((text, None), |(main, pre)| (main, Some(pre)));
    let pre = pre
        .map_or(Section { atoms: vec![Atom::rank(RELEASE)], pad: Atom::rank(END) }, |pre| items(pre, Atom::rank(END)));
    Key::of([items(main, Atom::small(NUMBER, 0)), pre, items(build, Atom::rank(END))])
}

fn items(text: &str, pad: Atom) -> Section {
    let mut section = Section::new(pad);
    let zero = Atom::small(NUMBER, 0);
    for item in text.split('.').filter(|_| !text.is_empty()) {
        section.push(if is_number(item) { Atom::number(NUMBER, item) } else { Atom::folded(TEXT, item) });
    }
    // Zeros at the end do not count anywhere.
    while section.atoms.len() > 1 && section.atoms.last() == Some(&zero) {
        section.atoms.pop();
    }
    section
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn items() {
        ascending(Scheme::CONAN, "1.0- 1.0-0 1.0-alpha 1.0-alpha.1 1.0 1.0+1 1.0+2 1.0.1 1.1 1.10 1.a cci.20200101");
        equal(Scheme::CONAN, "1 1.0 1.0.0");
        equal(Scheme::CONAN, "1.0-pre1 1-pre1.0");
        valid(Scheme::CONAN, "1.0 cci.20200101 1.0-pre+build 9e");
        invalid(Scheme::CONAN, "[>1] .1 1/2");
    }
}
