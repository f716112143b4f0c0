//! Advisories in one file that is read by position.
//!
//! The file is four sorted tables (records by id, ids by alias, rows by package, exploitation by CVE) of compressed
//! blocks, then the index of each, then a header, then a footer that finds the header:
//!
//! ```text
//! blocks … | index × 4 | header | footer: length of the header, its SHA-256, magic
//! ```
//!
//! The header has the digest of each index, an index the digest of each of its blocks: so the digest of the header stands
//! for the whole file, and what is read is checked when it is read. Opening reads some hundred bytes. The bytes depend
//! on what is in it and on nothing else, and a file is written whole or not at all.

mod build;
mod file;
mod header;
mod table;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_model::Digest;

use crate::error::SnapshotError;
use crate::exploitation::Exploitation;
use crate::matching::{Lookup, Matched, Row, Target, match_all};
use crate::packages::AffectedPackage;
use crate::record::{Advisory, Timestamp};
use file::SnapshotFile;

pub use build::SnapshotBuilder;
pub use header::Feed;

/// A file of advisories, open for reading. It may be shared by threads.
#[derive(Debug)]
pub struct Snapshot {
    path: PathBuf,
    file: SnapshotFile,
}

impl Snapshot {
    /// Opens a file. Of its contents only the header is read.
    ///
    /// # Errors
    /// It cannot be read, is no snapshot, is of another schema, or is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SnapshotError> {
        let path = path.as_ref();
        Ok(Self { path: path.to_owned(), file: SnapshotFile::open(path)? })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The digest that stands for all that is in it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.file.digest()
    }

    /// When it was made.
    #[must_use]
    pub fn created(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.file.header().created).ok()
    }

    /// What it is made of, by ecosystem.
    #[must_use]
    pub fn feeds(&self) -> &[Feed] {
        &self.file.header().feeds
    }

    /// How many advisories it has.
    #[must_use]
    pub fn advisories(&self) -> u64 {
        self.file.header().records.entries
    }

    /// How many CVEs it knows to be exploited, or has a probability for.
    #[must_use]
    pub fn exploitations(&self) -> u64 {
        self.file.header().exploitation.entries
    }

    /// The newest that any feed is of: the date of the advisories as a whole.
    #[must_use]
    pub fn as_of(&self) -> Option<Timestamp> {
        self.feeds().iter().filter_map(Feed::as_of).max()
    }

    /// The oldest date of the feeds of these ecosystems (`PyPI`, `Debian`): what an answer about them is of. Feeds that are
    /// not there have no date.
    #[must_use]
    pub fn as_of_feeds<'a>(&self, ecosystems: impl IntoIterator<Item = &'a str>) -> Option<Timestamp> {
        let feeds = ecosystems.into_iter().filter_map(|name| self.feeds().iter().find(|feed| feed.ecosystem() == name));
        feeds.filter_map(Feed::as_of).min()
    }

    /// How many whole seconds older than `now` the advisories are; 0 when they are newer.
    #[must_use]
    pub fn age_seconds(&self, now: Timestamp) -> Option<u64> {
        self.as_of().map(|of| u64::try_from(now.as_second().saturating_sub(of.as_second())).unwrap_or_default())
    }

    /// The advisory of this id; without one, the advisories that have it as an alias or derive from it.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn get(&self, id: &str) -> Result<Vec<Advisory>, SnapshotError> {
        if let Some(found) = self.record(id)? {
            return Ok(vec![found]);
        }
        let mut found = Vec::new();
        for id in self.aliased(id)? {
            found.extend(self.record(&id)?);
        }
        Ok(found)
    }

    /// Every advisory that is this one or says that it is the same or derives from it, by id.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn all_of(&self, id: &str) -> Result<Vec<Advisory>, SnapshotError> {
        let mut ids = self.aliased(id)?;
        ids.push(id.to_owned());
        ids.sort_unstable();
        ids.dedup();
        let found: Result<Vec<_>, _> = ids.iter().map(|id| self.record(id)).collect();
        Ok(found?.into_iter().flatten().collect())
    }

    /// The advisory of exactly this id.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn record(&self, id: &str) -> Result<Option<Advisory>, SnapshotError> {
        self.file.records()?.get(id.as_bytes())?.map(|bytes| file::decode(&bytes)).transpose()
    }

    /// The packages that an advisory, or those that have it as an alias, affect: to look for who has them.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn packages_of(&self, id: &str) -> Result<Vec<AffectedPackage>, SnapshotError> {
        Ok(self.all_of(id)?.iter().flat_map(Advisory::packages).collect())
    }

    fn aliased(&self, id: &str) -> Result<Vec<String>, SnapshotError> {
        let found = self.file.aliases()?.get(id.as_bytes())?;
        Ok(found.map(|bytes| file::decode(&bytes)).transpose()?.unwrap_or_default())
    }

    /// Calls `each` with every advisory, by id. It reads the file once, block by block.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged; or what `each` answers.
    pub fn each_advisory<E: From<SnapshotError>>(
        &self,
        mut each: impl FnMut(Advisory) -> Result<(), E>,
    ) -> Result<(), E> {
        self.file.records()?.each(|_, value| each(file::decode(value)?))
    }

    /// Calls `each` with the ecosystem, the normalised name and the release of every package that an advisory names.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged; or what `each` answers.
    pub fn each_package<E: From<SnapshotError>>(
        &self,
        mut each: impl FnMut(&str, &str, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        self.file.packages()?.each(|key, _| {
            let text = std::str::from_utf8(key).map_err(|_| SnapshotError::Damaged { what: "a key" })?;
            let mut parts = text.splitn(3, '\0');
            each(parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        })
    }

    /// What is known about whether a CVE is exploited.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn exploitation(&self, cve: &str) -> Result<Option<Exploitation>, SnapshotError> {
        self.file.exploitation()?.get(cve.as_bytes())?.map(|bytes| file::decode(&bytes)).transpose()
    }

    /// Calls `each` with every CVE that is known to be exploited or has a probability.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged; or what `each` answers.
    pub fn each_exploitation<E: From<SnapshotError>>(
        &self,
        mut each: impl FnMut(&str, Exploitation) -> Result<(), E>,
    ) -> Result<(), E> {
        self.file.exploitation()?.each(|cve, value| each(&String::from_utf8_lossy(cve), file::decode(value)?))
    }

    /// Reads all of it and checks every digest.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn verify(&self) -> Result<(), SnapshotError> {
        for table in [self.file.records()?, self.file.aliases()?, self.file.packages()?, self.file.exploitation()?] {
            table.each(|_, _| Ok::<_, SnapshotError>(()))?;
        }
        Ok(())
    }

    /// Decides for each target which advisories affect it; answers come in the order of the targets.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn matches(&self, targets: &[Target]) -> Result<Vec<Matched>, SnapshotError> {
        match_all(self, targets)
    }
}

impl Lookup for Snapshot {
    fn rows(&self, ecosystem: &str, name: &str) -> Result<Vec<Arc<Row>>, SnapshotError> {
        self.file.rows(ecosystem, name)
    }

    fn covers(&self, ecosystem: &str) -> bool {
        self.feeds().iter().any(|feed| feed.ecosystem() == ecosystem)
    }
}
