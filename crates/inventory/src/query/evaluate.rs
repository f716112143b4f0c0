//! From a question to sets of documents.

use globset::{GlobBuilder, GlobMatcher};
use roaring::RoaringBitmap;

use super::component::{self, ComponentQuery, NamePattern};
use super::{Query, VersionQuery};
use crate::error::InventoryError;
use crate::intake::digest_key;
use crate::lookup;
use crate::posting;
use crate::segments::{self, PostingKind};
use crate::store::{Database, Value};

/// The documents that a question is true of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hits {
    pub(crate) documents: RoaringBitmap,
    /// Components that were asked for and found, and where.
    pub(crate) components: Vec<(u32, RoaringBitmap)>,
    /// Documents that cannot tell: they list no files.
    pub(crate) unsearched: RoaringBitmap,
}

/// Answers parts of a question from a shard.
pub(crate) struct Searcher<'a> {
    pub(crate) database: &'a mut Database,
    pub(crate) shard: i64,
    pub(crate) live: RoaringBitmap,
    segments: Vec<i64>,
}

type Outcome<T> = Result<T, InventoryError>;

impl<'a> Searcher<'a> {
    pub(crate) fn new(database: &'a mut Database, shard: i64) -> Outcome<Self> {
        let live = segments::mark(database, shard, "live")?;
        let segments = segments::numbers(database, shard)?;
        Ok(Self { database, shard, live, segments })
    }

    pub(crate) fn hits(&mut self, query: &Query) -> Outcome<Hits> {
        let mut hits = self.evaluate(query)?;
        hits.documents &= &self.live;
        hits.unsearched &= &self.live;
        hits.components.iter_mut().for_each(|(_, documents)| *documents &= &hits.documents);
        hits.components.retain(|(_, documents)| !documents.is_empty());
        Ok(hits)
    }

    fn evaluate(&mut self, query: &Query) -> Outcome<Hits> {
        Ok(match query {
            Query::Everything => Hits { documents: self.live.clone(), ..Hits::default() },
            Query::Component(query) => self.component(query)?,
            Query::License(pattern) => {
                Hits { documents: self.words(1, PostingKind::License, pattern)?, ..Hits::default() }
            }
            Query::Digest(digest) => {
                let key = digest_key(digest.bytes()).unwrap_or_default();
                let mut documents = self.list(PostingKind::Digest, &[key])?;
                documents |= self.list(PostingKind::File, &[key])?;
                for component in self.with_digest(key)? {
                    let usual = self.list(PostingKind::Component, &[component])?;
                    documents |= usual - self.list(PostingKind::Unusual, &[component])?;
                }
                Hits { unsearched: self.without_files(&documents)?, documents, components: Vec::new() }
            }
            Query::Path(pattern) => {
                let last = pattern.rsplit('/').next().unwrap_or(pattern);
                let documents = self.words(4, PostingKind::Basename, last)?;
                Hits { unsearched: self.without_files(&documents)?, documents, components: Vec::new() }
            }
            Query::Artifact(pattern) => {
                let matcher = glob(pattern)?;
                let sql = "SELECT d.id, l.name FROM lineage l JOIN artifact a ON a.shard = l.shard AND a.lineage = l.id \
                           JOIN document d ON d.shard = a.shard AND d.artifact = a.id WHERE l.shard = ?1";
                self.documents_where(sql, &[], |row| Ok(matcher.is_match(row.text(1)?)))?
            }
            Query::Label { name, value } => {
                let matcher = glob(value)?;
                let sql = "SELECT d.id, l.value FROM label l JOIN document d ON d.shard = l.shard AND d.artifact = l.artifact \
                           WHERE l.shard = ?1 AND l.name = ?2";
                self.documents_where(sql, &[Value::Text(name)], |row| Ok(matcher.is_match(row.text(1)?)))?
            }
            Query::Documents(documents) => {
                let documents = documents.iter().map(|document| document.number).collect();
                Hits { documents, ..Hits::default() }
            }
            Query::All(parts) => {
                let mut all = Hits { documents: self.live.clone(), ..Hits::default() };
                for part in parts {
                    let hits = self.evaluate(part)?;
                    // What one part cannot tell of a document that others exclude does not matter.
                    all.unsearched = (&all.unsearched & (&hits.documents | &hits.unsearched))
                        | (&hits.unsearched & (&all.documents | &all.unsearched));
                    all.documents &= hits.documents;
                    all.components.extend(hits.components);
                }
                all
            }
            Query::Any(parts) => {
                let mut any = Hits::default();
                for part in parts {
                    let hits = self.evaluate(part)?;
                    any.documents |= hits.documents;
                    any.unsearched |= hits.unsearched;
                    any.components.extend(hits.components);
                }
                any.unsearched -= &any.documents;
                any
            }
            Query::Not(part) => {
                let hits = self.evaluate(part)?;
                let documents = &self.live - &hits.documents - &hits.unsearched;
                Hits { documents, components: Vec::new(), unsearched: hits.unsearched }
            }
        })
    }

    fn documents_where(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        mut wanted: impl FnMut(&crate::store::Row<'_>) -> Outcome<bool>,
    ) -> Outcome<Hits> {
        let mut all = vec![Value::Int(self.shard)];
        all.extend(values);
        let mut documents = RoaringBitmap::new();
        self.database.query(sql, &all, |row| {
            if wanted(row)? {
                documents.insert(u32::try_from(row.int(0)?).unwrap_or(u32::MAX));
            }
            Ok(())
        })?;
        Ok(Hits { documents, ..Hits::default() })
    }

    fn without_files(&mut self, found: &RoaringBitmap) -> Outcome<RoaringBitmap> {
        let files = segments::mark(self.database, self.shard, "files")?;
        Ok(&self.live - files - found)
    }

    /// The components that have a digest, where nothing else is said.
    fn with_digest(&mut self, key: i64) -> Outcome<Vec<i64>> {
        let mut components = Vec::new();
        let sql = "SELECT component FROM digest WHERE shard = ?1 AND value = ?2";
        self.database.query(sql, &[Value::Int(self.shard), Value::Int(key)], |row| {
            components.push(row.int(0)?);
            Ok(())
        })?;
        Ok(components)
    }

    /// The union of posting lists.
    pub(crate) fn list(&mut self, kind: PostingKind, items: &[i64]) -> Outcome<RoaringBitmap> {
        let mut set = RoaringBitmap::new();
        self.lists(kind, items, |_, bits| posting::union_into(&mut set, bits))?;
        Ok(set)
    }

    /// The posting lists of some things, whose numbers are in order; the lists come in no order.
    pub(crate) fn lists(
        &mut self,
        kind: PostingKind,
        items: &[i64],
        mut each: impl FnMut(i64, &[u8]) -> Outcome<()>,
    ) -> Outcome<()> {
        segments::read(self.database, self.shard, &self.segments, kind, items, &mut each)
    }

    /// Documents that have a word of a sort that matches a pattern.
    fn words(&mut self, sort: i64, kind: PostingKind, pattern: &str) -> Outcome<RoaringBitmap> {
        let mut items = Vec::new();
        if pattern.contains(['*', '?', '[', '{']) {
            let matcher = glob(pattern)?;
            let sql = "SELECT id, text FROM word WHERE shard = ?1 AND kind = ?2";
            self.database.query(sql, &[Value::Int(self.shard), Value::Int(sort)], |row| {
                if matcher.is_match(row.text(1)?) {
                    items.push(row.int(0)?);
                }
                Ok(())
            })?;
        } else {
            let sql = "SELECT id FROM word WHERE shard = ?1 AND kind = ?2 AND text = ?3";
            let values = [Value::Int(self.shard), Value::Int(sort), Value::Text(pattern)];
            self.database.query(sql, &values, |row| {
                items.push(row.int(0)?);
                Ok(())
            })?;
        }
        items.sort_unstable();
        self.list(kind, &items)
    }

    fn component(&mut self, query: &ComponentQuery) -> Outcome<Hits> {
        let items: Vec<i64> = meant(self.database, self.shard, query)?.into_iter().map(i64::from).collect();
        let mut components: Vec<(u32, RoaringBitmap)> =
            items.iter().map(|item| (u32::try_from(*item).unwrap_or(u32::MAX), RoaringBitmap::new())).collect();
        let mut documents = RoaringBitmap::new();
        self.lists(PostingKind::Component, &items, |item, bits| {
            if let Ok(at) = items.binary_search(&item)
                && let Some((_, set)) = components.get_mut(at)
            {
                posting::union_into(set, bits)?;
            }
            Ok(())
        })?;
        components.iter().for_each(|(_, set)| documents |= set);
        Ok(Hits { documents, components, unsearched: RoaringBitmap::new() })
    }
}

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
        NamePattern::Glob(pattern) => {
            let matcher = glob(pattern)?;
            let sql = "SELECT id, name, kind FROM package WHERE shard = ?1";
            database.query(sql, &[Value::Int(shard)], |row| {
                let name = row.text(1)?;
                let last = name.rsplit('/').next().unwrap_or(&name);
                let meant = matcher.is_match(&name) || matcher.is_match(last);
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
