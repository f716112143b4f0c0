//! An index of the jars that a repository or cache holds, for later scans.

use std::sync::Mutex;

use plimsoll_binaries::{Coordinates, JarIndexBuilder, coordinates};
use plimsoll_model::{Budget, Diagnostic, DiagnosticCode, SourcePath};
use plimsoll_source::{Body, File, FileId, FileState, Source, Visitor, Wanted};
use sha1::{Digest as _, Sha1};

use crate::{ScanError, ScanOptions};

/// What became of the archives of a source.
#[derive(Debug, Default)]
pub struct IndexedJars {
    /// Archives whose place tells their coordinates.
    pub indexed: u64,
    /// Archives whose place does not, or that hold sources or documentation.
    pub passed_over: u64,
    /// What could not be read, sorted.
    pub diagnostics: Vec<Diagnostic>,
}

/// Adds every archive of repositories (Maven, Gradle, Ivy, Coursier) to an index. They were opened with
/// [`ScanOptions::open_options`].
///
/// # Errors
/// A source cannot be read, or is not what it claims to be.
pub fn index_jars(
    sources: &[Box<dyn Source>],
    options: &ScanOptions,
    builder: &mut JarIndexBuilder,
) -> Result<IndexedJars, ScanError> {
    let mut indexed = IndexedJars::default();
    for source in sources {
        let hasher = Hasher::default();
        let visited = source.visit(&hasher, &Budget::new(options.limits.clone()))?;
        indexed.diagnostics.extend(visited.diagnostics);
        let mut found = hasher.found.into_inner().unwrap_or_else(|poison| poison.into_inner());
        found.sort_unstable_by_key(|one| one.id);
        let gone: std::collections::HashSet<FileId> =
            visited.files.iter().filter(|file| file.state != FileState::Present).map(|file| file.id).collect();
        for Found { id, path, outcome } in found {
            let Some(coordinates) = named(&path).filter(|_| !gone.contains(&id)) else { continue };
            match outcome {
                Ok(sha1) if builder.add(sha1, &coordinates) => indexed.indexed = indexed.indexed.saturating_add(1),
                Ok(_) => indexed.passed_over = indexed.passed_over.saturating_add(1),
                Err(message) => {
                    indexed.diagnostics.push(Diagnostic::new(DiagnosticCode::UNREADABLE, message).at(&path));
                }
            }
        }
        let passed_over = hasher.passed_over.into_inner();
        indexed.passed_over = indexed.passed_over.saturating_add(passed_over);
    }
    indexed.diagnostics.sort_unstable();
    Ok(indexed)
}

fn named(path: &SourcePath) -> Option<Coordinates> {
    coordinates(path.as_str()?)
}

struct Found {
    id: FileId,
    path: SourcePath,
    outcome: Result<[u8; 20], String>,
}

/// Hashes archives while the source is walked.
#[derive(Default)]
struct Hasher {
    found: Mutex<Vec<Found>>,
    passed_over: std::sync::atomic::AtomicU64,
}

impl Visitor for Hasher {
    fn by_path(&self, path: &[u8]) -> Wanted {
        let text = std::str::from_utf8(path).unwrap_or_default();
        if coordinates(text).is_some() {
            return Wanted::Yes;
        }
        if path.ends_with(b".jar") {
            self.passed_over.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        Wanted::No
    }

    fn by_head(&self, _path: &[u8], _head: &[u8]) -> bool {
        false
    }

    fn file(&self, id: FileId, file: &File<'_>) {
        let outcome = hash(file.body()).map_err(|error| error.to_string());
        let found = Found { id, path: file.path().clone(), outcome };
        self.found.lock().unwrap_or_else(|poison| poison.into_inner()).push(found);
    }
}

fn hash(body: &dyn Body) -> std::io::Result<[u8; 20]> {
    let mut hasher = Sha1::new();
    let mut buffer = vec![0; 256 << 10];
    let mut offset = 0_u64;
    loop {
        let count = body.read_at(offset, &mut buffer)?;
        if count == 0 {
            return Ok(hasher.finalize().into());
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
        offset = offset.saturating_add(count as u64);
    }
}
