//! The difference of two outlines; a whole one is the difference from an empty one.
//!
//! Most of what changes from build to build is that one version takes the place of another, which changes every list that names it.
//! So a difference begins with the components that took the places of others: pairs that refer to the same and are referred to by
//! the same. Then come those that left, those that came, and the lists that are still different. Lists name components by their place
//! in the order of numbers.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Outline;
use crate::error::InventoryError;
use crate::posting::{push_varint, take_varint};

/// Makes one outline of another with [`apply`].
pub(crate) fn delta(base: &Outline, outline: &Outline) -> Vec<u8> {
    let left = without(base, outline);
    let came = without(outline, base);
    let pairs = pairs(base, &left, outline, &came);
    let renamed: FxHashMap<u32, u32> = pairs.iter().copied().collect();
    let arrived: FxHashSet<u32> = pairs.iter().map(|(_, new)| *new).collect();
    let mut bytes = Vec::new();
    push_count(&mut bytes, pairs.len());
    let mut before = 0;
    for (old, new) in &pairs {
        push_varint(&mut bytes, old.wrapping_sub(before));
        push_varint(&mut bytes, *new);
        before = *old;
    }
    push_sorted(&mut bytes, left.iter().copied().filter(|number| !renamed.contains_key(number)).collect());
    push_sorted(&mut bytes, came.iter().copied().filter(|number| !arrived.contains(number)).collect());
    let gone: FxHashSet<u32> = left.into_iter().filter(|number| !renamed.contains_key(number)).collect();
    let kept = carried(base, &renamed, &gone);
    let places: FxHashMap<u32, u32> =
        outline.nodes.iter().zip(0_u32..).map(|((number, _), at)| (*number, at)).collect();
    let mut lists = Vec::new();
    for ((number, targets), at) in outline.nodes.iter().zip(0_u32..) {
        if kept.get(number).map_or(&[][..], Vec::as_slice) != targets.as_slice() {
            lists.push((at, targets));
        }
    }
    push_count(&mut bytes, lists.len());
    let mut before = 0;
    for (at, targets) in lists {
        push_varint(&mut bytes, at.wrapping_sub(before));
        before = at;
        push_sorted(&mut bytes, targets.iter().filter_map(|target| places.get(target).copied()).collect());
    }
    bytes
}

/// Undoes [`delta`].
pub(crate) fn apply(base: &Outline, mut bytes: &[u8]) -> Result<Outline, InventoryError> {
    let short = || InventoryError::Damaged { table: "outline", reason: "it stops short" };
    let bytes = &mut bytes;
    let mut renamed = FxHashMap::default();
    let mut before = 0_u32;
    for _ in 0..take_count(bytes)? {
        let old = before.wrapping_add(take_varint(bytes).ok_or_else(short)?);
        renamed.insert(old, take_varint(bytes).ok_or_else(short)?);
        before = old;
    }
    let gone: FxHashSet<u32> = take_sorted(bytes)?.into_iter().collect();
    let mut kept = carried(base, &renamed, &gone);
    for number in take_sorted(bytes)? {
        kept.insert(number, Vec::new());
    }
    let mut nodes: Vec<(u32, Vec<u32>)> = kept.into_iter().collect();
    nodes.sort_unstable_by_key(|(number, _)| *number);
    let numbers: Vec<u32> = nodes.iter().map(|(number, _)| *number).collect();
    let mut at = 0_u32;
    for _ in 0..take_count(bytes)? {
        at = at.wrapping_add(take_varint(bytes).ok_or_else(short)?);
        let places = take_sorted(bytes)?;
        let targets: Option<Vec<u32>> = places.iter().map(|place| numbers.get(*place as usize).copied()).collect();
        let (Some(node), Some(targets)) = (nodes.get_mut(at as usize), targets) else {
            return Err(InventoryError::Damaged { table: "outline", reason: "a place that is not there" });
        };
        node.1 = targets;
    }
    Ok(Outline { nodes })
}

/// The numbers of one outline that are not in another.
fn without(outline: &Outline, other: &Outline) -> Vec<u32> {
    let mut rest = other.nodes.as_slice();
    let mut left = Vec::new();
    for (number, _) in &outline.nodes {
        while let Some(((first, _), after)) = rest.split_first()
            && first < number
        {
            rest = after;
        }
        if rest.first().is_none_or(|(first, _)| first != number) {
            left.push(*number);
        }
    }
    left
}

/// Which took the place of which.
fn pairs(base: &Outline, left: &[u32], outline: &Outline, came: &[u32]) -> Vec<(u32, u32)> {
    if left.is_empty() || came.is_empty() {
        return Vec::new();
    }
    let mut by_neighbours: FxHashMap<u64, VecDeque<u32>> = FxHashMap::default();
    for (number, neighbours) in neighbours(base, left) {
        by_neighbours.entry(neighbours).or_default().push_back(number);
    }
    let new = neighbours(outline, came);
    let mut pairs: Vec<(u32, u32)> = new
        .into_iter()
        .filter_map(|(new, neighbours)| Some((by_neighbours.get_mut(&neighbours)?.pop_front()?, new)))
        .collect();
    pairs.sort_unstable();
    pairs
}

/// One number for all that some components refer to and are referred to by, themselves left out.
fn neighbours(outline: &Outline, numbers: &[u32]) -> Vec<(u32, u64)> {
    let known = |number: &u32| numbers.binary_search(number).ok();
    let mix = |number: u32, way: u64| {
        let mixed = (u64::from(number) << 1 | way).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    };
    let mut sums = vec![0_u64; numbers.len()];
    let mut add = |at: usize, value: u64| {
        if let Some(sum) = sums.get_mut(at) {
            *sum = sum.wrapping_add(value);
        }
    };
    for (number, targets) in &outline.nodes {
        let from = known(number);
        for target in targets {
            match (from, known(target)) {
                (Some(from), None) => add(from, mix(*target, 0)),
                (None, Some(to)) => add(to, mix(*number, 1)),
                _ => {}
            }
        }
    }
    numbers.iter().copied().zip(sums).collect()
}

/// What is left of an outline under new names.
fn carried(base: &Outline, renamed: &FxHashMap<u32, u32>, gone: &FxHashSet<u32>) -> FxHashMap<u32, Vec<u32>> {
    let name = |number: &u32| (!gone.contains(number)).then(|| renamed.get(number).copied().unwrap_or(*number));
    let mut carried = FxHashMap::with_capacity_and_hasher(base.nodes.len(), rustc_hash::FxBuildHasher);
    for (number, targets) in &base.nodes {
        let Some(number) = name(number) else { continue };
        let mut targets: Vec<u32> = targets.iter().filter_map(name).collect();
        targets.sort_unstable();
        carried.insert(number, targets);
    }
    carried
}

fn push_count(bytes: &mut Vec<u8>, count: usize) {
    push_varint(bytes, u32::try_from(count).unwrap_or(u32::MAX));
}

/// How many things follow; each takes up a byte at least.
fn take_count(bytes: &mut &[u8]) -> Result<usize, InventoryError> {
    let count = take_varint(bytes).map(|count| count as usize).filter(|count| *count <= bytes.len());
    count.ok_or(InventoryError::Damaged { table: "outline", reason: "it stops short" })
}

fn push_sorted(bytes: &mut Vec<u8>, mut numbers: Vec<u32>) {
    numbers.sort_unstable();
    push_count(bytes, numbers.len());
    let mut before = 0;
    for number in numbers {
        push_varint(bytes, number.wrapping_sub(before));
        before = number;
    }
}

fn take_sorted(bytes: &mut &[u8]) -> Result<Vec<u32>, InventoryError> {
    let mut before = 0_u32;
    let count = take_count(bytes)?;
    let mut numbers = Vec::with_capacity(count);
    for _ in 0..count {
        let gap = take_varint(bytes).ok_or(InventoryError::Damaged { table: "outline", reason: "it stops short" })?;
        before = before.wrapping_add(gap);
        numbers.push(before);
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(nodes: &[(u32, &[u32])]) -> Outline {
        Outline { nodes: nodes.iter().map(|(number, targets)| (*number, targets.to_vec())).collect() }
    }

    #[test]
    fn differences_come_back() {
        let base = outline(&[(0, &[3, 9]), (3, &[5, 9]), (5, &[]), (9, &[5]), (70_000, &[])]);
        let others = [
            base.clone(),
            Outline::default(),
            // 9 became 12.
            outline(&[(0, &[3, 12]), (3, &[5, 12]), (5, &[]), (12, &[5]), (70_000, &[])]),
            // 5 left, 8 came, 3 refers to it.
            outline(&[(0, &[3, 9]), (3, &[8, 9]), (8, &[9]), (9, &[]), (70_000, &[0, 3])]),
            outline(&[(1, &[2]), (2, &[1]), (u32::MAX, &[1, 2])]),
        ];
        for one in &others {
            for other in &others {
                assert_eq!(&apply(one, &delta(one, other)).unwrap(), other);
            }
        }
        assert_eq!(delta(&base, &others[2]), [1, 9, 12, 0, 0, 0]);
        assert!(delta(&base, &base).len() == 4);
    }

    #[test]
    fn damage_is_an_error() {
        let base = outline(&[(0, &[3]), (3, &[])]);
        for bytes in [&[][..], &[1], &[9, 1, 1], &[0, 0, 0, 1, 9, 0], &[0, 0, 0, 1, 0, 1, 9], &[0, 0, 200]] {
            assert!(apply(&base, bytes).is_err(), "{bytes:?}");
        }
    }
}
