//! A source made of layers: an image, or an archive, which is one layer.

use std::collections::HashSet;
use std::fs::{File as OsFile, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use globset::GlobSet;
use plimsoll_model::{Budget, Diagnostic, DiagnosticCode, LayerIndex};

use crate::input::Section;
use crate::layer::{Layer, Notes, Records, Scan, Scanner, Stored, layer_index};
use crate::overlay::{Origin, Overlay, Tracked};
use crate::{Body, File, LayerContent, Listing, Source, SourceError, SourceInfo, Visited, VisitedFile, Visitor};

/// Layers that can be read by position, in parallel.
pub(crate) struct Layered {
    pub(crate) info: SourceInfo,
    /// Lowest first.
    pub(crate) layers: Vec<Layer>,
    pub(crate) exclude: GlobSet,
    /// An image, with whiteouts; else an archive.
    pub(crate) image: bool,
    /// What was noticed when it was opened.
    pub(crate) notices: Vec<Diagnostic>,
    /// The files that all is read from.
    pub(crate) files: Vec<Watched>,
}

/// A file and what it looked like when it was opened.
pub(crate) struct Watched {
    file: Arc<OsFile>,
    before: Option<Stamp>,
}

type Stamp = (u64, i64, i64, i64, i64);

fn stamp(metadata: &Metadata) -> Stamp {
    (metadata.len(), metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec())
}

impl Watched {
    pub(crate) fn new(section: &Section) -> Self {
        let file = section.file();
        Self { file: Arc::clone(file), before: file.metadata().ok().map(|metadata| stamp(&metadata)) }
    }

    /// What to say when it is another one now.
    pub(crate) fn diagnostic(&self, name: &str) -> Option<Diagnostic> {
        let changed = self.file.metadata().ok().map(|metadata| stamp(&metadata)) != self.before;
        let message = || format!("{name} changed while it was read");
        changed.then(|| Diagnostic::new(DiagnosticCode::CHANGED_DURING_READ, message()))
    }
}

impl Source for Layered {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn visit(&self, visitor: &dyn Visitor, budget: &Budget) -> Result<Visited, SourceError> {
        let check = self.info.digests_checked;
        let scans = in_parallel(&self.sizes(), |position| {
            let layer = self.layers.get(position)?;
            Some(self.scan(layer, &self.scanner(position, visitor, budget), check))
        });
        let mut walked = Vec::new();
        for (position, scan) in scans.into_iter().enumerate() {
            let Scan { records, notes, entries } = scan.flatten().transpose()?.unwrap_or_default();
            walked.push(Walked { id_layer: layer_index(position).0, records: Arc::new(records), notes, entries });
        }
        let scanner = self.scanner(0, visitor, budget);
        let merged = merge(walked, &scanner, self.image);
        let mut visited = Visited { diagnostics: self.notices.clone(), entries: merged.entries, ..Visited::default() };
        visited.diagnostics.extend(merged.notes.into_list());
        visited.files = self.fetch(merged.tracked, visitor, budget, &mut visited.diagnostics)?;
        visited.diagnostics.extend(self.files.iter().find_map(|file| file.diagnostic(&self.info.name)));
        Ok(visited)
    }
}

impl Layered {
    fn scanner<'a>(&'a self, position: usize, visitor: &'a dyn Visitor, budget: &'a Budget) -> Scanner<'a> {
        let index = layer_index(position);
        let layer = self.image.then_some(index);
        Scanner { visitor, budget, exclude: &self.exclude, id_layer: index.0, layer, whiteouts: self.image }
    }

    /// Walks a layer, or takes what the visitor kept of one with this content.
    fn scan(&self, layer: &Layer, scanner: &Scanner<'_>, check: bool) -> Result<Scan, SourceError> {
        let Some(content) = self.content(layer) else { return layer.scan(scanner, check) };
        if let Some(listing) = scanner.visitor.recall(&content, scanner.id_layer) {
            if check {
                layer.verify()?;
            }
            return Ok(listing.scan(scanner.layer));
        }
        let scan = layer.scan(scanner, check)?;
        // What was not compared with its digests may be anything: it would be believed of other images later.
        if check && let Some(listing) = Listing::of(&scan) {
            scanner.visitor.keep(&content, scanner.id_layer, listing);
        }
        Ok(scan)
    }

    /// The content of a layer, when what is found in it depends on nothing else.
    fn content(&self, layer: &Layer) -> Option<LayerContent> {
        (self.image && self.exclude.is_empty()).then(|| LayerContent::of(layer)).flatten()
    }

    fn sizes(&self) -> Vec<u64> {
        self.layers.iter().map(|layer| layer.blob.as_ref().map_or(0, Stored::len)).collect()
    }

    /// Hands over, in a second pass, what links lead to.
    fn fetch(
        &self,
        tracked: Vec<Tracked>,
        visitor: &dyn Visitor,
        budget: &Budget,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Vec<VisitedFile>, SourceError> {
        let mut wanted: Vec<Vec<(u32, usize)>> = vec![Vec::new(); self.layers.len()];
        for (index, file) in tracked.iter().enumerate() {
            if let Origin::Fetch { layer, entry } = file.origin
                && let Some(wanted) = wanted.get_mut(layer as usize)
            {
                wanted.push((entry, index));
            }
        }
        wanted.iter_mut().for_each(|wanted| wanted.sort_unstable());
        let sizes: Vec<u64> = self
            .sizes()
            .into_iter()
            .zip(&wanted)
            .map(|(size, wanted)| if wanted.is_empty() { 0 } else { size })
            .collect();
        let delivered = in_parallel(&sizes, |position| {
            let (layer, wanted) =
                (self.layers.get(position)?, wanted.get(position).filter(|wanted| !wanted.is_empty())?);
            let scanner = self.scanner(position, visitor, budget);
            Some(self.deliver(layer, &scanner, &tracked, wanted))
        });
        let mut arrived = vec![false; tracked.len()];
        for delivered in delivered.into_iter().flatten().flatten() {
            for index in delivered? {
                if let Some(arrived) = arrived.get_mut(index) {
                    *arrived = true;
                }
            }
        }
        let mut files = Vec::with_capacity(tracked.len());
        for (file, arrived) in tracked.into_iter().zip(arrived) {
            if arrived || matches!(file.origin, Origin::Handed { .. }) {
                files.push(file.visited(self.image));
            } else {
                let layer = self.image.then_some(LayerIndex(file.layer));
                let message = "the file that the link leads to could not be read";
                diagnostics.push(Diagnostic::new(DiagnosticCode::UNREADABLE, message).at(&file.path).in_layer(layer));
            }
        }
        Ok(files)
    }
}

impl Layered {
    /// Reads the entries of one layer that links lead to; returns the links that got their content.
    fn deliver(
        &self,
        layer: &Layer,
        scanner: &Scanner<'_>,
        tracked: &[Tracked],
        wanted: &[(u32, usize)],
    ) -> Result<Vec<usize>, SourceError> {
        let check = self.info.digests_checked;
        let content = self.content(layer);
        let visitor = scanner.visitor;
        let link = |&(entry, index): &(u32, usize)| Some((entry, tracked.get(index)?));
        let recalled = |pair: &(u32, usize)| {
            let (Some(content), Some((entry, file))) = (&content, link(pair)) else { return false };
            visitor.recall_link(content, entry, file.id, &file.path)
        };
        let (known, unknown): (Vec<_>, Vec<_>) = wanted.iter().copied().partition(recalled);
        let mut delivered: Vec<usize> = known.into_iter().map(|(_, index)| index).collect();
        if unknown.is_empty() {
            return Ok(delivered);
        }
        let mut read = Vec::new();
        let mut hand_over = hand_over(scanner, tracked, &unknown, self.image, &mut read);
        layer.fetch(scanner, &mut hand_over, &entries(&unknown), check)?;
        drop(hand_over);
        if let Some(content) = content.filter(|_| check) {
            let arrived: HashSet<usize> = read.iter().copied().collect();
            for (entry, file) in unknown.iter().filter(|(_, index)| arrived.contains(index)).filter_map(link) {
                visitor.keep_link(&content, entry, file.id, &file.path);
            }
        }
        delivered.append(&mut read);
        Ok(delivered)
    }
}

impl Tracked {
    /// As the caller sees it.
    pub(crate) fn visited(self, image: bool) -> VisitedFile {
        let layer = image.then_some(LayerIndex(self.layer));
        VisitedFile { id: self.id, path: self.path, layer, state: self.state }
    }
}

/// The entries of a layer that (entry, link) pairs, which are sorted, name.
pub(crate) fn entries(wanted: &[(u32, usize)]) -> Vec<u32> {
    let mut entries: Vec<u32> = wanted.iter().map(|&(entry, _)| entry).collect();
    entries.dedup();
    entries
}

/// Hands an entry over under the names of all links to it.
pub(crate) fn hand_over<'a>(
    scanner: &'a Scanner<'a>,
    tracked: &'a [Tracked],
    wanted: &'a [(u32, usize)],
    image: bool,
    delivered: &'a mut Vec<usize>,
) -> impl FnMut(u32, &dyn Body) + 'a {
    move |entry, body| {
        let start = wanted.partition_point(|&(at, _)| at < entry);
        let links = wanted.get(start..).unwrap_or_default().iter().take_while(|&&(at, _)| at == entry);
        for (position, &(_, index)) in links.enumerate() {
            // A million links to one file are a million files to parse.
            if position > 0 && scanner.budget.spend_bytes(body.len()).is_err() {
                break;
            }
            let Some(file) = tracked.get(index) else { continue };
            let shown = image.then_some(LayerIndex(file.layer));
            scanner.visitor.file(file.id, &File::new(&file.path, shown, body, scanner.budget));
            delivered.push(index);
        }
    }
}

/// A layer that was walked.
pub(crate) struct Walked {
    pub(crate) id_layer: u32,
    pub(crate) records: Arc<Records>,
    pub(crate) notes: Notes,
    pub(crate) entries: u64,
}

/// Layers put over each other.
pub(crate) struct Merged {
    pub(crate) tracked: Vec<Tracked>,
    pub(crate) notes: Notes,
    pub(crate) entries: u64,
}

/// Applies walked layers, lowest first.
pub(crate) fn merge(walked: Vec<Walked>, scanner: &Scanner<'_>, image: bool) -> Merged {
    let wants = |path: &[u8]| scanner.seeks(path);
    let mut overlay = Overlay::new(&wants, scanner.budget, image);
    let (mut notes, mut entries) = (Notes::default(), 0_u64);
    for (position, layer) in walked.into_iter().enumerate() {
        entries = entries.saturating_add(layer.entries);
        notes.append(layer.notes);
        overlay.apply(layer_index(position).0, layer.id_layer, &layer.records);
    }
    let (tracked, more) = overlay.finish();
    notes.append(more);
    Merged { tracked, notes, entries }
}

/// Runs a job for each size, the largest first, on as many threads as rayon has; results in the order of the sizes.
pub(crate) fn in_parallel<T: Send>(sizes: &[u64], job: impl Fn(usize) -> T + Sync) -> Vec<Option<T>> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&position| std::cmp::Reverse(sizes.get(position).copied().unwrap_or_default()));
    let results: Vec<Mutex<Option<T>>> = sizes.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads().min(sizes.len()) {
            scope.spawn(|_| {
                while let Some(&position) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = job(position);
                    if let Some(slot) = results.get(position) {
                        *slot.lock().unwrap_or_else(|poison| poison.into_inner()) = Some(result);
                    }
                }
            });
        }
    });
    results.into_iter().map(|slot| slot.into_inner().unwrap_or_else(|poison| poison.into_inner())).collect()
}
