//! Versions of gems and requirements on them.
//! <https://docs.ruby-lang.org/en/master/Gem/Version.html>, <https://docs.ruby-lang.org/en/master/Gem/Requirement.html>

use std::cmp::Ordering;

/// A run of digits or of letters. Letters make a version a prerelease, and come before numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Letters(String),
    /// Without leading zeros: the longer one is greater.
    Number(usize, String),
}

fn number(digits: &str) -> Segment {
    let digits = digits.trim_start_matches('0');
    Segment::Number(digits.len(), digits.to_owned())
}

fn segments(version: &str) -> Vec<Segment> {
    let mut out = Vec::new();
    for part in version.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| c.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
            let (run, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            out.push(if first.is_ascii_digit() { number(run) } else { Segment::Letters(run.to_owned()) });
            rest = after;
        }
    }
    out
}

/// Orders two versions as RubyGems does.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    compare_segments(&segments(one), &segments(other))
}

fn compare_segments(one: &[Segment], other: &[Segment]) -> Ordering {
    let zero = number("");
    for at in 0..one.len().max(other.len()) {
        let order = one.get(at).unwrap_or(&zero).cmp(other.get(at).unwrap_or(&zero));
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// Whether a version satisfies every requirement. One that cannot be read is taken as satisfied.
pub(super) fn satisfies(version: &str, requirements: &[String]) -> bool {
    requirements.iter().all(|requirement| {
        let requirement = requirement.trim();
        let operator = requirement.trim_end_matches(|c: char| !matches!(c, '=' | '<' | '>' | '~' | '!'));
        let wanted = requirement.strip_prefix(operator).unwrap_or(requirement).trim();
        let order = compare(version, wanted);
        match operator {
            "" | "=" => order == Ordering::Equal,
            "!=" => order != Ordering::Equal,
            ">" => order == Ordering::Greater,
            ">=" => order != Ordering::Less,
            "<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            "~>" => order != Ordering::Less && begins_alike(version, wanted),
            _ => true,
        }
    })
}

/// All but the last number of `wanted` is the same in `version`: `~> 2.1.3` stays within 2.1.
fn begins_alike(version: &str, wanted: &str) -> bool {
    let mut wanted = segments(wanted);
    if let Some(letters) = wanted.iter().position(|segment| matches!(segment, Segment::Letters(_))) {
        wanted.truncate(letters);
    }
    if wanted.len() > 1 {
        wanted.pop();
    }
    let zero = number("");
    let version = segments(version);
    wanted.iter().enumerate().all(|(at, segment)| version.get(at).unwrap_or(&zero) == segment)
}
