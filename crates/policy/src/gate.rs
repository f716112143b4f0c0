//! The gate: whether an artifact may ship, by every rule of a policy that is about it.
//!
//! [`decide`] takes a [`GateInput`] (the artifact, all evidence about it, the policy, the time) and gives a [`Decision`]: pass, warn
//! or deny, with what was checked by each rule, what was expected and found and where. It reads no clock, file or network, so that
//! the same evidence has the same decision a year later.
//!
//! - What a rule asks for is taken from evidence that is **proven**: a signature of somebody whom the policy names, over a statement about
//!   this artifact; or from what was observed by looking into the artifact itself. Other evidence can add a reason to refuse,
//!   never take one away. Evidence that is missing denies, with a code of its own.
//! - A rule is one file in `rules/` and one line of `RULES`.
//! - A rule that is not yet in effect (`effective_on`), or says `action = "warn"`, warns where it would deny.
//! - Exceptions excuse what is expected and not there, never evidence that is broken ([`GateCode::may_be_excused`]). One that breaks the
//!   glass excuses all, and is always told.
//! - An artifact that no rule is about is denied.

mod code;
mod context;
mod decision;
mod excuse;
mod head;
mod input;
mod rules;
pub mod sarif;
mod searched;
mod signed;

pub use code::GateCode;
pub use context::ProvenDocument;
pub use decision::{Decision, GateCheck, GateCheckState, RuleDecision, RuleState, Verdict as GateVerdict};
pub(crate) use head::HEAD;
pub use head::{Action, Head};
pub use input::{GateInput, ImageFacts, LooseSbom, Observed};
pub use rules::{ConfiguredRule, tables as rule_names};
pub(crate) use rules::{GateRules, SIGNED, compliance_problem, keys as rule_keys};

use context::Context;

/// The SBOMs of an artifact that are proven, by the place of their evidence: of those whom the policy names for it.
#[must_use]
pub fn proven_sboms(input: &GateInput<'_>) -> Vec<ProvenDocument> {
    Context::new(input).into_proven_sboms()
}

/// Judges an artifact by every rule that is about it.
#[must_use]
pub fn decide(input: &GateInput<'_>) -> Decision {
    let context = Context::new(input);
    let concerned: Vec<&ConfiguredRule> = input.policy.gate_rules().filter(|rule| rule.concerns(input.names)).collect();
    let checks = judged(&concerned, &context);
    let mut rules: Vec<_> =
        concerned.iter().zip(checks).map(|(rule, checks)| excuse::finished(rule, checks, input)).collect();
    if rules.is_empty() {
        rules.push(RuleDecision::no_rule());
    }
    let mut decision = Decision::of(rules);
    decision.levels = context.levels();
    context.discard();
    excuse::break_glass(decision, input)
}

/// What each rule says. Those that look things up in advisories are judged beside the others: it takes as long as the longer of both.
fn judged(rules: &[&ConfiguredRule], context: &Context<'_>) -> Vec<Vec<GateCheck>> {
    let of = |lookups: bool| {
        let some = rules.iter().enumerate().filter(move |(_, rule)| rule.needs_advisories() == lookups);
        some.map(|(at, rule)| (at, rule.judge(context))).collect::<Vec<_>>()
    };
    let lookups = rules.iter().filter(|rule| rule.needs_advisories()).count();
    let mut all = if lookups == 0 || lookups == rules.len() {
        [of(false), of(true)].concat()
    } else {
        // Both need them, and the second one would only wait.
        context.sboms();
        std::thread::scope(|scope| {
            // A thread and not a task of the pool: one that waits there takes up another rule, which may wait for what it holds itself.
            let beside = std::thread::Builder::new().spawn_scoped(scope, || of(true));
            let others = of(false);
            let beside = match beside {
                Ok(thread) => thread.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault)),
                Err(_) => of(true),
            };
            [others, beside].concat()
        })
    };
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, checks)| checks).collect()
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
