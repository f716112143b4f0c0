//! Nodes by number, children by (parent, name). Hostile layers choose the keys, so the maps keep the standard hasher.

use std::collections::HashMap;
use std::sync::Arc;

pub(super) type NodeId = u32;

pub(super) const ROOT: NodeId = 0;
/// No node, no candidate, no mark.
pub(super) const NONE: u32 = u32::MAX;

/// What a name stands for. A hard link has the content of its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Directory,
    File { layer: u32, entry: u32 },
    Symlink(u32),
    Other,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) parent: NodeId,
    name: u32,
    pub(super) first_child: NodeId,
    pub(super) next: NodeId,
    previous: NodeId,
    /// The last layer with an entry for it.
    pub(super) layer: u32,
    /// The last layer that hid what lower layers have in it.
    pub(super) hidden_in: u32,
    /// What is tracked under this name.
    pub(super) candidate: u32,
    pub(super) depth: u32,
    pub(super) content: Content,
}

pub(super) struct Tree {
    nodes: Vec<Node>,
    children: HashMap<(NodeId, u32), NodeId>,
    names: HashMap<Arc<[u8]>, u32>,
    texts: Vec<Arc<[u8]>>,
    targets: Vec<Arc<[u8]>>,
    /// Grows whenever a directory or link goes: paths resolved before may lead elsewhere now.
    pub(super) generation: u64,
}

impl Tree {
    pub(super) fn new() -> Self {
        let mut root = Node::new(NONE, NONE, 0, Content::Directory, 0);
        root.parent = ROOT;
        Self {
            nodes: vec![root],
            children: HashMap::new(),
            names: HashMap::new(),
            texts: Vec::new(),
            targets: Vec::new(),
            generation: 0,
        }
    }

    /// The node; one without children or parent for a number that is none.
    pub(super) fn get(&self, id: NodeId) -> Node {
        self.nodes.get(id as usize).copied().unwrap_or(Node::new(ROOT, NONE, 0, Content::Other, 0))
    }

    pub(super) fn change(&mut self, id: NodeId, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            change(node);
        }
    }

    pub(super) fn child(&self, parent: NodeId, name: &[u8]) -> Option<NodeId> {
        let name = *self.names.get(name)?;
        self.children.get(&(parent, name)).copied()
    }

    /// Adds a child; there must be none of that name.
    pub(super) fn add(&mut self, parent: NodeId, name: &[u8], content: Content, layer: u32) -> NodeId {
        let name = self.intern(name);
        let id = number(self.nodes.len());
        let above = self.get(parent);
        let mut node = Node::new(parent, name, layer, content, above.depth.saturating_add(1));
        node.next = above.first_child;
        self.change(above.first_child, |sibling| sibling.previous = id);
        self.change(parent, |parent| parent.first_child = id);
        self.nodes.push(node);
        self.children.insert((parent, name), id);
        id
    }

    /// Takes a node without children out of its directory.
    pub(super) fn unlink(&mut self, id: NodeId) {
        let node = self.get(id);
        if matches!(node.content, Content::Directory | Content::Symlink(_)) {
            self.generation = self.generation.wrapping_add(1);
        }
        self.children.remove(&(node.parent, node.name));
        self.change(node.next, |next| next.previous = node.previous);
        if node.previous == NONE {
            self.change(node.parent, |parent| parent.first_child = node.next);
        } else {
            self.change(node.previous, |previous| previous.next = node.next);
        }
    }

    pub(super) fn symlink(&mut self, target: &[u8]) -> Content {
        let index = number(self.targets.len());
        self.targets.push(target.into());
        Content::Symlink(index)
    }

    pub(super) fn target(&self, index: u32) -> Arc<[u8]> {
        self.targets.get(index as usize).cloned().unwrap_or_default()
    }

    /// The path from the root.
    pub(super) fn path(&self, mut id: NodeId) -> Vec<u8> {
        let mut parts = Vec::new();
        while id != ROOT {
            let node = self.get(id);
            parts.extend(self.texts.get(node.name as usize));
            id = node.parent;
        }
        parts.reverse();
        let parts: Vec<&[u8]> = parts.into_iter().map(|part| &**part).collect();
        parts.join(&b'/')
    }

    fn intern(&mut self, name: &[u8]) -> u32 {
        if let Some(&known) = self.names.get(name) {
            return known;
        }
        let index = number(self.texts.len());
        let text: Arc<[u8]> = name.into();
        self.texts.push(Arc::clone(&text));
        self.names.insert(text, index);
        index
    }
}

impl Node {
    fn new(parent: NodeId, name: u32, layer: u32, content: Content, depth: u32) -> Self {
        Self {
            parent,
            name,
            first_child: NONE,
            next: NONE,
            previous: NONE,
            layer,
            hidden_in: NONE,
            candidate: NONE,
            depth,
            content,
        }
    }
}

/// Entries are counted in 32 bits, so nodes of all layers together could only pass them where memory ended long before.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(NONE)
}
