//! Elements to packages, files and snippets.

use super::notes;
use super::words::{self, NOASSERTION, NONE, is_2_3, one_line};
use super::write::Writer;
use super::{agents, files, references};
use crate::document::{
    Agent, AgentKind, Element, ElementIndex, ElementKind, LicenseClaim, LicenseStatement, Slot, Unknown,
};
use crate::tree::{Members, Value};

impl Writer<'_> {
    pub(super) fn package(&mut self, at: ElementIndex, element: &Element, is_root: bool) -> Value {
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
    pub(super) fn stand_in(&self, name: &str, id: &str) -> Value {
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

    pub(super) fn file(&mut self, at: usize, element: &Element) -> Value {
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

    pub(super) fn snippet(&mut self, at: usize, element: &Element, file: &str) -> Value {
        let id = self.ids.get(at).map(String::as_str).unwrap_or_default();
        let mut texts = Vec::new();
        let mut members = Members::new();
        members.push("SPDXID", Value::text(id));
        members.push("snippetFromFile", Value::text(file));
        members.set_items("ranges", element.properties.iter().filter_map(|held| files::range(held, file)).collect());
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

pub(super) fn checksum(algorithm: &str, value: &str) -> Value {
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
