//! How well a document answers what a profile of fields asks for, and what to add where it does not.
//!
//! Profiles are data: a table in `schemas/profiles` names the fields, how much each counts, and the check that looks for
//! it; `checks.table` says for each check what to add, in the words of each standard. A check looks at the neutral
//! [`Document`](crate::Document), and at the tree only for what that has no field for. A field that is said to be unknown
//! is neither there nor left out: whether that satisfies is for the profile to say.
//!
//! A score is the weighted mean of the shares of the fields, from 0 to 100. Adding what is missing never lowers it.

mod check;
mod facts;
mod fixes;
mod profile;
mod report;
mod spellings;

pub use check::Outcome;
pub use profile::{Among, Field, Group, Profile, Requirement};
pub use report::{Counts, FieldReport, GroupReport, Offender, Report, grade, points};

use crate::encoding::Parsed;
use facts::Facts;

/// How to score.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Places to list of each field.
    pub offenders: usize,
    /// A detached signature of the document is at hand. It is not verified here.
    pub signed: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { offenders: 5, signed: false }
    }
}

/// Scores a document by each of the profiles.
#[must_use]
pub fn score(parsed: &Parsed, profiles: &[&'static Profile], options: &Options) -> Vec<Report> {
    let tree = spellings::corrected(&parsed.tree);
    let facts = Facts::new(parsed, &tree, options.signed);
    profiles.iter().map(|profile| report::report(&facts, profile, options.offenders)).collect()
}

#[cfg(test)]
mod tests;
