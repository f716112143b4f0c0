//! The advisories that changed, and the packages that they may be about.

use crate::error::InventoryError;
use crate::store::{Database, Value};
use plimsoll_advisory::AdvisorySource;
use rustc_hash::{FxHashMap, FxHashSet};

/// What changed since advisories were last looked at.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Id and digest of those that are new or different.
    pub(super) advisories: Vec<(String, i64)>,
    /// Ids of those that are gone.
    pub(super) gone: Vec<String>,
    /// Keys of the names that they speak of, see [`key`].
    names: FxHashSet<String>,
}

impl Changed {
    pub(super) fn is_empty(&self) -> bool {
        self.advisories.is_empty() && self.gone.is_empty()
    }
}

/// Compares the advisories with those that were last looked at.
pub(super) fn changed(
    database: &mut Database,
    shard: i64,
    source: &dyn AdvisorySource,
) -> Result<Changed, InventoryError> {
    let mut known: FxHashMap<String, i64> = FxHashMap::default();
    database.query("SELECT id, digest FROM advisory WHERE shard = ?1", &[Value::Int(shard)], |row| {
        known.insert(row.text(0)?, row.int(1)?);
        Ok(())
    })?;
    let mut changed = Changed::default();
    source.each_advisory(&mut |advisory| {
        let digest = advisory.fingerprint();
        if known.remove(&advisory.id) == Some(digest) {
            return;
        }
        changed.advisories.push((advisory.id.clone(), digest));
        for entry in &advisory.affected {
            changed.names.insert(key(entry.ecosystem.name() == "Go", &entry.name));
        }
    })?;
    changed.gone = known.into_keys().collect();
    changed.gone.sort_unstable();
    Ok(changed)
}

/// What a name is compared by: more alike than they are, for matching decides. The last part of a name, in lower case; Go's names are
/// compared whole, as many of them end in `v2`.
fn key(whole: bool, name: &str) -> String {
    let name = name.strip_suffix(".git").unwrap_or(name);
    let last = if whole { name } else { name.rsplit(['/', ':']).next().unwrap_or(name) };
    last.chars().map(|c| if matches!(c, '_' | '.') { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// The packages that changed advisories may be about: by their own names, and those of the source packages and repositories of their
/// versions.
pub(super) fn packages(
    database: &mut Database,
    shard: i64,
    changed: &Changed,
) -> Result<FxHashSet<i64>, InventoryError> {
    let mut packages = FxHashSet::default();
    if changed.names.is_empty() {
        return Ok(packages);
    }
    database.query("SELECT id, kind, name FROM package WHERE shard = ?1", &[Value::Int(shard)], |row| {
        if changed.names.contains(&key(row.text(1)? == "golang", &row.text(2)?)) {
            packages.insert(row.int(0)?);
        }
        Ok(())
    })?;
    let sql =
        "SELECT package, tail FROM component WHERE shard = ?1 AND (tail LIKE '%upstream=%' OR tail LIKE '%vcs_url=%')";
    database.query(sql, &[Value::Int(shard)], |row| {
        let (package, tail) = (row.int(0)?, row.text(1)?);
        if !packages.contains(&package) && origins(&tail).any(|name| changed.names.contains(&name)) {
            packages.insert(package);
        }
        Ok(())
    })?;
    Ok(packages)
}

/// Keys of the source package and the repository that a purl's rest names.
fn origins(tail: &str) -> impl Iterator<Item = String> {
    ["upstream", "vcs_url"].into_iter().filter_map(|name| crate::query::qualifier(tail, name)).flat_map(|value| {
        let value = value.rsplit('/').next().unwrap_or_default().to_owned();
        let mut keys = vec![key(false, value.split('@').next().unwrap_or_default())];
        // The file name of a source rpm: name, version and release.
        if let Some(stem) = value.strip_suffix(".src.rpm").or_else(|| value.strip_suffix(".nosrc.rpm")) {
            let name = stem.rsplitn(3, '-').nth(2).unwrap_or(stem);
            keys.push(key(false, name));
        }
        keys
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_be_the_same() {
        assert_eq!(key(false, "org.apache:Log4j_Core"), "log4j-core");
        assert_eq!(key(false, "@Scope/name"), "name");
        assert_eq!(key(true, "github.com/A/b/v2"), "github-com/a/b/v2");
        let of = |tail| origins(tail).collect::<Vec<_>>();
        assert_eq!(of("@1?arch=amd64&upstream=bzip2%401.0"), ["bzip2"]);
        assert_eq!(of("@1?upstream=xz-5.2-1.el9.src.rpm"), ["xz-5-2-1-el9-src-rpm", "xz"]);
        assert_eq!(of("@1?vcs_url=git%2Bhttps://github.com/a/b.git%40abc"), ["b"]);
        assert!(of("@1?arch=amd64").is_empty());
    }
}
