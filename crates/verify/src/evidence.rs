//! Evidence as it is found in files and registries, recognised by its content.
//!
//! One file for each shape. All of them end in the same [`Form`], so that whatever is checked is checked for all.

mod bundle;
mod lines;
mod parts;

use plimsoll_attest::{Envelope, Statement};
use plimsoll_model::DigestAlgorithm;
use sigstore_types::{Bundle, HashAlgorithm, SignatureContent};

use crate::VerifyError;

pub(crate) use lines::chain;
pub(crate) use parts::{
    Content as PartsContent, Entry as PartsEntry, Parts, Proof as PartsProof, Signer as PartsSigner,
};

/// A file of evidence may be as large as this: attestations hold SBOMs.
pub const MAX_EVIDENCE_BYTES: u64 = 64 << 20;
/// Pieces of evidence in one file.
const MAX_PIECES: usize = 1024;

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
        }
    }
}

/// One signature or attestation, with what it brings along.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub(crate) kind: EvidenceKind,
    pub(crate) place: String,
    pub(crate) form: Form,
}

/// What all shapes become.
#[derive(Debug, Clone)]
pub(crate) enum Form {
    /// What the library knows.
    Bundle(Box<Bundle>),
    /// What it does not.
    Parts(Box<Parts>),
    /// What cannot be read; one piece among others that can.
    Unreadable(String),
}

impl Evidence {
    pub(crate) fn new(kind: EvidenceKind, place: impl Into<String>, form: Form) -> Self {
        Self { kind, place: place.into(), form }
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
        Self { kind: self.kind, place: self.place.clone(), form }
    }

    /// Where it was found.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The statement that it carries, unverified: to tell what there is, never to rely on.
    #[must_use]
    pub fn unverified_statement(&self) -> Option<Statement> {
        Statement::parse(self.payload()?).ok()
    }

    /// The digests of the artifact that are needed to verify it.
    #[must_use]
    pub fn digests(&self) -> Vec<DigestAlgorithm> {
        let Some(statement) = self.unverified_statement() else {
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
    if u64::try_from(document.len()).unwrap_or(u64::MAX) > MAX_EVIDENCE_BYTES {
        return Err(VerifyError::Evidence { reason: format!("it is larger than {MAX_EVIDENCE_BYTES} bytes") });
    }
    let trimmed = document.trim_ascii();
    let mut found = match lines::split(trimmed) {
        Some(lines) => lines
            .into_iter()
            .map(|(number, line)| {
                let place = format!("{place}:{number}");
                let read = read_one(line, &place);
                read.unwrap_or_else(|reason| vec![Evidence::new(EvidenceKind::Bundle, place, Form::Unreadable(reason))])
            })
            .collect::<Vec<_>>()
            .concat(),
        None => read_one(trimmed, place).map_err(|reason| VerifyError::Evidence { reason })?,
    };
    if found.len() > MAX_PIECES {
        return Err(VerifyError::Evidence { reason: format!("it holds more than {MAX_PIECES} pieces") });
    }
    found.shrink_to_fit();
    Ok(found)
}

/// Reads one JSON document.
fn read_one(document: &[u8], place: &str) -> Result<Vec<Evidence>, String> {
    plimsoll_attest::refuse_duplicates(document).map_err(|error| error.to_string())?;
    let keys = lines::top_keys(document)?;
    let has = |key: &str| keys.iter().any(|known| known == key);
    if has("verificationMaterial") || has("mediaType") || has("messageSignature") || has("dsseEnvelope") {
        return Ok(vec![bundle::read(document, place)?]);
    }
    if has("payload") && has("signatures") {
        let envelope = Envelope::parse(document).map_err(|error| chain(&error))?;
        return Ok(vec![Evidence::new(
            EvidenceKind::Envelope,
            place,
            Form::Parts(Box::new(Parts::envelope(envelope))),
        )]);
    }
    Err("it is JSON, but no bundle, envelope or attestation".into())
}
