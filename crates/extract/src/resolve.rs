//! The second phase: the files of one format, joined.

use std::borrow::Cow;
use std::collections::HashMap;

use plimsoll_model::{Component, ExtractorId, LayerIndex, RelationshipKind, Scope, SourcePath};
use plimsoll_source::FileId;

use crate::facts::FactEdge;
use crate::{ComponentRef, Facts, Sink};

/// The facts of one file that is there, for one extractor.
#[derive(Debug, Clone)]
pub(crate) struct FileFacts {
    pub(crate) id: FileId,
    pub(crate) path: SourcePath,
    pub(crate) layer: Option<LayerIndex>,
    pub(crate) facts: Facts,
}

impl FileFacts {
    /// Gives the facts the layer of their file, which a source read from a stream knows only at its end.
    pub(crate) fn place(&mut self) {
        let evidence = self.facts.components.iter_mut().flat_map(|component| &mut component.evidence);
        evidence.for_each(|evidence| evidence.layer = self.layer);
        self.facts.diagnostics.iter_mut().for_each(|diagnostic| diagnostic.layer = self.layer);
    }
}

/// A file in a [`Resolver`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileHandle(pub(crate) usize);

/// A component of a file in a [`Resolver`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle {
    /// The file.
    pub file: FileHandle,
    /// The component among the file's.
    pub component: ComponentRef,
}

/// An edge between components of one file, whose scope may be set.
#[derive(Debug)]
pub struct EdgeMut<'a> {
    /// Where it starts; `None` is the project that the file belongs to.
    pub from: Option<ComponentRef>,
    /// Where it ends.
    pub to: ComponentRef,
    /// When the dependency is needed.
    pub scope: &'a mut Scope,
}

/// An edge between components of two files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CrossEdge {
    pub(crate) from: Handle,
    pub(crate) to: Handle,
    pub(crate) kind: RelationshipKind,
    pub(crate) scope: Scope,
}

/// The files of one extractor that are there after the overlay, to read what they kept and to complete their facts.
pub struct Resolver<'a> {
    extractor: ExtractorId,
    files: &'a mut [FileFacts],
    by_path: HashMap<SourcePath, FileHandle>,
    pub(crate) edges: Vec<CrossEdge>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(extractor: ExtractorId, files: &'a mut [FileFacts]) -> Self {
        let by_path = files.iter().enumerate().map(|(at, file)| (file.path.clone(), FileHandle(at))).collect();
        Self { extractor, files, by_path, edges: Vec::new() }
    }

    /// The files, in order.
    pub fn files(&self) -> impl Iterator<Item = FileHandle> + use<> {
        (0..self.files.len()).map(FileHandle)
    }

    /// The files with this name, in order.
    #[must_use]
    pub fn named(&self, name: &str) -> Vec<FileHandle> {
        self.files().filter(|&file| self.path(file).is_some_and(|path| path.name() == name.as_bytes())).collect()
    }

    /// The file at this path.
    #[must_use]
    pub fn find(&self, path: &SourcePath) -> Option<FileHandle> {
        self.by_path.get(path).copied()
    }

    /// The file at a path relative to the directory of another: `find_beside(lock, "Cargo.toml")`.
    #[must_use]
    pub fn find_beside(&self, file: FileHandle, relative: &str) -> Option<FileHandle> {
        self.find(&self.path(file)?.sibling(relative)?)
    }

    /// The path of a file.
    #[must_use]
    pub fn path(&self, file: FileHandle) -> Option<&SourcePath> {
        self.files.get(file.0).map(|file| &file.path)
    }

    /// What [`Sink::keep`] was given for a file; empty when nothing.
    #[must_use]
    pub fn kept(&self, file: FileHandle) -> &[u8] {
        self.files.get(file.0).map(|file| file.facts.kept.as_slice()).unwrap_or_default()
    }

    /// Takes what a file kept, to work on it while the resolver is written to.
    #[must_use]
    pub fn take_kept(&mut self, file: FileHandle) -> Vec<u8> {
        self.files.get_mut(file.0).map(|file| std::mem::take(&mut file.facts.kept)).unwrap_or_default()
    }

    /// The components of a file.
    pub fn components(&self, file: FileHandle) -> impl Iterator<Item = (Handle, &Component)> {
        let components = self.files.get(file.0).map(|held| held.facts.components.as_slice()).unwrap_or_default();
        components
            .iter()
            .zip(0_u32..)
            .map(move |(component, at)| (Handle { file, component: ComponentRef(at) }, component))
    }

    /// A component, to complete it.
    pub fn get_mut(&mut self, at: Handle) -> Option<&mut Component> {
        self.files.get_mut(at.file.0)?.facts.components.get_mut(at.component.0 as usize)
    }

    /// The edges of a file and their scopes, to set them; `from: None` is the project.
    pub fn edges_mut(&mut self, file: FileHandle) -> impl Iterator<Item = EdgeMut<'_>> {
        let edges = self.files.get_mut(file.0).map(|held| held.facts.edges.as_mut_slice()).unwrap_or_default();
        edges.iter_mut().map(|edge| EdgeMut { from: edge.from, to: edge.to, scope: &mut edge.scope })
    }

    /// Takes components of a file back, with their edges. Handles of the file from before are void.
    pub fn retain(&mut self, file: FileHandle, mut keep: impl FnMut(ComponentRef) -> bool) {
        let Some(held) = self.files.get_mut(file.0) else { return };
        let facts = &mut held.facts;
        let mut kept = 0_u32;
        let moved: Vec<Option<ComponentRef>> = (0_u32..)
            .zip(&facts.components)
            .map(|(at, _)| {
                let new = keep(ComponentRef(at)).then_some(ComponentRef(kept))?;
                kept = kept.saturating_add(1);
                Some(new)
            })
            .collect();
        let place = |at: ComponentRef| moved.get(at.0 as usize).copied().flatten();
        let mut stays = moved.iter().map(Option::is_some);
        facts.components.retain(|_| stays.next().unwrap_or(true));
        facts.project = facts.project.and_then(place);
        facts.edges = std::mem::take(&mut facts.edges)
            .into_iter()
            .filter_map(|edge| {
                let from = match edge.from {
                    Some(from) => Some(place(from)?),
                    None => None,
                };
                Some(FactEdge { from, to: place(edge.to)?, ..edge })
            })
            .collect();
        facts.owned = std::mem::take(&mut facts.owned)
            .into_iter()
            .filter_map(|(owner, paths)| Some((place(owner)?, paths)))
            .collect();
    }

    /// Emits into a file's facts as [`crate::Extractor::extract`] does.
    pub fn sink(&mut self, file: FileHandle) -> Option<Sink<'_>> {
        let extractor = self.extractor;
        let file = self.files.get_mut(file.0)?;
        Some(Sink::new(&mut file.facts, extractor, Cow::Borrowed(&file.path), file.layer))
    }

    /// Relates components of two files.
    pub fn relate(&mut self, from: Handle, to: Handle, kind: RelationshipKind, scope: Scope) {
        self.edges.push(CrossEdge { from, to, kind, scope });
    }
}
