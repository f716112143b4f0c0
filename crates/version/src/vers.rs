//! VERS: `vers:SCHEME/CONSTRAINT|CONSTRAINT…`, as CycloneDX 1.7 (`versionRange`) and CSAF use it.
//! <https://github.com/package-url/vers-spec>, draft standard of 2026, clause 5.
//!
//! Earlier drafts let readers tidy up (blanks, order, empty and redundant constraints); the standard wants an error for
//! everything that is not canonical. Both are offered. Versions must be unique; two spellings of one version
//! (`1.0|1.0.0` on PyPI) are no more unique than two equal texts, and are refused. Versions that their scheme would
//! refuse are not: ranges name them, because they were published.

use std::borrow::Cow;
use std::fmt;

use crate::error::{VersionError, excerpt};
use crate::range::{Comparator, Constraint, Range};
use crate::scheme::Scheme;

const COMPARATORS: [(&str, Comparator); 6] = [
    (">=", Comparator::GreaterOrEqual),
    ("<=", Comparator::LessOrEqual),
    ("!=", Comparator::NotEqual),
    ("<", Comparator::Less),
    (">", Comparator::Greater),
    ("=", Comparator::Equal),
];

/// Reads a range in its canonical form only.
pub(crate) fn parse(text: &str) -> Result<Range, VersionError> {
    let fail = |reason| VersionError::Vers { reason };
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(fail("a blank, a control character or one that is not ASCII must be percent-encoded"));
    }
    let (scheme, constraints) = split(text)?;
    let range = match constraints {
        "*" => Range::all(scheme),
        constraints => {
            let mut list = Vec::new();
            for constraint in constraints.split('|') {
                list.push(read(scheme, constraint)?);
            }
            neighbours(&list)?;
            Range::from_constraints(scheme, list)
        }
    };
    // What is left: an `=`, needless or lower-case percent-encoding, a former name of the scheme.
    if range.to_string() == text { Ok(range) } else { Err(fail("it is not in the canonical form")) }
}

/// Reads a range as it may be written, and tidies it up.
pub(crate) fn parse_lenient(text: &str) -> Result<Range, VersionError> {
    let text: String = text.chars().filter(|next| !next.is_ascii_whitespace()).collect();
    let (scheme, constraints) = split(&text)?;
    if constraints == "*" {
        return Ok(Range::all(scheme));
    }
    let mut list = Vec::new();
    for constraint in constraints.split('|').filter(|constraint| !constraint.is_empty()) {
        list.push(read(scheme, constraint)?);
    }
    if list.is_empty() {
        return Err(VersionError::Vers { reason: "it has no constraint" });
    }
    // A stable sort, and the first spelling stays.
    list.sort_by(|left, right| left.version.cmp(&right.version));
    list.dedup_by(|later, first| later.version == first.version && later.comparator == first.comparator);
    unique(&list)?;
    Ok(Range::from_constraints(scheme, simplify(list)))
}

/// The scheme and what follows it.
fn split(text: &str) -> Result<(Scheme, &str), VersionError> {
    let fail = |reason| VersionError::Vers { reason };
    let rest = text.strip_prefix("vers:").ok_or_else(|| fail("it does not begin with `vers:`"))?;
    let (name, constraints) = rest.split_once('/').ok_or_else(|| fail("a `/` is missing after the scheme"))?;
    let scheme = Scheme::from_vers_name(name).ok_or_else(|| VersionError::Scheme { name: excerpt(name) })?;
    if constraints != "*" && (scheme == Scheme::ALL || scheme == Scheme::NONE) {
        return Err(fail("the schemes `all` and `none` have no constraint but `*`"));
    }
    Ok((scheme, constraints))
}

fn read(scheme: Scheme, text: &str) -> Result<Constraint, VersionError> {
    let fail = |reason| VersionError::Constraint { version: excerpt(text), reason };
    let found = COMPARATORS.iter().find_map(|(sign, comparator)| Some((*comparator, text.strip_prefix(sign)?)));
    let (comparator, version) = found.unwrap_or((Comparator::Equal, text));
    if version.is_empty() {
        return Err(fail("a comparator without a version"));
    }
    if version.contains(['<', '>', '=', '!', '*']) {
        return Err(fail("a character of comparators must be percent-encoded in a version, and `*` stands alone"));
    }
    let version = decode(version).ok_or_else(|| fail("a percent-encoding that is not one"))?;
    if version.trim().is_empty() {
        return Err(fail("a comparator without a version"));
    }
    Ok(Constraint { comparator, version: scheme.read(&version) })
}

fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(text.into());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut hex = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (hex()?, hex()?);
        bytes.push(u8::try_from(high.checked_shl(4)? | low).ok()?);
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn unique(list: &[Constraint]) -> Result<(), VersionError> {
    for (left, right) in list.iter().zip(list.iter().skip(1)) {
        if left.version == right.version {
            return Err(broken(right, "a version is given twice"));
        }
    }
    Ok(())
}

fn broken(constraint: &Constraint, reason: &'static str) -> VersionError {
    VersionError::Constraint { version: excerpt(constraint.version.as_str()), reason }
}

/// What the specification asks of two constraints that follow each other.
fn neighbours(list: &[Constraint]) -> Result<(), VersionError> {
    for (left, right) in list.iter().zip(list.iter().skip(1)) {
        if left.version > right.version {
            return Err(broken(right, "versions must be sorted"));
        }
    }
    unique(list)?;
    let rest: Vec<_> = list.iter().filter(|constraint| constraint.comparator != Comparator::NotEqual).collect();
    for (left, right) in rest.iter().zip(rest.iter().skip(1)) {
        if left.comparator == Comparator::Equal && right.comparator.is_upper() {
            return Err(broken(right, "an upper bound makes the version before it redundant"));
        }
    }
    let bounds: Vec<_> = rest.iter().filter(|constraint| constraint.comparator != Comparator::Equal).collect();
    for (left, right) in bounds.iter().zip(bounds.iter().skip(1)) {
        if left.comparator.is_lower() == right.comparator.is_lower() {
            return Err(broken(right, "lower and upper bounds must alternate"));
        }
    }
    Ok(())
}

/// Leaves out what the specification calls redundant.
fn simplify(list: Vec<Constraint>) -> Vec<Constraint> {
    let mut kept: Vec<Constraint> = Vec::with_capacity(list.len());
    let mut excluded = Vec::new();
    for next in list {
        if next.comparator == Comparator::NotEqual {
            excluded.push(next);
            continue;
        }
        if next.comparator.is_upper() {
            // An upper bound takes in the upper bounds and versions just before it.
            while kept.last().is_some_and(|last| last.comparator.is_upper() || last.comparator == Comparator::Equal) {
                kept.pop();
            }
        } else if kept.last().is_some_and(|last| last.comparator.is_lower()) {
            // A lower bound takes in the lower bounds and versions just after it.
            continue;
        }
        kept.push(next);
    }
    kept.append(&mut excluded);
    kept.sort_by(|left, right| left.version.cmp(&right.version));
    kept
}

/// Writes a range in its canonical form.
pub(crate) fn write(formatter: &mut fmt::Formatter<'_>, scheme: Scheme, constraints: &[Constraint]) -> fmt::Result {
    write!(formatter, "vers:{scheme}/")?;
    if constraints.is_empty() {
        return formatter.write_str("*");
    }
    for (index, Constraint { comparator, version }) in constraints.iter().enumerate() {
        formatter.write_str(if index == 0 { "" } else { "|" })?;
        formatter.write_str(comparator.as_str())?;
        for byte in version.as_str().bytes() {
            if byte.is_ascii_graphic() && !b"%<>=!*|".contains(&byte) {
                write!(formatter, "{}", char::from(byte))?;
            } else {
                write!(formatter, "%{byte:02X}")?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lenient(text: &str, expected: &str) {
        let range = Range::parse_lenient(text).unwrap();
        assert_eq!(range.to_string(), expected);
        assert_eq!(Range::parse(expected), Ok(range));
        assert!(text == expected || Range::parse(text).is_err(), "{text}");
    }

    #[test]
    fn canonical_forms() {
        lenient("vers:npm/1.2.3|>=2.0.0|<5.0.0", "vers:npm/1.2.3|>=2.0.0|<5.0.0");
        lenient("vers:npm/ |<5.0.0||=1.2.3| >= 2.0.0 |", "vers:npm/1.2.3|>=2.0.0|<5.0.0");
        lenient("vers:debian/<1%3a2.0~rc1+x", "vers:deb/<1:2.0~rc1+x");
        lenient("vers:generic/!=1%7c2%25%20%3d", "vers:generic/!=1%7C2%25%20%3D");
        lenient("vers:npm/1.0%252F0", "vers:npm/1.0%252F0");
        lenient("vers:pypi/*", "vers:pypi/*");
        lenient("vers:none/*", "vers:none/*");
        lenient("vers:generic/ä", "vers:generic/%C3%A4");
        lenient("vers:gem/>=1.10|<1.9", "vers:gem/<1.9|>=1.10");
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "vers",
            "vers:",
            "Vers:npm/1",
            "vers:npm",
            "vers:npm/",
            "vers:npm/|",
            "vers:NPM/1",
            "vers:unknown/1",
            "vers:invalid/1",
            "vers:npm/*|1.0.0",
            "vers:npm/1.0.0|!=v1.0.0",
            "vers:npm/>=",
            "vers:npm/>=%20",
            "vers:npm/%zz",
            "vers:npm/%ff",
            "vers:npm/1%2",
            "vers:npm/>>1",
            "vers:all/1",
            "vers:none/1",
            "pkg:npm/a@1",
        ] {
            assert!(Range::parse(text).is_err() && Range::parse_lenient(text).is_err(), "{text}");
        }
    }

    #[test]
    fn redundant_constraints() {
        lenient("vers:npm/>=1.0.0|>2.0.0|3.0.0", "vers:npm/>=1.0.0");
        lenient("vers:npm/<1.0.0|1.5.0|<=2.0.0|!=1.0.1", "vers:npm/!=1.0.1|<=2.0.0");
        lenient("vers:npm/>1.0.0|>=2.0.0|<3.0.0|<4.0.0|>5.0.0", "vers:npm/>1.0.0|<4.0.0|>5.0.0");
        lenient("vers:npm/1.0.0|1.0.0", "vers:npm/1.0.0");
        // Redundant, but valid: §5.4 has no rule against it.
        assert_eq!(Range::parse_lenient("vers:npm/>=1.0.0|2.0.0").unwrap().to_string(), "vers:npm/>=1.0.0");
        assert!(Range::parse("vers:npm/>=1.0.0|2.0.0").is_ok());
    }
}
