//! The walk over one layer's entries, which hands the wanted ones over as they pass.

use std::ffi::OsStr;
use std::io::{self, BufRead as _, Read as _};
use std::os::unix::ffi::OsStrExt as _;

use globset::GlobSet;
use plimsoll_model::{Budget, Diagnostic, DiagnosticCode, LayerIndex, SourcePath};

use super::{Notes, Offered, Record, Records};
use crate::input::{Input, Section};
use crate::tar::{Entry, EntryKind, Reader, TarError};
use crate::{Body, File, FileId, Visitor, Wanted};

/// What the walks over the layers of a source share.
#[derive(Clone, Copy)]
pub(crate) struct Scanner<'a> {
    pub(crate) visitor: &'a dyn Visitor,
    pub(crate) budget: &'a Budget,
    pub(crate) exclude: &'a GlobSet,
    /// The layer in ids.
    pub(crate) id_layer: u32,
    /// The layer as files and messages name it.
    pub(crate) layer: Option<LayerIndex>,
    /// Whether `.wh.` names remove things, as in the layers of images.
    pub(crate) whiteouts: bool,
}

/// The file that holds the tar file, when its bytes lie there as they are.
#[derive(Clone, Copy)]
pub(crate) struct Backing<'a> {
    pub(crate) section: &'a Section,
    /// Files of more bytes are handed over in their place instead of in memory.
    pub(crate) above: u64,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) records: Records,
    pub(crate) notes: Notes,
    pub(crate) entries: u64,
}

/// Keeps its memory from one file to the next, up to this.
const SCRATCH: usize = 8 << 20;

impl Scanner<'_> {
    /// Walks to the end of the input.
    pub(crate) fn walk<I: Input + ?Sized>(
        &self,
        input: &mut I,
        backing: Option<Backing<'_>>,
        scan: &mut Scan,
    ) -> Result<(), TarError> {
        let mut reader = Reader::new(input);
        let (mut path, mut scratch) = (Vec::new(), Vec::new());
        loop {
            let next = reader.next();
            self.report(&mut reader, scan);
            let Some(entry) = next? else { break };
            let index = scan.entries;
            scan.entries = scan.entries.saturating_add(1);
            if let Err(limit) = self.budget.check_entries(scan.entries) {
                self.note(scan, DiagnosticCode::TOO_MANY_ENTRIES, &limit.to_string(), None);
                break;
            }
            if self.name(&entry, &mut path, scan)
                && !self.entry(&mut reader, backing, &entry, &path, index, &mut scratch, scan)?
            {
                let message = "the names of its entries take too much memory";
                self.note(scan, DiagnosticCode::TOO_MANY_ENTRIES, message, None);
                break;
            }
        }
        let drained = reader.drain();
        if !self.whiteouts && drained.is_ok() && reader.ended() && !reader.marked {
            // A layer has digests to tell.
            self.note(scan, DiagnosticCode::TRUNCATED, "the archive lacks its end marker and may be cut off", None);
        }
        self.report(&mut reader, scan);
        drained
    }

    fn report<I: Input + ?Sized>(&self, reader: &mut Reader<'_, I>, scan: &mut Scan) {
        for trouble in reader.troubles.drain(..) {
            self.note(scan, trouble.code, trouble.message, None);
        }
    }

    fn note(&self, scan: &mut Scan, code: DiagnosticCode, message: &str, path: Option<&[u8]>) {
        let diagnostic = Diagnostic::new(code, message).in_layer(self.layer);
        scan.notes.push(match path.and_then(|path| SourcePath::new(path).ok()) {
            Some(path) => diagnostic.at(&path),
            None => diagnostic,
        });
    }

    /// Cleans the name of an entry; `false` when the entry is to be passed over.
    fn name(&self, entry: &Entry, path: &mut Vec<u8>, scan: &mut Scan) -> bool {
        let limit = self.budget.limits().path_bytes.min(u16::MAX.into());
        if entry.name.len() > limit || entry.link.len() > limit {
            let message = format!("a path of {} bytes is over the limit", entry.name.len().max(entry.link.len()));
            let start = entry.name.get(..80.min(entry.name.len())).unwrap_or_default();
            self.note(scan, DiagnosticCode::PATH_TOO_LONG, &message, Some(start));
            return false;
        }
        if !clean(&entry.name, path) {
            let message = format!("an entry's name leads outside: {}", String::from_utf8_lossy(&entry.name));
            self.note(scan, DiagnosticCode::ESCAPES_SOURCE, &message, None);
            return false;
        }
        !path.is_empty()
    }

    /// What the visitor wants of a file at this path, unless the user leaves it out.
    pub(crate) fn by_path(&self, path: &[u8]) -> Wanted {
        if !self.exclude.is_empty() && self.exclude.is_match(OsStr::from_bytes(path)) {
            return Wanted::No;
        }
        self.visitor.by_path(path)
    }

    /// Whether a link at this path is worth following.
    pub(crate) fn seeks(&self, path: &[u8]) -> bool {
        self.by_path(path) == Wanted::Yes && self.visitor.seeks(path)
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one loop, split for its length only")]
    fn entry<I: Input + ?Sized>(
        &self,
        reader: &mut Reader<'_, I>,
        backing: Option<Backing<'_>>,
        entry: &Entry,
        path: &[u8],
        index: u64,
        scratch: &mut Vec<u8>,
        scan: &mut Scan,
    ) -> Result<bool, TarError> {
        let whiteout = self.whiteouts && base_name(path).starts_with(b".wh.");
        let mut offered = Offered::No;
        match entry.kind {
            _ if whiteout => {}
            EntryKind::Directory | EntryKind::Special => {}
            EntryKind::HardLink | EntryKind::Symlink => {
                if self.seeks(path) {
                    offered = Offered::Pending;
                }
            }
            EntryKind::File => {
                let wanted = self.by_path(path);
                if wanted != Wanted::No && entry.sparse {
                    self.note(scan, DiagnosticCode::SPARSE, "a sparse file, not read", Some(path));
                } else if wanted != Wanted::No {
                    let offer = Offer { scanner: self, entry, path, index, wanted };
                    offered = offer.run(reader, backing, scratch, scan)?;
                }
            }
            EntryKind::Unknown(flag) => {
                if self.by_path(path) != Wanted::No {
                    let message = format!("an entry of type {:?}, not read", char::from(flag));
                    self.note(scan, DiagnosticCode::UNSUPPORTED_ENTRY, &message, Some(path));
                }
                return Ok(true);
            }
        }
        let Ok(index) = u32::try_from(index) else { return Ok(false) };
        Ok(scan.records.push(Record { path, link: &entry.link, entry: index, kind: entry.kind, offered }))
    }

    /// Walks again, and delivers the files at these positions (sorted).
    pub(crate) fn fetch<I: Input + ?Sized>(
        &self,
        input: &mut I,
        backing: Option<Backing<'_>>,
        wanted: &[u32],
        deliver: &mut dyn FnMut(u32, &dyn Body),
    ) -> Result<(), TarError> {
        let mut reader = Reader::new(input);
        let mut wanted = wanted.iter().copied().peekable();
        let mut index = 0_u32;
        while wanted.peek().is_some() {
            let Some(entry) = reader.next()? else { break };
            if wanted.next_if_eq(&index).is_some() && !entry.sparse {
                match backing.and_then(|backing| backing.section.part(entry.offset, entry.size)) {
                    Some(part) => deliver(index, &part),
                    None if self.budget.check_member(entry.size).is_ok() => {
                        let mut bytes = Vec::new();
                        reader.body().read_to_end(&mut bytes)?;
                        deliver(index, &bytes.as_slice());
                    }
                    None => {}
                }
            }
            index = index.saturating_add(1);
        }
        Ok(())
    }
}

/// A file that may be handed over.
struct Offer<'a> {
    scanner: &'a Scanner<'a>,
    entry: &'a Entry,
    path: &'a [u8],
    index: u64,
    wanted: Wanted,
}

impl Offer<'_> {
    fn run<I: Input + ?Sized>(
        &self,
        reader: &mut Reader<'_, I>,
        backing: Option<Backing<'_>>,
        scratch: &mut Vec<u8>,
        scan: &mut Scan,
    ) -> Result<Offered, TarError> {
        let Entry { size, offset, .. } = *self.entry;
        let head_bytes = usize::try_from(size).unwrap_or(usize::MAX).min(<dyn Visitor>::HEAD_BYTES);
        if let Some(Backing { section, .. }) = backing.filter(|backing| size > backing.above || size == 0) {
            // Not within: the walk finds the file cut off when it passes over it.
            let Some(part) = section.part(offset, size) else { return Ok(Offered::No) };
            if self.wanted == Wanted::Probe && !self.by_head(&part.head(head_bytes)?) {
                return Ok(Offered::No);
            }
            return Ok(self.hand_over(&part));
        }
        let mut body = reader.body();
        let there = body.fill_buf()?;
        if there.len() as u64 == size {
            let head = there.get(..head_bytes).unwrap_or_default();
            if self.wanted == Wanted::Probe && !self.by_head(head) {
                return Ok(Offered::No);
            }
            return Ok(self.hand_over(&there));
        }
        scratch.clear();
        body.by_ref().take(head_bytes as u64).read_to_end(scratch)?;
        if self.wanted == Wanted::Probe && !self.by_head(scratch) {
            return Ok(Offered::No);
        }
        if let Err(limit) = self.scanner.budget.check_member(size) {
            self.scanner.note(scan, DiagnosticCode::TOO_LARGE, &limit.to_string(), Some(self.path));
            return Ok(Offered::No);
        }
        body.read_to_end(scratch)?;
        if scratch.len() as u64 != size {
            let reason = format!(
                "it ends within a file, {} bytes before the end of that",
                size.saturating_sub(scratch.len() as u64)
            );
            return Err(TarError::Truncated(reason));
        }
        let offered = self.hand_over(&scratch.as_slice());
        if scratch.capacity() > SCRATCH {
            *scratch = Vec::new();
        }
        Ok(offered)
    }

    fn by_head(&self, head: &[u8]) -> bool {
        self.scanner.visitor.by_head(self.path, head)
    }

    fn hand_over(&self, body: &dyn Body) -> Offered {
        let Ok(path) = SourcePath::new(self.path) else { return Offered::No };
        let id = FileId { layer: self.scanner.id_layer, entry: self.index };
        self.scanner.visitor.file(id, &File::new(&path, self.scanner.layer, body, self.scanner.budget));
        if self.wanted == Wanted::Yes { Offered::ByPath } else { Offered::ByHead }
    }
}

/// The last part of a cleaned path.
pub(crate) fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
}

/// Cleans a name as runtimes do before they look at it (Go's `filepath.Clean`, by the text alone): relative to the
/// root, no empty, `.` and `..` parts. Empty for the root itself; `false` when it leads outside.
pub(crate) fn clean(name: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    for part in name.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                if out.is_empty() {
                    return false;
                }
                let parent = out.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
                out.truncate(parent);
            }
            part => {
                if !out.is_empty() {
                    out.push(b'/');
                }
                out.extend_from_slice(part);
            }
        }
    }
    true
}

/// A limit on memory that is not one of the file.
pub(crate) fn read_limited(input: &mut dyn io::Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    input.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}
