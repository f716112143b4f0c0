//! One thing that was, or was not, checked of a build.

use crate::{Check, CheckState, Code};

/// One thing that was, or was not, checked of a build: with what was expected, what was found, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildCheck {
    /// What: a stable word, such as `source` or `level`.
    pub name: &'static str,
    /// Whether it holds.
    pub state: BuildCheckState,
    /// What was expected; `None` when nothing was.
    pub expected: Option<String>,
    /// What was found; `None` when there is nothing.
    pub actual: Option<String>,
    /// Where: a JSON pointer into the statement, or `certificate`.
    pub place: String,
}

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildCheckState {
    /// It was checked, and holds.
    Passed,
    /// It was checked, and does not hold: why.
    Failed(Code),
    /// It was not checked: nothing was expected, or there is nothing to compare with.
    NotChecked,
}

/// The checks of one piece of evidence, as they are made.
#[derive(Debug, Default)]
pub(crate) struct Checks(pub(crate) Vec<BuildCheck>);

impl Checks {
    /// What was checked of the evidence itself. Who may sign is another question here, and asked afterwards.
    pub(super) fn of_evidence(&mut self, checks: &[Check]) {
        for check in checks.iter().filter(|check| !["identity", "issuer", "predicate-type"].contains(&check.name)) {
            let state = match check.state {
                CheckState::Passed => BuildCheckState::Passed,
                _ => BuildCheckState::NotChecked,
            };
            self.push(check.name, state, None, Some(&check.detail), "evidence");
        }
    }

    pub(crate) fn passed(&mut self, name: &'static str, expected: impl Into<String>, actual: &str, place: &str) {
        self.push(name, BuildCheckState::Passed, Some(expected.into()), Some(actual), place);
    }

    pub(crate) fn failed(
        &mut self,
        name: &'static str,
        code: Code,
        expected: impl Into<String>,
        actual: Option<&str>,
        place: &str,
    ) {
        self.push(name, BuildCheckState::Failed(code), Some(expected.into()), actual, place);
    }

    pub(crate) fn not_checked(&mut self, name: &'static str, actual: Option<&str>, place: &str) {
        self.push(name, BuildCheckState::NotChecked, None, actual, place);
    }

    /// Passed when it holds.
    pub(crate) fn compare(
        &mut self,
        holds: bool,
        name: &'static str,
        code: Code,
        expected: impl Into<String>,
        actual: Option<&str>,
        place: &str,
    ) {
        let state = if holds { BuildCheckState::Passed } else { BuildCheckState::Failed(code) };
        self.push(name, state, Some(expected.into()), actual, place);
    }

    fn push(
        &mut self,
        name: &'static str,
        state: BuildCheckState,
        expected: Option<String>,
        actual: Option<&str>,
        place: &str,
    ) {
        let actual = actual.map(str::to_owned);
        self.0.push(BuildCheck { name, state, expected, actual, place: place.to_owned() });
    }

    /// The first that does not hold.
    pub(crate) fn failure(&self) -> Option<(&BuildCheck, Code)> {
        self.0.iter().find_map(|check| match check.state {
            BuildCheckState::Failed(code) => Some((check, code)),
            _ => None,
        })
    }
}
