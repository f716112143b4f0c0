//! `plimsoll policy test`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Parser as _;
use plimsoll_model::printable;
use plimsoll_policy::gate::{Decision, RuleState};
use plimsoll_policy::{Case, read_cases};
use serde_json::{Value, json};

use super::open;
use crate::args::{Arguments, Command, DataFormat, PolicyTestArguments};
use crate::commands::gate;
use crate::commands::gather::subjects;
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, write_json};

const SCHEMA: &str = "plimsoll.policy.test/1";

/// A case, and what came of it.
struct Tried {
    case: Case,
    /// What the policy said; empty when it could not be asked.
    verdict: String,
    codes: BTreeSet<String>,
    /// Why it failed.
    problem: Option<String>,
}

pub(super) fn run(arguments: &PolicyTestArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let path = arguments.cases.clone().unwrap_or_else(|| arguments.policy.with_extension("test.toml"));
    let cases = read_cases(&path.display().to_string(), &input::text(&path)?)
        .map_err(|error| Failure::usage(error.to_string()))?;
    let policy = open::policy(&arguments.policy)?.policy;
    let mut rules: BTreeMap<String, bool> = policy.gate_rules().map(|rule| (rule.name(), false)).collect();
    let mut all = Vec::new();
    for case in cases {
        all.push(tried(case, &path, &arguments.policy, &mut rules, offline, ui));
    }
    let never: Vec<&str> = rules.iter().filter(|(_, denied)| !**denied).map(|(name, _)| name.as_str()).collect();
    match arguments.format {
        DataFormat::Text => Target::Stdout.write(|out| text(out, &all, &never))?,
        DataFormat::Json => Target::Stdout.write(|out| write_json(out, &report(&all, &never)))?,
    }
    let failed = all.iter().any(|one| one.problem.is_some());
    Ok(if failed { exit::NO } else { exit::DONE })
}

fn tried(
    case: Case,
    cases: &Path,
    policy: &Path,
    rules: &mut BTreeMap<String, bool>,
    offline: bool,
    ui: &mut Ui,
) -> Tried {
    let decision = match decide(&case, cases, policy, offline, ui) {
        Ok(decision) => decision,
        Err(failure) => {
            let problem = Some(format!("it could not be asked: {:#}", failure.error));
            return Tried { case, verdict: String::new(), codes: BTreeSet::new(), problem };
        }
    };
    for rule in decision.rules.iter().filter(|rule| rule.state == RuleState::Denied) {
        rules.entry(rule.rule.clone()).and_modify(|denied| *denied = true);
    }
    let codes: BTreeSet<String> =
        decision.reasons().filter_map(|(_, check)| Some(check.code()?.id().to_owned())).collect();
    let verdict = decision.verdict.word().to_owned();
    let lacks: Vec<&str> = case.codes.iter().map(|code| code.id()).filter(|code| !codes.contains(*code)).collect();
    let problem = if verdict != case.expect {
        Some(format!("expected {}, and it is {verdict}", case.expect))
    } else if lacks.is_empty() {
        None
    } else {
        Some(format!("{} is not among the reasons", lacks.join(", ")))
    };
    Tried { case, verdict, codes, problem }
}

/// Decides as `plimsoll gate` does, by the same flags.
fn decide(case: &Case, cases: &Path, policy: &Path, offline: bool, ui: &mut Ui) -> Result<Decision, Failure> {
    let mut words: Vec<OsString> = ["plimsoll", "gate"].into_iter().map(OsString::from).collect();
    words.extend([OsString::from("--policy"), policy.into()]);
    let mut add = |flag: &str, value: OsString| words.extend([OsString::from(flag), value]);
    let file = |name: &str| -> OsString { open::beside(cases, name).into() };
    for (flag, names) in [("--bundle", &case.bundle), ("--sbom", &case.sbom), ("--vex", &case.vex)] {
        names.iter().for_each(|name| add(flag, file(name)));
    }
    case.names.iter().for_each(|name| add("--as", name.into()));
    case.exceptions.iter().for_each(|name| add("--exceptions", file(name)));
    case.advisories.iter().for_each(|name| add("--advisories", file(name)));
    case.at.iter().for_each(|at| add("--at", at.to_string().into()));
    let flags = [(case.no_tlog, "--no-tlog"), (case.scan, "--scan")];
    words.extend(flags.iter().filter(|(given, _)| *given).map(|(_, flag)| OsString::from(flag)));
    words.push(OsString::from("--"));
    words.push(subject(&case.subject, cases));
    let parsed = Arguments::try_parse_from(words).map_err(|error| Failure::usage(error.to_string()))?;
    let Command::Gate(arguments) = parsed.command else { return Err(Failure::usage("it is no decision")) };
    let named = subjects(&arguments.subjects, &arguments.gather, offline)?;
    let [_] = named.as_slice() else { return Err(Failure::usage("a case is about one artifact")) };
    let (_, mut all) = gate::decided(&arguments, &named, offline, ui)?;
    all.pop().map(|one| one.decision).ok_or_else(|| Failure::usage("there is no decision"))
}

/// Paths are taken from where the file of cases is.
fn subject(text: &str, cases: &Path) -> OsString {
    if ["registry:", "sha256:", "sha384:", "sha512:"].iter().any(|prefix| text.starts_with(prefix)) {
        return text.into();
    }
    let prefixes = ["oci-layout:", "docker-archive:", "oci-archive:", "archive:", "file:", "sbom:"];
    let prefix = prefixes.into_iter().find(|prefix| text.starts_with(prefix)).unwrap_or_default();
    let path: PathBuf = open::beside(cases, text.strip_prefix(prefix).unwrap_or(text));
    let mut named = OsString::from(prefix);
    named.push(path);
    named
}

fn text(out: &mut dyn Write, all: &[Tried], never: &[&str]) -> io::Result<()> {
    for one in all {
        match &one.problem {
            None => writeln!(out, "ok    {} ({})", printable(&one.case.name), one.verdict)?,
            Some(problem) => {
                writeln!(out, "FAIL  {} (line {}): {}", printable(&one.case.name), one.case.line, printable(problem))?;
                let codes: Vec<&str> = one.codes.iter().map(String::as_str).collect();
                if !codes.is_empty() {
                    writeln!(out, "      reasons: {}", codes.join(", "))?;
                }
            }
        }
    }
    let failed = all.iter().filter(|one| one.problem.is_some()).count();
    writeln!(out, "{} of {} cases are as expected", all.len().saturating_sub(failed), all.len())?;
    if !never.is_empty() {
        writeln!(out, "no case is denied by: {}", printable(&never.join(", ")))?;
    }
    Ok(())
}

fn report(all: &[Tried], never: &[&str]) -> Value {
    let case = |one: &Tried| {
        json!({
            "name": one.case.name,
            "line": one.case.line,
            "passed": one.problem.is_none(),
            "expected": one.case.expect,
            "verdict": (!one.verdict.is_empty()).then_some(&one.verdict),
            "codes": one.codes,
            "problem": one.problem,
        })
    };
    json!({
        "schema": SCHEMA,
        "passed": all.iter().all(|one| one.problem.is_none()),
        "cases": all.iter().map(case).collect::<Vec<_>>(),
        "rulesThatDenyNoCase": never,
    })
}
