//! From a question to sets of documents.
//!
//! Logic has three values here: a document that does not list files cannot tell whether a file is in the artifact, and `NOT` does not make
//! a yes of that. Sets hold all live documents of an artifact or none ([`Groups`]), so that what is asked of an artifact may be spread
//! over its documents.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use super::affected::{Affected, Chosen};
use super::names::{glob, meant, path_glob};
use super::verify::{self, Wanted};
use super::{ArtifactTime, ComponentQuery, Groups, Query};
use crate::error::InventoryError;
use crate::findings::FindingState;
use crate::intake::digest_key;
use crate::lookup;
use crate::posting;
use crate::segments::{self, PostingKind};
use crate::store::{Database, Value};

/// How many documents are read again for one question.
const READS: usize = 1000;

/// The documents that a question is true of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hits {
    pub(crate) documents: RoaringBitmap,
    /// Components that were asked for and found, and where; not spread over the documents of an artifact.
    pub(crate) components: BTreeMap<u32, RoaringBitmap>,
    /// Documents of artifacts that cannot tell.
    pub(crate) unsearched: RoaringBitmap,
}

/// Answers parts of a question from a shard.
pub(crate) struct Searcher<'a> {
    pub(crate) database: &'a mut Database,
    pub(crate) shard: i64,
    pub(crate) live: RoaringBitmap,
    pub(crate) groups: Groups,
    segments: Vec<i64>,
    /// How many more documents may be read again.
    reads: usize,
    /// How many documents were read again, and how many should have been.
    pub(crate) verified: (u64, u64),
    /// What documents call what was asked for.
    pub(crate) evidence: BTreeMap<u32, BTreeSet<String>>,
    /// Versions that advisories call fixed.
    pub(crate) fixed: BTreeMap<u32, Vec<String>>,
}

type Outcome<T> = Result<T, InventoryError>;

/// Where a part of a question stands.
#[derive(Clone, Copy)]
struct Place<'p> {
    /// What is not among these does not matter.
    within: &'p RoaringBitmap,
    /// Under an odd number of `NOT`.
    negated: bool,
    /// What was found of the components that are asked for beside it.
    beside: Option<&'p BTreeMap<u32, RoaringBitmap>>,
}

impl<'a> Searcher<'a> {
    pub(crate) fn new(database: &'a mut Database, shard: i64) -> Outcome<Self> {
        let live = segments::mark(database, shard, "live")?;
        let segments = segments::numbers(database, shard)?;
        let groups = Groups::load(database, shard, &live)?;
        let (evidence, fixed) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { database, shard, live, groups, segments, reads: READS, verified: (0, 0), evidence, fixed })
    }

    pub(crate) fn hits(&mut self, query: &Query) -> Outcome<Hits> {
        let live = self.live.clone();
        let mut hits = self.evaluate(query, Place { within: &live, negated: false, beside: None })?;
        hits.components.values_mut().for_each(|documents| *documents &= &hits.documents);
        hits.components.retain(|_, documents| !documents.is_empty());
        Ok(hits)
    }

    fn evaluate(&mut self, query: &Query, place: Place<'_>) -> Outcome<Hits> {
        match query {
            Query::Everything => Ok(Hits { documents: self.live.clone(), ..Hits::default() }),
            Query::All(parts) => self.all(parts, place),
            Query::Any(parts) => {
                let mut any = Hits::default();
                for part in parts {
                    let hits = self.evaluate(part, place)?;
                    any.documents |= hits.documents;
                    any.unsearched |= hits.unsearched;
                    merge(&mut any.components, hits.components);
                }
                any.unsearched -= &any.documents;
                Ok(any)
            }
            Query::Not(part) => {
                let hits = self.evaluate(part, Place { negated: !place.negated, ..place })?;
                let documents = &self.live - &hits.documents - &hits.unsearched;
                Ok(Hits { documents, components: BTreeMap::new(), unsearched: hits.unsearched })
            }
            Query::Component(query) => self.component(query),
            Query::Affected(affected) => self.affected(affected),
            Query::Path(_) | Query::Digest(_) | Query::Layer(_) => self.by_reading(query, place),
            Query::License(pattern) => {
                let documents = self.words(1, PostingKind::License, pattern)?;
                let mut hits = self.whole(documents);
                // Who names no licence of anything says nothing about licences.
                let telling = self.words(1, PostingKind::License, "*")?;
                hits.unsearched = &self.live - self.whole(telling).documents;
                hits.unsearched -= &hits.documents;
                Ok(hits)
            }
            Query::Artifact(_)
            | Query::Label { .. }
            | Query::Deployed(_)
            | Query::Documents(_)
            | Query::Vexed(_)
            | Query::When { .. } => self.by_artifact(query),
        }
    }

    /// Parts that all have to hold; those that cost reading are asked last, and only of what is left.
    fn all(&mut self, parts: &[Query], place: Place<'_>) -> Outcome<Hits> {
        let mut all = Hits { documents: self.live.clone(), ..Hits::default() };
        let mut order: Vec<&Query> = parts.iter().collect();
        order.sort_by_key(|part| cost(part));
        for part in order {
            let within = place.within & (&all.documents | &all.unsearched);
            let beside = (!all.components.is_empty()).then_some(&all.components).or(place.beside);
            let hits = self.evaluate(part, Place { within: &within, beside, ..place })?;
            // What one part cannot tell of a document that others exclude does not matter.
            all.unsearched = (&all.unsearched & (&hits.documents | &hits.unsearched))
                | (&hits.unsearched & (&all.documents | &all.unsearched));
            all.documents &= hits.documents;
            merge(&mut all.components, hits.components);
        }
        Ok(all)
    }

    /// A leaf's documents as those of whole artifacts.
    fn whole(&self, mut documents: RoaringBitmap) -> Hits {
        documents &= &self.live;
        self.groups.expand(&mut documents);
        Hits { documents, ..Hits::default() }
    }

    /// What only the documents themselves can tell for certain.
    fn by_reading(&mut self, query: &Query, place: Place<'_>) -> Outcome<Hits> {
        let (mut candidates, wanted, certain) = match query {
            Query::Path(pattern) if pattern.contains('/') => {
                let last = pattern.rsplit('/').next().unwrap_or(pattern);
                (self.words(4, PostingKind::Basename, last)?, Wanted::Path(path_glob(pattern)?), false)
            }
            Query::Path(pattern) => {
                (self.words(4, PostingKind::Basename, pattern)?, Wanted::Name(glob(pattern)?), true)
            }
            Query::Digest(digest) | Query::Layer(digest) => {
                let key = digest_key(digest.bytes()).unwrap_or_default();
                if matches!(query, Query::Digest(_)) {
                    (self.with_digest(key)?, Wanted::Digest(digest.clone()), false)
                } else {
                    let documents = self.list(PostingKind::Layer, &[key])?;
                    let beside = place.beside.map(|beside| beside.keys().copied().collect::<Vec<u32>>());
                    let among = beside.map(|beside| lookup::component_list(self.database, self.shard, &beside));
                    let among = among.transpose()?.map(|texts| texts.into_iter().collect());
                    (documents, Wanted::Layer(digest.to_string(), among), false)
                }
            }
            _ => return Ok(Hits::default()),
        };
        candidates &= &self.live;
        let mut unsure = RoaringBitmap::new();
        if !certain {
            // What is left out by other parts is not read, and what is not read counts as found where that hides nothing.
            let list: Vec<u32> = candidates.iter().filter(|document| place.within.contains(*document)).collect();
            let (some, rest) = list.split_at_checked(self.reads).unwrap_or((&list, &[]));
            self.verified.0 = self.verified.0.saturating_add(some.len() as u64);
            self.verified.1 = self.verified.1.saturating_add(list.len() as u64);
            self.reads = self.reads.saturating_sub(some.len());
            let found = verify::check(self.database, self.shard, some, &wanted)?;
            candidates = found.iter().map(|(document, _)| *document).collect();
            for (document, names) in found {
                self.evidence.entry(document).or_default().extend(names);
            }
            if place.negated { &mut unsure } else { &mut candidates }.extend(rest);
        }
        let mut hits = self.whole(candidates);
        hits.unsearched = match query {
            Query::Layer(_) => RoaringBitmap::new(),
            _ => {
                let mut files = segments::mark(self.database, self.shard, "files")?;
                self.groups.expand(&mut files);
                &self.live - files
            }
        };
        self.groups.expand(&mut unsure);
        hits.unsearched |= unsure;
        hits.unsearched -= &hits.documents;
        Ok(hits)
    }

    /// What is known of artifacts, not of what is in them.
    fn by_artifact(&mut self, query: &Query) -> Outcome<Hits> {
        let hits = match query {
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
            Query::Documents(documents) => documents.iter().map(|document| document.number).collect(),
            Query::Deployed(environment) => {
                let matcher = glob(environment.as_deref().unwrap_or("*"))?;
                // What runs is named by the digest of an image, or by one of its index.
                let sql = "SELECT d.id, p.environment FROM deployment p \
                           JOIN artifact a ON a.shard = p.shard AND a.identity = p.identity \
                           JOIN document d ON d.shard = a.shard AND d.artifact = a.id WHERE p.shard = ?1 AND p.ended = 0";
                let mut documents = self.documents_where(sql, &[], |row| Ok(matcher.is_match(row.text(1)?)))?;
                let sql = "SELECT d.id, p.environment FROM deployment p \
                           JOIN alias n ON n.shard = p.shard AND n.value = p.digest \
                           JOIN document d ON d.shard = n.shard AND d.artifact = n.artifact WHERE p.shard = ?1 AND p.ended = 0";
                documents |= self.documents_where(sql, &[], |row| Ok(matcher.is_match(row.text(1)?)))?;
                documents
            }
            Query::Vexed(ids) => {
                let sql = "SELECT d.id, f.advisory FROM finding f \
                           JOIN artifact a ON a.shard = f.shard AND a.lineage = f.lineage \
                           JOIN document d ON d.shard = a.shard AND d.artifact = a.id WHERE f.shard = ?1 AND f.state = ?2";
                let vexed = [Value::Int(FindingState::Vexed.number())];
                self.documents_where(sql, &vexed, |row| Ok(ids.is_empty() || ids.contains(&row.text(1)?)))?
            }
            Query::When { time, from, until } => {
                let sql = match time {
                    ArtifactTime::Added => {
                        "SELECT d.id FROM artifact a JOIN document d ON d.shard = a.shard AND d.artifact = a.id \
                         WHERE a.shard = ?1 AND a.added >= ?2 AND a.added < ?3"
                    }
                    ArtifactTime::Built => {
                        "SELECT d.id FROM artifact a JOIN document d ON d.shard = a.shard AND d.artifact = a.id \
                         WHERE a.shard = ?1 AND a.built <> 0 AND a.built >= ?2 AND a.built < ?3"
                    }
                };
                let from = from.map_or(i64::MIN, |time| time.as_second());
                let until = until.map_or(i64::MAX, |time| time.as_second());
                self.documents_where(sql, &[Value::Int(from), Value::Int(until)], |_| Ok(true))?
            }
            _ => RoaringBitmap::new(),
        };
        Ok(self.whole(hits))
    }

    fn documents_where(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        mut wanted: impl FnMut(&crate::store::Row<'_>) -> Outcome<bool>,
    ) -> Outcome<RoaringBitmap> {
        let mut all = vec![Value::Int(self.shard)];
        all.extend(values);
        let mut documents = RoaringBitmap::new();
        self.database.query(sql, &all, |row| {
            if wanted(row)? {
                documents.insert(lookup::number(row.int(0)?));
            }
            Ok(())
        })?;
        Ok(documents)
    }

    fn component(&mut self, query: &ComponentQuery) -> Outcome<Hits> {
        let components = meant(self.database, self.shard, query)?;
        self.of_components(&components)
    }

    fn affected(&mut self, affected: &Affected) -> Outcome<Hits> {
        let chosen = affected.components(self.database, self.shard)?;
        let of = |certain| {
            let some = chosen.iter().filter(move |(_, chosen)| chosen.certain == certain);
            some.map(|(component, _)| *component).collect::<Vec<u32>>()
        };
        let mut hits = self.of_components(&of(true))?;
        hits.unsearched = self.of_components(&of(false))?.documents - &hits.documents;
        for (component, Chosen { fixed, .. }) in chosen {
            self.fixed.entry(component).or_default().extend(fixed);
        }
        Ok(hits)
    }

    /// The artifacts that have any of some components, given in order.
    fn of_components(&mut self, components: &[u32]) -> Outcome<Hits> {
        let mut found: BTreeMap<u32, RoaringBitmap> = BTreeMap::new();
        self.lists(PostingKind::Component, &lookup::keys(components), |item, bits| {
            posting::union_into(found.entry(lookup::number(item)).or_default(), bits)
        })?;
        let mut documents = RoaringBitmap::new();
        for set in found.values_mut() {
            *set &= &self.live;
            documents |= &*set;
        }
        Ok(Hits { components: found, ..self.whole(documents) })
    }

    /// The documents that have a component or file of a digest, or of one that begins alike.
    fn with_digest(&mut self, key: i64) -> Outcome<RoaringBitmap> {
        let mut documents = self.list(PostingKind::Digest, &[key])?;
        documents |= self.list(PostingKind::File, &[key])?;
        let mut components = Vec::new();
        let sql = "SELECT component FROM digest WHERE shard = ?1 AND value = ?2";
        self.database.query(sql, &[Value::Int(self.shard), Value::Int(key)], |row| {
            components.push(row.int(0)?);
            Ok(())
        })?;
        for component in components {
            let usual = self.list(PostingKind::Component, &[component])?;
            documents |= usual - self.list(PostingKind::Unusual, &[component])?;
        }
        Ok(documents)
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

    /// What documents call what was asked for, where that is known only from reading them.
    pub(crate) fn name_files(&mut self, query: &Query, documents: &[u32]) -> Outcome<()> {
        let mut patterns = Vec::new();
        named_files(query, &mut patterns);
        for pattern in patterns {
            let wanted = Wanted::Name(glob(pattern)?);
            for (document, names) in verify::check(self.database, self.shard, documents, &wanted)? {
                self.evidence.entry(document).or_default().extend(names);
            }
        }
        Ok(())
    }
}

/// Patterns of the last part of a path that a question asks for.
fn named_files<'q>(query: &'q Query, patterns: &mut Vec<&'q str>) {
    match query {
        Query::Path(pattern) if !pattern.contains('/') => patterns.push(pattern),
        Query::All(parts) | Query::Any(parts) => parts.iter().for_each(|part| named_files(part, patterns)),
        _ => {}
    }
}

fn merge(into: &mut BTreeMap<u32, RoaringBitmap>, more: BTreeMap<u32, RoaringBitmap>) {
    for (component, documents) in more {
        *into.entry(component).or_default() |= documents;
    }
}

/// How much a part costs: whether documents have to be read, and how many are likely to be.
fn cost(query: &Query) -> u8 {
    match query {
        Query::Digest(_) => 1,
        Query::Path(pattern) if pattern.contains('/') => 2,
        Query::Layer(_) => 3,
        Query::All(parts) | Query::Any(parts) => parts.iter().map(cost).max().unwrap_or_default(),
        Query::Not(part) => cost(part),
        _ => 0,
    }
}
