//! Whole numbers with dots: the VERS scheme `intdot`, also used where an ecosystem has no more than that.
//!
//! The shorter sorts first. What is not a number sorts before the end, so `1.0rc1` is before `1.0`.

use crate::key::{Atom, Key, Section};
use crate::native::relations;
use crate::scan::{Run, is_number, runs};
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "intdot",
    aliases: &[],
    purl: &["chrome-extension", "mlflow"],
    osv: &["Linux", "Android"],
    valid,
    key,
    native: Some(relations::symbols),
};

const WORD: u8 = 1;
const END: u8 = 2;
const NUMBER: u8 = 3;

fn valid(text: &str) -> bool {
    text.split('.').all(is_number)
}

pub(super) fn key(text: &str) -> Key {
    let mut section = Section::new(Atom::rank(END));
    for run in runs(text.trim()) {
        match run {
            Run::Digits(number) => section.push(Atom::number(NUMBER, number)),
            Run::Letters(word) => section.push(Atom::text(WORD, word)),
            Run::Other(_) => {}
        }
    }
    Key::of([section])
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn numbers() {
        ascending(Scheme::INTDOT, "1.0rc1 1.0 1.0.0 1.2 1.10 10.0 99999999999999999999999");
        ascending(Scheme::HACKAGE, "0 0.1 1 1.0 1.0.0 1.1");
        equal(Scheme::INTDOT, "1.2 01.02");
        valid(Scheme::INTDOT, "1 10.234.5.12");
        invalid(Scheme::INTDOT, "1. .1 a 1-2 -1");
    }
}
