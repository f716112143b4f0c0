//! Sets of versions as intervals, and the algebra on them.
//!
//! An interval lies between two cuts, and a cut falls just before or just after a version. So every bound, open or
//! closed, is a point of one order, and union, intersection and complement need no special cases.

use crate::version::Version;

/// A place between versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cut {
    Start,
    At(Version, Side),
    End,
}

/// The side of its version on which a cut falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Before,
    After,
}

impl Cut {
    pub(crate) const fn before(version: Version) -> Self {
        Self::At(version, Side::Before)
    }

    pub(crate) const fn after(version: Version) -> Self {
        Self::At(version, Side::After)
    }

    /// Whether it lies after a version.
    fn follows(&self, version: &Version) -> bool {
        match self {
            Self::Start => false,
            Self::At(at, Side::Before) => at > version,
            Self::At(at, Side::After) => at >= version,
            Self::End => true,
        }
    }
}

/// Intervals in order, none empty, no two touching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intervals(Vec<(Cut, Cut)>);

impl Intervals {
    pub(crate) const fn none() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn all() -> Self {
        Self(vec![(Cut::Start, Cut::End)])
    }

    pub(crate) fn exactly(version: Version) -> Self {
        Self(vec![(Cut::before(version.clone()), Cut::after(version))])
    }

    /// From one cut to another, in any order and overlapping as they may. What ends before it begins is empty.
    pub(crate) fn of(pairs: impl IntoIterator<Item = (Cut, Cut)>) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().filter(|(low, high)| low < high).collect();
        pairs.sort();
        let mut merged: Vec<(Cut, Cut)> = Vec::with_capacity(pairs.len());
        for (low, high) in pairs {
            match merged.last_mut() {
                Some(last) if low <= last.1 => {
                    if high > last.1 {
                        last.1 = high;
                    }
                }
                _ => merged.push((low, high)),
            }
        }
        Self(merged)
    }

    pub(crate) fn between(low: Cut, high: Cut) -> Self {
        Self::of([(low, high)])
    }

    pub(crate) fn any_of(sets: impl IntoIterator<Item = Self>) -> Self {
        Self::of(sets.into_iter().flat_map(|set| set.0))
    }

    /// In all of them. By way of complements, so that many sets cost no more than sorting.
    pub(crate) fn all_of(sets: impl IntoIterator<Item = Self>) -> Self {
        Self::any_of(sets.into_iter().map(Self::complement)).complement()
    }

    pub(crate) fn complement(self) -> Self {
        let mut gaps = Vec::with_capacity(self.0.len().saturating_add(1));
        let mut last = Cut::Start;
        for (low, high) in self.0 {
            if last < low {
                gaps.push((last, low));
            }
            last = high;
        }
        if last < Cut::End {
            gaps.push((last, Cut::End));
        }
        Self(gaps)
    }

    pub(crate) fn contains(&self, version: &Version) -> bool {
        let begun = self.0.partition_point(|(low, _)| !low.follows(version));
        begun.checked_sub(1).and_then(|index| self.0.get(index)).is_some_and(|(_, high)| high.follows(version))
    }

    pub(crate) fn as_slice(&self) -> &[(Cut, Cut)] {
        &self.0
    }
}
