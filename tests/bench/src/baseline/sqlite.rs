//! Normalised tables in one SQLite file.

use anyhow::Result;
use plimsoll_bench::Build;
use plimsoll_tests::TemporaryDirectory;
use rusqlite::{Connection, params};

use super::{Engine, NewVersion, PAGE};

const TABLES: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA cache_size = -65536;
CREATE TABLE package (id INTEGER PRIMARY KEY, purl TEXT NOT NULL UNIQUE);
CREATE TABLE version (id INTEGER PRIMARY KEY, package INTEGER NOT NULL, place INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE artifact (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, digest BLOB NOT NULL);
CREATE TABLE occurrence (artifact INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (artifact, version)) WITHOUT ROWID;
BEGIN;
";

const INDEXES: &str = "
CREATE INDEX version_of_package ON version (package, place);
CREATE UNIQUE INDEX artifact_by_digest ON artifact (digest);
CREATE INDEX occurrence_of_version ON occurrence (version, artifact);
COMMIT;
PRAGMA wal_checkpoint(TRUNCATE);
ANALYZE;
";

const QUESTION: &str = "
FROM occurrence WHERE version IN
(SELECT version.id FROM version JOIN package ON package.id = version.package WHERE package.purl = ?1 AND version.place < ?2)";

pub(super) struct Sqlite {
    connection: Connection,
    _directory: TemporaryDirectory,
}

impl Sqlite {
    pub(super) fn new() -> Result<Self> {
        let directory = TemporaryDirectory::new();
        let connection = Connection::open(directory.path().join("normalised.db"))?;
        connection.execute_batch(TABLES)?;
        Ok(Self { connection, _directory: directory })
    }
}

impl Engine for Sqlite {
    fn add(&mut self, artifact: u32, build: &Build<'_>, versions: &[u32], new: &[NewVersion<'_>]) -> Result<()> {
        for each in new {
            let mut package = self.connection.prepare("INSERT OR IGNORE INTO package VALUES (?, ?)")?;
            package.execute(params![each.package, each.purl])?;
            let mut version = self.connection.prepare("INSERT INTO version VALUES (?, ?, ?, ?)")?;
            version.execute(params![each.id, each.package, each.place, each.version])?;
        }
        let mut row = self.connection.prepare("INSERT INTO artifact VALUES (?, ?, ?, unhex(?))")?;
        row.execute(params![artifact, build.name, build.number.to_string(), build.digest])?;
        let mut row = self.connection.prepare("INSERT INTO occurrence VALUES (?, ?)")?;
        for version in versions {
            row.execute([artifact, *version])?;
        }
        if artifact % 1000 == 999 {
            self.connection.execute_batch("COMMIT; BEGIN")?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(self.connection.execute_batch(INDEXES)?)
    }

    fn sizes(&mut self) -> Result<Vec<(String, u64)>> {
        table_sizes(&self.connection)
    }

    fn ask(&mut self, purl: &str, below: u16) -> Result<usize> {
        let mut count = self.connection.prepare(&format!("SELECT count(DISTINCT artifact) {QUESTION}"))?;
        let count: i64 = count.query_row(params![purl, below], |row| row.get(0))?;
        let page = format!(
            "SELECT name, version, digest FROM artifact WHERE id IN (SELECT artifact {QUESTION}) ORDER BY id LIMIT {PAGE}"
        );
        let mut page = self.connection.prepare(&page)?;
        let mut rows = page.query(params![purl, below])?;
        while let Some(row) = rows.next()? {
            row.get::<_, String>(0)?;
        }
        Ok(usize::try_from(count)?)
    }

    fn elsewhere(&mut self) -> Result<f64> {
        Ok(0.0)
    }
}

/// The pages of each table and index.
pub(crate) fn table_sizes(connection: &Connection) -> Result<Vec<(String, u64)>> {
    let mut query = connection.prepare("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
