//! Which artifacts are meant.

use jiff::Timestamp;
use plimsoll_inventory::{ArtifactId, ArtifactRef, ArtifactSummary, Inventory, Page, Query};

use super::words;
use crate::args::SelectionArguments;
use crate::failure::Failure;

/// Rows that are asked for at once.
const PAGE: usize = 1000;

/// The artifacts that are named, or that all conditions hold of.
pub(super) fn artifacts(
    inventory: &mut Inventory,
    selection: &SelectionArguments,
    before: Option<Timestamp>,
) -> Result<Vec<ArtifactSummary>, Failure> {
    let mut found = Vec::new();
    for text in &selection.artifacts {
        found.push(inventory.artifact(&ArtifactRef::parse(text))?.summary);
    }
    if selection.name.is_none() && selection.with_label.is_empty() && before.is_none() {
        return Ok(found);
    }
    let labels = selection.with_label.iter().map(|text| words::label(text)).collect::<Result<Vec<_>, _>>()?;
    let query = words::query(selection.name.as_deref(), &labels);
    let old =
        |artifact: &ArtifactSummary| before.is_none_or(|before| artifact.added.is_some_and(|added| added < before));
    found.extend(matching(inventory, &query)?.into_iter().filter(old));
    Ok(found)
}

/// All artifacts that a question is true of.
pub(super) fn matching(inventory: &mut Inventory, query: &Query) -> Result<Vec<ArtifactSummary>, Failure> {
    let mut found = Vec::new();
    let mut page = Page { rows: PAGE, after: None };
    loop {
        let answer = inventory.find(query, page)?;
        found.extend(answer.rows.into_iter().map(|row| row.artifact));
        match answer.next {
            Some(next) => page.after = Some(next),
            None => return Ok(found),
        }
    }
}

/// Their numbers.
pub(super) fn ids(artifacts: &[ArtifactSummary]) -> Vec<ArtifactId> {
    artifacts.iter().map(|artifact| artifact.id).collect()
}

/// `NAME@VERSION`, or what else there is.
pub(super) fn shown(artifact: &ArtifactSummary) -> String {
    let name = if artifact.name.is_empty() { "(no name)" } else { &artifact.name };
    match (artifact.version.as_str(), artifact.digest.as_str()) {
        ("", "") => name.to_owned(),
        ("", digest) => format!("{name}@{digest}"),
        (version, _) => format!("{name}@{version}"),
    }
}

/// `90d`, `12h`, `30m`, `10s`: so long before now.
pub(super) fn before(age: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let bad = || Failure::usage(format!("{age}: an age is a number and d, h, m or s, such as 90d"));
    let unit = age.chars().next_back().ok_or_else(bad)?;
    let count: i64 = age.strip_suffix(unit).and_then(|count| count.parse().ok()).filter(|n| *n >= 0).ok_or_else(bad)?;
    let seconds = match unit {
        'd' => 86_400,
        'h' => 3600,
        'm' => 60,
        's' => 1,
        _ => return Err(bad()),
    };
    let at = count.checked_mul(seconds).and_then(|age| now.as_second().checked_sub(age)).ok_or_else(bad)?;
    Timestamp::from_second(at).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        assert_eq!(before("1d", now).unwrap().as_second(), 913_600);
        assert_eq!(before("0s", now).unwrap(), now);
        for bad in ["", "d", "-1d", "1y", "1", "1é", "99999999999999999d"] {
            assert!(before(bad, now).is_err(), "{bad}");
        }
    }
}
