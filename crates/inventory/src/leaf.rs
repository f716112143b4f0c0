//! Leaves: posting lists of neighbouring items in one row of the store.
//!
//! Most lists have a few bytes, far less than what a row costs. A leaf begins with its first item, which is its key; then come, for
//! each list, the gap to the item before, its length, and its bytes.

use crate::error::InventoryError;

/// Bytes of lists in a leaf. SQLite keeps rows of up to a quarter of its page in place; PostgreSQL leaves them as they are.
const LEAF_BYTES: usize = 940;

/// A leaf: the first item, and the lists.
pub(crate) type Leaf = (i64, Vec<u8>);

/// Makes leaves of lists of one kind, whose items come in order.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    first: i64,
    last: i64,
    bytes: Vec<u8>,
    done: Vec<Leaf>,
}

impl Leaves {
    /// The next list.
    pub(crate) fn push(&mut self, item: i64, list: &[u8]) {
        if !self.bytes.is_empty() && self.bytes.len().saturating_add(list.len()).saturating_add(12) > LEAF_BYTES {
            self.end();
        }
        if self.bytes.is_empty() {
            (self.first, self.last) = (item, item);
        }
        // Items are in order, so the gap fits even between the outermost.
        push_number(&mut self.bytes, item.wrapping_sub(self.last).cast_unsigned());
        push_number(&mut self.bytes, list.len() as u64);
        self.bytes.extend_from_slice(list);
        self.last = item;
    }

    fn end(&mut self) {
        if !self.bytes.is_empty() {
            self.done.push((self.first, std::mem::take(&mut self.bytes)));
        }
    }

    /// How many leaves are full.
    pub(crate) fn full(&self) -> usize {
        self.done.len()
    }

    /// The leaves that are full; the one that is being filled is kept.
    pub(crate) fn take(&mut self) -> Vec<Leaf> {
        std::mem::take(&mut self.done)
    }

    /// All leaves that are left.
    pub(crate) fn finish(mut self) -> Vec<Leaf> {
        self.end();
        self.done
    }
}

/// Reads the lists of a leaf.
#[derive(Debug)]
pub(crate) struct Lists<'l> {
    item: i64,
    bytes: &'l [u8],
}

impl<'l> Lists<'l> {
    /// Of a leaf that begins with this item.
    pub(crate) fn new(first: i64, bytes: &'l [u8]) -> Self {
        Self { item: first, bytes }
    }

    /// The next item and its list.
    pub(crate) fn next(&mut self) -> Result<Option<(i64, &'l [u8])>, InventoryError> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let damaged = || InventoryError::Damaged { table: "posting", reason: "a leaf that stops" };
        let gap = take_number(&mut self.bytes).ok_or_else(damaged)?;
        let length = take_number(&mut self.bytes).and_then(|length| usize::try_from(length).ok());
        let (list, rest) = length.and_then(|length| self.bytes.split_at_checked(length)).ok_or_else(damaged)?;
        self.bytes = rest;
        self.item = self.item.wrapping_add(gap.cast_signed());
        Ok(Some((self.item, list)))
    }
}

fn push_number(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f).wrapping_shl(shift);
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(leaves: &[Leaf]) -> Vec<(i64, Vec<u8>)> {
        let mut all = Vec::new();
        for (first, bytes) in leaves {
            let mut lists = Lists::new(*first, bytes);
            while let Some((item, list)) = lists.next().unwrap() {
                all.push((item, list.to_vec()));
            }
        }
        all
    }

    #[test]
    fn lists_come_back() {
        let mut leaves = Leaves::default();
        let mut pushed = vec![(i64::MIN, vec![1, 2]), (-5, vec![]), (i64::from(u32::MAX), vec![7; 5000])];
        pushed.extend((0..500).map(|item| (item * 3 + (1 << 40), vec![item as u8; 9])));
        pushed.push((i64::MAX, vec![3]));
        for (item, list) in &pushed {
            leaves.push(*item, list);
        }
        let leaves = leaves.finish();
        assert_eq!(all(&leaves), pushed);
        assert!(leaves.len() > 5 && leaves.iter().filter(|(_, bytes)| bytes.len() > LEAF_BYTES).count() == 1);
    }

    #[test]
    fn damage_is_an_error() {
        for bytes in [&[0x80][..], &[0], &[0, 5, 1], &[0xff; 12]] {
            assert!(Lists::new(0, bytes).next().is_err(), "{bytes:?}");
        }
    }
}
