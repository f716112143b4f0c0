//! What came of it.

use jiff::Timestamp;

use super::{GateCode, Head};

/// Whether an artifact may ship, and why.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Decision {
    /// The answer.
    pub verdict: Verdict,
    /// What each rule that is about the artifact says, in the order of the schema.
    pub rules: Vec<RuleDecision>,
    /// The exception that broke the glass: it let pass what the rules deny.
    pub broken_glass: Option<String>,
    /// The levels of SLSA that are proven, whatever the answer: `SLSA_BUILD_LEVEL_3`.
    pub levels: Vec<String>,
}

/// The answer of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Every rule holds, or is excused.
    Pass,
    /// It may ship, and somebody should look at it.
    Warn,
    /// It may not ship.
    Deny,
}

impl Verdict {
    /// As reports say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// What one rule says.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RuleDecision {
    /// The rule: the name of its table, with the name that the author gave it after a dot.
    pub rule: String,
    /// The line of its table in the policy; 0 when it is of none.
    pub line: u32,
    /// Since when it denies.
    pub effective_on: Option<Timestamp>,
    /// The answer.
    pub state: RuleState,
    /// All that was checked.
    pub checks: Vec<GateCheck>,
}

/// The answer of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RuleState {
    /// It holds.
    Passed,
    /// It does not, and somebody lets all that does not hold pass.
    Excused,
    /// It does not, and only warns.
    Warned,
    /// It does not.
    Denied,
}

impl RuleState {
    /// As reports say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Excused => "excused",
            Self::Warned => "warned",
            Self::Denied => "denied",
        }
    }
}

/// One thing that was, or was not, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateCheck {
    /// What: a stable word, such as `signer`.
    pub name: &'static str,
    /// Whether it holds.
    pub state: GateCheckState,
    /// What it is about within the artifact: a purl, `purl ADVISORY`, a result of a scanner. Empty for the artifact.
    pub about: String,
    /// In a sentence without a full stop.
    pub message: String,
    /// What was expected.
    pub expected: Option<String>,
    /// What there is.
    pub actual: Option<String>,
    /// Where that was seen: a file of evidence, `scan`, `policy`. Empty for nowhere.
    pub place: String,
    /// Codes of the verification behind it: `PLM-V0301`.
    pub because: Vec<String>,
    /// What exceptions may call it beside its code: ids of advisories.
    pub ids: Vec<String>,
    /// The exception that lets it pass.
    pub excused_by: Option<String>,
}

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GateCheckState {
    /// It does.
    Passed,
    /// It does not.
    Failed(GateCode),
    /// It does not, and the rule itself says that it should be told and not refused.
    Warned(GateCode),
    /// It was not checked; the message says why.
    NotChecked,
}

impl GateCheck {
    /// Something that holds.
    #[must_use]
    pub fn passed(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(name, GateCheckState::Passed, message.into())
    }

    /// Something that does not.
    #[must_use]
    pub fn failed(name: &'static str, code: GateCode, message: impl Into<String>) -> Self {
        Self::new(name, GateCheckState::Failed(code), message.into())
    }

    /// Something that does not and is only told.
    #[must_use]
    pub fn warned(name: &'static str, code: GateCode, message: impl Into<String>) -> Self {
        Self::new(name, GateCheckState::Warned(code), message.into())
    }

    /// Something that was not checked.
    #[must_use]
    pub fn not_checked(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(name, GateCheckState::NotChecked, message.into())
    }

    fn new(name: &'static str, state: GateCheckState, message: String) -> Self {
        Self {
            name,
            state,
            about: String::new(),
            message,
            expected: None,
            actual: None,
            place: String::new(),
            because: Vec::new(),
            ids: Vec::new(),
            excused_by: None,
        }
    }

    /// What it is about within the artifact.
    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// What was expected and what there is.
    #[must_use]
    pub fn between(mut self, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        (self.expected, self.actual) = (Some(expected.into()), Some(actual.into()));
        self
    }

    /// Where it was seen.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = place.into();
        self
    }

    /// The code, when it does not hold.
    #[must_use]
    pub fn code(&self) -> Option<GateCode> {
        match self.state {
            GateCheckState::Failed(code) | GateCheckState::Warned(code) => Some(code),
            _ => None,
        }
    }
}

impl Decision {
    pub(super) fn of(rules: Vec<RuleDecision>) -> Self {
        let verdict = match rules.iter().map(|rule| rule.state).max() {
            Some(RuleState::Denied) | None => Verdict::Deny,
            Some(RuleState::Warned) => Verdict::Warn,
            Some(_) => Verdict::Pass,
        };
        Self { verdict, rules, broken_glass: None, levels: Vec::new() }
    }

    /// One with these rules and checks.
    #[cfg(test)]
    pub(crate) fn for_tests(rules: Vec<(&str, Vec<GateCheck>)>) -> Self {
        let head = Head { artifacts: Vec::new(), effective_on: None, action: super::Action::Deny, line: 1 };
        let rules = rules
            .into_iter()
            .map(|(name, checks)| RuleDecision::of(name.to_owned(), &head, checks, Timestamp::UNIX_EPOCH));
        Self::of(rules.collect())
    }

    /// Everything that does not hold and is not excused, with its rule.
    pub fn reasons(&self) -> impl Iterator<Item = (&RuleDecision, &GateCheck)> {
        self.rules.iter().flat_map(|rule| {
            rule.checks
                .iter()
                .filter(|check| check.code().is_some() && check.excused_by.is_none())
                .map(move |check| (rule, check))
        })
    }

    /// The ids of the exceptions that made a difference.
    #[must_use]
    pub fn excused_by(&self) -> std::collections::BTreeSet<String> {
        let checks = self.rules.iter().flat_map(|rule| &rule.checks);
        checks.filter_map(|check| check.excused_by.clone()).chain(self.broken_glass.clone()).collect()
    }
}

impl RuleDecision {
    /// What one rule comes to, at a time.
    pub(super) fn of(rule: String, head: &Head, checks: Vec<GateCheck>, at: Timestamp) -> Self {
        let open = |check: &&GateCheck| check.excused_by.is_none();
        let failed = checks.iter().filter(open).any(|check| matches!(check.state, GateCheckState::Failed(_)));
        let warned = checks.iter().filter(open).any(|check| matches!(check.state, GateCheckState::Warned(_)));
        let state = match (failed, warned) {
            (true, _) if head.denies(at) => RuleState::Denied,
            (true, _) | (_, true) => RuleState::Warned,
            _ if checks.iter().any(|check| check.excused_by.is_some()) => RuleState::Excused,
            _ => RuleState::Passed,
        };
        Self { rule, line: head.line, effective_on: head.effective_on, state, checks }
    }

    pub(super) fn no_rule() -> Self {
        let checks = vec![GateCheck::failed("rules", GateCode::NoRule, GateCode::NoRule.means())];
        Self { rule: "gate".to_owned(), line: 0, effective_on: None, state: RuleState::Denied, checks }
    }
}
