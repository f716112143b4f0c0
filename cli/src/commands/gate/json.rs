//! For programs, and the record of a decision: the same document.

use plimsoll_policy::gate::{GateCheck, GateCheckState, RuleDecision};
use serde_json::{Map, Value, json};

use super::Decided;
use crate::commands::gather::{Content, Grounds, Material, Role};
use crate::failure::Failure;

/// The schema of the report.
pub(super) const SCHEMA: &str = "plimsoll.gate/1";

/// How much of large inputs is read for their digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digests {
    /// Advisories are named by the digest that they have of their own.
    Known,
    /// Every file is.
    All,
}

/// The whole of it.
pub(super) fn report(all: &[Decided], grounds: &Grounds, digests: Digests) -> Result<Value, Failure> {
    let settings = &grounds.settings;
    let used = all.iter().flat_map(|one| one.decision.excused_by()).collect();
    let exceptions = grounds.exceptions.findings(&used, settings.at);
    let exceptions = exceptions
        .iter()
        .map(|(line, found)| json!({ "line": line, "code": found.code.info().id, "message": found.message }));
    let worst = all.iter().map(|one| one.decision.verdict).max();
    let mut subjects = Vec::new();
    for one in all {
        subjects.push(subject(one)?);
    }
    Ok(json!({
        "schema": SCHEMA,
        "tool": { "name": "plimsoll", "version": env!("CARGO_PKG_VERSION") },
        "at": settings.at.to_string(),
        "verdict": worst.map(plimsoll_policy::gate::GateVerdict::word),
        "policy": { "file": grounds.policy.file(), "sha256": grounds.policy_sha256()? },
        "settings": {
            "maxAgeDays": settings.max_age_days,
            "allowIncomplete": settings.allow_incomplete,
            "noTlog": settings.no_tlog,
        },
        "advisories": grounds.snapshot.as_ref().map(|snapshot| json!({
            "digest": snapshot.digest().to_string(),
            "asOf": snapshot.as_of().map(|day| day.to_string()),
        })),
        "exceptions": exceptions.collect::<Vec<_>>(),
        "inputs": inputs(&grounds.materials, digests)?,
        "subjects": subjects,
    }))
}

fn subject(one: &Decided) -> Result<Value, Failure> {
    let (gathered, decision) = (&one.gathered, &one.decision);
    let digests: Map<String, Value> =
        gathered.subject.digests().map(|(algorithm, hex)| (algorithm.token().to_owned(), hex.into())).collect();
    let observed = gathered.observed.as_ref();
    Ok(json!({
        "name": gathered.name,
        "names": gathered.names.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "digests": digests,
        "verdict": decision.verdict.word(),
        "brokenGlass": decision.broken_glass,
        "levels": decision.levels,
        "rules": decision.rules.iter().map(rule).collect::<Vec<_>>(),
        "lookedAt": {
            "evidence": gathered.evidence.len(),
            "unsigned": gathered.loose.len(),
            "observed": observed.map(|observed| observed.document.elements.len()),
            "observedIncomplete": observed.map(|observed| observed.incomplete),
        },
        "inputs": inputs(&gathered.materials, Digests::All)?,
    }))
}

fn rule(rule: &RuleDecision) -> Value {
    json!({
        "rule": rule.rule,
        "line": (rule.line > 0).then_some(rule.line),
        "state": rule.state.word(),
        "effectiveOn": rule.effective_on.map(|day| day.to_string()),
        "checks": rule.checks.iter().map(check).collect::<Vec<_>>(),
    })
}

/// What came of a check, in a word.
pub(super) fn state(check: &GateCheck) -> &'static str {
    match check.state {
        _ if check.excused_by.is_some() => "excused",
        GateCheckState::Passed => "passed",
        GateCheckState::Failed(_) => "failed",
        GateCheckState::Warned(_) => "warned",
        _ => "not-checked",
    }
}

fn check(check: &GateCheck) -> Value {
    let code = check.code();
    let mut value = json!({ "name": check.name, "state": state(check), "message": check.message });
    let mut put = |name: &str, held: Option<Value>| {
        if let (Some(held), Some(map)) = (held, value.as_object_mut()) {
            map.insert(name.to_owned(), held);
        }
    };
    let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
    put("code", code.map(|code| code.id().into()));
    put("codeName", code.map(|code| code.name().into()));
    put("about", text(&check.about));
    put("expected", check.expected.as_deref().map(Value::from));
    put("actual", check.actual.as_deref().map(Value::from));
    put("place", text(&check.place));
    put("because", (!check.because.is_empty()).then(|| json!(check.because)));
    put("ids", (!check.ids.is_empty()).then(|| json!(check.ids)));
    put("excusedBy", check.excused_by.as_deref().map(Value::from));
    put("nextStep", code.map(|code| code.next_step().into()));
    value
}

fn inputs(materials: &[Material], digests: Digests) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    for material in materials {
        let is_large = material.role == Role::Advisories && digests == Digests::Known;
        let sha256 = if is_large { None } else { material.sha256()? };
        let mut value = json!({ "role": material.role.word(), "name": material.name, "sha256": sha256 });
        if let Some(map) = value.as_object_mut() {
            if matches!(material.content, Content::Nothing) {
                map.insert("empty".to_owned(), true.into());
            }
            if !material.details.is_empty() {
                map.insert("details".to_owned(), Value::Object(material.details.clone()));
            }
        }
        all.push(value);
    }
    Ok(all)
}
