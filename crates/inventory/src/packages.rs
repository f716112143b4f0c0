//! Packages: which there are, in which versions, and in how many artifacts.

use std::cmp::Ordering;

use plimsoll_model::{Limits, Purl};
use plimsoll_sbom::encoding::Encoding;
use plimsoll_sbom::lean;
use plimsoll_version::Scheme;
use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

use crate::artifact::ComponentId;
use crate::body;
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::lookup::number;
use crate::page::{Listing, Page};
use crate::posting;
use crate::query::{ComponentQuery, Searcher, glob, meant, version};
use crate::segments::PostingKind;
use crate::store::{Database, Value};

/// A package of the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackageRow {
    /// The purl without a version, or the name of what has no purl.
    pub package: String,
    /// The purl type; empty for what has no purl.
    pub kind: String,
    /// Namespace and name.
    pub name: String,
    /// How many versions were ever added.
    pub versions: u64,
}

/// The versions of packages that were asked for, and where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComponentOverview {
    /// How many artifacts have any of them.
    pub artifacts: u64,
    /// The versions, newest first, those that no artifact has any more left out.
    pub versions: Listing<VersionRow>,
    /// The licences that the newest document states of them.
    pub licenses: Vec<String>,
}

/// One version of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VersionRow {
    /// Its number here.
    pub id: ComponentId,
    /// Its purl, or its name and version.
    pub text: String,
    /// The version; empty for none.
    pub version: String,
    /// How many artifacts have it.
    pub artifacts: u64,
}

type Outcome<T> = Result<T, InventoryError>;

impl Inventory {
    /// The versions of what is meant, each with how many artifacts have it.
    ///
    /// # Errors
    /// The pattern or the store cannot be read.
    pub fn component(&mut self, query: &ComponentQuery, page: Page) -> Outcome<ComponentOverview> {
        let shard = self.shard;
        self.database.read(|database| overview(database, shard, query, page))
    }

    /// Packages whose name matches a pattern, by name. A text without a pattern is looked for anywhere in the purl.
    ///
    /// # Errors
    /// The pattern or the store cannot be read.
    pub fn packages(&mut self, pattern: &str, page: Page) -> Outcome<Listing<PackageRow>> {
        let shard = self.shard;
        let plain = !pattern.contains(['*', '?', '[', '{']);
        let matcher = if plain { glob(&format!("*{pattern}*"))? } else { glob(pattern)? };
        self.database.read(|database| {
            let mut packages = Vec::new();
            let sql = "SELECT id, kind, name, prefix FROM package WHERE shard = ?1";
            database.query(sql, &[Value::Int(shard)], |row| {
                let (name, prefix) = (row.text(2)?, row.text(3)?);
                let last = name.rsplit('/').next().unwrap_or(&name);
                if matcher.is_match(&prefix) || matcher.is_match(&name) || matcher.is_match(last) {
                    packages.push((name, row.text(1)?, prefix, row.int(0)?));
                }
                Ok(())
            })?;
            packages.sort_unstable();
            Listing::of(packages, page).try_map(|packages| with_versions(database, shard, packages))
        })
    }
}

fn with_versions(
    database: &mut Database,
    shard: i64,
    packages: Vec<(String, String, String, i64)>,
) -> Outcome<Vec<PackageRow>> {
    let keys: Vec<i64> = packages.iter().map(|(.., id)| *id).collect();
    let mut counts: FxHashMap<i64, i64> = FxHashMap::default();
    database.for_ints(
        "SELECT package, count(*) FROM component WHERE shard = ?1 AND package = ?2 GROUP BY package",
        "SELECT package, count(*) FROM component WHERE shard = ?1 AND package = ANY(?2) GROUP BY package",
        shard,
        &keys,
        |row| {
            counts.insert(row.int(0)?, row.int(1)?);
            Ok(())
        },
    )?;
    let count = |id| counts.get(&id).and_then(|count| u64::try_from(*count).ok()).unwrap_or_default();
    let row = |(name, kind, package, id)| PackageRow { package, kind, name, versions: count(id) };
    Ok(packages.into_iter().map(row).collect())
}

fn overview(database: &mut Database, shard: i64, query: &ComponentQuery, page: Page) -> Outcome<ComponentOverview> {
    let components = meant(database, shard, query)?;
    let keys: Vec<i64> = components.iter().map(|component| i64::from(*component)).collect();
    let mut sets: FxHashMap<i64, RoaringBitmap> = FxHashMap::default();
    let mut searcher = Searcher::new(database, shard)?;
    searcher
        .lists(PostingKind::Component, &keys, |item, bits| posting::union_into(sets.entry(item).or_default(), bits))?;
    let (live, groups) = (std::mem::take(&mut searcher.live), std::mem::take(&mut searcher.groups));
    sets.values_mut().for_each(|set| *set &= &live);
    let mut all = RoaringBitmap::new();
    sets.values().for_each(|set| all |= set);
    let present: Vec<u32> =
        keys.iter().filter(|key| sets.get(key).is_some_and(|set| !set.is_empty())).map(|key| number(*key)).collect();
    let mut rows = rows(database, shard, &present)?;
    rows.sort_unstable_by(newest_first);
    let versions = Listing::of(rows, page).try_map(|rows| {
        rows.into_iter()
            .map(|(_, row)| {
                let set = sets.get(&i64::from(row.id.number));
                Ok(VersionRow { artifacts: set.map_or(0, |set| groups.count(set)), ..row })
            })
            .collect::<Outcome<Vec<_>>>()
    })?;
    let texts: Vec<&str> = versions.rows.iter().map(|row| row.text.as_str()).collect();
    let licenses = match all.max() {
        Some(document) => licenses(database, shard, document, query, &texts)?,
        None => Vec::new(),
    };
    Ok(ComponentOverview { artifacts: groups.count(&all), versions, licenses })
}

/// Components with the purl type and name that they are sorted by.
fn rows(database: &mut Database, shard: i64, components: &[u32]) -> Outcome<Vec<((String, String), VersionRow)>> {
    let mut rows = Vec::with_capacity(components.len());
    database.for_ints(
        "SELECT c.id, p.kind, p.prefix, c.tail FROM component c \
         JOIN package p ON p.shard = c.shard AND p.id = c.package WHERE c.shard = ?1 AND c.id = ?2",
        "SELECT c.id, p.kind, p.prefix, c.tail FROM component c \
         JOIN package p ON p.shard = c.shard AND p.id = c.package WHERE c.shard = ?1 AND c.id = ANY(?2)",
        shard,
        &crate::lookup::keys(components),
        |row| {
            let (kind, prefix, tail) = (row.text(1)?, row.text(2)?, row.text(3)?);
            let id = ComponentId { shard: u32::try_from(shard).unwrap_or_default(), number: number(row.int(0)?) };
            let text = format!("{prefix}{tail}");
            let version = if kind.is_empty() { tail.trim_start_matches('@').to_owned() } else { version(&tail) };
            rows.push(((kind, prefix), VersionRow { id, text, version, artifacts: 0 }));
            Ok(())
        },
    )?;
    Ok(rows)
}

/// By package, and within one by version from the newest, as its ecosystem orders them.
fn newest_first(left: &((String, String), VersionRow), right: &((String, String), VersionRow)) -> Ordering {
    let versions = || match Scheme::for_purl_type(&left.0.0) {
        Some(scheme) => scheme.order(&right.1.version, &left.1.version),
        None => right.1.version.cmp(&left.1.version),
    };
    left.0.cmp(&right.0).then_with(versions).then_with(|| left.1.text.cmp(&right.1.text))
}

/// The licences that a document states of components.
fn licenses(
    database: &mut Database,
    shard: i64,
    document: u32,
    query: &ComponentQuery,
    texts: &[&str],
) -> Outcome<Vec<String>> {
    let body = body::body(database, shard, document)?;
    let encoding = match body.format.split('@').next() {
        Some("cyclonedx-json") => Encoding::CycloneDxJson,
        Some("spdx-json") => Encoding::SpdxJson,
        _ => return Ok(Vec::new()),
    };
    let text = lean::text(&body.bytes)?;
    let read = lean::lean(&text, encoding, &Limits::DEFAULT)?;
    let wanted = |component: &lean::LeanComponent<'_>| match Purl::parse(&component.purl) {
        Ok(purl) => query.is(&purl),
        Err(_) => texts.iter().any(|text| text.split('@').next() == Some(&component.name)),
    };
    let mut licenses: Vec<String> = read
        .components
        .iter()
        .filter(|component| wanted(component))
        .flat_map(|component| component.licenses.iter().map(ToString::to_string))
        .collect();
    licenses.sort_unstable();
    licenses.dedup();
    Ok(licenses)
}
