//! Which item of a list is what became of which item of another.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::patch::{NAMES, name_of};
use crate::tree::{Members, Value};

/// Items that are compared with one that has no equal and no name. More would make long lists slow.
const MOST_COMPARED: usize = 64;

/// For each old item the place of the new one that it became, none twice: the equal one, else the one of its name, else one
/// whose name is new and that says the same or most of it, the nearest first.
pub(super) fn of(old: &[Value], new: &[Value]) -> Vec<Option<usize>> {
    let mut partners = vec![None; old.len()];
    let mut free = vec![true; new.len()];
    let mut claim = |held: &mut Option<usize>, at: Option<usize>| {
        if let (None, Some(slot)) = (&held, at.and_then(|at| free.get_mut(at)))
            && std::mem::take(slot)
        {
            *held = at;
        }
    };
    let mut equal: HashMap<&Value, VecDeque<usize>> = HashMap::new();
    let mut named: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (at, item) in new.iter().enumerate() {
        equal.entry(item).or_default().push_back(at);
    }
    for (item, partner) in old.iter().zip(&mut partners) {
        claim(partner, equal.get_mut(item).and_then(VecDeque::pop_front));
    }
    for (at, item) in new.iter().enumerate() {
        if let Some(name) = name_of(item) {
            named.entry(name).or_default().push_back(at);
        }
    }
    for (item, partner) in old.iter().zip(&mut partners).filter(|(_, partner)| partner.is_none()) {
        let places = name_of(item).and_then(|name| named.get_mut(name));
        for at in places.into_iter().flatten() {
            claim(partner, Some(*at));
        }
    }
    // Names that only one of the lists has: the item may be another's under a new name.
    let is_new = |item: &Value| name_of(item).is_none_or(|name| !named.contains_key(name));
    let known: HashSet<&str> = old.iter().filter_map(name_of).collect();
    let was_not = |item: &Value| name_of(item).is_none_or(|name| !known.contains(name));
    let mut contents: HashMap<u64, VecDeque<usize>> = HashMap::new();
    for (at, item) in new.iter().enumerate().filter(|(_, item)| name_of(item).is_some() && was_not(item)) {
        contents.entry(content(item)).or_default().push_back(at);
    }
    for (item, partner) in old.iter().zip(&mut partners).filter(|(item, held)| held.is_none() && is_new(item)) {
        if !contents.is_empty() {
            claim(partner, contents.get_mut(&content(item)).and_then(VecDeque::pop_front));
        }
    }
    let mut rest: Vec<usize> = free.iter().enumerate().filter(|(_, free)| **free).map(|(at, _)| at).collect();
    rest.retain(|at| new.get(*at).is_some_and(was_not));
    for (place, (item, partner)) in old.iter().zip(&mut partners).enumerate().filter(|(_, (_, held))| held.is_none()) {
        if rest.is_empty() {
            break;
        }
        if !is_new(item) {
            continue;
        }
        // The neighbours of the item's own place.
        let from = rest.partition_point(|at| *at < place).saturating_sub(MOST_COMPARED / 2);
        let near = rest.iter().enumerate().skip(from).take(MOST_COMPARED);
        let likeness = near.filter_map(|(slot, at)| {
            let other = new.get(*at)?;
            let shared = shared(item, other);
            // Things of different names are the same only when they say much the same.
            let named = name_of(item).is_some() || name_of(other).is_some();
            let enough = if named { shared.saturating_mul(2) >= shared_within(item, item, 4) } else { true };
            (shared > 0 && enough).then_some((shared, std::cmp::Reverse(place.abs_diff(*at)), slot))
        });
        if let Some((_, _, slot)) = likeness.max() {
            *partner = Some(rest.remove(slot));
        }
    }
    partners
}

/// What an item says besides its name and who says it.
fn content(item: &Value) -> u64 {
    let members = item.as_object().into_iter().flat_map(Members::iter);
    let said = members.filter(|(name, _)| !NAMES.contains(name) && *name != "creationInfo");
    said.fold(0_u64, |sum, (name, value)| {
        let mut hasher = DefaultHasher::new();
        (name, value).hash(&mut hasher);
        sum.wrapping_add(hasher.finish())
    })
}

/// How many leaves two values share, a few levels deep.
fn shared(one: &Value, other: &Value) -> usize {
    shared_within(one, other, 4)
}

fn shared_within(one: &Value, other: &Value, depth: u8) -> usize {
    match (one, other) {
        (Value::Object(mine), Value::Object(theirs)) if depth > 0 => mine
            .iter()
            .filter_map(|(name, value)| Some(shared_within(value, theirs.get(name)?, depth.saturating_sub(1))))
            .sum(),
        (Value::Array(mine), Value::Array(theirs)) if depth > 0 => {
            let pairs = mine.iter().zip(theirs).take(MOST_COMPARED);
            pairs.map(|(mine, theirs)| shared_within(mine, theirs, depth.saturating_sub(1))).sum()
        }
        (Value::Object(_) | Value::Array(_), _) => 0,
        _ => usize::from(one == other),
    }
}
