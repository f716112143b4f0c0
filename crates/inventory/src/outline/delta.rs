//! The difference of two outlines; a whole one is the difference from an empty one.
//!
//! Most of what changes from build to build is that one version takes the place of another, which changes every list that names it.
//! So a difference begins with the components that took the places of others: pairs that refer to the same and are referred to by
//! the same. Then come those that left, those that came, and the lists that are still different. Lists name components by their place
//! in the order of numbers.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::Outline;
use crate::error::InventoryError;
use crate::posting::{push_varint, take_varint};

/// Makes one outline of another with [`apply`].
pub(crate) fn delta(base: &Outline, outline: &Outline) -> Vec<u8> {
    let left = without(&base.numbers, &outline.numbers);
    let came = without(&outline.numbers, &base.numbers);
    let pairs = pairs(base, &left, outline, &came);
    let mut arrived: Vec<u32> = pairs.iter().map(|(_, new)| *new).collect();
    arrived.sort_unstable();
    let gone = without(&left, &pairs.iter().map(|(old, _)| *old).collect::<Vec<_>>());
    let mut bytes = Vec::new();
    push_count(&mut bytes, pairs.len());
    let mut before = 0;
    for (old, new) in &pairs {
        push_varint(&mut bytes, old.wrapping_sub(before));
        push_varint(&mut bytes, *new);
        before = *old;
    }
    push_sorted(&mut bytes, &gone);
    push_sorted(&mut bytes, &without(&came, &arrived));
    let changes = Changes::new(pairs, &gone);
    let kept = changes.kept(base);
    let mut kept = kept.iter().peekable();
    let (mut count, mut lists, mut before) = (0, Vec::new(), 0);
    let (mut carried, mut places) = (Vec::new(), Vec::new());
    for ((number, targets), at) in outline.nodes().zip(0_u32..) {
        let held = kept.next_if(|(name, _)| *name == number).and_then(|(_, place)| base.of_place(*place));
        let held = held.unwrap_or_default();
        // What did not change refers to nothing that changed.
        if held == targets || changes.carry(held, &mut carried) == targets {
            continue;
        }
        count = usize::saturating_add(count, 1);
        push_varint(&mut lists, at.wrapping_sub(before));
        before = at;
        places.clear();
        let place = |target: &u32| outline.numbers.binary_search(target).ok().and_then(|at| u32::try_from(at).ok());
        places.extend(targets.iter().filter_map(place));
        push_sorted(&mut lists, &places);
    }
    push_count(&mut bytes, count);
    bytes.append(&mut lists);
    bytes
}

/// Undoes [`delta`].
pub(crate) fn apply(base: &Outline, mut bytes: &[u8]) -> Result<Outline, InventoryError> {
    let damaged = |reason| InventoryError::Damaged { table: "outline", reason };
    let short = || damaged("it stops short");
    let bytes = &mut bytes;
    let mut pairs = Vec::new();
    let mut before = 0_u32;
    for _ in 0..take_count(bytes)? {
        let old = before.wrapping_add(take_varint(bytes).ok_or_else(short)?);
        pairs.push((old, take_varint(bytes).ok_or_else(short)?));
        before = old;
    }
    let (mut gone, mut came) = (Vec::new(), Vec::new());
    take_sorted(bytes, &mut gone)?;
    take_sorted(bytes, &mut came)?;
    let changes = Changes::new(pairs, &gone);
    let mut kept: Vec<(u32, Option<usize>)> =
        changes.kept(base).into_iter().map(|(name, place)| (name, Some(place))).collect();
    kept.extend(came.into_iter().map(|name| (name, None)));
    kept.sort_unstable();
    kept.dedup_by_key(|(name, _)| *name);
    let numbers: Vec<u32> = kept.iter().map(|(name, _)| *name).collect();
    let mut made = Outline::with_capacity(numbers.len(), base.targets.len());
    let (mut carried, mut places) = (Vec::new(), Vec::new());
    let mut lists = take_count(bytes)?;
    let mut next = if lists > 0 { Some(take_varint(bytes).ok_or_else(short)?) } else { None };
    for ((name, place), at) in kept.into_iter().zip(0_u32..) {
        if next == Some(at) {
            take_sorted(bytes, &mut places)?;
            for place in &places {
                let target = numbers.get(*place as usize).ok_or_else(|| damaged("a place that is not there"))?;
                made.targets.push(*target);
            }
            lists = lists.saturating_sub(1);
            next = if lists > 0 { at.checked_add(take_varint(bytes).ok_or_else(short)?) } else { None };
        } else if let Some(held) = place.and_then(|place| base.of_place(place)) {
            made.targets.extend_from_slice(changes.carry(held, &mut carried));
        }
        made.end(name);
    }
    if lists > 0 { Err(damaged("a place that is not there")) } else { Ok(made) }
}

/// What became of components: their new numbers, `None` for those that are gone. In order.
struct Changes(Vec<(u32, Option<u32>)>);

impl Changes {
    fn new(pairs: Vec<(u32, u32)>, gone: &[u32]) -> Self {
        let mut changes: Vec<(u32, Option<u32>)> = pairs.into_iter().map(|(old, new)| (old, Some(new))).collect();
        changes.extend(gone.iter().map(|old| (*old, None)));
        changes.sort_unstable();
        Self(changes)
    }

    fn of(&self, number: u32) -> Option<Option<u32>> {
        let at = self.0.binary_search_by_key(&number, |(old, _)| *old).ok()?;
        self.0.get(at).map(|(_, new)| *new)
    }

    /// The components of an outline that are left, under their new names and in their order, each with its old place.
    fn kept(&self, base: &Outline) -> Vec<(u32, usize)> {
        let mut kept = Vec::with_capacity(base.numbers.len());
        let mut changes = self.0.iter().peekable();
        for (place, number) in base.numbers.iter().enumerate() {
            while changes.next_if(|(old, _)| old < number).is_some() {}
            match changes.peek().filter(|(old, _)| old == number) {
                Some((_, None)) => {}
                Some((_, Some(new))) => kept.push((*new, place)),
                None => kept.push((*number, place)),
            }
        }
        if !self.0.is_empty() {
            kept.sort_by_key(|(name, _)| *name);
        }
        kept
    }

    /// What is left of a list under new names.
    fn carry<'a>(&self, targets: &'a [u32], carried: &'a mut Vec<u32>) -> &'a [u32] {
        if targets.iter().all(|target| self.of(*target).is_none()) {
            return targets;
        }
        carried.clear();
        carried.extend(targets.iter().filter_map(|target| self.of(*target).unwrap_or(Some(*target))));
        carried.sort_unstable();
        carried
    }
}

/// The numbers of one list that are not in another; both are in order.
fn without(numbers: &[u32], others: &[u32]) -> Vec<u32> {
    let mut rest = others;
    let mut left = Vec::new();
    for number in numbers {
        while let Some((first, after)) = rest.split_first()
            && first < number
        {
            rest = after;
        }
        if rest.first() != Some(number) {
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
    for (number, targets) in outline.nodes() {
        let from = known(&number);
        for target in targets {
            match (from, known(target)) {
                (Some(from), None) => add(from, mix(*target, 0)),
                (None, Some(to)) => add(to, mix(number, 1)),
                _ => {}
            }
        }
    }
    numbers.iter().copied().zip(sums).collect()
}

fn push_count(bytes: &mut Vec<u8>, count: usize) {
    push_varint(bytes, u32::try_from(count).unwrap_or(u32::MAX));
}

/// How many things follow; each takes up a byte at least.
fn take_count(bytes: &mut &[u8]) -> Result<usize, InventoryError> {
    let count = take_varint(bytes).map(|count| count as usize).filter(|count| *count <= bytes.len());
    count.ok_or(InventoryError::Damaged { table: "outline", reason: "it stops short" })
}

/// Numbers that are in order.
fn push_sorted(bytes: &mut Vec<u8>, numbers: &[u32]) {
    push_count(bytes, numbers.len());
    let mut before = 0;
    for number in numbers {
        push_varint(bytes, number.wrapping_sub(before));
        before = *number;
    }
}

fn take_sorted(bytes: &mut &[u8], numbers: &mut Vec<u32>) -> Result<(), InventoryError> {
    numbers.clear();
    let mut before = 0_u32;
    let count = take_count(bytes)?;
    numbers.reserve(count);
    for _ in 0..count {
        let gap = take_varint(bytes).ok_or(InventoryError::Damaged { table: "outline", reason: "it stops short" })?;
        before = before.wrapping_add(gap);
        numbers.push(before);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_come_back() {
        let base = Outline::of(&[(0, &[3, 9]), (3, &[5, 9]), (5, &[]), (9, &[5]), (70_000, &[])]);
        let others = [
            base.clone(),
            Outline::default(),
            // 9 became 12.
            Outline::of(&[(0, &[3, 12]), (3, &[5, 12]), (5, &[]), (12, &[5]), (70_000, &[])]),
            // 5 left, 8 came, 3 refers to it.
            Outline::of(&[(0, &[3, 9]), (3, &[8, 9]), (8, &[9]), (9, &[]), (70_000, &[0, 3])]),
            Outline::of(&[(1, &[2]), (2, &[1]), (u32::MAX, &[1, 2])]),
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
        let base = Outline::of(&[(0, &[3]), (3, &[])]);
        for bytes in [&[][..], &[1], &[9, 1, 1], &[0, 0, 0, 1, 9, 0], &[0, 0, 0, 1, 0, 1, 9], &[0, 0, 200]] {
            assert!(apply(&base, bytes).is_err(), "{bytes:?}");
        }
    }
}
