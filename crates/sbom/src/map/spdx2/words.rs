//! Ids and words of SPDX 2, and what the other standards call the same.

use std::collections::{HashMap, HashSet};

use sha1::{Digest as _, Sha1};

use crate::document::{Document, Element, ElementKind, Hash};
use crate::standard::{Standard, VersionIndex};

/// The id of the document (SPDX 2.3 §6.3).
pub(super) const DOCUMENT: &str = "SPDXRef-DOCUMENT";
/// Nothing is claimed.
pub(super) const NOASSERTION: &str = "NOASSERTION";
/// There is none.
pub(super) const NONE: &str = "NONE";

/// Whether the version has what came with 2.3.
pub(super) fn is_2_3(version: VersionIndex) -> bool {
    Standard::spdx2().version("2.3").is_none_or(|since| version >= since)
}

/// A value of an enumeration of the table, as the schema of the version has it: that of 2.2 lacks AMENDS, which its text has.
pub(super) fn value(enumeration: &str, word: &str, version: VersionIndex) -> Option<&'static str> {
    let held = Standard::spdx2().enumerations().iter().find(|held| held.name == enumeration)?;
    let lacks = word == "AMENDS" && !is_2_3(version);
    held.value(word, version).filter(|_| !lacks).map(|value| value.name)
}

/// Text on one line: fields that tag-value writes on a line must not be able to start another.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What of a name may stand in an id: letters, digits, `.` and `-` (SPDX 2.3 §7.2).
pub(super) fn id_part(name: &str) -> String {
    const MAX: usize = 60;
    let allowed = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' };
    name.chars().take(MAX).map(allowed).collect::<String>().trim_matches('-').to_owned()
}

/// The first bytes of the digest of a text, in hexadecimal.
pub(super) fn digest(key: &str, bytes: usize) -> String {
    Sha1::digest(key.as_bytes()).iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

/// An id: `SPDXRef-KIND-name-digest`. The digest of the key makes it unique; the name is for people.
pub(super) fn id(kind: &str, name: &str, key: &str) -> String {
    let (name, digest) = (id_part(name), digest(key, 8));
    if name.is_empty() { format!("SPDXRef-{kind}-{digest}") } else { format!("SPDXRef-{kind}-{name}-{digest}") }
}

/// Whether the id is one that [`id`] makes of this key.
pub(super) fn is_id_of(id: &str, key: &str) -> bool {
    id.len() > 24 && id.ends_with(&digest(key, 8))
}

/// Whether the text may be the id of an element.
pub(super) fn is_legal_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    text.strip_prefix("SPDXRef-").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(allowed))
}

/// Whether the text names an element of another document.
pub(super) fn is_foreign_id(text: &str) -> bool {
    text.split_once(':').is_some_and(|(document, element)| is_document_id(document) && is_legal_id(element))
}

/// Whether the text may be the id of another document.
pub(super) fn is_document_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
    text.strip_prefix("DocumentRef-").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(allowed))
}

/// An id for each element: its own where SPDX allows it, else one made of it.
pub(super) fn ids(document: &Document) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::from([DOCUMENT.to_owned()]);
    let mut ids: Vec<Option<String>> = document
        .elements
        .iter()
        .map(|held| (is_legal_id(&held.id) && taken.insert(held.id.clone())).then(|| held.id.clone()))
        .collect();
    let roots: HashSet<usize> = document.roots.iter().map(|root| root.get()).collect();
    let mut doubles: HashMap<String, u32> = HashMap::new();
    for (at, (slot, held)) in ids.iter_mut().zip(&document.elements).enumerate() {
        slot.get_or_insert_with(|| {
            let made = make_id(held, roots.contains(&at));
            unique(made, &mut taken, &mut doubles)
        });
    }
    ids.into_iter().map(Option::unwrap_or_default).collect()
}

fn make_id(element: &Element, root: bool) -> String {
    let (kind, name) = match element.kind {
        ElementKind::File => ("File", ""),
        ElementKind::Snippet => ("Snippet", element.name.as_str()),
        _ if root => ("DocumentRoot", element.name.as_str()),
        _ => ("Package", element.name.as_str()),
    };
    id(kind, name, &element.id)
}

/// The id, or where it is taken the id with a number. The last number is kept, as any number of elements may share an id.
fn unique(made: String, taken: &mut HashSet<String>, doubles: &mut HashMap<String, u32>) -> String {
    if taken.insert(made.clone()) {
        return made;
    }
    let number = doubles.entry(made.clone()).or_insert(1);
    loop {
        *number = number.saturating_add(1);
        let id = format!("{made}-{number}");
        if taken.insert(id.clone()) {
            return id;
        }
    }
}

/// CISA's words for the kinds of SBOM (2023), by the phases that they stand for. They are said in the comment of the
/// creator (SPDX 2.3.1, annex on CISA's minimum elements).
const SBOM_TYPES: &[(&str, &str)] = &[
    ("design", "Design"),
    ("pre-build", "Source"),
    ("build", "Build"),
    ("post-build", "Analyzed"),
    ("operations", "Deployed"),
    ("discovery", "Runtime"),
];

/// The kinds of SBOM that phases make it, in one text.
pub(super) fn sbom_types(phases: &[String]) -> Option<String> {
    let word = |phase: &String| SBOM_TYPES.iter().find(|(known, _)| known == phase).map(|(_, word)| *word);
    let words: Vec<&str> = phases.iter().filter_map(word).collect();
    (!words.is_empty()).then(|| format!("SBOM type: {}", words.join(", ")))
}

/// `primaryPackagePurpose` for a type of component, where the version has both.
pub(super) fn purpose(kind: &str, version: VersionIndex) -> Option<&'static str> {
    if !is_2_3(version) {
        return None;
    }
    value("purpose", &kind.to_ascii_uppercase().replace('-', "_"), version)
}

/// The type of component for a purpose. Purposes that no type stands for keep their word: `source`, `archive`, …
pub(super) fn component_type(purpose: &str) -> String {
    purpose.to_ascii_lowercase().replace(['_', ' '], "-")
}

/// A digest in SPDX's spelling of the algorithm, when the version has that.
pub(super) fn checksum(hash: &Hash, version: VersionIndex) -> Option<(&'static str, &str)> {
    let word = match hash.algorithm.split_once('-') {
        Some(("SHA", size)) => format!("SHA{size}"),
        _ => hash.algorithm.clone(),
    };
    let held = Standard::spdx2().enumerations().iter().find(|held| held.name == "checksum-algorithm")?;
    let algorithm = held.value(&word, version)?;
    let length = algorithm.words.get("length").and_then(|length| length.parse::<usize>().ok());
    let fits = !hash.value.is_empty() && length.is_none_or(|length| hash.value.len() == length);
    let hexadecimal = hash.value.bytes().all(|byte| byte.is_ascii_hexdigit());
    (fits && hexadecimal).then_some((algorithm.name, hash.value.as_str()))
}

/// CycloneDX's spelling of an algorithm.
pub(super) fn algorithm(word: &str) -> String {
    match word.strip_prefix("SHA") {
        Some(size) if !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit()) => format!("SHA-{size}"),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_legal_and_unique() {
        let mut document = Document::default();
        for id in ["SPDXRef-a", "SPDXRef-a", "SPDXRef-DOCUMENT", "pkg:npm/x@1", "pkg:npm/x@1", "", "SPDXRef-b_c"] {
            document.push(Element::new(ElementKind::Component(String::new()), id, "ünï name"));
        }
        let ids = ids(&document);
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{ids:?}");
        assert!(ids.iter().all(|id| is_legal_id(id)), "{ids:?}");
        assert_eq!(ids[0], "SPDXRef-a");
        assert!(is_id_of(&ids[3], "pkg:npm/x@1") && !is_id_of(&ids[4], "pkg:npm/x@1"));
    }

    #[test]
    fn algorithms() {
        for (ours, theirs) in [("SHA-1", "SHA1"), ("SHA-512", "SHA512"), ("SHA3-256", "SHA3-256"), ("MD5", "MD5")] {
            assert_eq!(algorithm(theirs), ours);
        }
        let standard = Standard::spdx2();
        let hash = |algorithm: &str, length: usize| Hash { algorithm: algorithm.into(), value: "a".repeat(length) };
        let (old, new) = (standard.version("2.2").unwrap(), standard.version("2.3").unwrap());
        assert_eq!(checksum(&hash("SHA-256", 64), old).map(|held| held.0), Some("SHA256"));
        assert_eq!(checksum(&hash("SHA-256", 63), old), None);
        assert_eq!(checksum(&hash("BLAKE3", 64), old), None);
        assert_eq!(checksum(&hash("BLAKE3", 64), new).map(|held| held.0), Some("BLAKE3"));
        assert_eq!(checksum(&hash("Streebog-256", 64), new), None);
    }

    #[test]
    fn purposes() {
        let version = Standard::spdx2().latest();
        assert_eq!(purpose("operating-system", version), Some("OPERATING_SYSTEM"));
        assert_eq!(component_type("OPERATING_SYSTEM"), "operating-system");
        assert_eq!(component_type("OPERATING-SYSTEM"), "operating-system");
        assert_eq!(purpose("machine-learning-model", version), None);
        assert_eq!(purpose("", version), None);
    }
}
