//! Reads documents into what is kept: JSON in one borrowed pass, other encodings through the neutral document.

use std::borrow::Cow;

use plimsoll_model::{Limits, Purl};
use plimsoll_sbom::document::{EdgeEnd, EdgeKind, ElementKind};
use plimsoll_sbom::encoding::Encoding;
use plimsoll_sbom::lean::{self, Lean, LeanComponent};
use plimsoll_sbom::{Document, detect_text, encoding, map};

use super::collect::{self, Collected, Collector, Seen, Subject};
use super::is_package;
use crate::error::InventoryError;

/// What a document says.
pub(super) struct Reading {
    pub(super) format: String,
    pub(super) created: String,
    pub(super) partial: bool,
    pub(super) subject: Subject,
    pub(super) collected: Collected,
}

/// Properties by which our scans name an image, and the kinds of names that they are.
const NAMES: &[(&str, &str)] = &[
    ("plimsoll:image:config-digest", "config"),
    ("plimsoll:image:manifest-digest", "manifest"),
    ("plimsoll:image:index-digest", "index"),
    ("plimsoll:image:tag", "tag"),
    ("plimsoll:image:reference", "reference"),
];

/// What the names of our own properties begin with: no others are kept.
const OWN: &str = "plimsoll:";

/// The property by which our scans say which layer brought a component in.
const INTRODUCED: &str = "plimsoll:layer:introduced";

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Reading, InventoryError> {
    let (encoding, text) = detect_text(bytes)?;
    if matches!(encoding, Encoding::CycloneDxJson | Encoding::SpdxJson)
        && let Some(text) = text
    {
        let lean = lean::lean_with(&text, encoding, limits, |name| name.starts_with(OWN))?;
        return Ok(of_lean(&lean, encoding));
    }
    let parsed = encoding::read(bytes, encoding, limits)?;
    Ok(of_document(&map::document(&parsed), encoding))
}

fn of_lean(lean: &Lean<'_>, encoding: Encoding) -> Reading {
    let mut collector = Collector::with_capacity(lean.components.len(), lean.edges.len());
    let described = described(lean);
    let mut subject = Subject::default();
    let root = lean.subject.or_else(|| match described.as_slice() {
        [one] => lean.components.iter().position(|component| component.reference == **one),
        _ => None,
    });
    let mut numbers = Vec::with_capacity(lean.components.len());
    for (at, component) in lean.components.iter().enumerate() {
        let parent = component.parent.and_then(|parent| numbers.get(parent)).copied().unwrap_or(0);
        if Some(at) == root {
            subject = of_subject(component);
            numbers.push(0);
            if is_own_package(&component.purl) {
                collector.component(&seen(component, ""));
            }
            collector.subject(&component.reference);
        } else if matches!(&*component.kind, "file" | "FILE") && component.purl.is_empty() {
            file(&mut collector, component);
            // What is inside a file hangs where the file does.
            numbers.push(parent);
        } else {
            let number = collector.component(&seen(component, &component.reference));
            component.hashes.iter().for_each(|(algorithm, value)| collector.digest(number, algorithm, value));
            component.more_purls.iter().for_each(|purl| collector.another(number, purl));
            if component.parent.is_some() {
                collector.inside(parent, number);
            }
            numbers.push(number);
        }
        component.licenses.iter().for_each(|license| collector.license(license));
        if Some(at) != root && &*component.kind != "file" {
            let layers = component.properties.iter().filter(|(name, _)| name == INTRODUCED);
            layers.for_each(|(_, layer)| collector.layer(layer));
        }
    }
    lean.files.iter().for_each(|component| file(&mut collector, component));
    for edge in &lean.edges {
        match &*edge.kind {
            "dependsOn" | "DEPENDS_ON" | "CONTAINS" | "DESCRIBES" => collector.edge(&edge.from, &edge.to),
            "CONTAINED_BY"
            | "DEPENDENCY_OF"
            | "RUNTIME_DEPENDENCY_OF"
            | "BUILD_DEPENDENCY_OF"
            | "DEV_DEPENDENCY_OF"
            | "OPTIONAL_DEPENDENCY_OF"
            | "PROVIDED_DEPENDENCY_OF"
            | "TEST_DEPENDENCY_OF" => {
                collector.edge(&edge.to, &edge.from);
            }
            _ => {}
        }
    }
    Reading {
        format: format!("{}@{}", encoding.name(), lean.version.trim_start_matches("SPDX-")),
        created: lean.created.to_string(),
        partial: lean.aggregates.iter().any(|aggregate| aggregate.starts_with("incomplete")),
        subject,
        collected: collector.finish(),
    }
}

/// What an SPDX document describes, said in either way.
fn described<'a>(lean: &'a Lean<'a>) -> Vec<&'a Cow<'a, str>> {
    let said = lean.edges.iter().filter(|edge| edge.kind == "DESCRIBES").map(|edge| &edge.to);
    let mut described: Vec<_> = lean.describes.iter().chain(said).collect();
    described.sort_unstable();
    described.dedup();
    described
}

fn seen<'a>(component: &'a LeanComponent<'a>, reference: &'a str) -> Seen<'a> {
    Seen {
        reference,
        group: &component.group,
        name: &component.name,
        version: &component.version,
        purl: &component.purl,
    }
}

/// What a document is about is itself a package: a library's own SBOM.
fn is_own_package(purl: &str) -> bool {
    !purl.is_empty() && Purl::parse(purl).is_ok_and(|purl| is_package(&purl))
}

fn of_subject(component: &LeanComponent<'_>) -> Subject {
    let mut subject = Subject { version: component.version.to_string(), ..Subject::default() };
    subject.name = match component.group.is_empty() {
        true => component.name.to_string(),
        false => format!("{}/{}", component.group, component.name),
    };
    let mut digests = component.hashes.iter().filter_map(|(algorithm, value)| collect::digest(algorithm, value));
    subject.digest = digests.find(|digest| digest.algorithm() == plimsoll_model::DigestAlgorithm::Sha256);
    name_by_purl(&mut subject, &component.purl);
    for (name, value) in &component.properties {
        if let Some((_, kind)) = NAMES.iter().find(|(known, _)| known == name) {
            subject.aliases.push((kind, value.to_string()));
        }
    }
    subject
}

/// The purl of an image says its digest and where it is from.
fn name_by_purl(subject: &mut Subject, purl: &str) {
    let Ok(purl) = Purl::parse(purl) else { return };
    if purl.kind() == "oci" || purl.kind() == "docker" {
        if subject.digest.is_none() {
            subject.digest = purl.version().and_then(|version| plimsoll_model::Digest::from_prefixed(version).ok());
        }
        subject.name = collect::subject_name(&purl);
        if let Some((_, tag)) = purl.qualifiers().find(|(key, _)| *key == "tag") {
            tag.clone_into(&mut subject.version);
        }
        if subject.version.starts_with("sha256:") {
            subject.version.clear();
        }
    }
}

fn file(collector: &mut Collector<'_>, component: &LeanComponent<'_>) {
    collector.file(&component.name);
    component.hashes.iter().for_each(|(algorithm, value)| collector.file_digest(algorithm, value));
}

fn of_document(document: &Document, encoding: Encoding) -> Reading {
    let mut collector = Collector::default();
    let mut subject = Subject::default();
    let root = match document.roots.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    for (at, element) in document.indexed() {
        let purl = element.purls.first().map(String::as_str).unwrap_or_default();
        let seen = |reference| Seen {
            reference,
            group: element.group.as_deref().unwrap_or_default(),
            name: &element.name,
            version: element.version.as_deref().unwrap_or_default(),
            purl,
        };
        if Some(at) == root {
            subject.name = element.full_name();
            subject.version = element.version.clone().unwrap_or_default();
            let digests = element.hashes.iter().filter_map(|hash| collect::digest(&hash.algorithm, &hash.value));
            subject.digest =
                digests.into_iter().find(|digest| digest.algorithm() == plimsoll_model::DigestAlgorithm::Sha256);
            name_by_purl(&mut subject, purl);
            if is_own_package(purl) {
                collector.component(&seen(""));
            }
            collector.subject(&element.id);
            continue;
        }
        match element.kind {
            ElementKind::File => {
                collector.file(&element.name);
                element.hashes.iter().for_each(|hash| collector.file_digest(&hash.algorithm, &hash.value));
            }
            ElementKind::Component(_) => {
                let number = collector.component(&seen(&element.id));
                element.purls.iter().skip(1).for_each(|purl| collector.another(number, purl));
                element.hashes.iter().for_each(|hash| collector.digest(number, &hash.algorithm, &hash.value));
                let layers = element.properties.iter().filter(|held| held.name == INTRODUCED);
                layers.for_each(|held| collector.layer(&held.value));
            }
            _ => {}
        }
        element.licenses.iter().for_each(|license| collector.license(&license.text));
    }
    for edge in &document.edges {
        let (EdgeEnd::Element(from), EdgeEnd::Element(to)) = (&edge.from, &edge.to) else { continue };
        if let (EdgeKind::DependsOn | EdgeKind::Contains, Some(from), Some(to)) =
            (&edge.kind, document.element(*from), document.element(*to))
        {
            collector.edge(&from.id, &to.id);
        }
    }
    Reading {
        format: encoding.name().to_owned(),
        created: document.created.clone().unwrap_or_default(),
        partial: document.completeness.iter().any(|held| held.aggregate.starts_with("incomplete")),
        subject,
        collected: collector.finish(),
    }
}
