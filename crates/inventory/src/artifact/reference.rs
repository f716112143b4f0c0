//! What people call an artifact.

use std::fmt;

use super::ArtifactId;
use crate::error::InventoryError;
use crate::lookup::{self, number};
use crate::store::{Database, Value};

/// The fewest digits of a digest that are taken for one.
const SHORTEST: usize = 7;

/// How many candidates an error names.
const NAMED: usize = 10;

/// What somebody calls an artifact: its number, a digest or the beginning of one, a name, a name and a version, a tag or another
/// alias.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ArtifactRef {
    /// Its number here.
    Id(ArtifactId),
    /// Anything else. What it is shows when it is looked up.
    Text(String),
}

impl From<ArtifactId> for ArtifactRef {
    fn from(id: ArtifactId) -> Self {
        Self::Id(id)
    }
}

impl fmt::Display for ArtifactRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{}", id.to_number()),
            Self::Text(text) => f.write_str(text),
        }
    }
}

type Outcome<T> = Result<T, InventoryError>;

impl ArtifactRef {
    /// Reads what somebody typed: `17`, `sha256:…`, the first digits of a digest, `shop`, `shop:1.2`, `shop@1.2`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        match text.parse() {
            // A date or a build number may be a version, but not a name.
            Ok(number) if text.bytes().all(|byte| byte.is_ascii_digit()) => Self::Id(ArtifactId::from_number(number)),
            _ => Self::Text(text.to_owned()),
        }
    }

    /// The one artifact that is called so.
    pub(crate) fn resolve(&self, database: &mut Database, shard: i64) -> Outcome<ArtifactId> {
        let mut found = match self {
            Self::Id(id) => {
                let sql = "SELECT id FROM artifact WHERE shard = ?1 AND id = ?2";
                let own = u32::try_from(shard).is_ok_and(|shard| shard == id.shard);
                if own {
                    ids(database, sql, &[Value::Int(shard), Value::Int(i64::from(id.number))])?
                } else {
                    Vec::new()
                }
            }
            Self::Text(text) => candidates(database, shard, text)?,
        };
        found.sort_unstable_by(|left, right| right.cmp(left));
        found.dedup();
        match found.as_slice() {
            [] => Err(InventoryError::Unknown { what: "artifact", reference: self.to_string() }),
            [one] => Ok(ArtifactId { shard: u32::try_from(shard).unwrap_or_default(), number: *one }),
            many => {
                let some = many.get(..NAMED).unwrap_or(many);
                let candidates = lookup::summaries(database, shard, some)?;
                Err(InventoryError::Ambiguous { reference: self.to_string(), candidates })
            }
        }
    }
}

/// The artifacts that a text may mean; the first reading that means any is taken.
fn candidates(database: &mut Database, shard: i64, text: &str) -> Outcome<Vec<u32>> {
    let own = [Value::Int(shard), Value::Text(text)];
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    let is_digest = hex.len() >= SHORTEST && hex.len() <= 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest && hex.len() < text.len() {
        let mut found = by_digest(database, shard, hex)?;
        found.extend(ids(database, "SELECT artifact FROM alias WHERE shard = ?1 AND value = ?2", &own)?);
        return Ok(found);
    }
    let sql = "SELECT a.id FROM lineage l JOIN artifact a ON a.shard = l.shard AND a.lineage = l.id \
               WHERE l.shard = ?1 AND l.name = ?2";
    let found = ids(database, sql, &own)?;
    if !found.is_empty() {
        return Ok(found);
    }
    // What stands last may be a version; a port is never last.
    for separator in ['@', ':'] {
        let Some((name, version)) = text.rsplit_once(separator) else { continue };
        let values = [Value::Int(shard), Value::Text(name), Value::Text(version)];
        let sql = "SELECT a.id FROM lineage l JOIN artifact a ON a.shard = l.shard AND a.lineage = l.id \
                   WHERE l.shard = ?1 AND l.name = ?2 AND a.version = ?3";
        let mut found = ids(database, sql, &values)?;
        let sql = "SELECT a.id FROM lineage l JOIN artifact a ON a.shard = l.shard AND a.lineage = l.id \
                   JOIN alias n ON n.shard = a.shard AND n.artifact = a.id \
                   WHERE l.shard = ?1 AND l.name = ?2 AND n.value = ?3";
        found.extend(ids(database, sql, &values)?);
        if !found.is_empty() {
            return Ok(found);
        }
        if let Some(hex) = version.strip_prefix("sha256:")
            && hex.len() == 64
        {
            return by_digest(database, shard, hex);
        }
    }
    let found = ids(database, "SELECT artifact FROM alias WHERE shard = ?1 AND value = ?2", &own)?;
    if !found.is_empty() || !is_digest {
        return Ok(found);
    }
    by_digest(database, shard, hex)
}

/// Artifacts whose digest begins so.
fn by_digest(database: &mut Database, shard: i64, hex: &str) -> Outcome<Vec<u32>> {
    let bytes = |filler: &str| {
        let digits = format!("{}{}", hex.to_ascii_lowercase(), filler.repeat(64_usize.saturating_sub(hex.len())));
        data_encoding::HEXLOWER.decode(digits.as_bytes()).unwrap_or_default()
    };
    let (first, last) = (bytes("0"), bytes("f"));
    let sql = "SELECT id FROM artifact WHERE shard = ?1 AND identity >= ?2 AND identity <= ?3 AND algorithm = 'sha256'";
    ids(database, sql, &[Value::Int(shard), Value::Blob(&first), Value::Blob(&last)])
}

fn ids(database: &mut Database, sql: &'static str, values: &[Value<'_>]) -> Outcome<Vec<u32>> {
    let mut found = Vec::new();
    database.query(sql, values, |row| {
        found.push(number(row.int(0)?));
        Ok(())
    })?;
    Ok(found)
}
