//! Directories and single files.
//!
//! The walk trusts only what the directory itself says about an entry's type: it never follows a link to a directory,
//! never opens anything but a regular file, and never leaves the root. Files are opened only when their name asks for
//! it, because opening costs more than walking.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use globset::GlobSet;
use plimsoll_model::{Budget, Diagnostic, DiagnosticCode, Digest, DigestAlgorithm, SourcePath};
use rayon::prelude::*;
use rustix::fs::OFlags;
use sha2::{Digest as _, Sha256};

use crate::{
    Body, File, FileId, FileState, Source, SourceError, SourceInfo, SourceKind, Visited, VisitedFile, Visitor, Wanted,
};

/// A directory tree as a source.
pub(crate) struct Directory {
    root: PathBuf,
    exclude: GlobSet,
    info: SourceInfo,
}

impl Directory {
    pub(crate) fn open(path: &Path, exclude: GlobSet) -> Result<Self, SourceError> {
        let at_open = |source| SourceError::Open { path: path.to_owned(), source };
        let root = fs::canonicalize(path).map_err(at_open)?;
        if !fs::metadata(&root).map_err(at_open)?.is_dir() {
            return Err(at_open(io::ErrorKind::NotADirectory.into()));
        }
        // Fails early, with the reason, when the root may not be listed.
        drop(fs::read_dir(&root).map_err(at_open)?);
        let name = root.file_name().map_or_else(|| "root".into(), |name| name.to_string_lossy().into_owned());
        let info =
            SourceInfo { kind: SourceKind::Directory, name, digests: Vec::new(), image: None, digests_checked: true };
        Ok(Self { root, exclude, info })
    }
}

/// An entry that the visitor may want.
struct Candidate {
    path: SourcePath,
    wanted: Wanted,
    /// Where the content is, when the entry is a link.
    target: Option<PathBuf>,
}

/// One walk over a tree: what its threads share.
struct Walk<'a> {
    directory: &'a Directory,
    visitor: &'a dyn Visitor,
    budget: &'a Budget,
    entries: AtomicU64,
    found: Mutex<(Vec<Candidate>, Vec<Diagnostic>)>,
}

impl Source for Directory {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn visit(&self, visitor: &dyn Visitor, budget: &Budget) -> Result<Visited, SourceError> {
        let walk = Walk {
            directory: self,
            visitor,
            budget,
            entries: AtomicU64::new(0),
            found: Mutex::new((Vec::new(), Vec::new())),
        };
        rayon::scope(|scope| walk.list(scope, PathBuf::new()));
        let entries = walk.entries.load(Ordering::Relaxed);
        let (mut candidates, mut diagnostics) = walk.found.into_inner().unwrap_or_else(|poison| poison.into_inner());
        candidates.par_sort_unstable_by(|one, other| one.path.cmp(&other.path));
        let read: Vec<(Option<VisitedFile>, Option<Diagnostic>)> = candidates
            .into_par_iter()
            .enumerate()
            .map(|(position, candidate)| {
                let id = FileId { layer: 0, entry: position as u64 };
                let file = candidate
                    .target
                    .clone()
                    .unwrap_or_else(|| self.root.join(OsStr::from_bytes(candidate.path.as_bytes())));
                hand_over(&file, id, candidate.path, candidate.wanted, visitor, budget)
            })
            .collect();
        let mut files = Vec::new();
        for (file, diagnostic) in read {
            files.extend(file);
            diagnostics.extend(diagnostic);
        }
        Ok(Visited { files, diagnostics, entries })
    }
}

impl<'a> Walk<'a> {
    /// Lists one directory and spawns the listing of those in it.
    fn list<'s>(&'s self, scope: &rayon::Scope<'s>, relative: PathBuf) {
        let mut candidates = Vec::new();
        let mut diagnostics = Vec::new();
        let path = self.directory.root.join(&relative);
        match fs::read_dir(&path) {
            Ok(listing) => {
                for entry in listing {
                    match entry {
                        Ok(entry) => self.entry(scope, &relative, &entry, &mut candidates, &mut diagnostics),
                        Err(error) => diagnostics.push(unreadable(&relative, &error)),
                    }
                }
            }
            Err(error) => diagnostics.push(unreadable(&relative, &error)),
        }
        let mut found = self.found.lock().unwrap_or_else(|poison| poison.into_inner());
        found.0.append(&mut candidates);
        found.1.append(&mut diagnostics);
    }

    fn entry<'s>(
        &'s self,
        scope: &rayon::Scope<'s>,
        parent: &Path,
        entry: &fs::DirEntry,
        candidates: &mut Vec<Candidate>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let relative = parent.join(entry.file_name());
        let seen = self.entries.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if let Err(limit) = self.budget.check_entries(seen) {
            // Said once, by whoever crosses the line.
            if seen == limit.limit.saturating_add(1) {
                diagnostics.push(Diagnostic::new(DiagnosticCode::TOO_MANY_ENTRIES, limit.to_string()));
            }
            return;
        }
        if !self.directory.exclude.is_empty() && self.directory.exclude.is_match(&relative) {
            return;
        }
        let bytes = relative.as_os_str().as_bytes();
        if bytes.len() > self.budget.limits().path_bytes {
            let shown = SourcePath::new(bytes.get(..80).unwrap_or(bytes));
            let message = format!("path of {} bytes is over the limit, starting here", bytes.len());
            let diagnostic = Diagnostic::new(DiagnosticCode::PATH_TOO_LONG, message);
            diagnostics.push(match shown {
                Ok(path) => diagnostic.at(&path),
                Err(_) => diagnostic,
            });
            return;
        }
        let file_type = match entry.file_type() {
            Ok(file_type) => file_type,
            Err(error) => return diagnostics.push(unreadable(&relative, &error)),
        };
        if file_type.is_dir() {
            return scope.spawn(move |scope| self.list(scope, relative));
        }
        if !file_type.is_file() && !file_type.is_symlink() {
            return;
        }
        let wanted = self.visitor.by_path(bytes);
        let Ok(path) = SourcePath::new(bytes) else { return };
        if wanted == Wanted::No {
            return;
        }
        if file_type.is_file() {
            return candidates.push(Candidate { path, wanted, target: None });
        }
        // A link is worth following only by its name, and only when its target is not found under a name of its own.
        if wanted != Wanted::Yes || !self.visitor.seeks(path.as_bytes()) {
            return;
        }
        match self.link_target(&path) {
            Ok(target) if !self.visitor.seeks(target.as_os_str().as_bytes()) => {
                candidates.push(Candidate { path, wanted, target: Some(self.directory.root.join(target)) });
            }
            Ok(_) | Err(LinkTrouble::Dangling) => {}
            Err(LinkTrouble::Outside) => diagnostics.push(
                Diagnostic::new(DiagnosticCode::ESCAPES_SOURCE, "link points outside the source, not followed")
                    .at(&path),
            ),
            Err(LinkTrouble::Loop) => diagnostics
                .push(Diagnostic::new(DiagnosticCode::SYMLINK_LOOP, "link leads through too many others").at(&path)),
        }
    }

    /// Follows a link within the root, one part at a time, so that a link to a link cannot leave it either.
    fn link_target(&self, link: &SourcePath) -> Result<PathBuf, LinkTrouble> {
        let mut hops = 0_u32;
        let mut done = PathBuf::new();
        let mut todo: Vec<Vec<u8>> = parts(link.as_bytes());
        while let Some(part) = todo.pop() {
            if part == b".." {
                if !done.pop() {
                    return Err(LinkTrouble::Outside);
                }
                continue;
            }
            done.push(OsStr::from_bytes(&part));
            let absolute = self.directory.root.join(&done);
            let metadata = fs::symlink_metadata(&absolute).map_err(|_| LinkTrouble::Dangling)?;
            if !metadata.is_symlink() {
                continue;
            }
            hops = hops.saturating_add(1);
            if hops > self.budget.limits().symlink_hops {
                return Err(LinkTrouble::Loop);
            }
            let target = fs::read_link(&absolute).map_err(|_| LinkTrouble::Dangling)?;
            let target = target.as_os_str().as_bytes();
            if target.starts_with(b"/") {
                return Err(LinkTrouble::Outside);
            }
            done.pop();
            todo.extend(parts(target));
        }
        Ok(done)
    }
}

/// The parts of a path, last first, without `.` and empty ones.
fn parts(path: &[u8]) -> Vec<Vec<u8>> {
    let kept = path.split(|&byte| byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    kept.rev().map(<[u8]>::to_vec).collect()
}

enum LinkTrouble {
    Outside,
    Loop,
    Dangling,
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    let code = match error.kind() {
        io::ErrorKind::InvalidFilename => DiagnosticCode::PATH_TOO_LONG,
        _ => DiagnosticCode::UNREADABLE,
    };
    let diagnostic = Diagnostic::new(code, error.to_string());
    match SourcePath::new(path.as_os_str().as_bytes()) {
        Ok(path) => diagnostic.at(&path),
        Err(_) => diagnostic,
    }
}

/// An open regular file.
struct OpenFile {
    file: fs::File,
    length: u64,
}

impl Body for OpenFile {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
}

/// Opens without following a link and without blocking; `None` when it is not a regular file.
fn open_regular(path: &Path) -> io::Result<Option<(OpenFile, Metadata)>> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let file = fs::OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)?;
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then(|| (OpenFile { file, length: metadata.len() }, metadata)))
}

fn hand_over(
    file: &Path,
    id: FileId,
    path: SourcePath,
    wanted: Wanted,
    visitor: &dyn Visitor,
    budget: &Budget,
) -> (Option<VisitedFile>, Option<Diagnostic>) {
    let trouble = |error: &io::Error| {
        let code = match error.kind() {
            io::ErrorKind::InvalidFilename => DiagnosticCode::PATH_TOO_LONG,
            _ => DiagnosticCode::UNREADABLE,
        };
        (None, Some(Diagnostic::new(code, error.to_string()).at(&path)))
    };
    let (body, before) = match open_regular(file) {
        Ok(Some(opened)) => opened,
        Ok(None) => return (None, None),
        Err(error) => return trouble(&error),
    };
    if wanted == Wanted::Probe {
        let mut head = [0; <dyn Visitor>::HEAD_BYTES];
        let count = match body.file.read_at(&mut head, 0) {
            Ok(count) => count,
            Err(error) => return trouble(&error),
        };
        if !visitor.by_head(path.as_bytes(), head.get(..count).unwrap_or_default()) {
            return (None, None);
        }
    }
    visitor.file(id, &File::new(&path, None, &body, budget));
    let changed = match body.file.metadata() {
        Ok(after) => {
            (after.len(), after.mtime(), after.mtime_nsec()) != (before.len(), before.mtime(), before.mtime_nsec())
        }
        Err(_) => true,
    };
    let diagnostic =
        changed.then(|| Diagnostic::new(DiagnosticCode::CHANGED_DURING_READ, "size or time changed").at(&path));
    (Some(VisitedFile { id, path, layer: None, state: FileState::Present }), diagnostic)
}

/// One file as a source.
pub(crate) struct SingleFile {
    path: PathBuf,
    name: SourcePath,
    info: SourceInfo,
}

impl SingleFile {
    pub(crate) fn open(path: &Path) -> Result<Self, SourceError> {
        let at_open = |source| SourceError::Open { path: path.to_owned(), source };
        // The user named this file: a link is followed.
        let real = fs::canonicalize(path).map_err(at_open)?;
        let Some((body, _)) = open_regular(&real).map_err(at_open)? else {
            return Err(SourceError::Unrecognised {
                path: path.to_owned(),
                looked_for: "a regular file or a directory",
            });
        };
        let base = path.file_name().or_else(|| real.file_name()).unwrap_or(OsStr::new("file"));
        let name = SourcePath::new(base.as_bytes()).map_err(|_| SourceError::Reference {
            text: path.display().to_string(),
            reason: "its name cannot be used",
        })?;
        let digest = sha256(&body.file).map_err(|source| SourceError::Read { what: name.to_string(), source })?;
        let info = SourceInfo {
            kind: SourceKind::File,
            name: name.to_string(),
            digests: Digest::from_bytes(DigestAlgorithm::Sha256, digest).into_iter().collect(),
            image: None,
            digests_checked: true,
        };
        Ok(Self { path: real, name, info })
    }
}

fn sha256(file: &fs::File) -> io::Result<Vec<u8>> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut offset = 0_u64;
    loop {
        let count = file.read_at(&mut buffer, offset)?;
        if count == 0 {
            return Ok(hasher.finalize().to_vec());
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
        offset = offset.saturating_add(count as u64);
    }
}

impl Source for SingleFile {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn visit(&self, visitor: &dyn Visitor, budget: &Budget) -> Result<Visited, SourceError> {
        let id = FileId { layer: 0, entry: 0 };
        let wanted = match visitor.by_path(self.name.as_bytes()) {
            Wanted::No => Wanted::Probe,
            wanted => wanted,
        };
        let (file, diagnostic) = hand_over(&self.path, id, self.name.clone(), wanted, visitor, budget);
        Ok(Visited { files: file.into_iter().collect(), diagnostics: diagnostic.into_iter().collect(), entries: 1 })
    }
}
