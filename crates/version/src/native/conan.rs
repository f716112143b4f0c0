//! Conan's ranges. <https://docs.conan.io/2/tutorial/versioning/version_ranges.html>
//!
//! An upper bound made by `~` or `^` ends in a hyphen, which sorts before all pre-releases of its version.

use super::{comparators, increment};
use crate::intervals::{Cut, Intervals};
use crate::range::Comparator;
use crate::scan::is_number;
use crate::scheme::Scheme;

const NO_VERSION: &str = "a version is expected";

/// `>=1.0 <2.0`, `~2.5`, `^1.2 || ^3`, with or without the brackets of a reference.
pub(crate) fn range(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    let text = text.trim();
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    // Options say which pre-releases are offered, not which versions are in the range.
    let (text, _options) = text.split_once(',').unwrap_or((text, ""));
    let mut sets = Vec::new();
    for alternative in text.split("||") {
        let mut all = Vec::new();
        for (sign, version) in comparators(alternative, &[">=", "<=", ">", "<", "=", "~", "^"]) {
            all.push(one(scheme, sign, version.strip_suffix('-').unwrap_or(&version))?);
        }
        if all.is_empty() {
            return Err(NO_VERSION);
        }
        sets.push(Intervals::all_of(all));
    }
    Ok(Intervals::any_of(sets))
}

fn one(scheme: Scheme, sign: &str, text: &str) -> Result<Intervals, &'static str> {
    if text == "*" && sign.is_empty() {
        return Ok(Intervals::all());
    }
    let version = scheme.parse(text).map_err(|_| NO_VERSION)?;
    let comparator = match sign {
        ">=" => Comparator::GreaterOrEqual,
        "<=" => Comparator::LessOrEqual,
        ">" => Comparator::Greater,
        "<" => Comparator::Less,
        "~" | "^" => {
            let core = text.split(['-', '+']).next().unwrap_or(text);
            let numbers: Vec<&str> = core.split('.').collect();
            let zero = |number: &&str| number.bytes().all(|digit| digit == b'0');
            let first =
                numbers.iter().position(|number| !zero(number)).map_or(numbers.len(), |at| at.saturating_add(1));
            let place = if sign == "~" { numbers.len().min(2) } else { first };
            let (last, head) = numbers.get(..place).and_then(<[_]>::split_last).ok_or(NO_VERSION)?;
            if !is_number(last) {
                return Err("a number is expected");
            }
            let next = format!("{}-", [head, &[increment(last).as_str()]].concat().join("."));
            return Ok(Intervals::between(Cut::before(version), Cut::before(scheme.read(&next))));
        }
        _ => Comparator::Equal,
    };
    Ok(comparator.of(version))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::Scheme;

    #[test]
    fn ranges() {
        for (text, expected) in [
            ("*", "vers:conan/*"),
            ("~2.5.1", "vers:conan/>=2.5.1|<2.6-"),
            ("~1", "vers:conan/>=1|<2-"),
            ("^0.1.2", "vers:conan/>=0.1.2|<0.2-"),
            ("[>1 <2.0 || ^3.2, include_prerelease]", "vers:conan/>1|<2.0|>=3.2|<4-"),
            ("1.0", "vers:conan/1.0"),
        ] {
            reads(Scheme::CONAN, text, expected);
        }
        refuses(Scheme::CONAN, &["", "~x", ">=", "1 ||", "[1"]);
    }
}
