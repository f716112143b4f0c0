//! Composer's constraints. <https://getcomposer.org/doc/articles/versions.md#writing-version-constraints>
//!
//! Composer fills versions up to four numbers before it compares, PHP does not (`1.2` is less than `1.2.0`). So an
//! exact version stands for all its lengths, and a lower bound admits the pre-releases that Composer admits.

use super::{comparators, increment};
use crate::intervals::{Cut, Intervals};
use crate::scan::{is_number, without_v};
use crate::scheme::Scheme;

const NO_VERSION: &str = "a version is expected";
const SIGNS: [&str; 10] = [">=", "<=", "!=", "<>", "==", ">", "<", "=", "~", "^"];

/// `^1.2 || ~2.0.1`, `>=1.0 <2.0`, `1.2.*`, `1.0 - 2.0`.
pub(crate) fn range(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    let mut sets = Vec::new();
    for alternative in text.replace("||", "|").split('|') {
        sets.push(conjunction(scheme, alternative.trim())?);
    }
    Ok(Intervals::any_of(sets))
}

fn conjunction(scheme: Scheme, text: &str) -> Result<Intervals, &'static str> {
    if let Some((low, high)) = text.split_once(" - ") {
        let (low, high) = (Bound::read(low.trim())?, Bound::read(high.trim())?);
        let last = if high.numbers.len() < 3 && high.exact.is_none() {
            high.below_next(scheme, high.numbers.len())
        } else {
            high.last(scheme)
        };
        return Ok(Intervals::between(low.first(scheme), last));
    }
    let mut sets = Vec::new();
    for (sign, version) in comparators(&text.replace(',', " "), &SIGNS) {
        sets.push(one(scheme, sign, &version)?);
    }
    if sets.is_empty() { Err(NO_VERSION) } else { Ok(Intervals::all_of(sets)) }
}

fn one(scheme: Scheme, sign: &str, text: &str) -> Result<Intervals, &'static str> {
    let (text, _stability) = text.split_once('@').unwrap_or((text, ""));
    if text == "*" {
        return Ok(Intervals::all());
    }
    if let (Some(series), "" | "=" | "==") = (text.strip_suffix(".*").or_else(|| text.strip_suffix(".x")), sign) {
        let series = Bound::read(series)?;
        return Ok(Intervals::between(series.first(scheme), series.below_next(scheme, series.numbers.len())));
    }
    let bound = Bound::read(text)?;
    let given = bound.numbers.len();
    Ok(match sign {
        "" | "=" | "==" => bound.exactly(scheme),
        "!=" | "<>" => bound.exactly(scheme).complement(),
        ">" => Intervals::between(bound.last(scheme), Cut::End),
        ">=" => Intervals::between(bound.first(scheme), Cut::End),
        "<" => Intervals::between(Cut::Start, bound.first(scheme)),
        "<=" => Intervals::between(Cut::Start, bound.last(scheme)),
        "~" => Intervals::between(bound.first(scheme), bound.below_next(scheme, given.saturating_sub(1).max(1))),
        _ => {
            let zero = |number: &&str| number.bytes().all(|digit| digit == b'0');
            let first = bound.numbers.iter().position(|number| !zero(number));
            let place = first.map_or(given, |place| place.saturating_add(1));
            Intervals::between(bound.first(scheme), bound.below_next(scheme, place))
        }
    })
}

struct Bound<'a> {
    text: &'a str,
    numbers: Vec<&'a str>,
    /// The text has a stability (`-beta2`), so it means exactly what it says.
    exact: Option<&'a str>,
}

impl<'a> Bound<'a> {
    fn read(text: &'a str) -> Result<Self, &'static str> {
        if !Scheme::COMPOSER.is_valid(text) {
            return Err(NO_VERSION);
        }
        let text = without_v(text);
        let core = text.find(|next: char| !next.is_ascii_digit() && next != '.').and_then(|end| text.get(..end));
        let numbers = core.unwrap_or(text).split('.').filter(|number| is_number(number)).collect();
        Ok(Self { text, numbers, exact: core.map(|_| text) })
    }

    /// Just before it and its development versions.
    fn first(&self, scheme: Scheme) -> Cut {
        Cut::before(self.exact.map_or_else(|| scheme.read(&format!("{}-dev", self.text)), |text| scheme.read(text)))
    }

    /// Just after its longest spelling.
    fn last(&self, scheme: Scheme) -> Cut {
        Cut::after(self.exact.map_or_else(|| scheme.read(&self.filled(4)), |text| scheme.read(text)))
    }

    fn filled(&self, length: usize) -> String {
        let mut numbers = self.numbers.clone();
        numbers.resize(length, "0");
        numbers.join(".")
    }

    fn exactly(&self, scheme: Scheme) -> Intervals {
        match self.exact {
            Some(text) => Intervals::exactly(scheme.read(text)),
            None => Intervals::any_of(
                (self.numbers.len()..=4).map(|length| Intervals::exactly(scheme.read(&self.filled(length)))),
            ),
        }
    }

    fn below_next(&self, scheme: Scheme, place: usize) -> Cut {
        let Some((last, head)) = self.numbers.get(..place).and_then(<[_]>::split_last) else { return Cut::End };
        let mut numbers: Vec<String> = head.iter().map(|number| (*number).to_owned()).collect();
        numbers.push(increment(last));
        Cut::before(scheme.read(&format!("{}-dev", numbers.join("."))))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::{Range, Scheme};

    #[test]
    fn constraints() {
        for (text, expected) in [
            ("*", "vers:composer/*"),
            ("^1.2.3", "vers:composer/>=1.2.3-dev|<2-dev"),
            ("^0.3", "vers:composer/>=0.3-dev|<0.4-dev"),
            ("~1.2", "vers:composer/>=1.2-dev|<2-dev"),
            ("~1.2.3", "vers:composer/>=1.2.3-dev|<1.3-dev"),
            ("1.0.*", "vers:composer/>=1.0-dev|<1.1-dev"),
            (">=1.0,<1.1 || >= 1.2", "vers:composer/>=1.0-dev|<1.1-dev|>=1.2-dev"),
            ("1.0 - 2.0", "vers:composer/>=1.0-dev|<2.1-dev"),
            ("1.2.3.4", "vers:composer/1.2.3.4"),
            ("1.2.3", "vers:composer/1.2.3|1.2.3.0"),
            ("1.0-beta2@dev", "vers:composer/1.0-beta2"),
        ] {
            reads(Scheme::COMPOSER, text, expected);
        }
        refuses(Scheme::COMPOSER, &["", "dev-main", "^", "1.0 ||", "~x"]);
        let range = Range::from_native(Scheme::COMPOSER, "^1.2").unwrap();
        assert!(range.contains("1.2") && range.contains("v1.9.9") && !range.contains("2.0.0-alpha1"));
    }
}
