//! Which controls of which framework a decision is evidence for.
//!
//! A control is met by nobody because a table says so: what is told is which rules of the policy speak of it, and what they found. A control
//! of which nothing was checked says so, and one that no rule can speak of says that too.

mod frameworks;

use plimsoll_sbom::score;

pub use frameworks::FRAMEWORKS;

use crate::gate::{Decision, RuleDecision, RuleState};

/// A list of controls.
#[derive(Debug, Clone, Copy)]
pub struct Framework {
    /// A word for it.
    pub id: &'static str,
    /// Its name and edition.
    pub title: &'static str,
    /// Where it is published.
    pub source: &'static str,
    /// The controls that software artifacts have to do with.
    pub controls: &'static [Control],
}

/// A control.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// As the framework numbers it.
    pub id: &'static str,
    /// What it asks for, in our words.
    pub asks: &'static str,
    /// What speaks of it: all of these. None: nothing that can be checked of an artifact does.
    pub facts: &'static [Fact],
}

/// Something that a decision may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// What a rule of this name found.
    Rule(&'static str),
    /// A level of SLSA that is proven, such as `SLSA_BUILD_LEVEL_2`.
    Level {
        /// `BUILD` or `SOURCE`.
        track: &'static str,
        /// The least.
        least: u8,
    },
    /// A field of the SBOM, by the profile of CISA.
    SbomField(&'static str),
    /// That the decision, with its exceptions, is on record.
    Recorded,
}

/// How things stand with a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// All that speaks of it was checked and holds.
    Shown,
    /// It holds because somebody excepted what does not.
    Excepted,
    /// Some of what speaks of it was checked and holds; of the rest there is no evidence.
    Partial,
    /// Something that speaks of it was checked and does not hold.
    Contrary,
    /// There is no evidence.
    NoEvidence,
    /// Nothing that can be checked of an artifact speaks of it.
    OutOfScope,
}

impl Standing {
    /// As reports say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Excepted => "excepted",
            Self::Partial => "partial",
            Self::Contrary => "contrary",
            Self::NoEvidence => "no evidence",
            Self::OutOfScope => "out of scope",
        }
    }
}

/// How things stand with one control.
#[derive(Debug, Clone)]
pub struct ControlReport {
    /// The control.
    pub control: &'static Control,
    /// How things stand.
    pub standing: Standing,
    /// What was found of each fact, in words.
    pub evidence: Vec<String>,
}

/// How things stand with all controls of a framework.
#[derive(Debug, Clone)]
pub struct FrameworkReport {
    /// The framework.
    pub framework: &'static Framework,
    /// One for each control, in its order.
    pub controls: Vec<ControlReport>,
}

/// What controls are held against.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The decision.
    pub decision: &'a Decision,
    /// The proven SBOM by the profile `cisa-2026`; `None` when there is none that is proven.
    pub sbom: Option<&'a score::Report>,
}

/// Every framework held against a decision.
#[must_use]
pub fn comply(known: Known<'_>) -> Vec<FrameworkReport> {
    let one = |framework: &'static Framework| FrameworkReport {
        framework,
        controls: framework.controls.iter().map(|control| known.control(control)).collect(),
    };
    FRAMEWORKS.iter().map(one).collect()
}

impl Known<'_> {
    fn control(self, control: &'static Control) -> ControlReport {
        let found: Vec<(Standing, String)> = control.facts.iter().map(|fact| self.fact(*fact)).collect();
        let has = |standing| found.iter().any(|(found, _)| *found == standing);
        let all = |standing| found.iter().all(|(found, _)| *found == standing);
        let standing = if found.is_empty() {
            Standing::OutOfScope
        } else if has(Standing::Contrary) {
            Standing::Contrary
        } else if all(Standing::NoEvidence) {
            Standing::NoEvidence
        } else if has(Standing::NoEvidence) || has(Standing::Partial) {
            Standing::Partial
        } else if has(Standing::Excepted) {
            Standing::Excepted
        } else {
            Standing::Shown
        };
        ControlReport { control, standing, evidence: found.into_iter().map(|(_, text)| text).collect() }
    }

    fn fact(self, fact: Fact) -> (Standing, String) {
        match fact {
            Fact::Rule(name) => self.rule(name),
            Fact::Level { track, least } => self.level(track, least),
            Fact::SbomField(key) => self.field(key),
            Fact::Recorded => {
                (Standing::Shown, "this report, with every exception, names its inputs by digest".to_owned())
            }
        }
    }

    /// Several rules of one name all count.
    fn rule(self, name: &str) -> (Standing, String) {
        let of_name = |rule: &&RuleDecision| rule.rule == name || rule.rule.split('.').next() == Some(name);
        let rules: Vec<&RuleDecision> = self.decision.rules.iter().filter(of_name).collect();
        if rules.is_empty() {
            return (Standing::NoEvidence, format!("{name}: the policy has no such rule, so nothing was checked"));
        }
        let standing = rules.iter().map(|rule| standing(rule)).max().unwrap_or(Standing::NoEvidence);
        let told = rules.iter().map(|rule| format!("{}: {}{}", rule.rule, rule.state.word(), codes(rule)));
        (standing, told.collect::<Vec<_>>().join("; "))
    }

    fn level(self, track: &str, least: u8) -> (Standing, String) {
        let prefix = format!("SLSA_{track}_LEVEL_");
        let levels = self.decision.levels.iter().filter_map(|level| level.strip_prefix(&prefix)?.parse::<u8>().ok());
        match levels.max() {
            Some(proven) if proven >= least => (Standing::Shown, format!("{prefix}{proven} is proven")),
            Some(proven) => (Standing::Contrary, format!("{prefix}{proven} is proven, and no more")),
            None => (Standing::NoEvidence, format!("no level of the {} track is proven", track.to_ascii_lowercase())),
        }
    }

    fn field(self, id: &str) -> (Standing, String) {
        let Some(report) = self.sbom else {
            return (Standing::NoEvidence, "no SBOM is proven".to_owned());
        };
        let Some(found) = report.fields.iter().find(|found| found.field.name == id) else {
            return (Standing::NoEvidence, format!("{id}: not scored"));
        };
        let counts = found.counts;
        let said = counts.present.saturating_add(counts.unknown);
        let text = format!("{said} of {} ({} said to be unknown)", counts.asked(), counts.unknown);
        match (counts.asked(), counts.missing) {
            (0, _) => (Standing::NoEvidence, "nothing in the SBOM could have it".to_owned()),
            (_, 0) => (Standing::Shown, text),
            (asked, missing) if missing < asked => (Standing::Partial, text),
            _ => (Standing::Contrary, text),
        }
    }
}

fn standing(rule: &RuleDecision) -> Standing {
    match rule.state {
        RuleState::Passed => Standing::Shown,
        RuleState::Excused => Standing::Excepted,
        RuleState::Warned | RuleState::Denied => {
            let mut open =
                rule.checks.iter().filter(|check| check.excused_by.is_none()).filter_map(|check| check.code());
            if open.all(crate::gate::GateCode::is_missing_evidence) { Standing::NoEvidence } else { Standing::Contrary }
        }
    }
}

fn codes(rule: &RuleDecision) -> String {
    let open = rule.checks.iter().filter(|check| check.excused_by.is_none()).filter_map(|check| check.code());
    let codes: std::collections::BTreeSet<&str> = open.map(crate::gate::GateCode::id).collect();
    if codes.is_empty() { String::new() } else { format!(" ({})", codes.into_iter().collect::<Vec<_>>().join(", ")) }
}

#[cfg(test)]
mod tests;
