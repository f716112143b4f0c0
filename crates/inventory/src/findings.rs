//! Findings: which advisories affect which lines of builds, since when, and what became of it.
//!
//! A finding is of a line of builds, an advisory and a package: the next build with the same fault is the same finding. What is
//! asked of one build exactly is a question of its components. The table `finding` holds how things are, the table `event` what
//! happened, written together, so that times to fix can be told later.
//!
//! Findings are kept up by a reverse join and never by scanning again: of advisories only those that changed, then the packages they
//! name, the component versions in range, their posting lists, and of those only the builds that count. Of documents only those of
//! lines of builds whose documents changed are looked at, through their outlines.
//!
//! The builds that count are those that run somewhere; of a line of which nothing runs, the newest.

mod changed;
mod current;
mod delta;
mod evaluate;
mod known;
mod list;
mod page;
mod reassess;
mod source;
mod statistics;
mod survival;
mod words;
mod write;

pub use list::{EventRow, FindingFilter, FindingRow};
pub use page::{EventCount, FindingCount};
pub use reassess::{Grounds, Reassessment};
pub use source::{Excuse, Finding};
pub use statistics::{
    Breakdown, Coverage as StatisticsCoverage, Share, Statistics, StatisticsQuery, StatisticsRow, Week,
};
pub use survival::{Observation, Survival};
pub use words::{EventKind, FindingSort, FindingState};

#[cfg(test)]
mod tests;
