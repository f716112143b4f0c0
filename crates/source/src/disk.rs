//! Disks of virtual machines, and other files that hold file systems: one layer, no whiteouts.
//!
//! Three things lie around each other, and any may be missing: a container ([`qcow2`], [`sif`]), a table of partitions
//! ([`partitions`]), and a file system ([`ext`], [`squashfs`]). All are read by position, and nothing is mounted. The
//! files of a disk with one file system are shown from its root; with several, below `p1`, `p2`… as the partitions are
//! numbered.

mod ext;
mod guard;
mod partitions;
mod qcow2;
mod sif;
mod squashfs;
mod tree;
mod volume;

use std::io;
use std::path::Path;
use std::sync::Arc;

use globset::GlobSet;
use plimsoll_model::{Budget, Diagnostic, DiagnosticCode, DigestAlgorithm};

use crate::hashing::{Hasher, HashingReader};
use crate::input::Section;
use crate::layer::Notes;
use crate::layered::Watched;
use crate::open::display_name;
use crate::{OpenOptions, Source, SourceError, SourceInfo, SourceKind, Visited, Visitor};
use tree::{FileSystem, Walker, code};
use volume::Volume;

/// What a volume holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Ext,
    Squashfs,
    /// Known by name, and not read.
    Other(&'static str),
    /// Known to hold no files.
    NoFiles,
    Unknown,
}

/// What starts at a place of an unreadable volume, and what it is called.
const OTHERS: &[(u64, &[u8], &str)] = &[
    (0, b"XFSB", "XFS"),
    (0x1_0040, b"_BHRfS_M", "Btrfs"),
    (0, b"LUKS\xba\xbe", "LUKS (encrypted)"),
    (512, b"LABELONE", "LVM"),
    (3, b"NTFS    ", "NTFS"),
    (3, b"-FVE-FS-", "BitLocker (encrypted)"),
    (82, b"FAT32   ", "FAT"),
    (54, b"FAT1", "FAT"),
    (3, b"EXFAT   ", "exFAT"),
    (1024, b"\x10\x20\xf5\xf2", "F2FS"),
    (1024, b"\xe2\xe1\xf5\xe0", "EROFS"),
    (0x8001, b"CD001", "ISO 9660"),
    (32, b"NXSB", "APFS"),
];

fn held(volume: &Volume) -> Held {
    let starts = |at: u64, magic: &[u8]| {
        let mut found = vec![0; magic.len()];
        volume::fill(&**volume, at, &mut found).is_ok() && found == magic
    };
    if starts(0, squashfs::MAGIC) {
        return Held::Squashfs;
    }
    // Some of these may have an ext superblock of an earlier life behind them, but XFS and LUKS begin before it.
    if ext::is_ext(volume) && !starts(0, b"XFSB") && !starts(0, b"LUKS\xba\xbe") {
        return Held::Ext;
    }
    if starts(4086, b"SWAPSPACE2") {
        return Held::NoFiles;
    }
    OTHERS.iter().find(|(at, magic, _)| starts(*at, magic)).map_or(Held::Unknown, |(_, _, name)| Held::Other(name))
}

/// What a file was found to hold.
struct Found {
    /// Name (empty when the disk has no partitions) and content of each volume with files.
    volumes: Vec<(String, Volume, Held)>,
    notices: Vec<Diagnostic>,
}

const LOOKED_FOR: &str =
    "a disk image (raw, qcow2 or SIF) with ext2, ext3, ext4 or squashfs, with or without partitions";

/// A disk as a source.
pub(crate) struct Disk {
    info: SourceInfo,
    exclude: GlobSet,
    found: Found,
    watched: Watched,
}

/// Looks into the containers and the partition table.
fn look(section: &Section) -> io::Result<Found> {
    let mut whole: Volume = Arc::new(section.clone());
    let mut notices = Vec::new();
    if qcow2::is_qcow2(&whole) {
        whole = qcow2::open(whole)?;
    } else if sif::is_sif(&whole) {
        whole = sif::open(&whole, &mut notices)?;
    }
    let mut volumes = Vec::new();
    match held(&whole) {
        Held::Unknown => {}
        // A boot sector of a partition looks like one of a disk: FAT has a table of partitions only by chance.
        Held::Other("FAT" | "ISO 9660") if !partitions::read(&whole)?.is_empty() => {}
        held => {
            volumes.push((String::new(), whole, held));
            return Ok(Found { volumes, notices });
        }
    }
    for partition in partitions::read(&whole)? {
        let held = if partition.no_files { Held::NoFiles } else { held(&partition.volume) };
        volumes.push((partition.name, partition.volume, held));
    }
    Ok(Found { volumes, notices })
}

/// Whether the file is one that [`Disk::open`] knows.
pub(crate) fn is_disk(path: &Path) -> bool {
    let Ok(section) = std::fs::canonicalize(path).and_then(|path| Section::open(&path)) else { return false };
    let whole: Volume = Arc::new(section.clone());
    if qcow2::is_qcow2(&whole) || sif::is_sif(&whole) {
        return true;
    }
    // What is not read is named all the same, but only when nothing but a disk looks like it.
    let known = |held: &Held| matches!(held, Held::Ext | Held::Squashfs | Held::Other("XFS" | "Btrfs" | "LVM"));
    look(&section).is_ok_and(|found| found.volumes.iter().any(|(_, _, held)| known(held)))
}

impl Disk {
    pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<Self, SourceError> {
        let at_open = |source| SourceError::Open { path: path.to_owned(), source };
        // The user named this file: a link is followed.
        let real = std::fs::canonicalize(path).map_err(at_open)?;
        let section = Section::open(&real).map_err(at_open)?;
        let name = display_name(path);
        let mut found = look(&section).map_err(|error| failed(&name, error))?;
        let readable = |held: &Held| matches!(held, Held::Ext | Held::Squashfs);
        if !found.volumes.iter().any(|(_, _, held)| readable(held)) {
            let other = found.volumes.iter().find_map(|(_, _, held)| match held {
                Held::Other(name) => Some(*name),
                _ => None,
            });
            return Err(match other {
                Some(other) => failed(&name, volume::unsupported(not_read(other))),
                None => SourceError::Unrecognised { path: path.to_owned(), looked_for: LOOKED_FOR },
            });
        }
        let mut digests = Vec::new();
        if options.insecure_skip_digests {
            let message = "the digest of the disk was not made, as asked for";
            found.notices.push(Diagnostic::new(DiagnosticCode::DIGESTS_SKIPPED, message));
        } else {
            let mut reader = HashingReader::new(section.reader(), Hasher::new(DigestAlgorithm::Sha256));
            digests.extend(reader.finish().map_err(|error| SourceError::reading(&name, error))?);
        }
        let digests_checked = !options.insecure_skip_digests;
        let info = SourceInfo { kind: SourceKind::Archive, name, digests, image: None, digests_checked };
        Ok(Self { info, exclude: options.exclude.clone(), found, watched: Watched::new(&section) })
    }
}

/// A file system, and what is wrong with it as a whole.
type Opened<'a> = (Option<io::Error>, Box<dyn FileSystem + 'a>);

fn not_read(name: &str) -> String {
    format!("it holds {name}; ext2, ext3, ext4 and squashfs are read. Mount it read-only and scan the directory")
}

fn failed(name: &str, error: io::Error) -> SourceError {
    match error.kind() {
        io::ErrorKind::Unsupported => SourceError::Unsupported { what: name.to_owned(), reason: error.to_string() },
        _ => SourceError::reading(name, error),
    }
}

impl Source for Disk {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn visit(&self, visitor: &dyn Visitor, budget: &Budget) -> Result<Visited, SourceError> {
        let visited = Visited { diagnostics: self.found.notices.clone(), ..Visited::default() };
        let mut walker = Walker { visitor, budget, exclude: &self.exclude, visited, notes: Notes::default() };
        let readable = self.found.volumes.iter().filter(|(_, _, held)| matches!(held, Held::Ext | Held::Squashfs));
        let several = readable.count() > 1;
        for (name, volume, held) in &self.found.volumes {
            let system: io::Result<Opened<'_>> = match held {
                Held::Ext => ext::Ext::open(volume).map(|mut system| (system.fault.take(), Box::new(system) as _)),
                Held::Squashfs => squashfs::Squashfs::open(volume, budget)
                    .map(|mut system| (system.fault.take(), Box::new(system) as _)),
                // What boots a machine is in a FAT partition: nearly every disk has one.
                Held::Other("FAT") => {
                    let message = format!("partition {name} holds FAT, which is not read");
                    walker.notes.push(Diagnostic::new(DiagnosticCode::UNSUPPORTED_ENTRY, message));
                    continue;
                }
                Held::Other(other) => Err(volume::unsupported(not_read(other))),
                Held::NoFiles => continue,
                Held::Unknown => Err(volume::unsupported("it holds no file system that is known")),
            };
            match system {
                Ok((fault, system)) => {
                    if let Some(fault) = fault {
                        walker.notes.push(Diagnostic::new(code(&fault), fault.to_string()));
                    }
                    let prefix = if several { format!("{name}/") } else { String::new() };
                    walker.walk(&*system, prefix.as_bytes());
                }
                // A disk that is one file system, which cannot be opened, is no source.
                Err(error) if name.is_empty() => return Err(failed(&self.info.name, error)),
                Err(error) => {
                    let message = format!("partition {name}: {error}");
                    walker.notes.push(Diagnostic::new(code(&error), message));
                }
            }
        }
        let Walker { mut visited, notes, .. } = walker;
        visited.diagnostics.extend(notes.into_list());
        visited.diagnostics.extend(self.watched.diagnostic(&self.info.name));
        Ok(visited)
    }
}

#[cfg(test)]
mod tests;
