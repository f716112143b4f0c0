//! What findings are made from.

use jiff::Timestamp;
use plimsoll_advisory::vex::Subject;
use plimsoll_advisory::{Advisories, Advisory, Exploitation, Matched, Rating, Snapshot, SnapshotError, Target};

use super::FindingSort;

/// Advisories: a snapshot, or some in memory.
pub trait AdvisorySource {
    /// What stands for all of it: another one means that something changed.
    fn fingerprint(&self) -> String;

    /// What they are of; `None` when nobody knows.
    fn as_of(&self) -> Option<Timestamp>;

    /// Calls `each` with every advisory.
    ///
    /// # Errors
    /// They cannot be read.
    fn each_advisory(&self, each: &mut dyn FnMut(&Advisory)) -> Result<(), SnapshotError>;

    /// Which advisories affect each of the targets.
    ///
    /// # Errors
    /// They cannot be read.
    fn matches(&self, targets: &[Target]) -> Result<Vec<Matched>, SnapshotError>;

    /// What is known about whether a CVE is exploited.
    ///
    /// # Errors
    /// It cannot be read.
    fn exploitation(&self, cve: &str) -> Result<Option<Exploitation>, SnapshotError>;
}

impl AdvisorySource for Snapshot {
    fn fingerprint(&self) -> String {
        self.digest().to_string()
    }

    fn as_of(&self) -> Option<Timestamp> {
        Self::as_of(self)
    }

    fn each_advisory(&self, each: &mut dyn FnMut(&Advisory)) -> Result<(), SnapshotError> {
        Self::each_advisory(self, |advisory| {
            each(&advisory);
            Ok(())
        })
    }

    fn matches(&self, targets: &[Target]) -> Result<Vec<Matched>, SnapshotError> {
        Self::matches(self, targets)
    }

    fn exploitation(&self, cve: &str) -> Result<Option<Exploitation>, SnapshotError> {
        Self::exploitation(self, cve)
    }
}

impl AdvisorySource for Advisories {
    fn fingerprint(&self) -> String {
        use sha2::Digest as _;
        let mut all = sha2::Sha256::new();
        for record in self.records() {
            all.update(super::changed::digest(record).to_be_bytes());
        }
        data_encoding::HEXLOWER.encode(&all.finalize())
    }

    fn as_of(&self) -> Option<Timestamp> {
        self.records().filter_map(|record| record.modified).max()
    }

    fn each_advisory(&self, each: &mut dyn FnMut(&Advisory)) -> Result<(), SnapshotError> {
        self.records().for_each(each);
        Ok(())
    }

    fn matches(&self, targets: &[Target]) -> Result<Vec<Matched>, SnapshotError> {
        Ok(Self::matches(self, targets))
    }

    fn exploitation(&self, _: &str) -> Result<Option<Exploitation>, SnapshotError> {
        Ok(None)
    }
}

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
