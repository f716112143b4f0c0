//! What `plimsoll vsa verify` says.

use std::io::{self, Write};

use plimsoll_attest::SlsaResult;
use plimsoll_model::printable;
use plimsoll_verify::{
    AnySubject, BuildCheck, BuildCheckState, CheckState, Claim, ProvenSummary, SummaryExpectation, SummaryRefusal,
    SummaryView,
};
use serde_json::{Map, Value, json};

use super::verify::Judged;
use crate::commands::expected::{Expected, quoted};
use crate::commands::verify::report::{claims, roots, trusted, verified};
use crate::output::Ui;

const SCHEMA: &str = "plimsoll.vsa.verify/1";

/// What is proven, for people: on stdout, so that it can be kept.
pub(super) fn text(out: &mut dyn Write, judged: &[Judged], expected: &Expected) -> io::Result<()> {
    for one in judged {
        let Some(first) = one.outcome.proven().first() else { continue };
        let (name, subject) = (printable(&one.name), printable(&one.outcome.subject().to_string()));
        let subject = if name == subject { String::new() } else { format!(" ({subject})") };
        writeln!(out, "verified: {name}{subject}")?;
        one.outcome.proven().iter().try_for_each(|proven| summary(out, proven))?;
        let names = |state: BuildCheckState| first.checks().iter().filter(move |check| check.state == state);
        let evidence = |state: CheckState| first.verified().checks().iter().filter(move |check| check.state == state);
        let mut passed: Vec<&str> = evidence(CheckState::Passed).map(|check| check.name).collect();
        passed.extend(names(BuildCheckState::Passed).map(|check| check.name));
        passed.dedup();
        writeln!(out, "  checked:      {}", passed.join(", "))?;
        for check in evidence(CheckState::NotChecked) {
            writeln!(out, "  not checked:  {}: {}", check.name, printable(&check.detail))?;
        }
        for check in names(BuildCheckState::NotChecked) {
            let actual = check.actual.as_deref().unwrap_or("nothing is said");
            writeln!(out, "  not checked:  {}: {}", check.name, printable(actual))?;
        }
    }
    if judged.iter().any(|one| one.outcome.is_proven()) {
        trusted(out, expected)?;
    }
    Ok(())
}

fn summary(out: &mut dyn Write, proven: &ProvenSummary) -> io::Result<()> {
    let (evidence, view) = (proven.verified(), proven.view());
    writeln!(out, "  {} {}", evidence.kind().name(), printable(evidence.place()))?;
    writeln!(out, "    verified by {}", printable(&view.verifier))?;
    if let Some(identity) = evidence.claims().identity() {
        writeln!(out, "    signed by   {}", printable(identity))?;
    }
    if let Some(key) = evidence.key() {
        writeln!(out, "    key         sha256:{key}")?;
    }
    if let Some(uri) = &view.resource_uri {
        writeln!(out, "    as          {}", printable(uri))?;
    }
    if let Some(time) = &view.time {
        writeln!(out, "    on          {}", printable(time))?;
    }
    let levels: Vec<String> = proven.levels().iter().map(|level| printable(&level.to_string())).collect();
    writeln!(out, "    found       {}", levels.join(", "))
}

/// Why something is not proven, for people: on stderr.
pub(super) fn refused(ui: &mut Ui, one: &Judged) {
    ui.error(&format!("{} is not verified", one.name));
    for refusal in one.outcome.refused() {
        let place = if refusal.place().is_empty() { String::new() } else { format!("{}: ", refusal.place()) };
        ui.error(&format!("{} {place}{}", refusal.code(), refusal.reason()));
        if let Some(expected) = refusal.expected() {
            ui.error(&format!("  expected  {expected}"));
            ui.error(&format!("  actual    {}", refusal.actual().unwrap_or("nothing")));
        }
        // Somebody who signed, and was not said to be allowed to: told only where that is all that is wrong.
        let identity = refusal.untrusted().identity().filter(|_| refusal.view().is_none());
        if let Some(identity) = identity {
            let issuer = refusal.untrusted().get(Claim::Issuer).unwrap_or_default();
            ui.status(&format!(
                "  it is signed by this UNTRUSTED signer: --identity {} --issuer {}",
                quoted(identity),
                quoted(issuer)
            ));
        }
        ui.status(&format!("  {}", refusal.code().next_step()));
    }
}

/// The report for programs.
pub(super) fn json(judged: &[Judged], expectation: &SummaryExpectation, expected: &Expected) -> Value {
    let subjects: Vec<Value> = judged
        .iter()
        .map(|one| {
            json!({
                "name": one.name,
                "digests": digests(one.outcome.subject()),
                "verified": one.outcome.is_proven(),
                "summaries": one.outcome.proven().iter().map(proven).collect::<Vec<_>>(),
                "refused": one.outcome.refused().iter().map(refusal).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "schema": SCHEMA,
        "verified": judged.iter().all(|one| one.outcome.is_proven()),
        "at": expectation.at.to_string(),
        "trustedRoots": roots(expected),
        "subjects": subjects,
    })
}

fn digests(subject: &AnySubject) -> Map<String, Value> {
    match subject {
        AnySubject::Artifact(subject) => {
            subject.digests().map(|(algorithm, hex)| (algorithm.token().to_owned(), hex.into())).collect()
        }
        AnySubject::Named(named) => {
            named.iter().map(|digest| (digest.algorithm().to_owned(), digest.value().into())).collect()
        }
        _ => Map::new(),
    }
}

fn proven(proven: &ProvenSummary) -> Value {
    json!({
        "evidence": verified(proven.verified()),
        "summary": view(proven.view()),
        "levels": texts(proven.levels()),
        "checks": proven.checks().iter().map(check).collect::<Vec<_>>(),
    })
}

fn view(view: &SummaryView) -> Value {
    json!({
        "predicateType": view.predicate_type,
        "verifier": view.verifier,
        "versions": view.versions,
        "time": view.time,
        "resourceUri": view.resource_uri,
        "policies": view.policies,
        "inputAttestations": view.inputs,
        "result": view.result.word(),
        "levels": texts(&view.levels),
        "dependencyLevels": view.dependency_levels,
        "sourceRefs": view.source_refs,
    })
}

fn texts(levels: &[SlsaResult]) -> Vec<String> {
    levels.iter().map(SlsaResult::to_string).collect()
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
        "place": check.place,
    })
}

fn refusal(refusal: &SummaryRefusal) -> Value {
    json!({
        "place": refusal.place(),
        "kind": refusal.kind().map(plimsoll_verify::EvidenceKind::name),
        "code": refusal.code().id(),
        "name": refusal.code().name(),
        "reason": refusal.reason(),
        "expected": refusal.expected(),
        "actual": refusal.actual(),
        "untrustedIdentity": refusal.untrusted().identity(),
        "untrustedClaims": claims(refusal.untrusted()),
        "summary": refusal.view().map(view),
        "checks": refusal.checks().iter().map(check).collect::<Vec<_>>(),
        "nextStep": refusal.code().next_step(),
    })
}
