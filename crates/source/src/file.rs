//! A file as an extractor sees it.

use std::borrow::Cow;
use std::io;

use plimsoll_model::{Budget, BudgetExceeded, LayerIndex, SourcePath};

/// The content of a file, read by position.
pub trait Body {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Whether there is no content.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads into `buffer` from `offset`; returns how many bytes were read, 0 only at the end.
    ///
    /// # Errors
    /// The underlying read fails.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// The whole content, when it is in memory already.
    fn in_memory(&self) -> Option<&[u8]> {
        None
    }
}

impl dyn Body + '_ {
    /// `length` bytes from `offset`, within the budget for one file in memory.
    ///
    /// # Errors
    /// Reading fails, the range passes the end, or it is larger than the budget allows.
    pub fn range(&self, offset: u64, length: u64, budget: &Budget) -> Result<Vec<u8>, ReadError> {
        budget.check_member(length)?;
        let end = offset.checked_add(length).filter(|&end| end <= self.len());
        let length = end.and(usize::try_from(length).ok()).ok_or(ReadError::Truncated(self.len()))?;
        let mut out = vec![0; length];
        let mut filled = 0_usize;
        while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read_at(offset.saturating_add(filled as u64), rest) {
                Ok(0) => return Err(ReadError::Truncated(self.len())),
                Ok(count) => filled = filled.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(out)
    }
}

impl Body for &[u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn in_memory(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// Why the content of a file could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Reading failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The file is too large for the budget.
    #[error("{0}")]
    Budget(#[from] BudgetExceeded),
    /// The file is shorter than it says.
    #[error("file ends before its length of {0} bytes")]
    Truncated(u64),
}

/// A file that a source hands over.
#[derive(Clone, Copy)]
pub struct File<'a> {
    path: &'a SourcePath,
    layer: Option<LayerIndex>,
    body: &'a dyn Body,
    budget: &'a Budget,
}

impl<'a> File<'a> {
    /// A file at `path` with this content.
    #[must_use]
    pub fn new(path: &'a SourcePath, layer: Option<LayerIndex>, body: &'a dyn Body, budget: &'a Budget) -> Self {
        Self { path, layer, body, budget }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &'a SourcePath {
        self.path
    }

    /// The layer that it is in; `None` outside images, and in a stream, which says later what it was.
    #[must_use]
    pub fn layer(&self) -> Option<LayerIndex> {
        self.layer
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.body.len()
    }

    /// Whether there is no content.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The budget of the run.
    #[must_use]
    pub fn budget(&self) -> &'a Budget {
        self.budget
    }

    /// The content, for reading by position.
    #[must_use]
    pub fn body(&self) -> &'a dyn Body {
        self.body
    }

    /// The whole content, within the budget for one file in memory.
    ///
    /// # Errors
    /// Reading fails, the file is shorter than it says, or it is larger than the budget allows.
    pub fn bytes(&self) -> Result<Cow<'a, [u8]>, ReadError> {
        if let Some(bytes) = self.body.in_memory() {
            return Ok(Cow::Borrowed(bytes));
        }
        self.budget.check_member(self.body.len())?;
        self.range(0, self.body.len()).map(Cow::Owned)
    }

    /// `length` bytes from `offset`, within the budget for one file in memory.
    ///
    /// # Errors
    /// Reading fails, the range passes the end, or it is larger than the budget allows.
    pub fn range(&self, offset: u64, length: u64) -> Result<Vec<u8>, ReadError> {
        self.body.range(offset, length, self.budget)
    }
}
