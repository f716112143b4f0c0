//! What was seen of a build: plain data, whoever collected it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use super::Address;

/// What was seen of a build.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// The files that were opened or executed, by the path that the kernel gives for what was really opened.
    pub files: BTreeMap<PathBuf, FileRecord>,
    /// Where programs connected or sent to.
    pub connections: BTreeSet<Connection>,
    /// The addresses that programs of the build bound.
    pub bound: BTreeSet<Address>,
    /// How many processes and threads there were.
    pub tasks: u64,
    /// How many programs were started.
    pub executions: u64,
    /// How many processes were still there after the command had ended, and were killed.
    pub left_behind: u64,
    /// What could not be observed.
    pub gaps: BTreeSet<Gap>,
    /// How the command ended.
    pub outcome: Outcome,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// With this exit status.
    Exited(i32),
    /// By this signal.
    Signaled(i32),
}

impl Default for Outcome {
    fn default() -> Self {
        Self::Exited(0)
    }
}

impl Outcome {
    /// Whether it did what it should.
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Self::Exited(0)
    }

    /// The status that a shell would give: 128 and the signal when there was one.
    #[must_use]
    pub fn status(self) -> u8 {
        let code = match self {
            Self::Exited(code) => code,
            Self::Signaled(signal) => signal.saturating_add(128),
        };
        u8::try_from(code).unwrap_or(u8::MAX)
    }
}

/// What sort of file it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A file with content.
    #[default]
    Regular,
    /// A directory, whose names were read.
    Directory,
    /// A device, pipe or socket.
    Special,
}

/// One file of a trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileRecord {
    /// What sort of file it is.
    pub kind: FileKind,
    /// It was opened for reading.
    pub read: bool,
    /// It was executed, or loaded by the kernel to execute another.
    pub executed: bool,
    /// It was opened for writing, or a name was given to it.
    pub written: bool,
    /// The build made its content.
    pub made: bool,
    /// It was read before the build made anything of it: it is an input.
    pub input: bool,
    /// It was not the same all the time that the build ran.
    pub changed: bool,
    /// The SHA-256 of what was in it when it was first opened for reading.
    pub digest: Option<[u8; 32]>,
    /// Why there is no digest of an input.
    pub unhashed: Option<Unhashed>,
    /// How large it was.
    pub size: u64,
    /// Its device, inode, and times of last change, when it was first seen.
    pub stamp: Stamp,
}

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// The device that it is on, and its number there.
    pub inode: (u64, u64),
    /// Its size.
    pub size: u64,
    /// When its content last changed: seconds and nanoseconds.
    pub modified: (i64, i64),
    /// When anything of it last changed.
    pub changed: (i64, i64),
}

/// Why an input has no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unhashed {
    /// It could not be read.
    Unreadable,
    /// It is known to hold secrets; a digest would let a guess at them be checked.
    Secret,
    /// The kernel makes its content up.
    Pseudo,
}

/// A connection, or an attempt at one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connection {
    /// Where to.
    pub address: Address,
    /// What became of it.
    pub result: Attempt,
    /// The program that did it.
    pub program: PathBuf,
}

/// What became of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attempt {
    /// It was made, or is being made.
    Connected,
    /// Something was sent there, without a connection.
    Sent,
    /// The kernel or the other side refused, with this error number.
    Failed(i32),
}

/// Something that programs did where this cannot look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Gap {
    /// A program of another architecture ran, or used its system calls: its files are not known.
    Foreign(PathBuf),
    /// The arguments of a system call could not be read.
    Unread(&'static str),
    /// A signal of this number could not be passed on.
    Signal(i32),
    /// There were more files than are kept.
    TooManyFiles,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign(path) => {
                write!(f, "{} used the system calls of another architecture, which are not observed", path.display())
            }
            Self::Unread(what) => write!(f, "{what} could not be read from the memory of a process"),
            Self::Signal(number) => write!(f, "signal {number} could not be passed on; the program did not get it"),
            Self::TooManyFiles => write!(f, "more than {MAX_FILES} files were used; the others are not recorded"),
        }
    }
}

/// More files than this are not recorded.
pub const MAX_FILES: usize = 5_000_000;

impl Trace {
    /// The connections that left the machine, or tried to.
    pub fn network(&self) -> impl Iterator<Item = &Connection> {
        self.connections.iter().filter(|connection| connection.address.reach() == super::Reach::Network)
    }

    /// The programs outside of the build that answered on this machine: what they did for it is not known.
    pub fn services(&self) -> impl Iterator<Item = &Connection> {
        self.connections.iter().filter(|connection| {
            connection.address.reach() == super::Reach::Machine
                && !matches!(connection.result, Attempt::Failed(_))
                && !self.bound.iter().any(|bound| connection.address.is_served_by(bound))
        })
    }
}
