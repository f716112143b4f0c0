//! The tables.
//!
//! Every table but `meta` begins with `shard`, which also begins its key: a server that spreads tables over machines
//! (Citus, CockroachDB, YugabyteDB) spreads by it, and a question is asked of every shard and added up. One process writes one shard
//! at a time; a small inventory has one, `0`.

use super::database::{Database, Value};
use super::location::Location;
use crate::InventoryError;

/// The version of the tables.
pub(crate) const VERSION: i64 = 1;

/// `BLOB` and `CLUSTERED` stand for the engine's words.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS counter (shard BIGINT, name TEXT, next BIGINT NOT NULL, PRIMARY KEY (shard, name)) CLUSTERED;
CREATE TABLE IF NOT EXISTS package (shard BIGINT, id BIGINT, kind TEXT NOT NULL, name TEXT NOT NULL, prefix TEXT NOT NULL,
    PRIMARY KEY (shard, id)) CLUSTERED;
CREATE UNIQUE INDEX IF NOT EXISTS package_prefix ON package (shard, prefix);
CREATE TABLE IF NOT EXISTS component (shard BIGINT, id BIGINT, package BIGINT NOT NULL, tail TEXT NOT NULL,
    digests BIGINT NOT NULL, PRIMARY KEY (shard, id)) CLUSTERED;
CREATE INDEX IF NOT EXISTS component_package ON component (shard, package);
CREATE TABLE IF NOT EXISTS digest (shard BIGINT, value BIGINT, component BIGINT, PRIMARY KEY (shard, value, component)) CLUSTERED;
CREATE TABLE IF NOT EXISTS word (shard BIGINT, id BIGINT, kind BIGINT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (shard, id)) CLUSTERED;
CREATE UNIQUE INDEX IF NOT EXISTS word_text ON word (shard, kind, text);
CREATE TABLE IF NOT EXISTS lineage (shard BIGINT, id BIGINT, name TEXT NOT NULL, PRIMARY KEY (shard, id)) CLUSTERED;
CREATE UNIQUE INDEX IF NOT EXISTS lineage_name ON lineage (shard, name);
CREATE TABLE IF NOT EXISTS block (shard BIGINT, lineage BIGINT, next BIGINT NOT NULL, past BIGINT NOT NULL, size BIGINT NOT NULL,
    PRIMARY KEY (shard, lineage)) CLUSTERED;
CREATE TABLE IF NOT EXISTS latest (shard BIGINT, lineage BIGINT, part BIGINT, document BIGINT NOT NULL, depth BIGINT NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (shard, lineage, part)) CLUSTERED;
CREATE TABLE IF NOT EXISTS artifact (shard BIGINT, id BIGINT, lineage BIGINT NOT NULL, identity BLOB NOT NULL,
    algorithm TEXT NOT NULL, version TEXT NOT NULL, built BIGINT NOT NULL, added BIGINT NOT NULL, PRIMARY KEY (shard, id)) CLUSTERED;
CREATE UNIQUE INDEX IF NOT EXISTS artifact_identity ON artifact (shard, identity);
CREATE INDEX IF NOT EXISTS artifact_lineage ON artifact (shard, lineage);
CREATE TABLE IF NOT EXISTS alias (shard BIGINT, artifact BIGINT, kind TEXT, value TEXT, PRIMARY KEY (shard, artifact, kind, value)) CLUSTERED;
CREATE INDEX IF NOT EXISTS alias_value ON alias (shard, value);
CREATE TABLE IF NOT EXISTS label (shard BIGINT, artifact BIGINT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (shard, artifact, name)) CLUSTERED;
CREATE TABLE IF NOT EXISTS document (shard BIGINT, id BIGINT, artifact BIGINT NOT NULL, content BLOB NOT NULL, format TEXT NOT NULL,
    claim BIGINT NOT NULL, coverage BIGINT NOT NULL, components BIGINT NOT NULL, bytes BIGINT NOT NULL, created BIGINT NOT NULL,
    added BIGINT NOT NULL, PRIMARY KEY (shard, id)) CLUSTERED;
CREATE UNIQUE INDEX IF NOT EXISTS document_content ON document (shard, content);
CREATE INDEX IF NOT EXISTS document_added ON document (shard, added, id);
CREATE INDEX IF NOT EXISTS document_artifact ON document (shard, artifact);
CREATE TABLE IF NOT EXISTS outline (shard BIGINT, document BIGINT, base BIGINT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (shard, document)) CLUSTERED;
CREATE TABLE IF NOT EXISTS body (shard BIGINT, document BIGINT, data BLOB NOT NULL, PRIMARY KEY (shard, document)) CLUSTERED;
CREATE TABLE IF NOT EXISTS segment (shard BIGINT, id BIGINT, documents BIGINT NOT NULL, PRIMARY KEY (shard, id)) CLUSTERED;
CREATE TABLE IF NOT EXISTS posting (shard BIGINT, segment BIGINT, kind BIGINT, item BIGINT, bits BLOB NOT NULL,
    PRIMARY KEY (shard, segment, kind, item)) CLUSTERED;
CREATE TABLE IF NOT EXISTS finding (shard BIGINT, lineage BIGINT, advisory TEXT, package BIGINT, component BIGINT NOT NULL,
    artifact BIGINT NOT NULL, state BIGINT NOT NULL, sort BIGINT NOT NULL, certain BIGINT NOT NULL, severity BIGINT NOT NULL,
    score BIGINT NOT NULL, epss BIGINT NOT NULL, kev BIGINT NOT NULL, rule TEXT NOT NULL, fixed TEXT NOT NULL, aliases TEXT NOT NULL,
    said TEXT NOT NULL, opened BIGINT NOT NULL, changed BIGINT NOT NULL, closed BIGINT NOT NULL,
    PRIMARY KEY (shard, lineage, advisory, package)) CLUSTERED;
CREATE INDEX IF NOT EXISTS finding_package ON finding (shard, package);
CREATE INDEX IF NOT EXISTS finding_advisory ON finding (shard, advisory);
CREATE TABLE IF NOT EXISTS event (shard BIGINT, id BIGINT, at BIGINT NOT NULL, kind BIGINT NOT NULL, lineage BIGINT NOT NULL,
    artifact BIGINT NOT NULL, advisory TEXT NOT NULL, package BIGINT NOT NULL, component BIGINT NOT NULL, severity BIGINT NOT NULL,
    kev BIGINT NOT NULL, team TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (shard, id)) CLUSTERED;
CREATE INDEX IF NOT EXISTS event_at ON event (shard, at);
CREATE INDEX IF NOT EXISTS event_decision ON event (shard, artifact) WHERE kind = 100;
CREATE TABLE IF NOT EXISTS assessment (shard BIGINT, lineage BIGINT, documents BLOB NOT NULL, PRIMARY KEY (shard, lineage)) CLUSTERED;
CREATE TABLE IF NOT EXISTS advisory (shard BIGINT, id TEXT, digest BIGINT NOT NULL, PRIMARY KEY (shard, id)) CLUSTERED;
CREATE TABLE IF NOT EXISTS ground (shard BIGINT, name TEXT, value TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (shard, name)) CLUSTERED;
CREATE TABLE IF NOT EXISTS failure (shard BIGINT, place TEXT, reason TEXT NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL,
    PRIMARY KEY (shard, place)) CLUSTERED;
CREATE TABLE IF NOT EXISTS attestation (shard BIGINT, id BIGINT, content BLOB NOT NULL, predicate TEXT NOT NULL,
    verified BIGINT NOT NULL, reason TEXT NOT NULL, signer TEXT NOT NULL, issuer TEXT NOT NULL, builder TEXT NOT NULL,
    level BIGINT NOT NULL, document BIGINT NOT NULL, added BIGINT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (shard, id)) CLUSTERED;
CREATE UNIQUE INDEX IF NOT EXISTS attestation_content ON attestation (shard, content);
CREATE TABLE IF NOT EXISTS attested (shard BIGINT, subject TEXT, attestation BIGINT, PRIMARY KEY (shard, subject, attestation)) CLUSTERED;
CREATE TABLE IF NOT EXISTS deployment (shard BIGINT, environment TEXT, cluster TEXT, digest TEXT, workload TEXT, started BIGINT,
    image TEXT NOT NULL, identity BLOB NOT NULL, ended BIGINT NOT NULL,
    PRIMARY KEY (shard, environment, cluster, digest, workload, started)) CLUSTERED;
CREATE INDEX IF NOT EXISTS deployment_identity ON deployment (shard, identity);
CREATE INDEX IF NOT EXISTS deployment_digest ON deployment (shard, digest);
CREATE TABLE IF NOT EXISTS target (shard BIGINT, list TEXT, reference TEXT, digest TEXT NOT NULL, state BIGINT NOT NULL,
    owner TEXT NOT NULL, until BIGINT NOT NULL, attempts BIGINT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (shard, list, reference)) CLUSTERED;
CREATE TABLE IF NOT EXISTS token (shard BIGINT, id BIGINT, hash BLOB NOT NULL, parent BIGINT NOT NULL, name TEXT NOT NULL,
    role BIGINT NOT NULL, created BIGINT NOT NULL, expires BIGINT NOT NULL, used BIGINT NOT NULL, PRIMARY KEY (shard, id)) CLUSTERED;
CREATE UNIQUE INDEX IF NOT EXISTS token_hash ON token (shard, hash);
CREATE TABLE IF NOT EXISTS audit_log (shard BIGINT, id BIGINT, at BIGINT NOT NULL, actor TEXT NOT NULL, origin TEXT NOT NULL,
    action TEXT NOT NULL, outcome BIGINT NOT NULL, PRIMARY KEY (shard, id)) CLUSTERED;
CREATE TABLE IF NOT EXISTS mark (shard BIGINT, name TEXT, bits BLOB NOT NULL, PRIMARY KEY (shard, name)) CLUSTERED;
";

/// Tells SQLite what it would learn from `ANALYZE` of a large inventory: the shard alone says nothing, the other columns nearly all.
/// Without it, an index is passed over for all rows of the shard.
fn advise(database: &mut Database) -> Result<(), InventoryError> {
    database.batch("ANALYZE")?;
    let mut indexes = Vec::new();
    let sql = "SELECT t.name, i.name, i.\"unique\", (SELECT count(*) FROM pragma_index_info(i.name)) \
               FROM sqlite_schema t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'";
    database.query(sql, &[], |row| {
        indexes.push((row.text(0)?, row.text(1)?, row.int(2)?, row.int(3)?));
        Ok(())
    })?;
    for (table, index, unique, columns) in indexes {
        let mut told = "1000000 1000000".to_owned();
        for column in 2..=columns {
            told.push_str(match (column == columns, unique) {
                (true, 1) => " 1",
                (true, _) => " 8",
                _ => " 40",
            });
        }
        let values = [Value::Text(&table), Value::Text(&index), Value::Text(&told)];
        database.execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?1, ?2, ?3)", &values)?;
    }
    database.batch("ANALYZE sqlite_schema")
}

/// Whether the tables are there and of a version that is known; with `make`, makes them.
pub(super) fn check(database: &mut Database, location: &Location, make: bool) -> Result<(), InventoryError> {
    let there = if database.is_postgres() {
        "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'meta'"
    } else {
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'meta'"
    };
    let there = database.one(there, &[], |row| row.int(0))?.unwrap_or_default() > 0;
    if !there && !make {
        return Err(InventoryError::Missing { place: location.to_string() });
    }
    if !there {
        let (blob, clustered) = if database.is_postgres() { ("BYTEA", "") } else { ("BLOB", "WITHOUT ROWID") };
        let tables = TABLES.replace("BLOB", blob).replace("CLUSTERED", clustered);
        database.write(0, |database| {
            database.batch(&tables)?;
            if !database.is_postgres() {
                advise(database)?;
            }
            database.execute(
                "INSERT INTO meta (name, value) VALUES ('version', ?1) ON CONFLICT DO NOTHING",
                &[Value::Int(VERSION)],
            )
        })?;
    }
    let found = database.one("SELECT value FROM meta WHERE name = 'version'", &[], |row| row.int(0))?;
    match found {
        Some(found) if found == VERSION => Ok(()),
        found => Err(InventoryError::Version {
            place: location.to_string(),
            found: found.unwrap_or_default(),
            known: VERSION,
        }),
    }
}
