//! Nodes to a tree.

use std::collections::HashMap;

use plimsoll_model::Limits;
use plimsoll_syntax::xml;

use super::graph::{Graph, Node, Object};
use super::licenses::{Licenses, TERMS, term};
use crate::encoding::spdx2::{Faults, parsed_respelled, quote, scalar, syntax_error};
use crate::encoding::{Encoding, Parsed, ReadError};
use crate::fault::{Fault, FaultKind};
use crate::json;
use crate::standard::{self, EnumId, Field, ObjectId, Standard, Type, Words};
use crate::tree::{Members, Pointer, Value};

/// The name of the encoding in the table.
const RDF: &str = "rdf";

/// Objects in objects: no document has more, a node that contains itself has.
const DEEPEST: usize = 16;

/// Reads a document.
pub(in crate::encoding) fn read(bytes: &[u8], limits: &Limits) -> Result<Parsed, ReadError> {
    let text = json::lexer::text(bytes).map_err(|fault| ReadError::Syntax(Box::new(fault)))?;
    let root = xml::parse_with_space(&text, limits).map_err(|error| syntax_error(&error))?;
    let graph = Graph::of(&root);
    let (document, node) = graph
        .nodes()
        .find(|(_, node)| &*node.class == "SpdxDocument")
        .ok_or(ReadError::Unknown { looked_for: vec!["spdx:SpdxDocument"] })?;
    let namespace = node.iri.as_deref().and_then(|iri| iri.split_once('#')).map_or("", |(namespace, _)| namespace);
    let licenses = Licenses { graph: &graph, namespace, left: limits.yaml_nodes };
    let mut reader = Reader {
        standard: Standard::spdx2(),
        graph: &graph,
        licenses,
        left: limits.yaml_nodes,
        externals: HashMap::new(),
        faults: Faults::default(),
        at: Pointer::root(),
    };
    reader.find_externals();
    let mut tree = reader.object(document, reader.standard.root(), DEEPEST);
    reader.relationships(&mut tree);
    if reader.left == 0 || reader.licenses.left == 0 {
        let fault = Fault::new(FaultKind::Limit, Pointer::root(), "nodes are used too often");
        return Err(ReadError::Limit(Box::new(fault)));
    }
    parsed_respelled(Encoding::SpdxRdfXml, Value::Object(tree), reader.faults)
}

struct Reader<'g> {
    standard: &'static Standard,
    graph: &'g Graph,
    licenses: Licenses<'g>,
    /// Values that may still be made: nodes may be used many times.
    left: u64,
    /// The names of other documents, by their IRIs.
    externals: HashMap<&'g str, &'g str>,
    faults: Faults,
    at: Pointer,
}

fn words(field: &Field) -> Option<&Words> {
    field.spellings.of(RDF)
}

fn fragment(iri: &str) -> &str {
    iri.split_once('#').map_or("", |(_, fragment)| fragment)
}

impl<'g> Reader<'g> {
    fn find_externals(&mut self) {
        for (_, node) in self.graph.nodes().filter(|(_, node)| &*node.class == "ExternalDocumentRef") {
            let document = node.properties.iter().find_map(|(name, object, _)| match object {
                Object::Iri(iri) if **name == *"spdxDocument" => Some(&**iri),
                _ => None,
            });
            if let (Some(iri), Some(document)) = (node.iri.as_deref(), document) {
                self.externals.insert(document, fragment(iri));
            }
        }
    }

    fn object(&mut self, at: usize, id: ObjectId, depth: usize) -> Members {
        let mut members = Members::new();
        let (Some(node), Some(object)) = (self.graph.get(at), self.standard.object(id)) else { return members };
        let Some(depth) = depth.checked_sub(1) else {
            self.faults.add(FaultKind::Limit, self.at.clone(), node.line, "the node is in itself");
            return members;
        };
        let mut known = Vec::new();
        for field in &object.fields {
            let Some(words) = words(field).filter(|_| !members.has(field.name)) else { continue };
            let iri = node.iri.as_deref().unwrap_or_default();
            if words.has("namespace") {
                members.set_some(field.name, iri.split_once('#').map(|(namespace, _)| namespace));
            } else if words.has("nodes") {
                known.extend(words.get("property"));
                self.nodes(field, depth, &mut members);
            } else if let Some(property) = words.get("property") {
                known.push(property);
                // Relationships are at both ends of the tree: they come last.
                if property != "relationship" {
                    self.at.push_member(field.name);
                    self.property(node, property, field, depth, &mut members);
                    self.at.pop();
                }
            }
            if words.has("about") && !members.has(field.name) {
                members.set_some(field.name, Some(fragment(iri)).filter(|text| !text.is_empty()));
            }
        }
        self.unknown(node, &known);
        members
    }

    fn unknown(&mut self, node: &Node, known: &[&str]) {
        const ELSEWHERE: [&str; 3] = ["relationship", "externalDocumentId", "referencesFile"];
        for (name, _, line) in &node.properties {
            if !known.contains(&&**name) && !ELSEWHERE.contains(&&**name) {
                let message = format!("the property {} is not read", quote(name));
                self.faults.advise(FaultKind::Unknown, self.at.clone(), *line, message);
            }
        }
    }

    /// All nodes of the class of the objects of a list.
    fn nodes(&mut self, field: &'static Field, depth: usize, members: &mut Members) {
        let Type::Array(item) = &field.kind else { return };
        let Type::Object(id) = &**item else { return };
        let class = self.standard.object(*id).and_then(|object| object.spellings.of(RDF)?.get("class"));
        let mut items = Vec::new();
        self.at.push_member(field.name);
        for (at, node) in self.graph.nodes() {
            if Some(&*node.class) == class {
                self.at.push_item(items.len());
                items.push(Value::Object(self.object(at, *id, depth)));
                self.at.pop();
            }
        }
        self.at.pop();
        members.set_items(field.name, items);
    }

    fn property(&mut self, node: &Node, name: &str, field: &'static Field, depth: usize, members: &mut Members) {
        let (kind, list) = match &field.kind {
            Type::Array(item) => (&**item, true),
            kind => (kind, false),
        };
        let mut items = Vec::new();
        for (_, object, line) in node.properties.iter().filter(|(property, ..)| **property == *name) {
            if !list && !items.is_empty() {
                let message = "the property was there before; the first one counts";
                self.faults.add(FaultKind::Duplicate, self.at.clone(), *line, message);
                break;
            }
            if list {
                self.at.push_item(items.len());
            }
            if let Some(value) = self.value(object, kind, field, *line, depth) {
                items.push(value);
            }
            if list {
                self.at.pop();
            }
        }
        if list {
            members.set_items(field.name, items);
        } else if let Some(value) = items.pop() {
            members.set(field.name, value);
        }
    }

    fn value(&mut self, object: &Object, kind: &'static Type, field: &Field, line: u32, depth: usize) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        if words(field).is_some_and(|words| words.has("license")) {
            let expression = self.licenses.expression(object);
            if expression.is_none() {
                self.faults.add(FaultKind::Limit, self.at.clone(), line, "the license contains itself, or too much");
            }
            return expression.map(Value::text);
        }
        if let Type::Object(id) = kind {
            let Some(at) = self.graph.node_of(object) else {
                self.faults.add(FaultKind::Type, self.at.clone(), line, "a node is expected here");
                return None;
            };
            return Some(Value::Object(self.object(at, *id, depth)));
        }
        let text = match object {
            Object::Literal(text) => return Some(scalar(Some(kind), if is_text(field) { text } else { text.trim() })),
            Object::Iri(iri) => &**iri,
            Object::Node(at) => match self.graph.get(*at).and_then(|node| node.iri.as_deref()) {
                Some(iri) => iri,
                None => {
                    self.faults.add(FaultKind::Type, self.at.clone(), line, "a value is expected here, not a node");
                    return None;
                }
            },
        };
        Some(Value::text(match kind {
            Type::Enum(id) => self.word(*id, text),
            Type::Ref | Type::Link => self.element(text),
            _ => {
                let prefix = words(field).and_then(|words| words.get("prefix")).unwrap_or_default();
                term(text).unwrap_or_else(|| text.strip_prefix(prefix).unwrap_or(text)).to_owned()
            }
        }))
    }

    /// `http://spdx.org/rdf/terms#relationshipType_dependsOn` is `DEPENDS_ON`.
    fn word(&self, id: EnumId, iri: &str) -> String {
        let plain = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
        };
        let Some((_, word)) = iri.strip_prefix(TERMS).and_then(|term| term.split_once('_')) else {
            return iri.to_owned();
        };
        let values = self.standard.enumeration(id).map(|list| list.values.as_slice()).unwrap_or_default();
        let same = |value: &&standard::EnumValue| plain(value.name) == plain(word);
        values.iter().find(same).map_or(word, |value| value.name).to_owned()
    }

    /// The name of an element from its IRI.
    fn element(&self, iri: &str) -> String {
        if let Some(word) = term(iri) {
            return word.to_owned();
        }
        let Some((namespace, id)) = iri.split_once('#') else { return iri.to_owned() };
        if namespace == self.licenses.namespace {
            return id.replace("%3A", ":");
        }
        match self.externals.get(namespace) {
            Some(document) => format!("{document}:{id}"),
            None => iri.to_owned(),
        }
    }

    /// What elements say of others.
    fn relationships(&mut self, tree: &mut Members) {
        let list = self
            .standard
            .object(self.standard.root())
            .and_then(|object| object.fields.iter().find(|field| field.name == "relationships"));
        let Some(Type::Array(item)) = list.map(|field| &field.kind) else { return };
        let Type::Object(id) = &**item else { return };
        let mut all = Vec::new();
        self.at = Pointer::root().member("relationships");
        for (_, node) in self.graph.nodes() {
            let Some(from) = node.iri.as_deref() else { continue };
            for (_, object, line) in node.properties.iter().filter(|(name, ..)| **name == *"relationship") {
                let Some(at) = self.graph.node_of(object).filter(|_| self.left > 0) else {
                    self.faults.add(FaultKind::Type, self.at.clone(), *line, "a node is expected here");
                    continue;
                };
                self.left = self.left.saturating_sub(1);
                self.at.push_item(all.len());
                let mut relationship = Members::new();
                relationship.set_text("spdxElementId", self.element(from));
                for (name, value) in self.object(at, *id, DEEPEST) {
                    relationship.set(name, value);
                }
                self.at.pop();
                all.push(Value::Object(relationship));
            }
        }
        tree.set_items("relationships", all);
    }
}

/// White space around a word is only how the file is laid out; in text of several lines it is kept.
fn is_text(field: &Field) -> bool {
    field.spellings.of("tag-value").is_some_and(|words| words.has("text"))
}
