//! The report for programs: `plimsoll.provenance.verify/1`.

use plimsoll_model::Diagnostic;
use plimsoll_policy::{Build, BuildState, Judgement, Verdict, VerdictState};
use plimsoll_verify::{BuildCheck, BuildCheckState, BuildView, Claims, Code, LogRule, SourceView};
use serde_json::{Map, Value, json};

use super::Judged;
use super::wanted::Wanted;
use crate::commands::verify::report::roots;

const SCHEMA: &str = "plimsoll.provenance.verify/1";

pub(super) fn report(judged: &[Judged], wanted: &Wanted, exceptions: &[(u32, Diagnostic)]) -> Value {
    let policy = wanted.policy.as_ref();
    let policy = policy.map(|opened| json!({ "file": opened.policy.file(), "sha256": opened.sha256 }));
    json!({
        "schema": SCHEMA,
        "verified": judged.iter().all(Judged::is_accepted),
        "at": wanted.expected.expectation.at.to_string(),
        "trustedRoots": roots(&wanted.expected),
        // What was made from a report that ignores the log says so as well.
        "log": match wanted.expected.expectation.log {
            LogRule::Required => "required",
            LogRule::NotUsedWithKey => "not-used-with-key",
            _ => "ignored",
        },
        "policy": policy,
        "exceptions": exceptions.iter().map(|(line, finding)| json!({
            "code": finding.code.info().id,
            "message": finding.message,
            "line": line,
        })).collect::<Vec<_>>(),
        "subjects": judged.iter().map(subject).collect::<Vec<_>>(),
    })
}

fn subject(one: &Judged) -> Value {
    let digests: Map<String, Value> =
        one.subject.digests().map(|(algorithm, hex)| (algorithm.token().to_owned(), hex.into())).collect();
    let verdicts = one.judgements.iter().flat_map(Judgement::verdicts);
    json!({
        "name": one.name,
        "digests": digests,
        "verified": one.is_accepted(),
        "named": one.named,
        "level": level(one),
        "excusedBy": one.judgements.iter().flat_map(Judgement::excused_by).collect::<std::collections::BTreeSet<_>>(),
        "codes": codes(one).iter().map(|code| code.id()).collect::<Vec<_>>(),
        "expectations": verdicts.map(expectation).collect::<Vec<_>>(),
    })
}

/// The highest level that every expectation is proven at; nothing when it is not verified.
fn level(one: &Judged) -> Option<u8> {
    let verdicts = || one.judgements.iter().flat_map(Judgement::verdicts);
    let best = |verdict: &Verdict| {
        let proven = verdict.builds().iter().filter(|build| build.state() == BuildState::Proven);
        proven.filter_map(Build::level).max().unwrap_or_default()
    };
    verdicts().map(best).min().filter(|_| one.is_accepted())
}

/// Why it is not verified.
pub(super) fn codes(one: &Judged) -> Vec<Code> {
    let mut codes: Vec<Code> = Vec::new();
    if !one.named {
        codes.push(Code::NoExpectation);
    }
    let denied = one.judgements.iter().flat_map(Judgement::verdicts).filter(|one| one.state() == VerdictState::Denied);
    codes.extend(denied.flat_map(Verdict::codes));
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn expectation(verdict: &Verdict) -> Value {
    json!({
        "line": (verdict.line() > 0).then(|| verdict.line()),
        "state": state(verdict.state()),
        "checks": verdict.checks().iter().map(check).collect::<Vec<_>>(),
        "excused": verdict.excuses().iter().map(|(code, id)| json!({ "code": code.id(), "exception": id })).collect::<Vec<_>>(),
        "builds": verdict.builds().iter().map(build).collect::<Vec<_>>(),
    })
}

/// A word for what came of an expectation.
pub(super) fn state(state: VerdictState) -> &'static str {
    match state {
        VerdictState::Passed => "passed",
        VerdictState::Excused => "excused",
        _ => "denied",
    }
}

fn build(build: &Build) -> Value {
    let state = match build.state() {
        BuildState::Proven => "proven",
        BuildState::Excused => "excused",
        _ => "refused",
    };
    let (expected, actual) = build.difference();
    let verified = build.verified();
    json!({
        "state": state,
        "place": build.place(),
        "kind": build.kind().map(plimsoll_verify::EvidenceKind::name),
        "code": build.code().map(Code::id),
        "name": build.code().map(Code::name),
        "reason": build.reason(),
        "expected": expected,
        "actual": actual,
        "nextStep": build.code().map(Code::next_step),
        "level": build.level(),
        "rule": build.builder(),
        "identity": build.claims().identity(),
        "claims": claims(build.claims()),
        "key": verified.and_then(plimsoll_verify::Verified::key),
        "trustedRoot": verified.map(plimsoll_verify::Verified::trusted_root),
        "times": verified.map(|verified| {
            verified.times().iter().map(|time| json!({ "time": time.time.to_string(), "by": time.by })).collect::<Vec<_>>()
        }),
        "build": build.view().map(view),
        "checks": build.checks().map(check).collect::<Vec<_>>(),
    })
}

fn view(view: &BuildView) -> Value {
    json!({
        "predicateType": view.predicate_type,
        "builder": view.builder_id,
        "buildType": view.build_type,
        "adapter": view.adapter,
        "source": view.source.as_ref().map(source),
        "definition": view.definition.as_ref().map(source),
        "workflow": view.workflow,
        "event": view.event,
        "invocation": view.invocation,
        "startedOn": view.started_on,
        "finishedOn": view.finished_on,
        "dependencies": view.dependencies.len(),
    })
}

fn source(source: &SourceView) -> Value {
    json!({
        "uri": source.uri,
        "repository": source.repository.as_ref().map(ToString::to_string),
        "ref": source.reference,
        "commit": source.commit,
    })
}

fn check(check: &BuildCheck) -> Value {
    let (state, code) = match check.state {
        BuildCheckState::Passed => ("passed", None),
        BuildCheckState::Failed(code) => ("failed", Some(code.id())),
        _ => ("not-checked", None),
    };
    json!({
        "name": check.name,
        "state": state,
        "code": code,
        "expected": check.expected,
        "actual": check.actual,
        "place": (!check.place.is_empty()).then_some(&check.place),
    })
}

fn claims(claims: &Claims) -> Map<String, Value> {
    claims.iter().map(|(claim, value)| (claim.name().to_owned(), value.into())).collect()
}
