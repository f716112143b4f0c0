//! A tree to a document.

use std::collections::{HashMap, VecDeque};

use super::agents::{self, Creator};
use super::licenses::Extracted;
use super::notes::{self, EPOCH, Note};
use super::words::{self, NOASSERTION, NONE};
use super::{references, relationships};
use crate::document::{
    Agent, AgentKind, Annotation, Completeness, Document, EdgeEnd, Element, ElementIndex, ElementKind,
    ExternalDocument, Hash, LicenseClaim, Property, Slot, Tool, Unknown,
};
use crate::map::items_at;
use crate::tree::{Pointer, Value};

/// Reads a document.
pub(super) fn read(tree: &Value) -> Document {
    let mut reader = Reader {
        created: tree.get("creationInfo").and_then(|held| held.text_of("created")),
        extracted: Extracted::read(tree),
        ids: HashMap::new(),
        stand_ins: HashMap::new(),
        completeness: Vec::new(),
        aggregates: HashMap::new(),
        remarks: Vec::new(),
        document: Document::default(),
    };
    reader.header(tree);
    for package in tree.items_of("packages") {
        reader.package(package);
    }
    for file in tree.items_of("files") {
        reader.file(file);
    }
    for snippet in tree.items_of("snippets") {
        reader.snippet(snippet);
    }
    let document_id = tree.text_of("SPDXID").unwrap_or(words::DOCUMENT);
    let Reader { mut document, extracted, ids, stand_ins, completeness, remarks, .. } = reader;
    document.custom_licenses = extracted.into_custom();
    relationships::Reader::new(ids, document_id, stand_ins).read(tree, &mut document);
    document.completeness = completeness;
    document.annotations.extend(remarks);
    document
}

/// Where the elements stand, in the order in which they are read.
pub(super) fn places(tree: &Value) -> Vec<(&Value, Pointer)> {
    let created = tree.get("creationInfo").and_then(|held| held.text_of("created"));
    let root = Pointer::root();
    let packages = items_at(tree, "packages", &root).filter(|(package, _)| stand_in(package, created).is_none());
    let others = ["files", "snippets"].into_iter().flat_map(|list| items_at(tree, list, &root));
    packages.chain(others).collect()
}

struct Reader<'a> {
    created: Option<&'a str>,
    extracted: Extracted,
    ids: HashMap<String, ElementIndex>,
    /// Packages of ours that stand for what is not in the document.
    stand_ins: HashMap<String, String>,
    completeness: Vec<Completeness>,
    aggregates: HashMap<String, usize>,
    /// What others annotate on elements.
    remarks: Vec<Annotation>,
    document: Document,
}

impl Reader<'_> {
    fn header(&mut self, tree: &Value) {
        let text = |name: &str| tree.text_of(name).map(str::to_owned);
        let document = &mut self.document;
        document.name = text("name");
        document.uri = text("documentNamespace");
        document.comment = text("comment");
        document.data_license = text("dataLicense");
        document.created = self.created.map(str::to_owned);
        document.external_documents = tree.items_of("externalDocumentRefs").iter().filter_map(external).collect();
        let creation = tree.get("creationInfo");
        let list = creation.and_then(|held| held.text_of("licenseListVersion"));
        document.license_list_version = list.map(str::to_owned);
        let fields = self.annotations(tree, EdgeEnd::Document);
        let mut tools = HashMap::new();
        for (name, value) in fields {
            self.header_note(name, value, &mut tools);
        }
        if let Some(creation) = creation {
            self.creators(creation, &mut tools);
        }
        for review in tree.items_of("revieweds") {
            let text = |name: &str| review.text_of(name).unwrap_or_default().to_owned();
            self.document.annotations.push(Annotation {
                subject: EdgeEnd::Document,
                kind: "REVIEW".to_owned(),
                annotator: text("reviewer"),
                date: text("reviewDate"),
                text: text("comment"),
            });
        }
    }

    fn header_note(&mut self, name: &'static str, value: String, tools: &mut HashMap<String, VecDeque<Tool>>) {
        let document = &mut self.document;
        match name {
            "created" => document.created = Some(value),
            "data-license" => document.data_license = Some(value),
            "uri" => document.uri = Some(value),
            "lifecycle" => document.lifecycles.push(value),
            "tool" => {
                let mut parts = value.split('/').map(notes::unescape).map(|part| (!part.is_empty()).then_some(part));
                let (vendor, name, version) = (parts.next().flatten(), parts.next().flatten(), parts.next().flatten());
                let tool = Tool { vendor, name: name.unwrap_or_default(), version };
                tools.entry(agents::write_tool(&tool)).or_default().push_back(tool);
            }
            "external-document" => {
                if let Some((id, uri)) = value.split_once(' ') {
                    let (id, uri) = (id.to_owned(), uri.to_owned());
                    document.external_documents.push(ExternalDocument { id, uri, hash: None });
                }
            }
            "completeness" | "completeness:dependencies" => self.complete(name, value, &EdgeEnd::Document),
            _ => {}
        }
    }

    fn creators(&mut self, creation: &Value, tools: &mut HashMap<String, VecDeque<Tool>>) {
        let creators = creation.items_of("creators");
        for text in creators.iter().filter_map(Value::as_str) {
            // It stands there because somebody has to.
            if creators.len() == 1 && text == agents::ANONYMOUS {
                continue;
            }
            let stated = tools.get_mut(text).and_then(VecDeque::pop_front);
            match (stated, agents::read(text)) {
                (Some(tool), _) | (None, Some(Creator::Tool(tool))) => self.document.tools.push(tool),
                (None, Some(Creator::Agent(agent))) => self.document.authors.push(agent),
                (None, None) => {}
            }
        }
    }

    /// Reads annotations; those of ours about the subject itself are returned as fields.
    fn annotations(&mut self, held: &Value, subject: EdgeEnd) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        for annotation in held.items_of("annotations") {
            let text = |name: &str| annotation.text_of(name).unwrap_or_default().to_owned();
            let (note, is_document) = (notes::read(annotation, self.created), subject == EdgeEnd::Document);
            match note {
                Some(Note::Field(name, value)) => fields.push((name, value)),
                Some(Note::Property(property)) if is_document => self.document.properties.push(property),
                Some(Note::Property(property)) => {
                    if let Some(element) = self.document.elements.last_mut() {
                        element.properties.push(property);
                    }
                }
                Some(Note::NoTime) => {
                    self.document.created = self.document.created.take().filter(|created| created != EPOCH);
                }
                Some(Note::Sentence) => {}
                None => self.remarks.push(Annotation {
                    subject: subject.clone(),
                    kind: text("annotationType"),
                    annotator: text("annotator"),
                    date: text("annotationDate"),
                    text: text("comment"),
                }),
            }
        }
        fields
    }

    fn complete(&mut self, name: &str, aggregate: String, subject: &EdgeEnd) {
        let next = self.aggregates.len();
        let at = *self.aggregates.entry(aggregate.clone()).or_insert(next);
        if at == self.completeness.len() {
            self.completeness.push(Completeness { aggregate, assemblies: Vec::new(), dependencies: Vec::new() });
        }
        if let Some(held) = self.completeness.get_mut(at) {
            let ends = if name == "completeness" { &mut held.assemblies } else { &mut held.dependencies };
            ends.push(subject.clone());
        }
    }

    /// Adds an element and reads what its annotations say of it. Of two elements of one id, relationships mean the first.
    fn push(&mut self, held: &Value, element: Element) {
        let id = element.id.clone();
        let at = self.document.push(element);
        if !id.is_empty() {
            self.ids.entry(id).or_insert(at);
        }
        for (name, value) in self.annotations(held, EdgeEnd::Element(at)) {
            match name {
                "completeness" | "completeness:dependencies" => self.complete(name, value, &EdgeEnd::Element(at)),
                _ => self.element_note(name, value),
            }
        }
    }

    fn element_note(&mut self, name: &'static str, value: String) {
        let Some(element) = self.document.elements.last_mut() else { return };
        match name {
            "author" => element.authors.extend(agents::read_agent(&value)),
            "cpe" => element.cpes.push(value),
            "group" => set_group(element, value),
            "hash" => {
                if let Some((algorithm, value)) = value.split_once(':') {
                    element.hashes.push(Hash { algorithm: algorithm.to_owned(), value: value.to_owned() });
                }
            }
            "id" if value.is_empty() => element.unnamed = true,
            "id" => element.id = value,
            "identifier" => references::read_identifier(&value, element),
            "is-external" => element.is_external = Some(value == "true"),
            "kind" => match value.as_str() {
                "service" => element.kind = ElementKind::Service,
                "file" => element.kind = ElementKind::File,
                "snippet" => element.kind = ElementKind::Snippet,
                _ => {}
            },
            "license" => {
                let (claim, text) = value.split_once(' ').unwrap_or_default();
                let claim = match claim {
                    "declared" => LicenseClaim::Declared,
                    "concluded" => LicenseClaim::Concluded,
                    _ => LicenseClaim::Observed,
                };
                self.extracted.statements(text, claim, &mut element.licenses);
            }
            "media-type" => element.media_type = Some(value),
            "name" => element.name = value,
            "publisher" => element.publisher = Some(value),
            "purl" => element.purls.push(value),
            "reference" => references::read_note(&value, element),
            "component-scope" => element.scope = Some(value),
            "type" => element.kind = ElementKind::Component(value),
            "version" => {
                element.version = Some(value);
                element.unknown.retain(|(slot, _)| *slot != Slot::Version);
            }
            "component-version-range" => element.version_range = Some(value),
            _ => {}
        }
    }

    fn package(&mut self, package: &Value) {
        let text = |name: &str| package.text_of(name).map(str::to_owned);
        let id = package.text_of("SPDXID").unwrap_or_default();
        if let Some(name) = stand_in(package, self.created) {
            self.stand_ins.insert(id.to_owned(), name);
            return;
        }
        let kind = package.text_of("primaryPackagePurpose").map(words::component_type).unwrap_or_default();
        let mut element = Element::new(ElementKind::Component(kind), id, text("name").unwrap_or_default());
        element.version = text("versionInfo");
        if let Some(what) = element.version.as_deref().and_then(unknown) {
            element.version = None;
            element.unknown.push((Slot::Version, what));
        }
        element.file_name = text("packageFileName");
        read_agents(package, &mut element);
        references::read(package, &mut element);
        element.source_info = text("sourceInfo");
        (element.summary, element.description) = (text("summary"), text("description"));
        self.shared(package, &mut element, &["licenseDeclared", "licenseConcluded", "licenseInfoFromFiles"]);
        split_name(&mut element);
        self.push(package, element);
        // Ours are made from purls and need no annotation to come back.
        self.restore_id(|element| element.purls.first().cloned());
    }

    /// Gives the last element the id that its own was made of.
    fn restore_id(&mut self, key: impl Fn(&Element) -> Option<String>) {
        let Some(element) = self.document.elements.last_mut() else { return };
        if let Some(key) = key(element)
            && words::is_id_of(&element.id, &key)
        {
            element.id = key;
        }
    }

    fn file(&mut self, file: &Value) {
        let path = file.text_of("fileName").unwrap_or_default();
        let path = path.strip_prefix("./").filter(|path| !path.is_empty()).unwrap_or(path);
        let mut element = Element::new(ElementKind::File, file.text_of("SPDXID").unwrap_or_default(), path);
        let contributors = file.items_of("fileContributors").iter().filter_map(Value::as_str);
        element.authors = contributors.map(Agent::parse).collect();
        self.shared(file, &mut element, &["", "licenseConcluded", "licenseInfoInFiles"]);
        self.push(file, element);
        self.restore_id(|element| Some(super::file_key(&element.name)));
    }

    fn snippet(&mut self, snippet: &Value) {
        let text = |name: &str| snippet.text_of(name).unwrap_or_default();
        let mut element = Element::new(ElementKind::Snippet, text("SPDXID"), text("name"));
        for range in snippet.items_of("ranges") {
            element.properties.extend(read_range(range));
        }
        self.shared(snippet, &mut element, &["", "licenseConcluded", "licenseInfoInSnippets"]);
        self.push(snippet, element);
    }

    /// What packages, files and snippets have in common; the names are those of the three fields for licences.
    fn shared(&mut self, held: &Value, element: &mut Element, [declared, concluded, found]: &[&str; 3]) {
        element.comment = held.text_of("comment").map(str::to_owned);
        element.hashes = held.items_of("checksums").iter().filter_map(checksum).collect();
        let fields = [
            (declared, LicenseClaim::Declared, Slot::LicenseDeclared),
            (concluded, LicenseClaim::Concluded, Slot::LicenseConcluded),
        ];
        for (name, claim, slot) in fields {
            if let Some(text) = held.text_of(name)
                && let Some(what) = self.extracted.statements(text, claim, &mut element.licenses)
            {
                element.unknown.push((slot, what));
            }
        }
        for text in held.items_of(found).iter().filter_map(Value::as_str) {
            // That none was found is not a statement about the whole.
            self.extracted.statements(text, LicenseClaim::Observed, &mut element.licenses);
        }
        if let Some(text) = held.text_of("copyrightText") {
            match unknown(text) {
                Some(what) => element.unknown.push((Slot::Copyright, what)),
                None => element.copyright = Some(text.to_owned()),
            }
        }
    }
}

fn unknown(text: &str) -> Option<Unknown> {
    match text {
        NONE => Some(Unknown::None),
        NOASSERTION => Some(Unknown::NoAssertion),
        _ => None,
    }
}

fn checksum(held: &Value) -> Option<Hash> {
    let (algorithm, value) = held.text_of("algorithm").zip(held.text_of("checksumValue"))?;
    Some(Hash { algorithm: words::algorithm(algorithm), value: value.to_owned() })
}

fn external(held: &Value) -> Option<ExternalDocument> {
    let (id, uri) = held.text_of("externalDocumentId").zip(held.text_of("spdxDocument"))?;
    let hash = held.get("checksum").and_then(checksum);
    Some(ExternalDocument { id: id.to_owned(), uri: uri.to_owned(), hash })
}

/// Who supplies a package and where it comes from originally: an organisation made it, a person wrote it.
fn read_agents(package: &Value, element: &mut Element) {
    let mut read = |name: &str, slot: Slot| {
        let text = package.text_of(name)?;
        let what = unknown(text);
        element.unknown.extend(what.map(|what| (slot, what)));
        if what.is_none() { agents::read_agent(text) } else { None }
    };
    let (supplier, originator) = (read("supplier", Slot::Supplier), read("originator", Slot::Originator));
    element.supplier = supplier;
    match originator {
        Some(agent) if agent.kind == AgentKind::Person => element.authors.push(agent),
        other => element.manufacturer = other,
    }
}

/// The name that a package of ours stands for.
fn stand_in(package: &Value, created: Option<&str>) -> Option<String> {
    let mut notes = package.items_of("annotations").iter().filter_map(|held| notes::read(held, created));
    let external = notes.any(|note| note == Note::Field("kind", "external".to_owned()));
    external.then(|| package.text_of("name").unwrap_or_default().to_owned())
}

/// Takes the group off a name where the purl tells that it has one.
fn split_name(element: &mut Element) {
    if let Some((group, name)) = super::group(&element.name, element.purls.first().map(String::as_str)) {
        (element.group, element.name) = (Some(group), name);
    }
}

/// Takes a stated group off the whole name.
fn set_group(element: &mut Element, group: String) {
    let whole = match element.group.take() {
        // The purl told another.
        Some(told) => super::joined(&told, &element.name, element.purls.first().map(String::as_str)),
        None => std::mem::take(&mut element.name),
    };
    if group.is_empty() {
        element.name = whole;
        return;
    }
    let rest = whole.strip_prefix(group.as_str()).and_then(|rest| rest.strip_prefix(['/', ':'])).map(str::to_owned);
    (element.group, element.name) = (Some(group), rest.unwrap_or(whole));
}

/// A range of a snippet as a property: `offset 310 420`.
fn read_range(range: &Value) -> Option<Property> {
    let number = |pointer: &str, name: &str| match range.get(pointer)?.get(name)? {
        Value::Number(text) => Some(text.to_string()),
        Value::String(text) => Some(text.to_string()),
        _ => None,
    };
    let both = |name: &str| number("startPointer", name).zip(number("endPointer", name));
    let (word, (start, end)) = match (both("offset"), both("lineNumber")) {
        (Some(ends), _) => ("offset", ends),
        (None, Some(ends)) => ("line", ends),
        (None, None) => return None,
    };
    Some(Property { name: super::RANGE.to_owned(), value: format!("{word} {start} {end}") })
}
