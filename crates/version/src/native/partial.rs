//! Semantic versions that may be incomplete: `1`, `1.2`, `1.x`, `1.2.3-rc.1`.

use super::increment;
use crate::intervals::{Cut, Intervals};
use crate::scan::{is_number, is_word, without_v};
use crate::scheme::Scheme;

/// What is wrong with a text that is no partial version.
pub(super) const NO_VERSION: &str = "a version is expected";

/// The numbers that are given, at most three.
#[derive(Debug, Clone)]
pub(super) struct Partial<'a> {
    numbers: Vec<&'a str>,
    pre: Option<&'a str>,
}

impl<'a> Partial<'a> {
    /// Reads a partial version; `x`, `X` and `*` stand for what is not given.
    pub(super) fn read(text: &'a str) -> Result<Self, &'static str> {
        let text = without_v(text);
        let (text, _build) = text.split_once('+').unwrap_or((text, ""));
        let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
        let mut numbers = Vec::new();
        let mut given = true;
        for part in core.split('.') {
            if ["x", "X", "*"].contains(&part) {
                given = false;
            } else if !is_number(part) || numbers.len() == 3 {
                return Err(NO_VERSION);
            } else if given {
                numbers.push(part);
            }
        }
        if pre.is_some_and(|pre| !pre.split('.').all(|id| is_word(id, "-"))) {
            return Err(NO_VERSION);
        }
        // A pre-release of something unknown is none.
        let pre = pre.filter(|_| numbers.len() == 3);
        Ok(Self { numbers, pre })
    }

    /// How many numbers are given.
    pub(super) fn given(&self) -> usize {
        self.numbers.len()
    }

    /// Just before the least version that it stands for.
    pub(super) fn low(&self, scheme: Scheme) -> Cut {
        if self.numbers.is_empty() { Cut::Start } else { Cut::before(scheme.read(&self.filled())) }
    }

    /// Just after the greatest version that it stands for.
    pub(super) fn high(&self, scheme: Scheme) -> Cut {
        if self.given() == 3 { Cut::after(scheme.read(&self.filled())) } else { self.below_next(scheme, self.given()) }
    }

    /// Just before the pre-releases of the version whose number at a place, counted from one, is one more.
    pub(super) fn below_next(&self, scheme: Scheme, place: usize) -> Cut {
        let Some((last, head)) = self.numbers.get(..place).and_then(<[_]>::split_last) else { return Cut::End };
        let mut numbers: Vec<String> = head.iter().map(|number| (*number).to_owned()).collect();
        numbers.push(increment(last));
        numbers.resize(3, "0".to_owned());
        Cut::before(scheme.read(&format!("{}-0", numbers.join("."))))
    }

    /// Just before the least version that it stands for, pre-releases included where the patch is not given.
    pub(super) fn low_with_pre_releases(&self, scheme: Scheme) -> Cut {
        if (1..3).contains(&self.given()) {
            Cut::before(scheme.read(&format!("{}-0", self.filled())))
        } else {
            self.low(scheme)
        }
    }

    fn filled(&self) -> String {
        let mut numbers = self.numbers.clone();
        numbers.resize(3, "0");
        let mut text = numbers.join(".");
        if let Some(pre) = self.pre {
            text.push('-');
            text.push_str(pre);
        }
        text
    }

    /// The versions that it stands for: `1.2` and `1.2.x` for all of 1.2.
    pub(super) fn covered(&self, scheme: Scheme) -> Intervals {
        Intervals::between(self.low(scheme), self.high(scheme))
    }

    /// `~1.2.3`: the patch may change; `~1`: the minor too.
    pub(super) fn tilde(&self, scheme: Scheme) -> Intervals {
        Intervals::between(self.low(scheme), self.below_next(scheme, self.given().min(2)))
    }

    /// `^1.2.3`: all right of the first number that is not zero may change.
    pub(super) fn caret(&self, scheme: Scheme) -> Intervals {
        let zero = |number: &&str| number.bytes().all(|digit| digit == b'0');
        let place =
            self.numbers.iter().position(|number| !zero(number)).map_or(self.given(), |at| at.saturating_add(1));
        Intervals::between(self.low(scheme), self.below_next(scheme, place))
    }

    /// A comparison with a partial version: `>1.2` is above all of 1.2.
    pub(super) fn compared(&self, scheme: Scheme, sign: &str) -> Option<Intervals> {
        Some(match sign {
            ">" if self.given() == 0 => Intervals::none(),
            "<" if self.given() == 0 => Intervals::none(),
            ">" if self.given() == 3 => Intervals::between(self.high(scheme), Cut::End),
            // The pre-releases of the next version are not above all of this one in node-semver.
            ">" => Intervals::between(self.next(scheme), Cut::End),
            ">=" => Intervals::between(self.low(scheme), Cut::End),
            "<" => Intervals::between(Cut::Start, self.low_with_pre_releases(scheme)),
            "<=" => Intervals::between(Cut::Start, self.high(scheme)),
            "=" | "==" | "" => self.covered(scheme),
            "!=" => self.covered(scheme).complement(),
            "~" | "~>" => self.tilde(scheme),
            "^" => self.caret(scheme),
            _ => return None,
        })
    }

    /// Just before the version whose last number that is given is one more.
    fn next(&self, scheme: Scheme) -> Cut {
        match self.below_next(scheme, self.given()) {
            Cut::At(version, side) => Cut::At(scheme.read(version.as_str().trim_end_matches("-0")), side),
            cut => cut,
        }
    }
}
