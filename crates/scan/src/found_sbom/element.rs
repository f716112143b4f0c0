//! An element of a document as a component.

use plimsoll_extract::prelude::*;
use plimsoll_sbom::document::{Element, ElementKind, LicenseClaim};

/// References of one element that are kept; documents of whole distributions repeat themselves.
const MAX_REFERENCES: usize = 32;

/// The component that an element stands for; `None` for what is no package: files, services, images, and brackets that
/// have neither purl nor version.
pub(super) fn component(element: &Element, document: &SourcePath) -> Option<Component> {
    let ElementKind::Component(word) = &element.kind else { return None };
    let kind = kind(word)?;
    let version = element.version.as_deref().map(str::trim).filter(|version| !version.is_empty());
    let mut component = match purl(element, version) {
        Some(purl) if matches!(purl.kind(), "oci" | "docker") => return None,
        Some(purl) => Component { kind, ..Component::from_purl(purl) },
        None => {
            let name = element.name.trim();
            let version = version.filter(|_| !name.is_empty())?;
            Component {
                group: element.group.as_deref().filter(|group| !group.is_empty()).map(Into::into),
                version: Some(version.into()),
                // Without a purl it is known by this document alone.
                location: Some(document.clone()),
                ..Component::new(kind, name)
            }
        }
    };
    describe(element, &mut component);
    Some(component)
}

/// Kinds that are packages, by CycloneDX's word.
fn kind(word: &str) -> Option<ComponentKind> {
    Some(match word {
        "library" | "" => ComponentKind::Library,
        "application" => ComponentKind::Application,
        "framework" => ComponentKind::Framework,
        "firmware" | "device-driver" => ComponentKind::Firmware,
        "machine-learning-model" => ComponentKind::MachineLearningModel,
        _ => return None,
    })
}

/// The chief purl, completed with the version that only the element says.
fn purl(element: &Element, version: Option<&str>) -> Option<Purl> {
    let purl = element.purls.iter().find_map(|text| Purl::parse(text).ok())?;
    let Some(version) = version.filter(|_| purl.version().is_none()) else { return Some(purl) };
    let mut builder = Purl::builder(purl.kind(), purl.name()).version(version);
    if let Some(namespace) = purl.namespace() {
        builder = builder.namespace(namespace);
    }
    if let Some(subpath) = purl.subpath() {
        builder = builder.subpath(subpath);
    }
    for (key, value) in purl.qualifiers() {
        builder = builder.qualifier(key, value);
    }
    builder.build().ok().or(Some(purl))
}

fn describe(element: &Element, component: &mut Component) {
    let stated = element.licenses.iter().filter(|license| license.claim != LicenseClaim::Concluded);
    component.licenses.extend(stated.filter_map(|license| License::declared(&license.text)));
    let digest = |hash: &plimsoll_sbom::document::Hash| {
        Digest::from_hex(DigestAlgorithm::from_name(&hash.algorithm)?, &hash.value).ok()
    };
    component.hashes.extend(element.hashes.iter().filter_map(digest));
    component.supplier = element.supplier.as_ref().map(|agent| agent.name.as_str().into());
    component.author = element.authors.first().map(|agent| agent.name.as_str().into());
    component.description = element.description.as_deref().map(Into::into);
    component.copyright = element.copyright.as_deref().map(Into::into);
    let references = element.references.iter().filter_map(|reference| {
        let kind = reference_kind(&reference.kind)?;
        let hashes = reference.hashes.iter().filter_map(digest).collect();
        Some(ExternalReference { kind, url: reference.url.as_str().into(), hashes })
    });
    component.references.extend(references.take(MAX_REFERENCES));
}

fn reference_kind(word: &str) -> Option<ReferenceKind> {
    Some(match word {
        "distribution" => ReferenceKind::Distribution,
        "source-distribution" => ReferenceKind::SourceDistribution,
        "vcs" => ReferenceKind::Vcs,
        "website" => ReferenceKind::Website,
        "issue-tracker" => ReferenceKind::IssueTracker,
        "documentation" => ReferenceKind::Documentation,
        _ => return None,
    })
}
