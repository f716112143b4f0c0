//! squashfs 4.0, as `mksquashfs` writes it: live systems, snaps, Singularity images.
//!
//! <https://docs.kernel.org/filesystems/squashfs.html>, <https://dr-emann.github.io/squashfs/>. Inodes and directories
//! are in compressed blocks of up to 8 KiB, files in blocks of up to 1 MiB, and the ends of small files share
//! "fragments". Everything is read on demand and by position; no more than a few blocks are held. gzip, xz and zstd are
//! read; lzma, lzo and lz4, which hardly anybody uses, are refused.

mod content;
mod metadata;

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::{self, Read};

use plimsoll_model::Budget;

use super::tree::{FileSystem, Item, Kind, Node};
use super::volume::{Volume, bytes, fill, invalid, little, unsupported};
use crate::Body;
use crate::compression::Compression;
use content::{Content, Extent, Fragments};
use metadata::{Blocks, Cursor};

pub(super) const MAGIC: &[u8] = b"hsqs";

/// How blocks are compressed.
#[derive(Debug, Clone, Copy)]
enum Method {
    Zlib,
    Xz,
    Zstd,
}

/// The file system.
pub(super) struct Squashfs<'a> {
    volume: &'a Volume,
    budget: &'a Budget,
    method: Method,
    block_size: u32,
    root: u64,
    inodes: u64,
    directories: u64,
    fragment_table: u64,
    fragment_count: u64,
    blocks: Blocks,
    fragments: Fragments,
    /// Directories that were listed: each has one place.
    listed: RefCell<HashSet<u64>>,
    /// What is wrong with it as a whole.
    pub(super) fault: Option<io::Error>,
}

/// No fragment.
const NONE: u64 = 0xffff_ffff;
/// Targets of symbolic links are paths.
const TARGET: u64 = 65_535;

/// What an inode says, as far as it matters.
enum Inode {
    Directory { block: u64, offset: u64, size: u64 },
    File { start: u64, size: u64, fragment: u64, offset: u64 },
    Symlink { size: u64 },
    Other,
}

impl<'a> Squashfs<'a> {
    pub(super) fn open(volume: &'a Volume, budget: &'a Budget) -> io::Result<Self> {
        let superblock = bytes::<96>(&**volume, 0)?;
        let number = |at, length| little(&superblock, at, length);
        let version = (number(28, 2), number(30, 2));
        if version != (4, 0) {
            return Err(unsupported(format!("squashfs {}.{} is not read, only 4.0", version.0, version.1)));
        }
        let method = match number(20, 2) {
            1 => Method::Zlib,
            4 => Method::Xz,
            6 => Method::Zstd,
            other => {
                let name = ["", "gzip", "lzma", "lzo", "xz", "lz4"].get(usize::try_from(other).unwrap_or(0));
                let name = name.filter(|name| !name.is_empty()).unwrap_or(&"an unknown method");
                return Err(unsupported(format!("squashfs compressed with {name} is not read; gzip, xz and zstd are")));
            }
        };
        let block_size = u32::try_from(number(12, 4)).unwrap_or_default();
        if !block_size.is_power_of_two() || !(1 << 12..=1 << 20).contains(&block_size) {
            return Err(invalid(format!("squashfs: a block size of {block_size} bytes")));
        }
        let (used, length) = (number(40, 8), volume.len());
        let fault = (used > length).then(|| {
            let message = format!("the file system has {used} bytes, of which {length} are there");
            io::Error::new(io::ErrorKind::UnexpectedEof, message)
        });
        Ok(Self {
            volume,
            budget,
            method,
            block_size,
            root: number(32, 8),
            inodes: number(64, 8),
            directories: number(72, 8),
            fragment_table: number(80, 8),
            fragment_count: number(16, 4),
            blocks: Blocks::default(),
            fragments: Fragments::default(),
            listed: RefCell::default(),
            fault,
        })
    }

    /// A block that is compressed, or not, from its place on the disk.
    fn block(&self, start: u64, stored: usize, compressed: bool, limit: usize) -> io::Result<Vec<u8>> {
        if stored > limit {
            return Err(invalid("squashfs: a block is larger than it may be"));
        }
        let mut raw = vec![0; stored];
        fill(&**self.volume, start, &mut raw)?;
        if !compressed {
            return Ok(raw);
        }
        let mut out = Vec::new();
        let most = (limit as u64).saturating_add(1);
        match self.method {
            Method::Zlib => flate2::read::ZlibDecoder::new(raw.as_slice()).take(most).read_to_end(&mut out),
            Method::Xz => Compression::Xz.open(raw.as_slice())?.take(most).read_to_end(&mut out),
            Method::Zstd => Compression::Zstd.open(raw.as_slice())?.take(most).read_to_end(&mut out),
        }
        .map_err(|error| invalid(format!("squashfs: a block cannot be decompressed: {error}")))?;
        self.budget.spend_bytes(out.len() as u64).map_err(io::Error::other)?;
        if out.len() > limit {
            return Err(invalid("squashfs: a block expands to more than it may"));
        }
        Ok(out)
    }

    /// An inode, and the place after its fixed part.
    fn inode(&self, reference: u64) -> io::Result<(Inode, Cursor)> {
        let start = self.inodes.checked_add(reference >> 16).ok_or_else(|| invalid("squashfs: no such inode"))?;
        let mut cursor = Cursor::new(start, reference & 0xffff);
        let kind = little(&cursor.take::<16>(self)?, 0, 2);
        let inode = match kind {
            1 => {
                let fixed = cursor.take::<16>(self)?;
                Inode::Directory {
                    block: little(&fixed, 0, 4),
                    size: little(&fixed, 8, 2),
                    offset: little(&fixed, 10, 2),
                }
            }
            8 => {
                let fixed = cursor.take::<24>(self)?;
                Inode::Directory {
                    size: little(&fixed, 4, 4),
                    block: little(&fixed, 8, 4),
                    offset: little(&fixed, 18, 2),
                }
            }
            2 => {
                let fixed = cursor.take::<16>(self)?;
                let field = |at| little(&fixed, at, 4);
                Inode::File { start: field(0), fragment: field(4), offset: field(8), size: field(12) }
            }
            9 => {
                let fixed = cursor.take::<40>(self)?;
                let (fragment, offset) = (little(&fixed, 28, 4), little(&fixed, 32, 4));
                Inode::File { start: little(&fixed, 0, 8), size: little(&fixed, 8, 8), fragment, offset }
            }
            3 | 10 => Inode::Symlink { size: little(&cursor.take::<8>(self)?, 4, 4) },
            4..=7 | 11..=14 => Inode::Other,
            _ => return Err(invalid(format!("squashfs: an inode of type {kind}"))),
        };
        Ok((inode, cursor))
    }

    /// Where a fragment is.
    fn fragment(&self, index: u64) -> io::Result<Extent> {
        if index >= self.fragment_count {
            return Err(invalid("squashfs: no such fragment"));
        }
        // The table is a list of the places of metadata blocks, each with 512 entries of 16 bytes.
        let place = self.fragment_table.saturating_add((index >> 9) << 3);
        let block = little(&bytes::<8>(&**self.volume, place)?, 0, 8);
        let entry = Cursor::new(block, (index & 511) << 4).take::<16>(self)?;
        Ok(Extent::new(little(&entry, 0, 8), little(&entry, 8, 4)))
    }
}

impl FileSystem for Squashfs<'_> {
    fn root(&self) -> u64 {
        self.root
    }

    fn list(&self, directory: Node<'_>, each: &mut dyn FnMut(Item) -> bool) -> io::Result<()> {
        let (Inode::Directory { block, offset, size }, _) = self.inode(directory.id)? else {
            return Err(invalid("squashfs: what is called a directory is none"));
        };
        if !self.listed.borrow_mut().insert(directory.id) {
            return Err(invalid("squashfs: the directory is in two places"));
        }
        // `.` and `..` are not stored and count three bytes.
        let mut left = size.saturating_sub(3);
        let start = self.directories.checked_add(block).ok_or_else(|| invalid("squashfs: no such directory"))?;
        let mut cursor = Cursor::new(start, offset);
        while left > 0 {
            let head = cursor.take::<12>(self)?;
            left = left.saturating_sub(12);
            let (count, inodes) = (little(&head, 0, 4), little(&head, 4, 4));
            if count >= 256 {
                return Err(invalid("squashfs: a directory header with over 256 entries"));
            }
            for _ in 0..=count {
                let entry = cursor.take::<8>(self)?;
                let length = little(&entry, 6, 2).saturating_add(1);
                if length > 256 {
                    return Err(invalid("squashfs: a name of over 256 bytes"));
                }
                let name = cursor.read(self, length)?;
                left = left.saturating_sub(length.saturating_add(8));
                let kind = match little(&entry, 4, 2) {
                    1 => Kind::Directory,
                    2 => Kind::File,
                    3 => Kind::Symlink,
                    _ => Kind::Other,
                };
                if !each(Item { name, kind, id: (inodes << 16) | little(&entry, 0, 2) }) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn target(&self, link: Node<'_>) -> io::Result<Vec<u8>> {
        match self.inode(link.id)? {
            (Inode::Symlink { size }, mut cursor) if size <= TARGET => cursor.read(self, size),
            (Inode::Symlink { size }, _) => Err(invalid(format!("squashfs: the target of the link has {size} bytes"))),
            _ => Err(invalid("squashfs: what is called a link is none")),
        }
    }

    fn open<'a>(&'a self, file: Node<'_>) -> io::Result<Box<dyn Body + 'a>> {
        let (Inode::File { start, size, fragment, offset }, mut cursor) = self.inode(file.id)? else {
            return Err(invalid("squashfs: what is called a file is none"));
        };
        let block_size = u64::from(self.block_size);
        let count = if fragment == NONE { size.div_ceil(block_size) } else { size >> self.block_size.trailing_zeros() };
        // The list is held in memory, 16 bytes for each block.
        self.budget.check_member(count.saturating_mul(16)).map_err(io::Error::other)?;
        let (mut extents, mut at) = (Vec::new(), start);
        for _ in 0..count {
            let extent = Extent::new(at, little(&cursor.take::<4>(self)?, 0, 4));
            at = at.saturating_add(extent.stored as u64);
            extents.push(extent);
        }
        let tail = if fragment == NONE { None } else { Some((self.fragment(fragment)?, offset)) };
        Ok(Box::new(Content::new(self, size, extents, tail)))
    }
}
