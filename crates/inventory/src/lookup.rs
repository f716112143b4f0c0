//! Rows of many numbers at once: a server is asked once for each table, not once for each row.

use rustc_hash::FxHashMap;

use crate::answer::time;
use crate::artifact::{ArtifactId, ArtifactSummary, Label};
use crate::error::InventoryError;
use crate::store::Database;

/// The purls of components, or their names and versions, by number.
pub(crate) fn component_texts(
    database: &mut Database,
    shard: i64,
    components: &[u32],
) -> Result<FxHashMap<u32, String>, InventoryError> {
    let mut texts = FxHashMap::default();
    database.for_ints(
        "SELECT c.id, p.prefix, c.tail FROM component c JOIN package p ON p.shard = c.shard AND p.id = c.package \
         WHERE c.shard = ?1 AND c.id = ?2",
        "SELECT c.id, p.prefix, c.tail FROM component c JOIN package p ON p.shard = c.shard AND p.id = c.package \
         WHERE c.shard = ?1 AND c.id = ANY(?2)",
        shard,
        &keys(components),
        |row| {
            texts.insert(number(row.int(0)?), format!("{}{}", row.text(1)?, row.text(2)?));
            Ok(())
        },
    )?;
    Ok(texts)
}

/// The texts of components in the order given.
pub(crate) fn component_list(
    database: &mut Database,
    shard: i64,
    components: &[u32],
) -> Result<Vec<String>, InventoryError> {
    let texts = component_texts(database, shard, components)?;
    components.iter().map(|component| text_of(&texts, *component)).collect()
}

/// The text of a component that was looked up.
pub(crate) fn text_of(texts: &FxHashMap<u32, String>, component: u32) -> Result<String, InventoryError> {
    let lost = InventoryError::Damaged { table: "component", reason: "a number without a row" };
    texts.get(&component).cloned().ok_or(lost)
}

/// What a list shows of artifacts, in the order given; numbers that no artifact has are left out.
pub(crate) fn summaries(
    database: &mut Database,
    shard: i64,
    artifacts: &[u32],
) -> Result<Vec<ArtifactSummary>, InventoryError> {
    let mut found: FxHashMap<u32, ArtifactSummary> = FxHashMap::default();
    let keys = keys(artifacts);
    database.for_ints(
        "SELECT a.id, l.name, a.version, a.identity, a.algorithm, a.built, a.added FROM artifact a \
         JOIN lineage l ON l.shard = a.shard AND l.id = a.lineage WHERE a.shard = ?1 AND a.id = ?2",
        "SELECT a.id, l.name, a.version, a.identity, a.algorithm, a.built, a.added FROM artifact a \
         JOIN lineage l ON l.shard = a.shard AND l.id = a.lineage WHERE a.shard = ?1 AND a.id = ANY(?2)",
        shard,
        &keys,
        |row| {
            let number = number(row.int(0)?);
            let summary = ArtifactSummary {
                id: ArtifactId { shard: u32::try_from(shard).unwrap_or_default(), number },
                name: row.text(1)?,
                version: row.text(2)?,
                digest: digest(&row.blob(3)?, &row.text(4)?),
                built: time(row.int(5)?),
                added: time(row.int(6)?),
                labels: Vec::new(),
            };
            found.insert(number, summary);
            Ok(())
        },
    )?;
    database.for_ints(
        "SELECT artifact, name, value FROM label WHERE shard = ?1 AND artifact = ?2",
        "SELECT artifact, name, value FROM label WHERE shard = ?1 AND artifact = ANY(?2)",
        shard,
        &keys,
        |row| {
            if let Some(summary) = found.get_mut(&number(row.int(0)?)) {
                summary.labels.push(Label { name: row.text(1)?, value: row.text(2)? });
            }
            Ok(())
        },
    )?;
    found.values_mut().for_each(|summary| summary.labels.sort_unstable());
    Ok(artifacts.iter().filter_map(|artifact| found.get(artifact).cloned()).collect())
}

/// What a list shows of an artifact.
pub(crate) fn summary(database: &mut Database, shard: i64, artifact: u32) -> Result<ArtifactSummary, InventoryError> {
    let lost = InventoryError::Damaged { table: "artifact", reason: "a number without a row" };
    summaries(database, shard, &[artifact])?.pop().ok_or(lost)
}

/// The purl of a component, or its name and version.
pub(crate) fn component_text(database: &mut Database, shard: i64, component: u32) -> Result<String, InventoryError> {
    text_of(&component_texts(database, shard, &[component])?, component)
}

/// The digest that tells an artifact from others; empty when no document says one.
fn digest(identity: &[u8], algorithm: &str) -> String {
    match algorithm {
        "" => String::new(),
        "sha256" => format!("sha256:{}", data_encoding::HEXLOWER.encode(identity)),
        _ => String::from_utf8_lossy(identity).into_owned(),
    }
}

/// Numbers as databases take them.
pub(crate) fn keys(numbers: &[u32]) -> Vec<i64> {
    numbers.iter().map(|number| i64::from(*number)).collect()
}

/// A number from a column; one that is out of range is no row's.
pub(crate) fn number(id: i64) -> u32 {
    u32::try_from(id).unwrap_or(u32::MAX)
}
