//! Ways through what refers to what, shortest first.
//!
//! The number of ways without a circle grows exponentially, so the search is for the best first, with an estimate that is never too high (how
//! far it is at least to the end), and stops when its work is used up.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use rustc_hash::FxHashMap;

use crate::outline::Outline;

/// How much is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PathLimits {
    /// How many ways are shown of each component.
    pub paths: usize,
    /// How many steps are taken to find them, and to count those that are not shown.
    pub steps: usize,
    /// How many components of those that were asked for are explained.
    pub components: usize,
}

impl Default for PathLimits {
    fn default() -> Self {
        Self { paths: 20, steps: 200_000, components: 100 }
    }
}

/// Ways to one component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Each from what the artifact refers to itself down to the component.
    pub(crate) paths: Vec<Vec<u32>>,
    /// How many were found, shown or not.
    pub(crate) count: u64,
    /// There may be more.
    pub(crate) unfinished: bool,
}

/// What refers to what, backwards.
pub(crate) fn backwards(outline: &Outline) -> FxHashMap<u32, Vec<u32>> {
    let mut referrers: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (from, targets) in outline.nodes() {
        targets.iter().for_each(|target| referrers.entry(*target).or_default().push(from));
    }
    referrers
}

/// How far it is from each component to one of them.
fn distances(referrers: &FxHashMap<u32, Vec<u32>>, to: u32) -> FxHashMap<u32, u32> {
    let mut distances = FxHashMap::from_iter([(to, 0)]);
    let mut rest = VecDeque::from([(to, 0_u32)]);
    while let Some((number, distance)) = rest.pop_front() {
        let next = distance.saturating_add(1);
        for from in referrers.get(&number).into_iter().flatten() {
            distances.entry(*from).or_insert_with(|| {
                rest.push_back((*from, next));
                next
            });
        }
    }
    distances
}

/// A way that is not at its end: its last component, and the place of the rest.
struct Step {
    before: usize,
    number: u32,
    length: u32,
}

/// The ways from the artifact, 0, to a component.
pub(crate) fn find(outline: &Outline, referrers: &FxHashMap<u32, Vec<u32>>, to: u32, limits: &PathLimits) -> Found {
    let distances = distances(referrers, to);
    let mut found = Found::default();
    let Some(whole) = distances.get(&0) else { return found };
    let mut steps = vec![Step { before: usize::MAX, number: 0, length: 0 }];
    // Of ways that may be as short as each other the longest is followed first: it is the nearest to its end.
    let mut open = BinaryHeap::from([Reverse((*whole, Reverse(0_u32), 0_usize))]);
    let mut work = 0_usize;
    while let Some(Reverse((_, _, place))) = open.pop() {
        let Some((number, length)) = steps.get(place).map(|step| (step.number, step.length)) else { break };
        if number == to {
            found.count = found.count.saturating_add(1);
            if found.paths.len() < limits.paths {
                found.paths.push(trace(&steps, place));
            }
            continue;
        }
        // Walking back to see whether a way turns in a circle is work as well.
        work = work.saturating_add(1).saturating_add(length as usize);
        if work > limits.steps {
            found.unfinished = true;
            break;
        }
        let own = trace(&steps, place);
        for target in outline.targets(number) {
            let Some(distance) = distances.get(target).filter(|_| !own.contains(target)) else { continue };
            work = work.saturating_add(1);
            let length = length.saturating_add(1);
            open.push(Reverse((length.saturating_add(*distance), Reverse(length), steps.len())));
            steps.push(Step { before: place, number: *target, length });
        }
    }
    found
}

/// A way from its beginning, without the artifact.
fn trace(steps: &[Step], place: usize) -> Vec<u32> {
    let mut path = Vec::new();
    let mut at = place;
    while let Some(step) = steps.get(at) {
        if step.number != 0 {
            path.push(step.number);
        }
        at = step.before;
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(nodes: &[(u32, &[u32])], to: u32, paths: usize, steps: usize) -> Found {
        let outline = Outline::of(nodes);
        find(&outline, &backwards(&outline), to, &PathLimits { paths, steps, components: 1 })
    }

    #[test]
    fn shortest_first_and_no_circles() {
        let nodes: &[(u32, &[u32])] = &[(0, &[1, 2]), (1, &[3]), (2, &[1, 4]), (3, &[1, 4]), (4, &[2])];
        let found = ways(nodes, 4, 10, 1000);
        assert_eq!(found.paths, [vec![2, 4], vec![1, 3, 4], vec![2, 1, 3, 4]]);
        assert!(found.count == 3 && !found.unfinished);
        assert_eq!(ways(nodes, 9, 10, 1000), Found::default());
        assert_eq!(ways(&[(0, &[]), (5, &[6]), (6, &[5])], 6, 10, 1000), Found::default());
    }

    #[test]
    fn work_has_an_end() {
        // Forty levels of three, each referring to all of the next: 3^40 ways.
        let mut nodes: Vec<(u32, Vec<u32>)> = vec![(0, vec![1, 2, 3])];
        for level in 0..40_u32 {
            let next: Vec<u32> = (1..=3).map(|at| (level + 1) * 3 + at).collect();
            nodes.extend((1..=3).map(|at| (level * 3 + at, if level < 39 { next.clone() } else { vec![200] })));
        }
        nodes.push((200, vec![]));
        let nodes: Vec<(u32, &[u32])> = nodes.iter().map(|(number, targets)| (*number, targets.as_slice())).collect();
        let found = ways(&nodes, 200, 5, 50_000);
        assert!(found.unfinished && found.paths.iter().all(|path| path.len() == 41), "{found:?}");
        assert_eq!(found.paths.len(), 5);
    }
}
