//! Posting lists: sets of documents as bytes.
//!
//! Builds of one thing are numbered one after another and mostly have the same components, so a set is a few runs: pairs of varints,
//! the gap since the run before and the length less one. A set that is shorter as a roaring bitmap is one. The first byte tells.

use roaring::RoaringBitmap;

use crate::InventoryError;

const RUNS: u8 = 0;
const ROARING: u8 = 1;

/// Adds a number in base 128, the low digits first.
pub(crate) fn push_varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Takes a number off the front.
pub(crate) fn take_varint(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for shift in (0..35).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        let digit = u32::from(first & 0x7f);
        if shift == 28 && digit > 0xf {
            return None;
        }
        value |= digit.wrapping_shl(shift);
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// A set as bytes. `documents` are in order and differ.
pub(crate) fn encode_sorted(documents: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let mut bytes = vec![RUNS];
    let mut end = 0_u32;
    let mut push = |(first, last): (u32, u32)| {
        push_varint(&mut bytes, first.saturating_sub(end));
        push_varint(&mut bytes, last.saturating_sub(first));
        end = last.saturating_add(1);
    };
    let mut run: Option<(u32, u32)> = None;
    for document in documents {
        match &mut run {
            Some((_, last)) if last.checked_add(1) == Some(document) => *last = document,
            _ => {
                run.take().into_iter().for_each(&mut push);
                run = Some((document, document));
            }
        }
    }
    run.into_iter().for_each(push);
    bytes
}

/// A set as bytes, the shorter of the two forms.
pub(crate) fn encode(documents: &RoaringBitmap) -> Vec<u8> {
    let mut bytes = vec![RUNS];
    let mut end = 0_u32;
    let mut iterator = documents.iter();
    while let Some(run) = iterator.next_range() {
        push_varint(&mut bytes, run.start().saturating_sub(end));
        push_varint(&mut bytes, run.end().saturating_sub(*run.start()));
        end = run.end().saturating_add(1);
    }
    if bytes.len() < 256 {
        return bytes;
    }
    let mut optimised = documents.clone();
    optimised.optimize();
    if optimised.serialized_size() >= bytes.len() {
        return bytes;
    }
    let mut roaring = Vec::with_capacity(optimised.serialized_size().saturating_add(1));
    roaring.push(ROARING);
    match optimised.serialize_into(&mut roaring) {
        Ok(()) => roaring,
        Err(_) => bytes,
    }
}

/// A set as bytes, of runs: first and last, in order and apart.
pub(crate) fn encode_runs(runs: &[(u32, u32)]) -> Vec<u8> {
    let mut bytes = vec![RUNS];
    let mut end = 0_u32;
    for (first, last) in runs {
        push_varint(&mut bytes, first.saturating_sub(end));
        push_varint(&mut bytes, last.saturating_sub(*first));
        end = last.saturating_add(1);
    }
    if bytes.len() < 256 {
        return bytes;
    }
    let mut set = RoaringBitmap::new();
    for (first, last) in runs {
        set.insert_range(*first..=*last);
    }
    encode(&set)
}

/// Adds the runs of a set to others, in no order with those that were there.
pub(crate) fn read_runs(bytes: &[u8], runs: &mut Vec<(u32, u32)>) -> Result<(), InventoryError> {
    let damaged = |reason| InventoryError::Damaged { table: "posting", reason };
    match bytes.split_first() {
        Some((&RUNS, mut rest)) => {
            let mut end = 0_u32;
            while !rest.is_empty() {
                let gap = take_varint(&mut rest).ok_or_else(|| damaged("a run that stops"))?;
                let more = take_varint(&mut rest).ok_or_else(|| damaged("a run that stops"))?;
                let first = end.checked_add(gap).ok_or_else(|| damaged("a number too high"))?;
                let last = first.checked_add(more).ok_or_else(|| damaged("a number too high"))?;
                runs.push((first, last));
                end = last.saturating_add(1);
            }
            Ok(())
        }
        Some((&ROARING, rest)) => {
            let set = RoaringBitmap::deserialize_from(rest).map_err(|_| damaged("not a bitmap"))?;
            let mut iterator = set.iter();
            while let Some(run) = iterator.next_range() {
                runs.push((*run.start(), *run.end()));
            }
            Ok(())
        }
        _ => Err(damaged("a form that is not known")),
    }
}

/// Runs in order, those that touch or overlap joined.
pub(crate) fn join_runs(runs: &mut Vec<(u32, u32)>) {
    runs.sort_unstable();
    runs.dedup_by(|next, before| {
        let touches = next.0 <= before.1.saturating_add(1);
        if touches {
            before.1 = before.1.max(next.1);
        }
        touches
    });
}

/// Adds the documents of a set to another.
pub(crate) fn union_into(set: &mut RoaringBitmap, bytes: &[u8]) -> Result<(), InventoryError> {
    if let Some((&ROARING, rest)) = bytes.split_first() {
        let damaged = |_| InventoryError::Damaged { table: "posting", reason: "not a bitmap" };
        *set |= RoaringBitmap::deserialize_from(rest).map_err(damaged)?;
        return Ok(());
    }
    let mut runs = Vec::new();
    read_runs(bytes, &mut runs)?;
    for (first, last) in runs {
        set.insert_range(first..=last);
    }
    Ok(())
}

/// A set from its bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<RoaringBitmap, InventoryError> {
    let mut set = RoaringBitmap::new();
    union_into(&mut set, bytes)?;
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_come_back() {
        let even: Vec<u32> = (0..100_000).step_by(2).collect();
        let sets = [vec![], vec![0], vec![u32::MAX], vec![3, 4, 5, 9], (7..5000).collect(), even];
        for set in sets {
            let bitmap: RoaringBitmap = set.iter().copied().collect();
            assert_eq!(decode(&encode_sorted(set.iter().copied())).unwrap(), bitmap);
            assert_eq!(decode(&encode(&bitmap)).unwrap(), bitmap);
            let mut runs = Vec::new();
            read_runs(&encode(&bitmap), &mut runs).unwrap();
            assert_eq!(decode(&encode_runs(&runs)).unwrap(), bitmap);
        }
        assert_eq!(encode_sorted([1000, 1001, 1002]).len(), 4);
        let mut runs = vec![(9, 12), (1, 3), (4, 4), (2, 3), (u32::MAX, u32::MAX)];
        join_runs(&mut runs);
        assert_eq!(runs, [(1, 4), (9, 12), (u32::MAX, u32::MAX)]);
    }

    #[test]
    fn damage_is_an_error() {
        for bytes in [&[][..], &[9], &[0, 0x80], &[0, 1], &[0, 0xff, 0xff, 0xff, 0xff, 0x7f, 0], &[1, 1, 2, 3]] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
