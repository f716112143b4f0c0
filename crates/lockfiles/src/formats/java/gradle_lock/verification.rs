//! `verification-metadata.xml`, all schema versions (1.0 to 1.3).
//!
//! ```xml
//! <components>
//!   <component group="g" name="a" version="1.0">
//!     <artifact name="a-1.0.jar"><sha256 value="…"><also-trust value="…"/></sha256></artifact>
//! ```
//!
//! It lists all that the build downloads, so parents and platforms too, of which there is only a `.pom` or `.module`:
//! these are no components of anything and are left out.

use plimsoll_extract::prelude::*;
use syntax::xml::Element;

use crate::maven::{self, Artifact, Version};

pub(super) fn extract(text: &str, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let (root, fault) = syntax::xml::parse_partial(text, file.budget().limits());
    if let Some(root) = root.filter(|root| root.name() == "verification-metadata") {
        for entry in root.children("components").flat_map(|list| list.children("component")) {
            component(entry, out);
        }
    } else if fault.is_none() {
        return Err(ExtractError::malformed("no <verification-metadata> element"));
    }
    fault.map_or(Ok(()), |fault| Err(fault.into()))
}

fn component(entry: &Element<'_>, out: &mut Sink<'_>) {
    let artifacts: Vec<&Element<'_>> = entry.children("artifact").filter(|artifact| is_delivered(artifact)).collect();
    if artifacts.is_empty() {
        return;
    }
    let part = |name| entry.attribute(name).map(str::trim).unwrap_or_default();
    let version = part("version");
    if version.is_empty() {
        return out.malformed_entry(entry.line(), "component without version");
    }
    let artifact = Artifact::jar(part("group"), part("name"));
    let Some(mut component) = maven::library(artifact, Version::Exact(version), entry.line(), out) else { return };
    for artifact in &artifacts {
        let hashes = digests(artifact, out);
        if artifacts.len() == 1 {
            component.hashes.clone_from(&hashes);
        }
        let url = artifact.attribute("name").unwrap_or_default().into();
        component.references.push(ExternalReference { kind: ReferenceKind::Distribution, url, hashes });
    }
    out.component(component, entry.line());
}

/// Whether an artifact is more than a description of others.
fn is_delivered(artifact: &Element<'_>) -> bool {
    let name = artifact.attribute("name").unwrap_or_default();
    !name.is_empty() && !name.ends_with(".pom") && !name.ends_with(".module")
}

/// The digests of an artifact. `also-trust` names other files under the same name, so it is no digest of this one.
fn digests(artifact: &Element<'_>, out: &mut Sink<'_>) -> Vec<Digest> {
    let mut digests = Vec::new();
    for element in artifact.elements() {
        let Some(algorithm) = DigestAlgorithm::from_name(element.name()) else { continue };
        let value = element.attribute("value").unwrap_or_default();
        match Digest::from_hex(algorithm, value) {
            Ok(digest) => digests.push(digest),
            Err(error) => out.malformed_entry(element.line(), format!("{}: {error}", element.name())),
        }
    }
    digests
}
