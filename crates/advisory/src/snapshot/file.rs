//! A snapshot that is open.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, OnceLock, RwLock};

use plimsoll_model::{Digest, DigestAlgorithm};
use rustc_hash::FxHashMap;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::header::{FOOTER, Header, LONGEST_HEADER, MAGIC, SCHEMA, TablePlace};
use super::table::Table;
use crate::error::SnapshotError;
use crate::matching::{Row, row_key};

/// Rows that are kept decoded; then they are forgotten, all at once.
const KEPT_ROWS: usize = 1 << 17;

/// Rows by the beginning of their keys.
type Rows = FxHashMap<Vec<u8>, Vec<Arc<Row>>>;

/// The file, its header, and its tables once they were needed.
#[derive(Debug)]
pub(super) struct SnapshotFile {
    file: Arc<File>,
    header: Header,
    digest: Digest,
    tables: [OnceLock<Table>; 4],
    rows: RwLock<Rows>,
}

impl SnapshotFile {
    pub(super) fn open(path: &Path) -> Result<Self, SnapshotError> {
        let fail = |source| SnapshotError::Open { path: path.to_owned(), source };
        let file = File::open(path).map_err(fail)?;
        let length = file.metadata().map_err(fail)?.len();
        let foreign = || SnapshotError::Foreign { path: path.to_owned() };
        let start = length.checked_sub(FOOTER).ok_or_else(foreign)?;
        let footer = read_exact_at(&file, start, FOOTER)?;
        let (Some((length, rest)), true) = (footer.split_first_chunk::<4>(), footer.ends_with(&MAGIC)) else {
            return Err(foreign());
        };
        let length = u64::from(u32::from_le_bytes(*length));
        let damaged = SnapshotError::Damaged { what: "the header" };
        let Some(at) = start.checked_sub(length).filter(|_| length <= LONGEST_HEADER) else { return Err(damaged) };
        let bytes = read_exact_at(&file, at, length)?;
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        if !rest.starts_with(&digest) {
            return Err(damaged);
        }
        let (schema, _) = postcard::take_from_bytes::<u32>(&bytes).map_err(|_| damaged)?;
        if schema != SCHEMA {
            return Err(SnapshotError::Schema { found: schema, read: SCHEMA });
        }
        let header = decode(&bytes)?;
        let digest = Digest::from_bytes(DigestAlgorithm::Sha256, digest)
            .map_err(|_| SnapshotError::Damaged { what: "the header" })?;
        Ok(Self { file: Arc::new(file), header, digest, tables: Default::default(), rows: RwLock::default() })
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    pub(super) fn digest(&self) -> Digest {
        self.digest.clone()
    }

    pub(super) fn records(&self) -> Result<&Table, SnapshotError> {
        self.table(0, &self.header.records)
    }

    pub(super) fn aliases(&self) -> Result<&Table, SnapshotError> {
        self.table(1, &self.header.aliases)
    }

    pub(super) fn packages(&self) -> Result<&Table, SnapshotError> {
        self.table(2, &self.header.packages)
    }

    pub(super) fn exploitation(&self) -> Result<&Table, SnapshotError> {
        self.table(3, &self.header.exploitation)
    }

    fn table(&self, number: usize, place: &TablePlace) -> Result<&Table, SnapshotError> {
        let slot = self.tables.get(number).ok_or(SnapshotError::Damaged { what: "the header" })?;
        if let Some(table) = slot.get() {
            return Ok(table);
        }
        let table = Table::open(&self.file, place)?;
        Ok(slot.get_or_init(|| table))
    }

    /// What is said of a package, in all releases.
    pub(super) fn rows(&self, ecosystem: &str, name: &str) -> Result<Vec<Arc<Row>>, SnapshotError> {
        let prefix = row_key(ecosystem, name, "");
        if let Some(rows) = self.rows.read().ok().and_then(|rows| rows.get(&prefix).cloned()) {
            return Ok(rows);
        }
        let found = self.packages()?.with_prefix(&prefix)?;
        let rows: Result<Vec<_>, _> = found.iter().map(|value| decode(value).map(Arc::new)).collect();
        let rows = rows?;
        if let Ok(mut kept) = self.rows.write() {
            if kept.len() >= KEPT_ROWS {
                kept.clear();
            }
            kept.insert(prefix, rows.clone());
        }
        Ok(rows)
    }
}

/// Reads what was written by `postcard`.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, SnapshotError> {
    postcard::from_bytes(bytes).map_err(|_| SnapshotError::Damaged { what: "a value" })
}

/// So many bytes at an offset; the file has to have them before room is made for them.
pub(super) fn read_exact_at(file: &File, offset: u64, length: u64) -> Result<Vec<u8>, SnapshotError> {
    let size = file.metadata().map_err(SnapshotError::Read)?.len();
    let (Some(end), Ok(count)) = (offset.checked_add(length), usize::try_from(length)) else {
        return Err(SnapshotError::Damaged { what: "an offset" });
    };
    if end > size {
        return Err(SnapshotError::Damaged { what: "an offset" });
    }
    let mut bytes = vec![0; count];
    file.read_exact_at(&mut bytes, offset).map_err(SnapshotError::Read)?;
    Ok(bytes)
}
