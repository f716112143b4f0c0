//! The Merkle tree of RFC 6962 §2.1.
//!
//! The hashes of all complete subtrees are kept, by level, so that a root and a proof take a logarithm of hashes.

use sha2::{Digest as _, Sha256};

/// A hash of a leaf or node.
pub(crate) type Hash = [u8; 32];

/// A tree that grows.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// `levels[k][i]` is the hash of the leaves `i·2^k .. (i+1)·2^k`.
    levels: Vec<Vec<Hash>>,
}

/// RFC 6962 §2.1: a leaf is hashed with 0 before it, so that no node can pass for one.
pub(crate) fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

impl Tree {
    pub(crate) fn len(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Adds a leaf and gives its index.
    pub(crate) fn push(&mut self, leaf: &[u8]) -> u64 {
        let index = self.len();
        let mut hash = leaf_hash(leaf);
        let mut level = 0_usize;
        loop {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(level) else { return index };
            hashes.push(hash);
            let [.., left, right] = hashes.as_slice() else { return index };
            if !hashes.len().is_multiple_of(2) {
                return index;
            }
            hash = node_hash(left, right);
            level = level.saturating_add(1);
        }
    }

    /// The hashes of a level, for tiles.
    pub(crate) fn level(&self, level: usize) -> &[Hash] {
        self.levels.get(level).map_or(&[], Vec::as_slice)
    }

    /// The root of the whole tree. That of the empty one is the hash of nothing.
    pub(crate) fn root(&self) -> Hash {
        self.range(0, self.len()).unwrap_or_else(|| Sha256::digest(b"").into())
    }

    /// The path from a leaf to the root (RFC 6962 §2.1.1), from the leaf upwards. `None` when there is no such leaf.
    pub(crate) fn proof(&self, index: u64) -> Option<Vec<Hash>> {
        let (mut start, mut end) = (0, self.len());
        if index >= end {
            return None;
        }
        let mut path = Vec::new();
        while end.saturating_sub(start) > 1 {
            let middle = start.checked_add(split(end.saturating_sub(start)))?;
            if index < middle {
                path.push(self.range(middle, end)?);
                end = middle;
            } else {
                path.push(self.range(start, middle)?);
                start = middle;
            }
        }
        path.reverse();
        Some(path)
    }

    /// The hash of some leaves. `start` is a multiple of the smallest power of two that is not below their number: the only
    /// ranges that the recursion of the RFC asks for.
    fn range(&self, start: u64, end: u64) -> Option<Hash> {
        let size = end.checked_sub(start)?;
        if size == 0 {
            return None;
        }
        if size.is_power_of_two() {
            let level = size.trailing_zeros();
            let at = usize::try_from(start.checked_shr(level)?).ok()?;
            return self.levels.get(level as usize)?.get(at).copied();
        }
        let middle = start.checked_add(split(size))?;
        Some(node_hash(&self.range(start, middle)?, &self.range(middle, end)?))
    }
}

/// The largest power of two below a number above one.
fn split(size: u64) -> u64 {
    size.next_power_of_two().checked_div(2).unwrap_or(1)
}

#[cfg(test)]
#[path = "tests/merkle.rs"]
mod tests;
