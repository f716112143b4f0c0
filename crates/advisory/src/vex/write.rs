//! Writing documents: OpenVEX 0.2.0 and CycloneDX 1.6.
//!
//! The same statements make the same bytes: names that are missing are derived from the content, and the time is the
//! caller's. What the format has no place for is reported. A product that was not understood is left out: written
//! without what narrowed it, it would be a different one, and a larger one.

use std::fmt;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use plimsoll_model::{Digest, DigestAlgorithm, Purl, printable};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{Identifiers, VexDocument, VexStatement, cyclonedx, openvex};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputFormat {
    /// OpenVEX 0.2.0.
    OpenVex,
    /// CycloneDX 1.6, JSON.
    CycloneDx,
}

/// Something that the format written has no place for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Loss {
    /// Where it stood in the document that was read: a JSON Pointer.
    pub pointer: Box<str>,
    /// What was lost, a lower-case fragment. Safe to print.
    pub what: Box<str>,
    /// Whether a product or a whole statement is missing from what was written.
    pub is_grave: bool,
}

impl Loss {
    fn new(pointer: &str, what: impl AsRef<str>) -> Self {
        let what = printable(&super::fault::excerpt(what.as_ref(), 300)).into();
        Self { pointer: pointer.into(), what, is_grave: false }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            return f.write_str(&self.what);
        }
        write!(f, "{}: {}", printable(&self.pointer), self.what)
    }
}

/// A document, written.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Written {
    /// The document.
    pub document: Value,
    /// What it lost.
    pub losses: Vec<Loss>,
}

/// Writes a document. `time` is for a document that has none.
#[must_use]
pub fn write(document: &VexDocument, format: OutputFormat, time: Timestamp) -> Written {
    let mut losses = Losses::default();
    let value = match format {
        OutputFormat::OpenVex => openvex::write::write(document, time, &mut losses),
        OutputFormat::CycloneDx => cyclonedx::write::write(document, time, &mut losses),
    };
    let mut losses = losses.list;
    losses.sort();
    losses.dedup();
    Written { document: value, losses }
}

/// Collects what is lost.
#[derive(Default)]
pub(super) struct Losses {
    list: Vec<Loss>,
}

impl Losses {
    pub(super) fn add(&mut self, pointer: &str, what: impl AsRef<str>) {
        self.list.push(Loss::new(pointer, what));
    }

    /// Adds what is left out.
    fn add_grave(&mut self, pointer: &str, what: impl AsRef<str>) {
        self.list.push(Loss { is_grave: true, ..Loss::new(pointer, what) });
    }
}

/// The products of a statement that can be written: those that were understood.
pub(super) fn writable<'s>(
    statement: &'s VexStatement,
    losses: &mut Losses,
) -> Vec<(&'s Identifiers, Vec<&'s Identifiers>)> {
    let mut out = Vec::new();
    for product in &statement.products {
        let parts: Vec<&Identifiers> = product.subcomponents.iter().filter(|part| part.understood).collect();
        let whole = product.identifiers.understood && (product.subcomponents.is_empty() || !parts.is_empty());
        if !whole || parts.len() < product.subcomponents.len() {
            let label = product.identifiers.label();
            losses.add_grave(&statement.pointer, format!("the product {label} is left out: it was not understood"));
        }
        if whole {
            out.push((&product.identifiers, parts));
        }
    }
    if out.is_empty() {
        losses.add_grave(&statement.pointer, "the statement is left out: it has no product");
    }
    out
}

/// The package URL to write, and the one with a range where the identifiers have one.
pub(super) fn purl<'i>(identifiers: &'i Identifiers, pointer: &str, losses: &mut Losses) -> Option<&'i Purl> {
    let versioned = identifiers.purls.iter().find(|purl| purl.version().is_some());
    let chosen = versioned.or_else(|| identifiers.purls.first());
    if identifiers.purls.len() > 1 {
        losses.add(pointer, "all but one package URL of a product");
    }
    chosen
}

/// The time as it is written: seconds, UTC.
pub(super) fn time(time: Timestamp) -> Value {
    Value::String(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Adds a text where there is one.
pub(super) fn put(map: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value.into());
    }
}

/// The digest of what a value says.
pub(super) fn content_digest(value: &Value) -> String {
    HEXLOWER.encode(&Sha256::digest(value.to_string().as_bytes()))
}

/// How OpenVEX and CycloneDX spell the name of an algorithm.
pub(super) fn algorithm(digest: &Digest) -> (&'static str, Option<&'static str>) {
    match digest.algorithm() {
        DigestAlgorithm::Md5 => ("md5", Some("MD5")),
        DigestAlgorithm::Sha1 => ("sha1", Some("SHA-1")),
        DigestAlgorithm::Sha224 => ("sha-224", None),
        DigestAlgorithm::Sha256 => ("sha-256", Some("SHA-256")),
        DigestAlgorithm::Sha384 => ("sha-384", Some("SHA-384")),
        DigestAlgorithm::Sha512 => ("sha-512", Some("SHA-512")),
        DigestAlgorithm::Sha3_256 => ("sha3-256", Some("SHA3-256")),
        DigestAlgorithm::Blake2b256 => ("blake2b-256", Some("BLAKE2b-256")),
        DigestAlgorithm::Blake3 => ("blake3", Some("BLAKE3")),
        other => (other.token(), None),
    }
}

#[cfg(test)]
mod tests;
