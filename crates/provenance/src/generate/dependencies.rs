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
