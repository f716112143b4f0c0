//! A document to a tree.

use std::collections::{HashMap, HashSet};

use super::licenses::Extracting;
use super::notes::{self, EPOCH, Stamp};
use super::words::{self, DOCUMENT, NOASSERTION, NONE, is_2_3, one_line};
use super::{RANGE, agents, dates, references, relationships};
use crate::document::{
    Agent, AgentKind, Document, EdgeEnd, EdgeKind, EdgeScope, Element, ElementIndex, ElementKind, LicenseClaim,
    LicenseStatement, Slot, Unknown,
};
use crate::json;
use crate::standard::{Standard, VersionIndex};
use crate::tree::{Members, Value};
use crate::uuid::ContentUuid;

/// Writes a document.
pub(super) fn write(document: &Document, version: VersionIndex) -> Value {
    let ids = words::ids(document);
    let created = document.created.as_deref().and_then(dates::utc);
    let created = created.unwrap_or_else(|| EPOCH.to_owned());
    let files = Files::of(document, &ids, version);
    let mut writer = Writer {
        document,
        version,
        stamp: Stamp::new(document, &created),
        created,
        licenses: Extracting::new(document),
        remarks: HashMap::new(),
        completeness: HashMap::new(),
        ids: &ids,
        files: &files,
    };
    writer.sort_remarks();
    let mut tree = Value::Object(writer.document());
    let Some(members) = tree.as_object_mut() else { return tree };
    if let Some(held) = members.get_mut("documentNamespace") {
        let uri = document.uri.as_deref().filter(|uri| is_namespace(uri)).map(str::to_owned);
        *held = Value::text(uri.unwrap_or_default());
    }
    if members.get("documentNamespace").and_then(Value::as_str) == Some("") {
        let namespace = namespace(&tree);
        if let Some(held) = tree.as_object_mut().and_then(|members| members.get_mut("documentNamespace")) {
            *held = Value::text(namespace);
        }
    }
    tree
}

/// A namespace made from the content of a tree that has none yet.
fn namespace(tree: &Value) -> String {
    let mut uuid = ContentUuid::new();
    // Taking a digest does not fail.
    let _ = json::write(tree, &mut uuid);
    let part = words::id_part(tree.text_of("name").unwrap_or_default());
    let mark = if part.is_empty() { "" } else { "-" };
    format!("https://spdx.org/spdxdocs/{part}{mark}{}", uuid.finish())
}

/// Whether a text is an absolute URI without a fragment (SPDX 2.3 §6.5).
fn is_namespace(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte);
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let letters = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let escapes = |text: &str| {
        text.split('%').skip(1).all(|rest| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && letters
        && !rest.is_empty()
        && rest.bytes().all(allowed)
        && escapes(rest)
}

/// Which elements are written as files and snippets, and which edges that says.
struct Files {
    files: HashSet<usize>,
    /// The file of a snippet.
    snippets: HashMap<usize, String>,
    implied: HashSet<usize>,
}

impl Files {
    fn of(document: &Document, ids: &[String], version: VersionIndex) -> Self {
        let is_file = |held: &Element| {
            let bare = held.purls.is_empty() && held.cpes.is_empty() && held.identifiers.is_empty();
            let digest = held.hashes.iter().any(|hash| words::checksum(hash, version).is_some());
            held.kind == ElementKind::File && bare && digest && held.references.is_empty() && held.version.is_none()
        };
        let elements = || document.indexed().map(|(at, held)| (at.get(), held));
        let files: HashSet<usize> = elements().filter(|(_, held)| is_file(held)).map(|(at, _)| at).collect();
        let ranged = |held: &Element| {
            held.kind == ElementKind::Snippet && held.properties.iter().any(|held| range(held, "").is_some())
        };
        let ranged: HashSet<usize> = elements().filter(|(_, held)| ranged(held)).map(|(at, _)| at).collect();
        let mut out = Self { files, snippets: HashMap::new(), implied: HashSet::new() };
        for (at, edge) in document.edges.iter().enumerate() {
            let EdgeEnd::Element(snippet) = edge.to else { continue };
            let plain = edge.kind == EdgeKind::Contains && edge.scope == EdgeScope::Unsaid && edge.comment.is_none();
            if !plain || !ranged.contains(&snippet.get()) || out.snippets.contains_key(&snippet.get()) {
                continue;
            }
            let file = match &edge.from {
                EdgeEnd::Element(file) if out.files.contains(&file.get()) => ids.get(file.get()),
                EdgeEnd::External(name) if words::is_foreign_id(name) => Some(name),
                _ => None,
            };
            if let Some(file) = file {
                out.snippets.insert(snippet.get(), file.clone());
                out.implied.insert(at);
            }
        }
        out
    }
}

/// The range that a property holds.
fn range(property: &crate::document::Property, file: &str) -> Option<Value> {
    if property.name != RANGE {
        return None;
    }
    let mut words = property.value.split(' ');
    let (word, start, end, rest) = (words.next()?, words.next()?, words.next()?, words.next());
    let name = match word {
        "offset" => "offset",
        "line" => "lineNumber",
        _ => return None,
    };
    let is_number = |text: &str| !text.is_empty() && text.len() < 16 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = |text: &str| is_number(text) && (text == "0" || !text.starts_with('0'));
    if rest.is_some() || !is_number(start) || !is_number(end) {
        return None;
    }
    let pointer = |number: &str| {
        let mut members = Members::new();
        members.push("reference", Value::text(file));
        members.push(name, Value::Number(number.into()));
        Value::Object(members)
    };
    let mut members = Members::new();
    members.push("startPointer", pointer(start));
    members.push("endPointer", pointer(end));
    Some(Value::Object(members))
}

struct Writer<'a> {
    document: &'a Document,
    version: VersionIndex,
    created: String,
    stamp: Stamp,
    licenses: Extracting<'a>,
    /// Annotations of others, by element.
    remarks: HashMap<usize, Vec<Value>>,
    /// How complete elements are, as names and values of notes.
    completeness: HashMap<usize, Vec<(&'static str, &'a str)>>,
    ids: &'a [String],
    files: &'a Files,
}

/// Where the annotations of the document itself are kept among those of the elements.
const WHOLE: usize = usize::MAX;

impl<'a> Writer<'a> {
    /// Puts what is said of elements where it will be looked for.
    fn sort_remarks(&mut self) {
        let place = |end: &EdgeEnd| match end {
            EdgeEnd::Element(at) if at.get() < self.ids.len() => at.get(),
            _ => WHOLE,
        };
        for held in &self.document.annotations {
            let kind = if held.kind == "REVIEW" { "REVIEW" } else { "OTHER" };
            let annotator = one_line(&held.annotator);
            let marked = ["Person:", "Organization:", "Tool:"].iter().any(|mark| annotator.starts_with(mark));
            let annotator = match annotator.trim() {
                "" => agents::ANONYMOUS.to_owned(),
                _ if marked => annotator,
                name => agents::write(&Agent::parse(name)),
            };
            let date = dates::utc(&held.date).unwrap_or_else(|| self.created.clone());
            let mut members = Members::new();
            members.push("annotationDate", Value::text(date));
            members.push("annotationType", Value::text(kind));
            members.push("annotator", Value::text(annotator));
            members.push("comment", Value::text(held.text.as_str()));
            self.remarks.entry(place(&held.subject)).or_default().push(Value::Object(members));
        }
        for held in &self.document.completeness {
            let ends = [("completeness", &held.assemblies), ("completeness:dependencies", &held.dependencies)];
            for (name, end) in ends.into_iter().flat_map(|(name, ends)| ends.iter().map(move |end| (name, end))) {
                // What is not here cannot be annotated.
                if !matches!(end, EdgeEnd::External(_)) {
                    self.completeness.entry(place(end)).or_default().push((name, held.aggregate.as_str()));
                }
            }
        }
    }

    fn document(&mut self) -> Members {
        let document = self.document;
        let root = document.roots.first().and_then(|root| document.element(*root));
        let name = document.name.as_deref().or(root.map(|root| root.name.as_str())).unwrap_or(NOASSERTION);
        let stand_ins = relationships::stand_ins(document, self.ids);
        let mut packages: Vec<Value> = Vec::new();
        let (mut files, mut snippets) = (Vec::new(), Vec::new());
        let single = if let [root] = document.roots.as_slice() { Some(*root) } else { None };
        for (at, element) in document.indexed() {
            if self.files.files.contains(&at.get()) {
                files.push(self.file(at.get(), element));
            } else if let Some(file) = self.files.snippets.get(&at.get()) {
                snippets.push(self.snippet(at.get(), element, file));
            } else {
                packages.push(self.package(at, element, single == Some(at)));
            }
        }
        packages.extend(stand_ins.iter().map(|(name, id)| self.stand_in(name, id)));
        let relationships =
            relationships::Writer::new(document, self.ids, &stand_ins, &self.files.implied, self.version).write();
        let mut members = Members::new();
        let version = Standard::spdx2().version_name(self.version);
        members.push("spdxVersion", Value::text(format!("SPDX-{version}")));
        members.push("dataLicense", Value::text("CC0-1.0"));
        members.push("SPDXID", Value::text(DOCUMENT));
        members.push("name", Value::text(one_line(name)));
        members.push("documentNamespace", Value::Null);
        members.set_some("comment", document.comment.as_deref());
        members.set_items("externalDocumentRefs", self.external_documents());
        members.push("creationInfo", self.creation());
        members.set_items("packages", packages);
        members.set_items("files", files);
        members.set_items("snippets", snippets);
        let licenses = std::mem::replace(&mut self.licenses, Extracting::new(&EMPTY)).finish();
        members.set_items("hasExtractedLicensingInfos", licenses);
        members.set_items("relationships", relationships);
        members.set_items("annotations", self.document_annotations());
        members
    }

    fn external_documents(&self) -> Vec<Value> {
        let document = |held: &crate::document::ExternalDocument| {
            let (algorithm, value) = words::checksum(held.hash.as_ref()?, self.version)?;
            let mut members = Members::new();
            members.push("externalDocumentId", Value::text(held.id.as_str()));
            members.push("spdxDocument", Value::text(held.uri.as_str()));
            members.push("checksum", checksum(algorithm, value));
            words::is_document_id(&held.id).then_some(Value::Object(members))
        };
        self.document.external_documents.iter().filter_map(document).collect()
    }

    fn creation(&self) -> Value {
        let document = self.document;
        let mut creators: Vec<String> = document.tools.iter().map(agents::write_tool).collect();
        creators.extend(document.authors.iter().map(agents::write));
        // Who made the document answers for it too.
        let manufacturer = document.manufacturer.as_ref().map(agents::write);
        creators.extend(manufacturer.filter(|text| !creators.contains(text)));
        if creators.is_empty() {
            creators.push(agents::ANONYMOUS.to_owned());
        }
        let mut members = Members::new();
        members.set_some("licenseListVersion", document.license_list_version.as_deref());
        members.push("creators", Value::Array(creators.into_iter().map(Value::text).collect()));
        members.push("created", Value::text(self.created.as_str()));
        Value::Object(members)
    }

    fn document_annotations(&mut self) -> Vec<Value> {
        let document = self.document;
        let mut texts: Vec<String> = Vec::new();
        match &document.created {
            None => texts.push(notes::NO_TIME.to_owned()),
            Some(created) if *created != self.created => texts.push(notes::field("created", created)),
            Some(_) => {}
        }
        if document.completeness.iter().any(|held| held.aggregate.starts_with("incomplete")) {
            texts.push(notes::INCOMPLETE.to_owned());
        }
        if let Some(license) = document.data_license.as_deref().filter(|license| *license != "CC0-1.0") {
            texts.push(notes::field("data-license", license));
        }
        if let Some(uri) = document.uri.as_deref().filter(|uri| !is_namespace(uri)) {
            texts.push(notes::field("uri", uri));
        }
        texts.extend(document.lifecycles.iter().map(|phase| notes::field("lifecycle", phase)));
        for tool in &document.tools {
            let text = agents::write_tool(tool);
            if agents::read(&text) != Some(agents::Creator::Tool(tool.clone())) {
                let part = |part: Option<&str>| notes::escape(part.unwrap_or_default());
                let parts = [part(tool.vendor.as_deref()), part(Some(&tool.name)), part(tool.version.as_deref())];
                texts.push(notes::field("tool", &parts.join("/")));
            }
        }
        for held in &document.external_documents {
            let stated = held.hash.as_ref().is_some_and(|hash| words::checksum(hash, self.version).is_some());
            if !stated || !words::is_document_id(&held.id) {
                texts.push(notes::field("external-document", &format!("{} {}", held.id, held.uri)));
            }
        }
        for (name, aggregate) in self.completeness.remove(&WHOLE).unwrap_or_default() {
            texts.push(notes::field(name, aggregate));
        }
        texts.extend(document.properties.iter().map(notes::property));
        let mut out: Vec<Value> = texts.iter().map(|text| self.stamp.annotation(text)).collect();
        out.extend(self.remarks.remove(&WHOLE).unwrap_or_default());
        out
    }

    /// The annotations of an element: what no field holds, its properties, and what others say.
    fn annotations(&mut self, at: usize, element: &Element, mut texts: Vec<String>) -> Vec<Value> {
        for (name, aggregate) in self.completeness.remove(&at).unwrap_or_default() {
            texts.push(notes::field(name, aggregate));
        }
        let in_fields = self.files.snippets.contains_key(&at);
        let properties = element.properties.iter().filter(|held| !in_fields || range(held, "").is_none());
        texts.extend(properties.map(notes::property));
        let mut out: Vec<Value> = texts.iter().map(|text| self.stamp.annotation(text)).collect();
        out.extend(self.remarks.remove(&at).unwrap_or_default());
        out
    }

    fn package(&mut self, at: ElementIndex, element: &Element, is_root: bool) -> Value {
        let id = self.ids.get(at.get()).map(String::as_str).unwrap_or_default();
        let mut texts = Vec::new();
        let name = package_name(element, &mut texts);
        let written = references::write(element, self.version);
        let mut members = Members::new();
        members.push("name", Value::text(name));
        members.push("SPDXID", Value::text(id));
        members.set_some("versionInfo", version_info(element, &mut texts));
        members.set_some("packageFileName", element.file_name.as_deref().map(one_line));
        // Who supplies what the document is about supplies its root.
        let supplier = element.supplier.as_ref().or(self.document.supplier.as_ref().filter(|_| is_root));
        members.set_some("supplier", agent(supplier, element, Slot::Supplier));
        let originator = originator(element, &mut texts);
        members.set_some("originator", agent(originator, element, Slot::Originator));
        members.push("downloadLocation", Value::text(written.download));
        members.push("filesAnalyzed", Value::Boolean(false));
        members.set_items("checksums", self.checksums(element, &mut texts));
        members.set_some("homepage", written.homepage);
        members.set_some("sourceInfo", source_info(element));
        let (declared, concluded) = (self.declared(element), self.concluded(element));
        members.set_some("licenseConcluded", self.stated(concluded, element, Slot::LicenseConcluded));
        members.set_some("licenseDeclared", self.stated(declared, element, Slot::LicenseDeclared));
        members.set_some("copyrightText", self.stated(element.copyright.clone(), element, Slot::Copyright));
        members.set_some("summary", element.summary.as_deref());
        members.set_some("description", element.description.as_deref());
        members.set_some("comment", element.comment.as_deref());
        members.set_items("externalRefs", written.external);
        self.kind(element, &mut members, &mut texts);
        for held in element.licenses.iter().filter(|held| held.claim == LicenseClaim::Observed) {
            texts.push(notes::field("license", &format!("observed {}", self.licenses.operand(held))));
        }
        texts.extend(written.notes.iter().map(|(name, value)| notes::field(name, value)));
        package_notes(element, &mut texts);
        let restored = element.purls.first().filter(|purl| written_as_is(purl)) == Some(&element.id);
        id_note(element, id, restored, &mut texts);
        members.set_items("annotations", self.annotations(at.get(), element, texts));
        Value::Object(members)
    }

    /// What sort of thing it is, where SPDX has the word.
    fn kind(&self, element: &Element, members: &mut Members, texts: &mut Vec<String>) {
        let kind = match &element.kind {
            ElementKind::Component(word) => {
                let purpose = words::purpose(word, self.version);
                if purpose.is_none_or(|purpose| words::component_type(purpose) != *word) && !word.is_empty() {
                    texts.push(notes::field("type", word));
                }
                members.set_some("primaryPackagePurpose", purpose);
                return;
            }
            ElementKind::Service => "service",
            ElementKind::File => "file",
            ElementKind::Snippet => "snippet",
        };
        if kind == "file" {
            members.set_some("primaryPackagePurpose", words::purpose(kind, self.version));
        }
        texts.push(notes::field("kind", kind));
    }

    /// A package for what the document names and does not hold.
    fn stand_in(&self, name: &str, id: &str) -> Value {
        let mut members = Members::new();
        members.push("name", Value::text(name));
        members.push("SPDXID", Value::text(id));
        members.push("downloadLocation", Value::text(NOASSERTION));
        members.push("filesAnalyzed", Value::Boolean(false));
        if !is_2_3(self.version) {
            for field in ["licenseConcluded", "licenseDeclared", "copyrightText"] {
                members.push(field, Value::text(NOASSERTION));
            }
        }
        members.push("comment", Value::text("named by a relationship; not part of this document"));
        let note = self.stamp.annotation(&notes::field("kind", "external"));
        members.push("annotations", Value::Array(vec![note]));
        Value::Object(members)
    }

    fn file(&mut self, at: usize, element: &Element) -> Value {
        let id = self.ids.get(at).map(String::as_str).unwrap_or_default();
        let mut texts = Vec::new();
        let mut members = Members::new();
        let path = one_line(&element.name);
        // SPDX 2.3 §8.1: relative to the package.
        let relative = if path.starts_with('/') { path } else { format!("./{path}") };
        members.push("fileName", Value::text(relative));
        if one_line(&element.name) != element.name || element.name.starts_with("./") {
            texts.push(notes::field("name", &element.name));
        }
        members.push("SPDXID", Value::text(id));
        members.set_items("checksums", self.checksums(element, &mut texts));
        self.found(element, "licenseInfoInFiles", &mut members, &mut texts);
        members.set_some("comment", element.comment.as_deref());
        let contributors = element.authors.iter().map(|author| Value::text(contributor(author))).collect();
        members.set_items("fileContributors", contributors);
        let restored = one_line(&element.name) == element.name && element.id == super::file_key(&element.name);
        id_note(element, id, restored, &mut texts);
        members.set_items("annotations", self.annotations(at, element, texts));
        Value::Object(members)
    }

    fn snippet(&mut self, at: usize, element: &Element, file: &str) -> Value {
        let id = self.ids.get(at).map(String::as_str).unwrap_or_default();
        let mut texts = Vec::new();
        let mut members = Members::new();
        members.push("SPDXID", Value::text(id));
        members.push("snippetFromFile", Value::text(file));
        members.set_items("ranges", element.properties.iter().filter_map(|held| range(held, file)).collect());
        self.found(element, "licenseInfoInSnippets", &mut members, &mut texts);
        members.set_some("comment", element.comment.as_deref());
        members.push("name", Value::text(one_line(&element.name)));
        if one_line(&element.name) != element.name {
            texts.push(notes::field("name", &element.name));
        }
        id_note(element, id, false, &mut texts);
        members.set_items("annotations", self.annotations(at, element, texts));
        Value::Object(members)
    }

    /// Licences and copyright of a file or snippet, which declare nothing as a whole.
    fn found(&mut self, element: &Element, name: &'static str, members: &mut Members, texts: &mut Vec<String>) {
        let concluded = self.concluded(element);
        members.set_some("licenseConcluded", self.stated(concluded, element, Slot::LicenseConcluded));
        let mut items = Vec::new();
        for held in element.licenses.iter().filter(|held| held.claim == LicenseClaim::Observed) {
            let text = self.licenses.operand(held);
            if text.contains([' ', '(']) {
                texts.push(notes::field("license", &format!("observed {text}")));
            } else {
                items.push(Value::text(text));
            }
        }
        members.set_items(name, items);
        if let Some(text) = self.declared(element) {
            texts.push(notes::field("license", &format!("declared {text}")));
        }
        members.set_some("copyrightText", self.stated(element.copyright.clone(), element, Slot::Copyright));
    }

    fn declared(&mut self, element: &Element) -> Option<String> {
        let declared = |held: &&LicenseStatement| matches!(held.claim, LicenseClaim::Unsaid | LicenseClaim::Declared);
        self.licenses.join(element.licenses.iter().filter(declared))
    }

    fn concluded(&mut self, element: &Element) -> Option<String> {
        self.licenses.join(element.licenses.iter().filter(|held| held.claim == LicenseClaim::Concluded))
    }

    /// A value, what is said instead of it, or what must be said instead of it.
    fn stated(&self, value: Option<String>, element: &Element, slot: Slot) -> Option<String> {
        let instead = instead(element, slot).or_else(|| (!is_2_3(self.version)).then(|| NOASSERTION.to_owned()));
        value.or(instead)
    }

    fn checksums(&self, element: &Element, texts: &mut Vec<String>) -> Vec<Value> {
        let mut out = Vec::new();
        for hash in &element.hashes {
            match words::checksum(hash, self.version) {
                Some((algorithm, value)) => out.push(checksum(algorithm, value)),
                None => texts.push(notes::field("hash", &hash.to_string())),
            }
        }
        out
    }
}

/// What stands in for the document while its licences are written out.
static EMPTY: std::sync::LazyLock<Document> = std::sync::LazyLock::new(Document::default);

fn checksum(algorithm: &str, value: &str) -> Value {
    let mut members = Members::new();
    members.push("algorithm", Value::text(algorithm));
    members.push("checksumValue", Value::text(value));
    Value::Object(members)
}

fn instead(element: &Element, slot: Slot) -> Option<String> {
    element.unknown(slot).map(|what| if what == Unknown::None { NONE.to_owned() } else { NOASSERTION.to_owned() })
}

/// An agent; SPDX lets it be unknown, not absent (2.3 §7.5).
fn agent(agent: Option<&Agent>, element: &Element, slot: Slot) -> Option<String> {
    agent.map(agents::write).or_else(|| element.unknown(slot).map(|_| NOASSERTION.to_owned()))
}

/// Who it comes from originally: who made it, else the first person who wrote it. The others are annotated.
fn originator<'e>(element: &'e Element, texts: &mut Vec<String>) -> Option<&'e Agent> {
    let first = element.authors.first().filter(|author| author.kind == AgentKind::Person);
    let person = if element.manufacturer.is_none() { first } else { None };
    let others = element.authors.iter().skip(usize::from(person.is_some()));
    texts.extend(others.map(|author| notes::field("author", &agents::write(author))));
    element.manufacturer.as_ref().or(person)
}

fn contributor(agent: &Agent) -> String {
    match &agent.email {
        Some(email) => one_line(&format!("{} <{email}>", agent.name)),
        None => one_line(&agent.name),
    }
}

/// The whole name on one line. What does not read back from it is annotated.
fn package_name(element: &Element, texts: &mut Vec<String>) -> String {
    let purl = element.purls.first().map(String::as_str);
    let group = element.group.as_deref().filter(|group| !group.is_empty());
    let whole = match group {
        Some(group) => super::joined(group, &element.name, purl),
        None => element.name.clone(),
    };
    let line = one_line(&whole);
    let told = super::group(&line, purl.filter(|purl| written_as_is(purl)));
    if told.as_ref().map(|(group, _)| group.as_str()) != group {
        texts.push(notes::field("group", group.unwrap_or_default()));
    }
    if line != whole {
        texts.push(notes::field("name", &element.name));
    }
    line
}

/// Whether a purl is written as one, and so read before the annotations are.
fn written_as_is(purl: &str) -> bool {
    purl.starts_with("pkg:") && !purl.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn version_info(element: &Element, texts: &mut Vec<String>) -> Option<String> {
    let Some(version) = &element.version else { return instead(element, Slot::Version) };
    let line = one_line(version);
    if line != *version || matches!(line.as_str(), NONE | NOASSERTION) {
        texts.push(notes::field("version", version));
    }
    Some(line)
}

/// Facts of a component that SPDX has no field for. That it is required is what is assumed when nothing is said.
fn package_notes(element: &Element, texts: &mut Vec<String>) {
    let facts = [
        ("publisher", element.publisher.as_deref()),
        ("media-type", element.media_type.as_deref()),
        ("component-scope", element.scope.as_deref().filter(|scope| *scope != "required")),
        ("component-version-range", element.version_range.as_deref()),
        ("is-external", element.is_external.map(|held| if held { "true" } else { "false" })),
    ];
    texts.extend(facts.into_iter().filter_map(|(name, value)| Some(notes::field(name, value?))));
}

/// Keeps the id where SPDX does not allow it, unless it reads back from something else.
fn id_note(element: &Element, id: &str, restored: bool, texts: &mut Vec<String>) {
    if element.unnamed {
        texts.push(notes::field("id", ""));
    } else if element.id != id && !(restored && words::is_id_of(id, &element.id)) {
        texts.push(notes::field("id", &element.id));
    }
}

/// Where its facts come from, and where it was seen and by what.
fn source_info(element: &Element) -> Option<String> {
    const MAX: usize = 20;
    let mut places: Vec<String> = element
        .sightings
        .iter()
        .take(MAX)
        .map(|seen| {
            let line = seen.line.map(|line| format!(":{line}")).unwrap_or_default();
            let layer = seen.layer.as_ref().map(|layer| format!(" in layer {layer}")).unwrap_or_default();
            format!("{}{line}{layer} ({})", seen.location, seen.by)
        })
        .collect();
    if element.sightings.len() > MAX {
        places.push(format!("and {} more", element.sightings.len().saturating_sub(MAX)));
    }
    let seen = (!places.is_empty()).then(|| format!("seen in {}", places.join(", ")));
    match (&element.source_info, seen) {
        (Some(info), Some(seen)) => Some(format!("{info}; {seen}")),
        (info, seen) => info.clone().or(seen),
    }
}
