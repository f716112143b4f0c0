//! A document to a tree.

mod agents;
mod element;
mod licenses;
mod relationships;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::carry::{Carried, pack};
use super::ids::{Namespace, is_iri};
use super::words;
use crate::document::{Document, EdgeEnd, ElementIndex, Hash};
use crate::json;
use crate::standard::{Standard, Type};
use crate::tree::{Members, Value};
use crate::uuid::ContentUuid;

pub(super) use licenses::natural_form;

const CONTEXT: &str = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";
const CREATION_INFO: &str = "_:creationinfo";

/// Stands for the name of a document that has none until its content is known. Nothing else has this UUID.
const NAMELESS: &str = "urn:uuid:5d1c9a52-7d1e-8b6f-9e0a-3c1f0b7a4e21";

/// Stands for a time that is not known; the field is mandatory.
const EPOCH: &str = "1970-01-01T00:00:00Z";

/// A document as the tree of SPDX 3 JSON-LD: same document, same tree.
pub(in crate::map) fn write(document: &Document) -> Value {
    let named = named(document);
    let mut tree = Writer::new(document, named.as_deref().unwrap_or(NAMELESS)).tree();
    if named.is_none() {
        let name = format!("urn:uuid:{}", json::uuid_of(&tree));
        rename(&mut tree, &name);
    }
    tree
}

/// The IRIs of the elements in the tree that [`write`] makes.
pub(in crate::map) fn ids(document: &Document) -> Vec<String> {
    match named(document) {
        Some(name) => Writer::new(document, &name).iris,
        None => {
            let iris = Writer::new(document, NAMELESS).iris;
            let name = format!("urn:uuid:{}", json::uuid_of(&Writer::new(document, NAMELESS).tree()));
            iris.into_iter().map(|iri| iri.replace(NAMELESS, &name)).collect()
        }
    }
}

/// The name of a document before it is written: its own when it can be that of a node, else one of what it says.
fn named(document: &Document) -> Option<Cow<'_, str>> {
    let own = document.uri.as_deref().filter(|uri| is_iri(uri) && *uri != NAMELESS).map(Cow::Borrowed);
    let made =
        || document.content_id.as_deref().map(|id| format!("urn:uuid:{}", ContentUuid::of(&[id, "SPDX-3"])).into());
    own.or_else(made)
}

/// Gives a nameless document its name, in every IRI under it.
fn rename(tree: &mut Value, name: &str) {
    match tree {
        Value::String(text) if text.contains(NAMELESS) => *text = text.replace(NAMELESS, name).into(),
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, name)),
        Value::Object(members) => members.iter_mut().for_each(|(_, member)| rename(member, name)),
        _ => {}
    }
}

struct Writer<'a> {
    document: &'a Document,
    names: Namespace,
    /// The IRIs of the elements, by place.
    iris: Vec<String>,
    /// The files of the snippets.
    snippet_files: HashMap<ElementIndex, ElementIndex>,
    /// The edges that say so, by place.
    snippet_edges: HashSet<usize>,
    /// The ids of the custom licences.
    custom_ids: HashSet<&'a str>,
    /// Every node but the document's, by class and IRI.
    nodes: BTreeMap<(&'static str, String), Members>,
}

impl<'a> Writer<'a> {
    fn new(document: &'a Document, name: &str) -> Self {
        let names = Namespace::new(name);
        let mut taken: HashMap<String, usize> = HashMap::new();
        let iris = document.elements.iter().map(|element| {
            let plain = names.iri(&element.id);
            let mut iri = plain.clone();
            // Two elements of one name would become one; the id is carried then.
            while taken.contains_key(&iri) {
                let count = taken.entry(plain.clone()).or_default();
                *count = count.saturating_add(1);
                iri = format!("{plain}~{count}");
            }
            taken.insert(iri.clone(), 1);
            iri
        });
        let iris = iris.collect();
        let mut writer = Self {
            document,
            iris,
            names,
            snippet_files: HashMap::new(),
            snippet_edges: HashSet::new(),
            custom_ids: document.custom_licenses.iter().map(|license| license.id.as_str()).collect(),
            nodes: BTreeMap::new(),
        };
        writer.find_snippets();
        writer
    }

    fn tree(mut self) -> Value {
        let document = self.document;
        let creation_info = self.creation_info();
        for (at, element) in document.indexed() {
            self.element(at, element);
        }
        self.relationships();
        self.annotations();
        self.sbom();
        let root = self.document_node();
        let rest = self.nodes.into_values().map(finished);
        let graph = [finished(root), finished(creation_info)].into_iter().chain(rest).collect();
        let mut tree = Members::new();
        tree.set("@context", Value::text(CONTEXT));
        tree.set("@graph", Value::Array(graph));
        Value::Object(tree)
    }

    fn iri(&self, at: ElementIndex) -> Option<&str> {
        self.iris.get(at.get()).map(String::as_str)
    }

    /// The IRI of what an edge leads to; none for an element that is not there.
    fn end(&self, end: &EdgeEnd) -> Option<String> {
        match end {
            EdgeEnd::Element(at) => self.iri(*at).map(str::to_owned),
            EdgeEnd::Document => Some(self.names.document().to_owned()),
            EdgeEnd::External(name) => Some(self.names.iri(name)),
        }
    }

    /// Adds a node of ours and gives its IRI. Equal ones are one.
    fn node(&mut self, class: &'static str, what: &str, node: Members) -> String {
        let iri = self.names.node(what);
        self.nodes.entry((class, iri.clone())).or_insert_with(|| {
            let mut whole = element_node(class, &iri);
            node.into_iter().for_each(|(name, value)| whole.set(name, value));
            whole
        });
        iri
    }

    fn document_node(&mut self) -> Members {
        let document = self.document;
        let mut node = element_node("SpdxDocument", self.names.document());
        let mut carried = Carried::default();
        document.properties.iter().for_each(|property| carried.property(property));
        if self.names.document() == NAMELESS {
            carried.put("uri", document.uri.as_deref().map_or_else(String::new, |uri| pack([uri])));
        }
        set(&mut node, "name", document.name.as_deref());
        set(&mut node, "comment", document.comment.as_deref());
        node.set("profileConformance", strings(["core", "software"]));
        node.set("rootElement", strings([self.names.node("sbom")]));
        if let Some(text) = &document.data_license {
            let license = self.expression(text);
            node.set("dataLicense", Value::text(license));
        }
        self.external_documents(&mut node, &mut carried);
        self.creation_facts(&mut carried);
        self.document_agents(&mut carried);
        self.completeness_facts(&mut carried);
        self.list_version_fact(&mut carried);
        let unnatural = |word: &&String| natural_lifecycle(word).is_none();
        document.lifecycles.iter().filter(unnatural).for_each(|word| carried.put("lifecycle", word));
        carried.add_to(&mut node);
        node
    }

    /// What the software bill of materials lists. A collection with elements has a root (SPDX 3.0.1, ElementCollection).
    fn sbom(&mut self) {
        let document = self.document;
        let mut node = Members::new();
        let roots: Vec<&str> = document.roots.iter().filter_map(|at| self.iri(*at)).collect();
        if !roots.is_empty() {
            node.set("rootElement", strings(roots));
            let mut elements: Vec<&str> = self.iris.iter().map(String::as_str).collect();
            elements.sort_unstable();
            node.set("element", strings(elements));
        }
        let types: Vec<_> = document.lifecycles.iter().filter_map(|word| natural_lifecycle(word)).collect();
        if !types.is_empty() {
            node.set("software_sbomType", strings(types));
        }
        self.node("software_Sbom", "sbom", node);
    }

    fn external_documents(&self, node: &mut Members, carried: &mut Carried) {
        let (mut namespaces, mut imports) = (Vec::new(), Vec::new());
        for external in &self.document.external_documents {
            let mut map = class("ExternalMap");
            map.set("externalSpdxId", Value::text(external.uri.as_str()));
            if let Some(hash) = &external.hash {
                map.set("verifiedUsing", Value::Array(vec![hash_node(hash)]));
            }
            imports.push(Value::Object(map));
            if external.id != external.uri {
                let mut map = class("NamespaceMap");
                map.set("prefix", Value::text(external.id.as_str()));
                map.set("namespace", Value::text(external.uri.as_str()));
                namespaces.push(Value::Object(map));
            }
            carried.put("external-document", pack([external.id.as_str()]));
        }
        for (name, maps) in [("namespaceMap", namespaces), ("import", imports)] {
            if !maps.is_empty() {
                node.set(name, Value::Array(maps));
            }
        }
    }

    fn annotations(&mut self) {
        let document = self.document;
        for (number, annotation) in document.annotations.iter().enumerate() {
            let Some(subject) = self.end(&annotation.subject) else { continue };
            let mut node = Members::new();
            let natural = match annotation.kind.as_str() {
                "REVIEW" => "review",
                _ => "other",
            };
            node.set("annotationType", Value::text(natural));
            node.set("subject", Value::text(subject));
            node.set("statement", Value::text(annotation.text.as_str()));
            let mut carried = Carried::default();
            // A creation info of its own would say it too; ours are one for all.
            carried.put("annotator", annotation.annotator.as_str());
            carried.put("date", annotation.date.as_str());
            if !matches!(annotation.kind.as_str(), "REVIEW" | "OTHER") {
                carried.put("kind", annotation.kind.as_str());
            }
            carried.add_to(&mut node);
            self.node("Annotation", &format!("annotation-{:06}", number.saturating_add(1)), node);
        }
    }
}

/// `software_sbomType` for a phase, when reading it gives the phase again.
fn natural_lifecycle(word: &str) -> Option<&'static str> {
    words::to_spdx3(words::LIFECYCLES, word)
}

/// A digest as an integrity method.
fn hash_node(hash: &Hash) -> Value {
    let mut node = class("Hash");
    match words::to_spdx3(words::ALGORITHMS, &hash.algorithm) {
        Some(word) => node.set("algorithm", Value::text(word)),
        None => {
            node.set("algorithm", Value::text("other"));
            node.set("comment", Value::text(hash.algorithm.as_str()));
        }
    }
    node.set("hashValue", Value::text(hash.value.as_str()));
    Value::Object(node)
}

/// A node of a class.
fn class(class: &'static str) -> Members {
    let mut node = Members::new();
    node.set("type", Value::text(class));
    node
}

/// A node of a class of elements.
fn element_node(name: &'static str, iri: &str) -> Members {
    let mut node = class(name);
    node.set("spdxId", Value::text(iri));
    node.set("creationInfo", Value::text(CREATION_INFO));
    node
}

fn set(node: &mut Members, name: &'static str, text: Option<&str>) {
    if let Some(text) = text {
        node.set(name, Value::text(text));
    }
}

fn strings<T: Into<Box<str>>>(texts: impl IntoIterator<Item = T>) -> Value {
    Value::Array(texts.into_iter().map(Value::text).collect())
}

/// Whether a value of a field of a class is one that its pattern takes.
fn takes(class: &str, field: &str, text: &str) -> bool {
    let standard = Standard::spdx3();
    let field = standard.object_named(class).and_then(|(_, object)| object.field(field, standard.latest()));
    match field.map(|field| &field.kind) {
        Some(Type::Pattern(id)) => standard.pattern(*id).is_some_and(|pattern| pattern.matches(text)),
        _ => false,
    }
}

/// The node with its members in the order of the table.
fn finished(mut node: Members) -> Value {
    let class = node.get("type").and_then(Value::as_str).unwrap_or_default();
    if let Some((_, object)) = Standard::spdx3().object_named(class) {
        node.sort_by_key(|name| object.fields.iter().position(|field| field.name == name));
    }
    Value::Object(node)
}
