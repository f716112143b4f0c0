//! From how findings are to how they should be: events.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{Key, Wanted};
use super::{EventKind, FindingSort, FindingState};

/// A finding as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) finding: Wanted,
    pub(super) opened: i64,
    pub(super) changed: i64,
    /// When it ceased to be; 0 while it is.
    pub(super) closed: i64,
}

/// What is to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Delta {
    /// Findings that are new or different.
    pub(super) findings: BTreeMap<Key, Held>,
    /// Findings whose advisory goes by another name now.
    pub(super) removed: Vec<Key>,
    pub(super) events: Vec<Happened>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Happened {
    pub(super) kind: EventKind,
    pub(super) key: Key,
    pub(super) artifact: u32,
    pub(super) component: u32,
    pub(super) severity: i64,
    pub(super) kev: bool,
    pub(super) detail: String,
}

/// Why a finding that should not be there any more is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gone {
    /// The builds that count do not have the component; the build that shows it, and its version.
    Fixed(u32, String),
    /// No build counts.
    Undeployed,
    /// The component is there still.
    Withdrawn,
}

/// Compares. `held` are all findings of what was looked at, `gone` says of one that is no longer wanted why.
pub(super) fn delta(
    held: &BTreeMap<Key, Held>,
    wanted: BTreeMap<Key, Wanted>,
    mut gone: impl FnMut(&Key, &Held) -> Gone,
    now: i64,
) -> Delta {
    let mut delta = Delta::default();
    let mut renamed: BTreeSet<Key> = BTreeSet::new();
    for (key, finding) in wanted {
        let before = match held.get(&key) {
            Some(before) => Some(before.clone()),
            None => known_as(held, &key, &finding).map(|(old, before)| {
                renamed.insert(old.clone());
                before.clone()
            }),
        };
        present(&mut delta, key, finding, before, now);
    }
    for (key, before) in held {
        if renamed.contains(key) {
            delta.removed.push(key.clone());
        } else if !delta.findings.contains_key(key) && before.finding.state.is_present() {
            let why = gone(key, before);
            absent(&mut delta, key, before.clone(), why, now);
        }
    }
    // What is as it was need not be written.
    delta.findings.retain(|key, finding| held.get(key) != Some(&*finding));
    delta
}

/// A finding of the same package whose advisory had another name: its alias.
fn known_as<'h>(held: &'h BTreeMap<Key, Held>, key: &Key, finding: &Wanted) -> Option<(&'h Key, &'h Held)> {
    let start = Key { advisory: String::new(), ..key.clone() };
    let same =
        held.range(start..).take_while(|(other, _)| (other.lineage, other.package) == (key.lineage, key.package));
    let names = |other: &Key, before: &Held| {
        finding.aliases.split(' ').any(|alias| alias == other.advisory)
            || before.finding.aliases.split(' ').any(|alias| alias == key.advisory)
    };
    let several = |of: &Wanted| of.aliases.split(' ').filter(|alias| alias.starts_with("CVE-")).count() > 1;
    same.into_iter().find(|(other, before)| {
        before.finding.state.is_present()
            && names(other, before)
            && !several(finding)
            && !several(&before.finding)
            && finding.sort != FindingSort::Malicious
    })
}

/// A finding is there.
fn present(delta: &mut Delta, key: Key, finding: Wanted, before: Option<Held>, now: i64) {
    let mut event = |kind, detail: String| {
        delta.events.push(Happened {
            kind,
            key: key.clone(),
            artifact: finding.artifact,
            component: finding.component,
            severity: finding.severity,
            kev: finding.kev,
            detail,
        });
    };
    let (mut opened, mut changed) = (now, now);
    match &before {
        None => event(EventKind::Opened, finding.rule.clone()),
        Some(before) if !before.finding.state.is_present() => {
            event(EventKind::Reopened, format!("was {}", before.finding.state.word()));
        }
        Some(before) => {
            (opened, changed) = (before.opened, before.changed);
            let what = differences(&before.finding, &finding);
            if !what.is_empty() {
                changed = now;
                event(EventKind::Changed, what);
            }
        }
    }
    let was = before.as_ref().map_or(FindingState::Open, |before| before.finding.state);
    let was = if was.is_present() { was } else { FindingState::Open };
    let said = before.as_ref().map_or("", |before| before.finding.said.as_str());
    match finding.state {
        FindingState::Vexed if was != FindingState::Vexed || said != finding.said => {
            changed = now;
            event(EventKind::Vexed, finding.said.clone());
        }
        FindingState::Excepted if was != FindingState::Excepted || said != finding.said => {
            changed = now;
            event(EventKind::Excepted, finding.said.clone());
        }
        FindingState::Open if was != FindingState::Open => {
            changed = now;
            event(EventKind::Reopened, format!("no longer {}", was.word()));
        }
        _ => {}
    }
    delta.findings.insert(key, Held { finding, opened, changed, closed: 0 });
}

/// What people have to know of a difference. That a new build has the same fault is none.
fn differences(before: &Wanted, after: &Wanted) -> String {
    let mut what = Vec::new();
    if before.severity != after.severity {
        let word = |number| super::words::rating(number).map_or("unrated", plimsoll_advisory::Rating::as_str);
        what.push(format!("severity {} to {}", word(before.severity), word(after.severity)));
    }
    if before.kev != after.kev {
        what.push(if after.kev { "known to be exploited".to_owned() } else { "not known to be exploited".to_owned() });
    }
    if before.certain != after.certain {
        what.push(if after.certain { "certain".to_owned() } else { "uncertain".to_owned() });
    }
    if before.sort != after.sort {
        what.push(after.sort.word().to_owned());
    }
    if before.fixed != after.fixed {
        what.push(if after.fixed.is_empty() { "no fix".to_owned() } else { format!("fixed in {}", after.fixed) });
    }
    what.join(", ")
}

/// A finding is not there any more.
fn absent(delta: &mut Delta, key: &Key, mut before: Held, why: Gone, now: i64) {
    let (kind, state, artifact, detail) = match why {
        Gone::Fixed(artifact, version) => {
            let detail = if version.is_empty() { String::new() } else { format!("in {version}") };
            (EventKind::Fixed, FindingState::Fixed, artifact, detail)
        }
        Gone::Undeployed => (EventKind::Undeployed, FindingState::Undeployed, before.finding.artifact, String::new()),
        Gone::Withdrawn => {
            let detail = "the advisory does not say so any more".to_owned();
            (EventKind::Changed, FindingState::Withdrawn, before.finding.artifact, detail)
        }
    };
    delta.events.push(Happened {
        kind,
        key: key.clone(),
        artifact,
        component: before.finding.component,
        severity: before.finding.severity,
        kev: before.finding.kev,
        detail,
    });
    before.finding.state = state;
    before.closed = now;
    before.changed = now;
    delta.findings.insert(key.clone(), before);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(state: FindingState) -> Wanted {
        Wanted {
            component: 1,
            artifact: 1,
            state,
            sort: FindingSort::Vulnerability,
            certain: true,
            severity: 3,
            score: 75,
            epss: -1,
            kev: false,
            rule: "range".to_owned(),
            fixed: "2".to_owned(),
            aliases: String::new(),
            said: String::new(),
        }
    }

    fn key(advisory: &str) -> Key {
        Key { lineage: 1, package: 1, advisory: advisory.to_owned() }
    }

    fn step(held: &mut BTreeMap<Key, Held>, wanted: &[(&str, Wanted)], now: i64) -> Vec<(EventKind, String)> {
        let wanted = wanted.iter().map(|(id, finding)| (key(id), finding.clone())).collect();
        let delta = delta(held, wanted, |_, _| Gone::Fixed(2, "v2".to_owned()), now);
        for key in &delta.removed {
            held.remove(key);
        }
        held.extend(delta.findings);
        delta.events.into_iter().map(|event| (event.kind, event.detail)).collect()
    }

    #[test]
    fn a_life() {
        let mut held = BTreeMap::new();
        let open = finding(FindingState::Open);
        let kinds = |events: Vec<(EventKind, String)>| events.into_iter().map(|event| event.0).collect::<Vec<_>>();
        assert_eq!(kinds(step(&mut held, &[("A", open.clone())], 1)), [EventKind::Opened]);
        assert!(step(&mut held, &[("A", open.clone())], 2).is_empty());
        let vexed = Wanted { state: FindingState::Vexed, said: "not_affected".to_owned(), ..open.clone() };
        assert_eq!(kinds(step(&mut held, &[("A", vexed.clone())], 3)), [EventKind::Vexed]);
        assert!(step(&mut held, &[("A", vexed)], 4).is_empty());
        assert_eq!(kinds(step(&mut held, &[("A", open.clone())], 5)), [EventKind::Reopened]);
        assert_eq!(step(&mut held, &[], 6), [(EventKind::Fixed, "in v2".to_owned())]);
        assert!(step(&mut held, &[], 7).is_empty());
        assert_eq!((held[&key("A")].opened, held[&key("A")].closed), (1, 6));
        assert_eq!(kinds(step(&mut held, &[("A", open.clone())], 8)), [EventKind::Reopened]);
        let worse = Wanted { severity: 4, kev: true, ..open };
        let changed = step(&mut held, &[("A", worse.clone())], 9);
        let detail = "severity high to critical, known to be exploited".to_owned();
        assert_eq!(changed, [(EventKind::Changed, detail)]);
        // The same by another name is the same.
        let renamed = Wanted { aliases: "A".to_owned(), ..worse };
        assert!(step(&mut held, &[("B", renamed)], 10).is_empty());
        assert_eq!(held.len(), 1);
        assert_eq!(held[&key("B")].opened, 8);
    }
}
