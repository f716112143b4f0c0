//! What documents of any format come down to: components, what refers to what, licences, digests and files.

use plimsoll_model::{Digest, DigestAlgorithm, Purl};
use rustc_hash::{FxHashMap, FxHashSet};

/// The longest name, in bytes: servers index no longer ones. What is longer is cut and ends in its digest.
const MAX_NAME: usize = 900;

/// A component: where its text is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    start: u32,
    end: u32,
    /// The text is a purl as written, not a name and version.
    pub(crate) purl: bool,
}

/// What a document is about.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    /// Its name; empty for none.
    pub(crate) name: String,
    /// Its version or tag; empty for none.
    pub(crate) version: String,
    pub(crate) digest: Option<Digest>,
    /// Kind and value of its other names.
    pub(crate) aliases: Vec<(&'static str, String)>,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    text: String,
    pub(crate) items: Vec<Item>,
    /// From and to: 0 is what the document is about, others are items, counted from 1.
    pub(crate) edges: Vec<(u32, u32)>,
    pub(crate) licenses: Vec<String>,
    /// The beginnings of the digests of components, by item, counted from 1; in order.
    pub(crate) digests: Vec<(u32, i64)>,
    /// The beginnings of the digests of layers that brought components in.
    pub(crate) layers: FxHashSet<i64>,
    /// The beginnings of the digests of files.
    pub(crate) files: FxHashSet<i64>,
    /// The last parts of the paths of files.
    pub(crate) basenames: FxHashSet<String>,
    /// The document lists files.
    pub(crate) has_files: bool,
    /// Names that were too long.
    pub(crate) shortened: Vec<String>,
}

impl Collected {
    /// The text of an item.
    pub(crate) fn text(&self, item: Item) -> &str {
        self.text.get(item.start as usize..item.end as usize).unwrap_or_default()
    }

    pub(super) fn weight(&self) -> usize {
        self.text
            .len()
            .saturating_add(self.items.len().saturating_mul(12))
            .saturating_add(self.edges.len().saturating_mul(8))
    }
}

/// The first eight bytes of a digest, as a number that databases have.
pub(crate) fn digest_key(bytes: &[u8]) -> Option<i64> {
    bytes.first_chunk::<8>().map(|first| i64::from_be_bytes(*first))
}

/// Collects what a reader finds.
#[derive(Debug, Default)]
pub(super) struct Collector<'a> {
    collected: Collected,
    places: FxHashMap<&'a str, u32>,
    licenses: FxHashSet<&'a str>,
}

/// What a reader says of a component.
#[derive(Default)]
pub(super) struct Seen<'a> {
    pub(super) reference: &'a str,
    pub(super) group: &'a str,
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) purl: &'a str,
}

impl<'a> Collector<'a> {
    /// With room for so many components and references.
    pub(super) fn with_capacity(components: usize, edges: usize) -> Self {
        let mut collector = Self::default();
        collector.places.reserve(components);
        collector.collected.items.reserve(components);
        collector.collected.edges.reserve(edges);
        collector.collected.digests.reserve(components);
        collector.collected.text.reserve(components.saturating_mul(64));
        collector
    }

    fn push(&mut self, purl: bool, parts: &[&str]) -> u32 {
        let start = self.collected.text.len();
        for part in parts {
            // PostgreSQL's texts cannot hold it.
            if part.contains('\0') {
                self.collected.text.push_str(&part.replace('\0', "\u{fffd}"));
            } else {
                self.collected.text.push_str(part);
            }
        }
        let length = self.collected.text.len().saturating_sub(start);
        if length > MAX_NAME {
            let whole = self.collected.text.split_off(start);
            self.collected.text.push_str(&shorten(&whole));
            self.collected.shortened.push(whole);
        }
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let item = Item { start: number(start), end: number(self.collected.text.len()), purl };
        self.collected.items.push(item);
        number(self.collected.items.len())
    }

    /// A component; its number.
    pub(super) fn component(&mut self, seen: &Seen<'a>) -> u32 {
        let number = if seen.purl.starts_with("pkg:") {
            self.push(true, &[seen.purl])
        } else {
            let slash = if seen.group.is_empty() { "" } else { "/" };
            let at = if seen.version.is_empty() { "" } else { "@" };
            self.push(false, &[seen.group, slash, seen.name, at, seen.version])
        };
        if !seen.reference.is_empty() {
            self.places.entry(seen.reference).or_insert(number);
        }
        number
    }

    /// Another purl of a component that was just seen.
    pub(super) fn another(&mut self, of: u32, purl: &str) {
        let number = self.push(true, &[purl]);
        self.collected.edges.push((of, number));
    }

    /// What the document is about is named so.
    pub(super) fn subject(&mut self, reference: &'a str) {
        self.places.insert(reference, 0);
    }

    pub(super) fn license(&mut self, license: &'a str) {
        if self.licenses.insert(license) && !license.contains('\0') {
            let license = if license.len() > MAX_NAME { shorten(license) } else { license.to_owned() };
            self.collected.licenses.push(license);
        }
    }

    /// A digest of a component, by its number.
    pub(super) fn digest(&mut self, of: u32, algorithm: &str, value: &str) {
        if let Some(key) = key_of(algorithm, value) {
            self.collected.digests.push((of, key));
        }
    }

    /// A layer that brought a component in; documents are read again to tell which.
    pub(super) fn layer(&mut self, layer: &str) {
        let key = layer.split_once(':').and_then(|(algorithm, value)| digest(algorithm, value));
        self.collected.layers.extend(key.and_then(|digest| digest_key(digest.bytes())));
    }

    /// A file by its path.
    pub(super) fn file(&mut self, path: &str) {
        self.collected.has_files = true;
        let name = path.rsplit('/').next().unwrap_or(path);
        if !name.is_empty()
            && name.len() <= MAX_NAME
            && !name.contains('\0')
            && !self.collected.basenames.contains(name)
        {
            self.collected.basenames.insert(name.to_owned());
        }
    }

    pub(super) fn file_digest(&mut self, algorithm: &str, value: &str) {
        if let Some(key) = key_of(algorithm, value) {
            self.collected.files.insert(key);
        }
    }

    pub(super) fn edge(&mut self, from: &str, to: &str) {
        if let (Some(from), Some(to)) = (self.places.get(from), self.places.get(to))
            && from != to
        {
            self.collected.edges.push((*from, *to));
        }
    }

    pub(super) fn inside(&mut self, parent: u32, child: u32) {
        self.collected.edges.push((parent, child));
    }

    pub(super) fn finish(mut self) -> Collected {
        self.collected.edges.sort_unstable();
        self.collected.edges.dedup();
        self.collected.digests.sort_unstable();
        self.collected.digests.dedup();
        self.collected
    }
}

/// A text that is too long: its beginning and its digest. Others are as they are.
pub(crate) fn shorten(text: &str) -> String {
    use sha2::Digest as _;
    if text.len() <= MAX_NAME {
        return text.to_owned();
    }
    let mut end = MAX_NAME.saturating_sub(80);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let digest = data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(text.as_bytes()));
    format!("{}...{digest}", text.get(..end).unwrap_or_default())
}

/// The beginning of a digest as documents write it; SHA-256, which is nearly all, without making one.
fn key_of(algorithm: &str, value: &str) -> Option<i64> {
    if matches!(algorithm, "SHA-256" | "SHA256") && value.len() == 64 {
        let hexadecimal = value.bytes().fold(true, |all, byte| all & byte.is_ascii_hexdigit());
        let first = value.get(..16).filter(|_| hexadecimal);
        return first.and_then(|first| u64::from_str_radix(first, 16).ok()).map(u64::cast_signed);
    }
    digest(algorithm, value).and_then(|digest| digest_key(digest.bytes()))
}

/// A digest of either standard's spelling: `SHA-256` or `SHA256`.
pub(super) fn digest(algorithm: &str, value: &str) -> Option<Digest> {
    let algorithm = match algorithm {
        "SHA-256" | "SHA256" | "sha256" => DigestAlgorithm::Sha256,
        other => DigestAlgorithm::from_name(other)?,
    };
    Digest::from_hex(algorithm, value).ok()
}

/// Whether a digest in either standard's spelling is this one.
pub(crate) fn same_digest(algorithm: &str, value: &str, wanted: &Digest) -> bool {
    digest(algorithm, value).is_some_and(|held| held == *wanted)
}

/// The name of a subject by its purl: without version, qualifiers and subpath, but of `oci` the name of the repository.
pub(super) fn subject_name(purl: &Purl) -> String {
    if let Some(repository) = purl.qualifiers().find(|(key, _)| *key == "repository_url").map(|(_, value)| value) {
        return repository.to_owned();
    }
    match purl.namespace() {
        Some(namespace) => format!("{namespace}/{}", purl.name()),
        None => purl.name().to_owned(),
    }
}
