//! Software artifacts to components, services, files and snippets.

use std::collections::HashMap;

use super::super::carry::{Facts, unpack};
use super::super::words;
use super::{Reader, hash, is_a, owned, text, texts};
use crate::document::{
    AgentKind, Document, Edge, EdgeEnd, EdgeKind, EdgeScope, Element, ElementKind, Hash, Identifier, Reference,
    Sighting, Slot, Unknown,
};
use crate::tree::Members;

impl<'a> Reader<'a> {
    pub(super) fn elements(&mut self, document: &mut Document) {
        let artifacts = self.graph.nodes.iter().copied().filter(|node| kind(node).is_some());
        let artifacts: Vec<_> = artifacts.filter_map(|node| Some((text(node, "spdxId")?, node))).collect();
        for (iri, node) in &artifacts {
            if !self.elements.contains_key(iri) {
                let at = document.push(self.element(iri, node));
                self.elements.insert(iri, at);
            }
        }
        for (iri, node) in artifacts {
            let file = node.get("software_snippetFromFile").and_then(super::link_of);
            let (from, to) = (file.and_then(|file| self.elements.get(file)), self.elements.get(iri));
            if let (Some(from), Some(to)) = (from, to) {
                document.edges.push(Edge {
                    from: EdgeEnd::Element(*from),
                    kind: EdgeKind::Contains,
                    to: EdgeEnd::Element(*to),
                    scope: EdgeScope::Unsaid,
                    comment: None,
                });
            }
        }
    }

    fn element(&self, iri: &str, node: &'a Members) -> Element {
        let facts = Facts::of(node);
        let said = |name: &str| facts.get(name).map(str::to_owned);
        let id = said("id").unwrap_or_else(|| self.names.name(iri));
        let kind = match (facts.get("kind"), facts.get("type")) {
            (Some("service"), _) => ElementKind::Service,
            (_, Some(word)) => ElementKind::Component(word.to_owned()),
            _ => kind(node).unwrap_or(ElementKind::File),
        };
        let mut element = Element::new(kind, id, text(node, "name").unwrap_or_default());
        element.unnamed = facts.has("unnamed");
        element.group = said("group");
        element.version = owned(node, "software_packageVersion").or_else(|| said("version"));
        element.version_range = said("version-range");
        element.is_external = facts.get("external").map(|said| said == "true");
        element.hashes = self.graph.all_linked(node, "verifiedUsing").filter_map(hash).collect();
        element.publisher = said("publisher");
        element.summary = owned(node, "summary");
        element.description = owned(node, "description");
        element.comment = owned(node, "comment");
        element.source_info = owned(node, "software_sourceInfo").or_else(|| said("source-info"));
        element.file_name = said("file-name");
        element.scope = said("scope");
        element.media_type = owned(node, "contentType").or_else(|| said("media-type"));
        element.sightings = facts.all("sighting").filter_map(sighting).collect();
        self.identifiers(node, &mut element);
        self.references(node, &facts, &mut element);
        self.artifact_agents(node, &facts, &mut element);
        unknowns(node, &facts, &mut element);
        element.properties = facts.properties;
        element
    }

    fn identifiers(&self, node: &'a Members, element: &mut Element) {
        for identifier in self.graph.all_linked(node, "externalIdentifier") {
            let Some(value) = owned(identifier, "identifier") else { continue };
            match text(identifier, "externalIdentifierType").unwrap_or("other") {
                "packageUrl" => element.purls.push(value),
                "cpe22" | "cpe23" => element.cpes.push(value),
                "other" => {
                    let kind = owned(identifier, "comment").unwrap_or_else(|| "other".to_owned());
                    element.identifiers.push(Identifier { kind, value });
                }
                kind => element.identifiers.push(Identifier { kind: kind.to_owned(), value }),
            }
        }
        // The chief one, which may be among the others.
        if let Some(purl) = owned(node, "software_packageUrl")
            && element.purls.first() != Some(&purl)
        {
            element.purls.retain(|held| *held != purl);
            element.purls.insert(0, purl);
        }
        self.content_identifiers(node, element);
    }

    fn content_identifiers(&self, node: &'a Members, element: &mut Element) {
        for held in self.graph.all_linked(node, "software_contentIdentifier") {
            let kind = text(held, "software_contentIdentifierType").unwrap_or_default().to_owned();
            if let Some(value) = owned(held, "software_contentIdentifierValue") {
                element.identifiers.push(Identifier { kind, value });
            }
        }
    }

    fn references(&self, node: &'a Members, facts: &Facts, element: &mut Element) {
        let fields = [("software_downloadLocation", "distribution"), ("software_homePage", "website")];
        for (field, kind) in fields {
            match (text(node, field), kind) {
                (Some("NOASSERTION"), "distribution") => note(element, Slot::DownloadLocation, Unknown::NoAssertion),
                (Some("NONE"), "distribution") => note(element, Slot::DownloadLocation, Unknown::None),
                (Some(url), _) => {
                    let (kind, url) = (kind.to_owned(), url.to_owned());
                    element.references.push(Reference { kind, url, ..Reference::default() });
                }
                (None, _) => {}
            }
        }
        let carried = facts.all("reference").filter_map(|said| {
            let texts: Vec<String> = unpack(said).into_iter().flatten().collect();
            Some((texts.first()?.parse::<usize>().ok()?, texts))
        });
        let carried: HashMap<usize, Vec<String>> = carried.collect();
        for (number, held) in self.graph.all_linked(node, "externalRef").enumerate() {
            let word = text(held, "externalRefType").unwrap_or("other");
            let natural = words::from_spdx3(words::REFERENCES, word).unwrap_or(word);
            let said = carried.get(&number);
            let kind = said.and_then(|said| said.get(1)).map_or_else(|| natural.to_owned(), String::clone);
            let pairs = said.and_then(|said| said.get(2..)).unwrap_or_default().chunks_exact(2);
            let hash = |pair: &[String]| match pair {
                [algorithm, value] => Some(Hash { algorithm: algorithm.clone(), value: value.clone() }),
                _ => None,
            };
            let hashes: Vec<Hash> = pairs.filter_map(hash).collect();
            for url in texts(held, "locator") {
                element.references.push(Reference {
                    kind: kind.clone(),
                    url: url.to_owned(),
                    comment: owned(held, "comment"),
                    hashes: hashes.clone(),
                });
            }
        }
    }

    fn artifact_agents(&self, node: &'a Members, facts: &Facts, element: &mut Element) {
        element.supplier = self.graph.linked(node, "suppliedBy").map(|agent| self.agent(agent));
        let mut originators: Vec<_> =
            self.graph.all_linked(node, "originatedBy").map(|agent| self.agent(agent)).collect();
        let first_is = match facts.get("originators") {
            Some(said) => said == "manufacturer",
            None => originators.first().is_some_and(|agent| agent.kind == AgentKind::Organization),
        };
        if first_is && !originators.is_empty() {
            element.manufacturer = Some(originators.remove(0));
        }
        element.authors = originators;
    }
}

/// What sort of element a node is; none when it is no artifact.
pub(super) fn kind(node: &Members) -> Option<ElementKind> {
    let class = text(node, "type")?;
    let word = match class {
        "software_File" => return Some(ElementKind::File),
        "software_Snippet" => return Some(ElementKind::Snippet),
        "ai_AIPackage" => Some("machine-learning-model"),
        "dataset_DatasetPackage" => Some("data"),
        _ if is_a(class, "software_Package") => None,
        _ => return None,
    };
    let purpose = || words::from_spdx3(words::PURPOSES, text(node, "software_primaryPurpose")?);
    Some(ElementKind::Component(word.or_else(purpose).unwrap_or_default().to_owned()))
}

/// Notes what is said instead of a value; once is enough.
pub(super) fn note(element: &mut Element, slot: Slot, unknown: Unknown) {
    if !element.unknown.contains(&(slot, unknown)) {
        element.unknown.push((slot, unknown));
    }
}

fn unknowns(node: &Members, facts: &Facts, element: &mut Element) {
    match text(node, "software_copyrightText") {
        Some("NONE") => note(element, Slot::Copyright, Unknown::None),
        Some("NOASSERTION") => note(element, Slot::Copyright, Unknown::NoAssertion),
        text => element.copyright = text.or_else(|| facts.get("copyright")).map(str::to_owned),
    }
    for said in facts.all("unknown") {
        let [Some(slot), Some(word)] = &unpack(said)[..] else { continue };
        let slot = match slot.as_str() {
            "supplier" => Slot::Supplier,
            "originator" => Slot::Originator,
            "download-location" => Slot::DownloadLocation,
            "version" => Slot::Version,
            "copyright" => Slot::Copyright,
            _ => continue,
        };
        note(element, slot, if word == "NONE" { Unknown::None } else { Unknown::NoAssertion });
    }
}

fn sighting(said: &str) -> Option<Sighting> {
    let [location, line, offset, layer, technique, confidence, by] =
        <[Option<String>; 7]>::try_from(unpack(said)).ok()?;
    Some(Sighting {
        location: location?,
        line: line.and_then(|line| line.parse().ok()),
        offset: offset.and_then(|offset| offset.parse().ok()),
        layer,
        technique: technique?,
        confidence: confidence?.parse().ok()?,
        by: by?,
    })
}
