//! Making a snapshot.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::Snapshot;
use super::file::decode;
use super::header::{Feed, Header, MAGIC, SCHEMA, TablePlace};
use super::table::TableWriter;
use crate::error::SnapshotError;
use crate::exploitation::Exploitation;
use crate::matching::Rows;
use crate::record::{Advisory, Timestamp};

/// A record, small: all that is published would not fit into memory otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Packed {
    modified: Option<Timestamp>,
    /// What an [`Advisory`] is written as, compressed.
    bytes: Box<[u8]>,
    raw: usize,
}

impl Packed {
    fn new(advisory: &Advisory) -> Self {
        // Neither fails: memory takes all, and the level is one that there is.
        let raw = postcard::to_stdvec(advisory).unwrap_or_default();
        let bytes = zstd::bulk::compress(&raw, 1).unwrap_or_default();
        Self { modified: advisory.modified, bytes: bytes.into(), raw: raw.len() }
    }

    fn raw(&self) -> Result<Vec<u8>, SnapshotError> {
        zstd::bulk::decompress(&self.bytes, self.raw).map_err(SnapshotError::Read)
    }
}

/// Records that are unpacked at once.
const CHUNK: usize = 4096;

/// Collects what a snapshot will hold. The order in which it is told does not matter.
#[derive(Debug, Default)]
pub struct SnapshotBuilder {
    records: BTreeMap<String, Packed>,
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
            builder.add(&advisory);
            Ok::<_, SnapshotError>(())
        })?;
        snapshot.each_exploitation(|cve, known| {
            builder.exploitation.insert(cve.to_owned(), known);
            Ok::<_, SnapshotError>(())
        })?;
        for feed in snapshot.feeds() {
            let said = feed.as_of.and_then(|seconds| Timestamp::from_second(seconds).ok());
            builder.fetched.extend(said.map(|at| (feed.ecosystem().to_owned(), at)));
        }
        Ok(builder)
    }

    /// Adds an advisory. Of two with one id the one changed last stays, of two changed at once always the same.
    pub fn add(&mut self, advisory: &Advisory) {
        self.insert(&advisory.id, Packed::new(advisory));
    }

    /// Adds advisories, on all processors.
    pub fn add_all(&mut self, advisories: &[Advisory]) {
        let packed: Vec<Packed> = advisories.par_iter().map(Packed::new).collect();
        for (advisory, packed) in advisories.iter().zip(packed) {
            self.insert(&advisory.id, packed);
        }
    }

    fn insert(&mut self, id: &str, packed: Packed) {
        let newer = |held: &Packed| (held.modified, &held.bytes) < (packed.modified, &packed.bytes);
        if self.records.get(id).is_none_or(newer) {
            self.records.insert(id.to_owned(), packed);
        }
    }

    /// Takes an advisory out; whether there was one.
    pub fn remove(&mut self, id: &str) -> bool {
        self.records.remove(id).is_some()
    }

    /// When an advisory that is here was changed.
    #[must_use]
    pub fn modified(&self, id: &str) -> Option<Timestamp> {
        self.records.get(id).and_then(|record| record.modified)
    }

    /// The newest moment that anything here tells of: when feeds were fetched, and records changed. A snapshot that is said to be
    /// made then has the same bytes whenever it is written.
    #[must_use]
    pub fn as_of(&self) -> Option<Timestamp> {
        let changed = self.records.values().filter_map(|record| record.modified);
        changed.chain(self.fetched.values().copied()).max()
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

    /// Says of which moment a feed (`PyPI`, `KEV`) tells: that at which it was fetched, or of the newest record of a dump.
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
        let drawn = self.records(&mut out, &mut places)?;
        places.table(&mut out, drawn.aliases.iter().map(|(alias, ids)| (alias.as_bytes(), encode(ids))))?;
        places.table(&mut out, drawn.rows.finish().map(|(key, row)| (key, encode(&row))))?;
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
            feeds: drawn.feeds,
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

    /// Writes the records, and draws from them what the other tables hold.
    fn records(
        &self,
        out: &mut dyn FnMut(&[u8]) -> Result<(), SnapshotError>,
        places: &mut Places,
    ) -> Result<Drawn, SnapshotError> {
        let mut table = TableWriter::new(out, places.end);
        let (mut rows, mut aliases, mut feeds) = (Rows::default(), Aliases::default(), FeedCounts::default());
        let records: Vec<(&String, &Packed)> = self.records.iter().collect();
        for chunk in records.chunks(CHUNK) {
            let unpacked: Vec<Result<(Vec<u8>, Advisory), SnapshotError>> = chunk
                .par_iter()
                .map(|(_, packed)| {
                    let raw = packed.raw()?;
                    let advisory = decode(&raw)?;
                    Ok((raw, advisory))
                })
                .collect();
            for unpacked in unpacked {
                let (raw, advisory) = unpacked?;
                table.add(advisory.id.as_bytes(), &raw)?;
                rows.add(&advisory);
                aliases.add(&advisory);
                feeds.add(&advisory);
            }
        }
        places.close(table)?;
        Ok(Drawn { rows, aliases: aliases.0, feeds: feeds.finish(&self.fetched) })
    }
}

/// What is drawn from records.
struct Drawn {
    rows: Rows,
    aliases: BTreeMap<String, Vec<String>>,
    feeds: Vec<Feed>,
}

/// Ids by alias.
#[derive(Default)]
struct Aliases(BTreeMap<String, Vec<String>>);

impl Aliases {
    fn add(&mut self, advisory: &Advisory) {
        for alias in advisory.identifiers().filter(|alias| *alias != advisory.id) {
            let ids = self.0.entry(alias.to_owned()).or_default();
            if ids.last() != Some(&advisory.id) {
                ids.push(advisory.id.clone());
            }
        }
    }
}

/// How many records there are about each ecosystem, and when the newest was changed.
#[derive(Default)]
struct FeedCounts(BTreeMap<String, (u64, Option<Timestamp>)>);

impl FeedCounts {
    fn add(&mut self, advisory: &Advisory) {
        let mut names: Vec<&str> = advisory.affected.iter().map(|entry| entry.ecosystem.name()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (records, newest) = self.0.entry(name.to_owned()).or_default();
            *records = records.saturating_add(1);
            *newest = (*newest).max(advisory.modified).max(advisory.published);
        }
    }

    /// Feeds by name. What somebody adds by hand makes none of them newer.
    fn finish(mut self, fetched: &BTreeMap<String, Timestamp>) -> Vec<Feed> {
        for name in fetched.keys() {
            self.0.entry(name.clone()).or_default();
        }
        let feed = |(ecosystem, (records, newest)): (String, (u64, Option<Timestamp>))| Feed {
            records,
            as_of: fetched.get(&ecosystem).copied().map(Timestamp::as_second),
            modified: newest.map(Timestamp::as_second),
            ecosystem,
        };
        self.0.into_iter().map(feed).collect()
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
        self.close(table)
    }

    fn close(&mut self, table: TableWriter<'_>) -> Result<(), SnapshotError> {
        let (end, count, index) = table.finish()?;
        self.end = end;
        self.indices.push((count, index));
        Ok(())
    }
}

fn encode<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, SnapshotError> {
    postcard::to_stdvec(value).map_err(|_| SnapshotError::TooLarge { what: "one entry" })
}
