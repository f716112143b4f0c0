//! To a tree.

use std::collections::{BTreeSet, HashMap};

mod parts;

use super::{ASSEMBLY, CONTAINER};
use crate::document::{
    Document, Edge, EdgeEnd, EdgeKind, Element, ElementIndex, ElementKind, LicenseClaim, LicenseStatement, Tool,
};
use crate::standard::{Standard, VersionIndex};
use crate::tree::{Members, Value};
use crate::uuid::ContentUuid;
use parts::{
    contact, evidence, hash, identifiers, license, media_type, one_member, organization, properties, property,
    reference, signature,
};

/// A document as a tree of a version. Members that the version lacks are left out where another shape says the same, and
/// otherwise left to `restrict`.
pub(in crate::map) fn write(document: &Document, version: VersionIndex) -> Value {
    let name = Standard::cyclonedx().version_name(version);
    let writer = Writer { document, version: Version::new(name), assemblies: Assemblies::new(document) };
    let mut bom = Members::new();
    bom.set_text("$schema", schema(version));
    bom.set_text("bomFormat", "CycloneDX");
    bom.set_text("specVersion", name);
    let (serial, revision) = document.uri.as_deref().map(identity).unwrap_or_default();
    let made =
        document.content_id.as_deref().map(|id| format!("urn:uuid:{}", ContentUuid::of(&[id, "CycloneDX", name])));
    let serial = serial.or(made);
    let is_named = serial.is_some();
    bom.set_some("serialNumber", serial);
    bom.set("version", Value::Number(revision.unwrap_or_else(|| "1".into())));
    writer.body(&mut bom);
    let mut tree = Value::Object(bom);
    if !is_named {
        set_serial(&mut tree);
    }
    tree
}

/// The schema that documents of a version name: what the table demands, else the usual URL.
pub(crate) fn schema(version: VersionIndex) -> String {
    let standard = Standard::cyclonedx();
    let field = standard.object(standard.root()).and_then(|bom| bom.field("$schema", version));
    let usual = || format!("http://cyclonedx.org/schema/bom-{}.schema.json", standard.version_name(version));
    field.and_then(|field| field.constant).map_or_else(usual, str::to_owned)
}

/// Serial number and version that a URI stands for: its own when it is a BOM-Link, else one that derives from it.
fn identity(uri: &str) -> (Option<String>, Option<Box<str>>) {
    let link = uri.strip_prefix("urn:cdx:").and_then(|rest| rest.split_once('/'));
    match link {
        Some((serial, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) && !version.is_empty() => {
            (Some(format!("urn:uuid:{serial}")), Some(version.into()))
        }
        _ => {
            let mut uuid = ContentUuid::new();
            let _ = std::io::Write::write_all(&mut uuid, uri.as_bytes());
            (Some(format!("urn:uuid:{}", uuid.finish())), None)
        }
    }
}

/// Gives the tree the serial number that its content has.
fn set_serial(tree: &mut Value) {
    let serial = Value::text(format!("urn:uuid:{}", crate::json::uuid_of(tree)));
    if let Value::Object(members) = tree {
        let mut ordered = Members::new();
        for (name, value) in std::mem::take(members) {
            let after = name == "specVersion";
            ordered.push(name, value);
            if after {
                ordered.push("serialNumber", serial.clone());
            }
        }
        *members = ordered;
    }
}

/// The second number of the version: all that shapes depend on.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Version(u8);

impl Version {
    fn new(name: &str) -> Self {
        Self(name.strip_prefix("1.").and_then(|minor| minor.parse().ok()).unwrap_or(u8::MAX))
    }
}

/// Which elements stand within which.
struct Assemblies {
    children: HashMap<ElementIndex, Vec<ElementIndex>>,
    inner: BTreeSet<ElementIndex>,
}

impl Assemblies {
    /// Takes each element into one assembly at most, and none into itself, however deep.
    fn new(document: &Document) -> Self {
        let mut parents: HashMap<ElementIndex, ElementIndex> = HashMap::new();
        let mut children: HashMap<ElementIndex, Vec<ElementIndex>> = HashMap::new();
        for edge in document.edges.iter().filter(|edge| is_assembly(edge)) {
            let (EdgeEnd::Element(from), EdgeEnd::Element(to)) = (&edge.from, &edge.to) else { continue };
            let same = |at: &ElementIndex| document.element(*at).map(|element| element.kind == ElementKind::Service);
            let mut above = Some(*from);
            let mut depth = 0_u8;
            while let Some(at) = above.filter(|at| at != to && depth < MAX_DEPTH) {
                above = parents.get(&at).copied();
                depth = depth.saturating_add(1);
            }
            if above.is_none() && !parents.contains_key(to) && same(from) == same(to) && !document.roots.contains(to) {
                parents.insert(*to, *from);
                children.entry(*from).or_default().push(*to);
            }
        }
        Self { children, inner: parents.into_keys().collect() }
    }

    fn holds(&self, edge: &Edge) -> bool {
        let (EdgeEnd::Element(from), EdgeEnd::Element(to)) = (&edge.from, &edge.to) else { return false };
        is_assembly(edge) && self.children.get(from).is_some_and(|children| children.contains(to))
    }
}

/// Components within components, at most; readers have limits too.
const MAX_DEPTH: u8 = 48;

fn is_assembly(edge: &Edge) -> bool {
    edge.kind == EdgeKind::Contains && edge.comment.as_deref() == Some(ASSEMBLY)
}

/// One component as a tree of a version, with the ids of what contains it.
pub(crate) fn component(element: &Element, version: VersionIndex, containers: Option<&Vec<String>>) -> Value {
    let assemblies = Assemblies { children: HashMap::new(), inner: BTreeSet::new() };
    let version = Version::new(Standard::cyclonedx().version_name(version));
    Writer { document: &Document::default(), version, assemblies }.element(element, containers, Vec::new())
}

struct Writer<'a> {
    document: &'a Document,
    version: Version,
    assemblies: Assemblies,
}

impl Writer<'_> {
    fn body(&self, bom: &mut Members) {
        let document = self.document;
        let containers = self.containers();
        bom.set("metadata", self.metadata(&containers));
        let free = |(at, _): &(ElementIndex, &Element)| {
            document.roots.first() != Some(at) && !self.assemblies.inner.contains(at)
        };
        let is_service = |element: &Element| element.kind == ElementKind::Service;
        let components = document.indexed().filter(free).filter(|(_, element)| !is_service(element));
        bom.set("components", Value::Array(components.map(|(at, _)| self.component(at, &containers)).collect()));
        let services = document.indexed().filter(free).filter(|(_, element)| is_service(element));
        bom.set_items("services", services.map(|(at, element)| self.service(at, element, &containers)).collect());
        self.dependencies(bom);
        let compositions = document.completeness.iter().map(|held| {
            let mut composition = Members::new();
            composition.set_text("aggregate", held.aggregate.as_str());
            let ends = |ends: &[EdgeEnd]| ends.iter().filter_map(|end| self.reference(end)).map(Value::text).collect();
            composition.set_items("assemblies", ends(&held.assemblies));
            composition.set_items("dependencies", ends(&held.dependencies));
            Value::Object(composition)
        });
        bom.set_items("compositions", compositions.collect());
    }

    /// The id of an edge's end; the document itself has none.
    fn reference(&self, end: &EdgeEnd) -> Option<String> {
        match end {
            EdgeEnd::Element(at) => self.document.element(*at).map(|element| element.id.clone()),
            EdgeEnd::External(id) => Some(id.clone()),
            EdgeEnd::Document => None,
        }
    }

    /// What contains each element, assemblies and images aside.
    fn containers(&self) -> HashMap<ElementIndex, Vec<String>> {
        let mut out: HashMap<ElementIndex, Vec<String>> = HashMap::new();
        for edge in self.document.edges.iter().filter(|edge| edge.kind == EdgeKind::Contains) {
            let EdgeEnd::Element(to) = &edge.to else { continue };
            if self.assemblies.holds(edge) || self.is_image(&edge.from) {
                continue;
            }
            if let Some(container) = self.reference(&edge.from) {
                out.entry(*to).or_default().push(container);
            }
        }
        out
    }

    fn is_image(&self, end: &EdgeEnd) -> bool {
        let EdgeEnd::Element(at) = end else { return false };
        let is_container = |element: &Element| element.kind == ElementKind::Component(CONTAINER.to_owned());
        self.document.roots.first() == Some(at) && self.document.element(*at).is_some_and(is_container)
    }

    fn metadata(&self, containers: &HashMap<ElementIndex, Vec<String>>) -> Value {
        let document = self.document;
        let mut metadata = Members::new();
        metadata.set_some("timestamp", document.created.as_deref());
        let phase = |word: &String| {
            let known = ["design", "pre-build", "build", "post-build", "operations", "discovery", "decommission"];
            one_member(if known.contains(&word.as_str()) { "phase" } else { "name" }, word)
        };
        metadata.set_items("lifecycles", document.lifecycles.iter().map(phase).collect());
        self.tools(&mut metadata);
        metadata.set_items("authors", document.authors.iter().map(contact).collect());
        if let Some(root) = document.roots.first() {
            metadata.set("component", self.component(*root, containers));
        }
        let member = if self.version < Version(6) { "manufacture" } else { "manufacturer" };
        if let Some(agent) = &document.manufacturer {
            metadata.set(member, organization(agent));
        }
        if let Some(agent) = &document.supplier {
            metadata.set("supplier", organization(agent));
        }
        metadata.set_items("properties", document.properties.iter().map(property).collect());
        Value::Object(metadata)
    }

    fn tools(&self, metadata: &mut Members) {
        if self.document.tools.is_empty() {
            return;
        }
        let legacy = self.version < Version(5);
        let tool = |tool: &Tool| {
            let mut item = Members::new();
            if legacy {
                item.set_some("vendor", tool.vendor.as_deref());
            } else {
                item.set_text("type", "application");
                if let Some(vendor) = &tool.vendor {
                    item.set("supplier", one_member("name", vendor));
                }
            }
            item.set_text("name", tool.name.as_str());
            item.set_some("version", tool.version.as_deref());
            Value::Object(item)
        };
        let tools = Value::Array(self.document.tools.iter().map(tool).collect());
        let tools = if legacy { tools } else { Value::Object(Members::from_iter([("components".into(), tools)])) };
        metadata.set("tools", tools);
    }

    fn component(&self, at: ElementIndex, containers: &HashMap<ElementIndex, Vec<String>>) -> Value {
        let Some(element) = self.document.element(at) else { return Value::Null };
        let held = self.assemblies.children.get(&at).into_iter().flatten();
        self.element(element, containers.get(&at), held.map(|child| self.component(*child, containers)).collect())
    }

    fn element(&self, element: &Element, containers: Option<&Vec<String>>, inner: Vec<Value>) -> Value {
        let mut item = Members::new();
        let kind = match &element.kind {
            ElementKind::Component(kind) if !kind.is_empty() => kind.as_str(),
            ElementKind::File | ElementKind::Snippet => "file",
            _ => "library",
        };
        item.set_text("type", kind);
        item.set_some("mime-type", element.media_type.as_deref().and_then(media_type));
        self.id(element, &mut item);
        self.makers(element, &mut item);
        item.set_some("group", element.group.as_deref());
        item.set_text("name", element.name.as_str());
        let version = element.version.as_deref();
        // Required up to 1.3, where the specification asks for empty text.
        item.set_some("version", if self.version < Version(4) { version.or(Some("")) } else { version });
        item.set_some("versionRange", element.version_range.as_deref().filter(|range| range.starts_with("vers:")));
        item.set_some("description", element.description.as_deref());
        item.set_some("scope", element.scope.as_deref());
        item.set_items("hashes", element.hashes.iter().filter_map(hash).collect());
        item.set_items("licenses", self.licenses(&element.licenses));
        item.set_some("copyright", element.copyright.as_deref());
        item.set_some("cpe", element.cpes.first().map(String::as_str));
        item.set_some("purl", element.purls.first().map(String::as_str));
        identifiers(element, &mut item);
        if let Some(external) = element.is_external {
            item.set("isExternal", Value::Boolean(external));
        }
        item.set_items("externalReferences", element.references.iter().map(reference).collect());
        item.set_items("components", inner);
        item.set_items("properties", properties(element, containers));
        if let Some(evidence) = evidence(element) {
            item.set("evidence", evidence);
        }
        Value::Object(item)
    }

    fn id(&self, element: &Element, item: &mut Members) {
        if !element.unnamed {
            item.set_text("bom-ref", element.id.as_str());
        }
    }

    fn makers(&self, element: &Element, item: &mut Members) {
        if let Some(supplier) = &element.supplier {
            item.set("supplier", organization(supplier));
        }
        if let Some(manufacturer) = element.manufacturer.as_ref().filter(|_| self.version >= Version(6)) {
            item.set("manufacturer", organization(manufacturer));
        }
        if self.version >= Version(6) {
            item.set_items("authors", element.authors.iter().map(contact).collect());
        } else {
            let authors: Vec<String> = element.authors.iter().map(signature).collect();
            item.set_some("author", (!authors.is_empty()).then(|| authors.join(", ")));
        }
        item.set_some("publisher", element.publisher.as_deref());
    }

    fn service(&self, at: ElementIndex, element: &Element, containers: &HashMap<ElementIndex, Vec<String>>) -> Value {
        let mut item = Members::new();
        self.id(element, &mut item);
        if let Some(provider) = &element.supplier {
            item.set("provider", organization(provider));
        }
        item.set_some("group", element.group.as_deref());
        item.set_text("name", element.name.as_str());
        item.set_some("version", element.version.as_deref());
        item.set_some("description", element.description.as_deref());
        item.set_items("licenses", self.licenses(&element.licenses));
        item.set_items("externalReferences", element.references.iter().map(reference).collect());
        let held = self.assemblies.children.get(&at).into_iter().flatten();
        let held = held.filter_map(|child| Some((*child, self.document.element(*child)?)));
        item.set_items("services", held.map(|(child, inner)| self.service(child, inner, containers)).collect());
        item.set_items("properties", properties(element, containers.get(&at)));
        Value::Object(item)
    }

    /// Up to 1.6 a list holds licences or exactly one expression, 1.7 takes both. Where one list cannot hold several
    /// statements of which one is an expression, it is written by name, so that none is lost or joined to another.
    fn licenses(&self, statements: &[LicenseStatement]) -> Vec<Value> {
        let claimed: Vec<_> = statements.iter().filter(|held| held.claim != LicenseClaim::Observed).collect();
        let mixed = claimed.len() <= 1 || self.version >= Version(7);
        let acknowledged = self.version >= Version(6);
        claimed.into_iter().map(|statement| license(statement, mixed, acknowledged)).collect()
    }

    fn dependencies(&self, bom: &mut Members) {
        let mut order: Vec<String> = Vec::new();
        let mut targets: HashMap<String, [Vec<String>; 2]> = HashMap::new();
        let mut entry = |from: &EdgeEnd, to: Option<(usize, String)>| {
            let Some(from) = self.reference(from) else { return };
            let held = targets.entry(from.clone()).or_insert_with(|| {
                order.push(from);
                Default::default()
            });
            if let Some((list, to)) = to.and_then(|(list, to)| Some((held.get_mut(list)?, to))) {
                list.push(to);
            }
        };
        if let Some(root) = self.document.roots.first() {
            entry(&EdgeEnd::Element(*root), None);
        }
        for edge in &self.document.edges {
            let list = match edge.kind {
                EdgeKind::DependsOn => 0,
                EdgeKind::Contains if !self.assemblies.holds(edge) => 0,
                EdgeKind::Provides => 1,
                _ => continue,
            };
            if let Some(to) = self.reference(&edge.to) {
                entry(&edge.from, Some((list, to)));
            }
        }
        for at in &self.document.leaves {
            entry(&EdgeEnd::Element(*at), None);
        }
        // As the elements stand in the document; what it does not hold comes last.
        let ranks = self.document.ids();
        order.sort_by_key(|id| ranks.get(id.as_str()).copied().unwrap_or(ElementIndex(u32::MAX)));
        let entries = order.into_iter().map(|id| {
            let [mut needs, mut provides] = targets.remove(&id).unwrap_or_default();
            let mut item = Members::new();
            item.set_text("ref", id);
            for list in [&mut needs, &mut provides] {
                let mut seen = BTreeSet::new();
                list.retain(|target| seen.insert(target.clone()));
            }
            item.set_items("dependsOn", needs.into_iter().map(Value::text).collect());
            item.set_items("provides", provides.into_iter().map(Value::text).collect());
            Value::Object(item)
        });
        bom.set_items("dependencies", entries.collect());
    }
}
