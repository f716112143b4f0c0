//! What the layers of an image do to each other's files.
//!
//! The layers are applied in their order to a tree that holds every entry, but no content, as a container runtime
//! unpacks them (OCI image-spec 1.1, layer.md; containerd's `archive.Apply` where the text is silent): links in the
//! directories of a path are followed within the root, an entry takes the place of what is at its path unless both are
//! directories, and whiteouts remove only what came from lower layers. The same rules serve an archive, which is one
//! layer without whiteouts.
//!
//! A file was handed over under the name that its entry has. Where a link would show it under a name that is wanted
//! and the file was not handed over for its own name, it is listed as [`Origin::Fetch`], to be read once more.

mod apply;
mod resolve;
#[cfg(test)]
mod tests;
mod tree;

use plimsoll_model::{Budget, Diagnostic, DiagnosticCode, LayerIndex, SourcePath};

use crate::layer::{Notes, Records};
use crate::{FileId, FileState};
use resolve::{Hops, Lost};
use tree::{Content, NodeId, Tree};

/// Where the content of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The visitor has it.
    Handed {
        /// For its path, not for its first bytes.
        by_path: bool,
    },
    /// In this entry of this layer.
    Fetch { layer: u32, entry: u32 },
}

/// A file that was handed over, or is to be.
#[derive(Debug)]
pub(crate) struct Tracked {
    pub(crate) id: FileId,
    pub(crate) path: SourcePath,
    pub(crate) layer: u32,
    pub(crate) state: FileState,
    pub(crate) origin: Origin,
}

/// One that may still turn out to be nothing.
struct Candidate {
    id: FileId,
    path: SourcePath,
    layer: u32,
    entry: u32,
    state: FileState,
    node: NodeId,
    content: Content,
    handed: Option<bool>,
}

/// The tree as far as layers were applied.
pub(crate) struct Overlay<'a> {
    tree: Tree,
    wants: &'a dyn Fn(&[u8]) -> bool,
    budget: &'a Budget,
    /// Whether this is an image: its layers have whiteouts, and its files name their layer.
    image: bool,
    candidates: Vec<Candidate>,
    notes: Notes,
    /// Steps of path resolution left. Honest images take a few for each entry.
    work: u64,
    parent: Parent,
}

/// The directory of the last entry: the next one is mostly in the same.
#[derive(Default)]
struct Parent {
    path: Vec<u8>,
    node: NodeId,
    aliased: bool,
    generation: u64,
    known: bool,
}

const WORK: u64 = 100_000_000;

impl<'a> Overlay<'a> {
    pub(crate) fn new(wants: &'a dyn Fn(&[u8]) -> bool, budget: &'a Budget, image: bool) -> Self {
        Self {
            tree: Tree::new(),
            wants,
            budget,
            image,
            candidates: Vec::new(),
            notes: Notes::default(),
            work: WORK,
            parent: Parent::default(),
        }
    }

    /// Puts a layer over those before it. `id_layer` is what its files were handed over with.
    pub(crate) fn apply(&mut self, layer: u32, id_layer: u32, records: &Records) {
        for record in records.iter() {
            if self.work == 0 {
                let message = "links lead through too many others to follow them all";
                self.note(DiagnosticCode::TOO_MANY_ENTRIES, message, Some(layer), None);
                return;
            }
            self.entry(layer, id_layer, record);
        }
    }

    /// The files, sorted by id, and what was noticed.
    pub(crate) fn finish(mut self) -> (Vec<Tracked>, Notes) {
        let candidates = std::mem::take(&mut self.candidates);
        let by_path = candidates.iter().filter(|candidate| candidate.handed == Some(true));
        let mut by_path: Vec<(u32, u32)> = by_path.map(|candidate| (candidate.layer, candidate.entry)).collect();
        by_path.sort_unstable();
        let mut tracked = Vec::new();
        for candidate in candidates {
            let origin = match candidate.handed {
                Some(by_path) => Some(Origin::Handed { by_path }),
                None => self.origin(&candidate, &by_path),
            };
            let Candidate { id, path, layer, state, .. } = candidate;
            tracked.extend(origin.map(|origin| Tracked { id, path, layer, state, origin }));
        }
        tracked.sort_by(|one, other| (one.id, &one.path).cmp(&(other.id, &other.path)));
        (tracked, self.notes)
    }

    /// Where a link leads, when that is a file which was not handed over for its own path.
    fn origin(&mut self, link: &Candidate, by_path: &[(u32, u32)]) -> Option<Origin> {
        let content = match link.content {
            // What a removed link led to cannot be told from the tree of today.
            Content::Symlink(_) if link.state != FileState::Present => return None,
            Content::Symlink(target) => {
                let (parent, target) = (self.tree.get(link.node).parent, self.tree.target(target));
                let mut hops = Hops::new(self.budget.limits().symlink_hops.saturating_sub(1));
                match self.follow(parent, &target, &mut hops) {
                    Ok(node) => self.tree.get(node).content,
                    Err(lost) => {
                        self.lost(lost, link.layer, &link.path);
                        return None;
                    }
                }
            }
            content => content,
        };
        match content {
            Content::File { layer, entry } if by_path.binary_search(&(layer, entry)).is_err() => {
                Some(Origin::Fetch { layer, entry })
            }
            _ => None,
        }
    }

    fn lost(&mut self, lost: Lost, layer: u32, path: &SourcePath) {
        let (code, message) = match lost {
            // Nothing is at its end for anyone.
            Lost::Missing | Lost::NotDirectory => return,
            Lost::Outside => {
                (DiagnosticCode::ESCAPES_SOURCE, "the link leads outside the image, where nothing was read")
            }
            Lost::Loop => (DiagnosticCode::SYMLINK_LOOP, "the link leads through too many others"),
            Lost::TooDeep => (DiagnosticCode::PATH_TOO_LONG, "the link leads to a path that is too deep"),
        };
        self.note(code, message, Some(layer), Some(path.as_bytes()));
    }

    fn note(&mut self, code: DiagnosticCode, message: &str, layer: Option<u32>, path: Option<&[u8]>) {
        let layer = layer.filter(|_| self.image).map(LayerIndex);
        let diagnostic = Diagnostic::new(code, message).in_layer(layer);
        self.notes.push(match path.and_then(|path| SourcePath::new(path).ok()) {
            Some(path) => diagnostic.at(&path),
            None => diagnostic,
        });
    }
}
