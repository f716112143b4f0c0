//! Why a build could not be watched.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// Why a build could not be watched, or nothing be said of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObserveError {
    /// This is no Linux on x86-64 or AArch64.
    #[error("builds can only be watched on Linux, on x86-64 and AArch64")]
    Unsupported,
    /// The process that becomes the command could not be started.
    #[error("cannot start the command")]
    Start(#[source] io::Error),
    /// The system does not let one process trace another.
    #[error("the system does not let this program trace another (ptrace)")]
    Denied(#[source] io::Error),
    /// Waiting for the processes of the build failed.
    #[error("cannot wait for the processes of the build")]
    Wait(#[source] io::Error),
    /// The process did not become the command; it has said why.
    #[error("the command was not started")]
    NotStarted(u8),
    /// A file or directory could not be used.
    #[error("cannot {what} {}", .path.display())]
    File {
        /// What could not be done with it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something has no place in a statement.
    #[error(transparent)]
    Statement(#[from] plimsoll_attest::AttestError),
}

/// Why a process could not become the command. Each has an exit status of its own, by which the tracer tells them apart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// Nobody is there to watch.
    #[error("nobody watches this process")]
    Unwatched,
    /// A namespace without network, or one with its own host name, could not be had.
    #[error("cannot enter a namespace of its own")]
    Namespace(#[source] io::Error),
    /// The filter of system calls was refused.
    #[error("cannot install the filter of system calls")]
    Filter(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The command could not be executed.
    #[error("cannot execute {}", .0.display())]
    Execute(OsString, #[source] io::Error),
}

impl LaunchError {
    /// The exit status that tells the tracer.
    #[must_use]
    pub fn status(&self) -> u8 {
        match self {
            Self::Unwatched => 70,
            Self::Namespace(_) => 71,
            Self::Filter(_) => 72,
            Self::Execute(..) => 127,
        }
    }
}
