//! The tree of a document: from its subjects down, each subtree once.

use super::{Filter, Node, Outline};

/// Levels that are shown at most: the marks before a line grow with its level.
pub const MAX_DEPTH: usize = 100;

/// A line of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// For each level but the first, whether more follows on it.
    pub more: Vec<bool>,
    /// The component.
    pub node: &'a Node,
    /// What is below it was shown before.
    pub repeated: bool,
    /// What is below it is too deep to be shown.
    pub cut: bool,
}

impl Outline {
    /// The tree: below each subject what it needs and holds; then what no subject leads to, from its own tops down.
    /// With a filter only what it means and what leads there. A circle is entered at what comes first in the document.
    #[must_use]
    pub fn tree(&self, filter: Option<&Filter>, depth: Option<usize>) -> Vec<Line<'_>> {
        let kept = self.kept(filter);
        let is_kept = |at: usize| kept.get(at).copied().unwrap_or(false);
        let mut lines = Vec::new();
        let mut walk = Walk {
            outline: self,
            kept: &kept,
            seen: vec![false; self.nodes.len()],
            depth: depth.unwrap_or(MAX_DEPTH).min(MAX_DEPTH),
        };
        let mut needed = vec![false; self.nodes.len()];
        for child in self.children.iter().flatten() {
            if let Some(slot) = needed.get_mut(*child) {
                *slot = true;
            }
        }
        let tops = (0..self.nodes.len()).filter(|at| needed.get(*at) == Some(&false));
        // What is left after these is in circles that nothing leads into.
        let starts = self.roots.iter().copied().chain(tops).chain(0..self.nodes.len());
        let mut reached = vec![false; self.nodes.len()];
        for start in starts.filter(|at| is_kept(*at)) {
            if reached.get(start) == Some(&false) {
                walk.from(start, &mut lines);
                self.reach(start, &mut reached);
            }
        }
        lines
    }

    /// Marks what a node leads to, also where the tree is cut: it is no top.
    fn reach(&self, start: usize, reached: &mut [bool]) {
        let mut pending = vec![start];
        while let Some(at) = pending.pop() {
            let Some(slot) = reached.get_mut(at).filter(|slot| !**slot) else { continue };
            *slot = true;
            pending.extend(self.children.get(at).into_iter().flatten());
        }
    }

    /// What a filter means, and what leads there.
    fn kept(&self, filter: Option<&Filter>) -> Vec<bool> {
        let Some(filter) = filter else { return vec![true; self.nodes.len()] };
        let mut above: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (from, children) in self.children.iter().enumerate() {
            for to in children {
                if let Some(list) = above.get_mut(*to) {
                    list.push(from);
                }
            }
        }
        let mut kept: Vec<bool> = self.nodes.iter().map(|node| filter.matches(node)).collect();
        let mut pending: Vec<usize> = (0..kept.len()).filter(|at| kept.get(*at) == Some(&true)).collect();
        while let Some(at) = pending.pop() {
            for from in above.get(at).into_iter().flatten() {
                if let Some(slot) = kept.get_mut(*from).filter(|slot| !**slot) {
                    *slot = true;
                    pending.push(*from);
                }
            }
        }
        kept
    }
}

struct Walk<'a, 'k> {
    outline: &'a Outline,
    kept: &'k [bool],
    /// What was shown already, with what is below it.
    seen: Vec<bool>,
    depth: usize,
}

impl<'a> Walk<'a, '_> {
    fn from(&mut self, start: usize, lines: &mut Vec<Line<'a>>) {
        let mut pending: Vec<(usize, Vec<bool>)> = vec![(start, Vec::new())];
        while let Some((at, more)) = pending.pop() {
            let Some(node) = self.outline.nodes.get(at) else { continue };
            let children = self.outline.children.get(at).into_iter().flatten().copied();
            let children: Vec<usize> = children.filter(|at| self.kept.get(*at) == Some(&true)).collect();
            let shown = self.seen.get(at).copied().unwrap_or(true);
            let cut = !shown && !children.is_empty() && more.len() >= self.depth;
            lines.push(Line { more: more.clone(), node, repeated: shown && !children.is_empty(), cut });
            if let Some(slot) = self.seen.get_mut(at) {
                *slot = true;
            }
            if shown || cut {
                continue;
            }
            let last = children.last().copied();
            for child in children.into_iter().rev() {
                let mut level = more.clone();
                level.push(Some(child) != last);
                pending.push((child, level));
            }
        }
    }
}
