//! The components of a source and how they relate.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::{Component, ComponentKey, Scope};

/// Position of a component in a [`ComponentGraph`] or [`GraphBuilder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentIndex(u32);

impl ComponentIndex {
    /// The position as a number, for tables kept beside the graph.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

/// How one component relates to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RelationshipKind {
    /// `from` needs `to`.
    DependsOn,
    /// `to` is inside `from`: a jar within a war, a language package within an OS package.
    Contains,
}

/// A typed edge of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relationship {
    /// Where the edge starts.
    pub from: ComponentIndex,
    /// Where it ends.
    pub to: ComponentIndex,
    /// What it means.
    pub kind: RelationshipKind,
    /// When the dependency is needed.
    pub scope: Scope,
}

/// The finished graph: components sorted by key, relationships sorted, no doubles.
#[derive(Debug, Clone, Default)]
pub struct ComponentGraph {
    components: Vec<Component>,
    keys: Vec<ComponentKey>,
    relationships: Vec<Relationship>,
    direct: Vec<ComponentIndex>,
}

impl ComponentGraph {
    /// The components, sorted by key.
    pub fn components(&self) -> impl ExactSizeIterator<Item = (ComponentIndex, &Component)> {
        self.components.iter().enumerate().map(|(at, component)| (index(at), component))
    }

    /// The component at this position.
    #[must_use]
    pub fn get(&self, at: ComponentIndex) -> Option<&Component> {
        self.components.get(at.get())
    }

    /// The key of the component at this position.
    #[must_use]
    pub fn key(&self, at: ComponentIndex) -> Option<&ComponentKey> {
        self.keys.get(at.get())
    }

    /// The position of the component with this key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<ComponentIndex> {
        self.keys.binary_search_by(|held| held.as_str().cmp(key)).ok().map(index)
    }

    /// The relationships, sorted.
    #[must_use]
    pub fn relationships(&self) -> &[Relationship] {
        &self.relationships
    }

    /// The relationships that start at a component.
    #[must_use]
    pub fn from(&self, at: ComponentIndex) -> &[Relationship] {
        let start = self.relationships.partition_point(|edge| edge.from < at);
        let tail = self.relationships.get(start..).unwrap_or_default();
        tail.get(..tail.partition_point(|edge| edge.from == at)).unwrap_or_default()
    }

    /// What holds each component: the sources of its `Contains` edges, by position of the component.
    #[must_use]
    pub fn containers(&self) -> HashMap<ComponentIndex, Vec<ComponentIndex>> {
        let mut out: HashMap<ComponentIndex, Vec<ComponentIndex>> = HashMap::new();
        for edge in self.relationships.iter().filter(|edge| edge.kind == RelationshipKind::Contains) {
            out.entry(edge.to).or_default().push(edge.from);
        }
        out
    }

    /// How many components there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.components.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.components.is_empty()
    }

    /// What the root of a document points at: the components known to be needed directly and, so that everything is
    /// reachable, those that nothing points at and the first of each cycle that nothing outside points at. Sorted.
    #[must_use]
    pub fn roots(&self) -> Vec<ComponentIndex> {
        let mut pointed_at = vec![false; self.components.len()];
        for edge in &self.relationships {
            mark(&mut pointed_at, edge.to);
        }
        let mut reached = vec![false; self.components.len()];
        let mut roots = Vec::new();
        for &at in &self.direct {
            roots.push(at);
            self.reach(at, &mut reached);
        }
        let heads = (0..self.components.len()).filter(|&at| pointed_at.get(at) == Some(&false));
        for at in heads.chain(0..self.components.len()).map(index) {
            if reached.get(at.get()) == Some(&false) {
                roots.push(at);
                self.reach(at, &mut reached);
            }
        }
        roots.sort_unstable();
        roots.dedup();
        roots
    }

    /// The graph, to be changed.
    #[must_use]
    pub fn into_builder(self) -> GraphBuilder {
        let keys = self.keys.into_iter().enumerate().map(|(at, key)| (key, index(at))).collect();
        GraphBuilder {
            components: self.components,
            keys,
            relationships: self.relationships,
            direct: self.direct,
            ..GraphBuilder::default()
        }
    }

    /// Marks everything that can be reached from a component.
    fn reach(&self, at: ComponentIndex, reached: &mut [bool]) {
        let mut pending = vec![at];
        while let Some(next) = pending.pop() {
            if !mark(reached, next) {
                pending.extend(self.from(next).iter().map(|edge| edge.to));
            }
        }
    }
}

/// Sets a flag and tells whether it was set before.
fn mark(flags: &mut [bool], at: ComponentIndex) -> bool {
    flags.get_mut(at.get()).is_some_and(|flag| std::mem::replace(flag, true))
}

fn index(at: usize) -> ComponentIndex {
    ComponentIndex(u32::try_from(at).unwrap_or(u32::MAX))
}

/// Collects components and relationships; components with the same key become one.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    components: Vec<Component>,
    keys: HashMap<ComponentKey, ComponentIndex>,
    relationships: Vec<Relationship>,
    direct: Vec<ComponentIndex>,
    dropped: Vec<bool>,
}

impl GraphBuilder {
    /// Adds a component, or what it says to the one with the same key.
    pub fn add(&mut self, component: Component) -> ComponentIndex {
        let next = index(self.components.len());
        let at = *self.keys.entry(component.key()).or_insert(next);
        match self.components.get_mut(at.get()) {
            Some(held) => held.absorb(component),
            None => self.components.push(component),
        }
        at
    }

    /// The component at this position, to add to. Its key must not change.
    pub fn get_mut(&mut self, at: ComponentIndex) -> Option<&mut Component> {
        self.components.get_mut(at.get())
    }

    /// The component at this position.
    #[must_use]
    pub fn get(&self, at: ComponentIndex) -> Option<&Component> {
        self.components.get(at.get())
    }

    /// Makes room for so many more components.
    pub fn reserve(&mut self, count: usize) {
        self.components.reserve_exact(count);
        self.keys.reserve(count);
    }

    /// How many components were added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.components.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.components.is_empty()
    }

    /// Relates two components; an edge to itself is dropped.
    pub fn relate(&mut self, from: ComponentIndex, to: ComponentIndex, kind: RelationshipKind, scope: Scope) {
        if from != to {
            self.relationships.push(Relationship { from, to, kind, scope });
        }
    }

    /// The relationships added so far, doubles included.
    #[must_use]
    pub fn relationships(&self) -> &[Relationship] {
        &self.relationships
    }

    /// Says that the root of the document needs a component directly.
    pub fn direct(&mut self, at: ComponentIndex) {
        self.direct.push(at);
    }

    /// The components added so far.
    pub fn components(&self) -> impl ExactSizeIterator<Item = (ComponentIndex, &Component)> {
        self.components.iter().enumerate().map(|(at, component)| (index(at), component))
    }

    /// Puts one component in the place of another, which tells of the same thing and knows less: what the other says is
    /// added, what points at it points at the new one, and the other is no more.
    pub fn replace(&mut self, replaced: &BTreeMap<ComponentIndex, ComponentIndex>) {
        for (&old, &new) in replaced {
            let Some(other) = self.components.get(old.get()).cloned() else { continue };
            self.keys.remove(&other.key());
            if let Some(held) = self.components.get_mut(new.get()) {
                held.absorb(other);
            }
        }
        let place = |at: ComponentIndex| replaced.get(&at).copied().unwrap_or(at);
        for edge in &mut self.relationships {
            (edge.from, edge.to) = (place(edge.from), place(edge.to));
        }
        self.relationships.retain(|edge| edge.from != edge.to);
        self.direct.iter_mut().for_each(|at| *at = place(*at));
    }

    /// Leaves out the components that `gone` names, and their relationships.
    pub fn drop_components(&mut self, gone: impl Fn(ComponentIndex) -> bool) {
        self.dropped = (0..self.components.len()).map(|at| gone(index(at))).collect();
    }

    /// Sorts everything: the order of adding leaves no trace.
    #[must_use]
    pub fn finish(self) -> ComponentGraph {
        let mut order: Vec<(ComponentKey, ComponentIndex)> = self.keys.into_iter().collect();
        order.retain(|(_, at)| self.dropped.get(at.get()) != Some(&true));
        order.sort_unstable();
        let mut moved: Vec<Option<ComponentIndex>> = vec![None; self.components.len()];
        for (new, (_, old)) in order.iter().enumerate() {
            if let Some(slot) = moved.get_mut(old.get()) {
                *slot = Some(index(new));
            }
        }
        let mut keys = Vec::with_capacity(order.len());
        let mut kept = order.into_iter();
        // In place: a second list of components would double the memory of a large graph.
        let mut components = self.components;
        let mut target: Vec<u32> = moved.iter().map(|to| to.map_or(u32::MAX, |to| to.0)).collect();
        permute(&mut components, &mut target);
        components.truncate(kept.len());
        components.iter_mut().for_each(Component::settle);
        keys.extend(kept.by_ref().map(|(key, _)| key));
        let renumber = |at: ComponentIndex| moved.get(at.get()).copied().flatten();
        let mut relationships: Vec<Relationship> = self
            .relationships
            .into_iter()
            .filter_map(|edge| Some(Relationship { from: renumber(edge.from)?, to: renumber(edge.to)?, ..edge }))
            .collect();
        // Of two edges that differ in scope only, the stronger scope holds.
        relationships.sort_unstable_by_key(|edge| (edge.from, edge.to, edge.kind, std::cmp::Reverse(edge.scope)));
        relationships.dedup_by_key(|edge| (edge.from, edge.to, edge.kind));
        let mut direct: Vec<ComponentIndex> = self.direct.into_iter().filter_map(renumber).collect();
        direct.sort_unstable();
        direct.dedup();
        ComponentGraph { components, keys, relationships, direct }
    }
}

/// Moves each item to the place that `target` names for it; those with `u32::MAX` end up behind the others.
fn permute<T>(items: &mut [T], target: &mut [u32]) {
    let mut behind = target.iter().filter(|&&to| to != u32::MAX).count();
    for to in target.iter_mut().filter(|to| **to == u32::MAX) {
        *to = u32::try_from(behind).unwrap_or(u32::MAX);
        behind = behind.saturating_add(1);
    }
    for at in 0..items.len() {
        // Each swap brings one item to its place for good.
        while let Some(to) = target.get(at).map(|&to| to as usize).filter(|&to| to != at && to < items.len()) {
            items.swap(at, to);
            target.swap(at, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Purl;

    fn library(name: &str) -> Component {
        Component::from_purl(Purl::new("cargo", name, "1.0.0").unwrap())
    }

    fn build(names: &[&str], edges: &[(usize, usize)]) -> ComponentGraph {
        let mut builder = GraphBuilder::default();
        let at: Vec<_> = names.iter().map(|name| builder.add(library(name))).collect();
        for &(from, to) in edges {
            builder.relate(at[from], at[to], RelationshipKind::DependsOn, Scope::Runtime);
        }
        builder.finish()
    }

    #[test]
    fn order_of_adding_leaves_no_trace() {
        let one = build(&["a", "b", "c"], &[(0, 1), (1, 2)]);
        let other = build(&["c", "a", "b"], &[(2, 0), (1, 2), (1, 2)]);
        assert_eq!(one.components, other.components);
        assert_eq!(one.relationships, other.relationships);
    }

    #[test]
    fn one_component_per_thing_and_the_strongest_scope() {
        let mut builder = GraphBuilder::default();
        builder.add(Component { scope: Scope::Dev, ..library("a") });
        builder.add(Component { scope: Scope::Runtime, ..library("a") });
        let graph = builder.finish();
        assert_eq!(graph.len(), 1);
        assert_eq!(graph.components[0].scope, Scope::Runtime);
    }

    #[test]
    fn permutation_puts_each_item_in_its_place() {
        let mut items = ["d", "gone", "a", "c", "b"];
        permute(&mut items, &mut [3, u32::MAX, 0, 2, 1]);
        assert_eq!(items, ["a", "b", "c", "d", "gone"]);
    }

    #[test]
    fn a_replaced_component_leaves_its_edges() {
        let mut builder = GraphBuilder::default();
        let at: Vec<_> = ["a", "b", "c"].iter().map(|name| builder.add(library(name))).collect();
        builder.relate(at[0], at[1], RelationshipKind::DependsOn, Scope::Runtime);
        builder.relate(at[2], at[0], RelationshipKind::Contains, Scope::Unspecified);
        builder.replace(&BTreeMap::from([(at[0], at[2])]));
        let graph = builder.finish();
        let names: Vec<_> = graph.components().map(|(_, component)| &*component.name).collect();
        assert_eq!(names, ["b", "c"]);
        assert_eq!(graph.relationships().len(), 1);
        assert_eq!(graph.key(graph.relationships()[0].from).unwrap().as_str(), "pkg:cargo/c@1.0.0");
    }

    #[test]
    fn dropped_components_take_their_edges_along() {
        let mut builder = GraphBuilder::default();
        let at: Vec<_> = ["c", "b", "a"].iter().map(|name| builder.add(library(name))).collect();
        builder.relate(at[0], at[1], RelationshipKind::DependsOn, Scope::Runtime);
        builder.relate(at[0], at[2], RelationshipKind::DependsOn, Scope::Runtime);
        builder.drop_components(|index| index == at[1]);
        let graph = builder.finish();
        let names: Vec<_> = graph.components().map(|(_, component)| &*component.name).collect();
        assert_eq!(names, ["a", "c"]);
        assert_eq!(graph.relationships().len(), 1);
        assert_eq!(graph.key(graph.relationships()[0].from).unwrap().as_str(), "pkg:cargo/c@1.0.0");
    }

    #[test]
    fn roots_reach_everything_even_cycles() {
        let graph = build(&["a", "b", "c", "d", "e"], &[(0, 1), (2, 3), (3, 2)]);
        let names: Vec<_> = graph.roots().into_iter().map(|at| &*graph.get(at).unwrap().name).collect();
        assert_eq!(names, ["a", "c", "e"]);
    }
}
