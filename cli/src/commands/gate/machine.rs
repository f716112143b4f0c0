//! For code scanning, pages of tests, and the log of a workflow.

use std::io::{self, Write};

use data_encoding::HEXLOWER;
use plimsoll_model::printable;
use plimsoll_policy::gate::{GateCheck, RuleDecision, RuleState};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Decided, markdown};
use crate::commands::gather::Grounds;
use crate::output::junit::{self, Case, CaseResult, Suite};
use crate::output::sarif;

/// Each thing that does not hold.
fn found(all: &[Decided]) -> impl Iterator<Item = (&Decided, &RuleDecision, &GateCheck)> {
    all.iter().flat_map(|one| {
        let checks = one.decision.rules.iter().flat_map(|rule| rule.checks.iter().map(move |check| (rule, check)));
        checks.filter(|(_, check)| check.code().is_some()).map(move |(rule, check)| (one, rule, check))
    })
}

/// A sentence that says all.
fn sentence(one: &Decided, check: &GateCheck) -> String {
    let mut text = one.gathered.name.clone();
    if !check.about.is_empty() {
        text = format!("{text}: {}", check.about);
    }
    text = format!("{text}: {}", check.message);
    if let (Some(expected), Some(actual)) = (&check.expected, &check.actual) {
        text = format!("{text} (expected {expected}; there is {actual})");
    }
    printable(&text)
}

fn level(rule: &RuleDecision, check: &GateCheck) -> &'static str {
    match rule.state {
        _ if check.excused_by.is_some() => "note",
        RuleState::Denied => "error",
        _ => "warning",
    }
}

/// What is the same of a finding from one run to the next: the rule, its code, the artifact's name and what in it is meant.
fn fingerprint(one: &Decided, rule: &RuleDecision, check: &GateCheck) -> String {
    let code = check.code().map(plimsoll_policy::gate::GateCode::id).unwrap_or_default();
    let parts = [rule.rule.as_str(), code, check.name, &one.gathered.name, &check.about];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    HEXLOWER.encode(&hash.finalize())
}

pub(super) fn sarif(all: &[Decided], grounds: &Grounds) -> Value {
    let findings = found(all).map(|(one, rule, check)| sarif::Finding {
        rule: check.code().map(plimsoll_policy::gate::GateCode::id).unwrap_or_default().to_owned(),
        level: level(rule, check),
        message: sentence(one, check),
        file: grounds.policy.file().to_owned(),
        line: (rule.line > 0).then_some(rule.line),
    });
    let mut report = sarif::report("gate", findings);
    let results = report.pointer_mut("/runs/0/results").and_then(Value::as_array_mut);
    for (result, (one, rule, check)) in results.into_iter().flatten().zip(found(all)) {
        let Some(result) = result.as_object_mut() else { continue };
        result.insert("partialFingerprints".to_owned(), json!({ "plimsollGate/v1": fingerprint(one, rule, check) }));
        if let Some(id) = &check.excused_by {
            let why = json!([{ "kind": "external", "status": "accepted", "justification": printable(id) }]);
            result.insert("suppressions".to_owned(), why);
        }
    }
    report
}

pub(super) fn junit(out: &mut dyn Write, all: &[Decided], grounds: &Grounds) -> io::Result<()> {
    let suites: Vec<Suite> = all.iter().map(|one| suite(one, grounds)).collect();
    junit::write(out, "plimsoll gate", &suites)
}

fn suite(one: &Decided, grounds: &Grounds) -> Suite {
    let case = |rule: &RuleDecision| {
        let open: Vec<&GateCheck> =
            rule.checks.iter().filter(|check| check.code().is_some() && check.excused_by.is_none()).collect();
        let told = |check: &&GateCheck| {
            format!(
                "{} {}",
                check.code().map(plimsoll_policy::gate::GateCode::id).unwrap_or_default(),
                sentence(one, check)
            )
        };
        let result = match (rule.state, open.first()) {
            (RuleState::Denied, Some(first)) => CaseResult::Failed {
                code: first.code().map(plimsoll_policy::gate::GateCode::id).unwrap_or_default().to_owned(),
                message: first.message.clone(),
                detail: open.iter().map(told).collect::<Vec<_>>().join("\n"),
            },
            (RuleState::Warned, Some(first)) => CaseResult::Skipped(format!("warns: {}", told(first))),
            (RuleState::Excused, _) => {
                let by: Vec<&str> = rule.checks.iter().filter_map(|check| check.excused_by.as_deref()).collect();
                CaseResult::Skipped(format!("let pass by {}", by.join(", ")))
            }
            _ => CaseResult::Passed,
        };
        Case { name: rule.rule.clone(), class: format!("{}:{}", grounds.policy.file(), rule.line), result }
    };
    Suite { name: one.gathered.name.clone(), cases: one.decision.rules.iter().map(case).collect() }
}

/// Workflow commands of GitHub Actions, and what its page of the step shows.
pub(super) fn github(out: &mut dyn Write, all: &[Decided], grounds: &Grounds) -> io::Result<()> {
    let mut all_found: Vec<_> = found(all).collect();
    // A step shows ten of a kind.
    all_found.sort_by_key(|(_, rule, check)| level(rule, check) != "error");
    for (one, rule, check) in all_found {
        let command = match level(rule, check) {
            "note" => "notice",
            level => level,
        };
        let line = if rule.line > 0 { format!(",line={}", rule.line) } else { String::new() };
        let code = check.code().map(plimsoll_policy::gate::GateCode::id).unwrap_or_default();
        let title = property(&format!("{code} {}", rule.rule));
        let file = property(grounds.policy.file());
        writeln!(out, "::{command} file={file}{line},title={title}::{}", data(&sentence(one, check)))?;
    }
    for one in all {
        let verdict = one.decision.verdict.word();
        let command = if verdict == "deny" { "error" } else { "notice" };
        let glass =
            one.decision.broken_glass.as_deref().map(|id| format!(" (glass broken by {id})")).unwrap_or_default();
        let text = printable(&format!("{verdict} {} {}{glass}", one.gathered.name, one.gathered.digest()));
        writeln!(out, "::{command} title=plimsoll gate::{}", data(&text))?;
    }
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return Ok(()) };
    let mut summary = Vec::new();
    markdown::write(&mut summary, all, grounds)?;
    std::fs::OpenOptions::new().append(true).create(true).open(path)?.write_all(&summary)
}

/// What is said by a workflow command: nothing in it ends the command or begins another.
fn data(text: &str) -> String {
    printable(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same in a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_one_command() {
        assert_eq!(data("a%b\r\n::error::x"), "a%25b\\u{d}\\u{a}::error::x");
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
    }
}
