//! What something was built from, as its SBOM lists it.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_attest::{DigestSet, ResourceDescriptor};
use plimsoll_model::{Digest, DigestAlgorithm};
use plimsoll_sbom::Document;

/// The components of an SBOM that can be identified, by package URL and digest; in the order of their URLs, each once. What
/// the SBOM is about is no dependency of itself. The second number is of those that were left out, as nothing identifies them.
#[must_use]
pub fn dependencies(document: &Document) -> (Vec<ResourceDescriptor>, usize) {
    let roots: BTreeSet<usize> = document.roots.iter().map(|root| root.get()).collect();
    let (mut found, mut left_out) = (BTreeMap::<(String, String), BTreeSet<DigestSet>>::new(), 0_usize);
    for (position, element) in document.elements.iter().enumerate() {
        if roots.contains(&position) || !element.is_component() {
            continue;
        }
        let digests: DigestSet =
            element.hashes.iter().filter_map(|hash| digest(&hash.algorithm, &hash.value)).collect();
        let uri = element.purls.first().cloned().unwrap_or_default();
        if uri.is_empty() && digests.is_empty() {
            left_out = left_out.saturating_add(1);
            continue;
        }
        // A package URL says what it is; a file without one has its name.
        let name = if uri.is_empty() { element.full_name() } else { String::new() };
        let held = found.entry((uri, name)).or_default();
        if !digests.is_empty() {
            held.insert(digests);
        }
    }
    let mut described = Vec::new();
    for ((uri, name), mut digests) in found {
        if digests.is_empty() {
            digests.insert(DigestSet::new());
        }
        // One version of a package may have several archives, such as wheels.
        described.extend(digests.into_iter().map(|digest| ResourceDescriptor {
            name: name.clone(),
            uri: uri.clone(),
            digest,
            ..ResourceDescriptor::default()
        }));
    }
    (described, left_out)
}

/// A digest by the name that in-toto has for its algorithm. Those that are of the wrong length identify nothing.
fn digest(algorithm: &str, value: &str) -> Option<(String, String)> {
    let algorithm = DigestAlgorithm::from_name(algorithm)?;
    let digest = Digest::from_hex(algorithm, value.trim()).ok()?;
    let name = match algorithm {
        DigestAlgorithm::Sha1 => "sha1",
        DigestAlgorithm::Sha224 => "sha224",
        DigestAlgorithm::Sha256 => "sha256",
        DigestAlgorithm::Sha384 => "sha384",
        DigestAlgorithm::Sha512 => "sha512",
        DigestAlgorithm::Sha3_256 => "sha3_256",
        // MD5 proves nothing, and in-toto has no name for the others.
        _ => return None,
    };
    Some((name.to_owned(), digest.hex()))
}

#[cfg(test)]
mod tests {
    use plimsoll_sbom::document::{Element, ElementIndex, ElementKind, Hash};

    use super::*;

    fn component(name: &str, purl: &str, hashes: &[(&str, String)]) -> Element {
        let mut element = Element::new(ElementKind::Component("library".into()), name, name);
        element.purls.extend(Some(purl.to_owned()).filter(|purl| !purl.is_empty()));
        element.hashes.extend(
            hashes.iter().map(|(algorithm, value)| Hash { algorithm: (*algorithm).to_owned(), value: value.clone() }),
        );
        element
    }

    #[test]
    fn what_can_be_identified_is_named_sorted_and_once() {
        let document = Document {
            elements: vec![
                component("app", "pkg:generic/app", &[]),
                component("z", "pkg:cargo/z@1", &[("SHA-256", "AB".repeat(32)), ("MD5", "00".repeat(16))]),
                component("a", "pkg:pypi/a@1", &[("SHA-256", "01".repeat(32))]),
                component("a", "pkg:pypi/a@1", &[("SHA-256", "02".repeat(32))]),
                component("a", "pkg:pypi/a@1", &[]),
                component("blob", "", &[("SHA-512", "03".repeat(64))]),
                component("wrong", "", &[("SHA-256", "not hex".into()), ("SHA-512", "00".into())]),
                component("nobody", "", &[]),
            ],
            roots: vec![ElementIndex(0)],
            ..Document::default()
        };
        let (found, left_out) = dependencies(&document);
        let shown: Vec<String> = found
            .iter()
            .map(|one| format!("{}{} {:?}", one.name, one.uri, one.digest.values().collect::<Vec<_>>()))
            .collect();
        assert_eq!(
            shown,
            [
                format!("blob [{:?}]", "03".repeat(64)),
                format!("pkg:cargo/z@1 [{:?}]", "ab".repeat(32)),
                format!("pkg:pypi/a@1 [{:?}]", "01".repeat(32)),
                format!("pkg:pypi/a@1 [{:?}]", "02".repeat(32)),
            ]
        );
        assert_eq!(left_out, 2);
        assert!(found.iter().all(ResourceDescriptor::says_something));
    }
}
