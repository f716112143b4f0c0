//! Levels of an artifact and of its dependencies against those that are wanted.

use std::collections::BTreeMap;

use plimsoll_attest::SlsaResult;

/// The levels, as far as whoever verified is believed: of a track, no more than the highest that is allowed.
pub(super) fn believed(levels: &[SlsaResult], at_most: &[SlsaResult]) -> Vec<SlsaResult> {
    let bounded = |level: &SlsaResult| {
        let cap = at_most.iter().find(|cap| cap.track().is_some() && cap.track() == level.track());
        match cap {
            Some(cap) if level.satisfies(cap) => cap.clone(),
            _ => level.clone(),
        }
    };
    levels.iter().map(bounded).collect()
}

/// What of the counts of dependencies is not as wanted: a fragment. Every dependency has to be counted at a level that
/// satisfies. One that is counted in another track, and not in this one, was not verified in this one.
pub(super) fn dependencies(counts: Option<&BTreeMap<String, u64>>, wanted: &SlsaResult) -> Result<String, String> {
    let counts = counts.ok_or_else(|| "nothing is said of dependencies".to_owned())?;
    let mut satisfied = 0_u64;
    // By track; a name without one counts by itself.
    let mut of_track: BTreeMap<String, u64> = BTreeMap::new();
    for (name, count) in counts.iter().filter(|(_, count)| **count > 0) {
        let level = SlsaResult::parse(name).map_err(|_| format!("{name:?} is no level"))?;
        let sum = of_track.entry(level.track().unwrap_or(name).to_owned()).or_default();
        *sum = sum.saturating_add(*count);
        if level.satisfies(wanted) {
            satisfied = satisfied.saturating_add(*count);
        } else if level.track().is_some() && level.track() == wanted.track() || level == SlsaResult::Failed {
            return Err(format!("{count} at {level}"));
        }
    }
    let all = of_track.values().copied().max().unwrap_or_default();
    if all > satisfied {
        return Err(format!("{satisfied} of {all} are counted at {wanted} or above"));
    }
    Ok(if counts.is_empty() { "there are none".to_owned() } else { format!("all {satisfied}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(text: &str) -> SlsaResult {
        SlsaResult::parse(text).unwrap()
    }

    #[test]
    fn every_dependency_has_to_be_counted_high_enough() {
        let build_2 = level("SLSA_BUILD_LEVEL_2");
        for (counts, holds) in [
            (&[][..], true),
            (&[("SLSA_BUILD_LEVEL_3", 5), ("SLSA_BUILD_LEVEL_2", 7)], true),
            (&[("SLSA_BUILD_LEVEL_3", 5), ("SLSA_BUILD_LEVEL_1", 0)], true),
            (&[("SLSA_BUILD_LEVEL_3", 5), ("SLSA_BUILD_LEVEL_1", 1)], false),
            (&[("SLSA_BUILD_LEVEL_3", 5), ("SLSA_BUILD_LEVEL_UNEVALUATED", 1)], false),
            (&[("SLSA_BUILD_LEVEL_3", 5), ("SLSA_SOURCE_LEVEL_1", 5)], true),
            // One is counted for its source alone.
            (&[("SLSA_BUILD_LEVEL_3", 5), ("SLSA_SOURCE_LEVEL_1", 6)], false),
            (&[("SLSA_BUILD_LEVEL_3", 5), ("OTHER", 6)], false),
            (&[("SLSA_BUILD_LEVEL_3", 5), ("FAILED", 1)], false),
            (&[("SLSA_BUILD_LEVEL_3", 5), ("SLSA_MADE_UP", 1)], false),
            (&[("SLSA_BUILD_LEVEL_3", u64::MAX), ("SLSA_BUILD_LEVEL_2", u64::MAX)], true),
        ] {
            let counts = counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
            assert_eq!(dependencies(Some(&counts), &build_2).is_ok(), holds, "{counts:?}");
        }
        assert!(dependencies(None, &build_2).is_err());
    }

    #[test]
    fn nobody_is_believed_more_than_he_is_trusted() {
        let caps = [level("SLSA_SOURCE_LEVEL_2")];
        for (has, believes) in [
            ("SLSA_SOURCE_LEVEL_3", "SLSA_SOURCE_LEVEL_2"),
            ("SLSA_SOURCE_LEVEL_1", "SLSA_SOURCE_LEVEL_1"),
            ("SLSA_SOURCE_LEVEL_UNEVALUATED", "SLSA_SOURCE_LEVEL_UNEVALUATED"),
            ("SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_3"),
            ("ORG_SOURCE_TESTED", "ORG_SOURCE_TESTED"),
        ] {
            assert_eq!(believed(&[level(has)], &caps), [level(believes)]);
        }
    }
}
