//! npm's ranges. <https://github.com/npm/node-semver#ranges>

use super::partial::Partial;
use super::{comparators, partial};
use crate::intervals::Intervals;
use crate::scheme::Scheme;

const SIGNS: [&str; 8] = [">=", "<=", "~>", ">", "<", "=", "~", "^"];

/// `^1.2.3 || ~2.0 || 3.x || 1.0.0 - 2.0.0 || >=1 <2`.
pub(crate) fn range(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    let mut sets = Vec::new();
    for alternative in text.split("||") {
        sets.push(conjunction(scheme, alternative.trim())?);
    }
    Ok(Intervals::any_of(sets))
}

fn conjunction(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    if let Some((low, high)) = text.split_once(" - ") {
        let (low, high) = (Partial::read(low.trim())?, Partial::read(high.trim())?);
        return Ok(Intervals::between(low.low(scheme), high.high(scheme)));
    }
    let mut sets = Vec::new();
    for (sign, version) in comparators(text, &SIGNS) {
        let version = Partial::read(&version)?;
        sets.push(version.compared(scheme, sign).ok_or(partial::NO_VERSION)?);
    }
    Ok(Intervals::all_of(sets))
}

/// Dart's constraints: `any`, `^1.2.3`, `>=1.0.0 <2.0.0`. <https://dart.dev/tools/pub/dependencies#version-constraints>
pub(crate) fn caret_comparators(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    if text.trim() == "any" { Ok(Intervals::all()) } else { conjunction(scheme, text.trim()) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::{Range, Scheme};

    #[test]
    fn node_semver() {
        for (text, expected) in [
            ("", "vers:npm/*"),
            ("*", "vers:npm/*"),
            ("1.2.3", "vers:npm/1.2.3"),
            ("=v1.2.3", "vers:npm/1.2.3"),
            ("1.2", "vers:npm/>=1.2.0|<1.3.0-0"),
            ("1.x", "vers:npm/>=1.0.0|<2.0.0-0"),
            ("~1.2.3", "vers:npm/>=1.2.3|<1.3.0-0"),
            ("~>1", "vers:npm/>=1.0.0|<2.0.0-0"),
            ("^1.2.3", "vers:npm/>=1.2.3|<2.0.0-0"),
            ("^0.2.3", "vers:npm/>=0.2.3|<0.3.0-0"),
            ("^0.0.3", "vers:npm/>=0.0.3|<0.0.4-0"),
            ("^0.0", "vers:npm/>=0.0.0|<0.1.0-0"),
            ("^0", "vers:npm/>=0.0.0|<1.0.0-0"),
            ("^1.2.3-beta.2", "vers:npm/>=1.2.3-beta.2|<2.0.0-0"),
            (">1.2", "vers:npm/>=1.3.0"),
            ("<1.2", "vers:npm/<1.2.0-0"),
            ("<=1.2", "vers:npm/<1.3.0-0"),
            (">= 1.2.0 <2 || >= 3", "vers:npm/>=1.2.0|<2.0.0-0|>=3.0.0"),
            ("1.2.3 - 2.3", "vers:npm/>=1.2.3|<2.4.0-0"),
            (">2 <1", "vers:none/*"),
            ("^99999999999999999999.1.0", "vers:npm/>=99999999999999999999.1.0|<100000000000000000000.0.0-0"),
        ] {
            reads(Scheme::NPM, text, expected);
        }
        refuses(Scheme::NPM, &["latest", "1.2.3.4", "> =1", ">", "^", "git+https://x", "1 || y", "1.2.3-"]);
        assert!(!Range::from_native(Scheme::NPM, "^1").unwrap().contains("2.0.0-alpha"));
        reads(Scheme::PUB, "any", "vers:pub/*");
        reads(Scheme::PUB, ">=1.0.0 <2.0.0", "vers:pub/>=1.0.0|<2.0.0");
    }
}
