//! Exceptions for findings: a rule is the id of an advisory, any of its aliases.

use jiff::Timestamp;
use plimsoll_advisory::vex::Subject;

use super::RowSort;
use crate::{Exception, Exceptions, Name};

/// The exception that lets a finding pass, in what it was found and by what it is called. One for a malicious package has to
/// name the advisory that says so.
#[must_use]
pub fn excuse<'e>(
    exceptions: &'e Exceptions,
    subject: &Subject,
    names: &[Name],
    ids: &[&str],
    sort: RowSort,
    now: Timestamp,
) -> Option<&'e Exception> {
    let mut all: Vec<Name> = subject.component.purls.iter().map(Name::package).collect();
    if let Some(artifact) = &subject.artifact {
        all.extend(artifact.digests.iter().map(|digest| Name::Digest(digest.to_string())));
        all.extend(artifact.purls.iter().map(Name::package));
    }
    all.extend_from_slice(names);
    let told = |id: &&&str| sort != RowSort::Malicious || id.starts_with("MAL-");
    let rules: Vec<&str> = ids.iter().filter(told).copied().collect();
    exceptions.excusing(&all, &rules, now)
}
