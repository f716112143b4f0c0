//! Summaries against what is expected of them.

use jiff::Timestamp;
use plimsoll_attest::{DigestSet, SlsaResult, VerificationResult};
use rayon::prelude::*;

use super::levels::{believed, dependencies};
use super::{
    ProvenSummary, SummaryExpectation, SummaryKind, SummaryOutcome, SummaryRefusal, SummaryView, VerifierRule,
};
use crate::provenance::Checks;
use crate::verification::{About, judge};
use crate::{AnySubject, Claims, Code, Evidence, Expectation, Refusal, TrustedRoot, Verified};

/// Verifies all summaries about an artifact against what is expected.
///
/// One that proves all of it is enough, and what does not is told with the reason: nothing that is added to the evidence turns
/// a success into a failure. Statements of other types, and lines that hold nothing known, prove nothing.
#[must_use]
pub fn verify_summary(
    evidence: &[Evidence],
    subject: &AnySubject,
    expectation: &SummaryExpectation,
    roots: &[TrustedRoot],
) -> SummaryOutcome {
    let judged: Vec<Result<ProvenSummary, Box<SummaryRefusal>>> =
        evidence.par_iter().map(|piece| by_any(piece, subject, expectation, roots)).collect();
    let mut outcome = SummaryOutcome { subject: subject.clone(), proven: Vec::new(), refused: Vec::new() };
    for verdict in judged {
        match verdict {
            Ok(summary) => outcome.proven.push(summary),
            Err(refusal) => outcome.refused.push(*refusal),
        }
    }
    if evidence.is_empty() {
        outcome.refused.push(*refusal(String::new(), Code::NoEvidence, "there is no summary"));
    }
    outcome
}

fn refusal(place: String, code: Code, reason: impl Into<String>) -> Box<SummaryRefusal> {
    Box::new(SummaryRefusal {
        place,
        kind: None,
        code,
        reason: reason.into(),
        expected: None,
        actual: None,
        untrusted: Claims::default(),
        view: None,
        checks: Vec::new(),
    })
}

/// How far a piece came before it was refused, so that the best of several reasons is told.
fn far(refusal: &SummaryRefusal) -> u8 {
    match (refusal.code, &refusal.view) {
        (Code::KindOfSigner, _) => 0,
        (Code::Verifier, _) => 2,
        (_, None) => 1,
        (_, Some(_)) => 3,
    }
}

/// By any of the pairs of verifier and signer.
fn by_any(
    piece: &Evidence,
    subject: &AnySubject,
    expectation: &SummaryExpectation,
    roots: &[TrustedRoot],
) -> Result<ProvenSummary, Box<SummaryRefusal>> {
    let mut best: Option<Box<SummaryRefusal>> = None;
    for rule in &expectation.verifiers {
        let judged = match prove(piece, subject, rule, expectation, roots) {
            Ok(verified) => weigh(verified, subject, rule, expectation),
            Err(refusal) => Err(refused(*refusal)),
        };
        match judged {
            Ok(summary) => return Ok(summary),
            Err(refusal) if best.as_ref().is_none_or(|best| far(best) < far(&refusal)) => best = Some(refusal),
            Err(_) => {}
        }
    }
    Err(best.unwrap_or_else(|| refusal(piece.place().to_owned(), Code::Verifier, "nobody is trusted to verify")))
}

/// Steps 1 and 2: the signature, by whom it has to be, and that it is about this artifact.
fn prove(
    piece: &Evidence,
    subject: &AnySubject,
    rule: &VerifierRule,
    expectation: &SummaryExpectation,
    roots: &[TrustedRoot],
) -> Result<Verified, Box<Refusal>> {
    let mut wanted = Expectation::new(rule.signer.clone(), expectation.at);
    (wanted.log, wanted.logs, wanted.times) = (expectation.log, expectation.logs, expectation.times);
    let about = match subject {
        AnySubject::Artifact(subject) => About::Artifact(subject),
        AnySubject::Named(digests) => About::Named(digests),
    };
    judge(piece, about, &wanted, roots)
}

fn refused(refused: Refusal) -> Box<SummaryRefusal> {
    Box::new(SummaryRefusal {
        kind: refused.kind,
        expected: refused.expected,
        actual: refused.actual,
        untrusted: refused.untrusted,
        ..*refusal(refused.place, refused.code, refused.reason)
    })
}

/// Steps 3 to 7, and what else is asked for.
fn weigh(
    mut verified: Verified,
    subject: &AnySubject,
    rule: &VerifierRule,
    expectation: &SummaryExpectation,
) -> Result<ProvenSummary, Box<SummaryRefusal>> {
    let fail = |verified: &Verified, code: Code, reason: String| {
        Box::new(SummaryRefusal {
            kind: Some(verified.kind()),
            untrusted: verified.claims().clone(),
            ..*refusal(verified.place().to_owned(), code, reason)
        })
    };
    let Some(statement) = verified.statement() else {
        return Err(fail(&verified, Code::SummaryType, "it is a signature over the artifact, and says nothing".into()));
    };
    let view = SummaryView::of(statement, &expectation.kind, subject);
    let view = view.map_err(|(code, reason)| fail(&verified, code, reason))?;
    let levels = believed(&view.levels, &rule.at_most);
    // The type is checked here, and not by who looks at signatures.
    verified.checks.retain(|check| check.name != "predicate-type");
    let mut checks = Checks::default();
    checks.passed("type", view.predicate_type.as_str(), &view.predicate_type, "/predicateType");
    check_steps(&mut checks, &view, &levels, rule, expectation);
    check_more(&mut checks, &view, expectation);
    if let Some((failed, code)) = checks.failure() {
        let (expected, actual) = (failed.expected.clone(), failed.actual.clone());
        let mut refusal = fail(&verified, code, code.means().to_owned());
        (refusal.expected, refusal.actual) = (expected, actual);
        (refusal.view, refusal.checks) = (Some(view), checks.0);
        return Err(refusal);
    }
    Ok(ProvenSummary { verified, view, levels, checks: checks.0 })
}

/// Steps 4 to 7.
fn check_steps(
    checks: &mut Checks,
    view: &SummaryView,
    levels: &[SlsaResult],
    rule: &VerifierRule,
    expectation: &SummaryExpectation,
) {
    let verifier = Some(view.verifier.as_str());
    checks.compare(view.verifier == rule.id, "verifier", Code::Verifier, &*rule.id, verifier, "/predicate/verifier/id");
    if let SummaryKind::Slsa { resource } = &expectation.kind {
        let actual = view.resource_uri.as_deref();
        let holds = actual.is_some_and(|uri| resource.accepts(uri));
        checks.compare(holds, "resource", Code::Resource, resource.to_string(), actual, "/predicate/resourceUri");
        let (word, place) = (view.result.word(), "/predicate/verificationResult");
        let holds = view.result == VerificationResult::Passed && !levels.contains(&SlsaResult::Failed);
        checks.compare(holds, "result", Code::SummaryResult, VerificationResult::Passed.word(), Some(word), place);
    }
    let (place, names) = match expectation.kind {
        SummaryKind::Slsa { .. } => ("/predicate/verifiedLevels", "level"),
        SummaryKind::Simple => ("/predicate/properties", "property"),
    };
    let actual = levels.iter().take(16).map(SlsaResult::to_string).collect::<Vec<_>>().join(", ");
    for wanted in &expectation.levels {
        let holds = levels.iter().any(|level| level.satisfies(wanted));
        checks.compare(holds, names, Code::VerifiedLevel, wanted.to_string(), Some(&actual), place);
    }
    if expectation.levels.is_empty() {
        checks.not_checked(names, Some(&actual), place);
    }
}

/// What else may be asked for.
fn check_more(checks: &mut Checks, view: &SummaryView, expectation: &SummaryExpectation) {
    check_age(checks, view, expectation);
    let place = match expectation.kind {
        SummaryKind::Slsa { .. } => "/predicate/policy",
        SummaryKind::Simple => "/predicate/verifier/policies",
    };
    let policy = &expectation.policy;
    let found: Vec<String> = view.policies.iter().take(4).map(|policy| named(&policy.uri, &policy.digest)).collect();
    let found = Some(found.join(", ")).filter(|found| !found.is_empty());
    if policy.is_empty() {
        checks.not_checked("policy", found.as_deref(), place);
    } else {
        let holds = view.policies.iter().any(|one| {
            policy.uri.as_ref().is_none_or(|uri| *uri == one.uri)
                && policy.digest.as_ref().is_none_or(|(algorithm, value)| one.digest.get(algorithm) == Some(value))
        });
        checks.compare(holds, "policy", Code::SummaryPolicy, policy.to_string(), found.as_deref(), place);
    }
    let place = "/predicate/inputAttestations";
    let count = format!("{} attestations", view.inputs.len());
    for (algorithm, value) in &expectation.inputs {
        let holds = view.inputs.iter().any(|input| input.digest.get(algorithm) == Some(value));
        checks.compare(holds, "input", Code::SummaryInput, format!("{algorithm}:{value}"), Some(&count), place);
    }
    if let Some(wanted) = &expectation.dependencies {
        let judged = dependencies(view.dependency_levels.as_ref(), wanted);
        let holds = judged.is_ok();
        let (Ok(actual) | Err(actual)) = judged;
        let expected = format!("all at {wanted} or above");
        let place = "/predicate/dependencyLevels";
        checks.compare(holds, "dependencies", Code::DependencyLevel, expected, Some(&actual), place);
    }
    let refs = view.source_refs.iter().take(16).map(String::as_str).collect::<Vec<_>>().join(", ");
    let refs = Some(refs).filter(|refs| !refs.is_empty());
    let place = "/subject/annotations/sourceRefs";
    if !expectation.source_refs.is_empty() {
        let holds = expectation.source_refs.iter().any(|wanted| view.source_refs.contains(wanted));
        let expected = expectation.source_refs.join(" or ");
        checks.compare(holds, "source-ref", Code::SourceRef, expected, refs.as_deref(), place);
    } else if refs.is_some() {
        checks.not_checked("source-ref", refs.as_deref(), place);
    }
}

fn check_age(checks: &mut Checks, view: &SummaryView, expectation: &SummaryExpectation) {
    let place = match expectation.kind {
        SummaryKind::Slsa { .. } => "/predicate/timeVerified",
        SummaryKind::Simple => "/predicate/timeCreated",
    };
    let Some(max_age) = expectation.max_age else {
        checks.not_checked("age", view.time.as_deref(), place);
        return;
    };
    let time: Option<Timestamp> = view.time.as_deref().and_then(|time| time.parse().ok());
    let holds = time.is_some_and(|time| time <= expectation.at && expectation.at.duration_since(time) <= max_age);
    let expected = format!("no more than {max_age:#} before {}", expectation.at);
    checks.compare(holds, "age", Code::SummaryAge, expected, view.time.as_deref(), place);
}

fn named(uri: &str, digest: &DigestSet) -> String {
    let digests = digest.iter().map(|(algorithm, value)| format!("{algorithm}:{value}"));
    let uri = Some(uri.to_owned()).filter(|uri| !uri.is_empty());
    uri.into_iter().chain(digests).collect::<Vec<_>>().join(" ")
}
