//! RDF/XML to nodes.

use std::collections::HashMap;

use plimsoll_syntax::xml::Element;

/// What a property says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Object {
    /// Text.
    Literal(Box<str>),
    /// An IRI, of which the file may have a node.
    Iri(Box<str>),
    /// A node, by its number.
    Node(usize),
}

/// A node.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Its IRI.
    pub(super) iri: Option<Box<str>>,
    /// The local name of its class.
    pub(super) class: Box<str>,
    /// Local names of properties, what they say, and their lines.
    pub(super) properties: Vec<(Box<str>, Object, u32)>,
    /// The line where it is first.
    pub(super) line: u32,
}

/// The nodes of a file, in the order in which they are first.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    /// IRIs, and `_:` with the names of nodes without one. Only looked up, never walked.
    named: HashMap<Box<str>, usize>,
}

impl Graph {
    /// The graph of a file whose root element this is.
    pub(super) fn of(root: &Element<'_>) -> Self {
        let mut graph = Self::default();
        if root.name() == "RDF" {
            for element in root.elements() {
                graph.node(element);
            }
        } else {
            graph.node(root);
        }
        graph
    }

    /// All nodes with their numbers.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate()
    }

    /// A node.
    pub(super) fn get(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    /// The node that an object of a property is.
    pub(super) fn node_of(&self, object: &Object) -> Option<usize> {
        match object {
            Object::Node(at) => Some(*at),
            Object::Iri(iri) => self.named.get(iri).copied(),
            Object::Literal(_) => None,
        }
    }

    /// A node element (§2.2). The reader of XML bounds how deep this goes.
    fn node(&mut self, element: &Element<'_>) -> usize {
        let iri = element.attribute("about").or_else(|| element.attribute("ID"));
        let blank = element.attribute("nodeID").map(|name| format!("_:{name}"));
        let at = self.find_or_add(iri.or(blank.as_deref()), iri.is_some(), element.line());
        if element.name() != "Description" {
            self.set_class(at, element.name());
        }
        for property in element.elements() {
            self.property(at, property);
        }
        at
    }

    fn find_or_add(&mut self, name: Option<&str>, is_iri: bool, line: u32) -> usize {
        if let Some(at) = name.and_then(|name| self.named.get(name)) {
            return *at;
        }
        let at = self.nodes.len();
        let iri = name.filter(|_| is_iri).map(Into::into);
        self.nodes.push(Node { iri, line, ..Node::default() });
        if let Some(name) = name {
            self.named.insert(name.into(), at);
        }
        at
    }

    fn set_class(&mut self, at: usize, class: &str) {
        if let Some(node) = self.nodes.get_mut(at)
            && node.class.is_empty()
        {
            node.class = class.into();
        }
    }

    /// A property element (§2.2): a literal, a reference, or a node in it.
    fn property(&mut self, at: usize, element: &Element<'_>) {
        if element.name() == "type" {
            let class = element.attribute("resource").and_then(|iri| iri.rsplit(['#', '/']).next());
            return self.set_class(at, class.unwrap_or_default());
        }
        let object = if let Some(iri) = element.attribute("resource") {
            Object::Iri(iri.into())
        } else if let Some(name) = element.attribute("nodeID") {
            Object::Node(self.find_or_add(Some(&format!("_:{name}")), false, element.line()))
        } else if element.attribute("parseType") == Some("Resource") {
            let node = self.find_or_add(None, false, element.line());
            for property in element.elements() {
                self.property(node, property);
            }
            Object::Node(node)
        } else if let [first, ..] = element.elements() {
            Object::Node(self.node(first))
        } else {
            Object::Literal(element.text().into())
        };
        if let Some(node) = self.nodes.get_mut(at) {
            node.properties.push((element.name().into(), object, element.line()));
        }
    }
}
