//! What a format could not carry.

use std::collections::BTreeMap;

/// The facts that an encoder had to leave out, by kind, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loss {
    facts: BTreeMap<&'static str, u64>,
}

impl Loss {
    /// Whether nothing was lost.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Kind of fact, and how many were left out.
    pub fn facts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.facts.iter().map(|(fact, count)| (*fact, *count))
    }

    pub(crate) fn add(&mut self, fact: &'static str, count: usize) {
        if count > 0 {
            let held = self.facts.entry(fact).or_default();
            *held = held.saturating_add(count as u64);
        }
    }
}
