//! Making a snapshot.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::Snapshot;
use super::header::{Feed, Header, MAGIC, SCHEMA, TablePlace};
use super::table::TableWriter;
use crate::error::SnapshotError;
use crate::exploitation::Exploitation;
use crate::matching::Rows;
use crate::record::{Advisory, Timestamp};

/// Collects what a snapshot will hold. The order in which it is told does not matter.
#[derive(Debug, Default)]
pub struct SnapshotBuilder {
    records: BTreeMap<String, Advisory>,
    exploitation: BTreeMap<String, Exploitation>,
    fetched: BTreeMap<String, Timestamp>,
}

impl SnapshotBuilder {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All that a snapshot holds, to be added to.
    ///
    /// # Errors
    /// The snapshot cannot be read.
    pub fn from_snapshot(snapshot: &Snapshot) -> Result<Self, SnapshotError> {
        let mut builder = Self::new();
        snapshot.each_advisory(|advisory| {
            builder.add(advisory);
            Ok::<_, SnapshotError>(())
        })?;
        snapshot.each_exploitation(|cve, known| {
            builder.exploitation.insert(cve.to_owned(), known);
            Ok::<_, SnapshotError>(())
        })?;
        for feed in snapshot.feeds() {
            builder.fetched.extend(feed.as_of().map(|of| (feed.ecosystem().to_owned(), of)));
        }
        Ok(builder)
    }

    /// Adds an advisory. Of two with one id the one changed last stays, of two changed at once the larger.
    pub fn add(&mut self, advisory: Advisory) {
        use std::collections::btree_map::Entry;
        match self.records.entry(advisory.id.clone()) {
            Entry::Vacant(place) => _ = place.insert(advisory),
            Entry::Occupied(mut place) if precedes(place.get(), &advisory) => _ = place.insert(advisory),
            Entry::Occupied(_) => {}
        }
    }

    /// Takes an advisory out.
    pub fn remove(&mut self, id: &str) -> Option<Advisory> {
        self.records.remove(id)
    }

    /// When an advisory that is here was changed.
    #[must_use]
    pub fn modified(&self, id: &str) -> Option<Timestamp> {
        self.records.get(id).and_then(|advisory| advisory.modified)
    }

    /// How many advisories there are.
    #[must_use]
    pub fn advisories(&self) -> usize {
        self.records.len()
    }

    /// What is known of how a CVE is exploited, in place of what was known.
    pub fn exploitation(&mut self, cve: &str) -> &mut Exploitation {
        self.exploitation.entry(cve.to_owned()).or_default()
    }

    /// Says of which moment a feed (`PyPI`, `KEV`) tells: that at which it was fetched.
    pub fn fetched(&mut self, feed: &str, at: Timestamp) {
        let held = self.fetched.entry(feed.to_owned()).or_insert(at);
        *held = at.max(*held);
    }

    /// Forgets all that is known of exploitation from the catalogue of known exploited vulnerabilities.
    pub fn clear_known_exploited(&mut self) {
        self.exploitation.values_mut().for_each(|known| known.known_exploited = None);
    }

    /// Writes the snapshot beside its place, and puts it there when it is whole.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_file(&self, path: &Path, created: Timestamp) -> Result<(), SnapshotError> {
        let fail = |source| SnapshotError::Write { path: path.to_owned(), source };
        let mut partial = path.as_os_str().to_owned();
        partial.push(format!(".{}.partial", std::process::id()));
        let written = || -> Result<(), SnapshotError> {
            let mut file = BufWriter::new(File::create(&partial).map_err(fail)?);
            self.write(&mut file, created)?;
            file.into_inner().map_err(|error| fail(error.into_error()))?.sync_all().map_err(fail)?;
            fs::rename(&partial, path).map_err(fail)
        };
        written().inspect_err(|_| _ = fs::remove_file(&partial))
    }

    /// Writes the snapshot.
    ///
    /// # Errors
    /// It cannot be written, or holds more than the format can say.
    pub fn write(&self, file: &mut dyn Write, created: Timestamp) -> Result<(), SnapshotError> {
        let mut out = |bytes: &[u8]| file.write_all(bytes).map_err(SnapshotError::Read);
        let mut places = Places::default();
        places.table(&mut out, self.records.iter().map(|(id, advisory)| (id.as_bytes(), encode(advisory))))?;
        let aliases = self.aliases();
        places.table(&mut out, aliases.iter().map(|(alias, ids)| (alias.as_bytes(), encode(ids))))?;
        let mut rows = Rows::default();
        self.records.values().for_each(|advisory| rows.add(advisory));
        places.table(&mut out, rows.finish().map(|(key, row)| (key, encode(&row))))?;
        places.table(&mut out, self.exploitation.iter().map(|(cve, known)| (cve.as_bytes(), encode(known))))?;
        let mut end = places.end;
        let mut indices = std::mem::take(&mut places.indices).into_iter();
        let mut place = || -> Result<TablePlace, SnapshotError> {
            let (entries, index) = indices.next().unwrap_or_default();
            out(&index)?;
            let (offset, length) = (end, index.len() as u64);
            end = end.saturating_add(length);
            Ok(TablePlace { entries, offset, length, sha256: Sha256::digest(&index).into() })
        };
        let header = Header {
            schema: SCHEMA,
            created: created.as_second(),
            feeds: self.feeds(),
            records: place()?,
            aliases: place()?,
            packages: place()?,
            exploitation: place()?,
        };
        let header = encode(&header)?;
        let length = u32::try_from(header.len()).map_err(|_| SnapshotError::TooLarge { what: "the header" })?;
        out(&header)?;
        out(&length.to_le_bytes())?;
        out(&Sha256::digest(&header))?;
        out(&MAGIC)
    }

    fn aliases(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut aliases: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for advisory in self.records.values() {
            for alias in advisory.identifiers().filter(|alias| *alias != advisory.id) {
                let ids = aliases.entry(alias).or_default();
                if ids.last() != Some(&advisory.id.as_str()) {
                    ids.push(&advisory.id);
                }
            }
        }
        aliases
    }

    /// Feeds by name. One that nobody fetched is as old as what is newest in it.
    fn feeds(&self) -> Vec<Feed> {
        let mut feeds: BTreeMap<&str, (u64, Option<Timestamp>)> = BTreeMap::new();
        for advisory in self.records.values() {
            let mut names: Vec<&str> = advisory.affected.iter().map(|entry| entry.ecosystem.name()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let (records, newest) = feeds.entry(name).or_default();
                *records = records.saturating_add(1);
                *newest = (*newest).max(advisory.modified).max(advisory.published);
            }
        }
        for name in self.fetched.keys() {
            feeds.entry(name).or_default();
        }
        let feed = |(name, (records, newest)): (&str, (u64, Option<Timestamp>))| Feed {
            ecosystem: name.to_owned(),
            records,
            as_of: self.fetched.get(name).copied().max(newest).map(Timestamp::as_second),
            modified: newest.map(Timestamp::as_second),
        };
        feeds.into_iter().map(feed).collect()
    }
}

/// Where tables ended up.
#[derive(Default)]
struct Places {
    end: u64,
    indices: Vec<(u64, Vec<u8>)>,
}

impl Places {
    fn table<K: AsRef<[u8]>>(
        &mut self,
        out: &mut dyn FnMut(&[u8]) -> Result<(), SnapshotError>,
        entries: impl Iterator<Item = (K, Result<Vec<u8>, SnapshotError>)>,
    ) -> Result<(), SnapshotError> {
        let mut table = TableWriter::new(out, self.end);
        for (key, value) in entries {
            table.add(key.as_ref(), &value?)?;
        }
        let (end, count, index) = table.finish()?;
        self.end = end;
        self.indices.push((count, index));
        Ok(())
    }
}

fn encode<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, SnapshotError> {
    postcard::to_stdvec(value).map_err(|_| SnapshotError::TooLarge { what: "one entry" })
}

/// Whether another record of the same id is to be taken instead: never by the order in which they came.
fn precedes(held: &Advisory, other: &Advisory) -> bool {
    (held.modified, encode(held).unwrap_or_default()) < (other.modified, encode(other).unwrap_or_default())
}
