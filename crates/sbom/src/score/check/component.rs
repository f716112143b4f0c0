//! What is asked of each component.

use super::Outcome;
use super::document::{has_contact, is_named};
use crate::document::{Agent, ElementKind, Hash, Slot, Unknown};
use crate::map::StandardKind;
use crate::score::facts::{Item, Known, is_distribution, is_value, stands_for_unknown};
use crate::tree::Value;

fn kind(item: &Item<'_>) -> StandardKind {
    item.facts.parsed.encoding.standard_kind()
}

pub(super) fn name(item: &Item<'_>) -> Outcome {
    Outcome::of(is_value(&item.element.name), || {
        item.is_unknown(&[], &["name"]) || stands_for_unknown(&item.element.name)
    })
}

pub(super) fn version(item: &Item<'_>) -> Outcome {
    let version = item.element.version.as_deref();
    Outcome::of(version.is_some_and(is_value), || {
        item.is_unknown(&[Slot::Version], &["version"]) || version.is_some_and(stands_for_unknown)
    })
}

/// Who supplies what the document is about supplies its root.
fn suppliers<'a>(item: &'a Item<'_>) -> impl Iterator<Item = &'a Agent> {
    let of_document = item.facts.document.supplier.as_ref().filter(|_| item.is_root);
    item.element.supplier.as_ref().into_iter().chain(of_document)
}

const PRODUCER: &[&str] = &["producer", "supplier", "manufacturer"];

pub(super) fn supplier(item: &Item<'_>) -> Outcome {
    Outcome::of(suppliers(item).any(is_named), || {
        item.is_unknown(&[Slot::Supplier], PRODUCER) || suppliers(item).any(|agent| stands_for_unknown(&agent.name))
    })
}

fn producers<'a>(item: &'a Item<'_>) -> impl Iterator<Item = &'a Agent> {
    item.element.manufacturer.iter().chain(suppliers(item)).chain(&item.element.authors)
}

pub(super) fn producer(item: &Item<'_>) -> Outcome {
    let published = item.element.publisher.as_deref().is_some_and(is_value);
    Outcome::of(published || producers(item).any(is_named), || {
        item.is_unknown(&[Slot::Supplier, Slot::Originator], PRODUCER)
            || producers(item).any(|agent| stands_for_unknown(&agent.name))
    })
}

pub(super) fn producer_contact(item: &Item<'_>) -> Outcome {
    Outcome::of(producers(item).any(has_contact), || item.is_unknown(&[Slot::Supplier, Slot::Originator], PRODUCER))
}

pub(super) fn identifier(item: &Item<'_>) -> Outcome {
    let element = item.element;
    let given = element.purls.iter().chain(&element.cpes).chain(element.identifiers.iter().map(|held| &held.value));
    let mut given = given.filter(|value| is_value(value));
    Outcome::of(given.next().is_some(), || item.is_unknown(&[], &["identifier", "identifiers"]))
}

pub(super) fn purl(item: &Item<'_>) -> Outcome {
    Outcome::is(item.element.purls.iter().any(|purl| purl.starts_with("pkg:")))
}

pub(super) fn cpe(item: &Item<'_>) -> Outcome {
    Outcome::is(item.element.cpes.iter().any(|cpe| cpe.starts_with("cpe:")))
}

pub(super) fn local_id(item: &Item<'_>) -> Outcome {
    Outcome::is(!item.element.unnamed && !item.element.id.is_empty())
}

pub(super) fn purpose(item: &Item<'_>) -> Outcome {
    Outcome::is(!matches!(&item.element.kind, ElementKind::Component(word) if word.is_empty()))
}

const HASH: &[&str] = &["hash", "hashes", "hash-value", "hash-algorithm"];

pub(super) fn hash_value(item: &Item<'_>) -> Outcome {
    hash(item, |hash| !hash.value.trim().is_empty())
}

pub(super) fn hash_algorithm(item: &Item<'_>) -> Outcome {
    hash(item, |hash| !hash.algorithm.trim().is_empty())
}

/// A digest, or SPDX 2's code over the digests of all files, which is a SHA-1 (SPDX 2.3 §7.9).
fn hash(item: &Item<'_>, has: impl Fn(&Hash) -> bool) -> Outcome {
    let code = item.node.get("packageVerificationCode").and_then(|held| held.text_of("packageVerificationCodeValue"));
    Outcome::of(item.hashes().any(has) || code.is_some_and(is_value), || item.is_unknown(&[], HASH))
}

/// SHA-2, SHA-3, BLAKE2 and 3, Streebog.
fn is_strong(hash: &Hash) -> bool {
    let weak = hash.algorithm == "SHA-1" || hash.algorithm.starts_with("MD") || hash.algorithm.starts_with("ADLER");
    !weak && !hash.algorithm.is_empty() && !hash.value.is_empty()
}

pub(super) fn hash_strong(item: &Item<'_>) -> Outcome {
    Outcome::of(item.hashes().any(is_strong), || item.is_unknown(&[], HASH))
}

/// As sbomqs counts: a component without digests has no weak one, but a document without any fails.
pub(super) fn hash_not_weak(item: &Item<'_>) -> Outcome {
    let only_weak = item.hashes().next().is_some() && !item.hashes().any(is_strong);
    Outcome::is(item.facts.any_hash && !only_weak)
}

/// TR-03183-2 §5.2.2: SHA-512 over the file as it is deployed, which CycloneDX has with the reference to its distribution.
pub(super) fn hash_deployable(item: &Item<'_>) -> Outcome {
    let distribution = item.element.references.iter().filter(|held| is_distribution(&held.kind));
    let files = item.files.iter().flat_map(|(file, _)| &file.hashes);
    let mut hashes = distribution.flat_map(|held| &held.hashes).chain(files);
    Outcome::of(hashes.any(|hash| hash.algorithm == "SHA-512" && !hash.value.is_empty()), || item.is_unknown(&[], HASH))
}

pub(super) fn copyright(item: &Item<'_>) -> Outcome {
    let stated = item.element.copyright.as_deref();
    Outcome::of(stated.is_some_and(is_value) || item.is_none(Slot::Copyright), || {
        item.is_unknown(&[Slot::Copyright], &["copyright"]) || stated.is_some_and(stands_for_unknown)
    })
}

const DEPENDENCIES: &[&str] = &["dependency", "dependencies", "dependency-relationship"];

/// Whether it is tied to another component: it includes one, or one includes it, or it is said that it needs nothing.
pub(super) fn relationship(item: &Item<'_>) -> Outcome {
    let known = item.said.related || item.said.needs == Some(Known::Yes);
    Outcome::of(known, || item.said.needs.is_some() || item.is_unknown(&[Slot::Dependencies], DEPENDENCIES))
}

/// Whether it is said what it needs.
pub(super) fn dependencies(item: &Item<'_>) -> Outcome {
    Outcome::of(item.said.needs == Some(Known::Yes), || {
        item.said.needs.is_some() || item.is_unknown(&[Slot::Dependencies], DEPENDENCIES)
    })
}

/// Whether it is said if what it needs is all there is.
pub(super) fn completeness(item: &Item<'_>) -> Outcome {
    Outcome::of(item.said.completeness == Some(Known::Yes), || item.said.completeness.is_some())
}

pub(super) fn filename(item: &Item<'_>) -> Outcome {
    let own = item.element.file_name.as_deref().or_else(|| item.property("bsi:component:filename"));
    let delivered = item.files.iter().any(|(file, _)| is_value(&file.name));
    Outcome::of(own.is_some_and(is_value) || delivered, || item.is_unknown(&[], &["filename"]))
}

pub(super) fn executable(item: &Item<'_>) -> Outcome {
    bsi(item, "bsi:component:executable", &["executable", "non-executable"])
}

pub(super) fn archive(item: &Item<'_>) -> Outcome {
    bsi(item, "bsi:component:archive", &["archive", "no archive"])
}

pub(super) fn structured(item: &Item<'_>) -> Outcome {
    bsi(item, "bsi:component:structured", &["structured", "unstructured"])
}

/// A property of TR-03183-2 §8; in SPDX 3 the purposes of the file say it, by what they name and what they do not.
fn bsi(item: &Item<'_>, property: &str, values: &[&str]) -> Outcome {
    let stated = item.property(property).is_some_and(|value| values.contains(&value));
    let nodes = || std::iter::once(item.node).chain(item.files.iter().map(|(_, node)| *node));
    let purposes = || nodes().any(|node| !node.items_of("software_additionalPurpose").is_empty());
    Outcome::is(stated || kind(item) == StandardKind::Spdx3 && purposes())
}

fn has_reference(item: &Item<'_>, kinds: &[&str]) -> bool {
    item.element.references.iter().any(|held| kinds.contains(&held.kind.as_str()) && is_value(&held.url))
}

pub(super) fn source_uri(item: &Item<'_>) -> Outcome {
    Outcome::is(has_reference(item, &["source-distribution", "vcs"]))
}

pub(super) fn source_hash(item: &Item<'_>) -> Outcome {
    let mut sources = item.element.references.iter().filter(|held| held.kind == "source-distribution");
    Outcome::is(sources.any(|held| !held.hashes.is_empty()))
}

pub(super) fn deployable_uri(item: &Item<'_>) -> Outcome {
    Outcome::is(has_reference(item, &["distribution", "distribution-intake"]))
}

pub(super) fn download_location(item: &Item<'_>) -> Outcome {
    let known = has_reference(item, &["distribution", "distribution-intake", "vcs"]);
    let none = item.element.unknown(Slot::DownloadLocation) == Some(Unknown::None);
    Outcome::of(known || none, || item.is_unknown(&[Slot::DownloadLocation], &["download-location"]))
}

pub(super) fn files_analyzed(item: &Item<'_>) -> Outcome {
    Outcome::is(item.node.get("filesAnalyzed").and_then(Value::as_bool).is_some())
}

pub(super) fn security_txt(item: &Item<'_>) -> Outcome {
    Outcome::is(has_reference(item, &["rfc-9116", "securityOther"]))
}
