//! ext2, ext3 and ext4, read with the crate `ext4-view`, which also replays the journal (decision 0013).
//!
//! <https://docs.kernel.org/filesystems/ext4/>. The crate believes three numbers of the image that would cost memory or
//! time without end: the count of block groups, the length of a symbolic link, and the block to seek to. They are checked
//! here before it sees them.

use std::cell::{Cell, RefCell};
use std::io;

use ext4_view::{Ext4, Ext4Error, Ext4Read, Path};

use super::guard::guarded;
use super::tree::{FileSystem, Item, Kind, Node};
use super::volume::{Volume, bytes, fill, invalid, little, unsupported};
use crate::Body;

/// Where the superblock is, and how much of it is looked at here.
const SUPERBLOCK: u64 = 1024;
/// `s_magic`, at 0x38 of the superblock.
const MAGIC: u64 = 0xef53;
/// At 4 KiB a block that is 128 TiB.
const GROUPS: u64 = 1 << 20;
/// A target is a path, and fits in a block.
const TARGET: u64 = 4096;
/// Blocks that may be passed over in all while files are read out of order, which costs time for each.
const SEEKS: u64 = 4_000_000_000;
const WHAT: &str = "ext4";

/// Whether the superblock of ext is there.
pub(super) fn is_ext(volume: &Volume) -> bool {
    bytes::<2>(&**volume, SUPERBLOCK.saturating_add(0x38)).is_ok_and(|magic| little(&magic, 0, 2) == MAGIC)
}

/// The file system.
pub(super) struct Ext {
    system: Ext4,
    length: u64,
    seeks: Cell<u64>,
    /// What is wrong with it as a whole.
    pub(super) fault: Option<io::Error>,
}

struct Reader(Volume);

impl Ext4Read for Reader {
    fn read(&mut self, start: u64, into: &mut [u8]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(fill(&*self.0, start, into)?)
    }
}

impl Ext {
    pub(super) fn open(volume: &Volume) -> io::Result<Self> {
        let superblock = bytes::<1024>(&**volume, SUPERBLOCK)?;
        let wide = little(&superblock, 0x60, 4) & 0x80 != 0;
        let high = if wide { little(&superblock, 0x150, 4) } else { 0 };
        let blocks = (high << 32) | little(&superblock, 4, 4);
        let log = little(&superblock, 0x18, 4);
        if log > 6 {
            return Err(invalid("the block size of the file system is over 64 KiB"));
        }
        let groups = blocks.checked_div(little(&superblock, 0x20, 4)).ok_or_else(|| invalid("no blocks in a group"))?;
        let length = volume.len();
        // A descriptor has 32 bytes or more, and all of them are read.
        if groups > GROUPS.min(length / 32) {
            return Err(invalid(format!("{groups} block groups cannot be on a disk of {length} bytes")));
        }
        let size = u128::from(blocks) << log.saturating_add(10);
        let fault = (size > length.into()).then(|| {
            let message = format!("the file system has {size} bytes, of which {length} are there");
            io::Error::new(io::ErrorKind::UnexpectedEof, message)
        });
        let reader = Box::new(Reader(volume.clone()));
        let system = guarded(WHAT, || Ext4::load(reader).map_err(convert))?;
        Ok(Self { system, length, seeks: Cell::new(SEEKS), fault })
    }
}

/// The crate's errors as those that a walk tells apart.
fn convert(error: Ext4Error) -> io::Error {
    match error {
        Ext4Error::Corrupt(_) => invalid(format!("ext4: {error}")),
        Ext4Error::Incompatible(_) | Ext4Error::Encrypted => unsupported(format!("ext4: {error}")),
        Ext4Error::Io(inner) => match inner.downcast::<io::Error>() {
            Ok(inner) => *inner,
            Err(inner) => io::Error::other(inner),
        },
        _ => io::Error::other(format!("ext4: {error}")),
    }
}

fn absolute(node: Node<'_>) -> Vec<u8> {
    [b"/", node.path].concat()
}

fn named(path: &[u8]) -> io::Result<Path<'_>> {
    Path::try_from(path).map_err(|error| invalid(error.to_string()))
}

impl FileSystem for Ext {
    fn root(&self) -> u64 {
        0
    }

    fn list(&self, directory: Node<'_>, each: &mut dyn FnMut(Item) -> bool) -> io::Result<()> {
        let path = absolute(directory);
        guarded(WHAT, || {
            for entry in self.system.read_dir(named(&path)?).map_err(convert)? {
                let entry = entry.map_err(convert)?;
                let kind = match entry.file_type().map_err(convert)? {
                    ext4_view::FileType::Directory => Kind::Directory,
                    ext4_view::FileType::Regular => Kind::File,
                    ext4_view::FileType::Symlink => Kind::Symlink,
                    _ => Kind::Other,
                };
                if !each(Item { name: entry.file_name().as_ref().to_vec(), kind, id: 0 }) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn target(&self, link: Node<'_>) -> io::Result<Vec<u8>> {
        let path = absolute(link);
        guarded(WHAT, || {
            let path = named(&path)?;
            let length = self.system.symlink_metadata(path).map_err(convert)?.len();
            if length > TARGET {
                return Err(invalid(format!("the target of the link has {length} bytes")));
            }
            Ok(AsRef::<[u8]>::as_ref(&self.system.read_link(path).map_err(convert)?).to_vec())
        })
    }

    fn open<'a>(&'a self, file: Node<'_>) -> io::Result<Box<dyn Body + 'a>> {
        let path = absolute(file);
        let opened = guarded(WHAT, || {
            let path = named(&path)?;
            // The directory said that it is a file; a link in its place could lead round.
            if !self.system.symlink_metadata(path).map_err(convert)?.file_type().is_regular_file() {
                return Err(invalid("the directory calls it a file, and the inode does not"));
            }
            self.system.open(path).map_err(convert)
        })?;
        let length = opened.metadata().len();
        Ok(Box::new(Content { system: self, length, file: RefCell::new(opened) }))
    }
}

/// The content of a file.
struct Content<'a> {
    system: &'a Ext,
    length: u64,
    file: RefCell<ext4_view::File>,
}

impl Body for Content<'_> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if offset >= self.length {
            return Ok(0);
        }
        let mut file = self.file.try_borrow_mut().map_err(io::Error::other)?;
        if file.position() != offset {
            // Each block before the place costs a step, also in a hole.
            let steps = offset >> 10;
            let left = self.system.seeks.get().checked_sub(steps).filter(|_| offset <= self.system.length);
            let left =
                left.ok_or_else(|| unsupported("the file is too large, or too sparse, to be read out of order"))?;
            self.system.seeks.set(left);
            guarded(WHAT, || file.seek_to(offset).map_err(convert))?;
        }
        guarded(WHAT, || file.read_bytes(buffer).map_err(convert))
    }
}
