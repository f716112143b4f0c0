//! Whether a document names the very artifact that it is held against.
//!
//! Documents name digests in many places: hashes of the subject, a purl `pkg:oci/x@sha256:…`, a version that is a digest
//! (Syft), properties (Trivy, Plimsoll), the layers in which components were seen. Some say of what they are the digest,
//! others do not, and the digest of a manifest can only be compared where the source has its manifest: `docker save` makes
//! another one. An image that shares layers with another is not the other.

use std::collections::BTreeSet;

use super::Source;
use crate::Document;
use crate::document::Element;

/// What a document says of which artifact it describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Binding {
    /// The same artifact, by a digest.
    Bound,
    /// Another artifact, by a digest.
    Contradicted,
    /// Nothing that can be compared.
    Unbound,
}

impl Binding {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Contradicted => "contradicted",
            Self::Unbound => "unbound",
        }
    }
}

/// What a digest is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DigestOf {
    /// The configuration of an image: its id.
    Config,
    /// The manifest of an image.
    Manifest,
    /// The uncompressed layers of an image.
    Layers,
    /// The document does not say.
    Unsaid,
}

impl DigestOf {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Manifest => "manifest",
            Self::Layers => "layers",
            Self::Unsaid => "artifact",
        }
    }
}

/// One digest that a document names, held against the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DigestClaim {
    /// Of what.
    pub of: DigestOf,
    /// Where the document says so.
    pub place: String,
    /// The digest, or the layers in few words.
    pub claimed: String,
    /// Whether the source has it; `None` when it has none of that sort to compare.
    pub agrees: Option<bool>,
}

/// The digests of the source.
struct Known {
    config: BTreeSet<String>,
    manifest: BTreeSet<String>,
    all: BTreeSet<String>,
    layers: BTreeSet<String>,
}

impl Known {
    fn of(source: &Source) -> Self {
        let (mut config, mut manifest, mut all) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for element in subjects(&source.document) {
            for held in &element.properties {
                match held.name.as_str() {
                    "plimsoll:image:config-digest" => drop(config.insert(held.value.clone())),
                    "plimsoll:image:manifest-digest" => drop(manifest.insert(held.value.clone())),
                    _ => {}
                }
            }
            all.extend(hashes(element));
        }
        all.extend(config.iter().chain(&manifest).cloned());
        Self { config, manifest, all, layers: source.layers.iter().cloned().collect() }
    }

    fn agrees(&self, of: DigestOf, digest: &str) -> Option<bool> {
        // Where images are kept by manifest, tools give that as the id of the image.
        if self.all.contains(digest) {
            return Some(true);
        }
        let comparable = match of {
            DigestOf::Config => !self.config.is_empty(),
            DigestOf::Manifest => !self.manifest.is_empty(),
            DigestOf::Layers => false,
            // The config of an image is not what people mean by its digest.
            DigestOf::Unsaid => self.all.iter().any(|known| !self.config.contains(known)),
        };
        comparable.then_some(false)
    }
}

/// The binding, and what it rests on.
pub(super) fn binding(claimed: &Document, source: &Source) -> (Binding, Vec<DigestClaim>) {
    let known = Known::of(source);
    let mut claims: Vec<DigestClaim> = Vec::new();
    for element in subjects(claimed) {
        for (of, place, digest) in digests(element) {
            let agrees = known.agrees(of, &digest);
            claims.push(DigestClaim { of, place, claimed: digest, agrees });
        }
    }
    let whole = layers(claimed, &known, &mut claims);
    claims.sort();
    claims.dedup();
    let any =
        |of: &dyn Fn(DigestOf) -> bool, answer| claims.iter().any(|held| of(held.of) && held.agrees == Some(answer));
    let binding = if any(&|of| of != DigestOf::Unsaid, false) {
        Binding::Contradicted
    } else if whole || any(&|of| of != DigestOf::Layers, true) {
        Binding::Bound
    } else if any(&|of| of == DigestOf::Unsaid, false) {
        Binding::Contradicted
    } else {
        Binding::Unbound
    };
    (binding, claims)
}

/// The layers that the document speaks of; whether they are all those of the image.
fn layers(claimed: &Document, known: &Known, claims: &mut Vec<DigestClaim>) -> bool {
    let named: BTreeSet<&str> = claimed.elements.iter().flat_map(element_layers).collect();
    if named.is_empty() || known.layers.is_empty() {
        return false;
    }
    let shared = named.iter().filter(|layer| known.layers.contains(**layer)).count();
    let foreign = named.len().saturating_sub(shared);
    let text = match foreign {
        0 => format!("{shared} of the {} layers", known.layers.len()),
        _ => format!("{foreign} layers that are not there"),
    };
    let place = "the layers of its components".to_owned();
    claims.push(DigestClaim { of: DigestOf::Layers, place, claimed: text, agrees: Some(foreign == 0) });
    foreign == 0 && shared == known.layers.len()
}

fn element_layers(element: &Element) -> impl Iterator<Item = &str> {
    let named = |name: &str| {
        name.starts_with("syft:location:") && name.ends_with(":layerID")
            || name.starts_with("plimsoll:layer:")
            || ["aquasecurity:trivy:LayerDiffID", "aquasecurity:trivy:DiffID"].contains(&name)
    };
    let properties = element.properties.iter().filter(move |held| named(&held.name)).map(|held| held.value.as_str());
    let seen = element.sightings.iter().filter_map(|seen| seen.layer.as_deref());
    let comment = element.comment.as_deref().and_then(|text| text.strip_prefix("layerID: "));
    properties.chain(seen).chain(comment).filter(|layer| is_digest(layer))
}

fn subjects(document: &Document) -> impl Iterator<Item = &Element> {
    document.roots.iter().filter_map(|at| document.element(*at))
}

/// Every digest that names the subject: of what, where it stands, and the digest.
fn digests(element: &Element) -> Vec<(DigestOf, String, String)> {
    let mut out: Vec<(DigestOf, String, String)> = Vec::new();
    let mut put = |of, place: &str, digest: &str| {
        if is_digest(digest) {
            out.push((of, place.to_owned(), digest.to_ascii_lowercase()));
        }
    };
    for digest in hashes(element) {
        put(DigestOf::Unsaid, "hash of the subject", &digest);
    }
    put(DigestOf::Unsaid, "version of the subject", element.version.as_deref().unwrap_or_default());
    put(DigestOf::Unsaid, "name of the subject", element.name.rsplit('@').next().unwrap_or_default());
    for text in &element.purls {
        let Ok(purl) = plimsoll_model::Purl::parse(text) else { continue };
        put(DigestOf::Unsaid, "purl of the subject", purl.version().unwrap_or_default());
        for (_, value) in purl.qualifiers().filter(|(key, _)| *key == "checksum") {
            value.split(',').for_each(|digest| put(DigestOf::Unsaid, "purl of the subject", digest));
        }
    }
    for held in &element.properties {
        let last = held.value.rsplit('@').next().unwrap_or_default();
        match held.name.as_str() {
            "plimsoll:image:config-digest" | "aquasecurity:trivy:ImageID" => put(DigestOf::Config, &held.name, last),
            "plimsoll:image:manifest-digest" => put(DigestOf::Manifest, &held.name, last),
            // Often of the index, not of the manifest of one platform.
            "aquasecurity:trivy:RepoDigest" => put(DigestOf::Unsaid, &held.name, last),
            _ => {}
        }
    }
    out
}

/// The hashes of an element that a registry would name it by.
fn hashes(element: &Element) -> impl Iterator<Item = String> {
    element.hashes.iter().filter_map(|hash| {
        let name = match hash.algorithm.as_str() {
            "SHA-256" => "sha256",
            "SHA-512" => "sha512",
            _ => return None,
        };
        Some(format!("{name}:{}", hash.value.to_ascii_lowercase()))
    })
}

/// `sha256:…` or `sha512:…` (OCI image-spec, descriptor, digests).
fn is_digest(text: &str) -> bool {
    let fits = |hex: &str, length| hex.len() == length && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.split_once(':') {
        Some(("sha256", hex)) => fits(hex, 64),
        Some(("sha512", hex)) => fits(hex, 128),
        _ => false,
    }
}
