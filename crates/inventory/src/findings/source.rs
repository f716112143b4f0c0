//! What is shown to whoever lets findings pass.

use plimsoll_advisory::Rating;
use plimsoll_advisory::vex::Subject;

use super::FindingSort;

/// A finding as whoever lets it pass sees it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Finding<'a> {
    /// The name of the line of builds.
    pub lineage: &'a str,
    /// The component, and the build it is in.
    pub subject: &'a Subject,
    /// The ids of the advisory, its own first.
    pub ids: &'a [&'a str],
    /// What sort of thing it tells of.
    pub sort: FindingSort,
    /// How bad it is.
    pub severity: Option<Rating>,
}

/// Exceptions: what somebody lets pass.
pub trait Excuse {
    /// What stands for all that it lets pass at this time.
    fn fingerprint(&self) -> String;

    /// The name of what lets a finding pass.
    fn excuse(&self, finding: &Finding<'_>) -> Option<String>;
}
