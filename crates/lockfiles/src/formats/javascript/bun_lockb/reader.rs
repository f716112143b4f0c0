//! The columns and lists of a `bun.lockb`. Everything is a view of the file: nothing is allocated by what it says.

use plimsoll_extract::prelude::*;

/// What the file starts with.
const MAGIC: &[u8] = b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n";
/// The digest of the content.
const DIGEST: usize = 32;
/// Starts the versions and paths of the workspaces.
const WORKSPACES: &[u8; 8] = b"wOrKsPaC";

/// Bytes of a dependency: name, its hash, behaviour, kind of range, range.
const DEPENDENCY: usize = 26;
/// Bytes of what is known of a package besides: origin, processor, system, id, directory of manuals, integrity, script.
const META: usize = 88;
/// Where the integrity stands in it.
const INTEGRITY: usize = 20;

/// A lock file.
pub(super) struct Lock<'a> {
    bytes: &'a [u8],
    strings: &'a [u8],
    dependencies: &'a [u8],
    resolutions: &'a [u8],
    /// How many packages there are.
    pub(super) count: usize,
    /// Where the columns begin.
    begin: usize,
    /// Bytes of a resolution.
    resolution: usize,
    /// Bytes of each number of a version.
    number: usize,
    /// Hashes of the names of workspaces.
    workspace_names: &'a [u8],
    /// Their versions, in the same order.
    workspace_versions: &'a [u8],
}

/// Where a package comes from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resolution {
    /// The project itself.
    Root,
    /// A registry: version and URL of the archive.
    Npm(String, String),
    /// A directory, an archive on disk or a link.
    Path(String),
    /// A member of the workspace.
    Workspace(String),
    /// Owner (GitHub only), repository, and the commit.
    Git { owner: String, repository: String, commit: String },
    /// The URL of an archive.
    Archive(String),
    /// One that no version of Bun writes.
    Unknown(u8),
}

/// A package.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) hash: u64,
    pub(super) resolution: Resolution,
    pub(super) digest: Option<Digest>,
    /// The first of its dependencies, and how many there are.
    pub(super) needs: (usize, usize),
    /// Where its name stands.
    pub(super) offset: usize,
}

/// A dependency of a package.
pub(super) struct Need {
    /// Bits: 1 normal, 2 optional, 3 development, 4 peer, 5 workspace.
    pub(super) behavior: u8,
    /// The package that it leads to; `None` when it leads nowhere.
    pub(super) to: Option<usize>,
}

fn truncated(what: &str) -> ExtractError {
    ExtractError::Truncated { message: format!("the file ends within {what}") }
}

/// Reads numbers one after the other.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn place(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(self.take(8)?.try_into().ok()?)).ok()
    }

    /// A list: its begin and end, then text that names its type, then its bytes. The cursor stays behind it.
    fn list(&mut self) -> Option<&'a [u8]> {
        let before = self.at;
        let (begin, end) = (self.place()?, self.place()?);
        let list = self.bytes.get(begin..end).filter(|_| begin > before)?;
        self.at = end;
        Some(list)
    }
}

impl<'a> Lock<'a> {
    /// Finds the columns and lists.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, ExtractError> {
        if !bytes.starts_with(MAGIC) {
            let short = MAGIC.starts_with(bytes);
            let wrong = || ExtractError::malformed("the first bytes are not those of a bun.lockb");
            return Err(if short { truncated("its first lines") } else { wrong() });
        }
        let mut cursor = Cursor { bytes, at: MAGIC.len() };
        let header = || truncated("its header");
        let format = cursor.take(4).ok_or_else(header)?;
        let format = u32::from_le_bytes(format.try_into().map_err(|_| header())?);
        let number = match format {
            2 => 4,
            3 => 8,
            other => return Err(ExtractError::UnsupportedVersion { version: other.to_string() }),
        };
        let counts = cursor.take(DIGEST).and_then(|_| {
            let (_, count, _, fields) = (cursor.place()?, cursor.place()?, cursor.place()?, cursor.place()?);
            Some((count, fields, cursor.place()?, cursor.place()?))
        });
        let (count, fields, begin, end) = counts.ok_or_else(header)?;
        // The tag with its padding, the URL, the numbers to a multiple of eight, and two extern strings.
        let resolution = if number == 4 { 64 } else { 72 };
        let row = [8, 8, resolution, 8, 8, META].iter().fold(0_usize, |sum, width| sum.saturating_add(*width));
        let needed = row.checked_mul(count).and_then(|length| begin.checked_add(length));
        if fields < 6 || begin < cursor.at || needed.is_none_or(|needed| needed > end) || end > bytes.len() {
            return Err(ExtractError::malformed("the table of packages does not fit into the file"));
        }
        cursor.at = end;
        let lists = || truncated("its lists");
        cursor.list().and_then(|_| cursor.list()).ok_or_else(lists)?;
        let resolutions = cursor.list().ok_or_else(lists)?;
        let dependencies = cursor.list().ok_or_else(lists)?;
        cursor.list().ok_or_else(lists)?;
        let strings = cursor.list().ok_or_else(lists)?;
        let mut lock = Self {
            bytes,
            strings,
            dependencies,
            resolutions,
            count,
            begin,
            resolution,
            number,
            workspace_names: &[],
            workspace_versions: &[],
        };
        if cursor.place() == Some(0) && cursor.take(8) == Some(WORKSPACES) {
            lock.workspace_names = cursor.list().unwrap_or_default();
            lock.workspace_versions = cursor.list().unwrap_or_default();
        }
        Ok(lock)
    }

    /// The bytes of one package in a column: the widths of the columns before, and its own.
    fn cell(&self, before: &[usize], width: usize, row: usize) -> Option<(usize, &'a [u8])> {
        let columns = before.iter().fold(0_usize, |sum, width| sum.saturating_add(*width)).checked_mul(self.count)?;
        let at = self.begin.checked_add(columns)?.checked_add(row.checked_mul(width)?)?;
        Some((at, self.bytes.get(at..at.checked_add(width)?)?))
    }

    /// A package; `None` when a text of it is not there.
    pub(super) fn package(&self, row: usize) -> Option<Package> {
        let resolution = self.resolution;
        let (offset, name) = self.cell(&[], 8, row)?;
        let (_, hash) = self.cell(&[8], 8, row)?;
        let (_, origin) = self.cell(&[8, 8], resolution, row)?;
        let (_, needs) = self.cell(&[8, 8, resolution], 8, row)?;
        let (_, meta) = self.cell(&[8, 8, resolution, 8, 8], META, row)?;
        Some(Package {
            name: self.text(name)?,
            hash: u64::from_le_bytes(hash.try_into().ok()?),
            resolution: self.resolution(origin)?,
            digest: digest(meta.get(INTEGRITY..)?),
            needs: (u32_at(needs, 0)?, u32_at(needs, 4)?),
            offset,
        })
    }

    fn resolution(&self, cell: &[u8]) -> Option<Resolution> {
        let text = |at: usize| self.text(cell.get(at..at.checked_add(8)?)?);
        Some(match cell.first()? {
            1 => Resolution::Root,
            2 => Resolution::Npm(self.version(cell.get(16..)?)?, text(8)?),
            4 | 8 | 64 => Resolution::Path(text(8)?),
            72 => Resolution::Workspace(text(8)?),
            tag @ (16 | 32) => {
                // What was asked for, and the commit that it led to. GitHub's archives have `owner-repository-commit`.
                let resolved = text(32)?;
                let resolved = resolved.rsplit('-').next().unwrap_or_default().to_owned();
                let commit = if resolved.is_empty() { text(24)? } else { resolved };
                let owner = if *tag == 16 { text(8)? } else { String::new() };
                Resolution::Git { owner, repository: text(16)?, commit }
            }
            80 | 100 => Resolution::Archive(text(8)?),
            tag => Resolution::Unknown(*tag),
        })
    }

    /// Three numbers, then prerelease and build.
    fn version(&self, cell: &[u8]) -> Option<String> {
        let number = |at: usize| -> Option<u64> {
            let start = at.checked_mul(self.number)?;
            let bytes = cell.get(start..start.checked_add(self.number)?)?;
            let mut wide = [0_u8; 8];
            wide.get_mut(..self.number)?.copy_from_slice(bytes);
            Some(u64::from_le_bytes(wide))
        };
        let mut version = format!("{}.{}.{}", number(0)?, number(1)?, number(2)?);
        let tags = if self.number == 4 { 16 } else { 24_usize };
        for (mark, at) in [('-', tags), ('+', tags.checked_add(16)?)] {
            let text = self.text(cell.get(at..at.checked_add(8)?)?)?;
            if !text.is_empty() {
                version.push(mark);
                version.push_str(&text);
            }
        }
        Some(version)
    }

    /// The version of a member of the workspace.
    pub(super) fn workspace_version(&self, hash: u64) -> Option<String> {
        let row = self.workspace_names.chunks_exact(8).position(|name| name == hash.to_le_bytes())?;
        let width = self.resolution.checked_sub(16)?;
        self.version(self.workspace_versions.get(row.checked_mul(width)?..)?)
    }

    /// How many dependencies all packages have together.
    pub(super) fn dependencies(&self) -> usize {
        self.dependencies.len().checked_div(DEPENDENCY).unwrap_or_default()
    }

    /// A dependency, by its place in the list of all.
    pub(super) fn need(&self, at: usize) -> Option<Need> {
        let start = at.checked_mul(DEPENDENCY)?;
        let cell = self.dependencies.get(start..start.checked_add(DEPENDENCY)?)?;
        let to = u32_at(self.resolutions, at.checked_mul(4)?).filter(|to| *to < self.count);
        Some(Need { behavior: *cell.get(16)?, to })
    }

    /// A text, from its eight bytes.
    fn text(&self, cell: &[u8]) -> Option<String> {
        let inline = cell.last()? & 0x80 == 0;
        let bytes = if inline {
            cell.split(|byte| *byte == 0).next()?
        } else {
            let (start, length) = (u32_at(cell, 0)?, u32_at(cell, 4)? & 0x7fff_ffff);
            self.strings.get(start..start.checked_add(length)?)?
        };
        std::str::from_utf8(bytes).ok().map(str::to_owned)
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(word.try_into().ok()?)).ok()
}

/// The kind of a digest, and 64 bytes that hold it.
fn digest(cell: &[u8]) -> Option<Digest> {
    let (kind, value) = cell.split_first()?;
    let algorithm = match kind {
        1 => DigestAlgorithm::Sha1,
        2 => DigestAlgorithm::Sha256,
        3 => DigestAlgorithm::Sha384,
        4 => DigestAlgorithm::Sha512,
        _ => return None,
    };
    Digest::from_bytes(algorithm, value.get(..algorithm.len())?).ok()
}
