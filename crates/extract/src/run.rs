//! The run: a source, the extractors, one graph.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use plimsoll_model::{
    Budget, ComponentGraph, ComponentIndex, Diagnostic, DiagnosticCode, FileRecord, GraphBuilder, LayerIndex,
    SourcePath,
};
use plimsoll_source::{
    File, FileId, FileState, LayerContent, Listing, Source, SourceError, Visited, VisitedFile, Visitor, Wanted,
};
use rayon::prelude::*;

use crate::cache::{CacheUse, Found, Session};
use crate::catalogue::{self, Catalogue, Listed};
use crate::claims::Claims;
use crate::facts::{FactEdge, Facts};
use crate::history::History;
use crate::interest::{ExtractorIndex, Matcher};
use crate::linkage::Linkage;
use crate::ownership::Ownership;
use crate::rank::Signatures;
use crate::resolve::{CrossEdge, FileFacts, Resolver};
use crate::syntax::locator::withhold_passwords;
use crate::{Extractor, Sink};

/// What a run should give.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct RunOptions<'a> {
    /// Also components that later layers removed or replaced.
    pub all_layers: bool,
    /// Leave out components all of whose files belong to packages of the operating system.
    pub exclude_os_owned: bool,
    /// Which files to list with their digests.
    pub catalogue: Catalogue,
    /// Where facts of layers are kept. Not used while files are listed, for which layers must be read.
    pub cache: Option<CacheUse<'a>>,
}

/// What a run found.
#[derive(Debug)]
pub struct Extraction {
    /// The components and how they relate.
    pub graph: ComponentGraph,
    /// The files that [`RunOptions::catalogue`] asks for, sorted.
    pub files: Vec<FileRecord>,
    /// What could not be read or should be known, sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// Entries of the source: files, links and directories.
    pub entries: u64,
    /// Files that an extractor read.
    pub files_read: u64,
}

/// Runs the extractors over the source.
///
/// # Errors
/// The source is not what it claims to be, or cannot be read.
pub fn run(
    source: &dyn Source,
    extractors: &[&dyn Extractor],
    options: RunOptions<'_>,
    budget: &Budget,
) -> Result<Extraction, SourceError> {
    let collector = Collector {
        extractors,
        matcher: Matcher::compile(extractors),
        catalogue: options.catalogue,
        found: Mutex::default(),
        listed: Mutex::default(),
        read: AtomicU64::new(0),
        cache: options
            .cache
            .filter(|_| options.catalogue == Catalogue::None)
            .map(|cache| Session::new(cache, extractors, budget.limits())),
    };
    let visited = source.visit(&collector, budget)?;
    if let Some(cache) = collector.cache {
        cache.finish();
    }
    let files_read = collector.read.load(Ordering::Relaxed);
    let found = collector.found.into_inner().unwrap_or_else(|poison| poison.into_inner());
    let listed = collector.listed.into_inner().unwrap_or_else(|poison| poison.into_inner());
    let Visited { files, diagnostics, entries } = visited;
    let files: HashMap<FileId, VisitedFile> = files.into_iter().map(|file| (file.id, file)).collect();
    let mut extraction = assemble(&files, diagnostics, found, listed, extractors, options);
    extraction.entries = entries;
    extraction.files_read = files_read;
    Ok(extraction)
}

/// Gathers facts while the source is walked.
struct Collector<'a> {
    extractors: &'a [&'a dyn Extractor],
    matcher: Matcher,
    catalogue: Catalogue,
    found: Mutex<Vec<Found>>,
    listed: Mutex<Vec<Listed>>,
    read: AtomicU64,
    cache: Option<Session<'a>>,
}

impl Visitor for Collector<'_> {
    fn by_path(&self, path: &[u8]) -> Wanted {
        if self.catalogue != Catalogue::None || !self.matcher.by_path(path).is_empty() {
            Wanted::Yes
        } else if self.matcher.may_be_binary(path) {
            Wanted::Probe
        } else {
            Wanted::No
        }
    }

    fn seeks(&self, path: &[u8]) -> bool {
        !self.matcher.by_path(path).is_empty()
    }

    fn by_head(&self, _path: &[u8], head: &[u8]) -> bool {
        !self.matcher.by_head(head).is_empty()
    }

    fn file(&self, id: FileId, file: &File<'_>) {
        if self.catalogue != Catalogue::None {
            let listed = catalogue::list(id, file);
            self.listed.lock().unwrap_or_else(|poison| poison.into_inner()).push(listed);
        }
        let path = file.path().as_bytes();
        let mut readers = self.matcher.by_path(path);
        if readers.is_empty() || self.matcher.may_be_binary(path) {
            let mut head = [0; <dyn Visitor>::HEAD_BYTES];
            let count = file.body().read_at(0, &mut head).unwrap_or(0);
            readers.extend(self.matcher.by_head(head.get(..count).unwrap_or_default()));
            readers.sort_unstable();
            readers.dedup();
        }
        if !readers.is_empty() {
            self.read.fetch_add(1, Ordering::Relaxed);
        }
        for reader in readers {
            let Some(extractor) = self.extractors.get(usize::from(reader)) else { continue };
            let facts = extract(*extractor, file);
            self.found().push((id, reader, facts));
        }
    }

    fn recall(&self, content: &LayerContent, layer: u32) -> Option<Listing> {
        let (listing, facts) = self.cache.as_ref()?.layer(content, layer)?;
        self.again(facts);
        Some(listing)
    }

    fn keep(&self, content: &LayerContent, layer: u32, listing: Listing) {
        let Some(cache) = &self.cache else { return };
        let facts: Vec<Found> = self.found().iter().filter(|(id, ..)| id.layer == layer).cloned().collect();
        cache.keep(content, listing, &facts);
    }

    fn recall_link(&self, content: &LayerContent, entry: u32, id: FileId, path: &SourcePath) -> bool {
        let facts = self.cache.as_ref().and_then(|cache| cache.link(content, entry, id, path));
        facts.map(|facts| self.again(facts)).is_some()
    }

    fn keep_link(&self, content: &LayerContent, entry: u32, id: FileId, path: &SourcePath) {
        let Some(cache) = &self.cache else { return };
        let facts: Vec<Found> = self.found().iter().filter(|(held, ..)| *held == id).cloned().collect();
        cache.keep_link(content, entry, path, &facts);
    }
}

impl Collector<'_> {
    fn found(&self) -> MutexGuard<'_, Vec<Found>> {
        self.found.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    /// Takes facts that an earlier run found.
    fn again(&self, facts: Vec<Found>) {
        let files: HashSet<FileId> = facts.iter().map(|(id, ..)| *id).collect();
        self.read.fetch_add(files.len() as u64, Ordering::Relaxed);
        self.found().extend(facts);
    }
}

/// Runs one extractor on one file; its failure, even a panic, becomes a diagnostic.
fn extract(extractor: &dyn Extractor, file: &File<'_>) -> Facts {
    let mut facts = Facts::default();
    let mut sink = Sink::new(&mut facts, extractor.id(), Cow::Borrowed(file.path()), file.layer());
    let outcome = catch_unwind(AssertUnwindSafe(|| extractor.extract(file, &mut sink)));
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(error)) => sink.diagnose_at(error.code(), error.span(), error.to_string()),
        Err(_) => sink.diagnose(DiagnosticCode::INTERNAL, 0, format!("extractor {} failed", extractor.id())),
    }
    facts
}

/// From the facts of all files to the graph.
fn assemble(
    files: &HashMap<FileId, VisitedFile>,
    mut diagnostics: Vec<Diagnostic>,
    mut found: Vec<(FileId, ExtractorIndex, Facts)>,
    listed: Vec<Listed>,
    extractors: &[&dyn Extractor],
    options: RunOptions<'_>,
) -> Extraction {
    found.sort_unstable_by_key(|(id, reader, _)| (*id, *reader));
    let mut present = Vec::new();
    let mut superseded = Vec::new();
    for (id, reader, facts) in found {
        let Some(file) = files.get(&id) else { continue };
        let mut facts = FileFacts { id, path: file.path.clone(), layer: file.layer, facts };
        facts.place();
        match file.state {
            FileState::Present => present.push((reader, facts)),
            FileState::Replaced(by) | FileState::Removed(by) => superseded.push((reader, facts, by)),
        }
    }
    let history = History::new(&superseded);
    let claims = |reader: ExtractorIndex| extractors.get(usize::from(reader)).is_some_and(|held| held.claims());
    let mut claimed = Vec::new();
    let mut merge = Merge::default();
    if options.all_layers {
        for (by, snapshot) in snapshots(&present, &superseded) {
            for (reader, group) in resolve(snapshot, extractors) {
                match claims(reader) {
                    true => claimed.push((reader, group, Some(by))),
                    false => merge.add(reader, group, &history, Some(by), &mut Vec::new()),
                }
            }
        }
        merge.ownership = Ownership::default();
        merge.linkage = Linkage::default();
    }
    for (reader, group) in resolve(present, extractors) {
        match claims(reader) {
            true => claimed.push((reader, group, None)),
            false => merge.add(reader, group, &history, None, &mut diagnostics),
        }
    }
    let signatures = Signatures::of(extractors);
    signatures.join(&mut merge.builder);
    merge.claims = (!claimed.is_empty()).then(|| Claims::beside(&merge.builder));
    for (reader, group, removed) in claimed {
        let mut told = Vec::new();
        merge.add(reader, group, &history, removed, &mut told);
        diagnostics.extend(told.into_iter().filter(|_| removed.is_none()));
    }
    merge.linkage.apply(&mut merge.builder, &merge.ownership);
    merge.ownership.apply(&mut merge.builder, options.exclude_os_owned, &signatures);
    let files = catalogue::records(listed, files, options.catalogue, &merge.ownership, &mut diagnostics);
    diagnostics.sort_unstable();
    diagnostics.dedup();
    Extraction { graph: merge.builder.finish(), files, diagnostics, entries: 0, files_read: 0 }
}

/// One extractor's files after its second phase, and the edges between them.
type Resolved = (Vec<FileFacts>, Vec<CrossEdge>);

/// Runs the second phase of each extractor on its files; results in order of the extractors.
fn resolve(files: Vec<(ExtractorIndex, FileFacts)>, extractors: &[&dyn Extractor]) -> Vec<(ExtractorIndex, Resolved)> {
    let mut groups: Vec<Vec<FileFacts>> = extractors.iter().map(|_| Vec::new()).collect();
    for (reader, facts) in files {
        if let Some(group) = groups.get_mut(usize::from(reader)) {
            group.push(facts);
        }
    }
    let resolve_one = |(reader, mut group): (usize, Vec<FileFacts>)| {
        let extractor = *extractors.get(reader)?;
        if group.is_empty() {
            return None;
        }
        let mut resolver = Resolver::new(extractor.id(), &mut group);
        let outcome = catch_unwind(AssertUnwindSafe(|| extractor.resolve(&mut resolver)));
        let edges = resolver.edges;
        if let (Err(_), Some(first)) = (outcome, group.first_mut()) {
            let message = format!("extractor {} failed to join its files", extractor.id());
            first.facts.diagnostics.push(Diagnostic::new(DiagnosticCode::INTERNAL, message));
        }
        Some((ExtractorIndex::try_from(reader).ok()?, (group, edges)))
    };
    groups.into_par_iter().enumerate().filter_map(resolve_one).collect()
}

/// The state of the image just before each layer that took something away, for the formats it took from.
fn snapshots(
    present: &[(ExtractorIndex, FileFacts)],
    superseded: &[(ExtractorIndex, FileFacts, LayerIndex)],
) -> Vec<(LayerIndex, Vec<(ExtractorIndex, FileFacts)>)> {
    let mut cuts: BTreeMap<LayerIndex, BTreeSet<ExtractorIndex>> = BTreeMap::new();
    for (reader, _, by) in superseded {
        cuts.entry(*by).or_default().insert(*reader);
    }
    let before = |file: &FileFacts, cut: LayerIndex| file.layer.is_none_or(|layer| layer < cut);
    let mut out = Vec::new();
    for (cut, touched) in cuts {
        let gone = superseded
            .iter()
            .filter(|(reader, file, by)| touched.contains(reader) && before(file, cut) && *by >= cut)
            .map(|(reader, file, _)| (*reader, file.clone()));
        let kept = present.iter().filter(|(reader, file)| touched.contains(reader) && before(file, cut)).cloned();
        let mut files: Vec<(ExtractorIndex, FileFacts)> = gone.chain(kept).collect();
        files.sort_by_key(|(reader, file)| (file.id, *reader));
        if !files.is_empty() {
            out.push((cut, files));
        }
    }
    out
}

/// The graph in the making.
#[derive(Default)]
struct Merge {
    builder: GraphBuilder,
    ownership: Ownership,
    linkage: Linkage,
    /// Set once all that was found is in, for what is claimed.
    claims: Option<Claims>,
}

impl Merge {
    fn add(
        &mut self,
        reader: ExtractorIndex,
        (files, cross): Resolved,
        history: &History,
        removed: Option<LayerIndex>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        self.builder.reserve(files.iter().map(|file| file.facts.components.len()).sum());
        let mut placed: Vec<Vec<ComponentIndex>> = Vec::with_capacity(files.len());
        for mut file in files {
            let mut places = Vec::with_capacity(file.facts.components.len());
            for mut component in std::mem::take(&mut file.facts.components) {
                component.layers = history.of(reader, &file, &component, removed);
                withhold_passwords(&mut component);
                places.push(match &mut self.claims {
                    Some(claims) => claims.place(&mut self.builder, component),
                    None => self.builder.add(component),
                });
            }
            diagnostics.append(&mut file.facts.diagnostics);
            self.edges(&file.facts, &places);
            self.ownership.add(&file.facts, &places);
            self.linkage.add(&file.path, &mut file.facts);
            placed.push(places);
        }
        let place = |at: crate::Handle| placed.get(at.file.0)?.get(at.component.0 as usize).copied();
        for edge in cross {
            if let (Some(from), Some(to)) = (place(edge.from), place(edge.to)) {
                self.builder.relate(from, to, edge.kind, edge.scope);
            }
        }
    }

    fn edges(&mut self, facts: &Facts, places: &[ComponentIndex]) {
        let place = |at: crate::ComponentRef| places.get(at.0 as usize).copied();
        let project = facts.project.and_then(place);
        if let Some(project) = project {
            self.builder.direct(project);
        }
        for &FactEdge { from, to, kind, scope } in &facts.edges {
            let Some(to) = place(to) else { continue };
            match from.map_or(project, place) {
                Some(from) if self.claims.as_ref().is_some_and(|claims| claims.relates(from, to)) => {}
                Some(from) => self.builder.relate(from, to, kind, scope),
                None => self.builder.direct(to),
            }
        }
    }
}
