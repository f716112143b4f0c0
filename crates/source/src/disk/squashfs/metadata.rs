//! The blocks of inodes, directories and tables: two bytes of length, then up to 8 KiB when decompressed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;

use super::Squashfs;
use crate::disk::volume::{bytes, invalid, little};

const SIZE: usize = 8192;
/// Blocks that are held, since the inodes of a directory are together.
const HELD: usize = 64;

/// A block, and where the one after it starts.
#[derive(Clone)]
struct Block {
    start: u64,
    content: Rc<Vec<u8>>,
    next: u64,
}

/// The blocks that were read last.
#[derive(Default)]
pub(super) struct Blocks(RefCell<VecDeque<Block>>);

impl Blocks {
    fn get(&self, system: &Squashfs<'_>, start: u64) -> io::Result<Block> {
        if let Some(block) = self.0.borrow().iter().find(|block| block.start == start) {
            return Ok(block.clone());
        }
        let head = little(&bytes::<2>(&**system.volume, start)?, 0, 2);
        let stored = usize::try_from(head & 0x7fff).unwrap_or_default();
        let from = start.saturating_add(2);
        let content = Rc::new(system.block(from, stored, head & 0x8000 == 0, SIZE)?);
        let block = Block { start, content, next: from.saturating_add(stored as u64) };
        let mut held = self.0.borrow_mut();
        held.truncate(HELD.saturating_sub(1));
        held.push_front(block.clone());
        Ok(block)
    }
}

/// A place in a chain of blocks.
pub(super) struct Cursor {
    block: u64,
    offset: u64,
}

impl Cursor {
    pub(super) fn new(block: u64, offset: u64) -> Self {
        Self { block, offset }
    }

    /// The next bytes; `length` is bounded by the caller.
    pub(super) fn read(&mut self, system: &Squashfs<'_>, length: u64) -> io::Result<Vec<u8>> {
        let mut out = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.fill(system, &mut out)?;
        Ok(out)
    }

    /// The next `N` bytes.
    pub(super) fn take<const N: usize>(&mut self, system: &Squashfs<'_>) -> io::Result<[u8; N]> {
        let mut out = [0; N];
        self.fill(system, &mut out)?;
        Ok(out)
    }

    fn fill(&mut self, system: &Squashfs<'_>, out: &mut [u8]) -> io::Result<()> {
        let mut filled = 0_usize;
        while filled < out.len() {
            let block = system.blocks.get(system, self.block)?;
            let from = usize::try_from(self.offset).unwrap_or(usize::MAX);
            let there = block.content.get(from..).unwrap_or_default();
            if there.is_empty() {
                // Only a whole block goes on in the next one.
                if block.content.len() < SIZE || from > SIZE {
                    return Err(invalid("squashfs: metadata ends too early"));
                }
                (self.block, self.offset) = (block.next, 0);
                continue;
            }
            let rest = out.get_mut(filled..).unwrap_or_default();
            let count = rest.len().min(there.len());
            if let (Some(to), Some(from)) = (rest.get_mut(..count), there.get(..count)) {
                to.copy_from_slice(from);
            }
            filled = filled.saturating_add(count);
            self.offset = self.offset.saturating_add(count as u64);
        }
        Ok(())
    }
}
