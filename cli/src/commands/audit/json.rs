//! `plimsoll.audit/1`.

use plimsoll_advisory::{Severity, SeverityKind};
use plimsoll_policy::audit::AuditRow;
use serde_json::{Map, Value, json};

use super::Report;

pub(super) fn report(report: &Report<'_>) -> Value {
    let held = &report.audit.denominator;
    let findings: Vec<Value> = report.shown.iter().map(|(row, reason)| finding(row, reason.as_deref())).collect();
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| drop(out.insert(key.to_owned(), value));
    put("schema", "plimsoll.audit/1".into());
    put("subject", report.subject.as_str().into());
    put("advisories", time(held.advisories));
    put("incomplete", held.incomplete.into());
    put("allowedIncomplete", (held.incomplete && report.allow_incomplete).into());
    put("refused", report.refused.into());
    put("suppressed", report.suppressed.into());
    put("notShown", report.hidden.into());
    match &report.fleet {
        Some(fleet) => {
            let of = &fleet.denominator;
            let counts = json!({
                "artifacts": of.artifacts, "complete": of.complete, "partial": of.partial,
                "oldest": time(of.oldest),
            });
            put("fleet", counts);
            put("events", json!(fleet.events));
        }
        None => {
            let gaps = report.audit.gaps.iter();
            put("gaps", gaps.map(|(component, gap)| json!({ "component": component, "gap": gap.as_str() })).collect());
        }
    }
    let counts = json!({
        "total": held.components, "checked": held.checked, "notSearched": held.not_searched,
        "withoutPurl": held.without_purl, "withoutVersion": held.without_version,
        "unreadableVersion": held.unreadable_version, "withoutRelease": held.without_release,
    });
    put("components", counts);
    put("findings", findings.into());
    out.into()
}

pub(super) fn time(time: Option<jiff::Timestamp>) -> Value {
    time.map_or(Value::Null, |time| time.to_string().into())
}

fn finding(row: &AuditRow, reason: Option<&str>) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| drop(out.insert(key.to_owned(), value));
    put("advisory", row.advisory.as_str().into());
    put("aliases", json!(row.aliases));
    put("kind", row.sort.word().into());
    put("component", row.component.as_str().into());
    put("name", row.name.as_str().into());
    put("installed", row.installed.as_str().into());
    put("fixed", json!(row.fixed));
    put("rating", row.rating_word().into());
    if let Some(severity) = &row.severity {
        if let Some(score) = severity.score() {
            put("score", json!(f64::from(score.tenths()) / 10.0));
        }
        if severity.kind() != SeverityKind::Word {
            put("vector", severity.text().into());
        }
    }
    if let Some(epss) = row.epss {
        put("epss", json!(f64::from(epss) / 100_000.0));
    }
    put("knownExploited", (!row.kev.is_empty()).into());
    if !row.kev.is_empty() && row.kev != "yes" {
        put("knownExploitedSince", row.kev.as_str().into());
    }
    if row.has_path {
        put("path", json!(row.path));
    }
    put("certain", row.certain.into());
    put("rule", row.rule.as_str().into());
    put("state", row.state.word().into());
    for (key, text) in [
        ("claim", &row.claim),
        ("said", &row.said),
        ("summary", &row.summary),
        ("artifact", &row.artifact),
        ("digest", &row.digest),
        ("team", &row.team),
        ("reference", &row.reference),
    ] {
        if !text.is_empty() {
            put(key, text.as_str().into());
        }
    }
    if !row.claims.is_empty() {
        put("claims", json!(row.claims));
    }
    if let Some(since) = row.since {
        put("since", since.to_string().into());
    }
    if let Some(reason) = reason {
        put("refused", reason.into());
    }
    out.into()
}

/// The score of a row as other formats have it.
pub(super) fn score(row: &AuditRow) -> Option<f64> {
    row.severity.as_ref().and_then(Severity::score).map(|score| f64::from(score.tenths()) / 10.0)
}
