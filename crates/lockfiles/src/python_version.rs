//! Which locked versions of a Python package a range allows, as far as choosing between a few of them needs.
//!
//! PEP 440 release numbers, and the carets, tildes and wildcards of Poetry. What is not understood allows everything:
//! an edge too many is better than an edge lost.

use std::cmp::Ordering;

/// Of the entries at these positions, those whose version the range allows; all of them when it allows none.
pub(crate) fn matching<'v>(found: &[usize], version: impl Fn(&usize) -> Option<&'v str>, range: &str) -> Vec<usize> {
    if found.len() < 2 {
        return found.to_vec();
    }
    let allowed: Vec<usize> =
        found.iter().copied().filter(|at| version(at).is_none_or(|version| allows(range, version))).collect();
    if allowed.is_empty() { found.to_vec() } else { allowed }
}

/// Whether a range allows a version.
fn allows(range: &str, version: &str) -> bool {
    let Some(version) = Release::parse(version) else { return true };
    range.split("||").any(|alternative| {
        alternative
            .trim()
            .trim_start_matches('(')
            .trim_end_matches(')')
            .split(',')
            .all(|clause| holds(clause.trim(), &version))
    })
}

fn holds(clause: &str, version: &Release) -> bool {
    if matches!(clause, "" | "*") {
        return true;
    }
    let end = clause.find(|c: char| !matches!(c, '=' | '<' | '>' | '!' | '~' | '^')).unwrap_or(clause.len());
    let (operator, text) = clause.split_at_checked(end).unwrap_or(("", clause));
    let text = text.trim();
    let wildcard = text.strip_suffix(".*");
    let Some(bound) = Release::parse(wildcard.unwrap_or(text)) else { return true };
    let order = version.compare(&bound);
    let within = |parts: usize| version.starts_with(bound.numbers.get(..parts).unwrap_or(&bound.numbers));
    match operator {
        "" | "=" | "==" | "===" if wildcard.is_some() => within(usize::MAX),
        "!=" if wildcard.is_some() => !within(usize::MAX),
        "" | "=" | "==" | "===" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "~=" => order.is_ge() && within(bound.numbers.len().saturating_sub(1)),
        // Poetry: ~1.2.3 stays within 1.2, ~1 within 1; ^0.2.3 keeps all up to the first number that is not zero.
        "~" => order.is_ge() && within(bound.numbers.len().min(2)),
        "^" => {
            let zeros = bound.numbers.iter().take_while(|number| **number == 0).count();
            order.is_ge() && within(zeros.saturating_add(1))
        }
        _ => true,
    }
}

/// The release numbers of a version; pre-releases come before it.
struct Release {
    numbers: Vec<u64>,
    before: bool,
}

impl Release {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', 'V']);
        let text = text.split_once('!').map_or(text, |(_, rest)| rest);
        let text = text.split('+').next().unwrap_or_default();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (release, suffix) = text.split_at_checked(end)?;
        let numbers = release.trim_end_matches('.').split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let suffix = suffix.trim_start_matches(['.', '-', '_']);
        Some(Self { numbers, before: !suffix.is_empty() && !suffix.starts_with("post") })
    }

    fn compare(&self, other: &Self) -> Ordering {
        let parts = self.numbers.len().max(other.numbers.len());
        let number = |of: &Self, at: usize| of.numbers.get(at).copied().unwrap_or(0);
        let order = (0..parts).map(|at| number(self, at).cmp(&number(other, at))).find(|order| order.is_ne());
        order.unwrap_or_else(|| other.before.cmp(&self.before))
    }

    fn starts_with(&self, prefix: &[u64]) -> bool {
        prefix.iter().enumerate().all(|(at, number)| self.numbers.get(at).copied().unwrap_or(0) == *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_pip_and_poetry() {
        for (range, version, want) in [
            (">=1.0,<2", "1.5", true),
            (">=1.0,<2", "2.0.0", false),
            ("==1.*", "1.9.3", true),
            ("~=1.4.2", "1.5.0", false),
            ("~1.4", "1.4.9", true),
            ("^0.2.3", "0.3.0", false),
            ("^1.2", "1.9", true),
            ("<1 || >=3", "3.1", true),
            ("<2.0", "2.0rc1", true),
            ("(>=2)", "1", false),
            ("*", "anything", true),
            ("@master", "1.0", true),
        ] {
            assert_eq!(allows(range, version), want, "{range} {version}");
        }
    }

    #[test]
    fn none_allowed_keeps_all() {
        let versions = ["1.0", "2.0"];
        let version = |at: &usize| versions.get(*at).copied();
        assert_eq!(matching(&[0, 1], version, "<2"), [0]);
        assert_eq!(matching(&[0, 1], version, ">5"), [0, 1]);
        assert_eq!(matching(&[0], version, ">5"), [0]);
    }
}
