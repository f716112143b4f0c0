//! What a document lists, to look at: its components, how they hang together, and a few words about the whole.
//!
//! An [`Outline`] is made of a [`Document`], or of what the [`Lean`] reader took from a large file in one pass.

mod filter;
mod tree;

use std::collections::{BTreeMap, HashMap};

pub use filter::{Filter, FilterError};
pub use tree::{Line, MAX_DEPTH};

use crate::Document;
use crate::document::{EdgeEnd, EdgeKind, Element, ElementKind};
use crate::lean::{Lean, LeanComponent};

/// A component or service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name in the document.
    pub id: String,
    /// What sort of thing, in the word of the document.
    pub kind: String,
    /// Group and name.
    pub name: String,
    /// Its version; empty for none.
    pub version: String,
    /// Its chief package URL; empty for none.
    pub purl: String,
    /// Its scope; empty for none.
    pub scope: String,
    /// Its licences.
    pub licenses: Vec<String>,
}

impl Node {
    /// The type of its purl, else what sort of thing it is.
    #[must_use]
    pub fn family(&self) -> &str {
        let kind = self.purl.strip_prefix("pkg:").and_then(|rest| rest.split_once('/')).map(|(kind, _)| kind);
        kind.filter(|kind| !kind.is_empty()).unwrap_or(if self.kind.is_empty() { "package" } else { &self.kind })
    }

    /// Name and version.
    #[must_use]
    pub fn label(&self) -> String {
        if self.version.is_empty() { self.name.clone() } else { format!("{} {}", self.name, self.version) }
    }
}

/// A document to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// When it was made; empty when it does not say.
    pub created: String,
    /// What made it.
    pub tools: Vec<String>,
    /// How much it says that it lists, in CycloneDX's words.
    pub completeness: Vec<String>,
    /// Its components and services.
    pub nodes: Vec<Node>,
    /// What each node needs or holds, in the order of the document, each once.
    pub children: Vec<Vec<usize>>,
    /// What it is about.
    pub roots: Vec<usize>,
    /// Files and snippets, which are not listed.
    pub files: usize,
}

impl Outline {
    /// How many components there are of each type of purl, or sort where there is none; the subjects are not counted.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for (at, node) in self.nodes.iter().enumerate() {
            if !self.roots.contains(&at) {
                let count: &mut usize = counts.entry(node.family()).or_default();
                *count = count.saturating_add(1);
            }
        }
        counts
    }

    /// How many dependencies there are.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.children.iter().map(Vec::len).sum()
    }

    /// Adds edges, each once, none to itself.
    fn connect(&mut self, edges: impl Iterator<Item = (usize, usize)>) {
        self.children = vec![Vec::new(); self.nodes.len()];
        let mut seen = std::collections::HashSet::new();
        for (from, to) in edges.filter(|(from, to)| from != to) {
            if to < self.nodes.len()
                && seen.insert((from, to))
                && let Some(children) = self.children.get_mut(from)
            {
                children.push(to);
            }
        }
    }
}

fn scope(element: &Element) -> String {
    let own = element.properties.iter().find(|held| held.name == "plimsoll:scope").map(|held| held.value.clone());
    own.or_else(|| element.scope.clone()).unwrap_or_default()
}

impl From<&Document> for Outline {
    fn from(document: &Document) -> Self {
        let mut outline = Self {
            created: document.created.clone().unwrap_or_default(),
            completeness: document.completeness.iter().map(|held| held.aggregate.clone()).collect(),
            ..Self::default()
        };
        let tool = |tool: &crate::Tool| {
            format!("{} {}", tool.name, tool.version.as_deref().unwrap_or_default()).trim_end().to_owned()
        };
        outline.tools = document.tools.iter().map(tool).collect();
        let mut places: HashMap<usize, usize> = HashMap::new();
        for (at, element) in document.indexed() {
            let kind = match &element.kind {
                ElementKind::Component(kind) => kind.clone(),
                ElementKind::Service => "service".to_owned(),
                ElementKind::File | ElementKind::Snippet => {
                    outline.files = outline.files.saturating_add(1);
                    continue;
                }
            };
            places.insert(at.get(), outline.nodes.len());
            outline.nodes.push(Node {
                id: element.id.clone(),
                kind,
                name: element.full_name(),
                version: element.version.clone().unwrap_or_default(),
                purl: element.purls.first().cloned().unwrap_or_default(),
                scope: scope(element),
                licenses: element.licenses.iter().map(|license| license.text.clone()).collect(),
            });
        }
        outline.roots = document.roots.iter().filter_map(|at| places.get(&at.get()).copied()).collect();
        let place = |end: &EdgeEnd| match end {
            EdgeEnd::Element(at) => places.get(&at.get()).copied(),
            _ => None,
        };
        let edges = document.edges.iter().filter(|edge| matches!(edge.kind, EdgeKind::DependsOn | EdgeKind::Contains));
        outline.connect(edges.filter_map(|edge| Some((place(&edge.from)?, place(&edge.to)?))));
        outline
    }
}

impl From<&Lean<'_>> for Outline {
    fn from(lean: &Lean<'_>) -> Self {
        let tool = |(name, version): &(std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
            format!("{name} {version}").trim_end().to_owned()
        };
        let mut outline = Self {
            created: lean.created.clone().into_owned(),
            tools: lean.tools.iter().map(tool).collect(),
            completeness: lean.aggregates.iter().map(|aggregate| aggregate.clone().into_owned()).collect(),
            nodes: lean.components.iter().map(node).collect(),
            ..Self::default()
        };
        let mut places: HashMap<&str, usize> = HashMap::with_capacity(lean.components.len());
        for (at, component) in lean.components.iter().enumerate().filter(|(_, one)| !one.reference.is_empty()) {
            places.entry(&component.reference).or_insert(at);
        }
        let place = |id: &str| places.get(id).copied();
        let described = lean.edges.iter().filter(|edge| edge.kind == "DESCRIBES").filter_map(|edge| place(&edge.to));
        let named = lean.describes.iter().filter_map(|id| place(id));
        outline.roots = lean.subject.into_iter().chain(described).chain(named).collect();
        outline.roots.sort_unstable();
        outline.roots.dedup();
        let inside = lean.components.iter().enumerate().filter_map(|(at, component)| Some((component.parent?, at)));
        let edges = lean.edges.iter().filter_map(|edge| {
            let (from, to) = (place(&edge.from)?, place(&edge.to)?);
            match direction(&edge.kind)? {
                true => Some((from, to)),
                false => Some((to, from)),
            }
        });
        outline.connect(inside.chain(edges));
        outline
    }
}

fn node(component: &LeanComponent<'_>) -> Node {
    let (group, name) = (&component.group, &component.name);
    Node {
        id: component.reference.clone().into_owned(),
        kind: component.kind.to_lowercase(),
        name: if group.is_empty() { name.clone().into_owned() } else { format!("{group}/{name}") },
        version: component.version.clone().into_owned(),
        purl: component.purl.clone().into_owned(),
        ..Node::default()
    }
}

/// Whether an edge leads from what needs or holds to what is needed or held, or the other way (SPDX 2.3, 11.1).
fn direction(kind: &str) -> Option<bool> {
    match kind {
        "dependsOn" | "DEPENDS_ON" | "CONTAINS" => Some(true),
        "CONTAINED_BY" => Some(false),
        _ if kind.ends_with("DEPENDENCY_OF") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
