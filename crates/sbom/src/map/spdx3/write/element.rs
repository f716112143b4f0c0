//! Components, services, files and snippets as software artifacts.

use super::super::carry::{Carried, pack, pack_optional};
use super::super::words;
use super::agents::identifier;
use super::{Writer, element_node, hash_node, set, strings, takes};
use crate::document::{Agent, AgentKind, Element, ElementIndex, ElementKind, Reference, Slot, Unknown};
use crate::standard::Standard;
use crate::tree::{Members, Value};

/// Where a snippet is from when the document does not say.
const NO_ASSERTION: &str = "https://spdx.org/rdf/3.0.1/terms/Core/NoAssertionElement";

impl Writer<'_> {
    pub(super) fn element(&mut self, at: ElementIndex, element: &Element) {
        let Some(iri) = self.iri(at).map(str::to_owned) else { return };
        let class = class_of(&element.kind);
        let mut node = element_node(class, &iri);
        let mut carried = Carried::default();
        element.properties.iter().for_each(|property| carried.property(property));
        if self.names.name(&iri) != element.id {
            carried.put("id", element.id.as_str());
        }
        node.set("name", Value::text(element.name.as_str()));
        self.kind(element, at, &mut node, &mut carried);
        texts(element, class, &mut node, &mut carried);
        identifiers(element, class, &mut node);
        references(element, class, &mut node, &mut carried);
        self.artifact_agents(element, &mut node, &mut carried);
        only_carried(element, &mut carried);
        if !element.hashes.is_empty() {
            node.set("verifiedUsing", Value::Array(element.hashes.iter().map(hash_node).collect()));
        }
        carried.add_to(&mut node);
        self.nodes.insert((class, iri), node);
    }

    fn kind(&self, element: &Element, at: ElementIndex, node: &mut Members, carried: &mut Carried) {
        match &element.kind {
            ElementKind::Component(word) => {
                let purpose = words::to_spdx3(words::PURPOSES, word);
                set(node, "software_primaryPurpose", purpose);
                if purpose.is_none() && !word.is_empty() {
                    carried.put("type", word);
                }
            }
            ElementKind::Service => carried.put("kind", "service"),
            ElementKind::File => {}
            ElementKind::Snippet => {
                let file = self.snippet_file(at).unwrap_or(NO_ASSERTION);
                node.set("software_snippetFromFile", Value::text(file));
            }
        }
    }

    fn snippet_file(&self, at: ElementIndex) -> Option<&str> {
        self.iri(*self.snippet_files.get(&at)?)
    }

    /// The supplier and originators. Of these an organisation that comes first is the manufacturer, the others are authors;
    /// where that is not so it is carried.
    fn artifact_agents(&mut self, element: &Element, node: &mut Members, carried: &mut Carried) {
        if let Some(supplier) = &element.supplier {
            node.set("suppliedBy", Value::text(self.agent(supplier)));
        }
        let originators: Vec<&Agent> = element.manufacturer.iter().chain(&element.authors).collect();
        if originators.is_empty() {
            return;
        }
        let iris: Vec<String> = originators.iter().map(|agent| self.agent(agent)).collect();
        let organization = originators.first().is_some_and(|agent| agent.kind == AgentKind::Organization);
        if organization != element.manufacturer.is_some() {
            carried.put("originators", if element.manufacturer.is_some() { "manufacturer" } else { "authors" });
        }
        node.set("originatedBy", strings(iris));
    }
}

const fn class_of(kind: &ElementKind) -> &'static str {
    match kind {
        ElementKind::File => "software_File",
        ElementKind::Snippet => "software_Snippet",
        ElementKind::Component(_) | ElementKind::Service => "software_Package",
    }
}

/// Fields that are text on both sides. What a class does not have is carried.
fn texts(element: &Element, class: &str, node: &mut Members, carried: &mut Carried) {
    let fields = [
        ("summary", "summary", &element.summary),
        ("description", "description", &element.description),
        ("comment", "comment", &element.comment),
        ("software_packageVersion", "version", &element.version),
        ("software_sourceInfo", "source-info", &element.source_info),
    ];
    let has = |field| {
        Standard::spdx3()
            .object_named(class)
            .is_some_and(|(_, object)| object.fields.iter().any(|held| held.name == field))
    };
    for (field, name, text) in fields {
        if has(field) {
            set(node, field, text.as_deref());
        } else {
            carried.optional(name, text.as_deref());
        }
    }
    let media_type = element.media_type.as_deref();
    match media_type.filter(|text| takes(class, "contentType", text)) {
        Some(text) => node.set("contentType", Value::text(text)),
        None => carried.optional("media-type", media_type),
    }
    copyright(element, node, carried);
    for (slot, unknown) in &element.unknown {
        let natural = *slot == Slot::Copyright && element.copyright.is_none();
        if let Some(name) = carried_slot(*slot).filter(|_| !natural) {
            carried.put("unknown", pack([name, word_of(*unknown)]));
        }
    }
}

/// `NONE` and `NOASSERTION` are texts that mean something.
fn copyright(element: &Element, node: &mut Members, carried: &mut Carried) {
    match (element.copyright.as_deref(), element.unknown(Slot::Copyright)) {
        (Some(text @ ("NONE" | "NOASSERTION")), _) => carried.put("copyright", text),
        (Some(text), _) => node.set("software_copyrightText", Value::text(text)),
        (None, Some(unknown)) => node.set("software_copyrightText", Value::text(word_of(unknown))),
        (None, None) => {}
    }
}

/// The name of a slot that has no place of its own.
const fn carried_slot(slot: Slot) -> Option<&'static str> {
    match slot {
        Slot::Supplier => Some("supplier"),
        Slot::Originator => Some("originator"),
        Slot::DownloadLocation => Some("download-location"),
        Slot::Version => Some("version"),
        Slot::Copyright => Some("copyright"),
        Slot::LicenseDeclared | Slot::LicenseConcluded | Slot::Dependencies | Slot::Contents => None,
    }
}

const fn word_of(unknown: Unknown) -> &'static str {
    match unknown {
        Unknown::None => "NONE",
        Unknown::NoAssertion => "NOASSERTION",
    }
}

/// Purls, CPE names and other identifiers; the chief purl has a field too.
fn identifiers(element: &Element, class: &str, node: &mut Members) {
    if class == "software_Package" {
        set(node, "software_packageUrl", element.purls.first().map(String::as_str));
    }
    let mut all: Vec<Value> = element.purls.iter().map(|purl| identifier("packageUrl", purl, None)).collect();
    let version = |cpe: &str| if cpe.starts_with("cpe:2.3:") { "cpe23" } else { "cpe22" };
    all.extend(element.cpes.iter().map(|cpe| identifier(version(cpe), cpe, None)));
    for held in &element.identifiers {
        let own = |word: &&str| !matches!(*word, "packageUrl" | "cpe22" | "cpe23");
        all.push(match words::listed("ExternalIdentifierType", &held.kind).filter(own) {
            Some(kind) => identifier(kind, &held.value, None),
            None => identifier("other", &held.value, Some(&held.kind)),
        });
    }
    if !all.is_empty() {
        node.set("externalIdentifier", Value::Array(all));
    }
}

/// The first plain download location and website have fields; the rest are external references, whose digests, and kinds
/// that SPDX 3 does not have, are carried.
fn references(element: &Element, class: &str, node: &mut Members, carried: &mut Carried) {
    let mut all = Vec::new();
    for held in &element.references {
        let field = match held.kind.as_str() {
            "distribution" => Some("software_downloadLocation"),
            "website" => Some("software_homePage"),
            _ => None,
        };
        let plain = class == "software_Package" && held.comment.is_none() && held.hashes.is_empty();
        if let Some(field) =
            field.filter(|field| plain && !node.has(field) && !matches!(held.url.as_str(), "NONE" | "NOASSERTION"))
        {
            node.set(field, Value::text(held.url.as_str()));
            continue;
        }
        let word = reference_word(held);
        let natural = words::from_spdx3(words::REFERENCES, word).unwrap_or(word);
        if natural != held.kind || !held.hashes.is_empty() {
            let number = all.len().to_string();
            let hashes = held.hashes.iter().flat_map(|hash| [hash.algorithm.as_str(), hash.value.as_str()]);
            carried.put("reference", pack([number.as_str(), held.kind.as_str()].into_iter().chain(hashes)));
        }
        let mut reference = super::class("ExternalRef");
        reference.set("externalRefType", Value::text(word));
        reference.set("locator", strings([held.url.as_str()]));
        set(&mut reference, "comment", held.comment.as_deref());
        all.push(Value::Object(reference));
    }
    if !all.is_empty() {
        node.set("externalRef", Value::Array(all));
    }
}

fn reference_word(reference: &Reference) -> &'static str {
    words::to_spdx3(words::REFERENCES, &reference.kind)
        .or_else(|| words::listed("ExternalRefType", &reference.kind))
        .unwrap_or("other")
}

/// What SPDX 3 has no field for.
fn only_carried(element: &Element, carried: &mut Carried) {
    let texts = [
        ("group", &element.group),
        ("version-range", &element.version_range),
        ("publisher", &element.publisher),
        ("file-name", &element.file_name),
        ("scope", &element.scope),
    ];
    for (name, text) in texts {
        carried.optional(name, text.as_deref());
    }
    if let Some(is_external) = element.is_external {
        carried.put("external", is_external.to_string());
    }
    if element.unnamed {
        carried.put("unnamed", "");
    }
    for seen in &element.sightings {
        let (line, offset) = (seen.line.map(|line| line.to_string()), seen.offset.map(|offset| offset.to_string()));
        let confidence = seen.confidence.to_string();
        let facts = [
            Some(seen.location.as_str()),
            line.as_deref(),
            offset.as_deref(),
            seen.layer.as_deref(),
            Some(seen.technique.as_str()),
            Some(confidence.as_str()),
            Some(seen.by.as_str()),
        ];
        carried.put("sighting", pack_optional(facts));
    }
}
