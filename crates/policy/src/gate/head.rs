//! What every rule of a gate has: which artifacts it is about, since when, and what comes of it.

use jiff::Timestamp;

use crate::file::{Edge, Fields};
use crate::words::{nearest, quote};
use crate::{Name, NamePattern, PolicyError};

/// The keys that every rule has.
pub(crate) const HEAD: &[&str] = &["match", "effective_on", "action"];

/// What every rule has.
#[derive(Debug, Clone)]
pub struct Head {
    /// The artifacts that it is about; one of these. All, when it is empty.
    pub artifacts: Vec<NamePattern>,
    /// Since when it denies: before, it warns.
    pub effective_on: Option<Timestamp>,
    /// What comes of it.
    pub action: Action,
    /// The line in the policy; 0 when it is of none.
    pub line: u32,
}

/// What comes of a rule that does not hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// The artifact may not ship.
    #[default]
    Deny,
    /// It is told.
    Warn,
}

impl Head {
    /// Of a rule that is about all artifacts, and denies.
    pub(super) fn of_line(line: u32) -> Self {
        Self { artifacts: Vec::new(), effective_on: None, action: Action::Deny, line }
    }

    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self, PolicyError> {
        let mut artifacts = Vec::new();
        for text in fields.texts("match")? {
            artifacts.push(NamePattern::parse(text).map_err(|problem| fields.fault("match", problem))?);
        }
        let effective_on = match fields.value("effective_on") {
            Some(_) => Some(fields.day("effective_on", Edge::Begin)?),
            None => None,
        };
        let action = match fields.text("action")? {
            None | Some("deny") => Action::Deny,
            Some("warn") => Action::Warn,
            Some(other) => {
                let problem = format!("{} is no action{}", quote(other), nearest(other, &["deny", "warn"]));
                return Err(fields.fault("action", problem));
            }
        };
        Ok(Self { artifacts, effective_on, action, line: fields.line("") })
    }

    /// Whether it is about an artifact of one of these names.
    #[must_use]
    pub fn concerns(&self, names: &[Name]) -> bool {
        self.artifacts.is_empty()
            || names.iter().any(|name| self.artifacts.iter().any(|pattern| pattern.matches(name).is_some()))
    }

    /// Whether it denies at a time, and does not only warn.
    #[must_use]
    pub fn denies(&self, at: Timestamp) -> bool {
        self.action == Action::Deny && self.effective_on.is_none_or(|since| at >= since)
    }
}
