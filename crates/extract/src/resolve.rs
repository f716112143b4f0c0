//! The second phase: the files of one format, joined.

use std::borrow::Cow;
use std::collections::HashMap;

use plimsoll_model::{Component, ExtractorId, LayerIndex, RelationshipKind, Scope, SourcePath};
use plimsoll_source::FileId;

use crate::{ComponentRef, Facts, Sink};

/// The facts of one file that is there, for one extractor.
#[derive(Debug, Clone)]
pub(crate) struct FileFacts {
    pub(crate) id: FileId,
    pub(crate) path: SourcePath,
    pub(crate) layer: Option<LayerIndex>,
    pub(crate) facts: Facts,
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
