//! Exceptions of a gate.

use plimsoll_model::Purl;

use super::{Decision, GateCheck, GateCode, GateInput, GateVerdict, RuleDecision};
use crate::Name;
use crate::gate::rules::ConfiguredRule;

/// A rule with its checks, those excused that exceptions let pass.
pub(super) fn finished(rule: &ConfiguredRule, mut checks: Vec<GateCheck>, input: &GateInput<'_>) -> RuleDecision {
    let mut names = input.names.to_vec();
    names.extend(Name::digests(input.subject));
    for check in checks.iter_mut().filter(|check| check.excused_by.is_none()) {
        excuse(check, &names, input);
    }
    RuleDecision::of(rule.name(), rule.head(), checks, input.at)
}

/// An exception is for the artifact or for what the check is about, and names the code, its name, or an advisory.
fn excuse(check: &mut GateCheck, names: &[Name], input: &GateInput<'_>) {
    let Some(code) = check.code().filter(|code| code.may_be_excused()) else { return };
    let mut names = names.to_vec();
    names
        .extend(check.about.split(' ').next().and_then(|text| Purl::parse(text).ok()).map(|purl| Name::package(&purl)));
    // Who lets an attack pass names it.
    let mut rules = if code == GateCode::Malicious { Vec::new() } else { vec![code.id(), code.name()] };
    rules.extend(check.ids.iter().map(String::as_str));
    check.excused_by = input.exceptions.excusing(&names, &rules, input.at).map(|exception| exception.id.clone());
}

/// Somebody answers for shipping it although rules say no. That is told, whatever else is.
pub(super) fn break_glass(mut decision: Decision, input: &GateInput<'_>) -> Decision {
    if decision.verdict == GateVerdict::Deny
        && let Some(exception) = input.exceptions.breaking_glass(input.subject, input.at)
    {
        decision.verdict = GateVerdict::Warn;
        decision.broken_glass = Some(exception.id.clone());
    }
    decision
}
