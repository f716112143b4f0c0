//! Perl. <https://perldoc.perl.org/version>
//!
//! Two kinds in one order: a dotted version has a `v` or two dots (`v1.2.3`); any other is a decimal number, whose
//! digits count in threes, so `1.10` is `v1.100.0` and after `1.9` comes nothing but `1.91`. An underscore, which marks
//! a trial release, does not count.

use crate::key::{Atom, Key, Section};
use crate::native::relations;
use crate::scan::{digits, is_number};
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "cpan", aliases: &[], purl: &["cpan"], osv: &["CPAN"], valid, key, native: Some(relations::symbols) };

const WORD: u8 = 0;
const NUMBER: u8 = 1;

fn dotted(text: &str) -> bool {
    text.starts_with('v') || text.matches('.').count() >= 2
}

fn valid(text: &str) -> bool {
    let plain = text.replacen('_', "", 1);
    let numbers = plain.strip_prefix('v').unwrap_or(&plain);
    let (whole, fraction) = numbers.split_once('.').unwrap_or((numbers, "0"));
    is_number(whole) && if dotted(&plain) { numbers.split('.').all(is_number) } else { is_number(fraction) }
}

fn key(text: &str) -> Key {
    let plain = text.trim().replace('_', "");
    let mut section = Section::new(Atom::small(NUMBER, 0));
    let mut rest = plain.strip_prefix('v').unwrap_or(&plain);
    let dotted = dotted(&plain);
    let mut whole = true;
    loop {
        let (number, after) = digits(rest);
        if whole || dotted {
            section.push(Atom::number(NUMBER, number));
        } else {
            for three in number.as_bytes().chunks(3) {
                let padded = three.iter().chain(std::iter::repeat(&b'0')).take(3);
                let value = padded.fold(0_u64, |sum, digit| {
                    sum.saturating_mul(10).saturating_add(u64::from(digit.saturating_sub(b'0')))
                });
                section.push(Atom::small(NUMBER, value));
            }
        }
        whole = false;
        rest = after;
        match rest.strip_prefix('.') {
            Some(next) => rest = next,
            None => break,
        }
    }
    if !rest.is_empty() {
        section.push(Atom::text(WORD, rest));
    }
    Key::of([section])
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn decimal_and_dotted() {
        ascending(Scheme::CPAN, "1.002 v1.2.1 1.02 1.10 1.9 1.91 v1.1000 2 10");
        equal(Scheme::CPAN, "1.10 v1.100.0 1.1 1.100.0 1.1_0");
        equal(Scheme::CPAN, "1.002003 v1.2.3 1.2.3");
        valid(Scheme::CPAN, "1 1.02 v1.2 1.2.3 1.02_03");
        invalid(Scheme::CPAN, "1.x v1.2a 1. 1..2");
    }
}
