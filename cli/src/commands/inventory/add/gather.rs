//! Where the documents come from: files, directories, archives, lists of names.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read};
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;

use plimsoll_fleet::{ObjectPlace, ObjectStore};
use plimsoll_inventory::Unread;
use plimsoll_model::{Budget, Limits};
use plimsoll_source::packed::{self, PackedError};
use rustix::fs::OFlags;

use super::stream::{Stream, is_archive};
use super::{objects, sniff};
use crate::args::InventoryAddArguments;
use crate::failure::Failure;

/// Bytes and files that are handed over at once.
const GROUP_BYTES: usize = 8 << 20;
const GROUP_FILES: usize = 512;

/// A file, or what there is to say of one.
pub(super) enum Piece {
    /// It may be a document.
    Bytes { place: String, bytes: Vec<u8>, named: bool },
    /// It could not be read. `named` when the command line names it.
    Unread { unread: Unread, named: bool },
    /// It is something else.
    Other { place: String },
}

/// Nobody wants more.
pub(super) struct Stop;

/// Gathers documents.
pub(super) struct Gather {
    sources: Vec<Named>,
    list: Option<PathBuf>,
    limits: Limits,
}

/// A source of the command line.
enum Named {
    Path(PathBuf),
    /// What a store of objects has, by what it is called on the command line.
    Objects(String, Box<ObjectStore>),
    /// One that a directory was found to have.
    Found(PathBuf),
    Stdin,
}

impl Gather {
    pub(super) fn new(arguments: &InventoryAddArguments, limits: Limits, offline: bool) -> Result<Self, Failure> {
        let mut sources = Vec::new();
        let mut readers_of_stdin = arguments.list.from_list.iter().filter(|path| path.as_os_str() == "-").count();
        for text in &arguments.sources {
            if text == "-" {
                readers_of_stdin = readers_of_stdin.saturating_add(1);
                sources.push(Named::Stdin);
                continue;
            }
            if ObjectPlace::is_meant(text) {
                sources.push(Named::Objects(text.clone(), Box::new(objects::open(text, arguments, offline)?)));
                continue;
            }
            let path = PathBuf::from(text);
            // A name that is mistyped is a mistake, and not a document that cannot be read.
            fs::metadata(&path)
                .map_err(|error| Failure::failed(anyhow::Error::new(error).context(format!("cannot open {text}"))))?;
            sources.push(Named::Path(path));
        }
        if readers_of_stdin > 1 {
            return Err(Failure::usage("standard input can be read once"));
        }
        Ok(Self { sources, list: arguments.list.from_list.clone(), limits })
    }

    /// Files that were found.
    pub(super) fn of(paths: Vec<PathBuf>, limits: Limits) -> Self {
        Self { sources: paths.into_iter().map(Named::Found).collect(), list: None, limits }
    }

    /// Hands over everything, in groups.
    pub(super) fn run(&self, sender: SyncSender<Vec<Piece>>) {
        let mut sink = Sink { sender, group: Vec::new(), bytes: 0, limits: &self.limits };
        // Who listens has gone: nothing is left to be done.
        let _ = self.gather(&mut sink);
    }

    fn gather(&self, sink: &mut Sink<'_>) -> Result<(), Stop> {
        for source in &self.sources {
            match source {
                Named::Stdin => sink.stream("stdin", io::stdin().lock(), true)?,
                Named::Objects(name, store) => sink.objects(name, store)?,
                Named::Found(path) => sink.path(path, Role::Found)?,
                Named::Path(path) if path.is_dir() => sink.directory(path)?,
                Named::Path(path) => sink.path(path, Role::Named)?,
            }
        }
        if let Some(list) = &self.list {
            self.list(list, sink)?;
        }
        sink.flush()
    }

    fn list(&self, list: &Path, sink: &mut Sink<'_>) -> Result<(), Stop> {
        let place = list.display().to_string();
        let reader: Box<dyn Read> = match list.as_os_str() == "-" {
            true => Box::new(io::stdin().lock()),
            false => match File::open(list) {
                Ok(file) => Box::new(file),
                Err(error) => return sink.unread(place, error.to_string(), true),
            },
        };
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        loop {
            line.clear();
            // One line after the other, and none longer than a path may be: the list may be of any length.
            let most = self.limits.path_bytes.saturating_add(2) as u64;
            match reader.by_ref().take(most).read_until(b'\n', &mut line) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => return sink.unread(place, error.to_string(), true),
            }
            if line.last() != Some(&b'\n') && line.len() as u64 == most {
                return sink.unread(place, "a line is longer than a path may be".to_owned(), true);
            }
            let name = line.trim_ascii_end();
            if name.is_empty() {
                continue;
            }
            let Ok(name) = std::str::from_utf8(name) else {
                sink.unread(String::from_utf8_lossy(name).into_owned(), "the name is not UTF-8".to_owned(), false)?;
                continue;
            };
            let path = Path::new(name);
            if path.is_dir() { sink.directory(path)? } else { sink.path(path, Role::Listed)? }
        }
    }
}

/// How a file came to be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The command line names it.
    Named,
    /// A list names it.
    Listed,
    /// It is in a directory.
    Found,
}

/// Takes files, and hands them over in groups.
pub(super) struct Sink<'a> {
    sender: SyncSender<Vec<Piece>>,
    group: Vec<Piece>,
    bytes: usize,
    pub(super) limits: &'a Limits,
}

impl Sink<'_> {
    pub(super) fn push(&mut self, piece: Piece) -> Result<(), Stop> {
        if let Piece::Bytes { bytes, .. } = &piece {
            self.bytes = self.bytes.saturating_add(bytes.len());
        }
        self.group.push(piece);
        if self.bytes >= GROUP_BYTES || self.group.len() >= GROUP_FILES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Stop> {
        self.bytes = 0;
        let group = std::mem::take(&mut self.group);
        if group.is_empty() { Ok(()) } else { self.sender.send(group).map_err(|_| Stop) }
    }

    pub(super) fn unread(&mut self, place: String, reason: String, named: bool) -> Result<(), Stop> {
        self.push(Piece::Unread { unread: Unread { place, reason }, named })
    }

    /// All files below a directory, in the order of their names. Links to directories are not followed, so that none leads in a circle.
    fn directory(&mut self, root: &Path) -> Result<(), Stop> {
        let mut left = vec![root.to_owned()];
        let mut entries = 0_u64;
        while let Some(path) = left.pop() {
            let listed = fs::read_dir(&path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
            let mut listed = match listed {
                Ok(listed) => listed,
                Err(error) => {
                    self.unread(place(&path), error.to_string(), false)?;
                    continue;
                }
            };
            entries = entries.saturating_add(listed.len() as u64);
            if entries > self.limits.entries {
                let reason = format!("it has more than {} entries (--max-entries)", self.limits.entries);
                return self.unread(place(root), reason, false);
            }
            listed.sort_by_key(fs::DirEntry::file_name);
            let mut directories = Vec::new();
            for entry in listed {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => directories.push(entry.path()),
                    Ok(kind) if kind.is_symlink() && entry.path().is_dir() => {
                        self.push(Piece::Other { place: place(&entry.path()) })?;
                    }
                    _ => self.path(&entry.path(), Role::Found)?,
                }
            }
            left.extend(directories.into_iter().rev());
        }
        Ok(())
    }

    fn path(&mut self, path: &Path, role: Role) -> Result<(), Stop> {
        let place = place(path);
        match self.open(path, &place, role) {
            Ok(done) => done,
            Err(error) => {
                // A link that leads nowhere is no document, unless it is named like one.
                let missing = error.kind() == io::ErrorKind::NotFound && role == Role::Found;
                if missing && !sniff::is_named_like_one(&place) {
                    return self.push(Piece::Other { place });
                }
                self.unread(place, error.to_string(), role == Role::Named)
            }
        }
    }

    /// The inner result is of handing it over.
    fn open(&mut self, path: &Path, place: &str, role: Role) -> io::Result<Result<(), Stop>> {
        // Without waiting for the other end of a pipe.
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
        let file = OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            let piece = match role {
                Role::Found => Piece::Other { place: place.to_owned() },
                _ => not_one(place, "not a regular file", role),
            };
            return Ok(self.push(piece));
        }
        if role != Role::Found {
            let mut head = vec![0; 512];
            let count = (&file).read(&mut head)?;
            head.truncate(count);
            io::Seek::rewind(&mut &file)?;
            if is_archive(&head) {
                return Ok(self.stream(place, file, role == Role::Named));
            }
        }
        let piece = document(place, metadata.len(), &mut &file, role, self.limits)?;
        Ok(self.push(piece))
    }

    /// A tar archive, perhaps compressed; or a document, perhaps compressed.
    fn stream(&mut self, place: &str, reader: impl Read, named: bool) -> Result<(), Stop> {
        let budget = Budget::new(self.limits.clone());
        let mut stopped = false;
        let done = Stream::new(reader).map_err(|error| error.to_string()).and_then(|stream| {
            self.unpack(place, &stream, &budget, named, &mut stopped).map_err(|error| error.to_string())
        });
        match done {
            _ if stopped => Err(Stop),
            Ok(()) => Ok(()),
            // What came before the fault was handed over.
            Err(reason) => self.unread(place.to_owned(), reason, named),
        }
    }

    fn unpack<R: Read>(
        &mut self,
        place: &str,
        stream: &Stream<R>,
        budget: &Budget,
        named: bool,
        stopped: &mut bool,
    ) -> Result<(), PackedError> {
        let unreadable = |error: io::Error| PackedError::Malformed(error.to_string());
        let mut content = packed::decompressed(stream, 0..u64::MAX, budget)?;
        let mut head = Vec::with_capacity(512);
        content.by_ref().take(512).read_to_end(&mut head).map_err(unreadable)?;
        let is_tar = head.get(257..262) == Some(b"ustar") || head.is_empty();
        let role = if named { Role::Named } else { Role::Listed };
        if !is_tar {
            let mut all = head.as_slice().chain(content);
            let piece = document(place, 0, &mut all, role, self.limits).map_err(unreadable)?;
            *stopped |= self.push(piece).is_err();
            return Ok(());
        }
        packed::tar_members(head.as_slice().chain(content), budget, &mut |mut member| {
            let name = format!("{place}:{}", String::from_utf8_lossy(member.name()));
            let size = member.size();
            let piece = document(&name, size, member.stream(), Role::Found, self.limits).map_err(unreadable)?;
            *stopped |= self.push(piece).is_err();
            Ok(if *stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
    }
}

/// A file, by its beginning and then whole.
pub(super) fn document(
    place: &str,
    length: u64,
    reader: &mut dyn Read,
    role: Role,
    limits: &Limits,
) -> io::Result<Piece> {
    let mut bytes = Vec::new();
    reader.take(sniff::HEAD as u64).read_to_end(&mut bytes)?;
    if !sniff::may_be(&bytes) {
        let reason = if bytes.is_empty() { "it is empty" } else { sniff::NOT_ONE };
        return Ok(not_one(place, reason, role));
    }
    let limit = limits.member_bytes;
    if length <= limit {
        bytes.reserve_exact(usize::try_from(length).unwrap_or_default().saturating_sub(bytes.len()));
        let rest = limit.saturating_add(1).saturating_sub(bytes.len() as u64);
        reader.take(rest).read_to_end(&mut bytes)?;
    }
    if length > limit || bytes.len() as u64 > limit {
        let reason = format!("it is larger than {limit} bytes (--max-member-bytes)");
        return Ok(match sniff::is_marked(bytes.get(..sniff::HEAD).unwrap_or(&bytes)) {
            true => Piece::Unread { unread: Unread { place: place.to_owned(), reason }, named: role == Role::Named },
            false => not_one(place, &reason, role),
        });
    }
    Ok(Piece::Bytes { place: place.to_owned(), bytes, named: role == Role::Named })
}

/// A file that is no document: a fault when it was said to be one.
pub(super) fn not_one(place: &str, reason: &str, role: Role) -> Piece {
    let place = place.to_owned();
    if role != Role::Found || sniff::is_named_like_one(&place) {
        let unread = Unread { place, reason: reason.to_owned() };
        return Piece::Unread { unread, named: role == Role::Named };
    }
    Piece::Other { place }
}

/// What a file is called in the inventory: the same wherever the program was started.
fn place(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}
