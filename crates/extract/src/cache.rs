//! Facts of layers, kept from one run to the next.
//!
//! What an extractor learns from a file depends on the file, its path and the limits only, and the files of a layer on the
//! layer's digest. So the facts of a layer that was compared with its digest hold for every image that has it. What is kept
//! is bound to the program that made it: another version of Plimsoll reads the layer again.

mod record;

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;

use plimsoll_model::{ExtractorId, Limits, SourcePath};
use plimsoll_source::{FileId, LayerContent, Listing};
use sha2::{Digest as _, Sha256};

use crate::Extractor;
use crate::facts::Facts;
use crate::interest::ExtractorIndex;
use record::{Kept, LayerRecord, LinkRecord};

/// Keeps records by key. What it returns is what was stored under the key, whole, or nothing; who can write to it can
/// change what later runs find.
pub trait LayerCache: Send + Sync {
    /// The record of this key.
    fn load(&self, key: &str) -> Option<Vec<u8>>;

    /// Keeps a record. Failing to is no failure of the run.
    fn store(&self, key: &str, record: &[u8]);
}

/// A cache, and the name of what it is used by.
#[derive(Clone, Copy)]
pub struct CacheUse<'a> {
    /// Where records are kept.
    pub store: &'a dyn LayerCache,
    /// Names the exact program; records of another are not used.
    pub program: &'a str,
}

impl fmt::Debug for CacheUse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheUse").field("program", &self.program).finish_non_exhaustive()
    }
}

/// Facts with the file and extractor that they are of.
pub(crate) type Found = (FileId, ExtractorIndex, Facts);

/// The cache during one run.
pub(crate) struct Session<'a> {
    cache: CacheUse<'a>,
    extractors: &'a [&'a dyn Extractor],
    /// Digest of all that facts depend on besides the layer.
    setting: [u8; 32],
    /// Links by layer: those that were kept, and whether there are new ones.
    links: Mutex<HashMap<LayerContent, (LinkRecord, bool)>>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(cache: CacheUse<'a>, extractors: &'a [&'a dyn Extractor], limits: &Limits) -> Self {
        let mut setting = Sha256::new();
        setting.update(format!("{}\0{limits:?}", cache.program));
        for extractor in extractors {
            setting.update([0]);
            setting.update(extractor.id().as_str());
            setting.update(extractor.basis().map(|basis| basis.to_string()).unwrap_or_default());
        }
        Self { cache, extractors, setting: setting.finalize().into(), links: Mutex::default() }
    }

    fn key(&self, content: &LayerContent, kind: &str) -> String {
        let mut key = Sha256::new_with_prefix(self.setting);
        key.update(format!("{kind} {} {}", content.stored, content.diff_id));
        data_encoding::HEXLOWER.encode(&key.finalize())
    }

    /// What was kept of a layer: its entries and the facts of its files.
    pub(crate) fn layer(&self, content: &LayerContent, layer: u32) -> Option<(Listing, Vec<Found>)> {
        let bytes = self.cache.store.load(&self.key(content, "layer"))?;
        let record: LayerRecord = postcard::from_bytes(&bytes).ok()?;
        let files = record.files.into_iter().map(|kept| self.found(kept, |entry| FileId { layer, entry }));
        Some((record.listing, files.collect::<Option<_>>()?))
    }

    fn found(&self, kept: Kept, id: impl Fn(u64) -> FileId) -> Option<Found> {
        let extractor = self.extractors.get(usize::from(kept.extractor))?.id();
        Some((id(kept.entry), kept.extractor, signed(kept.facts, extractor)))
    }

    /// Keeps a layer. Facts that lack something because of this run, not because of the layer, are not kept.
    pub(crate) fn keep(&self, content: &LayerContent, listing: Listing, facts: &[Found]) {
        if facts.iter().any(|(_, _, facts)| record::is_circumstantial(facts)) {
            return;
        }
        let kept =
            |(id, extractor, facts): &Found| Kept { entry: id.entry, extractor: *extractor, facts: facts.clone() };
        let mut files: Vec<Kept> = facts.iter().map(kept).collect();
        files.sort_by_key(|kept| (kept.entry, kept.extractor));
        if let Ok(bytes) = postcard::to_stdvec(&LayerRecord { listing, files }) {
            self.cache.store.store(&self.key(content, "layer"), &bytes);
        }
    }

    fn with_links<T>(&self, content: &LayerContent, work: impl FnOnce(&mut (LinkRecord, bool)) -> T) -> T {
        let mut links = self.links.lock().unwrap_or_else(|poison| poison.into_inner());
        let held = links.entry(content.clone()).or_insert_with(|| {
            let bytes = self.cache.store.load(&self.key(content, "links"));
            (bytes.and_then(|bytes| postcard::from_bytes(&bytes).ok()).unwrap_or_default(), false)
        });
        work(held)
    }

    /// What a link to an entry of the layer led to, by the path of the link.
    pub(crate) fn link(&self, content: &LayerContent, entry: u32, id: FileId, path: &SourcePath) -> Option<Vec<Found>> {
        let kept = self.with_links(content, |(record, _)| record.get(entry, path).map(<[Kept]>::to_vec))?;
        kept.into_iter().map(|kept| self.found(kept, |_| id)).collect()
    }

    /// Keeps what a link led to.
    pub(crate) fn keep_link(&self, content: &LayerContent, entry: u32, path: &SourcePath, facts: &[Found]) {
        if facts.iter().any(|(_, _, facts)| record::is_circumstantial(facts)) {
            return;
        }
        let kept =
            |(_, extractor, facts): &Found| Kept { entry: entry.into(), extractor: *extractor, facts: facts.clone() };
        let kept = facts.iter().map(kept).collect();
        self.with_links(content, |(record, changed)| {
            record.add(entry, path, kept);
            *changed = true;
        });
    }

    /// Stores the links that are new.
    pub(crate) fn finish(self) {
        let links = self.links.lock().map(|mut links| std::mem::take(&mut *links)).unwrap_or_default();
        for (content, (record, _)) in links.iter().filter(|(_, (_, changed))| *changed) {
            if let Ok(bytes) = postcard::to_stdvec(record) {
                self.cache.store.store(&self.key(content, "links"), &bytes);
            }
        }
    }
}

/// Puts the extractor's name back, which records leave out.
fn signed(mut facts: Facts, extractor: ExtractorId) -> Facts {
    let evidence = facts.components.iter_mut().flat_map(|component| &mut component.evidence);
    evidence.for_each(|evidence| evidence.extractor = extractor);
    facts
}
