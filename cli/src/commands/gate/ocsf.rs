//! Events of the Open Cybersecurity Schema Framework (OCSF) 1.4, one a line: a Compliance Finding (class 2003) for each rule, and a
//! Vulnerability Finding (class 2002) for each advisory that a rule is about.

use std::io::{self, Write};

use plimsoll_model::Purl;
use plimsoll_policy::gate::{GateCheck, RuleDecision, RuleState};
use serde_json::{Value, json};

use super::Decided;
use crate::commands::gather::Grounds;
use crate::output::write_json_line;

const VERSION: &str = "1.4.0";
/// Category "Findings".
const FINDINGS: u32 = 2;
const VULNERABILITY: u32 = 2002;
const COMPLIANCE: u32 = 2003;
/// Severities: informational, medium, high.
const INFORMATIONAL: u32 = 1;
const MEDIUM: u32 = 3;
const HIGH: u32 = 4;

pub(super) fn write(out: &mut dyn Write, all: &[Decided], grounds: &Grounds) -> io::Result<()> {
    for one in all {
        for rule in &one.decision.rules {
            write_json_line(out, &compliance(one, rule, grounds))?;
            for check in rule.checks.iter().filter(|check| check.code().is_some() && !check.ids.is_empty()) {
                write_json_line(out, &vulnerability(one, rule, check, grounds))?;
            }
        }
    }
    Ok(())
}

/// What every event has.
fn event(class: u32, name: &str, severity: u32, one: &Decided, grounds: &Grounds) -> Value {
    let words = [(INFORMATIONAL, "Informational"), (MEDIUM, "Medium"), (HIGH, "High")];
    json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": FINDINGS,
        "category_name": "Findings",
        "class_uid": class,
        "class_name": name,
        "type_uid": class.saturating_mul(100).saturating_add(1),
        "type_name": format!("{name}: Create"),
        "time": grounds.settings.at.as_millisecond(),
        "severity_id": severity,
        "severity": words.iter().find(|(number, _)| *number == severity).map(|(_, word)| word),
        "metadata": {
            "version": VERSION,
            "product": { "name": "plimsoll", "vendor_name": "Plimsoll", "version": env!("CARGO_PKG_VERSION") },
        },
        "resources": [{ "name": one.gathered.name, "uid": one.gathered.digest(), "type": "artifact" }],
    })
}

fn with(mut event: Value, more: Value) -> Value {
    if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
        event.extend(more);
    }
    event
}

fn severity(rule: &RuleDecision) -> u32 {
    match rule.state {
        RuleState::Denied => HIGH,
        RuleState::Warned => MEDIUM,
        _ => INFORMATIONAL,
    }
}

fn compliance(one: &Decided, rule: &RuleDecision, grounds: &Grounds) -> Value {
    let (status, word) = match rule.state {
        RuleState::Passed => (1, "Pass"),
        RuleState::Denied => (3, "Fail"),
        _ => (2, "Warning"),
    };
    let open: Vec<&GateCheck> =
        rule.checks.iter().filter(|check| check.code().is_some() && check.excused_by.is_none()).collect();
    let first = open.first().and_then(|check| check.code());
    let codes: std::collections::BTreeSet<&str> = open.iter().filter_map(|check| Some(check.code()?.id())).collect();
    let event = event(COMPLIANCE, "Compliance Finding", severity(rule), one, grounds);
    let event = with(
        event,
        json!({
            "message": open.first().map_or(rule.state.word(), |check| check.message.as_str()),
            "finding_info": {
                "uid": format!("{} {}", one.gathered.digest(), rule.rule),
                "title": format!("plimsoll gate: {}", rule.rule),
                "types": ["gate"],
            },
            "compliance": {
                "standards": [grounds.policy.file()],
                "control": rule.rule,
                "requirements": codes,
                "status_id": status,
                "status": word,
                "status_code": first.map(plimsoll_policy::gate::GateCode::id),
            },
        }),
    );
    match first {
        Some(code) => with(event, json!({ "remediation": { "desc": code.next_step() } })),
        None => event,
    }
}

fn vulnerability(one: &Decided, rule: &RuleDecision, check: &GateCheck, grounds: &Grounds) -> Value {
    let component = check.about.split(' ').next().unwrap_or_default();
    let purl = Purl::parse(component).ok();
    let package = json!({
        "name": purl.as_ref().map_or(component, Purl::name),
        "version": purl.as_ref().and_then(Purl::version).unwrap_or_default(),
        "purl": component,
    });
    let cve = check.ids.iter().find(|id| id.starts_with("CVE-")).or(check.ids.first());
    let excused = check.excused_by.is_some();
    let severity = if excused { INFORMATIONAL } else { severity(rule) };
    let id = cve.map(String::as_str).unwrap_or_default();
    let mut found = json!({ "title": check.message, "affected_packages": [package] });
    if let Some(map) = found.as_object_mut() {
        let key = if id.starts_with("CVE-") { "cve" } else { "advisory" };
        map.insert(key.to_owned(), json!({ "uid": id }));
    }
    with(
        event(VULNERABILITY, "Vulnerability Finding", severity, one, grounds),
        json!({
            "message": check.message,
            "status_id": if excused { 3 } else { 1 },
            "status": if excused { "Suppressed" } else { "New" },
            "finding_info": {
                "uid": format!("{} {} {}", one.gathered.digest(), rule.rule, check.about),
                "title": format!("{id} in {component}"),
                "types": ["gate"],
            },
            "vulnerabilities": [found],
        }),
    )
}
