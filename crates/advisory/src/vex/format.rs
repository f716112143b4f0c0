//! Which format a document is in, and reading it.
//!
//! An in-toto statement is read as the document in its predicate; where that names no products, the subjects are meant
//! (OpenVEX 0.2.0, "Embedding VEX in in-toto attestations"). Its signature is not this file's business.

use std::fmt;

use plimsoll_model::{Budget, Digest, DigestAlgorithm, Limits};
use plimsoll_syntax::json::{self, Fill, Loose, Map, RawValue, Text};
use plimsoll_syntax::loose_object;
use plimsoll_syntax::text::LineIndex;

use super::{Identifiers, VexDocument, VexError, VexFault, VexProduct, cyclonedx, openvex};
use crate::csaf;

/// A format of VEX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum VexFormat {
    /// OpenVEX. <https://github.com/openvex/spec>
    OpenVex,
    /// CSAF, the OASIS standard.
    Csaf,
    /// CycloneDX.
    CycloneDx,
}

impl VexFormat {
    /// The name of the format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenVex => "OpenVEX",
            Self::Csaf => "CSAF",
            Self::CycloneDx => "CycloneDX",
        }
    }
}

impl fmt::Display for VexFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

loose_object! {
    /// Just what tells the formats from each other.
    struct Probe<'a> {
        "@context" => context: Text<'a>,
        "bomFormat" => bom_format: Text<'a>,
        "document" => document: ProbeDocument<'a>,
        "predicateType" => predicate_type: Text<'a>,
        "subject" => subjects: Vec<Loose<ProbeSubject<'a>>>,
    }
}

loose_object! {
    struct ProbeDocument<'a> {
        "csaf_version" => version: Text<'a>,
    }
}

loose_object! {
    struct ProbeSubject<'a> {
        "name" => name: Text<'a>,
        "digest" => digest: Map<'a, Loose<Text<'a>>>,
    }
}

/// The predicate of an in-toto statement, where it stands.
#[derive(serde::Deserialize)]
struct Embedding<'a> {
    #[serde(borrow)]
    predicate: Option<&'a RawValue>,
}

/// Reads a VEX document of any format.
///
/// What is wrong within it is in [`VexDocument::faults`]. Of a document that breaks off, what came before is kept, and
/// none of its statements is [sound](super::VexStatement::sound).
///
/// # Errors
/// It is none of the formats that are read, or not of a version that is.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<VexDocument, VexError> {
    Budget::new(limits.clone()).check_member(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
    let mut probe = Loose::default();
    let outcome = json::fill(bytes, limits, &mut probe);
    let Some(probe) = Loose::<Probe<'_>>::into_option(probe) else {
        return Err(outcome.err().map_or(VexError::Unknown, VexError::from));
    };
    let mut document = match probe.predicate_type.as_str() {
        Some(_) => embedded(bytes, &probe, limits)?,
        None => plain(bytes, &probe, limits, &outcome)?,
    };
    add_lines(&mut document, bytes);
    Ok(document)
}

fn plain(
    bytes: &[u8],
    probe: &Probe<'_>,
    limits: &Limits,
    outcome: &Result<(), plimsoll_syntax::Error>,
) -> Result<VexDocument, VexError> {
    if probe.context.as_str().is_some_and(openvex::is_context) {
        openvex::read(bytes, limits)
    } else if probe.bom_format.as_str() == Some("CycloneDX") {
        cyclonedx::read(bytes, limits)
    } else if let Some(version) = probe.document.get().and_then(|document| document.version.as_str()) {
        csaf::read_vex(bytes, version, limits)
    } else {
        Err(outcome.clone().err().map_or(VexError::Unknown, VexError::from))
    }
}

/// Of a document that breaks off nothing is sound: what would have narrowed a statement may be missing.
pub(crate) fn finish(mut document: VexDocument, outcome: Result<(), plimsoll_syntax::Error>) -> VexDocument {
    if let Err(error) = outcome {
        let message = format!("the document cannot be read beyond this: {error}");
        document.faults.push(VexFault { line: error.line(), ..VexFault::error("", "syntax", message) });
        for statement in &mut document.statements {
            statement.sound = false;
        }
    }
    document
}

/// Reads the predicate of an in-toto statement.
fn embedded(bytes: &[u8], probe: &Probe<'_>, limits: &Limits) -> Result<VexDocument, VexError> {
    let embedding: Embedding<'_> = json::from_slice(bytes, limits)?;
    let predicate = embedding.predicate.map(|raw| raw.get().as_bytes()).ok_or(VexError::Unknown)?;
    let mut inner = Loose::default();
    let outcome = json::fill(predicate, limits, &mut inner);
    let inner = Loose::<Probe<'_>>::into_option(inner).ok_or(VexError::Unknown)?;
    let mut document = plain(predicate, &inner, limits, &outcome)?;
    let subjects = subjects(probe);
    let mut left = limits.entries;
    for statement in document.statements.iter_mut().filter(|statement| statement.products.is_empty()) {
        let rest = u64::try_from(subjects.len()).ok().and_then(|copies| left.checked_sub(copies));
        let Some(rest) = rest else {
            document.faults.push(VexFault::error("", "too-many", "too many statements share too many subjects"));
            break;
        };
        left = rest;
        statement.products.clone_from(&subjects);
    }
    // A document that leaves its products to the subjects is complete with them.
    if !subjects.is_empty() {
        document.faults.retain(|fault| fault.rule != openvex::NO_PRODUCT);
    }
    document.attested = Some(subjects);
    for place in document.faults.iter_mut().map(|fault| &mut fault.pointer) {
        *place = format!("/predicate{place}").into();
    }
    for place in document.statements.iter_mut().map(|statement| &mut statement.pointer) {
        *place = format!("/predicate{place}").into();
    }
    Ok(document)
}

/// The subjects of a statement as products: their digests, or a package URL for a name.
fn subjects(probe: &Probe<'_>) -> Vec<VexProduct> {
    let read = probe.subjects.items().iter().filter_map(Loose::get);
    let products = read.filter_map(|subject| {
        let mut identifiers = Identifiers::default();
        for (algorithm, hex) in subject.digest.entries() {
            let algorithm = DigestAlgorithm::from_name(algorithm);
            let digest = algorithm.zip(hex.as_str()).and_then(|(name, hex)| Digest::from_hex(name, hex).ok());
            if let Some(digest) = digest {
                identifiers.add_digest(digest);
            }
        }
        if let Some(name) = subject.name.as_str().filter(|name| name.starts_with("pkg:")) {
            identifiers.add_text(name);
        }
        (!identifiers.is_empty()).then(|| VexProduct::new(identifiers))
    });
    products.collect()
}

/// A text or a number: revisions have been either.
#[derive(Debug, Default)]
pub(crate) struct Scalar(String);

impl Scalar {
    pub(crate) fn text(scalar: &Loose<Self>) -> Option<Box<str>> {
        scalar.get().map(|scalar| scalar.0.as_str()).filter(|text| !text.is_empty()).map(Into::into)
    }
}

impl<'de> Fill<'de> for Scalar {
    fn string(&mut self, text: std::borrow::Cow<'de, str>) -> bool {
        self.0 = text.into_owned();
        true
    }

    fn number(&mut self, value: u64) -> bool {
        self.0 = value.to_string();
        true
    }
}

/// Reads a time of RFC 3339; one that cannot be read is a fault.
pub(crate) fn time(
    text: &Loose<Text<'_>>,
    pointer: &str,
    key: &str,
    faults: &mut Vec<VexFault>,
) -> Option<jiff::Timestamp> {
    let place = || format!("{pointer}/{key}");
    if text.is_wrong() {
        faults.push(VexFault::error(&place(), "time", "the time is not a text"));
    }
    let text = text.as_str()?;
    let time = text.parse().ok();
    if time.is_none() {
        faults.push(VexFault::error(&place(), "time", format!("{text:?} is not a time of RFC 3339")));
    }
    time
}

/// Keeps a text.
pub(crate) fn kept(text: &Loose<Text<'_>>) -> Option<Box<str>> {
    text.as_str().map(Into::into)
}

/// Finds the lines of the faults: one pass over the document, whatever their number.
pub(crate) fn add_lines(document: &mut VexDocument, bytes: &[u8]) {
    let lines = LineIndex::new(bytes);
    let wanted: Vec<&str> = document.faults.iter().map(|fault| &*fault.pointer).collect();
    let found = super::pointer::offsets(bytes, &wanted);
    let found: Vec<Option<u32>> = found.into_iter().map(|offset| offset.map(|at| lines.line_at(at))).collect();
    for (fault, line) in document.faults.iter_mut().zip(found) {
        fault.line = fault.line.or(line);
    }
    document.faults.sort_by(|left, right| (left.line, left).cmp(&(right.line, right)));
}

#[cfg(test)]
mod tests;
