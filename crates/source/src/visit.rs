//! How a source is walked.

use plimsoll_model::{Budget, Diagnostic, LayerIndex, SourcePath};

use crate::{File, LayerContent, Listing, SourceError, SourceInfo};

/// What a visitor wants of a file, judged by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing.
    No,
    /// Perhaps: [`Visitor::by_head`] decides when it sees the first bytes.
    Probe,
    /// The file.
    Yes,
}

/// Receives the files of a source. Called from many threads at once, in no order: what it learns it keeps by
/// [`FileId`].
pub trait Visitor: Sync {
    /// Whether the file at this path is wanted. `path` is normalised as in [`SourcePath`].
    fn by_path(&self, path: &[u8]) -> Wanted;

    /// Whether a link at this path is worth following to a file that no link leads to: the visitor knows files by this
    /// name. Differs from [`Visitor::by_path`] for a visitor that takes every file there is.
    fn seeks(&self, path: &[u8]) -> bool {
        self.by_path(path) == Wanted::Yes
    }

    /// Whether a file with these first bytes (up to `HEAD_BYTES` of them) is wanted. Asked only after
    /// [`Wanted::Probe`].
    fn by_head(&self, path: &[u8], head: &[u8]) -> bool;

    /// Takes a wanted file. Trouble with the file is the visitor's to report.
    fn file(&self, id: FileId, file: &File<'_>);

    /// The entries of a layer whose files the visitor has from an earlier visit, and now has again: their ids are of
    /// `layer`. `None`, and the layer is read.
    fn recall(&self, content: &LayerContent, layer: u32) -> Option<Listing> {
        let _ = (content, layer);
        None
    }

    /// Offers what may be kept of a layer that was read whole and is what its digests promise.
    fn keep(&self, content: &LayerContent, layer: u32, listing: Listing) {
        let _ = (content, layer, listing);
    }

    /// Whether the visitor has from an earlier visit, and now has again as `id`, what the link at `path` leads to: an
    /// entry of this layer.
    fn recall_link(&self, content: &LayerContent, entry: u32, id: FileId, path: &SourcePath) -> bool {
        let _ = (content, entry, id, path);
        false
    }

    /// Offers what a link leads to, which was handed over as `id`, to be kept.
    fn keep_link(&self, content: &LayerContent, entry: u32, id: FileId, path: &SourcePath) {
        let _ = (content, entry, id, path);
    }
}

impl dyn Visitor {
    /// How many bytes [`Visitor::by_head`] is shown, when the file has as many.
    pub const HEAD_BYTES: usize = 16;
}

/// Names a file handed to a visitor. Ordered: by layer, then by path, then by position, the same in every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId {
    /// The layer; 0 outside images. In a stream the number of the member, since its place among the layers is not known
    /// yet: [`VisitedFile::layer`] has it.
    pub layer: u32,
    /// Position within the layer (or tree).
    pub entry: u64,
}

/// What became of a file in the image as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// It is there.
    Present,
    /// A later entry at the same path took its place: in this layer (or, for a doubled entry, in its own).
    Replaced(LayerIndex),
    /// This layer removed it: by a whiteout, an opaque directory, or something else in the place of its directory.
    Removed(LayerIndex),
}

/// A file that was handed over, and what became of it.
#[derive(Debug, Clone)]
pub struct VisitedFile {
    /// The id that the visitor was given.
    pub id: FileId,
    /// Its path.
    pub path: SourcePath,
    /// Its layer; `None` outside images.
    pub layer: Option<LayerIndex>,
    /// What became of it.
    pub state: FileState,
}

/// What a walk found, besides what the visitor was given.
#[derive(Debug, Default)]
pub struct Visited {
    /// Every file that was handed over, sorted by id.
    pub files: Vec<VisitedFile>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
    /// How many entries (files, links, directories) were seen.
    pub entries: u64,
}

/// Something that holds files.
pub trait Source: Send + Sync {
    /// What is known before the files are read. Of a stream (standard input, a compressed image archive) the image and
    /// the digests are known only after the visit.
    fn info(&self) -> &SourceInfo;

    /// Hands every wanted file to the visitor, each layer in one pass.
    ///
    /// # Errors
    /// The source is not what it claims to be (a digest does not match, an archive is cut off or cannot be read as
    /// one), or cannot be read at all. A bad file within the source is a diagnostic instead.
    fn visit(&self, visitor: &dyn Visitor, budget: &Budget) -> Result<Visited, SourceError>;
}
