//! A zip file of plain files as a source: one layer, no whiteouts.
//!
//! Entries are read one after the other: what shares bytes with another entry depends on which was read first.

use std::sync::Arc;

use globset::GlobSet;
use plimsoll_model::{Budget, Diagnostic, DiagnosticCode, SourcePath};

use crate::input::Section;
use crate::layer::{Notes, Offered, Record, Records, Scanner, clean};
use crate::layered::{Walked, Watched, merge};
use crate::overlay::Origin;
use crate::tar::EntryKind;
use crate::zip::{Entry, Zip, ZipError};
use crate::{Body, File, FileId, Source, SourceError, SourceInfo, Visited, Visitor, Wanted};

/// A zip file.
pub(crate) struct Zipped {
    pub(crate) info: SourceInfo,
    pub(crate) section: Section,
    pub(crate) exclude: GlobSet,
    pub(crate) notices: Vec<Diagnostic>,
    pub(crate) watched: Watched,
}

/// Targets of symbolic links are paths.
const TARGET_LIMIT: u64 = 4096;

impl Source for Zipped {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn visit(&self, visitor: &dyn Visitor, budget: &Budget) -> Result<Visited, SourceError> {
        let zip = Zip::open(&self.section, budget).map_err(|error| self.failed(&error))?;
        let exclude = &self.exclude;
        let scanner = Scanner { visitor, budget, exclude, id_layer: 0, layer: None, whiteouts: false };
        let mut walk = Walk { scanner, records: Records::default(), notes: Notes::default() };
        let all: Vec<Entry<'_, '_>> = zip.entries().collect();
        let mut entries = 0_u64;
        for entry in &all {
            let index = entries;
            entries = entries.saturating_add(1);
            if let Err(limit) = budget.check_entries(entries) {
                walk.note(DiagnosticCode::TOO_MANY_ENTRIES, limit.to_string(), None);
                break;
            }
            walk.entry(entry, index);
        }
        let Walk { records, notes, scanner } = walk;
        let merged = merge(vec![Walked { id_layer: 0, records: Arc::new(records), notes, entries }], &scanner, false);
        let mut visited = Visited { files: Vec::new(), diagnostics: self.notices.clone(), entries };
        visited.diagnostics.extend(merged.notes.into_list());
        for file in merged.tracked {
            if let Origin::Fetch { entry, .. } = file.origin {
                let entry = all.get(entry as usize);
                let body = entry.and_then(|entry| entry.body(budget.limits().member_bytes).ok());
                let Some(body) = body else {
                    let message = "the file that the link leads to could not be read";
                    visited.diagnostics.push(Diagnostic::new(DiagnosticCode::UNREADABLE, message).at(&file.path));
                    continue;
                };
                visitor.file(file.id, &File::new(&file.path, None, &body, budget));
            }
            visited.files.push(file.visited(false));
        }
        let notices = zip.notices().into_iter();
        visited.diagnostics.extend(notices.map(|notice| Diagnostic::new(notice.code, notice.message)));
        visited.diagnostics.extend(self.watched.diagnostic(&self.info.name));
        Ok(visited)
    }
}

impl Zipped {
    fn failed(&self, error: &ZipError) -> SourceError {
        SourceError::malformed(self.info.name.clone(), error.to_string())
    }
}

/// The walk over the entries.
struct Walk<'a> {
    scanner: Scanner<'a>,
    records: Records,
    notes: Notes,
}

impl Walk<'_> {
    fn note(&mut self, code: DiagnosticCode, message: String, path: Option<&[u8]>) {
        let diagnostic = Diagnostic::new(code, message);
        self.notes.push(match path.and_then(|path| SourcePath::new(path).ok()) {
            Some(path) => diagnostic.at(&path),
            None => diagnostic,
        });
    }

    fn entry(&mut self, entry: &Entry<'_, '_>, index: u64) {
        let mut path = Vec::new();
        if entry.name().len() > self.scanner.budget.limits().path_bytes {
            let message = format!("a path of {} bytes is over the limit", entry.name().len());
            return self.note(DiagnosticCode::PATH_TOO_LONG, message, None);
        }
        if entry.name().contains(&0) || !clean(entry.name(), &mut path) {
            let message = format!("an entry's name leads outside: {}", String::from_utf8_lossy(entry.name()));
            return self.note(DiagnosticCode::ESCAPES_SOURCE, message, None);
        }
        if path.is_empty() {
            return;
        }
        let (mut kind, mut link, mut offered) = (EntryKind::File, Vec::new(), Offered::No);
        if entry.is_directory() {
            kind = EntryKind::Directory;
        } else if entry.is_symlink() {
            kind = EntryKind::Symlink;
            match entry.read(TARGET_LIMIT) {
                Ok(target) => link = target,
                Err(error) => return self.note(error.code(), error.to_string(), Some(&path)),
            }
            if self.scanner.seeks(&path) {
                offered = Offered::Pending;
            }
        } else {
            offered = self.offer(entry, &path, index);
        }
        let Ok(position) = u32::try_from(index) else { return };
        if !self.records.push(Record { path: &path, link: &link, entry: position, kind, offered }) {
            let message = "the names of its entries take too much memory".to_owned();
            self.note(DiagnosticCode::TOO_MANY_ENTRIES, message, Some(&path));
        }
    }

    fn offer(&mut self, entry: &Entry<'_, '_>, path: &[u8], index: u64) -> Offered {
        let wanted = self.scanner.by_path(path);
        if wanted == Wanted::No {
            return Offered::No;
        }
        let body = match entry.body(self.scanner.budget.limits().member_bytes) {
            Ok(body) => body,
            Err(error) => {
                self.note(error.code(), error.to_string(), Some(path));
                return Offered::No;
            }
        };
        if wanted == Wanted::Probe {
            let mut head = [0; <dyn Visitor>::HEAD_BYTES];
            let count = body.read_at(0, &mut head).unwrap_or_default();
            if !self.scanner.visitor.by_head(path, head.get(..count).unwrap_or_default()) {
                return Offered::No;
            }
        }
        let Ok(path) = SourcePath::new(path) else { return Offered::No };
        let id = FileId { layer: 0, entry: index };
        self.scanner.visitor.file(id, &File::new(&path, None, &body, self.scanner.budget));
        if wanted == Wanted::Yes { Offered::ByPath } else { Offered::ByHead }
    }
}
