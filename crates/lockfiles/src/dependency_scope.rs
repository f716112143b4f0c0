//! When each component of a lockfile is needed, told from the edges that lead to it.
//!
//! A lockfile says of an edge that it is for development or for an extra; of a component that follows from the ways
//! that lead to it: along a way the weakest edge counts, of several ways the strongest.

use plimsoll_extract::prelude::*;

/// The scopes, strongest first.
const STRONGEST_FIRST: [Scope; 5] = [Scope::Runtime, Scope::Unspecified, Scope::Optional, Scope::Build, Scope::Dev];

/// Position of a node in a [`ScopeGraph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Node(usize);

/// The components of one file and the edges between them, to be emitted with the scopes that follow.
#[derive(Debug, Default)]
pub(crate) struct ScopeGraph {
    components: Vec<Option<ComponentRef>>,
    edges: Vec<(Node, Node, Scope)>,
    start: Vec<(Node, Scope)>,
}

impl ScopeGraph {
    /// A node for a component.
    pub(crate) fn component(&mut self, component: ComponentRef) -> Node {
        self.components.push(Some(component));
        Node(self.components.len().saturating_sub(1))
    }

    /// A node for something that is no component of its own, such as an extra.
    pub(crate) fn group(&mut self) -> Node {
        self.components.push(None);
        Node(self.components.len().saturating_sub(1))
    }

    /// `from` needs `to`; both are components.
    pub(crate) fn depends(&mut self, sink: &mut Sink<'_>, from: Node, to: Node, scope: Scope) {
        self.state(sink, from, to, scope);
        self.leads(from, to, scope);
    }

    /// States that `from` needs `to`; the scope of `to` follows from elsewhere.
    pub(crate) fn state(&mut self, sink: &mut Sink<'_>, from: Node, to: Node, scope: Scope) {
        if let (Some(from), Some(to)) = (self.at(from), self.at(to)) {
            sink.depends(from, to, scope);
        }
    }

    /// Whatever needs `from` needs `to`; there is no edge between components to state.
    pub(crate) fn leads(&mut self, from: Node, to: Node, scope: Scope) {
        self.edges.push((from, to, scope));
    }

    /// The project needs `to` directly.
    pub(crate) fn direct(&mut self, sink: &mut Sink<'_>, to: Node, scope: Scope) {
        if let Some(to) = self.at(to) {
            sink.direct(to, scope);
        }
        self.start(to, scope);
    }

    /// Scopes are counted from here: a project, or what it needs.
    pub(crate) fn start(&mut self, at: Node, scope: Scope) {
        self.start.push((at, scope));
    }

    /// The component of a node.
    pub(crate) fn at(&self, node: Node) -> Option<ComponentRef> {
        self.components.get(node.0).copied().flatten()
    }

    /// Sets the scope of every component that is reached from a start. Linear: each edge is followed once.
    pub(crate) fn settle(mut self, sink: &mut Sink<'_>) {
        self.edges.sort_unstable();
        let mut best: Vec<Option<Scope>> = vec![None; self.components.len()];
        let mut pending: [Vec<Node>; STRONGEST_FIRST.len()] = Default::default();
        let rank = |scope: Scope| STRONGEST_FIRST.iter().position(|&other| other == scope);
        let push = |pending: &mut [Vec<Node>], node: Node, scope: Scope| {
            if let Some(list) = rank(scope).and_then(|rank| pending.get_mut(rank)) {
                list.push(node);
            }
        };
        for &(node, scope) in &self.start {
            push(&mut pending, node, scope);
        }
        for (rank, scope) in STRONGEST_FIRST.into_iter().enumerate() {
            while let Some(node) = pending.get_mut(rank).and_then(Vec::pop) {
                let Some(held @ None) = best.get_mut(node.0) else { continue };
                *held = Some(scope);
                for &(_, to, along) in self.from(node) {
                    push(&mut pending, to, scope.min(along));
                }
            }
        }
        for (component, scope) in self.components.iter().zip(best) {
            if let (Some(component), Some(scope)) = (component.and_then(|at| sink.get_mut(at)), scope) {
                component.scope = scope;
            }
        }
    }

    fn from(&self, node: Node) -> &[(Node, Node, Scope)] {
        let first = self.edges.partition_point(|(from, ..)| *from < node);
        let tail = self.edges.get(first..).unwrap_or_default();
        tail.get(..tail.partition_point(|(from, ..)| *from == node)).unwrap_or_default()
    }
}
