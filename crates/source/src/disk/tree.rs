//! The walk over one file system, whichever it is.
//!
//! The entries are remembered as those of an archive are, and links are resolved by the same rules. A directory that
//! holds itself, which a broken image may have, ends at the limits of paths and of [`WORK`].

use std::io;
use std::sync::Arc;

use globset::GlobSet;
use plimsoll_model::{Budget, Diagnostic, DiagnosticCode, SourcePath};

use super::guard::Panicked;
use crate::error::budget_exceeded;
use crate::layer::{Notes, Offered, Record, Records, Scanner};
use crate::layered::{Merged, Walked, merge};
use crate::overlay::Origin;
use crate::tar::EntryKind;
use crate::{Body, File, FileId, Visited, Visitor, Wanted};

/// What an entry of a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    File,
    Symlink,
    /// A device, a socket or a pipe.
    Other,
}

/// An entry of a directory.
pub(crate) struct Item {
    pub(crate) name: Vec<u8>,
    pub(crate) kind: Kind,
    pub(crate) id: u64,
}

/// Names a thing in a file system: by its path from the root, without a slash before it, and by what [`Item::id`] said.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    pub(crate) path: &'a [u8],
    pub(crate) id: u64,
}

/// A file system that is only read. Errors are of the kinds that [`code`] tells apart.
pub(crate) trait FileSystem {
    /// The id of the root directory.
    fn root(&self) -> u64;

    /// Hands over the entries of a directory, `.` and `..` among them or not, until `each` has enough. What comes before
    /// a fault is handed over.
    fn list(&self, directory: Node<'_>, each: &mut dyn FnMut(Item) -> bool) -> io::Result<()>;

    /// Where a symbolic link leads.
    fn target(&self, link: Node<'_>) -> io::Result<Vec<u8>>;

    /// The content of a file.
    fn open<'a>(&'a self, file: Node<'_>) -> io::Result<Box<dyn Body + 'a>>;
}

/// Where an entry is: below which volume, and its path there.
#[derive(Clone, Copy)]
struct Place<'a> {
    prefix: &'a [u8],
    path: &'a [u8],
}

/// Steps from directory to directory that a walk may take in all. An honest tree has its directories times their depth.
const WORK: u64 = 20_000_000;

/// The code for what a file system could not do.
pub(crate) fn code(error: &io::Error) -> DiagnosticCode {
    if error.get_ref().is_some_and(|inner| inner.is::<Panicked>()) {
        return DiagnosticCode::INTERNAL;
    }
    if budget_exceeded(error).is_some() {
        return DiagnosticCode::TOTAL_BYTES;
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => DiagnosticCode::TRUNCATED,
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => DiagnosticCode::MALFORMED,
        io::ErrorKind::Unsupported => DiagnosticCode::UNSUPPORTED_FILE_SYSTEM,
        _ => DiagnosticCode::UNREADABLE,
    }
}

/// What the walks over the volumes of one disk share.
pub(crate) struct Walker<'a> {
    pub(crate) visitor: &'a dyn Visitor,
    pub(crate) budget: &'a Budget,
    pub(crate) exclude: &'a GlobSet,
    pub(crate) visited: Visited,
    pub(crate) notes: Notes,
}

impl<'a> Walker<'a> {
    /// Walks a file system, and shows its files under `prefix`, which is empty or ends with a slash.
    pub(crate) fn walk(&mut self, system: &dyn FileSystem, prefix: &[u8]) {
        let under = Under { visitor: self.visitor, prefix };
        let nothing = GlobSet::empty();
        let scanner = Scanner {
            visitor: &under,
            budget: self.budget,
            // Applied by the walk, which knows the prefix.
            exclude: &nothing,
            id_layer: 0,
            layer: None,
            whiteouts: false,
        };
        let first = self.visited.entries;
        let (records, ids) = self.entries(system, &scanner, prefix);
        let entries = self.visited.entries.saturating_sub(first);
        let records = Arc::new(records);
        let walked = Walked { id_layer: 0, records: Arc::clone(&records), notes: Notes::default(), entries };
        let Merged { tracked, notes, .. } = merge(vec![walked], &scanner, false);
        for note in notes.into_list() {
            let path = note.file.as_ref().and_then(|path| under.full(path.as_bytes()));
            self.notes.push(match path {
                Some(path) => note.at(&path),
                None => note,
            });
        }
        for file in tracked {
            let Some(path) = under.full(file.path.as_bytes()) else { continue };
            if let Origin::Fetch { entry, .. } = file.origin {
                let found = records.find(entry).and_then(|(position, record)| Some((record, *ids.get(position)?)));
                let opened = found.map(|(record, id)| system.open(Node { path: record.path, id }));
                let Some(Ok(body)) = opened else {
                    let message = "the file that the link leads to could not be read";
                    self.notes.push(Diagnostic::new(DiagnosticCode::UNREADABLE, message).at(&path));
                    continue;
                };
                self.visitor.file(file.id, &File::new(&path, None, &*body, self.budget));
            }
            let mut file = file.visited(false);
            file.path = path;
            self.visited.files.push(file);
        }
    }

    fn note(&mut self, code: DiagnosticCode, message: impl AsRef<str>, prefix: &[u8], path: &[u8]) {
        let diagnostic = Diagnostic::new(code, message);
        let path = [prefix, path].concat();
        self.notes.push(match SourcePath::new(path.strip_suffix(b"/").unwrap_or(&path)) {
            Ok(path) => diagnostic.at(&path),
            Err(_) => diagnostic,
        });
    }

    /// Every entry below the root that can be used, and the id of each.
    fn entries(&mut self, system: &dyn FileSystem, scanner: &Scanner<'_>, prefix: &[u8]) -> (Records, Vec<u64>) {
        let (mut records, mut ids, mut work) = (Records::default(), Vec::new(), 0_u64);
        let mut todo = vec![(Vec::new(), system.root(), 1_u64)];
        while let Some((path, id, depth)) = todo.pop() {
            work = work.saturating_add(depth);
            if work > WORK {
                self.note(DiagnosticCode::TOO_MANY_ENTRIES, "its directories are nested too deeply", prefix, &path);
                break;
            }
            let mut items = Vec::new();
            let room = self.budget.limits().entries.saturating_sub(self.visited.entries);
            let listed = system.list(Node { path: &path, id }, &mut |item| {
                if !matches!(item.name.as_slice(), b"." | b"..") {
                    items.push(item);
                }
                items.len() as u64 <= room
            });
            if let Err(error) = listed {
                self.note(code(&error), error.to_string(), prefix, &path);
            }
            for item in items {
                let more = self.visited.entries.saturating_add(1);
                if let Err(limit) = self.budget.check_entries(more) {
                    self.note(DiagnosticCode::TOO_MANY_ENTRIES, limit.to_string(), prefix, &path);
                    return (records, ids);
                }
                self.visited.entries = more;
                let mut below = path.clone();
                if !below.is_empty() {
                    below.push(b'/');
                }
                below.extend_from_slice(&item.name);
                let place = Place { prefix, path: &below };
                if self.entry(system, scanner, place, &item, (&mut records, &mut ids)) {
                    todo.push((below, item.id, depth.saturating_add(1)));
                }
            }
        }
        (records, ids)
    }

    /// Takes one entry; whether it is a directory to be listed.
    fn entry(
        &mut self,
        system: &dyn FileSystem,
        scanner: &Scanner<'_>,
        place: Place<'_>,
        item: &Item,
        (records, ids): (&mut Records, &mut Vec<u64>),
    ) -> bool {
        let Place { prefix, path } = place;
        let index = self.visited.entries.saturating_sub(1);
        let node = Node { path, id: item.id };
        let limit = self.budget.limits().path_bytes.min(u16::MAX.into());
        if path.len().saturating_add(prefix.len()) > limit {
            let message = format!("path of {} bytes is over the limit, starting here", path.len());
            self.note(DiagnosticCode::PATH_TOO_LONG, message, prefix, path.get(..80).unwrap_or_default());
            return false;
        }
        if item.name.is_empty() || item.name.iter().any(|byte| matches!(byte, 0 | b'/')) {
            self.note(DiagnosticCode::MALFORMED_ENTRY, "a name that no file can have", prefix, b"");
            return false;
        }
        if self.excluded(prefix, path) {
            return false;
        }
        let (mut link, mut offered) = (Vec::new(), Offered::No);
        let kind = match item.kind {
            Kind::Directory => EntryKind::Directory,
            Kind::File => {
                offered = self.offer(system, scanner, prefix, node, index);
                EntryKind::File
            }
            Kind::Symlink => match system.target(node) {
                Ok(target) if target.len() <= limit => {
                    link = target;
                    if scanner.seeks(path) {
                        offered = Offered::Pending;
                    }
                    EntryKind::Symlink
                }
                Ok(_) => {
                    self.note(DiagnosticCode::PATH_TOO_LONG, "the link is over the limit", prefix, path);
                    return false;
                }
                Err(error) => {
                    self.note(code(&error), error.to_string(), prefix, path);
                    return false;
                }
            },
            Kind::Other => EntryKind::Special,
        };
        let pushed =
            u32::try_from(index).is_ok_and(|entry| records.push(Record { path, link: &link, entry, kind, offered }));
        if pushed {
            ids.push(item.id);
        } else {
            self.note(DiagnosticCode::TOO_MANY_ENTRIES, "the names take too much memory", prefix, path);
        }
        kind == EntryKind::Directory
    }

    fn excluded(&self, prefix: &[u8], path: &[u8]) -> bool {
        use std::os::unix::ffi::OsStrExt as _;
        !self.exclude.is_empty() && self.exclude.is_match(std::ffi::OsStr::from_bytes(&[prefix, path].concat()))
    }

    fn offer(
        &mut self,
        system: &dyn FileSystem,
        scanner: &Scanner<'_>,
        prefix: &[u8],
        node: Node<'_>,
        index: u64,
    ) -> Offered {
        let wanted = scanner.by_path(node.path);
        if wanted == Wanted::No {
            return Offered::No;
        }
        let mut head = [0; <dyn Visitor>::HEAD_BYTES];
        let opened = system.open(node).and_then(|body| {
            let count = if wanted == Wanted::Probe { body.read_at(0, &mut head)? } else { 0 };
            Ok((body, count))
        });
        let (body, count) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.note(code(&error), error.to_string(), prefix, node.path);
                return Offered::No;
            }
        };
        let head = head.get(..count).unwrap_or_default();
        if wanted == Wanted::Probe && !scanner.visitor.by_head(node.path, head) {
            return Offered::No;
        }
        let Ok(path) = SourcePath::new(node.path) else { return Offered::No };
        scanner.visitor.file(FileId { layer: 0, entry: index }, &File::new(&path, None, &*body, self.budget));
        if wanted == Wanted::Yes { Offered::ByPath } else { Offered::ByHead }
    }
}

/// A visitor that sees the files of one volume under its name.
struct Under<'a> {
    visitor: &'a dyn Visitor,
    prefix: &'a [u8],
}

impl Under<'_> {
    fn full(&self, path: &[u8]) -> Option<SourcePath> {
        SourcePath::new([self.prefix, path].concat()).ok()
    }
}

impl Visitor for Under<'_> {
    fn by_path(&self, path: &[u8]) -> Wanted {
        self.visitor.by_path(&[self.prefix, path].concat())
    }

    fn seeks(&self, path: &[u8]) -> bool {
        self.visitor.seeks(&[self.prefix, path].concat())
    }

    fn by_head(&self, path: &[u8], head: &[u8]) -> bool {
        self.visitor.by_head(&[self.prefix, path].concat(), head)
    }

    fn file(&self, id: FileId, file: &File<'_>) {
        if let Some(path) = self.full(file.path().as_bytes()) {
            self.visitor.file(id, &File::new(&path, None, file.body(), file.budget()));
        }
    }
}
