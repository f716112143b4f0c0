//! Files: whole blocks one after the other, then perhaps a part of a fragment.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;

use super::Squashfs;
use crate::Body;
use crate::disk::volume::invalid;

/// Where a block is; nothing is stored of one that is all zeros.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    start: u64,
    pub(super) stored: u32,
    compressed: bool,
}

impl Extent {
    /// From the place and the word that says how long it is and, in bit 24, that it is not compressed.
    pub(super) fn new(start: u64, size: u64) -> Self {
        let stored = u32::try_from(size & 0xff_ffff).unwrap_or_default();
        Self { start, stored, compressed: size & 0x100_0000 == 0 }
    }

    fn read(self, system: &Squashfs<'_>) -> io::Result<Vec<u8>> {
        let limit = usize::try_from(system.block_size).unwrap_or_default();
        system.block(self.start, usize::try_from(self.stored).unwrap_or(usize::MAX), self.compressed, limit)
    }
}

/// Fragments that are held, since the small files of a directory share them.
const HELD: usize = 8;

/// The fragments that were read last, by where they start.
#[derive(Default)]
pub(super) struct Fragments(RefCell<VecDeque<(u64, Rc<Vec<u8>>)>>);

impl Fragments {
    fn get(&self, system: &Squashfs<'_>, extent: Extent) -> io::Result<Rc<Vec<u8>>> {
        if let Some((_, content)) = self.0.borrow().iter().find(|(start, _)| *start == extent.start) {
            return Ok(Rc::clone(content));
        }
        let content = Rc::new(extent.read(system)?);
        let mut held = self.0.borrow_mut();
        held.truncate(HELD.saturating_sub(1));
        held.push_front((extent.start, Rc::clone(&content)));
        Ok(content)
    }
}

/// The content of a file.
pub(super) struct Content<'a> {
    system: &'a Squashfs<'a>,
    length: u64,
    extents: Vec<Extent>,
    /// The fragment, and where the end of this file begins in it.
    tail: Option<(Extent, u64)>,
    /// The block that was read last.
    last: RefCell<Option<(usize, Rc<Vec<u8>>)>>,
}

impl<'a> Content<'a> {
    pub(super) fn new(
        system: &'a Squashfs<'a>,
        length: u64,
        extents: Vec<Extent>,
        tail: Option<(Extent, u64)>,
    ) -> Self {
        Self { system, length, extents, tail, last: RefCell::default() }
    }

    fn block(&self, index: usize, extent: Extent) -> io::Result<Rc<Vec<u8>>> {
        if let Some((last, content)) = &*self.last.borrow()
            && *last == index
        {
            return Ok(Rc::clone(content));
        }
        let content = Rc::new(extent.read(self.system)?);
        *self.last.borrow_mut() = Some((index, Rc::clone(&content)));
        Ok(content)
    }
}

impl Body for Content<'_> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(offset);
        if left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let block_size = u64::from(self.system.block_size);
        let mask = block_size.saturating_sub(1);
        let within = offset & mask;
        let index = usize::try_from(offset >> self.system.block_size.trailing_zeros()).unwrap_or(usize::MAX);
        let room = left.min(block_size.saturating_sub(within));
        let count = buffer.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let Some(buffer) = buffer.get_mut(..count) else { return Ok(0) };
        let (content, from) = match (self.extents.get(index), self.tail) {
            (Some(extent), _) if extent.stored == 0 => {
                buffer.fill(0);
                return Ok(count);
            }
            (Some(&extent), _) => (self.block(index, extent)?, within),
            (None, Some((fragment, start))) => {
                (self.system.fragments.get(self.system, fragment)?, within.saturating_add(start))
            }
            (None, None) => return Err(invalid("squashfs: the file has fewer blocks than its length")),
        };
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let there = from.checked_add(count).and_then(|end| content.get(from..end));
        buffer.copy_from_slice(there.ok_or_else(|| invalid("squashfs: a block is shorter than its file says"))?);
        Ok(count)
    }
}
