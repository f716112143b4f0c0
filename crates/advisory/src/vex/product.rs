//! What a statement is about.

use plimsoll_model::{Digest, DigestAlgorithm, Purl};
use plimsoll_version::{Range, Scheme};

/// A product, and the components in it that a statement is about; about all of it when there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VexProduct {
    /// What names the product.
    pub identifiers: Identifiers,
    /// What names the components within it.
    pub subcomponents: Vec<Identifiers>,
}

impl VexProduct {
    /// A product as a whole.
    #[must_use]
    pub fn new(identifiers: Identifiers) -> Self {
        Self { identifiers, subcomponents: Vec::new() }
    }
}

/// Identifiers of one kind that one thing may have; all of them are compared with each other.
const MOST: usize = 64;

/// Everything that names one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifiers {
    /// Names without further meaning: IRIs, product ids, references.
    pub names: Vec<Box<str>>,
    /// Package URLs; any of them may match.
    pub purls: Vec<Purl>,
    /// The versions that are meant, where a package URL has none.
    pub range: Option<Range>,
    /// CPEs, of version 2.2 or 2.3.
    pub cpes: Vec<Box<str>>,
    /// Digests of the bytes.
    pub digests: Vec<Digest>,
    /// Whether everything that narrows it was understood. What was not never suppresses.
    pub understood: bool,
}

impl Default for Identifiers {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            purls: Vec::new(),
            range: None,
            cpes: Vec::new(),
            digests: Vec::new(),
            understood: true,
        }
    }
}

impl From<Purl> for Identifiers {
    fn from(purl: Purl) -> Self {
        let mut identifiers = Self::default();
        identifiers.add_purl(purl);
        identifiers
    }
}

impl Identifiers {
    /// What a text names: a package URL, a CPE, a digest, or else just a name.
    ///
    /// A text that means to be a package URL and is none is kept as a name, and is not understood.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let mut identifiers = Self::default();
        identifiers.add_text(text);
        identifiers
    }

    pub(crate) fn add_text(&mut self, text: &str) {
        if text.starts_with("pkg:") {
            self.add_purl_text(text);
        } else if is_cpe(text) {
            self.add_cpe(text);
        } else if let Ok(digest) = Digest::from_prefixed(text) {
            self.add_digest(digest);
        } else {
            self.add_name(text);
        }
    }

    /// Adds what ought to be a package URL; `false` when it is none, and the product not understood.
    pub(crate) fn add_purl_text(&mut self, text: &str) -> bool {
        let purl = Purl::parse(text).ok();
        let read = purl.is_some();
        match purl {
            Some(purl) => self.add_purl(purl),
            None => {
                self.understood = false;
                self.add_name(text);
            }
        }
        read
    }

    /// Whether one more identifier is kept. With too many the product counts as not understood.
    fn has_room(&mut self, held: usize) -> bool {
        self.understood &= held < MOST;
        held < MOST
    }

    pub(crate) fn add_name(&mut self, name: &str) {
        if !name.is_empty() && !self.names.iter().any(|held| **held == *name) && self.has_room(self.names.len()) {
            self.names.push(name.into());
        }
    }

    /// The digest that an `oci` purl has for its version names the bytes, whatever the image is called.
    pub(crate) fn add_purl(&mut self, purl: Purl) {
        if let Some(digest) = image_digest(&purl) {
            self.add_digest(digest);
        }
        if !self.purls.contains(&purl) && self.has_room(self.purls.len()) {
            self.purls.push(purl);
        }
    }

    pub(crate) fn add_cpe(&mut self, cpe: &str) {
        if !self.cpes.iter().any(|held| **held == *cpe) && self.has_room(self.cpes.len()) {
            self.cpes.push(cpe.into());
        }
    }

    pub(crate) fn add_digest(&mut self, digest: Digest) {
        if !self.digests.contains(&digest) && self.has_room(self.digests.len()) {
            self.digests.push(digest);
        }
    }

    /// Adds a digest by the name of its algorithm; one that cannot be read makes the product one that is not understood.
    pub(crate) fn add_hash(&mut self, algorithm: &str, hex: &str) -> bool {
        let digest = DigestAlgorithm::from_name(algorithm).and_then(|name| Digest::from_hex(name, hex).ok());
        match digest {
            Some(digest) => self.add_digest(digest),
            None => self.understood = false,
        }
        self.understood
    }

    /// Narrows package URLs without a version to a range, in VERS or the syntax of their ecosystem.
    pub(crate) fn narrow(&mut self, text: &str) -> bool {
        let scheme = self.purls.first().and_then(|purl| Scheme::for_purl_type(purl.kind()));
        let range = if text.starts_with("vers:") {
            Range::parse_lenient(text).ok()
        } else {
            scheme.and_then(|scheme| Range::from_native(scheme, text).ok())
        };
        self.understood &= range.is_some();
        self.range = range;
        self.range.is_some()
    }

    /// Narrows package URLs without a version to one.
    pub(crate) fn pin(&mut self, version: &str) {
        if self.purls.iter().all(|purl| purl.version().is_some()) {
            return;
        }
        match self.purls.first().and_then(|purl| Scheme::for_purl_type(purl.kind())) {
            Some(scheme) => self.range = Some(Range::from_versions(scheme, [version])),
            None => self.understood = false,
        }
    }

    /// Whether it has anything to be recognised by.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.purls.is_empty() && self.cpes.is_empty() && self.digests.is_empty()
    }

    /// Whether there is only a name to recognise it by.
    pub(crate) fn is_only_named(&self) -> bool {
        self.purls.is_empty() && self.cpes.is_empty() && self.digests.is_empty()
    }

    /// The identifier that says most to people.
    #[must_use]
    pub fn label(&self) -> String {
        let label = self.purls.first().map(ToString::to_string);
        let label = label.or_else(|| self.names.first().map(ToString::to_string));
        let label = label.or_else(|| self.cpes.first().map(ToString::to_string));
        let label = label.or_else(|| self.digests.first().map(ToString::to_string)).unwrap_or_else(|| "?".to_owned());
        match &self.range {
            Some(range) => format!("{label} {range}"),
            None => label,
        }
    }
}

pub(crate) fn is_cpe(text: &str) -> bool {
    text.starts_with("cpe:/") || text.starts_with("cpe:2.3:")
}

/// The digest of an image, from `pkg:oci/NAME@sha256:…`.
fn image_digest(purl: &Purl) -> Option<Digest> {
    let version = purl.version().filter(|_| matches!(purl.kind(), "oci" | "docker"))?;
    Digest::from_prefixed(version).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_what_they_are() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let image = Identifiers::from_text(&format!("pkg:oci/app@{digest}"));
        assert_eq!((image.purls.len(), image.digests.len()), (1, 1));
        assert_eq!(Identifiers::from_text(&digest).digests, image.digests);
        assert_eq!(Identifiers::from_text("cpe:/a:acme:rocket:1").cpes.len(), 1);
        assert_eq!(Identifiers::from_text("https://acme.example/rocket").names.len(), 1);
        let broken = Identifiers::from_text("pkg:npm");
        assert!(!broken.understood && broken.purls.is_empty());
    }

    #[test]
    fn ranges_that_cannot_be_read_are_not_understood() {
        let mut product = Identifiers::from_text("pkg:npm/rocket");
        assert!(product.clone().narrow("vers:npm/>=1.0.0|<2.0.0") && product.clone().narrow("^1.2"));
        assert!(!product.narrow("all of them, really") && !product.understood);
    }
}
