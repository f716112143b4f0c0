//! Outlines: the components of a document and what refers to what, in a few hundred bytes.
//!
//! A record for each component, in the order of their numbers: its number, how many it refers to, their numbers. `0` is what
//! the document is about. Builds of one thing differ little, so an outline is compressed against that of another build where
//! there is one.

use crate::InventoryError;
use crate::posting::{push_varint, take_varint};

/// The most bytes that an outline may have.
const MAX_BYTES: usize = 256 << 20;

/// Components with what each refers to, in the order of their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    pub(crate) nodes: Vec<(u32, Vec<u32>)>,
}

impl Outline {
    /// Of the numbers of items, which may repeat, and edges between the places of items, 0 being the document's subject.
    pub(crate) fn new(items: &[u32], edges: &[(u32, u32)]) -> Self {
        let number = |place: u32| match place.checked_sub(1) {
            None => Some(0),
            Some(place) => items.get(place as usize).copied(),
        };
        let mut pairs: Vec<(u32, u32)> = edges
            .iter()
            .filter_map(|(from, to)| Some((number(*from)?, number(*to)?)))
            .filter(|(from, to)| from != to && *to != 0)
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut numbers: Vec<u32> = items.to_vec();
        numbers.push(0);
        numbers.sort_unstable();
        numbers.dedup();
        let mut rest = pairs.as_slice();
        let nodes = numbers
            .into_iter()
            .map(|number| {
                let count = rest.iter().take_while(|(from, _)| *from == number).count();
                let (own, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
                rest = after;
                (number, own.iter().map(|(_, to)| *to).collect())
            })
            .collect();
        Self { nodes }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.nodes.len().saturating_mul(6));
        for (number, targets) in &self.nodes {
            push_varint(&mut bytes, *number);
            push_varint(&mut bytes, u32::try_from(targets.len()).unwrap_or(u32::MAX));
            targets.iter().for_each(|target| push_varint(&mut bytes, *target));
        }
        bytes
    }

    pub(crate) fn decode(mut bytes: &[u8]) -> Result<Self, InventoryError> {
        let damaged = || InventoryError::Damaged { table: "outline", reason: "it stops short" };
        let mut nodes = Vec::new();
        while !bytes.is_empty() {
            let number = take_varint(&mut bytes).ok_or_else(damaged)?;
            let count = take_varint(&mut bytes).ok_or_else(damaged)? as usize;
            // Each takes up a byte at least.
            if count > bytes.len() {
                return Err(damaged());
            }
            let mut targets = Vec::with_capacity(count);
            for _ in 0..count {
                targets.push(take_varint(&mut bytes).ok_or_else(damaged)?);
            }
            nodes.push((number, targets));
        }
        Ok(Self { nodes })
    }

    /// What a component refers to; nothing for one that is not there.
    pub(crate) fn targets(&self, number: u32) -> &[u32] {
        let at = self.nodes.binary_search_by_key(&number, |(number, _)| *number).ok();
        at.and_then(|at| self.nodes.get(at)).map_or(&[], |(_, targets)| targets)
    }

    /// Whether a component is there.
    pub(crate) fn contains(&self, number: u32) -> bool {
        self.nodes.binary_search_by_key(&number, |(number, _)| *number).is_ok()
    }

    /// What several documents say, taken together.
    pub(crate) fn union(outlines: Vec<Self>) -> Self {
        let mut outlines = outlines.into_iter();
        let Some(first) = outlines.next() else { return Self::default() };
        outlines.fold(first, |all, more| {
            let mut nodes = all.nodes;
            nodes.extend(more.nodes);
            nodes.sort_by_key(|(number, _)| *number);
            let mut joined: Vec<(u32, Vec<u32>)> = Vec::with_capacity(nodes.len());
            for (number, targets) in nodes {
                match joined.last_mut() {
                    Some((last, held)) if *last == number => {
                        held.extend(targets);
                        held.sort_unstable();
                        held.dedup();
                    }
                    _ => joined.push((number, targets)),
                }
            }
            Self { nodes: joined }
        })
    }

    /// The components, without what the document is about.
    pub(crate) fn components(&self) -> impl Iterator<Item = u32> {
        self.nodes.iter().map(|(number, _)| *number).filter(|number| *number != 0)
    }
}

/// Compresses an outline, against another where one is given.
pub(crate) fn compress(outline: &[u8], base: &[u8]) -> Result<Vec<u8>, InventoryError> {
    let failed = |error| InventoryError::store("compress", error);
    let mut compressor = zstd::bulk::Compressor::with_dictionary(3, base).map_err(failed)?;
    let mut bytes = Vec::new();
    push_varint(&mut bytes, u32::try_from(outline.len()).unwrap_or(u32::MAX));
    bytes.extend(compressor.compress(outline).map_err(failed)?);
    Ok(bytes)
}

/// Undoes [`compress`].
pub(crate) fn decompress(mut bytes: &[u8], base: &[u8]) -> Result<Vec<u8>, InventoryError> {
    let damaged = |reason| InventoryError::Damaged { table: "outline", reason };
    let length = take_varint(&mut bytes).ok_or_else(|| damaged("no length"))? as usize;
    if length > MAX_BYTES {
        return Err(damaged("too long"));
    }
    let mut decompressor =
        zstd::bulk::Decompressor::with_dictionary(base).map_err(|error| InventoryError::store("decompress", error))?;
    let outline = decompressor.decompress(bytes, length).map_err(|_| damaged("not what was compressed"))?;
    if outline.len() == length { Ok(outline) } else { Err(damaged("not of its length")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_come_back() {
        let outline = Outline::new(&[7, 300, 7, 12], &[(0, 1), (1, 2), (1, 2), (3, 4), (2, 4), (9, 1)]);
        assert_eq!(outline.nodes, [(0, vec![7]), (7, vec![12, 300]), (12, vec![]), (300, vec![12])]);
        let bytes = outline.encode();
        assert_eq!(Outline::decode(&bytes).unwrap(), outline);
        let base = Outline::new(&[7, 300], &[(1, 2)]).encode();
        for base in [&[][..], &base] {
            let small = compress(&bytes, base).unwrap();
            assert_eq!(decompress(&small, base).unwrap(), bytes);
        }
        assert!(decompress(&[5, 1, 2], &[]).is_err());
        assert!(Outline::decode(&[1, 9]).is_err());
    }
}
