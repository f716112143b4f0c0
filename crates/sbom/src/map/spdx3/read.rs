//! A tree to a document.

mod agents;
mod element;
mod licenses;
mod relationships;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use super::carry::{Facts, unpack};
use super::ids::Namespace;
use super::words;
use crate::document::{Annotation, Document, EdgeEnd, ElementIndex, ExternalDocument, Hash};
use crate::standard::Standard;
use crate::tree::{Members, Pointer, Value};

/// What an SPDX 3 document says.
pub(in crate::map) fn read(tree: &Value) -> Document {
    let graph = Graph::of(tree);
    let node = graph.of_class("SpdxDocument").next();
    let uri = node.and_then(|node| text(node, "spdxId")).unwrap_or_default();
    let reader = Reader {
        graph,
        names: Namespace::new(uri),
        elements: HashMap::new(),
        copied: Cell::new(0),
        expressions: RefCell::new(HashMap::new()),
    };
    reader.document(node)
}

/// Where the elements stand, in the order in which they are read.
pub(in crate::map) fn places(tree: &Value) -> Vec<(&Value, Pointer)> {
    let mut found = Places { seen: HashSet::new(), out: Vec::new() };
    found.collect(tree, &Pointer::root());
    found.out
}

/// What [`places`] found. It goes through the tree as [`Graph`] does.
struct Places<'a> {
    seen: HashSet<&'a str>,
    out: Vec<(&'a Value, Pointer)>,
}

impl<'a> Places<'a> {
    fn collect(&mut self, value: &'a Value, at: &Pointer) {
        match value {
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(number, item)| self.collect(item, &at.item(number)));
            }
            Value::Object(members) => {
                let artifact = element::kind(members).and_then(|_| text(members, "spdxId"));
                if artifact.is_some_and(|iri| self.seen.insert(iri)) {
                    self.out.push((value, at.clone()));
                }
                let nested = |value: &Value| matches!(value, Value::Array(_) | Value::Object(_));
                for (name, member) in members.iter().filter(|(name, held)| *name != "extension" && nested(held)) {
                    self.collect(member, &at.member(name));
                }
            }
            _ => {}
        }
    }
}

/// The nodes of a tree, wherever they stand.
struct Graph<'a> {
    nodes: Vec<&'a Members>,
    by_id: HashMap<&'a str, &'a Members>,
}

impl<'a> Graph<'a> {
    fn of(tree: &'a Value) -> Self {
        let mut graph = Self { nodes: Vec::new(), by_id: HashMap::new() };
        graph.collect(tree);
        graph
    }

    /// Readers bound how deep a tree is, so the recursion is bounded too.
    fn collect(&mut self, value: &'a Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Object(members) => {
                if members.has("type") {
                    self.nodes.push(members);
                    if let Some(id) = id_of(members) {
                        self.by_id.entry(id).or_insert(members);
                    }
                }
                for (_, member) in members.iter().filter(|(name, _)| *name != "extension") {
                    self.collect(member);
                }
            }
            _ => {}
        }
    }

    fn of_class(&self, class: &'static str) -> impl Iterator<Item = &'a Members> {
        self.nodes.iter().copied().filter(move |node| text(node, "type") == Some(class))
    }

    /// The node of a link, given in place or by its name.
    fn node(&self, link: &'a Value) -> Option<&'a Members> {
        match link {
            Value::Object(members) => Some(members),
            Value::String(name) => self.by_id.get(&**name).copied(),
            _ => None,
        }
    }

    /// The node that a member links to.
    fn linked(&self, node: &'a Members, name: &str) -> Option<&'a Members> {
        self.node(node.get(name)?)
    }

    /// The nodes that a member links to, in order.
    fn all_linked(&self, node: &'a Members, name: &str) -> impl Iterator<Item = &'a Members> {
        items(node, name).iter().filter_map(|link| self.node(link))
    }
}

/// What a node is named.
fn id_of(node: &Members) -> Option<&str> {
    text(node, "spdxId").or_else(|| text(node, "@id"))
}

/// What a link names.
fn link_of(link: &Value) -> Option<&str> {
    match link {
        Value::Object(members) => id_of(members),
        _ => link.as_str(),
    }
}

fn text<'a>(node: &'a Members, name: &str) -> Option<&'a str> {
    node.get(name).and_then(Value::as_str)
}

fn owned(node: &Members, name: &str) -> Option<String> {
    text(node, name).map(str::to_owned)
}

/// The items of a member.
fn items<'a>(node: &'a Members, name: &str) -> &'a [Value] {
    node.get(name).and_then(Value::as_array).unwrap_or_default()
}

fn texts<'a>(node: &'a Members, name: &str) -> impl Iterator<Item = &'a str> {
    items(node, name).iter().filter_map(Value::as_str)
}

/// Whether a class is another or extends it.
fn is_a(class: &str, other: &str) -> bool {
    let standard = Standard::spdx3();
    let mut next = standard.object_named(class).map(|(_, object)| object);
    // A chain of classes is short; a table that ran in a circle would fail its test.
    for _ in 0..16 {
        match next {
            Some(object) if object.name == other => return true,
            Some(object) => next = object.extends.and_then(|id| standard.object(id)),
            None => return false,
        }
    }
    false
}

struct Reader<'a> {
    graph: Graph<'a>,
    names: Namespace,
    /// The places of the elements by IRI.
    elements: HashMap<&'a str, ElementIndex>,
    /// Bytes that were copied from nodes that others link to.
    copied: Cell<usize>,
    /// What licence nodes amount to, by IRI.
    expressions: RefCell<HashMap<&'a str, Option<String>>>,
}

/// Bytes that are copied from nodes that others link to. A small file may link to one long text a million times; when this
/// is spent, the IRI of a node stands for it.
const MOST_COPIED: usize = 256 << 20;

impl<'a> Reader<'a> {
    /// Whether more may be copied.
    fn may_copy(&self) -> bool {
        self.copied.get() < MOST_COPIED
    }

    /// Counts what was copied, at least something for each.
    fn count_copy(&self, bytes: usize) {
        self.copied.set(self.copied.get().saturating_add(bytes).saturating_add(64));
    }

    fn document(mut self, node: Option<&'a Members>) -> Document {
        let mut document = Document::default();
        self.elements(&mut document);
        self.licenses(&mut document);
        let facts = node.map(Facts::of).unwrap_or_default();
        self.creation(&mut document, node, &facts);
        let derived = self.relationships(&mut document);
        document.completeness = if facts.has("completeness") { self.completeness(&facts) } else { derived };
        self.annotations(&mut document);
        if let Some(node) = node {
            self.document_node(&mut document, node, &facts);
        }
        self.collections(&mut document, node, &facts);
        document.properties = facts.properties;
        document
    }

    fn document_node(&self, document: &mut Document, node: &'a Members, facts: &Facts) {
        document.name = owned(node, "name");
        document.comment = owned(node, "comment");
        document.uri = match facts.get("uri") {
            Some(said) => unpack(said).into_iter().flatten().next(),
            None => owned(node, "spdxId"),
        };
        let license = self.graph.linked(node, "dataLicense");
        document.data_license = match license {
            Some(license) => owned(license, "simplelicensing_licenseExpression").or_else(|| owned(license, "name")),
            None => text(node, "dataLicense").map(|iri| listed_license(iri).to_owned()),
        };
        let ids: Vec<_> =
            facts.all("external-document").map(|said| unpack(said).into_iter().flatten().next()).collect();
        let maps = self.graph.all_linked(node, "namespaceMap");
        let prefixes: HashMap<&str, &str> =
            maps.filter_map(|map| Some((text(map, "namespace")?, text(map, "prefix")?))).collect();
        for (number, map) in self.graph.all_linked(node, "import").enumerate() {
            let uri = text(map, "externalSpdxId").unwrap_or_default();
            let id = ids.get(number).cloned().flatten().or_else(|| prefix(&prefixes, uri));
            let hash = self.graph.all_linked(map, "verifiedUsing").find_map(hash);
            let id = id.unwrap_or_else(|| uri.to_owned());
            document.external_documents.push(ExternalDocument { id, uri: uri.to_owned(), hash });
        }
    }

    /// What the document is about: the roots of the collections that are its roots, else its roots, else what it describes.
    fn collections(&self, document: &mut Document, node: Option<&'a Members>, facts: &Facts) {
        let is_collection = |node: &&Members| text(node, "type").is_some_and(|class| is_a(class, "Bundle"));
        let tops: Vec<&Value> = node.map(|node| items(node, "rootElement")).unwrap_or_default().iter().collect();
        let mut collections: Vec<_> =
            tops.iter().filter_map(|link| self.graph.node(link)).filter(is_collection).collect();
        if node.is_none() {
            collections = self.graph.nodes.iter().copied().filter(is_collection).collect();
        }
        let inner = collections.iter().flat_map(|collection| items(collection, "rootElement"));
        let roots = tops.iter().copied().chain(inner).filter_map(|link| self.elements.get(link_of(link)?).copied());
        let mut taken = HashSet::new();
        document.roots = roots.filter(|root| taken.insert(*root)).collect();
        if document.roots.is_empty() && collections.is_empty() {
            let described = document.edges.iter().filter(|edge| {
                edge.from == EdgeEnd::Document && edge.kind == crate::document::EdgeKind::Other("DESCRIBES".to_owned())
            });
            let mut roots: Vec<_> = described
                .filter_map(|edge| match edge.to {
                    EdgeEnd::Element(at) => Some(at),
                    _ => None,
                })
                .collect();
            roots.sort_unstable();
            roots.dedup();
            document.roots = roots;
        }
        let types = collections.iter().flat_map(|collection| texts(collection, "software_sbomType"));
        let phases = types.filter_map(|word| words::from_spdx3(words::LIFECYCLES, word)).chain(facts.all("lifecycle"));
        document.lifecycles = phases.map(str::to_owned).collect();
    }

    /// What an IRI leads to; none for a node of this document that is no element of the neutral one.
    fn end(&self, iri: &str) -> Option<EdgeEnd> {
        if iri == self.names.document() {
            return Some(EdgeEnd::Document);
        }
        match self.elements.get(iri) {
            Some(at) => Some(EdgeEnd::Element(*at)),
            None if self.graph.by_id.contains_key(iri) => None,
            None => Some(EdgeEnd::External(self.names.name(iri))),
        }
    }

    fn annotations(&self, document: &mut Document) {
        for node in self.graph.of_class("Annotation") {
            let Some(subject) = node.get("subject").and_then(link_of).and_then(|iri| self.end(iri)) else { continue };
            let facts = Facts::of(node);
            let info = self.graph.linked(node, "creationInfo");
            let natural = if text(node, "annotationType") == Some("review") { "REVIEW" } else { "OTHER" };
            let said = |name: &str| facts.get(name).map(str::to_owned);
            let created = || info.and_then(|info| owned(info, "created"));
            document.annotations.push(Annotation {
                subject,
                kind: said("kind").unwrap_or_else(|| natural.to_owned()),
                annotator: said("annotator").or_else(|| self.annotator(info?)).unwrap_or_default(),
                date: said("date").or_else(created).unwrap_or_default(),
                text: owned(node, "statement").unwrap_or_default(),
            });
        }
    }
}

/// The prefix of the namespace that an IRI is or lies in. Namespaces end in `#` or `/`.
fn prefix(prefixes: &HashMap<&str, &str>, iri: &str) -> Option<String> {
    let ends = iri.char_indices().rev().filter(|(_, c)| matches!(c, '#' | '/'));
    let inner = ends.filter_map(|(at, _)| iri.get(..=at));
    std::iter::once(iri).chain(inner).find_map(|space| prefixes.get(space)).map(|prefix| (*prefix).to_owned())
}

/// The id of a licence that is named by its place in the SPDX list.
fn listed_license(iri: &str) -> &str {
    ["https://spdx.org/licenses/", "http://spdx.org/licenses/"]
        .iter()
        .find_map(|list| iri.strip_prefix(list))
        .unwrap_or(iri)
}

/// A digest; none for other integrity methods.
fn hash(node: &Members) -> Option<Hash> {
    if text(node, "type") != Some("Hash") {
        return None;
    }
    let word = text(node, "algorithm")?;
    let other = || if word == "other" { owned(node, "comment") } else { None };
    let known = words::from_spdx3(words::ALGORITHMS, word).map(str::to_owned);
    let algorithm = known.or_else(other).unwrap_or_else(|| word.to_owned());
    Some(Hash { algorithm, value: owned(node, "hashValue")? })
}
