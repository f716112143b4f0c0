//! One face for SQLite and PostgreSQL.
//!
//! Statements are written once, with `?1`; PostgreSQL gets `$1`. Columns are 64-bit integers, texts and byte strings, and
//! never null, so that a value has one type on both.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use postgres::types::ToSql;
use rusqlite::OpenFlags;

use super::location::Location;
use super::schema;
use crate::InventoryError;

/// How long a writer waits for the others. Writers take turns, each for less than a second.
const PATIENCE: Duration = Duration::from_secs(600);

/// Rows of a `COPY` that are sent at once.
const COPY_BYTES: usize = 256 * 1024;

/// A value given to a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// A row that a statement gives.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r postgres::Row),
}

type Outcome<T> = Result<T, InventoryError>;

impl Row<'_> {
    pub(crate) fn int(&self, at: usize) -> Outcome<i64> {
        match self {
            Self::Sqlite(row) => row.get(at).map_err(failed),
            Self::Postgres(row) => row.try_get(at).map_err(refused),
        }
    }

    pub(crate) fn text(&self, at: usize) -> Outcome<String> {
        match self {
            Self::Sqlite(row) => row.get(at).map_err(failed),
            Self::Postgres(row) => row.try_get(at).map_err(refused),
        }
    }

    pub(crate) fn blob(&self, at: usize) -> Outcome<Vec<u8>> {
        match self {
            Self::Sqlite(row) => row.get(at).map_err(failed),
            Self::Postgres(row) => row.try_get(at).map_err(refused),
        }
    }
}

pub(crate) fn failed(error: rusqlite::Error) -> InventoryError {
    InventoryError::store("read or write", error)
}

/// What PostgreSQL says, with the reason that its driver keeps apart.
pub(crate) fn refused(error: postgres::Error) -> InventoryError {
    let reason = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    InventoryError::store("read or write", reason)
}

/// A connection.
pub(crate) enum Database {
    Sqlite(rusqlite::Connection),
    Postgres { client: Box<postgres::Client>, prepared: HashMap<&'static str, postgres::Statement> },
}

impl Database {
    /// Opens what is there. With `make`, makes it when there is nothing.
    pub(crate) fn open(location: &Location, make: bool) -> Outcome<Self> {
        let mut database = match location {
            Location::File(path) => Self::open_file(path, location, make)?,
            Location::Postgres(url) => {
                let client = postgres::Client::connect(url, postgres::NoTls)
                    .map_err(|error| InventoryError::store("connect", error))?;
                Self::Postgres { client: Box::new(client), prepared: HashMap::new() }
            }
        };
        schema::check(&mut database, location, make)?;
        Ok(database)
    }

    fn open_file(path: &Path, location: &Location, make: bool) -> Outcome<Self> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if make {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        } else if !path.is_file() {
            return Err(InventoryError::Missing { place: location.to_string() });
        }
        let connection = rusqlite::Connection::open_with_flags(path, flags)
            .map_err(|error| InventoryError::store("open the file", error))?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(failed)?;
        if mode != "wal" {
            return Err(InventoryError::store("keep a write-ahead log", format!("its journal is {mode}")));
        }
        connection
            .execute_batch(
                "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; \
                 PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8192;",
            )
            .map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(Self::Sqlite(connection))
    }

    /// Runs several statements without values.
    pub(crate) fn batch(&mut self, sql: &str) -> Outcome<()> {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql).map_err(failed),
            Self::Postgres { client, .. } => client.batch_execute(sql).map_err(refused),
        }
    }

    /// Runs a statement; the number of rows it changed.
    pub(crate) fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Outcome<u64> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql).map_err(failed)?;
                bind(&mut statement, values)?;
                statement.raw_execute().map(|rows| rows as u64).map_err(failed)
            }
            Self::Postgres { client, prepared } => {
                let statement = prepare(client, prepared, sql)?;
                with_parameters(values, |parameters| client.execute(&statement, parameters)).map_err(refused)
            }
        }
    }

    /// Runs a query, and hands each row over.
    pub(crate) fn query(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        mut each: impl FnMut(&Row<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql).map_err(failed)?;
                bind(&mut statement, values)?;
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next().map_err(failed)? {
                    each(&Row::Sqlite(row))?;
                }
                Ok(())
            }
            Self::Postgres { client, prepared } => {
                let statement = prepare(client, prepared, sql)?;
                let rows =
                    with_parameters(values, |parameters| client.query(&statement, parameters)).map_err(refused)?;
                rows.iter().try_for_each(|row| each(&Row::Postgres(row)))
            }
        }
    }

    /// Runs a query that gives at most one row.
    pub(crate) fn one<T>(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Outcome<T>,
    ) -> Outcome<Option<T>> {
        let mut found = None;
        self.query(sql, values, |row| {
            found = Some(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Runs a query for each of many integers. `sql` compares with `?2`; PostgreSQL is asked once, with `= ANY(?2)`.
    /// Rows come in no order.
    pub(crate) fn for_ints(
        &mut self,
        sql: &'static str,
        many: &'static str,
        first: i64,
        keys: &[i64],
        mut each: impl FnMut(&Row<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        match self {
            Self::Sqlite(_) => {
                keys.iter().try_for_each(|key| self.query(sql, &[Value::Int(first), Value::Int(*key)], &mut each))
            }
            Self::Postgres { client, prepared } => {
                let statement = prepare(client, prepared, many)?;
                let rows = client.query(&statement, &[&first, &keys]).map_err(refused)?;
                rows.iter().try_for_each(|row| each(&Row::Postgres(row)))
            }
        }
    }

    /// PostgreSQL's leaves that may hold some items of one kind: first item and lists.
    pub(crate) fn for_leaves(
        &mut self,
        shard: i64,
        kind: i64,
        segments: &[i64],
        items: &[i64],
        mut each: impl FnMut(&Row<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        let Self::Postgres { client, prepared } = self else { return Ok(()) };
        let sql = "SELECT p.item, p.bits FROM (SELECT DISTINCT s.segment, \
                   (SELECT max(l.item) FROM posting l WHERE l.shard = ?1 AND l.segment = s.segment AND l.kind = ?2 AND l.item <= i.item) AS first \
                   FROM unnest(?3::bigint[]) AS s(segment) CROSS JOIN unnest(?4::bigint[]) AS i(item)) AS w \
                   JOIN posting p ON p.shard = ?1 AND p.segment = w.segment AND p.kind = ?2 AND p.item = w.first";
        let statement = prepare(client, prepared, sql)?;
        let rows = client.query(&statement, &[&shard, &kind, &segments, &items]).map_err(refused)?;
        rows.iter().try_for_each(|row| each(&Row::Postgres(row)))
    }

    /// The same for texts.
    pub(crate) fn for_texts(
        &mut self,
        sql: &'static str,
        many: &'static str,
        first: i64,
        keys: &[&str],
        mut each: impl FnMut(&Row<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        match self {
            Self::Sqlite(_) => {
                keys.iter().try_for_each(|key| self.query(sql, &[Value::Int(first), Value::Text(key)], &mut each))
            }
            Self::Postgres { client, prepared } => {
                let statement = prepare(client, prepared, many)?;
                let rows = client.query(&statement, &[&first, &keys]).map_err(refused)?;
                rows.iter().try_for_each(|row| each(&Row::Postgres(row)))
            }
        }
    }

    /// The same for byte strings.
    pub(crate) fn for_blobs(
        &mut self,
        sql: &'static str,
        many: &'static str,
        first: i64,
        keys: &[&[u8]],
        mut each: impl FnMut(&Row<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        match self {
            Self::Sqlite(_) => {
                keys.iter().try_for_each(|key| self.query(sql, &[Value::Int(first), Value::Blob(key)], &mut each))
            }
            Self::Postgres { client, prepared } => {
                let statement = prepare(client, prepared, many)?;
                let rows = client.query(&statement, &[&first, &keys]).map_err(refused)?;
                rows.iter().try_for_each(|row| each(&Row::Postgres(row)))
            }
        }
    }

    /// Runs a query for each of many pairs: `?2` and `?3`; PostgreSQL is asked once, with an array of each.
    pub(crate) fn for_pairs(
        &mut self,
        sql: &'static str,
        many: &'static str,
        first: i64,
        keys: &[(i64, &str)],
        mut each: impl FnMut(&Row<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        match self {
            Self::Sqlite(_) => keys.iter().try_for_each(|(number, text)| {
                self.query(sql, &[Value::Int(first), Value::Int(*number), Value::Text(text)], &mut each)
            }),
            Self::Postgres { client, prepared } => {
                let statement = prepare(client, prepared, many)?;
                let (numbers, texts): (Vec<i64>, Vec<&str>) = keys.iter().copied().unzip();
                let rows = client.query(&statement, &[&first, &numbers, &texts]).map_err(refused)?;
                rows.iter().try_for_each(|row| each(&Row::Postgres(row)))
            }
        }
    }

    /// Puts many rows of four integers. `one` takes one row, `?2` to `?5`; PostgreSQL is sent `many`, with an array for each column.
    pub(crate) fn put_numbers(
        &mut self,
        one: &'static str,
        many: &'static str,
        first: i64,
        rows: &[[i64; 4]],
    ) -> Outcome<()> {
        match self {
            Self::Sqlite(_) => rows.iter().try_for_each(|[a, b, c, d]| {
                let values = [Value::Int(first), Value::Int(*a), Value::Int(*b), Value::Int(*c), Value::Int(*d)];
                self.execute(one, &values).map(drop)
            }),
            Self::Postgres { client, prepared } => {
                let statement = prepare(client, prepared, many)?;
                let column = |take: fn(&[i64; 4]) -> i64| rows.iter().map(take).collect::<Vec<i64>>();
                let [a, b, c, d] =
                    [column(|row| row[0]), column(|row| row[1]), column(|row| row[2]), column(|row| row[3])];
                client.execute(&statement, &[&first, &a, &b, &c, &d]).map(drop).map_err(refused)
            }
        }
    }

    /// Adds many rows. `insert` is the statement for one; `copy` is PostgreSQL's `COPY … FROM STDIN BINARY`.
    pub(crate) fn insert<'v, const N: usize>(
        &mut self,
        insert: &'static str,
        copy: &'static str,
        rows: impl IntoIterator<Item = [Value<'v>; N]>,
    ) -> Outcome<()> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(insert).map_err(failed)?;
                for row in rows {
                    bind(&mut statement, &row)?;
                    statement.raw_execute().map_err(failed)?;
                }
                Ok(())
            }
            Self::Postgres { client, .. } => {
                let mut writer = client.copy_in(copy).map_err(refused)?;
                let sent = |error: std::io::Error| InventoryError::store("write", error);
                let mut buffer = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
                for row in rows {
                    copy_row(&mut buffer, &row)?;
                    if buffer.len() >= COPY_BYTES {
                        std::io::Write::write_all(&mut writer, &buffer).map_err(sent)?;
                        buffer.clear();
                    }
                }
                buffer.extend((-1_i16).to_be_bytes());
                std::io::Write::write_all(&mut writer, &buffer).map_err(sent)?;
                writer.finish().map(drop).map_err(refused)
            }
        }
    }

    /// Does something as the only writer of a shard, wholly or not at all.
    pub(crate) fn write<T>(&mut self, shard: i64, work: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        match self {
            Self::Sqlite(_) => self.batch("BEGIN IMMEDIATE")?,
            Self::Postgres { .. } => {
                self.batch("BEGIN")?;
                // `plim` in ASCII, so that other users of the server are not waited for.
                let locked = self.query(
                    "SELECT pg_advisory_xact_lock(1886153069, ?1::bigint::int)::text",
                    &[Value::Int(shard)],
                    |_| Ok(()),
                );
                if let Err(error) = locked {
                    let _ = self.batch("ROLLBACK");
                    return Err(error);
                }
            }
        }
        self.end(work)
    }

    /// Reads several things as of one moment.
    pub(crate) fn read<T>(&mut self, work: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.batch(match self {
            Self::Sqlite(_) => "BEGIN",
            Self::Postgres { .. } => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        })?;
        self.end(work)
    }

    fn end<T>(&mut self, work: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        match work(self) {
            Ok(done) => match self.batch("COMMIT") {
                Ok(()) => Ok(done),
                Err(error) => {
                    let _ = self.batch("ROLLBACK");
                    Err(error)
                }
            },
            Err(error) => {
                let _ = self.batch("ROLLBACK");
                Err(error)
            }
        }
    }

    /// A statement of the schema in the words of the engine.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }
}

fn bind(statement: &mut rusqlite::Statement<'_>, values: &[Value<'_>]) -> Outcome<()> {
    for (at, value) in values.iter().enumerate() {
        let at = at.saturating_add(1);
        match value {
            Value::Int(value) => statement.raw_bind_parameter(at, value),
            Value::Text(value) => statement.raw_bind_parameter(at, value),
            Value::Blob(value) => statement.raw_bind_parameter(at, value),
        }
        .map_err(failed)?;
    }
    Ok(())
}

fn prepare(
    client: &mut postgres::Client,
    prepared: &mut HashMap<&'static str, postgres::Statement>,
    sql: &'static str,
) -> Outcome<postgres::Statement> {
    if let Some(statement) = prepared.get(sql) {
        return Ok(statement.clone());
    }
    let statement = client.prepare(&sql.replace('?', "$")).map_err(refused)?;
    prepared.insert(sql, statement.clone());
    Ok(statement)
}

fn with_parameters<T>(values: &[Value<'_>], run: impl FnOnce(&[&(dyn ToSql + Sync)]) -> T) -> T {
    let parameters: Vec<&(dyn ToSql + Sync)> = values
        .iter()
        .map(|value| match value {
            Value::Int(value) => value as &(dyn ToSql + Sync),
            Value::Text(value) => value,
            Value::Blob(value) => value,
        })
        .collect();
    run(&parameters)
}

/// A row of the binary format of `COPY`: the number of fields, then each with its length.
fn copy_row(buffer: &mut Vec<u8>, row: &[Value<'_>]) -> Outcome<()> {
    let long = |_| InventoryError::Full("bytes of one value");
    buffer.extend(i16::try_from(row.len()).map_err(long)?.to_be_bytes());
    for value in row {
        match value {
            Value::Int(value) => {
                buffer.extend(8_i32.to_be_bytes());
                buffer.extend(value.to_be_bytes());
            }
            Value::Text(value) => {
                buffer.extend(i32::try_from(value.len()).map_err(long)?.to_be_bytes());
                buffer.extend(value.as_bytes());
            }
            Value::Blob(value) => {
                buffer.extend(i32::try_from(value.len()).map_err(long)?.to_be_bytes());
                buffer.extend(*value);
            }
        }
    }
    Ok(())
}
