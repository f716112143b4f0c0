//! A set of versions of one scheme.

use std::fmt;
use std::str::FromStr;

use crate::error::{VersionError, excerpt};
use crate::intervals::{Cut, Intervals, Side};
use crate::scheme::Scheme;
use crate::version::Version;

/// How a constraint compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Comparator {
    /// `=`, which VERS does not write.
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparator {
    /// The comparator as VERS writes it: nothing for [`Comparator::Equal`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    pub(crate) const fn is_upper(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual)
    }

    pub(crate) const fn is_lower(self) -> bool {
        matches!(self, Self::Greater | Self::GreaterOrEqual)
    }

    /// The versions that compare so with `version`.
    pub(crate) fn of(self, version: Version) -> Intervals {
        match self {
            Self::Equal => Intervals::exactly(version),
            Self::NotEqual => Intervals::exactly(version).complement(),
            Self::Less => Intervals::between(Cut::Start, Cut::before(version)),
            Self::LessOrEqual => Intervals::between(Cut::Start, Cut::after(version)),
            Self::Greater => Intervals::between(Cut::after(version), Cut::End),
            Self::GreaterOrEqual => Intervals::between(Cut::before(version), Cut::End),
        }
    }
}

/// A comparator and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Constraint {
    /// How it compares.
    pub comparator: Comparator,
    /// With what.
    pub version: Version,
}

/// A set of versions of one scheme, written as a `vers:` URI.
///
/// ```
/// use plimsoll_version::{Range, Scheme};
/// let range = Range::parse("vers:npm/1.2.3|>=2.0.0|<5.0.0").unwrap();
/// assert!(range.contains("4.17.0") && !range.contains("5.0.0"));
/// let range = Range::from_native(Scheme::NPM, "^1.2 || ~2.0.1").unwrap();
/// assert_eq!(range.to_string(), "vers:npm/>=1.2.0|<2.0.0-0|>=2.0.1|<2.1.0-0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    scheme: Scheme,
    constraints: Vec<Constraint>,
    intervals: Intervals,
}

impl Range {
    /// Reads a `vers:` URI in its canonical form, the only one that is valid.
    ///
    /// # Errors
    /// It is not in the canonical form, the scheme is not known, or the constraints break the rules for neighbours.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        crate::vers::parse(text)
    }

    /// Reads a `vers:` URI as people and earlier drafts write it, and makes it canonical: blanks, any order, empty and
    /// redundant constraints (`>=1|>=2`), an `=`, other percent-encoding, former names of schemes.
    ///
    /// # Errors
    /// It does not have the shape, the scheme is not known, or a version has two comparators.
    pub fn parse_lenient(text: &str) -> Result<Self, VersionError> {
        crate::vers::parse_lenient(text)
    }

    /// Reads a range in the syntax of an ecosystem: `^1.2`, `>=1,<2,!=1.5`, `[1,2)`, `~> 1.2`.
    ///
    /// What a syntax says beyond a set of versions is lost: npm's rule that a pre-release must be asked for, and
    /// PEP 440's that `>1.0` has no post-release of 1.0.
    ///
    /// # Errors
    /// The text does not follow the syntax, or the scheme has none that is known.
    pub fn from_native(scheme: Scheme, text: &str) -> Result<Self, VersionError> {
        let fail = |reason| VersionError::Native { scheme, text: excerpt(text), reason };
        let read = scheme.0.native.ok_or_else(|| fail("the scheme has no syntax of ranges"))?;
        Ok(Self::from_intervals(scheme, read(scheme, text).map_err(fail)?))
    }

    /// The versions in a list, and no other.
    pub fn from_versions<'a>(scheme: Scheme, versions: impl IntoIterator<Item = &'a str>) -> Self {
        let points = versions.into_iter().map(|version| Intervals::exactly(scheme.read(version)));
        Self::from_intervals(scheme, Intervals::any_of(points))
    }

    /// The versions that are in any of the ranges. Those of another scheme than this are left out.
    #[must_use]
    pub fn any_of<'a>(scheme: Scheme, ranges: impl IntoIterator<Item = &'a Self>) -> Self {
        let same = ranges.into_iter().filter(|range| range.scheme == scheme);
        Self::from_intervals(scheme, Intervals::any_of(same.map(|range| range.intervals.clone())))
    }

    /// Every version of a scheme.
    #[must_use]
    pub fn all(scheme: Scheme) -> Self {
        Self::from_intervals(scheme, Intervals::all())
    }

    /// No version. VERS knows only one such range, `vers:none/*`, whatever the scheme was.
    #[must_use]
    pub const fn none() -> Self {
        Self { scheme: Scheme::NONE, constraints: Vec::new(), intervals: Intervals::none() }
    }

    /// `vers:all` has no ranges but one, `vers:none` none but the other.
    pub(crate) fn from_intervals(scheme: Scheme, intervals: Intervals) -> Self {
        let intervals = if scheme == Scheme::ALL { Intervals::all() } else { intervals };
        if intervals.as_slice().is_empty() || scheme == Scheme::NONE {
            return Self::none();
        }
        Self { scheme, constraints: constraints(&intervals), intervals }
    }

    /// Of constraints that are sorted, unique and follow the rules for neighbours.
    pub(crate) fn from_constraints(scheme: Scheme, constraints: Vec<Constraint>) -> Self {
        let intervals = intervals(&constraints);
        Self { scheme, constraints, intervals }
    }

    /// The scheme of its versions: [`Scheme::NONE`] when it has none.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The constraints in the order of their versions; empty for `*`.
    #[must_use]
    pub fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    /// Whether no version can be in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.intervals.as_slice().is_empty()
    }

    /// Whether a version, read by the scheme of the range, is in it.
    #[must_use]
    pub fn contains(&self, version: &str) -> bool {
        self.contains_version(&self.scheme.read(version))
    }

    /// Whether a version is in it. One of another scheme is not, but for `vers:all/*`.
    #[must_use]
    pub fn contains_version(&self, version: &Version) -> bool {
        self.scheme == Scheme::ALL || (self.scheme == version.scheme() && self.intervals.contains(version))
    }

    /// The same versions with the fewest constraints. Two ranges of one scheme hold the same versions if, and only
    /// if, they are equal after this.
    #[must_use]
    pub fn normalise(&self) -> Self {
        Self::from_intervals(self.scheme, self.intervals.clone())
    }
}

impl FromStr for Range {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        Self::parse(text)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::vers::write(formatter, self.scheme, &self.constraints)
    }
}

/// The fewest constraints that say the same. A gap of one version becomes `!=`, as VERS names no version twice.
fn constraints(intervals: &Intervals) -> Vec<Constraint> {
    let mut list = Vec::new();
    let mut add = |comparator, version: &Version| list.push(Constraint { comparator, version: version.clone() });
    let mut pairs = intervals.as_slice().iter().peekable();
    let mut joined = false;
    while let Some((low, high)) = pairs.next() {
        let point = match (low, high) {
            (Cut::At(low, Side::Before), Cut::At(high, Side::After)) if low == high && !joined => Some(low),
            _ => None,
        };
        if let Some(version) = point {
            add(Comparator::Equal, version);
            continue;
        }
        match low {
            Cut::At(version, Side::Before) if !joined => add(Comparator::GreaterOrEqual, version),
            Cut::At(version, Side::After) if !joined => add(Comparator::Greater, version),
            _ => {}
        }
        joined = false;
        match (high, pairs.peek()) {
            (Cut::At(version, Side::Before), Some((Cut::At(next, Side::After), _))) if version == next => {
                joined = true;
                add(Comparator::NotEqual, version);
            }
            (Cut::At(version, Side::Before), _) => add(Comparator::Less, version),
            (Cut::At(version, Side::After), _) => add(Comparator::LessOrEqual, version),
            _ => {}
        }
    }
    list
}

/// What constraints mean: those with `=` and `!=` are said of one version each, the rest makes intervals.
fn intervals(constraints: &[Constraint]) -> Intervals {
    let of = |wanted: Comparator| {
        let points = constraints.iter().filter(move |constraint| constraint.comparator == wanted);
        Intervals::any_of(points.map(|constraint| Intervals::exactly(constraint.version.clone())))
    };
    let (included, excluded) = (of(Comparator::Equal), of(Comparator::NotEqual));
    let mut pairs = Vec::new();
    let mut low = Some(Cut::Start);
    let mut bounded = false;
    for Constraint { comparator, version } in constraints {
        bounded |= comparator.is_lower() || comparator.is_upper();
        match comparator {
            Comparator::Less => pairs.extend(low.take().map(|low| (low, Cut::before(version.clone())))),
            Comparator::LessOrEqual => pairs.extend(low.take().map(|low| (low, Cut::after(version.clone())))),
            Comparator::Greater => low = Some(Cut::after(version.clone())),
            Comparator::GreaterOrEqual => low = Some(Cut::before(version.clone())),
            Comparator::Equal | Comparator::NotEqual => {}
        }
    }
    // Without a bound, `=` names all that is in the range, and `!=` alone all that is not.
    let open = bounded || included.as_slice().is_empty();
    pairs.extend(low.filter(|_| open).map(|low| (low, Cut::End)));
    let bounds = Intervals::all_of([Intervals::of(pairs), excluded.complement()]);
    Intervals::any_of([bounds, included])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(text: &str, normal: &str) {
        assert_eq!(Range::parse_lenient(text).unwrap().normalise().to_string(), normal, "{text}");
    }

    #[test]
    fn containment() {
        let range = Range::parse("vers:pypi/0.5|>=1.0|!=1.5|<2.0|>3").unwrap();
        for inside in ["0.5", "0.5.0", "1.0", "1.4", "1.5.1", "2.0.dev0", "3.1", "99"] {
            assert!(range.contains(inside), "{inside}");
        }
        for outside in ["0.4", "0.6", "1.5", "1.5.0", "2.0", "3", "2.5"] {
            assert!(!range.contains(outside), "{outside}");
        }
    }

    #[test]
    fn open_ends_and_exceptions() {
        assert!(Range::parse("vers:npm/<1.0.0|>2.0.0").unwrap().contains("0.1.0"));
        assert!(Range::parse("vers:npm/!=1.0.0").unwrap().contains("2.0.0"));
        assert!(!Range::parse("vers:npm/!=1.0.0").unwrap().contains("1.0.0"));
        assert!(!Range::parse("vers:npm/1.0.0|!=2.0.0").unwrap().contains("3.0.0"));
        assert!(Range::parse("vers:all/*").unwrap().contains("x"));
        assert!(!Range::parse("vers:none/*").unwrap().contains("x"));
        assert!(Range::parse("vers:deb/*").unwrap().contains("1:2-3"));
        assert!(!Range::parse("vers:deb/*").unwrap().contains_version(&Scheme::RPM.read("1")));
    }

    #[test]
    fn unions() {
        let read = |text: &str| Range::parse(text).unwrap();
        let (low, high, other) = (read("vers:npm/<1.0.0"), read("vers:npm/>=0.5.0|<2.0.0"), read("vers:pypi/3"));
        assert_eq!(Range::any_of(Scheme::NPM, [&high, &low, &other]).to_string(), "vers:npm/<2.0.0");
        assert_eq!(Range::any_of(Scheme::NPM, []), Range::none());
    }

    #[test]
    fn normal_forms() {
        same("vers:npm/>=1.0.0|!=0.5.0|!=1.5.0|<2.0.0", "vers:npm/>=1.0.0|!=1.5.0|<2.0.0");
        same("vers:npm/!=1.0.0|!=2.0.0", "vers:npm/!=1.0.0|!=2.0.0");
        same("vers:npm/>1.0.0|!=1.0.0-a", "vers:npm/>1.0.0");
        same("vers:npm/1.0.0|!=2.0.0", "vers:npm/1.0.0");
        assert_eq!(Range::from_versions(Scheme::GEM, ["2", "1.0", "1"]).to_string(), "vers:gem/1.0|2");
        assert_eq!(Range::from_versions(Scheme::GEM, []), Range::none());
    }
}
