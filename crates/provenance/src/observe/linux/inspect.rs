//! Looking into a stopped process: registers, memory, and what its descriptors and directories really are.
//!
//! Memory is read for what has no other place: the addresses of sockets and the old and new names of a file. What was opened
//! is never taken from memory, which another thread may change after the kernel has read it, but from the descriptor.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::{self, IoSliceMut};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use nix::sys::ptrace;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

use crate::observe::{FileKind, Stamp};

/// The longest path that the kernel takes (`PATH_MAX`).
const PATH_MAX: usize = 4096;
/// Pages are at least as large.
const PAGE: u64 = 4096;
/// The entry of the auxiliary vector that points to the name of what was executed.
const AT_EXECFN: u64 = 31;

/// The registers of a system call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Registers {
    pub(super) number: u64,
    pub(super) arguments: [u64; 6],
    pub(super) result: i64,
}

impl Registers {
    #[cfg(target_arch = "x86_64")]
    pub(super) fn of(pid: Pid) -> nix::Result<Self> {
        let registers = ptrace::getregs(pid)?;
        Ok(Self {
            number: registers.orig_rax,
            arguments: [registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9],
            result: registers.rax.cast_signed(),
        })
    }

    #[cfg(target_arch = "aarch64")]
    pub(super) fn of(pid: Pid) -> nix::Result<Self> {
        let registers = ptrace::getregs(pid)?;
        let [x0, x1, x2, x3, x4, x5, _, _, x8, ..] = registers.regs;
        Ok(Self { number: x8, arguments: [x0, x1, x2, x3, x4, x5], result: x0.cast_signed() })
    }

    pub(super) fn argument(&self, number: usize) -> u64 {
        self.arguments.get(number).copied().unwrap_or_default()
    }

    /// A descriptor among the arguments; only its lower half counts.
    pub(super) fn descriptor(&self, number: usize) -> i32 {
        self.argument(number).cast_signed() as i32
    }
}

/// As many of `length` bytes at `address` as are there. Page by page: what the end of a page cuts off is not asked for.
pub(super) fn memory(pid: Pid, address: u64, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut remote = Vec::new();
    let (mut at, mut left) = (address, u64::try_from(length).ok()?);
    while left > 0 {
        let in_page = PAGE.saturating_sub(at.checked_rem(PAGE)?).min(left);
        remote.push(RemoteIoVec { base: usize::try_from(at).ok()?, len: usize::try_from(in_page).ok()? });
        at = at.checked_add(in_page)?;
        left = left.saturating_sub(in_page);
    }
    let read = process_vm_readv(pid, &mut [IoSliceMut::new(&mut bytes)], &remote).ok()?;
    bytes.truncate(read);
    Some(bytes)
}

/// A path in memory, up to the byte that ends it.
pub(super) fn path(pid: Pid, address: u64) -> Option<PathBuf> {
    // Most are short, and the rest of a page is cheap.
    for length in [256, PATH_MAX] {
        let bytes = memory(pid, address, length)?;
        if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
            return Some(OsStr::from_bytes(bytes.get(..end)?).into());
        }
        if bytes.len() < length {
            return None;
        }
    }
    None
}

/// A number in memory.
pub(super) fn word(pid: Pid, address: u64) -> Option<u64> {
    memory(pid, address, 8)?.first_chunk().map(|bytes| u64::from_ne_bytes(*bytes))
}

/// Where a path of a process leads, for this process to follow.
pub(super) fn reach(pid: Pid, directory: i32, path: &Path) -> PathBuf {
    if let Ok(inside) = path.strip_prefix("/") {
        return PathBuf::from(format!("/proc/{pid}/root")).join(inside);
    }
    let base = if directory == nix::libc::AT_FDCWD {
        PathBuf::from(format!("/proc/{pid}/cwd"))
    } else {
        PathBuf::from(format!("/proc/{pid}/fd/{directory}"))
    };
    if path.as_os_str().is_empty() { base } else { base.join(path) }
}

/// The real path of a name, whose last part may be a link or not exist.
pub(super) fn real(reached: &Path) -> Option<PathBuf> {
    let (parent, name) = (reached.parent()?, reached.file_name()?);
    Some(fs::canonicalize(parent).ok()?.join(name))
}

/// What a descriptor, or `exe`, of a process is.
pub(super) struct Opened {
    /// Where it can be reached.
    pub(super) link: PathBuf,
    /// Its name, as the kernel gives it.
    pub(super) path: PathBuf,
    /// The file itself.
    pub(super) metadata: Metadata,
}

impl Opened {
    pub(super) fn descriptor(pid: Pid, number: i64) -> io::Result<Self> {
        Self::at(PathBuf::from(format!("/proc/{pid}/fd/{number}")))
    }

    pub(super) fn executable(pid: Pid) -> io::Result<Self> {
        Self::at(PathBuf::from(format!("/proc/{pid}/exe")))
    }

    fn at(link: PathBuf) -> io::Result<Self> {
        let (named, metadata) = (fs::read_link(&link)?, fs::metadata(&link)?);
        Ok(Self { path: undeleted(named, &metadata), link, metadata })
    }

    /// What a path leads to.
    pub(super) fn reached(link: PathBuf) -> io::Result<Self> {
        let (path, metadata) = (fs::canonicalize(&link)?, fs::metadata(&link)?);
        Ok(Self { path, link, metadata })
    }

    pub(super) fn kind(&self) -> FileKind {
        let kind = self.metadata.file_type();
        if kind.is_file() {
            FileKind::Regular
        } else if kind.is_dir() {
            FileKind::Directory
        } else {
            debug_assert!(kind.is_fifo() || kind.is_socket() || kind.is_char_device() || kind.is_block_device());
            FileKind::Special
        }
    }

    pub(super) fn stamp(&self) -> Stamp {
        stamp(&self.metadata)
    }
}

/// The state of a file.
pub(super) fn stamp(metadata: &Metadata) -> Stamp {
    Stamp {
        inode: (metadata.dev(), metadata.ino()),
        size: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    }
}

/// The kernel adds a word to the name of a file that has none any more.
fn undeleted(path: PathBuf, metadata: &Metadata) -> PathBuf {
    if metadata.nlink() > 0 {
        return path;
    }
    match path.as_os_str().as_bytes().strip_suffix(b" (deleted)") {
        Some(name) => OsStr::from_bytes(name).into(),
        None => path,
    }
}

/// The name by which a process was executed. For a script it is the script, when `exe` is what runs it.
pub(super) fn executed_name(pid: Pid) -> Option<PathBuf> {
    let vector = fs::read(format!("/proc/{pid}/auxv")).ok()?;
    let (pairs, _) = vector.as_chunks::<16>();
    let pairs = pairs.iter().filter_map(|pair| {
        let (kind, value) = pair.split_first_chunk::<8>()?;
        Some((u64::from_ne_bytes(*kind), u64::from_ne_bytes(*value.first_chunk()?)))
    });
    let (_, address) = pairs.into_iter().find(|(kind, _)| *kind == AT_EXECFN)?;
    path(pid, address)
}

/// The files that the kernel mapped to execute a program: itself and its loader.
pub(super) fn mapped(pid: Pid) -> Vec<PathBuf> {
    let Ok(maps) = fs::read(format!("/proc/{pid}/maps")) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = Vec::new();
    for line in maps.split(|byte| *byte == b'\n') {
        let start = line.iter().position(|byte| *byte == b'/');
        let Some(name) = start.and_then(|start| line.get(start..)) else { continue };
        let path = PathBuf::from(OsStr::from_bytes(name));
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

/// Whether an executable is of the architecture that is watched: the class and machine of its ELF header are this program's.
pub(super) fn is_native(opened: &Opened) -> bool {
    use std::os::unix::fs::FileExt as _;
    let mut header = [0; 20];
    let read = fs::File::open(&opened.link).and_then(|file| file.read_exact_at(&mut header, 0));
    // What cannot be read, or is no ELF file, runs by an interpreter that is seen as well.
    if read.is_err() || !header.starts_with(b"\x7fELF") {
        return true;
    }
    let [_, _, _, _, class, .., low, high] = header;
    let machine = u16::from_le_bytes([low, high]);
    class == 2 && machine == if cfg!(target_arch = "x86_64") { 62 } else { 183 }
}
