//! One vulnerability, told by several databases, is one match.
//!
//! Two advisories tell of the same when they share their CVEs, all of them, or when one names the other and neither is about
//! several. An update of a distribution that mends many CVEs is no alias of any one of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Match, State};

/// Brings together what is said of one component: the first of each group has the ids of the others among its aliases, and
/// says the worst that any of them says.
///
/// The first is an attack where one is, then one that is certain, then the one whose id sorts first. The order of what comes in
/// does not matter.
#[must_use]
pub fn grouped(mut matches: Vec<Match>) -> Vec<Match> {
    matches.sort_by(|left, right| (&left.id, left.state, left.entry).cmp(&(&right.id, right.state, right.entry)));
    let mut group_of: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<Match>> = Vec::new();
    for next in matches {
        let keys = keys(&next);
        let known = keys.iter().find_map(|key| group_of.get(key)).copied();
        let at = known.unwrap_or(groups.len());
        if known.is_none() {
            groups.push(Vec::new());
        }
        for key in keys {
            group_of.entry(key).or_insert(at);
        }
        if let Some(group) = groups.get_mut(at) {
            group.push(next);
        }
    }
    let mut merged: Vec<Match> = groups.into_iter().filter_map(merge).collect();
    merged.sort_by(|left, right| left.id.cmp(&right.id));
    merged
}

/// What two matches have to share to be of one group.
fn keys(of: &Match) -> Vec<String> {
    let all = || std::iter::once(&of.id).chain(&of.aliases);
    let cves: BTreeSet<&str> = all().filter_map(|id| cve(id)).collect();
    let mut keys = Vec::new();
    if !cves.is_empty() {
        keys.push(cves.iter().copied().collect::<Vec<_>>().join(" "));
    }
    if cves.len() < 2 {
        keys.extend(all().cloned());
    } else {
        keys.push(of.id.clone());
    }
    keys
}

/// The CVE that an id is or has behind the name of a database: `DEBIAN-CVE-2024-1`.
fn cve(id: &str) -> Option<&str> {
    id.find("CVE-").and_then(|at| id.get(at..))
}

fn merge(mut group: Vec<Match>) -> Option<Match> {
    group.sort_by(|left, right| {
        (!left.malicious, left.state, left.informational.is_some(), &left.id).cmp(&(
            !right.malicious,
            right.state,
            right.informational.is_some(),
            &right.id,
        ))
    });
    let mut rest = group.into_iter();
    let mut first = rest.next()?;
    let mut aliases: BTreeSet<String> = first.aliases.drain(..).collect();
    for other in rest.filter(|other| other.state != State::NotAffected) {
        aliases.insert(other.id);
        aliases.extend(other.aliases);
        let rank = |of: &Option<crate::Severity>| of.as_ref().map(|held| (held.score(), held.rating()));
        if rank(&other.severity) > rank(&first.severity) {
            first.severity = other.severity;
        }
        if first.fixed.is_empty() {
            first.fixed = other.fixed;
        }
    }
    aliases.remove(&first.id);
    first.aliases = aliases.into_iter().collect();
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rule, Severity, Status};

    fn one(id: &str, aliases: &[&str], word: &str) -> Match {
        Match {
            id: id.to_owned(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            ecosystem: String::new(),
            package: String::new(),
            entry: 0,
            severity: Some(Severity::from_word(word)),
            malicious: false,
            informational: None,
            state: State::Affected,
            status: Status::Affected,
            rule: Rule::Range,
            fixed: Vec::new(),
        }
    }

    #[test]
    fn aliases_are_one_and_updates_are_not() {
        let told = vec![
            one("PYSEC-1", &["CVE-1", "GHSA-1"], "low"),
            one("GHSA-1", &["CVE-1"], "high"),
            one("DSA-1", &["CVE-1", "CVE-2"], "low"),
            one("RUSTSEC-1", &[], "low"),
        ];
        let mut other = told.clone();
        other.reverse();
        let shown = |matches: Vec<Match>| -> Vec<String> {
            let word = |of: &Match| of.severity.as_ref().map(|held| held.text().to_owned()).unwrap_or_default();
            grouped(matches).iter().map(|of| format!("{} {} {}", of.id, word(of), of.aliases.join(","))).collect()
        };
        assert_eq!(shown(told.clone()), ["DSA-1 low CVE-1,CVE-2", "GHSA-1 high CVE-1,PYSEC-1", "RUSTSEC-1 low "]);
        assert_eq!(shown(told), shown(other));
    }
}
