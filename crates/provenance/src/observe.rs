//! Provenance from watching a build: what it read, ran and connected to.
//!
//! On Linux, without privileges: the build runs below a tracer (ptrace) that a filter (seccomp) wakes for the system calls that
//! open, name or reach something; everything else runs at full speed. Each input is hashed when it is first opened, before the
//! process that opened it can go on. Decision 0018 says why so. It is no sandbox: see [`Gap`] and
//! `docs/concepts/observed-builds.md` for what a build can do unseen.

mod address;
mod classify;
mod documents;
mod error;
mod places;
mod products;
pub mod rebuild;
mod record;
pub mod secret;
mod setup;
mod source;

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod elsewhere;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod linux;

use std::ffi::OsString;

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
use elsewhere as system;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
use linux as system;

pub use address::{Address, MAX_ADDRESS, Reach};
pub use classify::{Class, Classified, Group, Inventory};
pub use documents::{BUILD_TYPE, BUILDER, Build, MONITOR, Statements};
pub use error::{LaunchError, ObserveError};
pub use places::Places;
pub use products::{Product, products};
pub use record::{Attempt, Connection, FileKind, FileRecord, Gap, MAX_FILES, Outcome, Stamp, Trace, Unhashed};
pub use setup::{Launch, Output, Setup};
pub use source::Source;

/// Runs a command and watches it.
///
/// # Errors
/// It could not be started or watched. What it does itself is no error: see [`Trace::outcome`].
pub fn trace(launch: &Launch) -> Result<Trace, ObserveError> {
    system::trace(launch)
}

/// Becomes the command. For the process that [`trace`] starts, and for nothing else. Comes back only with the reason why not.
#[must_use]
pub fn launch(setup: &Setup, command: &[OsString]) -> LaunchError {
    system::launch(setup, command)
}
