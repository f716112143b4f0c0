//! Every piece of evidence, by the builders that a policy names.

use std::collections::BTreeMap;

use plimsoll_verify::{
    BuildCheck, BuildCheckState, BuildExpectation, BuilderRule, CheckState, Claim, Claims, Code, Evidence, LogRule,
    ParameterRule, Pattern, ProvenBuild, ProvenanceExpectation, SignerExpectation, verify_provenance,
};
use rayon::prelude::*;

use super::build::Piece;
use super::{Build, BuildState, Evidences, failed};
use crate::{ArtifactExpectation, PolicyBuilder};

/// What evidence of a builder has to bring: a log entry, a certificate log.
type Required = (Option<bool>, bool);

/// Every piece of evidence, by the rules that make most of it.
pub(super) fn prove(
    expectation: &ArtifactExpectation,
    build: &BuildExpectation,
    builders: &[PolicyBuilder],
    known: &Evidences<'_>,
) -> Vec<Build> {
    let mut groups: BTreeMap<Required, Vec<BuilderRule>> = BTreeMap::new();
    for builder in builders {
        groups.entry((builder.log, builder.certificate_log)).or_default().push(builder.rule.clone());
    }
    let one = |evidence: &[Evidence]| {
        let tried = groups.iter().flat_map(|(required, rules)| {
            let log = match required.0 {
                _ if known.log == LogRule::IgnoredInsecurely => known.log,
                Some(false) => LogRule::NotUsedWithKey,
                Some(true) => LogRule::Required,
                None => known.log,
            };
            let (build, builders) = (build.clone(), rules.clone());
            let (logs, times, at) = (known.logs, known.times, known.at);
            let wanted = ProvenanceExpectation { builders, build, log, logs, times, at };
            let outcome = verify_provenance(evidence, known.subject, &wanted, known.roots);
            let (proven, refused) = outcome.into_parts();
            let proven = proven.into_iter().map(|build| (Piece::Proven(Box::new(build)), None));
            let refused = refused.into_iter().map(|refusal| {
                let other = refusal.view().and_then(|_| other_build(evidence, &wanted, known));
                (Piece::Refused(Box::new(refusal)), other)
            });
            let finish = |(piece, other)| finished(piece, other, *required, expectation, known.log);
            proven.chain(refused).map(finish).collect::<Vec<_>>()
        });
        tried.max_by_key(|build| (worth(build), std::cmp::Reverse(build.level().is_none()), build.level()))
    };
    if known.evidence.is_empty() || groups.is_empty() {
        return one(&[]).into_iter().collect();
    }
    known.evidence.par_iter().filter_map(|piece| one(std::slice::from_ref(piece))).collect()
}

/// How far a piece came.
fn worth(build: &Build) -> u8 {
    match (build.state, build.view().is_some(), build.code()) {
        (BuildState::Proven, ..) => 4,
        (_, true, Some(Code::UntrustedBuilder | Code::BuilderMismatch)) => 2,
        (_, true, _) => 3,
        (_, false, Some(Code::KindOfSigner)) => 0,
        (_, false, _) => 1,
    }
}

/// The same evidence as whatever build it is, so that an exception never stands on evidence that was not verified.
fn other_build(
    evidence: &[Evidence],
    wanted: &ProvenanceExpectation,
    known: &Evidences<'_>,
) -> Option<Box<ProvenBuild>> {
    let parameters = [("*".to_owned(), ParameterRule::Any)].into_iter().collect();
    let build = BuildExpectation { parameters, ..BuildExpectation::default() };
    let wanted = ProvenanceExpectation { build, ..wanted.clone() };
    let (proven, _) = verify_provenance(evidence, known.subject, &wanted, known.roots).into_parts();
    proven.into_iter().next().map(Box::new)
}

/// With what is asked of the evidence and of the signer, beside what the builder is.
fn finished(
    piece: Piece,
    other: Option<Box<ProvenBuild>>,
    required: Required,
    expectation: &ArtifactExpectation,
    log: LogRule,
) -> Build {
    let proven = match &piece {
        Piece::Proven(proven) => Some(proven),
        Piece::Refused(_) => other.as_ref(),
    };
    let Some(proven) = proven else {
        return Build { state: BuildState::Refused, piece, more: Vec::new(), other };
    };
    let mut more = Vec::new();
    let mut evidence = |name: &'static str, code: Code| {
        let passed = |check: &&plimsoll_verify::Check| check.name == name && check.state == CheckState::Passed;
        let found = proven.verified().checks().iter().find(passed);
        more.push(BuildCheck {
            name,
            state: if found.is_some() { BuildCheckState::Passed } else { BuildCheckState::Failed(code) },
            expected: Some("asked for by the policy".into()),
            actual: found.map(|check| check.detail.clone()),
            place: "evidence".into(),
        });
    };
    if required.0 == Some(true) && log != LogRule::IgnoredInsecurely {
        evidence("log-entry", Code::NoLogEntry);
    }
    if required.1 {
        evidence("certificate-log", Code::CertificateLog);
    }
    if let Some(wanted) = &expectation.signer {
        signed_by(&mut more, wanted, proven.verified().claims());
    }
    let good = matches!(piece, Piece::Proven(_)) && more.iter().all(|check| failed(check).is_none());
    let state = if good { BuildState::Proven } else { BuildState::Refused };
    Build { state, piece, more, other }
}

/// Whether the certificate is of whom it has to be.
fn signed_by(checks: &mut Vec<BuildCheck>, wanted: &SignerExpectation, claims: &Claims) {
    let SignerExpectation::Keyless { identity, issuer, claims: wanted } = wanted else { return };
    let issuers = Some((Claim::Issuer, issuer.as_slice()));
    let more = wanted.iter().map(|(claim, pattern)| (*claim, std::slice::from_ref(pattern)));
    let mut check = |name: &'static str, code: Code, patterns: &[Pattern], actual: Option<&str>| {
        if patterns.is_empty() {
            return;
        }
        let holds = actual.is_some_and(|actual| patterns.iter().any(|pattern| pattern.matches(actual)));
        checks.push(BuildCheck {
            name,
            state: if holds { BuildCheckState::Passed } else { BuildCheckState::Failed(code) },
            expected: Some(patterns.iter().map(Pattern::to_string).collect::<Vec<_>>().join(" or ")),
            actual: actual.map(str::to_owned),
            place: "certificate".into(),
        });
    };
    check("identity", Code::Identity, identity, claims.identity());
    for (claim, patterns) in issuers.into_iter().chain(more) {
        let code = if claim == Claim::Issuer { Code::Issuer } else { Code::ClaimMismatch };
        check(claim.name(), code, patterns, claims.get(claim));
    }
}
