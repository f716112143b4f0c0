//! The level of the source that something was built from.

use plimsoll_verify::{BuildCheck, BuildCheckState, Code, SourceTrust, VerifierRule, verify_source_level};

use super::{Build, BuildState, Evidences};

/// The level of a source is what a verified summary about its commit says; where none is verified, none is proven. All builds that
/// count have to be from source of that level.
pub(super) fn source_level(
    least: u8,
    builds: &[Build],
    verifiers: &[VerifierRule],
    known: &Evidences<'_>,
) -> Option<BuildCheck> {
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
    let trust = SourceTrust { verifiers: verifiers.to_vec(), log: known.log, at: known.at };
    for build in builds.iter().filter(|build| build.state() != BuildState::Refused) {
        check.state = BuildCheckState::Failed(Code::SourceLevel);
        let source = build.view().and_then(|view| view.source.as_ref());
        let Some((repository, commit)) =
            source.and_then(|source| source.repository.as_ref().zip(source.commit.as_ref()))
        else {
            check.actual = Some("the provenance names no commit".to_owned());
            break;
        };
        let outcome = verify_source_level(known.evidence, repository, commit, &[], least, &trust, known.roots);
        let Some(proven) = outcome.as_ref().ok().and_then(|outcome| outcome.proven().first()) else {
            check.actual = Some(format!("no summary about {repository} at {commit} proves it"));
            break;
        };
        check.state = BuildCheckState::Passed;
        check.actual = Some(proven.levels().iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        check.place = proven.verified().place().to_owned();
    }
    Some(check)
}
