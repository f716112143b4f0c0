//! Tar, read header by header: v7, ustar, GNU and pax (POSIX.1-2024, `pax`, "pax Interchange Format").
//!
//! Where readers disagree, this one follows Go's `archive/tar`, because that is what unpacks layers in containerd,
//! Docker and Podman; what it would refuse is refused. docs/decisions/0003 says why it is our own.

mod header;
mod pax;
mod reader;
#[cfg(test)]
mod tests;

pub(crate) use header::{BLOCK, EntryKind, is_header};
pub(crate) use reader::{BodyReader, Entry, Reader, TarError};
