//! The report as SARIF and as JUnit.

use plimsoll_model::Diagnostic;
use plimsoll_policy::{Build, BuildState, Judgement, Verdict, VerdictState};
use plimsoll_verify::{BuildCheckState, Code};

use super::Judged;
use super::report::place;
use super::wanted::Wanted;
use crate::output::junit::{Case, CaseResult, Suite};
use crate::output::sarif::Finding;

/// Something that does not hold.
struct Wrong {
    code: Code,
    message: String,
}

/// Everything that does not hold of an expectation, each once.
fn wrong(verdict: &Verdict) -> Vec<Wrong> {
    let mut wrong: Vec<Wrong> = Vec::new();
    let mut add = |code: Code, reason: &str, expected: Option<&str>, actual: Option<&str>, place: &str| {
        let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
        let differs = expected.map(|expected| format!(": expected {expected}, found {}", actual.unwrap_or("nothing")));
        let message = format!("{reason}{}{place}", differs.unwrap_or_default());
        if !wrong.iter().any(|one| one.code == code && one.message == message) {
            wrong.push(Wrong { code, message });
        }
    };
    for check in verdict.checks() {
        if let BuildCheckState::Failed(code) = check.state {
            add(code, code.means(), check.expected.as_deref(), check.actual.as_deref(), &check.place);
        }
    }
    let good = verdict.builds().iter().any(|build| build.state() != BuildState::Refused);
    for build in verdict.builds().iter().filter(|_| !good) {
        let mut none = true;
        for check in build.checks() {
            if let BuildCheckState::Failed(code) = check.state {
                none = false;
                add(code, code.means(), check.expected.as_deref(), check.actual.as_deref(), build.place());
            }
        }
        if let (true, Some(code)) = (none, build.code()) {
            let (expected, actual) = build.difference();
            add(code, build.reason().unwrap_or_default(), expected, actual, build.place());
        }
    }
    wrong
}

pub(super) fn sarif(judged: &[Judged], wanted: &Wanted, exceptions: &[(u32, Diagnostic)]) -> Vec<Finding> {
    let finding = |code: Code, level, message: String, file: &str| Finding {
        rule: code.id().to_owned(),
        level,
        message,
        file: file.to_owned(),
        line: None,
    };
    let mut found = Vec::new();
    for one in judged {
        if !one.named {
            found.push(finding(Code::NoExpectation, "error", Code::NoExpectation.means().to_owned(), &one.name));
        }
        for verdict in one.judgements.iter().flat_map(Judgement::verdicts) {
            if verdict.state() == VerdictState::Denied {
                found.extend(
                    wrong(verdict).into_iter().map(|wrong| finding(wrong.code, "error", wrong.message, &one.name)),
                );
            }
            found.extend(
                verdict
                    .excuses()
                    .iter()
                    .map(|(code, id)| finding(*code, "note", format!("{}: let pass by {id}", code.means()), &one.name)),
            );
        }
    }
    found.extend(exceptions.iter().map(|(line, one)| Finding {
        rule: one.code.info().id.to_owned(),
        level: "warning",
        message: one.message.to_string(),
        file: wanted.exceptions.file().to_owned(),
        line: Some(*line),
    }));
    found
}

/// A case for each thing that was asked of the build that came furthest.
pub(super) fn junit(judged: &[Judged], wanted: &Wanted) -> Vec<Suite> {
    judged.iter().map(|one| Suite { name: one.name.clone(), cases: cases(one, wanted) }).collect()
}

fn cases(one: &Judged, wanted: &Wanted) -> Vec<Case> {
    let failed = |code: Code, message: String, detail: String| CaseResult::Failed {
        code: code.id().to_owned(),
        message,
        detail: format!("{detail}\n{}", code.next_step()),
    };
    let mut cases = Vec::new();
    if !one.named {
        let means = Code::NoExpectation.means();
        let result = failed(Code::NoExpectation, means.to_owned(), means.to_owned());
        cases.push(Case { name: "policy".into(), class: "policy".into(), result });
    }
    for verdict in one.judgements.iter().flat_map(Judgement::verdicts) {
        let class = place(verdict, wanted);
        let mut add = |name: &str, result| cases.push(Case { name: name.to_owned(), class: class.clone(), result });
        if verdict.state() == VerdictState::Denied {
            for wrong in wrong(verdict) {
                add(wrong.code.name(), failed(wrong.code, wrong.code.means().to_owned(), wrong.message));
            }
        }
        for (code, id) in verdict.excuses() {
            add(code.name(), CaseResult::Skipped(format!("{}: let pass by {id}", code.means())));
        }
        let good = verdict.builds().iter().filter(|build| build.state() != BuildState::Refused);
        let passed = good.flat_map(Build::checks).chain(verdict.checks());
        let mut names: Vec<&str> = Vec::new();
        for check in passed.filter(|check| check.state == BuildCheckState::Passed) {
            if !names.contains(&check.name) {
                names.push(check.name);
                add(check.name, CaseResult::Passed);
            }
        }
    }
    cases
}
