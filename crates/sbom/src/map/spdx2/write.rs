//! A document to a tree.

use std::collections::{HashMap, HashSet};

use super::files::Files;
use super::licenses::Extracting;
use super::notes::{self, EPOCH, Stamp};
use super::words::{self, DOCUMENT, NOASSERTION, one_line};
use super::{agents, dates, elements, files, relationships};
use crate::document::{Agent, Document, EdgeEnd, Element, ExternalDocument, Tool};
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
    if writer.namespace().is_none() {
        let made = made_namespace(&tree, document.content_id.as_deref());
        if let Some(members) = tree.as_object_mut() {
            members.set_text("documentNamespace", made);
        }
    }
    tree
}

/// A namespace made from the content of a tree that has none yet.
fn made_namespace(tree: &Value, content_id: Option<&str>) -> String {
    let version = tree.text_of("spdxVersion").unwrap_or_default();
    let uuid = content_id.map_or_else(|| json::uuid_of(tree), |id| ContentUuid::of(&[id, version]));
    let part = words::id_part(tree.text_of("name").unwrap_or_default());
    let mark = if part.is_empty() { "" } else { "-" };
    format!("https://spdx.org/spdxdocs/{part}{mark}{uuid}")
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

pub(super) struct Writer<'a> {
    pub(super) document: &'a Document,
    pub(super) version: VersionIndex,
    created: String,
    pub(super) stamp: Stamp,
    pub(super) licenses: Extracting<'a>,
    /// Annotations of others, by element.
    remarks: HashMap<usize, Vec<Value>>,
    /// How complete elements are, as names and values of notes.
    completeness: HashMap<usize, Vec<(&'static str, &'a str)>>,
    pub(super) ids: &'a [String],
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

    /// The namespace that the document has itself.
    fn namespace(&self) -> Option<&'a str> {
        self.document.uri.as_deref().filter(|uri| is_namespace(uri))
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
        members.push("documentNamespace", Value::text(self.namespace().unwrap_or_default()));
        members.set_some("comment", document.comment.as_deref());
        members.set_items("externalDocumentRefs", self.external_documents());
        members.push("creationInfo", self.creation());
        members.set_items("packages", packages);
        members.set_items("files", files);
        members.set_items("snippets", snippets);
        members.set_items("hasExtractedLicensingInfos", self.licenses.finish());
        members.set_items("relationships", relationships);
        members.set_items("annotations", self.document_annotations());
        members
    }

    /// The other documents that have an id of their own and a digest, and those that do not.
    fn named_documents(&self) -> (Vec<&'a ExternalDocument>, Vec<&'a ExternalDocument>) {
        let mut taken = HashSet::new();
        self.document.external_documents.iter().partition(|held| {
            let stated = held.hash.as_ref().is_some_and(|hash| words::checksum(hash, self.version).is_some());
            stated && words::is_document_id(&held.id) && taken.insert(held.id.as_str())
        })
    }

    fn external_documents(&self) -> Vec<Value> {
        let document = |held: &ExternalDocument| {
            let (algorithm, value) = words::checksum(held.hash.as_ref()?, self.version)?;
            let mut members = Members::new();
            members.push("externalDocumentId", Value::text(held.id.as_str()));
            members.push("spdxDocument", Value::text(held.uri.as_str()));
            members.push("checksum", elements::checksum(algorithm, value));
            Some(Value::Object(members))
        };
        self.named_documents().0.into_iter().filter_map(document).collect()
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
        members.set_some("comment", words::sbom_types(&document.lifecycles));
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
        texts.extend(tool_notes(&document.tools));
        for held in self.named_documents().1 {
            texts.push(notes::field("external-document", &format!("{} {}", held.id, held.uri)));
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
    pub(super) fn annotations(&mut self, at: usize, element: &Element, mut texts: Vec<String>) -> Vec<Value> {
        for (name, aggregate) in self.completeness.remove(&at).unwrap_or_default() {
            texts.push(notes::field(name, aggregate));
        }
        let in_fields = self.files.snippets.contains_key(&at);
        let properties = element.properties.iter().filter(|held| !in_fields || files::range(held, "").is_none());
        texts.extend(properties.map(notes::property));
        let mut out: Vec<Value> = texts.iter().map(|text| self.stamp.annotation(text)).collect();
        out.extend(self.remarks.remove(&at).unwrap_or_default());
        out
    }
}

/// Notes for the tools whose text reads back as another, and for all that share their text, so that they stay in order.
fn tool_notes(tools: &[Tool]) -> Vec<String> {
    let read_back = |tool: &Tool| agents::read(&agents::write_tool(tool)) == Some(agents::Creator::Tool(tool.clone()));
    let ambiguous: HashSet<String> = tools.iter().filter(|tool| !read_back(tool)).map(agents::write_tool).collect();
    let part = |part: Option<&str>| notes::escape(part.unwrap_or_default());
    let noted = tools.iter().filter(|tool| ambiguous.contains(&agents::write_tool(tool)));
    noted
        .map(|tool| [part(tool.vendor.as_deref()), part(Some(&tool.name)), part(tool.version.as_deref())].join("/"))
        .map(|text| notes::field("tool", &text))
        .collect()
}
