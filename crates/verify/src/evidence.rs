//! Evidence as it is found in files and registries, recognised by its content.
//!
//! One file for each shape. All of them end in the same [`Form`], so that whatever is checked is checked for all.

mod bundle;
mod cloud_build;
mod cosign;
mod detached;
mod envelope;
mod fetched;
mod hold;
mod inspection;
mod layer;
mod lines;
mod log_entry;
mod parts;
mod pem;
mod pep740;
mod registry;
mod rekor;
mod simple_signing;
mod upgrade;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use plimsoll_attest::Statement;
use plimsoll_model::DigestAlgorithm;
use serde_json::value::RawValue;
use sigstore_types::{Bundle, HashAlgorithm, MediaType, SignatureContent};

use crate::VerifyError;

pub(crate) use cloud_build::{CloudBuild, Unsigned as CloudBuildUnsigned};
pub use fetched::EntryQuery;
pub use inspection::{InspectedCertificate, InspectedEntry, Inspection};
pub(crate) use lines::chain;
pub(crate) use parts::{
    Content as PartsContent, Entry as PartsEntry, Parts, Proof as PartsProof, Signer as PartsSigner,
};
pub(crate) use pep740::distribution;
pub(crate) use simple_signing::SimpleSigning;

/// A file of evidence may be as large as this: attestations hold SBOMs.
pub const MAX_EVIDENCE_BYTES: u64 = 64 << 20;
/// Pieces of evidence in one file.
const MAX_PIECES: usize = 1024;
/// Log entries, and timestamps, that one piece may bring.
const MAX_ENTRIES: usize = 32;
/// Certificates of a chain.
const MAX_CERTIFICATES: usize = 16;
/// Signatures of an envelope.
const MAX_SIGNATURES: usize = 50;
/// Hashes of an inclusion proof: one a level, and a tree of more levels has no index of 64 bits.
const MAX_HASHES: usize = 64;

/// What shape evidence has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EvidenceKind {
    /// A Sigstore bundle, v0.1 to v0.3.
    Bundle,
    /// A bare DSSE envelope, without log entry or certificate of its own.
    Envelope,
    /// What cosign wrote before bundles: `{base64Signature, cert, rekorBundle}`.
    CosignBundle,
    /// A signature and, perhaps, a certificate in files of their own.
    Detached,
    /// A signed claim about an image, as cosign keeps it in registries.
    SimpleSigning,
    /// An attestation of PyPI (PEP 740).
    Pep740,
    /// An attestation of npm's registry.
    Npm,
    /// An attestation of RubyGems.
    RubyGems,
    /// What Google Cloud Build says of an image.
    CloudBuild,
}

impl EvidenceKind {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Envelope => "envelope",
            Self::CosignBundle => "cosign-bundle",
            Self::Detached => "detached",
            Self::SimpleSigning => "simple-signing",
            Self::Pep740 => "pep740",
            Self::Npm => "npm",
            Self::RubyGems => "rubygems",
            Self::CloudBuild => "google-cloud-build",
        }
    }
}

/// One signature or attestation, with what it brings along.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub(crate) kind: EvidenceKind,
    pub(crate) place: String,
    pub(crate) form: Form,
    /// What was signed instead of the artifact, when that is a claim which names it.
    pub(crate) claim: Option<Box<SimpleSigning>>,
    media_type: Option<MediaType>,
    read: ReadOnce,
}

/// The statement of a piece, read once however often it is verified. A copy of the piece reads its own: copies are what is made to
/// change something.
#[derive(Debug, Default)]
struct ReadOnce(OnceLock<Result<Arc<Statement>, String>>);

impl Clone for ReadOnce {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// What all shapes become.
#[derive(Debug, Clone)]
pub(crate) enum Form {
    /// What the library knows.
    Bundle(Box<Bundle>),
    /// What it does not.
    Parts(Box<Parts>),
    /// Signed by Google with keys of its own, partly in a way of its own: verified nowhere but in `engine::cloud_build`.
    CloudBuild(Box<CloudBuild>),
    /// What cannot be read; one piece among others that can.
    Unreadable(String),
}

impl Evidence {
    pub(crate) fn new(kind: EvidenceKind, place: impl Into<String>, form: Form) -> Self {
        Self { kind, place: place.into(), form, claim: None, media_type: None, read: ReadOnce::default() }
    }

    fn with_media_type(self, media_type: MediaType) -> Self {
        Self { media_type: Some(media_type), ..self }
    }

    fn with_claim(self, claim: SimpleSigning) -> Self {
        Self { claim: Some(Box::new(claim)), ..self }
    }

    fn of_kind(self, kind: EvidenceKind) -> Self {
        Self { kind, ..self }
    }

    fn unreadable(kind: EvidenceKind, place: &str, reason: String) -> Self {
        Self::new(kind, place, Form::Unreadable(reason))
    }

    /// A piece that is there and cannot be read, so that it is refused with the reason and not passed over.
    #[must_use]
    pub fn damaged(place: &str, reason: &str) -> Self {
        Self::new(EvidenceKind::Bundle, place, Form::Unreadable(reason.to_owned()))
    }

    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> EvidenceKind {
        self.kind
    }

    /// A bundle in pieces, so that they are verified as those of other shapes are: to hold the two ways against each other.
    #[doc(hidden)]
    #[must_use]
    pub fn in_pieces(&self) -> Self {
        let form = match &self.form {
            Form::Bundle(bundle) => crate::engine::convert(bundle, true)
                .map_or_else(|refused| Form::Unreadable(refused.reason), |parts| Form::Parts(Box::new(parts))),
            form => form.clone(),
        };
        Self { form, ..self.clone() }
    }

    /// Where it was found.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The statement that it carries, unverified: to tell what there is, never to rely on.
    #[must_use]
    pub fn unverified_statement(&self) -> Option<Statement> {
        self.statement()?.ok().map(Arc::unwrap_or_clone)
    }

    /// The type of the predicate of the statement that it carries, unverified: to tell what there is, never to rely on.
    #[must_use]
    pub fn unverified_predicate_type(&self) -> Option<String> {
        self.statement()?.ok().map(|statement| statement.predicate_type().to_owned())
    }

    /// The bytes of the statement that it carries, unverified.
    #[must_use]
    pub fn unverified_payload(&self) -> Option<&[u8]> {
        self.payload()
    }

    /// The digests of the artifact that are needed to verify it.
    #[must_use]
    pub fn digests(&self) -> Vec<DigestAlgorithm> {
        if let Some(claim) = &self.claim {
            return vec![claim.algorithm];
        }
        let Some(Ok(statement)) = self.statement() else {
            return self.message_digest().into_iter().collect();
        };
        let mut wanted = Vec::new();
        for algorithm in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
            if statement.subjects().iter().any(|subject| subject.digest.contains_key(algorithm.token())) {
                wanted.push(algorithm);
            }
        }
        wanted
    }

    /// What the payload states, or why it cannot be read; `None` when there is no payload.
    pub(crate) fn statement(&self) -> Option<Result<Arc<Statement>, String>> {
        let payload = self.payload()?;
        let read = || Statement::parse(payload).map(Arc::new).map_err(|error| chain(&error));
        Some(self.read.0.get_or_init(read).clone())
    }

    /// The payload of the envelope, when there is one.
    pub(crate) fn payload(&self) -> Option<&[u8]> {
        match &self.form {
            Form::Bundle(bundle) => match &bundle.content {
                SignatureContent::DsseEnvelope(envelope) => Some(envelope.payload.as_bytes()),
                _ => None,
            },
            Form::Parts(parts) => match &parts.content {
                PartsContent::Envelope(envelope) => Some(&envelope.payload),
                PartsContent::Message { .. } => None,
            },
            Form::CloudBuild(build) => Some(&build.envelope.payload),
            Form::Unreadable(_) => None,
        }
    }

    fn message_digest(&self) -> Option<DigestAlgorithm> {
        match &self.form {
            Form::Bundle(bundle) => match &bundle.content {
                SignatureContent::MessageSignature(message) => match message.message_digest.as_ref()?.algorithm {
                    HashAlgorithm::Sha2384 => Some(DigestAlgorithm::Sha384),
                    HashAlgorithm::Sha2512 => Some(DigestAlgorithm::Sha512),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }
}

/// Reads what a file holds, whatever its shape. `place` says in reports where it was.
///
/// Among several pieces, one that cannot be read is kept as such: it will be refused, and does not hide the others.
///
/// # Errors
/// It is too large, or nothing that is known here.
pub fn read_evidence(document: &[u8], place: &str) -> Result<Vec<Evidence>, VerifyError> {
    let bad = |reason: String| VerifyError::Evidence { reason };
    if u64::try_from(document.len()).unwrap_or(u64::MAX) > MAX_EVIDENCE_BYTES {
        return Err(bad(format!("it is larger than {MAX_EVIDENCE_BYTES} bytes")));
    }
    let trimmed = document.trim_ascii();
    let too_many = || bad(format!("it holds more than {MAX_PIECES} pieces"));
    let Some(lines) = lines::split(trimmed) else {
        let found = read_one(trimmed, place).map_err(bad)?;
        return if found.len() > MAX_PIECES { Err(too_many()) } else { Ok(found) };
    };
    if lines.len() > MAX_PIECES {
        return Err(too_many());
    }
    let mut found = Vec::with_capacity(lines.len());
    for (number, line) in lines {
        let place = format!("{place}:{number}");
        match read_one(line, &place) {
            Ok(pieces) => found.extend(pieces),
            Err(reason) => found.push(Evidence::unreadable(EvidenceKind::Bundle, &place, reason)),
        }
        if found.len() > MAX_PIECES {
            return Err(too_many());
        }
    }
    Ok(found)
}

/// What reads an object.
type Reader = fn(&[u8], &str) -> Result<Vec<Evidence>, String>;

/// The shapes: keys that an object of each has, and what reads it. The first that fits is it.
const SHAPES: &[(&[&str], Reader)] = &[
    (&["verificationMaterial"], bundles),
    (&["messageSignature"], bundles),
    (&["dsseEnvelope"], bundles),
    (&["mediaType"], bundles),
    (&["payload", "signatures"], envelope::read),
    (&["base64Signature"], cosign::read),
    (&["verification_material", "envelope"], pep740::read),
    (&["attestation_bundles"], pep740::provenance),
    (&["provenance_summary"], cloud_build::read),
    (&["attestations"], registry::read),
    (&["bundle"], registry::one),
];

fn bundles(document: &[u8], place: &str) -> Result<Vec<Evidence>, String> {
    Ok(vec![bundle::read(document, place)?])
}

/// Reads one JSON document: an object, or a list of them.
fn read_one(document: &[u8], place: &str) -> Result<Vec<Evidence>, String> {
    plimsoll_attest::refuse_duplicates(document).map_err(|error| error.to_string())?;
    if !document.starts_with(b"[") {
        return read_object(document, place);
    }
    let list: wire::Capped<&RawValue, MAX_PIECES> =
        serde_json::from_slice(document).map_err(|error| error.to_string())?;
    if list.0.is_empty() {
        return Err("the list is empty".into());
    }
    Ok(numbered(EvidenceKind::Bundle, list.0.into_iter(), place, |item, place| match item.get() {
        string if string.starts_with('"') => registry::encoded_twice(string.as_bytes(), place),
        object => read_object(object.as_bytes(), place),
    }))
}

fn read_object(document: &[u8], place: &str) -> Result<Vec<Evidence>, String> {
    let keys = lines::top_keys(document)?;
    let has = |wanted: &&str| keys.iter().any(|known| known == wanted);
    match SHAPES.iter().find(|(wanted, _)| wanted.iter().all(has)) {
        Some((_, read)) => read(document, place),
        None => Err("it is JSON, but no bundle, envelope or attestation".into()),
    }
}

/// Reads the items of a list: one that cannot be read is kept as such.
fn numbered<'a>(
    kind: EvidenceKind,
    items: impl Iterator<Item = &'a RawValue>,
    place: &str,
    read: impl Fn(&'a RawValue, &str) -> Result<Vec<Evidence>, String>,
) -> Vec<Evidence> {
    let mut found = Vec::new();
    for (number, item) in (1..).zip(items) {
        // One more than may be, for the caller to see that there are more.
        if found.len() > MAX_PIECES {
            break;
        }
        let place = format!("{place}#{number}");
        match read(item, &place) {
            Ok(pieces) => found.extend(pieces),
            Err(reason) => found.push(Evidence::unreadable(kind, &place, reason)),
        }
    }
    found
}
