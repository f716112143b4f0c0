//! What is kept of each thing that a build does: the files, programs and connections, and the digests of the inputs.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::libc;
use nix::unistd::Pid;
use sha2::{Digest as _, Sha256};

use super::inspect::{self, Opened};
use crate::observe::classify::is_pseudo;
use crate::observe::{
    Address, Attempt, Connection, FileKind, FileRecord, Gap, MAX_FILES, Stamp, Trace, Unhashed, secret,
};

/// How a file was used.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Use {
    pub(super) read: bool,
    pub(super) executed: bool,
    pub(super) written: bool,
    /// Its content before counts for nothing: it was not there, or was cut off.
    pub(super) made: bool,
}

impl Use {
    /// What the flags of `open` say. `existed` is whether there was something by this name.
    pub(super) fn of(flags: u64, existed: bool) -> Option<Self> {
        let has = |flag: i32| u64::try_from(flag).is_ok_and(|flag| flags & flag == flag);
        // Such a descriptor reads and writes nothing.
        if has(libc::O_PATH) {
            return None;
        }
        let mode = flags & 3;
        let (read, written) = (mode != 1, mode != 0);
        let made = (has(libc::O_CREAT) && !existed) || has(libc::O_TMPFILE) || (written && has(libc::O_TRUNC));
        Some(Self { read, written: written || made, made, executed: false })
    }
}

/// What has been seen so far.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) trace: Trace,
    /// The inodes that the build made.
    made: HashSet<(u64, u64)>,
    /// Digests of the states of files that were read.
    hashed: HashMap<Stamp, Result<[u8; 32], Unhashed>>,
    /// Executables whose loader is known.
    loaded: HashSet<Stamp>,
    /// Names that the build gave to something it made.
    names: BTreeSet<PathBuf>,
    buffer: Vec<u8>,
}

impl Watch {
    /// A file was opened or executed.
    pub(super) fn used(&mut self, opened: &Opened, how: Use) {
        let stamp = opened.stamp();
        if how.made {
            self.made.insert(stamp.inode);
            self.names.insert(opened.path.clone());
        }
        let made = self.made.contains(&stamp.inode);
        let kind = opened.kind();
        let input = how.read && !made && kind == FileKind::Regular;
        let digest = input.then(|| self.digest(opened, stamp));
        if self.trace.files.len() >= MAX_FILES && !self.trace.files.contains_key(&opened.path) {
            self.trace.gaps.insert(Gap::TooManyFiles);
            return;
        }
        let record = self.trace.files.entry(opened.path.clone()).or_insert_with(|| FileRecord {
            kind,
            size: stamp.size,
            stamp,
            ..FileRecord::default()
        });
        record.read |= how.read;
        record.executed |= how.executed;
        record.written |= how.written;
        record.made |= made;
        match digest {
            Some(Ok(digest)) if record.digest.is_none() => {
                (record.digest, record.unhashed, record.input) = (Some(digest), None, true);
                (record.size, record.stamp) = (stamp.size, stamp);
            }
            Some(Ok(digest)) => record.changed |= record.digest != Some(digest),
            Some(Err(why)) => {
                record.input = true;
                record.unhashed = record.digest.is_none().then_some(why);
            }
            None => {}
        }
    }

    /// The digest of a file, which the process that opened it cannot go on to read before this is done.
    fn digest(&mut self, opened: &Opened, stamp: Stamp) -> Result<[u8; 32], Unhashed> {
        if is_pseudo(&opened.path) {
            return Err(Unhashed::Pseudo);
        }
        if secret::is_secret_file(&opened.path) {
            return Err(Unhashed::Secret);
        }
        if let Some(known) = self.hashed.get(&stamp) {
            return *known;
        }
        let digest = self.hash(&opened.link);
        self.hashed.insert(stamp, digest);
        digest
    }

    fn hash(&mut self, path: &Path) -> Result<[u8; 32], Unhashed> {
        const BUFFER: usize = 1 << 18;
        let mut file = File::open(path).map_err(|_| Unhashed::Unreadable)?;
        self.buffer.resize(BUFFER, 0);
        let mut hasher = Sha256::new();
        loop {
            match file.read(&mut self.buffer) {
                Ok(0) => return Ok(hasher.finalize().into()),
                Ok(length) => hasher.update(self.buffer.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return Err(Unhashed::Unreadable),
            }
        }
    }

    /// A process became another program.
    pub(super) fn executed(&mut self, pid: Pid) {
        self.trace.executions = self.trace.executions.saturating_add(1);
        let Ok(program) = Opened::executable(pid) else {
            self.trace.gaps.insert(Gap::Unread("the program of a process"));
            return;
        };
        let run = Use { read: true, executed: true, ..Use::default() };
        self.used(&program, run);
        if !inspect::is_native(&program) {
            self.trace.gaps.insert(Gap::Foreign(program.path.clone()));
        } else if let Some(name) = inspect::executed_name(pid) {
            self.script(pid, &name, &program, run);
        }
        if self.loaded.insert(program.stamp()) {
            for path in inspect::mapped(pid) {
                let reached = Opened::reached(inspect::reach(pid, libc::AT_FDCWD, &path));
                if let Ok(loader) = reached
                    && loader.stamp().inode != program.stamp().inode
                {
                    self.used(&loader, run);
                }
            }
        }
    }

    /// What was executed, when that is not the program itself but a script that names it, perhaps by way of others.
    fn script(&mut self, pid: Pid, name: &Path, program: &Opened, run: Use) {
        // As deep as the kernel goes (`BINPRM_MAX_RECURSION`, 4, and one).
        let mut name = name.to_owned();
        for _ in 0..5 {
            let Ok(script) = Opened::reached(inspect::reach(pid, libc::AT_FDCWD, &name)) else { return };
            if script.stamp().inode == program.stamp().inode {
                return;
            }
            self.used(&script, run);
            let Some(interpreter) = interpreter(&script.link) else { return };
            name = interpreter;
        }
    }

    /// A file got a name, besides or instead of another.
    pub(super) fn named(&mut self, old: Option<&Path>, new: &Path) {
        let Ok(metadata) = fs::symlink_metadata(new) else { return };
        if let (Some(old), true) = (old, metadata.is_dir()) {
            let below: Vec<PathBuf> =
                self.names.range(old.to_owned()..).take_while(|name| name.starts_with(old)).cloned().collect();
            for name in below {
                if let Ok(rest) = name.strip_prefix(old) {
                    self.names.insert(new.join(rest));
                }
            }
            return;
        }
        if !metadata.is_file() || !self.made.contains(&(metadata.dev(), metadata.ino())) {
            return;
        }
        self.names.insert(new.to_owned());
    }

    /// A file that was there is changed by its name.
    pub(super) fn truncated(&mut self, path: PathBuf) {
        if let Ok(opened) = Opened::reached(path) {
            self.used(&opened, Use { written: true, ..Use::default() });
        }
    }

    /// A program connected, sent or tried to.
    pub(super) fn connected(&mut self, pid: Pid, address: Address, result: Attempt) {
        if address == Address::Kernel {
            return;
        }
        let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        self.trace.connections.insert(Connection { address, result, program });
    }

    /// The end: which of the things made are still there, and which inputs are not as they were.
    pub(super) fn finish(mut self) -> Trace {
        for name in std::mem::take(&mut self.names) {
            let Ok(metadata) = fs::symlink_metadata(&name) else { continue };
            if !metadata.is_file() || !self.made.contains(&(metadata.dev(), metadata.ino())) {
                continue;
            }
            let stamp = inspect::stamp(&metadata);
            let record = self.trace.files.entry(name).or_default();
            (record.made, record.written) = (true, true);
            if !record.input {
                (record.size, record.stamp) = (stamp.size, stamp);
            }
        }
        let mut files = std::mem::take(&mut self.trace.files);
        for (path, record) in &mut files {
            if record.input && record.digest.is_some() {
                // The build wrote anew what it had read.
                record.changed |= record.made || self.is_changed(path, record);
            }
        }
        self.trace.files = files;
        self.trace
    }

    /// Whether an input is another at the end. A file that is gone was an input all the same.
    fn is_changed(&mut self, path: &Path, record: &FileRecord) -> bool {
        let Ok(metadata) = fs::metadata(path) else { return false };
        let now = inspect::stamp(&metadata);
        if now == record.stamp {
            return false;
        }
        if (now.size, now.inode) != (record.stamp.size, record.stamp.inode) {
            return true;
        }
        // Its times say little: a link to it changes one of them.
        self.hash(path).ok() != record.digest
    }
}

/// The interpreter that the first line of a script names.
fn interpreter(script: &Path) -> Option<PathBuf> {
    // The kernel reads as much (`BINPRM_BUF_SIZE`).
    let mut start = Vec::new();
    File::open(script).ok()?.take(256).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let word = line.split(|byte| matches!(byte, b' ' | b'\t')).find(|word| !word.is_empty())?;
    Some(OsStr::from_bytes(word).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(flags: i32) -> u64 {
        u64::try_from(flags).unwrap()
    }

    #[test]
    fn flags_say_how_a_file_is_used() {
        let read = Use::of(flags(libc::O_RDONLY), true).unwrap();
        assert!(read.read && !read.written && !read.made);
        let both = Use::of(flags(libc::O_RDWR | libc::O_CREAT), true).unwrap();
        assert!(both.read && both.written && !both.made);
        assert!(Use::of(flags(libc::O_WRONLY | libc::O_CREAT), false).unwrap().made);
        let cut = Use::of(flags(libc::O_WRONLY | libc::O_TRUNC), true).unwrap();
        assert!(cut.made && !cut.read);
        assert!(Use::of(flags(libc::O_RDWR | libc::O_TMPFILE), true).unwrap().made);
        assert!(!Use::of(flags(libc::O_RDONLY | libc::O_DIRECTORY), true).unwrap().made);
        assert!(Use::of(flags(libc::O_PATH), true).is_none());
    }
}
