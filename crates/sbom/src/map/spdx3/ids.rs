//! The names of nodes: IRIs under the name of the document.
//!
//! An element that has an IRI keeps it. Any other is `DOCUMENT#NAME`, percent-encoded. Nodes that only SPDX 3 has (agents,
//! relationships, licences) are `DOCUMENT#~WHAT`; no element's name starts so.

use sha1::{Digest as _, Sha1};

/// What stands in a fragment as it is (RFC 3986 §3.5), `~` and `?` aside.
const PLAIN: &[u8] = b"-._:@/+,;=()$&'*!";

/// The names under a document's.
pub(super) struct Namespace {
    document: String,
    prefix: String,
}

impl Namespace {
    pub(super) fn new(document: &str) -> Self {
        let separator = if document.contains('#') { '/' } else { '#' };
        Self { document: document.to_owned(), prefix: format!("{document}{separator}") }
    }

    /// The name of the document.
    pub(super) fn document(&self) -> &str {
        &self.document
    }

    /// A node of ours.
    pub(super) fn node(&self, what: &str) -> String {
        format!("{}~{what}", self.prefix)
    }

    /// What a node of ours is, as [`Namespace::node`] was given it.
    pub(super) fn what<'a>(&self, iri: &'a str) -> Option<&'a str> {
        iri.strip_prefix(&self.prefix)?.strip_prefix('~')
    }

    /// The IRI of an element of this name.
    pub(super) fn iri(&self, name: &str) -> String {
        if is_iri(name) && name != self.document && self.what(name).is_none() && self.name(name) == name {
            return name.to_owned();
        }
        format!("{}{}", self.prefix, encode_name(name))
    }

    /// The name of an element with this IRI.
    pub(super) fn name(&self, iri: &str) -> String {
        let local = iri.strip_prefix(&self.prefix).filter(|_| !self.document.is_empty());
        let name = local.and_then(|local| decode(local).filter(|name| encode_name(name) == local));
        name.unwrap_or_else(|| iri.to_owned())
    }
}

/// Whether text can be the name of a node as it is. Other schemes name things, not places in documents: a purl names the
/// package that many documents describe.
pub(super) fn is_iri(text: &str) -> bool {
    let schemed =
        ["http://", "https://", "urn:"].iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    schemed
        && text
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}'))
}

fn encode_name(name: &str) -> String {
    // The mark of our own nodes.
    match name.strip_prefix('~') {
        Some(rest) => format!("%7E{}", encode(rest)),
        None => encode(name),
    }
}

/// Percent-encodes all but letters, digits and what may stand in a fragment.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'~' || PLAIN.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The inverse of [`encode`]; `None` for what it does not write.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = if *first == b'%' {
            let (pair, after) = after.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?);
            after
        } else {
            bytes.push(*first);
            after
        };
    }
    String::from_utf8(bytes).ok()
}

/// A short name for texts: the same for the same texts.
pub(super) fn digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha1::new();
    for text in texts {
        hasher.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for document in ["https://example.org/a", "urn:cdx:3e67/1", "https://example.org/a#document"] {
            let names = Namespace::new(document);
            let own = names.node("agent-1");
            for name in
                ["a", "", "pkg:npm/%40a/b@1?c=d#e", "~agent-1", "ü \n", document, &own, "https://example.org/a#b"]
            {
                let iri = names.iri(name);
                assert!(iri.contains(':') && iri != document && iri != own, "{iri}");
                assert_eq!(names.name(&iri), name, "{iri}");
            }
        }
        assert_eq!(Namespace::new("urn:cdx:1/1").iri("a b"), "urn:cdx:1/1#a%20b");
        assert_eq!(Namespace::new("urn:cdx:1/1").iri("https://example.org/x"), "https://example.org/x");
    }

    #[test]
    fn what_is_not_of_our_making_stays() {
        let names = Namespace::new("https://example.org/a");
        for iri in ["https://example.org/a#%zz", "https://example.org/a#%2f", "https://example.org/a#~x", "spdx:x"] {
            assert_eq!(names.name(iri), iri);
            assert_eq!(names.name(&names.iri(iri)), iri);
        }
    }
}
