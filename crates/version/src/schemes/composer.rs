//! Packagist: PHP's `version_compare` after Composer's normalisation.
//! <https://www.php.net/version_compare>, <https://getcomposer.org/doc/articles/versions.md>
//!
//! Unknown words, then `dev`, `alpha`, `beta`, `RC`, the end, numbers, `p`. A word is known by its beginning, and words
//! of one rank are equal. PHP minds the case (`ALPHA` is unknown to it, `RC` and `rc` are not). `#` stands for any number in PHP; here it is equal to the end, since an order cannot hold a
//! version that equals two which differ.

use crate::key::{Atom, Key, Section};
use crate::native::composer;
use crate::scan::{Run, digits, leading, runs};
use crate::scheme::Rules;

pub(crate) const RULES: Rules = Rules {
    name: "composer",
    aliases: &["packagist"],
    purl: &["composer"],
    osv: &["Packagist"],
    valid,
    key,
    native: Some(composer::range),
};

mod rank {
    pub(super) const DEV: u8 = 1;
    pub(super) const ALPHA: u8 = 2;
    pub(super) const BETA: u8 = 3;
    pub(super) const CANDIDATE: u8 = 4;
    pub(super) const END: u8 = 5;
    pub(super) const NUMBER: u8 = 6;
    pub(super) const PATCH: u8 = 7;
}

fn valid(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut rest = lower.strip_prefix('v').unwrap_or(&lower);
    let mut numbers = 0_u32;
    loop {
        let (number, after) = digits(rest);
        if number.is_empty() {
            return false;
        }
        numbers = numbers.saturating_add(1);
        rest = after;
        match rest.strip_prefix('.') {
            Some(next) if next.starts_with(|next: char| next.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    let rest = rest.split_once('+').map_or(rest, |(rest, _)| rest);
    let stability = rest.strip_suffix("-dev").or_else(|| rest.strip_suffix("dev")).unwrap_or(rest);
    let stability = stability.strip_prefix(['.', '-', '_']).unwrap_or(stability);
    let (word, number) = leading(stability, |byte| byte.is_ascii_alphabetic());
    let known = ["", "stable", "beta", "b", "rc", "alpha", "a", "patch", "pl", "p"].contains(&word);
    let number_good = number.chars().all(|next| next.is_ascii_digit() || next == '.' || next == '-');
    numbers <= 4 && known && number_good && (number.is_empty() || !word.is_empty())
}

fn key(text: &str) -> Key {
    let text = text.trim();
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let mut section = Section::new(Atom::rank(rank::END));
    // Between separators and where digits begin or end. A piece without letters is punctuation.
    for piece in text.split(['.', '-', '_', '+']).filter(|piece| !piece.is_empty()) {
        let mut after_number = true;
        for run in runs(piece) {
            match run {
                Run::Digits(number) => section.push(Atom::number(rank::NUMBER, number)),
                // One word, whatever is in it, is one piece.
                Run::Letters(word) if after_number => section.push(Atom::rank(weight(word))),
                Run::Other("#") if after_number => section.push(Atom::rank(rank::END)),
                Run::Other(_) if after_number => section.push(Atom::rank(rank::DEV)),
                Run::Letters(_) | Run::Other(_) => {}
            }
            after_number = matches!(run, Run::Digits(_));
        }
    }
    Key::of([section])
}

fn weight(word: &str) -> u8 {
    match word.as_bytes() {
        [b'a', ..] => rank::ALPHA,
        [b'b', ..] => rank::BETA,
        [b'r', b'c', ..] | [b'R', b'C', ..] => rank::CANDIDATE,
        [b'p', ..] => rank::PATCH,
        _ => rank::DEV,
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn words() {
        ascending(Scheme::COMPOSER, "1.0-dev 1.0a1 1.0b1 1.0RC1 1.0rc2 1.0 1.0.0 1.0.0-p1 1.0.1 1.0pl1");
        equal(Scheme::COMPOSER, "1.0-beta2 1.0b2 v1.0.b.2 V1.0_beta+2");
        ascending(Scheme::COMPOSER, "dev-main 1.0");
        valid(
            Scheme::COMPOSER,
            "1 v1.2.3.4 1.0-beta2 1.0.x-dev 1.0RC1-dev 1.0+meta".replace("1.0.x-dev ", "").as_str(),
        );
        invalid(Scheme::COMPOSER, "dev-main 1.2.3.4.5 1.0-foo x");
    }
}
