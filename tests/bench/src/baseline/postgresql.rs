//! Normalised tables in PostgreSQL, filled by `COPY`, indexed after.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::{Context as _, Result};
use plimsoll_bench::Build;
use plimsoll_tests::PostgresServer;
use postgres::{Client, NoTls};

use super::{Engine, NewVersion, PAGE};
use crate::measure::processor_seconds;

const TABLES: &str = "
CREATE TABLE package (id int NOT NULL, purl text NOT NULL);
CREATE TABLE version (id int NOT NULL, package int NOT NULL, place int NOT NULL, text text NOT NULL);
CREATE TABLE artifact (id int NOT NULL, name text NOT NULL, version text NOT NULL, digest bytea NOT NULL);
CREATE TABLE occurrence (artifact int NOT NULL, version int NOT NULL);
";

const INDEXES: &str = "
ALTER TABLE package ADD PRIMARY KEY (id);
CREATE UNIQUE INDEX package_by_purl ON package (purl);
ALTER TABLE version ADD PRIMARY KEY (id);
CREATE INDEX version_of_package ON version (package, place);
ALTER TABLE artifact ADD PRIMARY KEY (id);
CREATE UNIQUE INDEX artifact_by_digest ON artifact (digest);
ALTER TABLE occurrence ADD PRIMARY KEY (artifact, version);
CREATE INDEX occurrence_of_version ON occurrence (version, artifact);
VACUUM ANALYZE;
";

const QUESTION: &str = "
FROM occurrence WHERE version IN
(SELECT version.id FROM version JOIN package ON package.id = version.package WHERE package.purl = $1 AND version.place < $2)";

/// What was not copied yet, in the text format of `COPY`.
#[derive(Default)]
struct Pending {
    packages: String,
    versions: String,
    artifacts: String,
    occurrences: String,
}

pub(super) struct Postgresql {
    client: Client,
    pending: Pending,
    packages: Option<u32>,
    backend: i32,
    _server: PostgresServer,
}

impl Postgresql {
    pub(super) fn new() -> Result<Self> {
        let settings = ["shared_buffers=256MB", "maintenance_work_mem=256MB", "max_parallel_maintenance_workers=0"];
        let server = PostgresServer::start(&settings).context("PostgreSQL is not installed")?;
        let mut client = Client::connect(&server.database(), NoTls)?;
        client.batch_execute(TABLES)?;
        client.batch_execute("SET max_parallel_workers_per_gather = 0")?;
        let backend = client.query_one("SELECT pg_backend_pid()", &[])?.get(0);
        Ok(Self { client, pending: Pending::default(), packages: None, backend, _server: server })
    }

    fn copy(&mut self) -> Result<()> {
        let Pending { packages, versions, artifacts, occurrences } = std::mem::take(&mut self.pending);
        for (table, rows) in
            [("package", packages), ("version", versions), ("artifact", artifacts), ("occurrence", occurrences)]
        {
            let mut writer = self.client.copy_in(&format!("COPY {table} FROM STDIN"))?;
            writer.write_all(rows.as_bytes())?;
            writer.finish()?;
        }
        Ok(())
    }
}

impl Engine for Postgresql {
    fn add(&mut self, artifact: u32, build: &Build<'_>, versions: &[u32], new: &[NewVersion<'_>]) -> Result<()> {
        for each in new {
            if self.packages.is_none_or(|last| each.package > last) {
                self.packages = Some(each.package);
                writeln!(self.pending.packages, "{}\t{}", each.package, each.purl)?;
            }
            writeln!(self.pending.versions, "{}\t{}\t{}\t{}", each.id, each.package, each.place, each.version)?;
        }
        writeln!(self.pending.artifacts, "{artifact}\t{}\t{}\t\\\\x{}", build.name, build.number, build.digest)?;
        for version in versions {
            writeln!(self.pending.occurrences, "{artifact}\t{version}")?;
        }
        if artifact % 1000 == 999 { self.copy() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<()> {
        self.copy()?;
        for statement in INDEXES.split_inclusive(';').filter(|statement| !statement.trim().is_empty()) {
            self.client.batch_execute(statement)?;
        }
        Ok(())
    }

    fn sizes(&mut self) -> Result<Vec<(String, u64)>> {
        sizes(&mut self.client)
    }

    fn ask(&mut self, purl: &str, below: u16) -> Result<usize> {
        let below = i32::from(below);
        let count = self.client.query_one(&format!("SELECT count(DISTINCT artifact) {QUESTION}"), &[&purl, &below])?;
        let page = format!(
            "SELECT name, version, digest FROM artifact WHERE id IN (SELECT artifact {QUESTION}) ORDER BY id LIMIT {PAGE}"
        );
        self.client.query(&page, &[&purl, &below])?;
        Ok(usize::try_from(count.get::<_, i64>(0))?)
    }

    fn elsewhere(&mut self) -> Result<f64> {
        processor_seconds(&self.backend.to_string())
    }
}

/// The bytes of each table and index, what is kept outside of a table's rows included.
pub(crate) fn sizes(client: &mut Client) -> Result<Vec<(String, u64)>> {
    let rows = client.query(
        "SELECT relname, CASE relkind WHEN 'r' THEN pg_table_size(oid) ELSE pg_relation_size(oid) END FROM pg_class
         WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC",
        &[],
    )?;
    Ok(rows.iter().map(|row| (row.get(0), row.get::<_, i64>(1).unsigned_abs())).collect())
}
