//! Comparisons joined by commas, blanks and bars, as most ecosystems write them.
//!
//! Debian: <https://www.debian.org/doc/debian-policy/ch-relationships.html>. RPM:
//! <https://rpm-software-management.github.io/rpm/manual/dependencies.html>. Hackage: Cabal's `build-depends`.

use super::partial::Partial;
use super::{comparators, increment};
use crate::intervals::{Cut, Intervals};
use crate::range::Comparator;
use crate::scan::is_number;
use crate::scheme::Scheme;

const NO_VERSION: &str = "a version is expected";
const SYMBOLS: [&str; 8] = [">=", "<=", "!=", "<>", "==", ">", "<", "="];

/// `>=1.0 <2.0 || 3.0`, commas as blanks.
pub(crate) fn symbols(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    joined(text, &SYMBOLS, |sign, version| {
        let version = scheme.parse(version).map_err(|_| NO_VERSION)?;
        Ok(comparator(sign).of(version))
    })
}

/// As [`symbols`]: advisories write `< 1.2.3` and `>= 1.0.0, < 1.2.0`.
pub(crate) fn golang(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    joined(text, &SYMBOLS, |sign, version| Partial::read(version)?.compared(scheme, sign).ok_or(NO_VERSION))
}

/// `>= 1.0-1`, `<< 2:1`, `(= 1.0)`; a comma joins.
pub(crate) fn deb(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    let mut sets = Vec::new();
    for relation in text.split(',').map(str::trim) {
        let relation = relation.strip_prefix('(').and_then(|inside| inside.strip_suffix(')')).unwrap_or(relation);
        let [(sign, version)] = &comparators(relation, &[">=", "<=", ">>", "<<", ">", "<", "="])[..] else {
            return Err(NO_VERSION);
        };
        let version = scheme.parse(version).map_err(|_| NO_VERSION)?;
        sets.push(match *sign {
            ">>" => Comparator::Greater.of(version),
            "<<" => Comparator::Less.of(version),
            // Policy §7.1: `<` and `>` are old spellings of `<=` and `>=`.
            "<" => Comparator::LessOrEqual.of(version),
            ">" => Comparator::GreaterOrEqual.of(version),
            sign => comparator(sign).of(version),
        });
    }
    Ok(Intervals::all_of(sets))
}

/// `>= 1.0-1`; a comma or a blank joins. A version without release stands for all its releases.
pub(crate) fn rpm(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    joined(text, &["==", ">=", "<=", ">", "<", "="], |sign, version| {
        let read = scheme.parse(version).map_err(|_| NO_VERSION)?;
        if version.contains('-') {
            return Ok(comparator(sign).of(read));
        }
        // Nothing real lies between the releases of `1.0` and the first version after it, which begins `1.0^~`.
        let after = Cut::before(scheme.read(&format!("{version}^~~")));
        Ok(match comparator(sign) {
            Comparator::Greater => Intervals::between(after, Cut::End),
            Comparator::LessOrEqual => Intervals::between(Cut::Start, after),
            Comparator::Equal => Intervals::between(Cut::before(read), after),
            other => other.of(read),
        })
    })
}

/// `>=1.0 && <1.2 || ==1.3.* || ^>=2.0.1`.
pub(crate) fn hackage(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    let text = text.replace("&&", " ");
    if text.trim() == "-any" {
        return Ok(Intervals::all());
    }
    joined(&text, &["^>=", ">=", "<=", "==", ">", "<"], |sign, version| {
        let below_next = |numbers: &[&str]| {
            let Some((last, head)) = numbers.split_last() else { return Cut::End };
            let last = increment(last);
            Cut::before(scheme.read(&[head, &[last.as_str()]].concat().join(".")))
        };
        let series = version.strip_suffix(".*").filter(|_| sign == "==");
        let version = series.unwrap_or(version);
        let numbers: Vec<_> = version.split('.').collect();
        if !numbers.iter().all(|number| is_number(number)) {
            return Err(NO_VERSION);
        }
        let read = scheme.read(version);
        Ok(match sign {
            _ if series.is_some() => Intervals::between(Cut::before(read), below_next(&numbers)),
            // The major version has two numbers.
            "^>=" => {
                let mut major = numbers;
                major.resize(2, "0");
                Intervals::between(Cut::before(read), below_next(&major))
            }
            sign => comparator(sign).of(read),
        })
    })
}

fn joined(
    text: &str,
    signs: &[&'static str],
    one: impl Fn(&str, &str) -> Result<Intervals, &'static str>,
) -> Result<Intervals, &'static str> {
    let mut sets = Vec::new();
    for alternative in text.split("||") {
        let blanks = alternative.replace(',', " ");
        let mut all = Vec::new();
        for (sign, version) in comparators(&blanks, signs) {
            all.push(if version == "*" && sign.is_empty() { Intervals::all() } else { one(sign, &version)? });
        }
        if all.is_empty() {
            return Err(NO_VERSION);
        }
        sets.push(Intervals::all_of(all));
    }
    Ok(Intervals::any_of(sets))
}

fn comparator(sign: &str) -> Comparator {
    match sign {
        ">=" => Comparator::GreaterOrEqual,
        "<=" => Comparator::LessOrEqual,
        ">" => Comparator::Greater,
        "<" => Comparator::Less,
        "!=" | "<>" => Comparator::NotEqual,
        _ => Comparator::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::{Range, Scheme};

    #[test]
    fn comparisons() {
        reads(Scheme::INTDOT, ">= 1.0, < 2.0 || 3", "vers:intdot/>=1.0|<2.0|3");
        reads(Scheme::GOLANG, ">= 1.0.0, < 1.2", "vers:golang/>=1.0.0|<1.2.0-0");
        reads(Scheme::DEB, ">= 1:1.0-1, << 2", "vers:none/*");
        reads(Scheme::DEB, "(>= 1.0~rc1), << 2:1", "vers:deb/>=1.0~rc1|<2:1");
        reads(Scheme::DEB, "< 1.0", "vers:deb/<=1.0");
        reads(
            Scheme::HACKAGE,
            ">=1.0 && <1.2 || ==1.3.* || ^>=2.0.1",
            "vers:hackage/>=1.0|<1.2|>=1.3|<1.4|>=2.0.1|<2.1",
        );
        refuses(Scheme::DEB, &["", "1.0 2.0", ">= a", "~> 1"]);
        refuses(Scheme::INTDOT, &["", "a", ">=", "1 || "]);
        refuses(Scheme::ALPM, &[">=1"]);
    }

    #[test]
    fn rpm_without_release() {
        let range = Range::from_native(Scheme::RPM, "<= 1.0").unwrap();
        assert!(range.contains("1.0-1.el9") && range.contains("1.0") && !range.contains("1.0.1-1"));
        let range = Range::from_native(Scheme::RPM, "> 1.0").unwrap();
        assert!(!range.contains("1.0-1.el9") && range.contains("1.0.1") && range.contains("1.0^git1-1"));
        assert!(Range::from_native(Scheme::RPM, "= 1:1.0-1").unwrap().contains("1:1.0-1"));
    }
}
