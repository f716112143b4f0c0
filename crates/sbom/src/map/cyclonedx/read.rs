//! From a tree.

use std::collections::HashMap;

use super::{ASSEMBLY, CONTAINED_IN, CONTAINER};
use crate::document::{
    Agent, Completeness, Document, Edge, EdgeEnd, EdgeKind, EdgeScope, Element, ElementIndex, ElementKind, Hash,
    Identifier, LicenseClaim, LicenseForm, LicenseStatement, Property, Reference, Sighting, Tool,
};
use crate::map::items_at;
use crate::tree::{Pointer, Value};

/// What a tree says. The shapes of all versions are taken, whatever version the tree names.
pub(in crate::map) fn read(tree: &Value) -> Document {
    let mut reader = Reader::default();
    reader.metadata(tree.get("metadata").unwrap_or(&Value::Null));
    reader.document.uri = bom_link(tree);
    reader.components(tree.items_of("components"), None);
    reader.services(tree.items_of("services"), None);
    reader.relations(tree);
    reader.document
}

/// Where the elements stand, in the order in which they are read.
pub(in crate::map) fn places(tree: &Value) -> Vec<(&Value, Pointer)> {
    let mut out = Vec::new();
    let root = Pointer::root();
    if let Some(component) = tree.get("metadata").and_then(|metadata| metadata.get("component")) {
        nested(component, "components", root.member("metadata").member("component"), &mut out);
    }
    for list in ["components", "services"] {
        items_at(tree, list, &root).for_each(|(item, at)| nested(item, list, at, &mut out));
    }
    out
}

/// Readers bound how deep a tree is, so the recursion is bounded too.
fn nested<'a>(item: &'a Value, list: &str, at: Pointer, out: &mut Vec<(&'a Value, Pointer)>) {
    out.push((item, at.clone()));
    items_at(item, list, &at).for_each(|(inner, at)| nested(inner, list, at, out));
}

/// The BOM-Link of a document.
pub(crate) fn bom_link(tree: &Value) -> Option<String> {
    let serial = tree.text_of("serialNumber")?.strip_prefix("urn:uuid:")?;
    let version = match tree.get("version") {
        Some(Value::Number(text)) => text.as_ref(),
        _ => "1",
    };
    Some(format!("urn:cdx:{serial}/{version}"))
}

#[derive(Default)]
struct Reader {
    document: Document,
    /// For each element with [`CONTAINED_IN`]: itself and the ids of its containers.
    contained: Vec<(ElementIndex, Vec<String>)>,
}

impl Reader {
    fn metadata(&mut self, metadata: &Value) {
        if let Some(component) = metadata.get("component") {
            let root = self.component(component, None);
            self.document.roots.push(root);
            self.document.name = self.document.element(root).map(|root| root.name.clone());
        }
        let document = &mut self.document;
        document.created = owned(metadata, "timestamp");
        document.authors = metadata.items_of("authors").iter().map(person).collect();
        document.manufacturer = metadata.get("manufacturer").or_else(|| metadata.get("manufacture")).map(organization);
        document.supplier = metadata.get("supplier").map(organization);
        document.tools = tools(metadata.get("tools").unwrap_or(&Value::Null));
        let phase = |one: &Value| owned(one, "phase").or_else(|| owned(one, "name"));
        document.lifecycles = metadata.items_of("lifecycles").iter().filter_map(phase).collect();
        document.properties = properties(metadata);
        if let [license] = licenses(metadata).as_slice() {
            document.data_license = Some(license.text.clone());
        }
    }

    fn components(&mut self, items: &[Value], parent: Option<ElementIndex>) {
        for item in items {
            self.component(item, parent);
        }
    }

    fn component(&mut self, item: &Value, parent: Option<ElementIndex>) -> ElementIndex {
        let kind = item.text_of("type").unwrap_or_default();
        let mut element = self.named(ElementKind::Component(kind.to_owned()), item);
        element.is_external = item.get("isExternal").and_then(Value::as_bool);
        element.version_range = owned(item, "versionRange");
        element.purls = owned(item, "purl").into_iter().collect();
        element.cpes = owned(item, "cpe").into_iter().collect();
        element.identifiers = identifiers(item);
        element.hashes = hashes(item);
        element.supplier = item.get("supplier").map(organization);
        element.manufacturer = item.get("manufacturer").map(organization);
        element.authors = item.items_of("authors").iter().map(person).collect();
        if let Some(author) = owned(item, "author").filter(|_| element.authors.is_empty()) {
            element.authors.push(Agent::parse(&author));
        }
        element.publisher = owned(item, "publisher");
        element.copyright = owned(item, "copyright");
        element.scope = owned(item, "scope");
        element.media_type = owned(item, "mime-type");
        let evidence = item.get("evidence").unwrap_or(&Value::Null);
        element.sightings = sightings(evidence);
        let observed = |held| LicenseStatement { claim: LicenseClaim::Observed, ..held };
        element.licenses.extend(licenses(evidence).into_iter().map(observed));
        let at = self.add(element, parent);
        self.components(item.items_of("components"), Some(at));
        at
    }

    fn services(&mut self, items: &[Value], parent: Option<ElementIndex>) {
        for item in items {
            let mut element = self.named(ElementKind::Service, item);
            element.supplier = item.get("provider").map(organization);
            let at = self.add(element, parent);
            self.services(item.items_of("services"), Some(at));
        }
    }

    /// What components and services share.
    fn named(&self, kind: ElementKind, item: &Value) -> Element {
        let made_up = || format!("#{}", self.document.elements.len());
        let id = item.text_of("bom-ref");
        let name = item.text_of("name").unwrap_or_default();
        Element {
            unnamed: id.is_none(),
            group: owned(item, "group"),
            version: owned(item, "version"),
            description: owned(item, "description"),
            licenses: licenses(item),
            references: references(item),
            properties: properties(item),
            ..Element::new(kind, id.map_or_else(made_up, str::to_owned), name)
        }
    }

    fn add(&mut self, mut element: Element, parent: Option<ElementIndex>) -> ElementIndex {
        let mut containers = Vec::new();
        element.properties.retain_mut(|property| {
            let names_container = property.name == CONTAINED_IN;
            if names_container {
                containers.push(std::mem::take(&mut property.value));
            }
            !names_container
        });
        let at = self.document.push(element);
        if !containers.is_empty() {
            self.contained.push((at, containers));
        }
        if let Some(parent) = parent {
            self.document.edges.push(Edge {
                from: EdgeEnd::Element(parent),
                kind: EdgeKind::Contains,
                to: EdgeEnd::Element(at),
                scope: EdgeScope::Unsaid,
                comment: Some(ASSEMBLY.to_owned()),
            });
        }
        at
    }

    /// What refers to elements, once all of them are known.
    fn relations(&mut self, tree: &Value) {
        let ids: HashMap<String, ElementIndex> =
            self.document.ids().into_iter().map(|(id, at)| (id.to_owned(), at)).collect();
        let end = |id: &str| ids.get(id).map_or_else(|| EdgeEnd::External(id.to_owned()), |at| EdgeEnd::Element(*at));
        let contained: HashMap<ElementIndex, &Vec<String>> =
            self.contained.iter().map(|(at, containers)| (*at, containers)).collect();
        let image = self.document.roots.first().copied().filter(|root| {
            self.document.element(*root).is_some_and(|root| root.kind == ElementKind::Component(CONTAINER.to_owned()))
        });
        let mut edges = Vec::new();
        for entry in tree.items_of("dependencies") {
            let id = entry.text_of("ref").unwrap_or_default();
            let from = end(id);
            let before = edges.len();
            let mut edge = |kind, to| {
                edges.push(Edge { from: from.clone(), kind, to, scope: EdgeScope::Unsaid, comment: None });
            };
            for target in entry.items_of("dependsOn").iter().filter_map(Value::as_str) {
                let to = end(target);
                let inside = match &to {
                    EdgeEnd::Element(at) => {
                        contained.get(at).is_some_and(|holders| holders.iter().any(|one| one == id))
                    }
                    _ => false,
                };
                let inside = inside || image.is_some_and(|root| from == EdgeEnd::Element(root));
                edge(if inside { EdgeKind::Contains } else { EdgeKind::DependsOn }, to);
            }
            for target in entry.items_of("provides").iter().filter_map(Value::as_str) {
                edge(EdgeKind::Provides, end(target));
            }
            if let (EdgeEnd::Element(at), true) = (&from, edges.len() == before) {
                self.document.leaves.push(*at);
            }
        }
        let ends = |composition: &Value, name: &str| -> Vec<EdgeEnd> {
            composition.items_of(name).iter().filter_map(Value::as_str).map(end).collect()
        };
        let completeness = tree.items_of("compositions").iter().filter_map(|composition| {
            Some(Completeness {
                aggregate: owned(composition, "aggregate")?,
                assemblies: ends(composition, "assemblies"),
                dependencies: ends(composition, "dependencies"),
            })
        });
        self.document.completeness = completeness.collect();
        self.document.edges.extend(edges);
    }
}

fn owned(value: &Value, name: &str) -> Option<String> {
    value.text_of(name).map(str::to_owned)
}

fn tools(tools: &Value) -> Vec<Tool> {
    let legacy = tools.as_array().unwrap_or_default().iter().map(|tool| Tool {
        vendor: owned(tool, "vendor"),
        name: owned(tool, "name").unwrap_or_default(),
        version: owned(tool, "version"),
    });
    let of = |item: &Value, maker: &str| Tool {
        vendor: item.get(maker).and_then(|held| owned(held, "name")),
        name: owned(item, "name").unwrap_or_default(),
        version: owned(item, "version"),
    };
    let components = tools.items_of("components").iter().map(|item| of(item, "supplier"));
    let services = tools.items_of("services").iter().map(|item| of(item, "provider"));
    legacy.chain(components).chain(services).collect()
}

fn person(value: &Value) -> Agent {
    let name = owned(value, "name").unwrap_or_default();
    Agent { email: owned(value, "email"), phone: owned(value, "phone"), ..Agent::person(name) }
}

fn organization(value: &Value) -> Agent {
    let strings = |name| value.items_of(name).iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Agent {
        urls: strings("url"),
        contacts: value.items_of("contact").iter().map(person).collect(),
        ..Agent::organization(owned(value, "name").unwrap_or_default())
    }
}

fn properties(value: &Value) -> Vec<Property> {
    let read =
        |item: &Value| Some(Property { name: owned(item, "name")?, value: owned(item, "value").unwrap_or_default() });
    value.items_of("properties").iter().filter_map(read).collect()
}

fn hashes(value: &Value) -> Vec<Hash> {
    let read = |item: &Value| Some(Hash { algorithm: owned(item, "alg")?, value: owned(item, "content")? });
    value.items_of("hashes").iter().filter_map(read).collect()
}

fn references(value: &Value) -> Vec<Reference> {
    let read = |item: &Value| Reference {
        kind: owned(item, "type").unwrap_or_default(),
        url: owned(item, "url").unwrap_or_default(),
        comment: owned(item, "comment"),
        hashes: hashes(item),
    };
    value.items_of("externalReferences").iter().map(read).collect()
}

fn identifiers(item: &Value) -> Vec<Identifier> {
    let one = |kind: &str, value: &str| Identifier { kind: kind.to_owned(), value: value.to_owned() };
    let swid = item.get("swid").and_then(|swid| swid.text_of("tagId")).map(|tag| one("swid", tag));
    let lists = [("gitoid", "omniborId"), ("swhid", "swhid")].into_iter().flat_map(|(kind, member)| {
        item.items_of(member).iter().filter_map(Value::as_str).map(move |value| one(kind, value))
    });
    swid.into_iter().chain(lists).collect()
}

fn licenses(value: &Value) -> Vec<LicenseStatement> {
    value.items_of("licenses").iter().filter_map(license).collect()
}

fn license(item: &Value) -> Option<LicenseStatement> {
    let claim = |held: &Value| match held.text_of("acknowledgement") {
        Some("declared") => LicenseClaim::Declared,
        Some("concluded") => LicenseClaim::Concluded,
        _ => LicenseClaim::Unsaid,
    };
    if let Some(text) = owned(item, "expression") {
        return Some(LicenseStatement {
            text,
            form: LicenseForm::Expression,
            claim: claim(item),
            ..LicenseStatement::default()
        });
    }
    let license = item.get("license")?;
    let (text, form) = match owned(license, "id") {
        Some(id) => (id, LicenseForm::Id),
        None => (owned(license, "name")?, LicenseForm::Name),
    };
    // Encoded text is left alone: it may be no text at all.
    let plain = license.get("text").filter(|text| text.get("encoding").is_none());
    let full_text = plain.and_then(|text| owned(text, "content"));
    Some(LicenseStatement { text, form, claim: claim(license), url: owned(license, "url"), full_text })
}

/// Where the component was seen. How is told when there is one answer to that.
fn sightings(evidence: &Value) -> Vec<Sighting> {
    let identity = match evidence.get("identity") {
        Some(Value::Array(identities)) => identities.first(),
        other => other,
    };
    let methods = identity.map(|identity| identity.items_of("methods")).unwrap_or_default();
    let method = if let [only] = methods { Some(only) } else { None };
    let number = |item: &Value, name: &str| match item.get(name) {
        Some(Value::Number(text)) => text.parse::<u64>().ok(),
        _ => None,
    };
    let read = |item: &Value| {
        let context = item.text_of("additionalContext");
        Some(Sighting {
            location: owned(item, "location")?,
            line: number(item, "line").and_then(|line| u32::try_from(line).ok()),
            offset: number(item, "offset"),
            layer: context.and_then(|text| text.strip_prefix("layer ")).map(str::to_owned),
            technique: method.and_then(|method| owned(method, "technique")).unwrap_or_default(),
            confidence: method.and_then(confidence).unwrap_or_default(),
            by: method.and_then(|method| owned(method, "value")).unwrap_or_default(),
        })
    };
    evidence.items_of("occurrences").iter().filter_map(read).collect()
}

/// A fraction as percent.
fn confidence(method: &Value) -> Option<u8> {
    let Some(Value::Number(text)) = method.get("confidence") else { return None };
    let fraction: f64 = text.parse().ok()?;
    let percent = (fraction * 100.0).round();
    // In range, so that nothing is cut off.
    (0.0..=100.0).contains(&percent).then_some(percent as u8)
}
