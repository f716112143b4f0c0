//! One batch in one transaction.

use roaring::RoaringBitmap;
use rustc_hash::{FxHashMap, FxHashSet};

use super::blocks::Blocks;
use super::dictionary::{BASENAME, Counter, Dictionary, Known, LICENSE, Wanted, fingerprint};
use super::outlines::Outlines;
use super::{Added, AddedState};
use crate::artifact::{ArtifactId, Claim, Coverage, DocumentId};
use crate::error::InventoryError;
use crate::intake::{Collected, Intake};
use crate::outline::Outline;
use crate::posting;
use crate::segments::{self, PostingKind};
use crate::store::{Database, Value};

/// A batch being written.
pub(super) struct Batch<'a> {
    pub(super) database: &'a mut Database,
    pub(super) dictionary: &'a mut Dictionary,
    pub(super) shard: i64,
    pub(super) now: i64,
}

/// A document that is new, and its numbers.
struct Numbered<'a> {
    intake: &'a Intake,
    artifact: u32,
    document: u32,
    lineage: i64,
    /// Its components, in its order.
    items: Vec<Known>,
}

type Outcome<T> = Result<T, InventoryError>;

impl Batch<'_> {
    pub(super) fn write(mut self, intakes: &[Intake]) -> Outcome<Vec<Added>> {
        let known = self.known(intakes)?;
        let lineages = self.lineages(intakes)?;
        let artifacts = self.artifacts(intakes, &lineages)?;
        let mut lines: Vec<i64> = artifacts.iter().map(|(_, lineage)| *lineage).collect();
        lines.sort_unstable();
        lines.dedup();
        let mut documents = Blocks::open(self.database, self.shard, &lines)?;
        let mut given: FxHashMap<[u8; 32], u32> = FxHashMap::default();
        let mut numbered = Vec::new();
        let mut added: Vec<Option<Added>> = intakes.iter().map(|_| None).collect();
        let mut order: Vec<usize> = (0..intakes.len()).collect();
        order.sort_by_key(|at| lineages.get(at_name(intakes, *at)).copied());
        for at in order {
            let (Some(intake), Some((artifact, lineage)), Some(slot)) =
                (intakes.get(at), artifacts.get(at).copied(), added.get_mut(at))
            else {
                continue;
            };
            let held = known.get(&intake.content).copied().or_else(|| given.get(&intake.content).copied());
            let (state, document) = match held {
                Some(document) => (AddedState::Known, document),
                None => {
                    let document = documents.take(lineage)?;
                    given.insert(intake.content, document);
                    numbered.push(Numbered { intake, artifact, document, lineage, items: Vec::new() });
                    (AddedState::New, document)
                }
            };
            let shard = u32::try_from(self.shard).unwrap_or_default();
            *slot = Some(Added {
                state,
                artifact: ArtifactId { shard, number: artifact },
                document: DocumentId { shard, number: document },
            });
        }
        documents.close(self.database, self.shard)?;
        self.labels(intakes, &artifacts)?;
        if !numbered.is_empty() {
            self.learn(&mut numbered)?;
            self.documents(&numbered)?;
            self.postings(&numbered)?;
            self.marks(&numbered)?;
        }
        Ok(added.into_iter().flatten().collect())
    }

    /// The documents that are there already, by content.
    fn known(&mut self, intakes: &[Intake]) -> Outcome<FxHashMap<[u8; 32], u32>> {
        let keys: Vec<&[u8]> = intakes.iter().map(|intake| intake.content.as_slice()).collect();
        let mut known = FxHashMap::default();
        self.database.for_blobs(
            "SELECT id, content FROM document WHERE shard = ?1 AND content = ?2",
            "SELECT id, content FROM document WHERE shard = ?1 AND content = ANY(?2)",
            self.shard,
            &keys,
            |row| {
                if let Ok(content) = <[u8; 32]>::try_from(row.blob(1)?.as_slice()) {
                    known.insert(content, number(row.int(0)?, "documents")?);
                }
                Ok(())
            },
        )?;
        Ok(known)
    }

    /// The numbers of the lines of builds by name.
    fn lineages<'i>(&mut self, intakes: &'i [Intake]) -> Outcome<FxHashMap<&'i str, i64>> {
        let mut names: Vec<&str> = Vec::new();
        let mut seen = FxHashSet::default();
        for intake in intakes {
            if seen.insert(intake.subject.name.as_str()) {
                names.push(&intake.subject.name);
            }
        }
        let mut lineages: FxHashMap<&str, i64> = FxHashMap::default();
        self.database.for_texts(
            "SELECT id, name FROM lineage WHERE shard = ?1 AND name = ?2",
            "SELECT id, name FROM lineage WHERE shard = ?1 AND name = ANY(?2)",
            self.shard,
            &names,
            |row| {
                let (id, name) = (row.int(0)?, row.text(1)?);
                if let Some(name) = seen.get(name.as_str()) {
                    lineages.insert(name, id);
                }
                Ok(())
            },
        )?;
        let mut counter = Counter::open(self.database, self.shard, "lineage")?;
        for name in names {
            if !lineages.contains_key(name) {
                let id = i64::from(counter.take()?);
                lineages.insert(name, id);
                let values = [Value::Int(self.shard), Value::Int(id), Value::Text(name)];
                self.database.execute("INSERT INTO lineage (shard, id, name) VALUES (?1, ?2, ?3)", &values)?;
            }
        }
        counter.close(self.database, self.shard)?;
        Ok(lineages)
    }

    /// The artifact and line of builds of each document; artifacts that are new are added.
    fn artifacts(&mut self, intakes: &[Intake], lineages: &FxHashMap<&str, i64>) -> Outcome<Vec<(u32, i64)>> {
        let identities: Vec<(Vec<u8>, String)> = intakes.iter().map(Intake::identity).collect();
        let keys: Vec<&[u8]> = identities.iter().map(|(identity, _)| identity.as_slice()).collect();
        let mut known: FxHashMap<Vec<u8>, (u32, i64)> = FxHashMap::default();
        self.database.for_blobs(
            "SELECT id, identity, lineage FROM artifact WHERE shard = ?1 AND identity = ?2",
            "SELECT id, identity, lineage FROM artifact WHERE shard = ?1 AND identity = ANY(?2)",
            self.shard,
            &keys,
            |row| {
                known.insert(row.blob(1)?, (number(row.int(0)?, "artifacts")?, row.int(2)?));
                Ok(())
            },
        )?;
        let mut counter = Counter::open(self.database, self.shard, "artifact")?;
        let mut order: Vec<usize> = (0..intakes.len()).collect();
        order.sort_by_key(|at| lineages.get(at_name(intakes, *at)).copied());
        let (mut rows, mut aliases) = (Vec::new(), FxHashSet::default());
        for at in order {
            let (Some(intake), Some((identity, algorithm))) = (intakes.get(at), identities.get(at)) else { continue };
            let lineage = lineages.get(intake.subject.name.as_str()).copied().unwrap_or_default();
            let artifact = match known.get(identity) {
                Some((artifact, _)) => *artifact,
                None => {
                    let artifact = counter.take()?;
                    known.insert(identity.clone(), (artifact, lineage));
                    rows.push((artifact, lineage, identity, algorithm, intake));
                    artifact
                }
            };
            aliases.extend(intake.subject.aliases.iter().map(|(kind, value)| (artifact, *kind, value.as_str())));
        }
        counter.close(self.database, self.shard)?;
        self.database.insert(
            "INSERT INTO artifact (shard, id, lineage, identity, algorithm, version, built, added) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            "COPY artifact (shard, id, lineage, identity, algorithm, version, built, added) FROM STDIN BINARY",
            rows.iter().map(|(artifact, lineage, identity, algorithm, intake)| {
                [
                    Value::Int(self.shard),
                    Value::Int(i64::from(*artifact)),
                    Value::Int(*lineage),
                    Value::Blob(identity),
                    Value::Text(algorithm),
                    Value::Text(&intake.subject.version),
                    Value::Int(intake.created),
                    Value::Int(self.now),
                ]
            }),
        )?;
        let mut aliases: Vec<_> = aliases.into_iter().collect();
        aliases.sort_unstable();
        for (artifact, kind, value) in aliases {
            let values =
                [Value::Int(self.shard), Value::Int(i64::from(artifact)), Value::Text(kind), Value::Text(value)];
            let sql = "INSERT INTO alias (shard, artifact, kind, value) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
            self.database.execute(sql, &values)?;
        }
        Ok(identities.iter().map(|(identity, _)| known.get(identity).copied().unwrap_or_default()).collect())
    }

    fn labels(&mut self, intakes: &[Intake], artifacts: &[(u32, i64)]) -> Outcome<()> {
        for (intake, (artifact, _)) in intakes.iter().zip(artifacts) {
            for label in &intake.labels {
                crate::labels::set(self.database, self.shard, *artifact, label)?;
            }
        }
        Ok(())
    }

    /// Numbers for every text of the batch.
    fn learn(&mut self, numbered: &mut [Numbered<'_>]) -> Outcome<()> {
        let (mut seen, mut wanted) = (FxHashSet::default(), Vec::new());
        let (mut licenses, mut basenames) = (FxHashSet::default(), FxHashSet::default());
        let mut missing = Vec::new();
        for (at, Numbered { intake, items, .. }) in numbered.iter_mut().enumerate() {
            let collected = &intake.collected;
            items.reserve_exact(collected.items.len());
            for (item, place) in collected.items.iter().zip(1_u32..) {
                let text = collected.text(*item);
                let key = self.dictionary.key(text);
                let known = self.dictionary.component(key);
                if known.is_none() {
                    missing.push((at, items.len(), key));
                    if seen.insert(key) {
                        let digests = digests_of(&collected.digests, place).iter().map(|(_, digest)| *digest).collect();
                        wanted.push(Wanted { key, text, purl: item.purl, digests });
                    }
                }
                items.push(known.unwrap_or(Known { number: 0, digests: 0 }));
            }
            licenses.extend(collected.licenses.iter().map(String::as_str));
            basenames.extend(collected.basenames.iter().map(String::as_str));
        }
        self.dictionary.learn(self.database, self.shard, &wanted)?;
        for (at, place, key) in missing {
            let lost = InventoryError::Damaged { table: "component", reason: "a number was not given" };
            let known = self.dictionary.component(key).ok_or(lost)?;
            if let Some(item) = numbered.get_mut(at).and_then(|numbered| numbered.items.get_mut(place)) {
                *item = known;
            }
        }
        for (kind, words) in [(LICENSE, licenses), (BASENAME, basenames)] {
            let mut words: Vec<&str> =
                words.into_iter().filter(|text| self.dictionary.word(kind, text).is_none()).collect();
            words.sort_unstable();
            self.dictionary.learn_words(self.database, self.shard, kind, &words)?;
        }
        Ok(())
    }

    fn documents(&mut self, numbered: &[Numbered<'_>]) -> Outcome<()> {
        let shard = Value::Int(self.shard);
        self.database.insert(
            "INSERT INTO document (shard, id, artifact, content, format, claim, coverage, components, bytes, created, added) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            "COPY document (shard, id, artifact, content, format, claim, coverage, components, bytes, created, added) \
             FROM STDIN BINARY",
            numbered.iter().map(|Numbered { intake, artifact, document, .. }| {
                [
                    shard,
                    Value::Int(i64::from(*document)),
                    Value::Int(i64::from(*artifact)),
                    Value::Blob(&intake.content),
                    Value::Text(&intake.format),
                    Value::Int(intake.claim.number()),
                    Value::Int(intake.coverage.number()),
                    Value::Int(i64::try_from(intake.components()).unwrap_or(i64::MAX)),
                    Value::Int(i64::try_from(intake.bytes).unwrap_or(i64::MAX)),
                    Value::Int(intake.created),
                    Value::Int(self.now),
                ]
            }),
        )?;
        self.database.insert(
            "INSERT INTO body (shard, document, data) VALUES (?1, ?2, ?3)",
            "COPY body (shard, document, data) FROM STDIN BINARY",
            numbered.iter().map(|Numbered { intake, document, .. }| {
                [shard, Value::Int(i64::from(*document)), Value::Blob(&intake.body)]
            }),
        )?;
        let mut lines: Vec<i64> = numbered.iter().map(|numbered| numbered.lineage).collect();
        lines.sort_unstable();
        lines.dedup();
        let mut outlines = Outlines::open(self.database, self.shard, &lines)?;
        for Numbered { intake, document, lineage, items, .. } in numbered {
            let items: Vec<u32> = items.iter().map(|known| known.number).collect();
            outlines.push(*lineage, *document, Outline::new(&items, &intake.collected.edges))?;
        }
        outlines.close(self.database, self.shard, &lines)
    }

    /// A segment of posting lists.
    fn postings(&mut self, numbered: &[Numbered<'_>]) -> Outcome<()> {
        let mut pairs: Vec<(PostingKind, i64, u32)> = Vec::new();
        // Most are components, whose pairs are one number each.
        let mut components: Vec<u64> = Vec::with_capacity(numbered.iter().map(|numbered| numbered.items.len()).sum());
        for Numbered { intake, document, items, .. } in numbered {
            let mut push = |kind, item| pairs.push((kind, item, *document));
            components.extend(items.iter().map(|known| u64::from(known.number) << 32 | u64::from(*document)));
            let lost = InventoryError::Damaged { table: "word", reason: "a number was not given" };
            listed(&intake.collected, items, |kind, text| self.dictionary.word(kind, text), &mut push).ok_or(lost)?;
        }
        pairs.sort_unstable();
        pairs.dedup();
        components.sort_unstable();
        components.dedup();
        let mut counter = Counter::open(self.database, self.shard, "segment")?;
        let segment = i64::from(counter.take()?);
        counter.close(self.database, self.shard)?;
        let mut lists: Vec<(PostingKind, i64, Vec<u8>)> = Vec::new();
        for list in components.chunk_by(|left, right| left >> 32 == right >> 32) {
            let Some(item) = list.first().map(|first| (first >> 32).cast_signed()) else { continue };
            // The low half is the document.
            lists.push((PostingKind::Component, item, posting::encode_sorted(list.iter().map(|pair| *pair as u32))));
        }
        for list in pairs.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1)) {
            let Some((kind, item, _)) = list.first() else { continue };
            lists.push((*kind, *item, posting::encode_sorted(list.iter().map(|(.., document)| *document))));
        }
        drop((components, pairs));
        segments::insert(self.database, self.shard, segment, numbered.len(), &lists)
    }

    /// The sets that every question starts from.
    fn marks(&mut self, numbered: &[Numbered<'_>]) -> Outcome<()> {
        let mut live = segments::mark(self.database, self.shard, "live")?;
        let mut extra = segments::mark(self.database, self.shard, "extra")?;
        let mut sets: [(&str, RoaringBitmap); 4] =
            ["observed", "signed", "partial", "files"].map(|name| (name, RoaringBitmap::new()));
        let artifacts: Vec<i64> = numbered.iter().map(|numbered| i64::from(numbered.artifact)).collect();
        let mut held: FxHashMap<u32, Vec<(u32, Claim)>> = FxHashMap::default();
        self.database.for_ints(
            "SELECT artifact, id, claim FROM document WHERE shard = ?1 AND artifact = ?2",
            "SELECT artifact, id, claim FROM document WHERE shard = ?1 AND artifact = ANY(?2)",
            self.shard,
            &artifacts,
            |row| {
                let document = number(row.int(1)?, "documents")?;
                let documents = held.entry(number(row.int(0)?, "artifacts")?).or_default();
                documents.push((document, Claim::from_number(row.int(2)?)));
                Ok(())
            },
        )?;
        for Numbered { intake, document, .. } in numbered {
            live.insert(*document);
            let says = [
                intake.claim == Claim::Observed,
                intake.claim == Claim::Signed,
                intake.coverage == Coverage::Partial,
                intake.collected.has_files,
            ];
            for ((_, set), says) in sets.iter_mut().zip(says) {
                if says {
                    set.insert(*document);
                }
            }
        }
        for documents in held.values_mut() {
            documents.sort_unstable();
            documents.dedup();
            // A scan takes the place of the scan before.
            if let Some((newest, _)) = documents.iter().rfind(|(_, claim)| *claim == Claim::Observed).copied() {
                let older =
                    documents.iter().filter(|(document, claim)| *claim == Claim::Observed && *document != newest);
                older.for_each(|(document, _)| {
                    live.remove(*document);
                });
            }
            let mut first = true;
            for (document, _) in documents.iter().filter(|(document, _)| live.contains(*document)) {
                if first {
                    extra.remove(*document)
                } else {
                    extra.insert(*document)
                };
                first = false;
            }
        }
        segments::set_mark(self.database, self.shard, "live", &live)?;
        segments::set_mark(self.database, self.shard, "extra", &extra)?;
        for (name, set) in sets {
            if !set.is_empty() {
                let all = segments::mark(self.database, self.shard, name)? | set;
                segments::set_mark(self.database, self.shard, name, &all)?;
            }
        }
        Ok(())
    }
}

fn at_name(intakes: &[Intake], at: usize) -> &str {
    intakes.get(at).map(|intake| intake.subject.name.as_str()).unwrap_or_default()
}

fn number(id: i64, what: &'static str) -> Outcome<u32> {
    u32::try_from(id).map_err(|_| InventoryError::Full(what))
}

/// The lists that a document is in besides those of its components; `None` when a word has no number.
pub(crate) fn listed(
    collected: &Collected,
    items: &[Known],
    word: impl Fn(i64, &str) -> Option<u32>,
    push: &mut impl FnMut(PostingKind, i64),
) -> Option<()> {
    unusual(items, &collected.digests, push);
    for text in &collected.licenses {
        push(PostingKind::License, i64::from(word(LICENSE, text)?));
    }
    for text in &collected.basenames {
        push(PostingKind::Basename, i64::from(word(BASENAME, text)?));
    }
    collected.files.iter().for_each(|digest| push(PostingKind::File, *digest));
    collected.layers.iter().for_each(|digest| push(PostingKind::Layer, *digest));
    Some(())
}

/// The digests of an item, by its place, which is counted from 1.
fn digests_of(digests: &[(u32, i64)], place: u32) -> &[(u32, i64)] {
    let start = digests.partition_point(|(item, _)| *item < place);
    let rest = digests.get(start..).unwrap_or_default();
    let end = rest.partition_point(|(item, _)| *item == place);
    rest.get(..end).unwrap_or_default()
}

/// Components that do not have the digests here that they usually have, and the ones that they have instead.
fn unusual(items: &[Known], digests: &[(u32, i64)], push: &mut impl FnMut(PostingKind, i64)) {
    let mut said: Vec<(u32, i64, i64)> = digests
        .iter()
        .filter_map(|(place, digest)| {
            let known = items.get(place.checked_sub(1)? as usize)?;
            Some((known.number, *digest, known.digests))
        })
        .collect();
    said.sort_unstable();
    said.dedup();
    let mut here: Vec<u32> = Vec::with_capacity(said.len());
    for group in said.chunk_by(|left, right| left.0 == right.0) {
        let Some((number, _, usual)) = group.first() else { continue };
        here.push(*number);
        if fingerprint(group.iter().map(|(_, digest, _)| *digest)) != *usual {
            push(PostingKind::Unusual, i64::from(*number));
            group.iter().for_each(|(_, digest, _)| push(PostingKind::Digest, *digest));
        }
    }
    let without = items.iter().filter(|known| known.digests != 0 && here.binary_search(&known.number).is_err());
    without.for_each(|known| push(PostingKind::Unusual, i64::from(known.number)));
}
