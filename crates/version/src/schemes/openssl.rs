//! OpenSSL. <https://www.openssl.org/policies/general/versioning-policy.html>
//!
//! Until 1.1.1 letters count releases (`1.0.2`, `1.0.2a` … `1.0.2z`, `1.0.2za`); `-pre1` and `-beta1` come before the
//! release. From 3.0.0 on, semantic versions.

use crate::key::{Atom, Key, Section};
use crate::native::relations;
use crate::scan::{Run, digits, is_word, leading, runs};
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "openssl", aliases: &[], purl: &[], osv: &[], valid, key, native: Some(relations::symbols) };

const WORD: u8 = 1;
const RELEASE: u8 = 2;
const NUMBER: u8 = 3;

fn parts(text: &str) -> (Section, &str, Option<&str>) {
    let mut numbers = Section::new(Atom::small(NUMBER, 0));
    let mut rest = text;
    loop {
        let (number, after) = digits(rest);
        numbers.push(Atom::number(NUMBER, number));
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None => {
                rest = after;
                break;
            }
        }
    }
    let (letters, rest) = leading(rest, |byte| byte.is_ascii_alphabetic());
    (numbers, letters, if rest.is_empty() { None } else { Some(rest.strip_prefix('-').unwrap_or(rest)) })
}

fn valid(text: &str) -> bool {
    let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
    let (numbers, letters) = leading(core, |byte| byte.is_ascii_digit() || byte == b'.');
    numbers.split('.').count() == 3
        && numbers.split('.').all(|number| digits(number).0 == number && !number.is_empty())
        && letters.len() <= 3
        && letters.bytes().all(|byte| byte.is_ascii_lowercase())
        && pre.is_none_or(|pre| is_word(pre, ".-+"))
}

fn key(text: &str) -> Key {
    let (numbers, letters, pre) = parts(text.trim());
    let lower = letters.to_ascii_lowercase();
    let length = Atom::small(NUMBER, lower.len().try_into().unwrap_or(u64::MAX));
    let letters = Section { atoms: vec![length, Atom::text(WORD, &lower)], pad: Atom::rank(0) };
    let mut last = Section::new(Atom::rank(RELEASE));
    for run in pre.into_iter().flat_map(runs) {
        match run {
            Run::Digits(number) => last.push(Atom::number(NUMBER, number)),
            // A build for FIPS is no pre-release.
            Run::Letters("fips") => last.push(Atom::text(NUMBER, "fips")),
            Run::Letters(word) => last.push(Atom::text(WORD, word)),
            Run::Other(_) => {}
        }
    }
    Key::of([numbers, letters, last])
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn letters() {
        ascending(
            Scheme::OPENSSL,
            "0.9.8zh 1.0.1-beta1 1.0.1-beta2 1.0.1 1.0.1a 1.0.2 1.0.2-fips 1.0.2y 1.0.2z 1.0.2za 1.0.2zb 1.1.0-pre10 \
             1.1.1w 3.0.0-alpha1 3.0.0-beta1 3.0.0 3.0.10 3.1.0",
        );
        valid(Scheme::OPENSSL, "1.0.2zb 3.0.0-alpha1 1.1.1");
        invalid(Scheme::OPENSSL, "1.0 1.0.2abcd 1.0.2A x");
    }
}
