//! An observation as a document.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{BufWriter, Write as _};

use plimsoll_model::{
    Acknowledgement, Component, ComponentIndex, ComponentKey, DigestAlgorithm, Evidence, FileRecord, LayerIndex,
    License, RelationshipKind, Scope, Span,
};

use super::Observation;
use crate::document::{
    Agent, AgentKind, Completeness, Document, Edge, EdgeEnd, EdgeKind, EdgeScope, Element, ElementIndex, ElementKind,
    Hash, LicenseClaim, LicenseForm, LicenseStatement, Property, Reference, Sighting,
};
use crate::licenses as listed;
use crate::uuid::ContentUuid;

impl From<&Observation> for Document {
    fn from(observation: &Observation) -> Self {
        Describer { observation }.document()
    }
}

/// A UUID of everything that was observed: of our own JSON, which loses nothing and is the cheapest to write.
fn content_id(observation: &Observation) -> Option<String> {
    let mut uuid = ContentUuid::new();
    let mut out = BufWriter::with_capacity(1 << 16, &mut uuid);
    crate::native::write(observation, &mut out).ok()?;
    out.flush().ok()?;
    drop(out);
    Some(uuid.finish())
}

pub(super) struct Describer<'a> {
    pub(super) observation: &'a Observation,
}

impl Describer<'_> {
    /// The document with nothing in it but its subject, of which nothing is said to be unknown that others tell.
    pub(super) fn frame(&self) -> Document {
        let mut document = self.empty();
        let root = EdgeEnd::Element(ElementIndex(0));
        let tied = !self.observation.subject.direct.is_empty() || !self.observation.files.is_empty();
        unknown_author(&mut document);
        let supplied = document.supplier.is_some();
        if let Some(subject) = document.elements.first_mut() {
            unknown(subject, true, supplied, tied);
        }
        document.completeness.push(self.completeness(root));
        document
    }

    /// A component with what is said to be unknown of it.
    pub(super) fn known(&self, component: &Component, id: &str, tied: bool) -> Element {
        let mut element = self.element(component, id);
        unknown(&mut element, false, self.observation.supplier.is_some(), tied);
        element
    }

    fn completeness(&self, root: EdgeEnd) -> Completeness {
        let aggregate = if self.observation.is_incomplete() { "incomplete" } else { "unknown" };
        Completeness { aggregate: aggregate.to_owned(), assemblies: vec![root], dependencies: Vec::new() }
    }

    /// What is said of the document, and its subject.
    fn empty(&self) -> Document {
        let observation = self.observation;
        let mut document = Document {
            name: Some(observation.subject.component.name.to_string()),
            content_id: content_id(observation),
            created: observation.timestamp.as_ref().map(ToString::to_string),
            authors: observation.authors.clone(),
            supplier: observation.supplier.clone(),
            tools: observation.tools.clone(),
            lifecycles: vec![observation.lifecycle.word().to_owned()],
            properties: self.document_properties(),
            ..Document::default()
        };
        let subject = self.element(&observation.subject.component, &self.root_ref());
        let root = document.push(subject);
        document.roots.push(root);
        document
    }

    fn document(&self) -> Document {
        let observation = self.observation;
        let mut document = self.empty();
        let root = ElementIndex(0);
        for (at, component) in observation.graph.components() {
            let key = observation.graph.key(at).map(ComponentKey::as_str).unwrap_or_default();
            document.push(self.element(component, key));
        }
        for file in &observation.files {
            let element = self.file(file);
            document.push(element);
        }
        self.edges(&mut document, root);
        unknowns(&mut document);
        document.completeness.push(self.completeness(EdgeEnd::Element(root)));
        document
    }

    fn document_properties(&self) -> Vec<Property> {
        let stated = self.observation.properties.iter().map(|(name, value)| property(name, value.clone()));
        let diagnostics = self.observation.diagnostics.iter();
        stated.chain(diagnostics.map(|held| property("plimsoll:diagnostic", held.to_string()))).collect()
    }

    /// The id of the subject: its key, made different from every component's.
    fn root_ref(&self) -> String {
        let mut text = self.observation.subject.component.key().as_str().to_owned();
        while self.observation.graph.find(&text).is_some() {
            text.push_str(" (root)");
        }
        text
    }

    fn edges(&self, document: &mut Document, root: ElementIndex) {
        // The root comes first, so a component's place is one further.
        let end = |at: ComponentIndex| {
            EdgeEnd::Element(ElementIndex(u32::try_from(at.get()).unwrap_or(u32::MAX).saturating_add(1)))
        };
        let edge = |from, kind, to, scope| Edge { from, kind, to, scope, comment: None };
        let root = EdgeEnd::Element(root);
        let holds = if self.observation.layers.is_empty() { EdgeKind::DependsOn } else { EdgeKind::Contains };
        let direct = &self.observation.subject.direct;
        document.edges.extend(direct.iter().map(|at| edge(root.clone(), holds.clone(), end(*at), EdgeScope::Unsaid)));
        for held in self.observation.graph.relationships() {
            let kind = if held.kind == RelationshipKind::Contains { EdgeKind::Contains } else { EdgeKind::DependsOn };
            document.edges.push(edge(end(held.from), kind, end(held.to), scope(held.scope)));
        }
        self.leaves(document);
        let first = self.observation.graph.len().saturating_add(1);
        for at in first..first.saturating_add(self.observation.files.len()) {
            let file = EdgeEnd::Element(ElementIndex(u32::try_from(at).unwrap_or(u32::MAX)));
            document.edges.push(edge(root.clone(), EdgeKind::Contains, file, EdgeScope::Unsaid));
        }
    }

    /// What another component needs and needs nothing itself. What no component's edge touches is no leaf: its needs are
    /// not known.
    fn leaves(&self, document: &mut Document) {
        let graph = &self.observation.graph;
        let needed: HashSet<ComponentIndex> = graph.relationships().iter().map(|edge| edge.to).collect();
        let places = graph.components().filter(|(at, _)| needed.contains(at) && graph.from(*at).is_empty());
        let leaves = places.map(|(at, _)| ElementIndex(u32::try_from(at.get().saturating_add(1)).unwrap_or(u32::MAX)));
        document.leaves.extend(leaves);
    }

    pub(super) fn file(&self, file: &FileRecord) -> Element {
        let path = file.path.to_string();
        // No key of a component starts like it.
        let id = match file.layer {
            Some(LayerIndex(layer)) => format!("path:{layer}:{path}"),
            None => format!("path:{path}"),
        };
        let layer = file.layer.and_then(|layer| self.layer(layer)).map(|id| property("plimsoll:layer:changed", id));
        Element {
            hashes: file.hashes.iter().map(hash).collect(),
            properties: std::iter::once(property("plimsoll:file:size", file.size.to_string())).chain(layer).collect(),
            ..Element::new(ElementKind::File, id, path)
        }
    }

    fn element(&self, component: &Component, id: &str) -> Element {
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        Element {
            group: text(&component.group),
            version: text(&component.version),
            purls: component.purl.iter().map(ToString::to_string).collect(),
            hashes: component.hashes.iter().map(hash).collect(),
            supplier: component.supplier.as_deref().map(supplier),
            authors: component.author.as_deref().map(Agent::person).into_iter().collect(),
            licenses: component.licenses.iter().map(license).collect(),
            copyright: text(&component.copyright),
            description: text(&component.description),
            references: component
                .references
                .iter()
                .map(|held| Reference {
                    kind: held.kind.word().to_owned(),
                    url: held.url.to_string(),
                    comment: None,
                    hashes: held.hashes.iter().map(hash).collect(),
                })
                .collect(),
            scope: element_scope(component.scope).map(str::to_owned),
            properties: self.properties(component),
            sightings: component.evidence.iter().map(|seen| self.sighting(seen)).collect(),
            ..Element::new(ElementKind::Component(component.kind.word().to_owned()), id, component.name.as_ref())
        }
    }

    fn layer(&self, at: LayerIndex) -> Option<String> {
        self.observation.layer(at).map(|layer| layer.diff_id.to_string())
    }

    fn sighting(&self, seen: &Evidence) -> Sighting {
        let (line, offset) = match seen.span {
            Some(Span::Line(line)) => (Some(line), None),
            Some(Span::Bytes { offset, .. }) => (None, Some(offset)),
            None => (None, None),
        };
        Sighting {
            location: seen.file.to_string(),
            line,
            offset,
            layer: seen.layer.and_then(|layer| self.layer(layer)),
            technique: seen.technique.word().to_owned(),
            confidence: seen.confidence.percent(),
            by: seen.extractor.as_str().to_owned(),
        }
    }

    fn properties(&self, component: &Component) -> Vec<Property> {
        let mut out: Vec<(Cow<'static, str>, String)> = Vec::new();
        let mut put = |name: &'static str, value: String| out.push((Cow::Borrowed(name), value));
        if let Some(history) = component.layers {
            let layers = [
                ("plimsoll:layer:introduced", Some(history.introduced)),
                ("plimsoll:layer:changed", Some(history.changed)),
                ("plimsoll:layer:removed", history.removed),
            ];
            for (name, layer) in layers {
                if let Some(id) = layer.and_then(|layer| self.layer(layer)) {
                    put(name, id);
                }
            }
        }
        for license in &component.licenses {
            if license.expression().is_some_and(|spdx| spdx != license.text()) {
                put("plimsoll:license:as-written", license.text().to_owned());
            }
        }
        if let (Scope::Dev | Scope::Build, Some(word)) = (component.scope, component.scope.word()) {
            put("plimsoll:scope", word.to_owned());
        }
        if let Some(range) = &component.version_range {
            put("plimsoll:version-range", range.to_string());
        }
        out.extend(component.properties.iter().map(|(name, value)| (name.clone(), value.to_string())));
        out.sort();
        out.into_iter().map(|(name, value)| property(&name, value)).collect()
    }
}

/// Says of what is not known that it is not known, as CISA's 2026 minimum elements ask: a reader can tell that from what
/// was forgotten.
fn unknowns(document: &mut Document) {
    unknown_author(document);
    let mut tied = vec![false; document.elements.len()];
    let ends = document.edges.iter().flat_map(|edge| [&edge.from, &edge.to]);
    let ends = ends.filter_map(|end| if let EdgeEnd::Element(at) = end { Some(at) } else { None });
    for at in ends.chain(&document.leaves) {
        if let Some(tied) = tied.get_mut(at.get()) {
            *tied = true;
        }
    }
    let supplied = document.supplier.is_some();
    for (at, element) in document.elements.iter_mut().enumerate().filter(|(_, element)| element.is_component()) {
        unknown(element, at == 0, supplied, tied.get(at).copied().unwrap_or_default());
    }
}

fn said(words: &[&str]) -> Property {
    property("plimsoll:unknown", words.join(", "))
}

fn unknown_author(document: &mut Document) {
    if document.authors.is_empty() && document.manufacturer.is_none() {
        document.properties.push(said(&["author"]));
    }
}

fn unknown(element: &mut Element, is_root: bool, supplied: bool, tied: bool) {
    let no_hash = element.hashes.is_empty() && element.references.iter().all(|held| held.hashes.is_empty());
    let facts = [
        ("version", element.version.is_none()),
        ("producer", element.supplier.is_none() && element.authors.is_empty() && !(is_root && supplied)),
        ("identifier", element.purls.is_empty()),
        ("hash", no_hash),
        ("license", element.licenses.is_empty()),
        ("dependencies", !tied),
    ];
    let words: Vec<&str> = facts.into_iter().filter(|(_, unknown)| *unknown).map(|(word, _)| word).collect();
    if !words.is_empty() {
        element.properties.push(said(&words));
    }
}

/// Who supplies a component: what packages call their maintainer may be a team as well as a person.
fn supplier(text: &str) -> Agent {
    Agent { kind: AgentKind::Organization, ..Agent::parse(text) }
}

fn property(name: &str, value: String) -> Property {
    Property { name: name.to_owned(), value }
}

/// `component.scope` of CycloneDX; development and build dependencies are `excluded` from the result.
const fn element_scope(scope: Scope) -> Option<&'static str> {
    match scope {
        Scope::Runtime => Some("required"),
        Scope::Optional => Some("optional"),
        Scope::Dev | Scope::Build => Some("excluded"),
        Scope::Unspecified => None,
    }
}

const fn scope(scope: Scope) -> EdgeScope {
    match scope {
        Scope::Runtime => EdgeScope::Runtime,
        Scope::Optional => EdgeScope::Optional,
        Scope::Dev => EdgeScope::Development,
        Scope::Build => EdgeScope::Build,
        Scope::Unspecified => EdgeScope::Unsaid,
    }
}

fn hash(digest: &plimsoll_model::Digest) -> Hash {
    let algorithm = match digest.algorithm() {
        DigestAlgorithm::Sha1 => "SHA-1".to_owned(),
        DigestAlgorithm::Sha224 => "SHA-224".to_owned(),
        DigestAlgorithm::Sha256 => "SHA-256".to_owned(),
        DigestAlgorithm::Sha384 => "SHA-384".to_owned(),
        DigestAlgorithm::Sha512 => "SHA-512".to_owned(),
        DigestAlgorithm::Sha3_256 => "SHA3-256".to_owned(),
        DigestAlgorithm::Blake2b256 => "BLAKE2b-256".to_owned(),
        other => other.token().to_ascii_uppercase(),
    };
    Hash { algorithm, value: digest.hex() }
}

fn license(license: &License) -> LicenseStatement {
    let claim = match license.acknowledgement() {
        Acknowledgement::Declared => LicenseClaim::Declared,
        Acknowledgement::Concluded => LicenseClaim::Concluded,
    };
    let (text, form) = match (listed::expression(license), listed::id(license)) {
        (_, Some(id)) => (id, LicenseForm::Id),
        (Some(expression), None) => (expression, LicenseForm::Expression),
        (None, None) => (license.text(), LicenseForm::Name),
    };
    LicenseStatement { text: text.to_owned(), form, claim, url: None, full_text: None }
}
