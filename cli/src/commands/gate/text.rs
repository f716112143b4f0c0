//! For people.

use std::io::{self, Write};

use plimsoll_model::printable;
use plimsoll_policy::gate::{GateCheck, RuleDecision, RuleState};

use super::Decided;
use crate::commands::gather::Grounds;

/// Reasons of one rule that are told; the others are counted.
const MOST: usize = 20;

pub(super) fn write(out: &mut dyn Write, all: &[Decided], grounds: &Grounds) -> io::Result<()> {
    for (number, one) in all.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        decided(out, one, grounds)?;
    }
    Ok(())
}

fn decided(out: &mut dyn Write, one: &Decided, grounds: &Grounds) -> io::Result<()> {
    let (gathered, decision) = (&one.gathered, &one.decision);
    let verdict = decision.verdict.word().to_uppercase();
    let digest = gathered.digest();
    if gathered.name == digest {
        writeln!(out, "{verdict} {digest}")?;
    } else {
        writeln!(out, "{verdict} {} {digest}", printable(&gathered.name))?;
    }
    if let Some(id) = &decision.broken_glass {
        writeln!(out, "  GLASS BROKEN by the exception {}: rules deny it, and it is let pass", printable(id))?;
    }
    for rule in &decision.rules {
        self::rule(out, rule, grounds.policy.file())?;
    }
    for line in denominator(one, grounds) {
        writeln!(out, "  {}", printable(&line))?;
    }
    Ok(())
}

fn rule(out: &mut dyn Write, rule: &RuleDecision, file: &str) -> io::Result<()> {
    let line = if rule.line > 0 { format!(" ({file}:{})", rule.line) } else { String::new() };
    let open: Vec<&GateCheck> =
        rule.checks.iter().filter(|check| check.code().is_some() && check.excused_by.is_none()).collect();
    let since = match rule.effective_on {
        Some(day) if rule.state == RuleState::Warned => format!(", denies from {day} on"),
        _ => String::new(),
    };
    writeln!(out, "  {} {}{}{since}", rule.state.word(), printable(&rule.rule), printable(&line))?;
    for check in open.iter().take(MOST) {
        reason(out, check)?;
    }
    let rest = open.len().saturating_sub(MOST);
    if rest > 0 {
        writeln!(out, "    … and {rest} more; --format json has all")?;
    }
    let excused = rule.checks.iter().filter(|check| check.excused_by.is_some());
    for check in excused.take(MOST) {
        let by = check.excused_by.as_deref().unwrap_or_default();
        let (code, about) = (check.code().map(|code| code.id()).unwrap_or_default(), about(check));
        writeln!(out, "    excused by {}: {code}{about} {}", printable(by), printable(&check.message))?;
    }
    Ok(())
}

fn about(check: &GateCheck) -> String {
    if check.about.is_empty() { String::new() } else { format!(" {}:", printable(&check.about)) }
}

fn reason(out: &mut dyn Write, check: &GateCheck) -> io::Result<()> {
    let Some(code) = check.code() else { return Ok(()) };
    writeln!(out, "    {}{} {}", code.id(), about(check), printable(&check.message))?;
    if let (Some(expected), Some(actual)) = (&check.expected, &check.actual) {
        writeln!(out, "      expected {}; there is {}", printable(expected), printable(actual))?;
    }
    if !check.place.is_empty() {
        writeln!(out, "      in {}", printable(&check.place))?;
    }
    if !check.because.is_empty() {
        writeln!(out, "      because of {}", printable(&check.because.join(", ")))?;
    }
    writeln!(out, "      next: {}", code.next_step())
}

/// What was looked at, and of what day that is.
pub(super) fn denominator(one: &Decided, grounds: &Grounds) -> Vec<String> {
    let gathered = &one.gathered;
    let mut lines = Vec::new();
    let mut looked = vec![counted(gathered.evidence.len(), "piece of evidence", "pieces of evidence")];
    if let Some(observed) = &gathered.observed {
        let how = if observed.is_artifact { "in the SBOM" } else { "observed" };
        let whole = if observed.incomplete { ", not all of it could be read" } else { "" };
        looked.push(format!("{} {how}{whole}", counted(observed.document.elements.len(), "component", "components")));
    }
    if !gathered.loose.is_empty() {
        looked.push(counted(gathered.loose.len(), "SBOM that nobody signed", "SBOMs that nobody signed"));
    }
    if let Some(snapshot) = &grounds.snapshot {
        let of = snapshot.as_of().map_or("an unknown day".to_owned(), |day| day.strftime("%Y-%m-%d").to_string());
        looked.push(format!("advisories of {of}"));
    }
    lines.push(format!("looked at: {}", looked.join(", ")));
    if grounds.settings.allow_incomplete {
        lines.push("contents that are not known as a whole are let pass (--allow-incomplete)".to_owned());
    }
    if grounds.settings.no_tlog {
        lines.push("what a key signed need not be in a log (--no-tlog)".to_owned());
    }
    lines
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
