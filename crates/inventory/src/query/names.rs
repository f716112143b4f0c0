//! From patterns of names to the numbers of packages and components.

use globset::{GlobBuilder, GlobMatcher};

use super::component::{self, ComponentQuery, NamePattern, VersionQuery};
use crate::error::InventoryError;
use crate::lookup;
use crate::store::{Database, Value};

type Outcome<T> = Result<T, InventoryError>;

/// The components that are meant, in the order of their numbers.
pub(crate) fn meant(database: &mut Database, shard: i64, query: &ComponentQuery) -> Outcome<Vec<u32>> {
    let packages = packages(database, shard, query)?;
    let mut items = Vec::new();
    let any = query.version == VersionQuery::Any && query.qualifiers.is_empty();
    database.for_ints(
        "SELECT id, tail FROM component WHERE shard = ?1 AND package = ?2",
        "SELECT id, tail FROM component WHERE shard = ?1 AND package = ANY(?2)",
        shard,
        &packages,
        |row| {
            let tail = row.text(1)?;
            if any || query.has(&component::version(&tail), &tail) {
                items.push(lookup::number(row.int(0)?));
            }
            Ok(())
        },
    )?;
    items.sort_unstable();
    Ok(items)
}

/// The numbers of the packages whose name is meant.
fn packages(database: &mut Database, shard: i64, query: &ComponentQuery) -> Outcome<Vec<i64>> {
    let mut packages = Vec::new();
    match &query.name {
        NamePattern::Purl(prefix) => {
            let sql = "SELECT id FROM package WHERE shard = ?1 AND prefix = ?2";
            database.query(sql, &[Value::Int(shard), Value::Text(prefix)], |row| {
                packages.push(row.int(0)?);
                Ok(())
            })?;
        }
        NamePattern::Glob(pattern) | NamePattern::PurlGlob(pattern) => {
            let matcher = glob(pattern)?;
            let whole = matches!(query.name, NamePattern::PurlGlob(_));
            let sql = "SELECT id, name, kind FROM package WHERE shard = ?1";
            database.query(sql, &[Value::Int(shard)], |row| {
                let name = row.text(1)?;
                let last = name.rsplit('/').next().unwrap_or(&name);
                let meant = matcher.is_match(&name) || (!whole && matcher.is_match(last));
                if meant && query.kind.as_ref().is_none_or(|kind| row.text(2).is_ok_and(|held| held == *kind)) {
                    packages.push(row.int(0)?);
                }
                Ok(())
            })?;
        }
    }
    Ok(packages)
}

/// A pattern of names, of any case; a `*` stops at no slash.
pub(crate) fn glob(pattern: &str) -> Outcome<GlobMatcher> {
    let glob = GlobBuilder::new(pattern).case_insensitive(true).literal_separator(false).build();
    Ok(glob.map_err(|error| InventoryError::Query(error.to_string()))?.compile_matcher())
}

/// A pattern of paths: a `*` stops at a slash, `**/` does not.
pub(crate) fn path_glob(pattern: &str) -> Outcome<GlobMatcher> {
    let glob = GlobBuilder::new(pattern.trim_start_matches("./")).literal_separator(true).build();
    Ok(glob.map_err(|error| InventoryError::Query(error.to_string()))?.compile_matcher())
}
