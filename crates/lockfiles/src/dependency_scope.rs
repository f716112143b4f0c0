//! When each component of a lockfile is needed, told from the edges that lead to it.
//!
//! A lockfile says of an edge that it is for development or for an extra; of a component that follows from the ways
//! that lead to it: along a way the weakest edge counts, of several ways the strongest.

use std::fmt::Write as _;

use plimsoll_extract::prelude::*;

/// The scopes, strongest first.
const STRONGEST_FIRST: [Scope; 5] = [Scope::Runtime, Scope::Unspecified, Scope::Optional, Scope::Build, Scope::Dev];

/// Position of a node in a [`ScopeGraph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Node(usize);

/// What a node stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// A component, by its position in the file.
    Component(usize),
    /// An extra of a node.
    Extra(Node, Box<str>),
}

/// The components of one file and the edges between them.
#[derive(Debug, Default)]
pub(crate) struct ScopeGraph {
    nodes: Vec<Kind>,
    /// As they were emitted; empty in a graph that was kept.
    components: Vec<ComponentRef>,
    edges: Vec<(Node, Node, Scope)>,
    start: Vec<(Node, Scope)>,
}

impl ScopeGraph {
    /// A node for a component; every component of the file must get one, in order.
    pub(crate) fn component(&mut self, component: ComponentRef) -> Node {
        self.components.push(component);
        self.add(Kind::Component(self.components.len().saturating_sub(1)))
    }

    /// A node for an extra, which is no component of its own.
    pub(crate) fn extra(&mut self, of: Node, name: &str) -> Node {
        self.add(Kind::Extra(of, name.into()))
    }

    fn add(&mut self, kind: Kind) -> Node {
        self.nodes.push(kind);
        Node(self.nodes.len().saturating_sub(1))
    }

    /// States that `from` needs `to`, both components; when `to` is needed follows from [`ScopeGraph::leads`].
    pub(crate) fn state(&mut self, sink: &mut Sink<'_>, from: Node, to: Node, scope: Scope) {
        if let (Some(from), Some(to)) = (self.at(from), self.at(to)) {
            sink.depends(from, to, scope);
        }
    }

    /// Whatever needs `from` needs `to`.
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
        match self.nodes.get(node.0)? {
            Kind::Component(position) => self.components.get(*position).copied(),
            Kind::Extra(..) => None,
        }
    }

    /// The nodes of components, in the order of the file.
    pub(crate) fn component_nodes(&self) -> Vec<Node> {
        let component = |(at, kind): (usize, &Kind)| matches!(kind, Kind::Component(_)).then_some(Node(at));
        self.nodes.iter().enumerate().filter_map(component).collect()
    }

    /// The nodes of extras, with what they belong to and their names.
    pub(crate) fn extras(&self) -> impl Iterator<Item = (Node, &str, Node)> {
        self.nodes.iter().enumerate().filter_map(|(at, kind)| match kind {
            Kind::Extra(of, name) => Some((*of, &**name, Node(at))),
            Kind::Component(_) => None,
        })
    }

    /// Sets the scope of every component that is reached from a start.
    pub(crate) fn settle(self, sink: &mut Sink<'_>) {
        let scopes = self.scopes();
        for (component, scope) in self.components.iter().zip(scopes) {
            if let (Some(component), Some(scope)) = (sink.get_mut(*component), scope) {
                component.scope = scope;
            }
        }
    }

    /// The scope of each component that is reached from a start, in the order of the file. Linear: each edge is
    /// followed once.
    pub(crate) fn scopes(&self) -> Vec<Option<Scope>> {
        let mut edges: Vec<(usize, usize, Scope)> =
            self.edges.iter().map(|(from, to, along)| (from.0, to.0, *along)).collect();
        let start: Vec<(usize, Scope)> = self.start.iter().map(|(node, scope)| (node.0, *scope)).collect();
        let best = carry(self.nodes.len(), &mut edges, &start);
        let component = |(kind, scope): (&Kind, Option<Scope>)| matches!(kind, Kind::Component(_)).then_some(scope);
        self.nodes.iter().zip(best).filter_map(component).collect()
    }

    /// The graph as text, for the second phase. The starts are left out: it finds better ones.
    pub(crate) fn to_kept(&self) -> Vec<u8> {
        let mut out = String::new();
        for kind in &self.nodes {
            let _ = match kind {
                Kind::Component(_) => writeln!(out, "c"),
                // Names come from a file and may hold anything; an extra with a line end in its name is no extra.
                Kind::Extra(of, name) => writeln!(out, "x {} {}", of.0, name.replace(['\n', '\r'], " ")),
            };
        }
        for (from, to, scope) in &self.edges {
            let rank = rank(*scope).unwrap_or_default();
            let _ = writeln!(out, "e {} {} {rank}", from.0, to.0);
        }
        out.into_bytes()
    }

    /// The graph that [`ScopeGraph::to_kept`] wrote.
    pub(crate) fn from_kept(kept: &[u8]) -> Self {
        let mut graph = Self::default();
        let mut components = 0_usize;
        for line in std::str::from_utf8(kept).unwrap_or_default().lines() {
            let mut words = line.splitn(4, ' ');
            let kind = words.next();
            let mut number = || words.next().and_then(|word| word.parse::<usize>().ok()).unwrap_or_default();
            match kind {
                Some("c") => {
                    graph.add(Kind::Component(components));
                    components = components.saturating_add(1);
                }
                Some("x") => {
                    let of = Node(number());
                    let name = line.splitn(3, ' ').nth(2).unwrap_or_default();
                    graph.extra(of, name);
                }
                _ => {
                    let (from, to) = (Node(number()), Node(number()));
                    let scope = STRONGEST_FIRST.get(number()).copied().unwrap_or_default();
                    graph.leads(from, to, scope);
                }
            }
        }
        graph
    }
}

fn rank(scope: Scope) -> Option<usize> {
    STRONGEST_FIRST.iter().position(|&other| other == scope)
}

/// Carries scopes from where they start along edges `(from, to, scope)`: along a way the weakest edge counts, of several
/// ways the strongest. `None` for what nothing leads to. Linear: each edge is followed once.
pub(crate) fn carry(nodes: usize, edges: &mut [(usize, usize, Scope)], start: &[(usize, Scope)]) -> Vec<Option<Scope>> {
    edges.sort_unstable();
    let mut best: Vec<Option<Scope>> = vec![None; nodes];
    let mut pending: [Vec<usize>; STRONGEST_FIRST.len()] = Default::default();
    let push = |pending: &mut [Vec<usize>], node, scope| {
        if let Some(list) = rank(scope).and_then(|rank| pending.get_mut(rank)) {
            list.push(node);
        }
    };
    for &(node, scope) in start {
        push(&mut pending, node, scope);
    }
    for (rank, scope) in STRONGEST_FIRST.into_iter().enumerate() {
        while let Some(node) = pending.get_mut(rank).and_then(Vec::pop) {
            let Some(held @ None) = best.get_mut(node) else { continue };
            *held = Some(scope);
            let first = edges.partition_point(|(from, ..)| *from < node);
            let from_here = edges.get(first..).unwrap_or_default().iter().take_while(|(from, ..)| *from == node);
            for &(_, to, along) in from_here {
                push(&mut pending, to, scope.min(along));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> ScopeGraph {
        ScopeGraph::from_kept(text.as_bytes())
    }

    #[test]
    fn the_weakest_edge_of_the_strongest_way_counts() {
        // 0 -> 1 -> 3 at run time; 0 -> 2 -> 3 with an optional edge; 4 is not reached.
        let mut graph = kept("c\nc\nc\nc\nc\ne 0 1 0\ne 0 2 2\ne 2 3 0\ne 1 3 2\ne 3 0 0\n");
        graph.start(Node(0), Scope::Runtime);
        let runtime = Some(Scope::Runtime);
        let optional = Some(Scope::Optional);
        assert_eq!(graph.scopes(), [runtime, runtime, optional, optional, None]);
        graph.start = vec![(Node(1), Scope::Dev)];
        assert_eq!(graph.scopes()[3], Some(Scope::Dev));
    }

    #[test]
    fn kept_text_makes_the_same_graph() {
        let text = "c\nx 0 socks\nc\ne 1 2 0\n";
        assert_eq!(kept(text).to_kept(), text.as_bytes());
        assert_eq!(kept(text).extras().collect::<Vec<_>>(), [(Node(0), "socks", Node(1))]);
    }
}
