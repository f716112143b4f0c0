//! The rules of SPDX 3.0.1 that its JSON Schema does not say. <https://spdx.github.io/spdx-spec/v3.0.1/>
//!
//! Names of nodes are unique and blank ones resolve (JSON-LD 1.1 §4.5.1); a link leads to a node of its class (the shapes
//! of the model); a node that is only named is imported (`SpdxDocument.import`), which is advice, as the names are
//! global. 3.0.0 differs from 3.0.1 in nothing that a document shows but its number.

use std::collections::HashMap;

use super::walk::{quoted, walk};
use crate::encoding::Parsed;
use crate::fault::{Fault, FaultKind};
use crate::standard::{Field, Object, Standard, Type, Variants, VersionIndex};
use crate::tree::{Members, Pointer, Value};

/// The context of 3.0.0, which is read as that of 3.0.1.
const CONTEXT_OF_3_0_0: &str = "https://spdx.org/rdf/3.0.0/spdx-context.jsonld";

/// What every document may name without importing it: the model's individuals and the listed licences.
const GLOBAL: &[&str] =
    &["https://spdx.org/rdf/", "http://spdx.org/rdf/", "https://spdx.org/licenses/", "http://spdx.org/licenses/"];

/// Faults after which no more are looked for.
const MOST_FAULTS: usize = 1000;

/// What is wrong with an SPDX 3 document.
#[must_use]
pub fn check(parsed: &Parsed) -> Vec<Fault> {
    let mut faults = parsed.faults.clone();
    faults.extend(walk(&parsed.tree, Standard::spdx3(), parsed.version));
    for fault in &mut faults {
        let value = parsed.tree.at(&fault.pointer).and_then(Value::as_str);
        if fault.pointer.as_str() == "/@context" && value == Some(CONTEXT_OF_3_0_0) {
            fault.advice = true;
            fault.message = "this is the context of 3.0.0, read as that of 3.0.1".to_owned();
        }
    }
    faults.extend(rules(&parsed.tree, parsed.version));
    faults
}

/// What the rules find.
fn rules(tree: &Value, version: VersionIndex) -> Vec<Fault> {
    let mut rules =
        Rules { version, nodes: HashMap::new(), imported: Vec::new(), documents: Vec::new(), faults: Vec::new() };
    rules.each_node(tree, &mut Pointer::root(), Rules::collect);
    rules.imported.sort_unstable();
    rules.each_node(tree, &mut Pointer::root(), Rules::links);
    rules.count_documents();
    rules.faults
}

struct Rules<'a> {
    version: VersionIndex,
    /// The classes of the nodes by name.
    nodes: HashMap<&'a str, &'a str>,
    /// What the document says is elsewhere.
    imported: Vec<&'a str>,
    documents: Vec<Pointer>,
    faults: Vec<Fault>,
}

type Visit<'a> = fn(&mut Rules<'a>, &'a Members, &'static Object, &mut Pointer);

impl<'a> Rules<'a> {
    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        }
    }

    /// Calls `visit` for every node of a known class, outer ones first.
    fn each_node(&mut self, value: &'a Value, at: &mut Pointer, visit: Visit<'a>) {
        match value {
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    at.push_item(number);
                    self.each_node(item, at, visit);
                    at.pop();
                }
            }
            Value::Object(members) => {
                let class = members.get("type").and_then(Value::as_str);
                if let Some((_, object)) = class.and_then(|class| Standard::spdx3().object_named(class)) {
                    visit(self, members, object, at);
                }
                // Extensions hold anything; what looks like a node there is none of ours.
                for (name, member) in members.iter().filter(|(name, _)| *name != "extension") {
                    at.push_member(name);
                    self.each_node(member, at, visit);
                    at.pop();
                }
            }
            _ => {}
        }
    }

    fn collect(&mut self, node: &'a Members, object: &'static Object, at: &mut Pointer) {
        let id = object.fields_in(self.version).filter(|field| field.words.has("id"));
        for (name, id) in id.filter_map(|field| Some((field.name, node.get(field.name)?.as_str()?))) {
            if self.nodes.insert(id, object.name).is_some() {
                let message = format!("another node is named {}", quoted(id));
                self.fault(Fault::new(FaultKind::Reference, at.member(name), message));
            }
        }
        match object.name {
            "SpdxDocument" => self.documents.push(at.clone()),
            "ExternalMap" => self.imported.extend(node.get("externalSpdxId").and_then(Value::as_str)),
            "CreationInfo" => self.spec_version(node, at),
            _ => {}
        }
    }

    fn spec_version(&mut self, node: &Members, at: &Pointer) {
        let Some(said) = node.get("specVersion").and_then(Value::as_str) else { return };
        let fault = |message| Fault::new(FaultKind::Semantic, at.member("specVersion"), message);
        match said {
            "3.0.1" => {}
            "3.0.0" => self.fault(fault("3.0.0 is read as 3.0.1".to_owned()).as_advice()),
            _ => self.fault(fault(format!("{} is not 3.0.1, the version of the context", quoted(said)))),
        }
    }

    fn links(&mut self, node: &'a Members, object: &'static Object, at: &mut Pointer) {
        for field in object.fields_in(self.version).filter(|field| field.words.has("link")) {
            let Some(value) = node.get(field.name) else { continue };
            at.push_member(field.name);
            match value {
                Value::String(name) => self.link(name, field, at),
                Value::Array(items) => {
                    for (number, name) in items.iter().enumerate().filter_map(|(at, item)| Some((at, item.as_str()?))) {
                        at.push_item(number);
                        self.link(name, field, at);
                        at.pop();
                    }
                }
                _ => {}
            }
            at.pop();
        }
    }

    fn link(&mut self, name: &str, field: &'static Field, at: &Pointer) {
        match self.nodes.get(name) {
            Some(class) => {
                if variants(&field.kind).is_some_and(|known| known.choice(class, self.version).is_none()) {
                    let message = format!("{} is a {class}, which cannot be here", quoted(name));
                    self.fault(Fault::new(FaultKind::Reference, at.clone(), message));
                }
            }
            None if name.starts_with("_:") => {
                let message = format!("no node is named {}", quoted(name));
                self.fault(Fault::new(FaultKind::Reference, at.clone(), message));
            }
            // The individuals of the model have no colon.
            None if !name.contains(':') || GLOBAL.iter().any(|global| name.starts_with(global)) => {}
            None if self.imported.binary_search(&name).is_ok() => {}
            None => {
                let message = format!("{} is not in this document, which does not say where it is", quoted(name));
                self.fault(Fault::new(FaultKind::Reference, at.clone(), message).as_advice());
            }
        }
    }

    fn count_documents(&mut self) {
        let advice = |at: Pointer, message| Fault::new(FaultKind::Semantic, at, message).as_advice();
        if self.documents.is_empty() {
            self.fault(advice(Pointer::root(), "no SpdxDocument says what this is about"));
        }
        for at in std::mem::take(&mut self.documents).into_iter().skip(1) {
            self.fault(advice(at, "there is one SpdxDocument before"));
        }
    }
}

/// The classes that a link may lead to.
fn variants(kind: &'static Type) -> Option<&'static Variants> {
    match kind {
        Type::Variants(id) => Standard::spdx3().variants(*id),
        Type::Array(item) => variants(item),
        Type::Either(types) => types.iter().find_map(variants),
        _ => None,
    }
}
