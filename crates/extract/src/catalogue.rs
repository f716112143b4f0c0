//! The file catalogue: every file with its digests, when it is asked for, and the members of zip archives (jars) within
//! them, so that a class file can be found by its digest.

use std::collections::HashMap;

use plimsoll_model::{Budget, Diagnostic, DiagnosticCode, Digest, DigestAlgorithm, FileRecord, LayerIndex, SourcePath};
use plimsoll_source::zip::Zip;
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
    members: Vec<Member>,
    trouble: Vec<(DiagnosticCode, String)>,
}

/// A member of a zip archive.
struct Member {
    /// Its path as [`plimsoll_model::SourcePath::member`] writes it, from the outermost archive on.
    path: Vec<u8>,
    size: u64,
    hashes: Vec<Digest>,
}

/// Members listed of one file, archives within it included.
const MAX_MEMBERS: usize = 1_000_000;

/// Hashes a file: SHA-1, which SPDX 2.3 §8.4 demands, and SHA-256.
pub(crate) fn list(id: FileId, file: &File<'_>) -> Listed {
    let outcome = hash(file.body()).map_err(|error| error.to_string());
    let mut listed = Listed { id, size: file.len(), outcome, members: Vec::new(), trouble: Vec::new() };
    listed.list_members(file.body(), &[], 1, file.budget());
    listed
}

impl Listed {
    /// Lists what a zip archive holds; anything else holds nothing.
    fn list_members(&mut self, body: &dyn Body, prefix: &[u8], depth: u32, budget: &Budget) {
        let mut magic = [0; 4];
        if body.read_at(0, &mut magic).ok() != Some(magic.len()) || magic != *b"PK\x03\x04" {
            return;
        }
        if let Err(limit) = budget.check_nesting(depth) {
            return self.trouble.push((DiagnosticCode::TOO_NESTED, limit.to_string()));
        }
        let archive = match Zip::open(body, budget) {
            Ok(archive) => archive,
            Err(error) => return self.trouble.push((error.code(), error.to_string())),
        };
        for entry in archive.entries().filter(|entry| !entry.is_directory()) {
            if self.members.len() >= MAX_MEMBERS {
                let message = format!("more than {MAX_MEMBERS} members; the rest is not listed");
                return self.trouble.push((DiagnosticCode::TOO_MANY_ENTRIES, message));
            }
            let path = if prefix.is_empty() { entry.name().to_vec() } else { [prefix, b"!/", entry.name()].concat() };
            match entry.read(budget.limits().member_bytes) {
                Ok(content) => {
                    let content = content.as_slice();
                    let hashes = hash(&content).unwrap_or_default();
                    self.list_members(&content, &path, depth.saturating_add(1), budget);
                    self.members.push(Member { path, size: content.len() as u64, hashes });
                }
                Err(error) => {
                    let name = String::from_utf8_lossy(&path).into_owned();
                    self.trouble.push((error.code(), format!("{name}: {error}")));
                }
            }
        }
    }
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
    for Listed { id, size, outcome, members, trouble } in listed {
        let Some(file) = files.get(&id).filter(|file| file.state == FileState::Present) else { continue };
        if owned.contains(file.path.as_bytes()) {
            continue;
        }
        for (code, message) in trouble {
            diagnostics.push(Diagnostic::new(code, message).at(&file.path).in_layer(file.layer));
        }
        records.extend(members.into_iter().map(|Member { path, size, hashes }| FileRecord {
            path: file.path.member(&path),
            layer: file.layer,
            size,
            hashes,
        }));
        match outcome {
            Ok(hashes) => records.push(FileRecord { path: file.path.clone(), layer: file.layer, size, hashes }),
            Err(message) => {
                diagnostics
                    .push(Diagnostic::new(DiagnosticCode::UNREADABLE, message).at(&file.path).in_layer(file.layer));
            }
        }
    }
    records.sort_unstable();
    records.dedup();
    number_namesakes(&mut records);
    records
}

/// A zip archive may hold two members of one name. Both are listed, and told apart: paths identify files in a document.
fn number_namesakes(records: &mut [FileRecord]) {
    let mut previous: Option<(SourcePath, Option<LayerIndex>)> = None;
    let mut count = 1_u32;
    for record in records {
        let place = (record.path.clone(), record.layer);
        if previous.as_ref() == Some(&place) {
            count = count.saturating_add(1);
            let numbered = [record.path.as_bytes(), format!(" ({count})").as_bytes()].concat();
            record.path = SourcePath::new(numbered).unwrap_or_else(|_| record.path.clone());
        } else {
            count = 1;
            previous = Some(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namesakes_are_told_apart() {
        let record =
            |size| FileRecord { path: SourcePath::new("a.jar!/X").unwrap(), layer: None, size, hashes: Vec::new() };
        let mut records = [record(1), record(2), record(3)];
        number_namesakes(&mut records);
        let paths: Vec<String> = records.iter().map(|record| record.path.to_string()).collect();
        assert_eq!(paths, ["a.jar!/X", "a.jar!/X (2)", "a.jar!/X (3)"]);
    }
}
