//! `bun.lockb`, the binary lock file of Bun 0.5 to 1.1, formats 2 and 3. <https://bun.sh/docs/pm/lockfile>
//!
//! There is no specification but Bun's source, `src/install/lockfile/bun.lockb.zig`. All numbers are little-endian, all
//! places are offsets from the start of the file:
//!
//! - two lines of text, the format (`u32`), a digest of the content (32 bytes), the length of what follows
//! - the packages, column by column: a table header says how many there are and where the columns begin and end
//! - six lists, each with its begin and end in front: trees, hoisted dependencies, resolutions, dependencies, extern
//!   strings, string bytes
//! - zero, then lists with eight letters in front of each: versions of workspaces, overrides, patches
//!
//! A text of up to eight bytes stands where it is needed; a longer one is offset and length in the string bytes, with the
//! highest bit set. The n-th resolution is the package that the n-th dependency leads to. Format 3 differs in the
//! numbers of a version, which have 64 instead of 32 bits.

mod graph;
mod reader;

use plimsoll_extract::prelude::*;

use crate::npm_manifest::is_installed;
use reader::Lock;

/// Reads the lock file of Bun in its binary form.
pub(crate) struct BunLockb;

impl Extractor for BunLockb {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("javascript/bun-lockb")
    }

    fn about(&self) -> About {
        About {
            title: "Bun bun.lockb, formats 2 and 3",
            specification: "https://bun.sh/docs/pm/lockfile",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("bun.lockb")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if is_installed(file.path()) {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let lock = Lock::read(&bytes)?;
        graph::emit(file, &lock, out);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
