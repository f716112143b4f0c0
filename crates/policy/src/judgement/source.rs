//! The level of the source that something was built from.

use plimsoll_verify::{BuildCheck, BuildCheckState, Code, SourceTrust, SummaryOutcome, verify_source_level};

use super::attested::log_for;
use super::{Build, BuildState, Evidences, Rules};

/// The level of a source is what a verified summary about its commit says; where none is verified, none is proven. All builds that
/// count have to be from source of that level.
pub(super) fn source_level(least: u8, builds: &[Build], rules: Rules<'_>, known: &Evidences<'_>) -> Option<BuildCheck> {
    if least == 0 {
        return None;
    }
    let mut check = BuildCheck {
        name: "source-level",
        state: BuildCheckState::Failed(Code::SourceLevel),
        expected: Some(format!("at least {least}")),
        actual: None,
        place: "summary of the source".into(),
    };
    for build in builds.iter().filter(|build| build.state() != BuildState::Refused) {
        check.state = BuildCheckState::Failed(Code::SourceLevel);
        let source = build.view().and_then(|view| view.source.as_ref());
        let Some((repository, commit)) =
            source.and_then(|source| source.repository.as_ref().zip(source.commit.as_ref()))
        else {
            check.actual = Some("the provenance names no commit".to_owned());
            break;
        };
        let outcomes = rules.sources.iter().filter_map(|verifier| {
            let log = log_for(&verifier.signer, rules.builders, known.log);
            let trust = SourceTrust { verifiers: vec![verifier.clone()], log, at: known.at };
            verify_source_level(known.evidence, repository, commit, &[], least, &trust, known.roots).ok()
        });
        let Some(outcome) = outcomes.into_iter().find(SummaryOutcome::is_proven) else {
            check.actual = Some(format!("no summary about {repository} at {commit} proves it"));
            break;
        };
        let Some(proven) = outcome.proven().first() else { continue };
        check.actual = Some(proven.levels().iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        check.state = BuildCheckState::Passed;
        check.place = proven.verified().place().to_owned();
    }
    Some(check)
}
