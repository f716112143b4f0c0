//! From what was found to what is said: independent signals are counted.

use plimsoll_extract::prelude::{Confidence, Span};

use super::engine::{Found, Hit, MAX_VERSIONS, Target};
use super::rule::{Demand, Role, Rule};
use super::symbols::Exports;

/// A product that a file says it is or holds.
#[derive(Debug, Clone)]
pub(crate) struct Verdict<'a> {
    pub(crate) rule: &'a Rule,
    pub(crate) version: String,
    pub(crate) span: Span,
    pub(crate) confidence: Confidence,
    /// Whether the product is the file, rather than something linked into it.
    pub(crate) is_file: bool,
    signals: u8,
}

/// What each rule with enough signals says, in the order of the rules.
pub(super) fn decide<'a>(rules: &'a [Rule], found: &[Found], target: &Target<'_>) -> Vec<Verdict<'a>> {
    let mut exports = Exports::new(target);
    let mut verdicts: Vec<Verdict<'a>> = Vec::new();
    for (rule, found) in rules.iter().zip(found) {
        if found.excluded || found.hits.is_empty() {
            continue;
        }
        verdicts.extend(judge(rule, found, &mut exports));
    }
    let ids: Vec<Box<str>> = verdicts.iter().map(|verdict| verdict.rule.id.clone()).collect();
    verdicts.retain(|verdict| !verdict.rule.yields_to.iter().any(|other| ids.contains(other)));
    // A file is one program. The one that bears its name is it; without a name, the one with most signals.
    let rank = |verdict: &Verdict<'_>| (verdict.rule.role == Role::Program, verdict.is_file, verdict.signals);
    let programs = verdicts.iter().filter(|verdict| verdict.rule.role == Role::Program);
    if let Some(best) = programs.map(rank).max() {
        verdicts.retain(|verdict| verdict.rule.role == Role::Library || rank(verdict) == best);
    }
    verdicts
}

fn judge<'a>(rule: &'a Rule, found: &Found, exports: &mut Exports<'_, '_>) -> Option<Verdict<'a>> {
    let hit = statement(rule, &found.hits)?;
    let weak = rule.statements.get(hit.statement).is_none_or(|statement| statement.weak);
    let companions = found.companions.count_ones().min(2) as u8;
    let soname = exports.has_soname(&rule.sonames);
    let symbol = exports.has_symbol(&rule.symbols);
    let holds = |demand: &Demand| match demand {
        Demand::Name => found.named,
        Demand::Companion => companions > 0,
        Demand::Export => soname || symbol,
    };
    if !rule.requires.iter().all(holds) {
        return None;
    }
    let signals = u8::from(!weak)
        .saturating_add(u8::from(found.named))
        .saturating_add(u8::from(soname))
        .saturating_add(u8::from(symbol))
        .saturating_add(companions);
    if signals < rule.needs {
        return None;
    }
    Some(Verdict {
        rule,
        version: hit.version.clone(),
        span: Span::Bytes { offset: hit.offset, length: hit.length },
        confidence: if signals > 1 { Confidence::HIGH } else { Confidence::MEDIUM },
        is_file: match rule.role {
            Role::Program => found.named || !rule.embeddable,
            Role::Library => found.named || soname,
        },
        signals,
    })
}

/// The statement that holds: the first that the rule lists, and of its hits the first in the file. One that was found with
/// many versions is a list of them. A weak one proves its version only when there is no other.
fn statement<'f>(rule: &Rule, hits: &'f [Hit]) -> Option<&'f Hit> {
    (0..rule.statements.len()).find_map(|number| {
        let mut of_this = hits.iter().filter(|hit| hit.statement == number);
        let first = of_this.next()?;
        let others = of_this.count();
        let weak = rule.statements.get(number).is_none_or(|statement| statement.weak);
        let listed = others >= MAX_VERSIONS || (weak && others > 0);
        (!listed).then_some(first)
    })
}
