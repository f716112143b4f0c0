//! A source of files that are nowhere but in memory.

use std::collections::BTreeMap;

use plimsoll_model::{Budget, SourcePath};
use plimsoll_source::{
    File, FileId, FileState, Source, SourceError, SourceInfo, SourceKind, Visited, VisitedFile, Visitor, Wanted,
};

/// Files in memory, as a directory.
#[derive(Debug)]
pub struct MemorySource {
    info: SourceInfo,
    files: BTreeMap<SourcePath, Vec<u8>>,
}

impl MemorySource {
    /// A source of these files.
    #[must_use]
    pub fn new(files: BTreeMap<SourcePath, Vec<u8>>) -> Self {
        let info = SourceInfo {
            kind: SourceKind::Directory,
            name: "memory".into(),
            digests: Vec::new(),
            image: None,
            digests_checked: true,
        };
        Self { info, files }
    }

    /// The files.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<SourcePath, Vec<u8>> {
        &self.files
    }
}

impl Source for MemorySource {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn visit(&self, visitor: &dyn Visitor, budget: &Budget) -> Result<Visited, SourceError> {
        let mut visited = Visited::default();
        for (entry, (path, bytes)) in self.files.iter().enumerate() {
            let id = FileId { layer: 0, entry: entry as u64 };
            let head = bytes.get(..<dyn Visitor>::HEAD_BYTES).unwrap_or(bytes);
            let wanted = match visitor.by_path(path.as_bytes()) {
                Wanted::No => false,
                Wanted::Probe => visitor.by_head(path.as_bytes(), head),
                _ => true,
            };
            if wanted {
                visitor.file(id, &File::new(path, None, &bytes.as_slice(), budget));
                visited.files.push(VisitedFile { id, path: path.clone(), layer: None, state: FileState::Present });
            }
        }
        visited.entries = self.files.len() as u64;
        Ok(visited)
    }
}
