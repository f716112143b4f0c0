//! What a report of a verification found: no more than this is stated.
//!
//! A report is not signed: it keeps whoever makes a summary from claiming more than was found by mistake, and not one who wants
//! to.

use std::path::Path;

use plimsoll_attest::{DigestSet, SlsaResult, Subject as Stated, refuse_duplicates};
use plimsoll_model::Limits;
use serde::Deserialize;

use crate::failure::Failure;
use crate::input;

const OF_SUMMARIES: &str = "plimsoll.vsa.verify/1";
const OF_PROVENANCE: &str = "plimsoll.provenance.verify/1";

/// What was found of all subjects together.
pub(super) struct Found {
    pub(super) passed: bool,
    /// What all of them have.
    pub(super) levels: Vec<SlsaResult>,
    /// SHA-256 of the policy, where there was one.
    pub(super) policy: Option<String>,
    /// When.
    pub(super) at: String,
}

#[derive(Deserialize)]
struct Report {
    schema: String,
    at: String,
    /// Whether log entries were asked for.
    #[serde(default)]
    log: Option<String>,
    #[serde(default)]
    policy: Option<Policy>,
    subjects: Vec<Subject>,
}

#[derive(Deserialize)]
struct Policy {
    sha256: String,
}

#[derive(Deserialize)]
struct Subject {
    digests: DigestSet,
    verified: bool,
    /// Of a report of summaries.
    #[serde(default)]
    summaries: Vec<Summary>,
    /// Of a report of provenance.
    #[serde(default)]
    expectations: Vec<Expectation>,
}

#[derive(Deserialize)]
struct Summary {
    levels: Vec<String>,
}

#[derive(Deserialize)]
struct Expectation {
    builds: Vec<Build>,
}

#[derive(Deserialize)]
struct Build {
    state: String,
    #[serde(default)]
    level: Option<u8>,
}

/// Reads a report about these subjects.
pub(super) fn read(path: &Path, subjects: &[Stated]) -> Result<Found, Failure> {
    let name = path.display();
    let bytes = input::bytes(path, &Limits::DEFAULT)?;
    let refused = |error: serde_json::Error| Failure::usage(format!("--from-report {name}: {error}"));
    refuse_duplicates(&bytes).map_err(refused)?;
    let report: Report = serde_json::from_slice(&bytes).map_err(refused)?;
    if ![OF_SUMMARIES, OF_PROVENANCE].contains(&report.schema.as_str()) {
        let schema = &report.schema;
        return Err(Failure::usage(format!(
            "--from-report {name}: {schema:?} is no report of a verification that counts"
        ))
        .hint("`plimsoll vsa verify` and `plimsoll provenance verify` write one with --format json"));
    }
    if report.log.as_deref() == Some("ignored") {
        return Err(Failure::usage(format!(
            "--from-report {name}: it was made with --insecure-ignore-tlog, and states nothing"
        )));
    }
    let mut found: Option<(bool, Vec<SlsaResult>)> = None;
    for subject in subjects {
        let same = |one: &&Subject| {
            let mut common =
                one.digests.iter().filter_map(|(algorithm, hex)| Some((hex, subject.digest.get(algorithm)?)));
            common.next().is_some_and(|(left, right)| left == right) && common.all(|(left, right)| left == right)
        };
        let Some(of) = report.subjects.iter().find(same) else {
            let digest = subject.digest.values().next().cloned().unwrap_or_default();
            return Err(Failure::usage(format!("--from-report {name}: it is not about {digest}")));
        };
        let levels = levels(of);
        found = Some(match found {
            None => (of.verified, levels),
            Some((passed, before)) => (passed && of.verified, common(&before, &levels)),
        });
    }
    let (passed, levels) = found.ok_or_else(|| Failure::usage("there is nothing to state anything about"))?;
    Ok(Found { passed, levels, policy: report.policy.map(|policy| policy.sha256), at: report.at })
}

fn levels(subject: &Subject) -> Vec<SlsaResult> {
    if !subject.verified {
        return Vec::new();
    }
    let mut all: Vec<SlsaResult> = subject
        .summaries
        .iter()
        .flat_map(|summary| &summary.levels)
        .filter_map(|name| SlsaResult::parse(name).ok())
        .collect();
    let builds = subject.expectations.iter().flat_map(|expectation| &expectation.builds);
    let proven = builds.filter(|build| build.state == "proven").filter_map(|build| build.level).max();
    all.extend(proven.map(|level| SlsaResult::Level { track: "BUILD".to_owned(), level }));
    highest(&all)
}

/// The highest of each track, and what else there is, once. That a track was not evaluated counts where nobody did.
fn highest(all: &[SlsaResult]) -> Vec<SlsaResult> {
    let beats = |other: &SlsaResult, level: &SlsaResult| {
        let evaluated = matches!(level, SlsaResult::Unevaluated { .. }) && matches!(other, SlsaResult::Level { .. });
        other != level && (other.satisfies(level) || evaluated && other.track() == level.track())
    };
    let mut kept: Vec<SlsaResult> =
        all.iter().filter(|level| !all.iter().any(|other| beats(other, level))).cloned().collect();
    kept.sort();
    kept.dedup();
    kept
}

/// What both have.
fn common(left: &[SlsaResult], right: &[SlsaResult]) -> Vec<SlsaResult> {
    let of = |from: &[SlsaResult], by: &[SlsaResult]| -> Vec<SlsaResult> {
        from.iter().filter(|level| by.iter().any(|other| other.satisfies(level))).cloned().collect()
    };
    highest(&[of(left, right), of(right, left)].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(names: &[&str]) -> Vec<SlsaResult> {
        names.iter().map(|name| SlsaResult::parse(name).unwrap()).collect()
    }

    #[test]
    fn what_two_have_is_the_lower_of_each_track() {
        let left = all(&["SLSA_BUILD_LEVEL_3", "SLSA_SOURCE_LEVEL_1", "A", "B"]);
        let right = all(&["SLSA_BUILD_LEVEL_2", "B"]);
        assert_eq!(common(&left, &right), all(&["SLSA_BUILD_LEVEL_2", "B"]));
        assert_eq!(common(&right, &left), all(&["SLSA_BUILD_LEVEL_2", "B"]));
        let several = all(&["SLSA_BUILD_LEVEL_1", "SLSA_BUILD_LEVEL_UNEVALUATED", "SLSA_BUILD_LEVEL_3", "A", "A"]);
        assert_eq!(highest(&several), all(&["SLSA_BUILD_LEVEL_3", "A"]));
    }
}
