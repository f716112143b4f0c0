//! Intervals in brackets: Maven and NuGet.
//! <https://maven.apache.org/pom.html#dependency-version-requirement-specification>,
//! <https://learn.microsoft.com/nuget/concepts/package-versioning#version-ranges>
//!
//! A version without brackets is a wish in Maven, and read as that version; in NuGet it is a lower bound.

use super::partial::Partial;
use crate::intervals::{Cut, Intervals};
use crate::range::Comparator;
use crate::scheme::Scheme;

/// `[1.0,2.0)`, `(,1.0],[1.2,)`, `[1.0]`, `1.0`.
pub(crate) fn maven(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    if text.contains(['[', '(', ']', ')', ',']) {
        brackets(scheme, text)
    } else {
        bare(scheme, text, Comparator::Equal)
    }
}

/// `[1.0,2.0)`, `1.0` (at least), `1.2.*`.
pub(crate) fn nuget(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    let text = text.trim();
    match text.strip_suffix('*') {
        Some("") => Ok(Intervals::all()),
        Some(floating) if floating.ends_with('.') && !floating.contains('*') => {
            Ok(Partial::read(text)?.covered(scheme))
        }
        _ if text.contains(['[', '(', ']', ')', ',']) => brackets(scheme, text),
        _ => bare(scheme, text, Comparator::GreaterOrEqual),
    }
}

fn bare(scheme: Scheme, text: &str, comparator: Comparator) -> Result<Intervals, &'static str> {
    Ok(comparator.of(scheme.parse(text.trim()).map_err(|_| "a version or a bracket is expected")?))
}

fn brackets(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    let mut sets = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let inclusive_low = rest.starts_with('[');
        let inside = rest.strip_prefix(['[', '(']).ok_or("an opening bracket is expected")?;
        let end = inside.find([']', ')']).ok_or("a closing bracket is missing")?;
        let (inside, after) = inside.split_at_checked(end).ok_or("a closing bracket is missing")?;
        let inclusive_high = after.starts_with(']');
        sets.push(one(scheme, inside, inclusive_low, inclusive_high)?);
        rest = after.get(1..).unwrap_or_default().trim_start();
        if let Some(next) = rest.strip_prefix(',') {
            rest = next.trim_start();
            if rest.is_empty() {
                return Err("an interval is missing after a comma");
            }
        } else if !rest.is_empty() {
            return Err("a comma is expected between intervals");
        }
    }
    Ok(Intervals::any_of(sets))
}

fn one(scheme: Scheme, inside: &str, inclusive_low: bool, inclusive_high: bool) -> Result<Intervals, &'static str> {
    let read = |text: &str| scheme.parse(text).map_err(|_| "a version is expected in the brackets");
    let Some((low, high)) = inside.split_once(',') else {
        let exact = inclusive_low && inclusive_high;
        return if exact { Ok(Intervals::exactly(read(inside.trim())?)) } else { Err("one version needs `[` and `]`") };
    };
    let low = match low.trim() {
        "" => Cut::Start,
        low if inclusive_low => Cut::before(read(low)?),
        low => Cut::after(read(low)?),
    };
    let high = match high.trim() {
        "" => Cut::End,
        high if inclusive_high => Cut::after(read(high)?),
        high => Cut::before(read(high)?),
    };
    Ok(Intervals::between(low, high))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::Scheme;

    #[test]
    fn intervals() {
        for (text, expected) in [
            ("[1.0,2.0)", "vers:maven/>=1.0|<2.0"),
            ("(,1.0],[1.2,)", "vers:maven/<=1.0|>=1.2"),
            ("(,1.1),(1.1,)", "vers:maven/!=1.1"),
            ("[1.0]", "vers:maven/1.0"),
            ("1.0-SNAPSHOT", "vers:maven/1.0-SNAPSHOT"),
            ("[1.0,1.5),[1.2,2.0]", "vers:maven/>=1.0|<=2.0"),
            ("(,)", "vers:maven/*"),
        ] {
            reads(Scheme::MAVEN, text, expected);
        }
        refuses(Scheme::MAVEN, &["", "[1.0", "[1.0)", "(1.0]", "[1,2,3]", "[1,2] [3,4]", "[1,2],", "1,2", "[]"]);
        reads(Scheme::NUGET, "1.0", "vers:nuget/>=1.0");
        reads(Scheme::NUGET, "(1.0,2.0]", "vers:nuget/>1.0|<=2.0");
        reads(Scheme::NUGET, "1.2.*", "vers:nuget/>=1.2.0|<1.3.0-0");
        reads(Scheme::NUGET, "*", "vers:nuget/*");
        refuses(Scheme::NUGET, &["", "a", "1.*.*", "1.2.3.4.*", "[1.*]"]);
    }
}
