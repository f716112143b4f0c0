//! One face for advisories in a file and in memory.

use sha2::{Digest as _, Sha256};

use crate::error::SnapshotError;
use crate::exploitation::Exploitation;
use crate::matching::{Coverage, Matched, Target, coverage};
use crate::memory::Advisories;
use crate::record::{Advisory, Timestamp};
use crate::snapshot::Snapshot;

/// Advisories: a snapshot, or some in memory.
pub trait AdvisorySource: Sync {
    /// What stands for all of it: another one means that something changed.
    fn fingerprint(&self) -> String;

    /// What they are of; `None` when nobody knows.
    fn as_of(&self) -> Option<Timestamp>;

    /// The oldest date of the feeds that answer for these ecosystems; `None` when nobody knows.
    fn as_of_feeds(&self, ecosystems: &[&str]) -> Option<Timestamp>;

    /// Which feeds answer for a package, without asking them: much faster than [`AdvisorySource::matches`].
    fn coverage(&self, target: &Target) -> Coverage;

    /// The advisory of exactly this id.
    ///
    /// # Errors
    /// It cannot be read.
    fn record(&self, id: &str) -> Result<Option<Advisory>, SnapshotError>;

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

impl Advisory {
    /// The beginning of a digest of all that it says.
    #[must_use]
    pub fn fingerprint(&self) -> i64 {
        let bytes = postcard::to_stdvec(self).unwrap_or_default();
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        digest.first_chunk::<8>().map_or(0, |first| i64::from_be_bytes(*first))
    }
}

impl AdvisorySource for Snapshot {
    fn fingerprint(&self) -> String {
        self.digest().to_string()
    }

    fn as_of(&self) -> Option<Timestamp> {
        Self::as_of(self)
    }

    fn as_of_feeds(&self, ecosystems: &[&str]) -> Option<Timestamp> {
        Self::as_of_feeds(self, ecosystems.iter().copied())
    }

    fn coverage(&self, target: &Target) -> Coverage {
        coverage(self, target)
    }

    fn record(&self, id: &str) -> Result<Option<Advisory>, SnapshotError> {
        Self::record(self, id)
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
        let mut all = Sha256::new();
        for record in self.records() {
            all.update(record.fingerprint().to_be_bytes());
        }
        data_encoding::HEXLOWER.encode(&all.finalize())
    }

    fn as_of(&self) -> Option<Timestamp> {
        self.records().filter_map(|record| record.modified).max()
    }

    fn as_of_feeds(&self, ecosystems: &[&str]) -> Option<Timestamp> {
        let newest = |name: &&str| {
            let of = |record: &&Advisory| record.affected.iter().any(|entry| entry.ecosystem.name() == *name);
            self.records().filter(of).filter_map(|record| record.modified).max()
        };
        ecosystems.iter().filter_map(newest).min()
    }

    fn coverage(&self, target: &Target) -> Coverage {
        coverage(self, target)
    }

    fn record(&self, id: &str) -> Result<Option<Advisory>, SnapshotError> {
        Ok(self.records().find(|record| record.id == id).cloned())
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
