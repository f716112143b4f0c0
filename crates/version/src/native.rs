//! Ranges in the syntax of each ecosystem.
//!
//! Where an upper bound must keep out pre-releases of the next version, it is the least version that could be one, as
//! node-semver does (`<2.0.0-0`).

pub(crate) mod brackets;
pub(crate) mod cargo;
pub(crate) mod composer;
pub(crate) mod conan;
pub(crate) mod gem;
pub(crate) mod hex;
pub(crate) mod npm;
pub(crate) mod partial;
pub(crate) mod pypi;
pub(crate) mod relations;

use std::borrow::Cow;

/// One more than a decimal number of any length.
fn increment(digits: &str) -> String {
    let kept = digits.trim_end_matches('9');
    let nines = digits.len().saturating_sub(kept.len());
    let mut text = match kept.as_bytes().split_last() {
        Some((last, head)) => {
            let mut text = String::from_utf8_lossy(head).into_owned();
            text.push(char::from(last.saturating_add(1)));
            text
        }
        None => "1".to_owned(),
    };
    text.extend(std::iter::repeat_n('0', nines));
    text
}

/// The longest of some signs that a text begins with, and the rest without blanks. The signs come longest first.
fn sign<'a>(text: &'a str, signs: &[&'static str]) -> (&'static str, &'a str) {
    let found = signs.iter().find_map(|sign| Some((*sign, text.strip_prefix(sign)?)));
    let (sign, rest) = found.unwrap_or(("", text));
    (sign, rest.trim_start())
}

/// Comparators between blanks, each with its sign even where a blank stands between the two.
fn comparators<'a>(text: &'a str, signs: &[&'static str]) -> Vec<(&'static str, Cow<'a, str>)> {
    let mut list = Vec::new();
    let mut pending = "";
    for word in text.split_whitespace() {
        let (sign, version) = sign(word, signs);
        match (version, pending) {
            ("", _) => pending = sign,
            (version, "") => list.push((sign, version.into())),
            (version, waiting) => {
                pending = "";
                // `> =1` is an error; a sign too many makes the version invalid.
                list.push((waiting, if sign.is_empty() { version.into() } else { word.into() }));
            }
        }
    }
    if !pending.is_empty() {
        list.push((pending, "".into()));
    }
    list
}

#[cfg(test)]
mod testing {
    use crate::{Range, Scheme};

    /// A native range is this one in VERS.
    pub(super) fn reads(scheme: Scheme, text: &str, expected: &str) {
        let range = Range::from_native(scheme, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(range.to_string(), expected, "{text}");
        assert_eq!(Range::parse(expected).unwrap().normalise(), range);
    }

    pub(super) fn refuses(scheme: Scheme, texts: &[&str]) {
        for text in texts {
            assert!(Range::from_native(scheme, text).is_err(), "{text}");
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn increments() {
        for (digits, next) in
            [("0", "1"), ("9", "10"), ("1099", "1100"), ("99999999999999999999", "100000000000000000000")]
        {
            assert_eq!(super::increment(digits), next);
        }
    }
}
