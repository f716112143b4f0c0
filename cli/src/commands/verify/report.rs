//! What `plimsoll verify` says.

use std::io::{self, Write};

use plimsoll_model::printable;
use plimsoll_verify::{Check, CheckState, Claim, Claims, Outcome, Refusal, TrustedRoot, Verified};
use serde_json::{Map, Value, json};

use super::Judged;
use crate::commands::expected::{Expected, quoted};
use crate::output::Ui;

const SCHEMA: &str = "plimsoll.verify/1";

/// What was verified, for people: on stdout, so that it can be kept.
pub(super) fn text(out: &mut dyn Write, judged: &[Judged], expected: &Expected) -> io::Result<()> {
    for one in judged {
        proven(out, &one.target.name, &one.outcome)?;
    }
    if judged.iter().any(|one| one.outcome.is_verified()) {
        trusted(out, expected)?;
    }
    Ok(())
}

/// What is proven about one subject.
pub(in crate::commands) fn proven(out: &mut dyn Write, name: &str, outcome: &Outcome) -> io::Result<()> {
    if let Some(first) = outcome.verified().first() {
        writeln!(out, "verified: {} ({})", printable(name), outcome.subject())?;
        for verified in outcome.verified() {
            writeln!(out, "  {} {}", verified.kind().name(), printable(verified.place()))?;
            if let Some(identity) = verified.claims().identity() {
                writeln!(out, "    signed by   {}", printable(identity))?;
            }
            if let Some(issuer) = verified.claims().get(Claim::Issuer) {
                writeln!(out, "    vouched by  {}", printable(issuer))?;
            }
            if let Some(key) = verified.key() {
                writeln!(out, "    key         sha256:{key}")?;
            }
            if let Some(time) = verified.times().first() {
                writeln!(out, "    at          {}", time.time)?;
            }
            if let Some(statement) = verified.statement() {
                writeln!(out, "    says        {}", printable(statement.predicate_type()))?;
            }
        }
        let names: Vec<&str> = names(first, CheckState::Passed);
        writeln!(out, "  checked:      {}", names.join(", "))?;
        for check in first.checks().iter().filter(|check| check.state == CheckState::NotChecked) {
            writeln!(out, "  not checked:  {}: {}", check.name, printable(&check.detail))?;
        }
    }
    Ok(())
}

/// Whom was believed.
pub(in crate::commands) fn trusted(out: &mut dyn Write, expected: &Expected) -> io::Result<()> {
    let roots: Vec<String> = expected.roots.iter().map(|root| printable(root.name())).collect();
    writeln!(out, "trusted root: {}", roots.join(", "))
}

fn names(verified: &Verified, state: CheckState) -> Vec<&'static str> {
    verified.checks().iter().filter(|check| check.state == state).map(|check| check.name).collect()
}

/// Why something is not verified, for people: on stderr.
pub(in crate::commands) fn refused(ui: &mut Ui, name: &str, outcome: &Outcome) {
    ui.error(&format!("{name} ({}) is not verified", outcome.subject()));
    for refusal in outcome.refused() {
        let place = if refusal.place().is_empty() { String::new() } else { format!("{}: ", refusal.place()) };
        ui.error(&format!("{} {place}{}", refusal.code(), refusal.reason()));
        if let Some(expected) = refusal.expected() {
            ui.error(&format!("  expected  {expected}"));
            ui.error(&format!("  actual    {}", refusal.actual().unwrap_or("nothing")));
        }
        if let Some(identity) = refusal.untrusted().identity() {
            let issuer = refusal.untrusted().get(Claim::Issuer).unwrap_or_default();
            ui.status(&format!(
                "  the rest holds; to accept this UNTRUSTED signer: --identity {} --issuer {}",
                quoted(identity),
                quoted(issuer)
            ));
        } else {
            ui.status(&format!("  {}", refusal.code().next_step()));
        }
    }
}

/// The report for programs.
pub(super) fn json(judged: &[Judged], expected: &Expected) -> Value {
    let subjects: Vec<Value> = judged
        .iter()
        .map(|one| {
            let digests: Map<String, Value> = one
                .outcome
                .subject()
                .digests()
                .map(|(algorithm, hex)| (algorithm.token().to_owned(), hex.into()))
                .collect();
            json!({
                "name": one.target.name,
                "digests": digests,
                "verified": one.outcome.is_verified(),
                "evidence": one.outcome.verified().iter().map(verified).collect::<Vec<_>>(),
                "refused": one.outcome.refused().iter().map(refusal).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "schema": SCHEMA,
        "verified": judged.iter().all(|one| one.outcome.is_verified()),
        "at": expected.expectation.at.to_string(),
        "trustedRoots": roots(expected),
        "subjects": subjects,
    })
}

/// Whom was believed, for programs.
pub(in crate::commands) fn roots(expected: &Expected) -> Vec<Value> {
    let as_json = |root: &TrustedRoot| {
        let as_of = root.as_of().map(|as_of| as_of.to_string());
        json!({ "name": root.name(), "sha256": root.digest(), "asOf": as_of })
    };
    expected.roots.iter().map(as_json).collect()
}

/// What proves something, for programs.
pub(in crate::commands) fn verified(verified: &Verified) -> Value {
    json!({
        "place": verified.place(),
        "kind": verified.kind().name(),
        "trustedRoot": verified.trusted_root(),
        "predicateType": verified.statement().map(plimsoll_attest::Statement::predicate_type),
        "identity": verified.claims().identity(),
        "claims": claims(verified.claims()),
        "key": verified.key(),
        "times": verified.times().iter().map(|time| json!({ "time": time.time.to_string(), "by": time.by })).collect::<Vec<_>>(),
        "checked": checks(verified, CheckState::Passed),
        "notChecked": checks(verified, CheckState::NotChecked),
    })
}

fn checks(verified: &Verified, state: CheckState) -> Vec<Value> {
    let as_json = |check: &Check| json!({ "name": check.name, "detail": check.detail });
    verified.checks().iter().filter(|check| check.state == state).map(as_json).collect()
}

/// What does not, for programs.
pub(in crate::commands) fn refusal(refusal: &Refusal) -> Value {
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
        "nextStep": refusal.code().next_step(),
    })
}

/// What a certificate claims, for programs.
pub(in crate::commands) fn claims(claims: &Claims) -> Map<String, Value> {
    claims.iter().map(|(claim, value)| (claim.name().to_owned(), value.into())).collect()
}
