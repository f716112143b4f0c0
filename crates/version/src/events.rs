//! The events of an OSV range. <https://ossf.github.io/osv-schema/#affectedrangesevents-fields>

use crate::intervals::{Cut, Intervals};
use crate::range::Range;
use crate::scheme::Scheme;

/// What happens to a vulnerability at a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// It begins here; `0` is before every version.
    Introduced(&'a str),
    /// It is gone from here on.
    Fixed(&'a str),
    /// It is gone after this version.
    LastAffected(&'a str),
    /// Nothing is said of this version and later ones; `*` is after every version.
    Limit(&'a str),
}

impl Range {
    /// The versions affected by events, which may come in any order.
    ///
    /// Where one event begins what another ends at the same version, the version counts as affected.
    #[must_use]
    pub fn from_events(scheme: Scheme, events: &[Event<'_>]) -> Self {
        let mut turns = Vec::new();
        let mut limit = None;
        for event in events {
            match *event {
                Event::Introduced("0") => turns.push((Cut::Start, true)),
                Event::Introduced(version) => turns.push((Cut::before(scheme.read(version)), true)),
                Event::Fixed(version) => turns.push((Cut::before(scheme.read(version)), false)),
                Event::LastAffected(version) => turns.push((Cut::after(scheme.read(version)), false)),
                Event::Limit("*") => limit = Some(Cut::End),
                // Below any of the limits is enough, so the last one counts.
                Event::Limit(version) => limit = limit.max(Some(Cut::before(scheme.read(version)))),
            }
        }
        turns.sort();
        let mut pairs = Vec::new();
        let mut since = None;
        for (cut, affected) in turns {
            if affected {
                since.get_or_insert(cut);
            } else if let Some(start) = since.take() {
                pairs.push((start, cut));
            }
        }
        pairs.extend(since.map(|start| (start, Cut::End)));
        let below = Intervals::between(Cut::Start, limit.unwrap_or(Cut::End));
        Self::from_intervals(scheme, Intervals::all_of([Intervals::of(pairs), below]))
    }
}

#[cfg(test)]
mod tests {
    use super::Event::{Fixed, Introduced, LastAffected, Limit};
    use super::*;

    fn check(events: &[Event<'_>], expected: &str) {
        let range = Range::from_events(Scheme::SEMVER, events);
        assert_eq!(range.to_string(), expected, "{events:?}");
        assert!(Range::parse(expected).is_ok());
    }

    #[test]
    fn events() {
        check(&[Introduced("0")], "vers:semver/*");
        check(&[Introduced("0"), Fixed("1.0.0")], "vers:semver/<1.0.0");
        check(&[Fixed("1.0.0"), Introduced("0.5.0")], "vers:semver/>=0.5.0|<1.0.0");
        check(&[Introduced("1.0.0"), LastAffected("1.2.0")], "vers:semver/>=1.0.0|<=1.2.0");
        check(
            &[Introduced("0"), Fixed("1.0.1"), Introduced("2.0.0"), Fixed("2.0.3")],
            "vers:semver/<1.0.1|>=2.0.0|<2.0.3",
        );
        check(&[Introduced("1.0.0"), Limit("2.0.0"), Limit("1.5.0")], "vers:semver/>=1.0.0|<2.0.0");
        check(&[Introduced("1.0.0"), Limit("*")], "vers:semver/>=1.0.0");
        check(&[Fixed("1.0.0")], "vers:none/*");
        check(&[], "vers:none/*");
    }

    #[test]
    fn begins_where_it_ends() {
        check(&[Introduced("0"), Fixed("1.0.0"), Introduced("1.0.0")], "vers:semver/*");
        check(&[Introduced("1.0.0"), Fixed("1.0.0")], "vers:semver/>=1.0.0");
    }
}
