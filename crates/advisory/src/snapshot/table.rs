//! A sorted table of compressed blocks.
//!
//! A block is a run of entries, each the length of the key, the key, the length of the value and the value; lengths are
//! LEB128. The index names each block by its first key.

use std::fs::File;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::file::{decode, read_exact_at};
use super::header::TablePlace;
use crate::error::SnapshotError;

/// A block is closed once it has this many bytes.
const BLOCK: usize = 32 << 10;
/// An entry larger than a block makes one of its own, up to this.
const LARGEST_BLOCK: u64 = 256 << 20;
/// No index is longer: 64 bytes for each of a million blocks.
const LONGEST_INDEX: u64 = 64 << 20;
/// How hard blocks are compressed: past this the file shrinks by little.
const LEVEL: i32 = 7;
/// So many blocks are compressed at once.
const BATCH: usize = 256;

/// A block in the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct BlockPlace {
    first: Vec<u8>,
    offset: u64,
    length: u64,
    raw: u64,
    digest: [u8; 16],
}

/// Writes a table; entries come in the order of their keys.
pub(super) struct TableWriter<'a> {
    out: &'a mut dyn FnMut(&[u8]) -> Result<(), SnapshotError>,
    offset: u64,
    entries: u64,
    index: Vec<BlockPlace>,
    current: (Vec<u8>, Vec<u8>),
    waiting: Vec<(Vec<u8>, Vec<u8>)>,
}

impl<'a> TableWriter<'a> {
    /// A table whose blocks start at this offset.
    pub(super) fn new(out: &'a mut dyn FnMut(&[u8]) -> Result<(), SnapshotError>, offset: u64) -> Self {
        Self { out, offset, entries: 0, index: Vec::new(), current: Default::default(), waiting: Vec::new() }
    }

    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) -> Result<(), SnapshotError> {
        let (first, block) = &mut self.current;
        if block.is_empty() {
            first.extend_from_slice(key);
        }
        for part in [key, value] {
            write_length(block, part.len());
            block.extend_from_slice(part);
        }
        self.entries = self.entries.saturating_add(1);
        if block.len() >= BLOCK {
            self.waiting.push(std::mem::take(&mut self.current));
        }
        if self.waiting.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), SnapshotError> {
        let waiting = std::mem::take(&mut self.waiting);
        let packed: Vec<_> = waiting
            .into_par_iter()
            .map(|(first, raw)| (first, raw.len() as u64, zstd::bulk::compress(&raw, LEVEL)))
            .collect();
        for (first, raw, bytes) in packed {
            let bytes = bytes.map_err(SnapshotError::Read)?;
            if raw > LARGEST_BLOCK {
                return Err(SnapshotError::TooLarge { what: "one entry" });
            }
            let length = bytes.len() as u64;
            self.index.push(BlockPlace { first, offset: self.offset, length, raw, digest: short_digest(&bytes) });
            (self.out)(&bytes)?;
            self.offset = self.offset.saturating_add(length);
        }
        Ok(())
    }

    /// The end of the blocks, the number of entries, and the index, to be placed.
    pub(super) fn finish(mut self) -> Result<(u64, u64, Vec<u8>), SnapshotError> {
        if !self.current.1.is_empty() {
            self.waiting.push(std::mem::take(&mut self.current));
        }
        self.flush()?;
        let index = postcard::to_stdvec(&self.index).map_err(|_| SnapshotError::TooLarge { what: "an index" })?;
        if index.len() as u64 > LONGEST_INDEX {
            return Err(SnapshotError::TooLarge { what: "an index" });
        }
        Ok((self.offset, self.entries, index))
    }
}

/// A table of a file that is open.
#[derive(Debug)]
pub(super) struct Table {
    file: Arc<File>,
    index: Vec<BlockPlace>,
    blocks: Vec<OnceLock<Arc<[u8]>>>,
}

impl Table {
    /// Reads the index.
    pub(super) fn open(file: &Arc<File>, place: &TablePlace) -> Result<Self, SnapshotError> {
        if place.length > LONGEST_INDEX {
            return Err(SnapshotError::Damaged { what: "the length of an index" });
        }
        let bytes = read_exact_at(file, place.offset, place.length)?;
        if Sha256::digest(&bytes).as_slice() != place.sha256 {
            return Err(SnapshotError::Damaged { what: "an index" });
        }
        let index: Vec<BlockPlace> = decode(&bytes)?;
        let blocks = index.iter().map(|_| OnceLock::new()).collect();
        Ok(Self { file: Arc::clone(file), index, blocks })
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, SnapshotError> {
        let mut found = None;
        self.from(key, |held, value| {
            if held == key {
                found = Some(value.to_vec());
            }
            held < key
        })?;
        Ok(found)
    }

    /// The values of all keys that start so.
    pub(super) fn with_prefix(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>, SnapshotError> {
        let mut found = Vec::new();
        self.from(prefix, |key, value| {
            let starts = key.starts_with(prefix);
            if starts {
                found.push(value.to_vec());
            }
            starts || key < prefix
        })?;
        Ok(found)
    }

    /// Goes through entries from the block that may hold `key`, as long as `more` says so.
    fn from(&self, key: &[u8], mut more: impl FnMut(&[u8], &[u8]) -> bool) -> Result<(), SnapshotError> {
        let after = self.index.partition_point(|block| block.first.as_slice() <= key);
        for number in after.saturating_sub(1)..self.index.len() {
            let block = self.block(number)?;
            let mut rest = &*block;
            while !rest.is_empty() {
                let (held, value) = entry(&mut rest)?;
                if !more(held, value) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Goes through all entries; blocks are not kept.
    pub(super) fn each<E: From<SnapshotError>>(
        &self,
        mut each: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for place in &self.index {
            let block = self.read(place)?;
            let mut rest = block.as_slice();
            while !rest.is_empty() {
                let (key, value) = entry(&mut rest)?;
                each(key, value)?;
            }
        }
        Ok(())
    }

    fn block(&self, number: usize) -> Result<Arc<[u8]>, SnapshotError> {
        let gone = SnapshotError::Damaged { what: "an index" };
        let (Some(place), Some(slot)) = (self.index.get(number), self.blocks.get(number)) else { return Err(gone) };
        if let Some(block) = slot.get() {
            return Ok(Arc::clone(block));
        }
        let block = self.read(place)?.into();
        Ok(Arc::clone(slot.get_or_init(|| block)))
    }

    fn read(&self, place: &BlockPlace) -> Result<Vec<u8>, SnapshotError> {
        let damaged = SnapshotError::Damaged { what: "a block" };
        if place.raw > LARGEST_BLOCK || place.length > LARGEST_BLOCK {
            return Err(damaged);
        }
        let bytes = read_exact_at(&self.file, place.offset, place.length)?;
        let (Ok(raw), true) = (usize::try_from(place.raw), short_digest(&bytes) == place.digest) else {
            return Err(damaged);
        };
        let block = zstd::bulk::decompress(&bytes, raw).map_err(|_| SnapshotError::Damaged { what: "a block" })?;
        if block.len() == raw { Ok(block) } else { Err(damaged) }
    }
}

fn short_digest(bytes: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    short.iter_mut().zip(Sha256::digest(bytes)).for_each(|(to, from)| *to = from);
    short
}

fn write_length(out: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        out.push(u8::try_from(length & 0x7f).unwrap_or_default() | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap_or_default());
}

/// Takes the next entry off a block.
fn entry<'a>(rest: &mut &'a [u8]) -> Result<(&'a [u8], &'a [u8]), SnapshotError> {
    Ok((part(rest)?, part(rest)?))
}

fn part<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], SnapshotError> {
    let damaged = || SnapshotError::Damaged { what: "an entry" };
    let mut length = 0_u64;
    for shift in (0..63_u32).step_by(7) {
        let (byte, after) = rest.split_first().ok_or_else(damaged)?;
        *rest = after;
        length |= u64::from(byte & 0x7f).checked_shl(shift).ok_or_else(damaged)?;
        if byte & 0x80 == 0 {
            let length = usize::try_from(length).map_err(|_| damaged())?;
            let (part, after) = rest.split_at_checked(length).ok_or_else(damaged)?;
            *rest = after;
            return Ok(part);
        }
    }
    Err(damaged())
}
