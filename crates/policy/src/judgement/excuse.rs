//! What an exception may excuse.

use std::collections::BTreeSet;

use plimsoll_verify::Code;

use super::{Build, BuildState, Evidences, failed};

/// Whether there is no provenance at all, good or bad.
pub(super) fn is_missing(builds: &[Build]) -> bool {
    let other = |code| matches!(code, Code::NoEvidence | Code::NothingMatches | Code::PredicateType);
    builds.iter().all(|build| build.state == BuildState::Refused && build.code().is_some_and(other))
}

/// What may be excused: an expectation that does not hold. All else is evidence that is worth nothing.
const EXCUSABLE: &[Code] = &[
    Code::NoEvidence,
    Code::Builder,
    Code::BuildType,
    Code::Source,
    Code::Ref,
    Code::Branch,
    Code::Tag,
    Code::VersionedTag,
    Code::Commit,
    Code::Workflow,
    Code::Inputs,
    Code::Parameter,
    Code::Level,
    Code::TooFewBuilders,
    Code::SourceLevel,
    Code::Attestation,
    Code::AttestationAge,
];

/// What exceptions call the reason: `PLM-V0815`, `level` and `provenance.level`.
pub(super) fn excused(code: Code, known: &Evidences<'_>) -> Option<String> {
    if !EXCUSABLE.contains(&code) {
        return None;
    }
    let short = match code {
        Code::NoEvidence => "missing",
        code => code.name().strip_prefix("wrong-").unwrap_or(code.name()),
    };
    let rules = [code.id(), code.name(), &format!("provenance.{short}")];
    known.exceptions.excusing(known.names, &rules, known.at).map(|exception| exception.id.clone())
}

/// Excuses a build whose cryptography holds and whose signer is recognised, when all that it is not is excused.
pub(super) fn excuse(build: &mut Build, known: &Evidences<'_>, excuses: &mut Vec<(Code, String)>) {
    if build.state != BuildState::Refused || build.other.is_none() || build.level().is_none() {
        return;
    }
    let codes: BTreeSet<Code> = build.checks().filter_map(failed).collect();
    let found: Option<Vec<(Code, String)>> =
        codes.into_iter().map(|code| excused(code, known).map(|id| (code, id))).collect();
    if let Some(found) = found.filter(|found| !found.is_empty()) {
        build.state = BuildState::Excused;
        for one in found {
            if !excuses.contains(&one) {
                excuses.push(one);
            }
        }
    }
}
