//! The file catalogue: every file with its digests, when it is asked for.

use std::collections::HashMap;

use plimsoll_model::{Diagnostic, DiagnosticCode, Digest, DigestAlgorithm, FileRecord};
use plimsoll_source::{Body, File, FileId, FileState, VisitedFile};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::ownership::Ownership;

/// Which files are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Catalogue {
    /// None.
    #[default]
    None,
    /// Those that no operating system package owns.
    Unowned,
    /// All of them.
    All,
}

/// A file that was hashed while the source was walked.
pub(crate) struct Listed {
    id: FileId,
    size: u64,
    outcome: Result<Vec<Digest>, String>,
}

/// Hashes a file: SHA-1, which SPDX 2.3 §8.4 demands, and SHA-256.
pub(crate) fn list(id: FileId, file: &File<'_>) -> Listed {
    Listed { id, size: file.len(), outcome: hash(file.body()).map_err(|error| error.to_string()) }
}

fn hash(body: &dyn Body) -> std::io::Result<Vec<Digest>> {
    let mut sha1 = Sha1::new();
    let mut sha256 = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut offset = 0_u64;
    loop {
        let count = body.read_at(offset, &mut buffer)?;
        if count == 0 {
            break;
        }
        let read = buffer.get(..count).unwrap_or_default();
        sha1.update(read);
        sha256.update(read);
        offset = offset.saturating_add(count as u64);
    }
    let sha1 = Digest::from_bytes(DigestAlgorithm::Sha1, sha1.finalize().to_vec());
    let sha256 = Digest::from_bytes(DigestAlgorithm::Sha256, sha256.finalize().to_vec());
    Ok([sha1, sha256].into_iter().flatten().collect())
}

/// The records of the files that are there, sorted by path.
pub(crate) fn records(
    listed: Vec<Listed>,
    files: &HashMap<FileId, VisitedFile>,
    catalogue: Catalogue,
    ownership: &Ownership,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<FileRecord> {
    if listed.is_empty() {
        return Vec::new();
    }
    let owned = if catalogue == Catalogue::Unowned { ownership.paths() } else { std::collections::HashSet::new() };
    let mut records = Vec::new();
    for Listed { id, size, outcome } in listed {
        let Some(file) = files.get(&id).filter(|file| file.state == FileState::Present) else { continue };
        if owned.contains(file.path.as_bytes()) {
            continue;
        }
        match outcome {
            Ok(hashes) => records.push(FileRecord { path: file.path.clone(), layer: file.layer, size, hashes }),
            Err(message) => {
                diagnostics
                    .push(Diagnostic::new(DiagnosticCode::UNREADABLE, message).at(&file.path).in_layer(file.layer));
            }
        }
    }
    records.sort_unstable();
    records
}
